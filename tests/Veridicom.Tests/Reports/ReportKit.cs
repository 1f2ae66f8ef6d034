using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Veridicom.Cli;
using Veridicom.Reports.Html;
using Veridicom.Pixels.Rendering;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;
using Veridicom.Tests.Seals;
using Xunit;

namespace Veridicom.Tests.Reports;

/// <summary>Reports made of verdicts that are written by hand, and read back as a browser reads them.</summary>
internal sealed class ReportKit : IDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 6, 2, 9, 0, 0, TimeSpan.Zero), SealedAt = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ScratchFolder _scratch = new();
    private readonly HtmlReport _report;

    public ReportKit(bool showPatient = true, IReadOnlyList<string>? paths = null, TrustList? trust = null)
    {
        _report = new HtmlReport(new ReportSettings
        {
            Options = new VerifyOptions { Trust = trust ?? SealKit.Options.Trust, Now = Now }, Paths = paths ?? ["study"], ShowPatient = showPatient, Program = "veridicom test",
        }, _scratch.Root);
    }

    public string Page => _scratch.PathOf("report.html");

    public HtmlReport Report => _report;

    public string Folder => _scratch.Root;

    /// <summary>Adds images, writes the page and reads it.</summary>
    public IDocument Write(IEnumerable<ReportImage> images, string passedOver = "", params IReadOnlyList<StudyVerdict> studies)
    {
        foreach (ReportImage image in images) _report.Add(image);
        using (FileStream page = File.Create(Page)) _report.Write(page, studies, passedOver);
        return Read(Page);
    }

    /// <summary>The page as a browser reads it, after all that must hold for every page.</summary>
    public static IDocument Read(string path)
    {
        string html = File.ReadAllText(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
        IDocument page = Parse(html);
        PageRules.Hold(page, html);
        return page;
    }

    // Strict: markup that a browser would have to repair is an error.
    private static IDocument Parse(string html)
    {
        var parser = new HtmlParser(new HtmlParserOptions { IsStrictMode = true });
        return parser.ParseDocument(html);
    }

    /// <summary>A small grey picture, kept by the report.</summary>
    public ReportPicture Picture(string alt = "Image 1, small", string caption = "", int side = 8)
    {
        byte[] png = new Raster(side, side, 1).ToPng();
        return new ReportPicture(_report.Keep(png), side, side, alt, caption);
    }

    /// <summary>An image with a verdict of this kind, and facts to match.</summary>
    public ReportImage Image(VerdictKind kind, int number = 1, string study = "1.2.3", string series = "1.2.3.4", ImageFacts? facts = null) => new()
    {
        Name = $"study/{number}.dcm", Verdict = Verdict(kind), Sha256 = new string('a', 64), Length = 1000, Thumbnail = Picture(),
        Pictures = kind == VerdictKind.Altered ? [Picture("Image with the change outlined", "The changed area")] : [],
        Facts = (facts ?? Facts) with { StudyUid = study, SeriesUid = series, Number = number.ToString(System.Globalization.CultureInfo.InvariantCulture) },
    };

    public static ImageFacts Facts { get; } = new()
    {
        InstanceUid = "1.2.3.4.5", SopClass = "CT Image Storage", PatientName = "Phantom, Paula", PatientId = "4711", BirthDate = "1970-01-01", StudyTime = "2026-06-01 10:00",
        StudyText = "Chest", Accession = "A-1", Modality = "CT", SeriesNumber = "2", SeriesText = "Axial", IsImage = true, Frames = 1,
    };

    /// <summary>A verdict of each kind, as the kernel would give it.</summary>
    public static Verdict Verdict(VerdictKind kind, string signer = "O=Radiology X, CN=Sealing")
    {
        bool hasSeal = kind is not (VerdictKind.Unsealed or VerdictKind.Partial or VerdictKind.Unverifiable);
        var seal = new SealInfo(new string('b', 64), signer, new string('c', 64), SealedAt, Statement(), kind, false, [], kind == VerdictKind.Amended ? SealedAt.AddMinutes(1) : null);
        List<Check> checks = [new("parse", CheckStatus.Passed, "readable"), new("unambiguous", CheckStatus.Passed, "in one way only")];
        if (hasSeal)
        {
            checks.Add(new("seal-signature", CheckStatus.Passed, "fits"));
            checks.Add(new("signer-chain", kind == VerdictKind.Untrusted ? CheckStatus.Failed : CheckStatus.Passed, "the trust list"));
            checks.Add(new("time-stamp", CheckStatus.NotChecked, "there is none"));
            checks.Add(new("content", kind == VerdictKind.Altered ? CheckStatus.Failed : CheckStatus.Passed, "compared"));
        }
        List<Reason> reasons = kind switch
        {
            VerdictKind.Altered => [new(ReasonCode.PixelsChanged, "pixels differ in frame 1", Part.Pixels, null, new PixelBox(1, 0, 0, 32, 32)), new(ReasonCode.ElementChanged, "PatientName is not what was sealed", Part.Patient, "(0010,0010)", null, 734)],
            VerdictKind.Unverifiable => [new(ReasonCode.Unreadable, "the file is cut off", Part.Structure, null, null, 99)],
            VerdictKind.Untrusted => [new(ReasonCode.UnknownSigner, "nobody vouches", Part.Structure)],
            VerdictKind.Partial => [new(ReasonCode.NotCovered, "elements are not covered", Part.Structure)],
            VerdictKind.Extended => [new(ReasonCode.ElementAdded, "an element was added", Part.Structure, "(0009,1001)")],
            VerdictKind.Redacted => [new(ReasonCode.Withheld, "withheld", Part.Patient, "(0010,0010)")],
            VerdictKind.Amended => [new(ReasonCode.AmendedElement, "was corrected", Part.Patient, "(0010,0010)")],
            _ => [],
        };
        return new Verdict
        {
            Kind = kind, Reasons = reasons, Checks = checks, Seals = !hasSeal ? [] : kind == VerdictKind.Amended ? [seal with { Identity = new string('d', 64) }, seal] : [seal],
            Parts = Enum.GetValues<Part>().ToDictionary(part => part, part => kind == VerdictKind.Altered && part is Part.Pixels or Part.Patient ? PartState.Altered : hasSeal ? PartState.Intact : PartState.NotChecked),
            SealIdentity = hasSeal ? seal.Identity : null, Signer = hasSeal || kind == VerdictKind.Partial ? signer : null, SealedAt = hasSeal ? SealedAt : null,
        };
    }

    public static Statement Statement(Claims? claims = null) => new()
    {
        SopClass = "", TransferSyntax = "1.2.840.10008.1.2.1", SealedAt = SealedAt, CarrierLeaves = 1, CarrierRoot = new byte[32], ElementLeaves = 1, ElementsRoot = new byte[32], Pixels = null,
        PixelsRoot = [], IndexDigest = new byte[32], Previous = [], SignatureUids = [], MadeMacSequence = false, MadeSignatureSequence = false, RequiredSigners = [],
        Claims = claims ?? new Claims("Radiology X", SealPurpose.Acquisition, "CT 7", "recon 2.1", SyntheticClaim.No, [new AiModel("LungNet", "2.1")], "night shift"),
    };

    public static ReportImage Missing(string name) => new() { Name = name, Fault = new Fault(Fault.World, "access", name, "access is denied", "check owner and mode") };

    public void Dispose()
    {
        _report.Dispose();
        _scratch.Dispose();
    }
}

/// <summary>What holds for every page, whatever is on it.</summary>
internal static class PageRules
{
    public static void Hold(IDocument page, string html)
    {
        Assert.Equal("en", page.DocumentElement.GetAttribute("lang"));
        Assert.Equal("Image integrity report", page.Title);
        NothingActs(page);
        PolicyFits(page);
        IsLegible(page);
        // besides line ends nothing that acts instead of being seen: no control character, nothing that turns the direction of writing
        Assert.DoesNotContain(html, c => c != '\n' && (char.IsControl(c) || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.Surrogate));
    }

    private static void NothingActs(IDocument page)
    {
        Assert.Empty(page.QuerySelectorAll("script, iframe, object, embed, form, input, button, link, base, svg, math, video, audio, template"));
        Assert.Single(page.QuerySelectorAll("style"));
        foreach (IElement element in page.All)
        {
            foreach (IAttr attribute in element.Attributes)
            {
                Assert.False(attribute.Name.StartsWith("on", StringComparison.OrdinalIgnoreCase) || attribute.Name is "style" or "srcset" or "action", $"{element.LocalName} {attribute.Name}");
                if (attribute.Name == "href") Assert.NotNull(page.GetElementById(attribute.Value.TrimStart('#')));
                if (attribute.Name == "src") Assert.StartsWith("data:image/png;base64,iVBORw0KGgo", attribute.Value, StringComparison.Ordinal);
            }
        }
    }

    private static void PolicyFits(IDocument page)
    {
        string policy = page.QuerySelector("meta[http-equiv=Content-Security-Policy]")!.GetAttribute("content")!;
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        byte[] digest = System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(page.QuerySelector("style")!.TextContent));
        Assert.Contains($"style-src 'sha256-{Convert.ToBase64String(digest)}'", policy, StringComparison.Ordinal);
    }

    private static void IsLegible(IDocument page)
    {
        int before = 0;
        foreach (IElement heading in page.QuerySelectorAll("h1, h2, h3, h4"))
        {
            int level = heading.LocalName[1] - '0';
            Assert.True(level <= before + 1, $"{heading.TextContent}: from {before} to {level}");
            Assert.NotEqual("", heading.TextContent.Trim());
            before = level;
        }
        Assert.Single(page.QuerySelectorAll("h1"));
        Assert.Single(page.QuerySelectorAll("main"));
        Assert.All(page.QuerySelectorAll("th"), th => Assert.Contains(th.GetAttribute("scope"), new[] { "row", "col" }));
        Assert.All(page.QuerySelectorAll("img"), img => Assert.False(string.IsNullOrWhiteSpace(img.GetAttribute("alt"))));
        string[] ids = [.. page.QuerySelectorAll("[id]").Select(e => e.Id!)];
        Assert.Equal(ids.Length, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.All(page.QuerySelectorAll("[aria-labelledby]"), e => Assert.Contains(e.GetAttribute("aria-labelledby"), ids));
        Assert.All(page.QuerySelectorAll("details"), d => Assert.Equal("summary", d.FirstElementChild!.LocalName));
    }
}
