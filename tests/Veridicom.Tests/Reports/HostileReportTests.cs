using AngleSharp.Dom;
using Veridicom.Cli;
using Veridicom.Reports.Html;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Reports;

/// <summary>Strings that would like to be more than text, in every place where a file has a say. <see cref="PageRules"/> look at each page.</summary>
public sealed class HostileReportTests
{
    public static TheoryData<string> Strings() =>
    [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "</bdi></h2></section></main></body></html><script>1</script>",
        "<!--", "]]>", "<![CDATA[", "</style><style>*{display:none}</style>", "</title><base href=//example>", "&lt;script&gt;&#x3c;", "javascript:alert(1)",
        "\u202Egnp.exe\u202C", "a\0b\e[2Jc\r\nd\u2028e", "\ud800lone\udc00", "\u0085\u009b31m", "zero\u200Bwidth\uFEFF", "\u2066\u2067\u2068\u2069",
        new string('A', 100_000), string.Concat(Enumerable.Repeat("e\u0301\u0489", 5_000)), "", " ", "ܐܒܓ עברית 漢字",
        "%s%n{0}{{}}\\u{1B}",
    ];

    [Theory]
    [MemberData(nameof(Strings))]
    public void A_string_stays_a_string_wherever_it_stands(string evil)
    {
        using var kit = new ReportKit(paths: [evil, "study"]);
        var facts = new ImageFacts
        {
            StudyUid = evil, SeriesUid = evil, InstanceUid = evil, SopClass = evil, PatientName = evil, PatientId = evil, BirthDate = evil, StudyTime = evil, StudyText = evil, Accession = evil,
            Modality = evil, SeriesNumber = evil, SeriesText = evil, Number = evil, IsImage = true, Frames = 1,
        };
        var claims = new Claims(evil, SealPurpose.AiProcessing, evil, evil, SyntheticClaim.Yes, [new AiModel(evil, evil)], evil);
        var images = new List<ReportImage>();
        foreach (VerdictKind kind in Enum.GetValues<VerdictKind>())
        {
            Verdict verdict = ReportKit.Verdict(kind, evil);
            images.Add(new ReportImage
            {
                Name = evil, Sha256 = new string('a', 64), Facts = facts, PictureNote = evil, Thumbnail = kit.Picture("picture " + evil),
                Pictures = kind == VerdictKind.Altered ? [kit.Picture("x" + evil, evil)] : [], SealSha256 = evil,
                Verdict = verdict with
                {
                    Reasons = [new Reason(ReasonCode.ElementChanged, evil, Part.Structure, evil), new Reason(ReasonCode.ElementAdded, "was added", Part.Structure, $"(0009,\"{evil}\",01)")],
                    Checks = [.. verdict.Checks, new Check(evil, CheckStatus.Failed, evil), new Check("signature-1-" + evil, CheckStatus.NotChecked, evil)],
                    Seals = [.. verdict.Seals.Select(seal => seal with { Statement = ReportKit.Statement(claims), Fingerprint = evil })],
                },
            });
        }
        images.Add(new ReportImage { Name = evil, Fault = new Fault(Fault.World, "x", evil, evil, evil) });

        IDocument page = kit.Write(images, evil);

        Assert.Equal(7, page.QuerySelectorAll("article").Length);
        Assert.True(new FileInfo(kit.Page).Length < 1_000_000, "a long value is shortened");
        if (evil.StartsWith('<')) Assert.Contains(evil, page.Body!.TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("O=\"A, B\", CN=x", "A, B")]
    [InlineData("CN=Only a name", "Only a name")]
    [InlineData("O=<script>", "<script>")]
    [InlineData("#300b", "#300b")]
    [InlineData("no name at all", "no name at all")]
    [InlineData("C=DE, O=First, O=Second", "First")]
    public void The_organisation_of_a_subject(string subject, string organisation) => Assert.Equal(organisation, ReportIndex.OrganisationOf(subject));

    [Theory]
    [InlineData("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada, Tarou (山田, 太郎; やまだ, たろう)")]
    [InlineData("Doe^Jane^M^Dr^Jr", "Doe, Dr Jane M, Jr")]
    [InlineData("", "")]
    [InlineData("^^^^", "")]
    [InlineData("<b>^\u202E", "<b>, \u202E")]
    public void Names_of_people(string value, string shown) => Assert.Equal(shown, ReportFacts.Person(value));

    [Theory]
    [InlineData("20260601", "2026-06-01")]
    [InlineData("20261399", "20261399")]
    [InlineData("yesterday", "yesterday")]
    public void Dates(string value, string shown) => Assert.Equal(shown, ReportFacts.Date(value));
}
