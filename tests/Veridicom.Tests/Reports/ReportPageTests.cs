using AngleSharp.Dom;
using Veridicom.Cli;
using Veridicom.Reports.Html;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Reports;

/// <summary>The page that verify --report writes, over verdicts of every kind.</summary>
public sealed class ReportPageTests
{
    private static readonly VerdictKind[] Kinds = Enum.GetValues<VerdictKind>();

    private static string Text(IDocument page, string selector) => string.Join(" ", page.QuerySelectorAll(selector).Select(e => e.TextContent));

    [Fact]
    public void Every_verdict_has_its_place_its_word_and_its_sentence()
    {
        using var kit = new ReportKit();
        IDocument page = kit.Write(Kinds.Select((kind, i) => kit.Image(kind, i + 1)).Append(ReportKit.Missing("study/locked.dcm")), "1 file that is not DICOM");

        foreach (VerdictKind kind in Kinds)
        {
            VerdictWord word = ReportWords.Of(kind);
            Assert.Contains(word.Title, Text(page, "table .badge"), StringComparison.Ordinal);
            Assert.Contains(page.QuerySelectorAll("dl.words dd"), dd => dd.TextContent == word.Meaning);
            string number = ((int)kind + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
            Assert.Contains($"study/{number}.dcm", Text(page, ReportCard.IsRow(kind) ? "table.images td" : "article"), StringComparison.Ordinal);
        }
        Assert.Equal(9, page.QuerySelectorAll("dl.words dt").Length);
        Assert.Contains("study/locked.dcm: access is denied (check owner and mode)", Text(page, "section li"), StringComparison.Ordinal);
        Assert.Contains("1 file that is not DICOM", Text(page, "dl.facts dd"), StringComparison.Ordinal);
        Assert.Contains(page.QuerySelectorAll("h3 + p"), p => p.TextContent == "9 in all: 1 authentic, 1 amended, 1 redacted, 1 extended, 1 partial, 1 untrusted, 1 unsealed, 1 altered, 1 unverifiable.");
    }

    public static TheoryData<VerdictKind, string> Answers() => new()
    {
        { VerdictKind.Authentic, "This image is exactly what Radiology X sealed." },
        { VerdictKind.Amended, "This image was changed by a declared amendment, and is exactly what Radiology X sealed after it." },
        { VerdictKind.Redacted, "This image shows less than was sealed" },
        { VerdictKind.Extended, "This image is as sealed, but something was added to it afterwards." },
        { VerdictKind.Partial, "This image carries no seal but another system's signature" },
        { VerdictKind.Untrusted, "This image is intact, but the signer is not accepted here." },
        { VerdictKind.Unsealed, "This image carries no seal: nothing can be said about it." },
        { VerdictKind.Altered, "This image was changed after it was sealed." },
        { VerdictKind.Unverifiable, "This image could not be judged" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void The_answer_for_one_image_is_a_sentence(VerdictKind kind, string sentence)
    {
        using var kit = new ReportKit();
        IDocument page = kit.Write([kit.Image(kind)]);

        IElement answer = page.QuerySelector("main > section")!;
        Assert.Contains("answer", answer.ClassList);
        Assert.Contains(sentence, answer.TextContent, StringComparison.Ordinal);
        Assert.Single(answer.QuerySelectorAll("p"));
        Assert.Contains(ReportWords.Of(kind).Tone == "warn" && kind != VerdictKind.Amended ? "warn" : ReportWords.Of(kind).Tone, answer.ClassList);
    }

    [Fact]
    public void The_answer_counts_what_is_as_sealed_first_and_the_worst_next()
    {
        using var kit = new ReportKit();
        var images = Enumerable.Range(1, 23).Select(i => kit.Image(VerdictKind.Authentic, i)).Append(kit.Image(VerdictKind.Unsealed, 30)).Append(kit.Image(VerdictKind.Altered, 24));
        IDocument page = kit.Write(images);

        string[] said = [.. page.QuerySelectorAll(".answer p").Select(p => p.TextContent)];
        Assert.Equal(["✓23 of 25 images are exactly what Radiology X sealed.", "✗1 image was changed after it was sealed.", "–1 image carries no seal: nothing can be said about it."], said);
        Assert.Contains("bad", page.QuerySelector(".answer")!.ClassList);
    }

    [Fact]
    public void The_organisation_of_the_answer_is_that_of_the_certificate_and_never_a_claim()
    {
        using var kit = new ReportKit();
        ReportImage image = kit.Image(VerdictKind.Authentic);
        Verdict verdict = ReportKit.Verdict(VerdictKind.Authentic, "O=\"Radiology, X\", CN=Sealing");
        SealInfo boasting = verdict.Seals[0] with { Statement = ReportKit.Statement(new Claims("World Health Organization", SealPurpose.Acquisition, "", "", SyntheticClaim.Unstated, [], "")) };
        IDocument page = kit.Write([image with { Verdict = verdict with { Seals = [boasting] } }]);

        Assert.Equal("✓This image is exactly what Radiology, X sealed.", page.QuerySelector(".answer p")!.TextContent);
        IElement signer = page.GetElementById("signers")!.ParentElement!;
        Assert.Contains("Calls itselfWorld Health Organization", signer.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("World Health", page.QuerySelector(".answer")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Signer_time_and_claims_are_told()
    {
        using var kit = new ReportKit();
        IDocument page = kit.Write([kit.Image(VerdictKind.Authentic), kit.Image(VerdictKind.Untrusted, 2)]);

        string signers = page.GetElementById("signers")!.ParentElement!.TextContent;
        foreach (string told in (string[])["O=Radiology X, CN=Sealing", "CCCC CCCC", "2026-06-01 12:00:00 UTC", "No. The time is the signer's own word", "CT 7", "recon 2.1", "LungNet 2.1", "night shift",
            "Yes: the trust list vouches", "No: the trust list does not vouch", "Sealed where it was acquired", "No: not generated"]) Assert.Contains(told, signers, StringComparison.Ordinal);
    }

    [Fact]
    public void A_time_stamp_is_told()
    {
        using var kit = new ReportKit();
        IDocument page = kit.Write([kit.Image(VerdictKind.Amended)]);

        Assert.Contains("Yes. A time-stamp authority confirms that the seal existed, at the latest at 2026-06-01 12:01:00 UTC", page.GetElementById("signers")!.ParentElement!.TextContent, StringComparison.Ordinal);
        Assert.Contains("a time-stamp authority confirms that the seal existed at 2026-06-01 12:01:00 UTC", Text(page, "article"), StringComparison.Ordinal);
        Assert.Equal(2, page.QuerySelectorAll("article ol li").Length);
    }

    [Fact]
    public void Checks_are_counted_and_those_not_done_are_named()
    {
        using var kit = new ReportKit();
        IDocument page = kit.Write([kit.Image(VerdictKind.Authentic), kit.Image(VerdictKind.Authentic, 2), kit.Image(VerdictKind.Altered, 3)]);

        IElement row = Assert.Single(page.QuerySelectorAll("tr"), tr => tr.TextContent.StartsWith(ReportWords.OfCheck("content"), StringComparison.Ordinal));
        Assert.Equal(["2", "1", "–"], row.QuerySelectorAll("td").Select(td => td.TextContent));
        row = Assert.Single(page.QuerySelectorAll("tr"), tr => tr.TextContent.StartsWith(ReportWords.OfCheck("time-stamp"), StringComparison.Ordinal));
        Assert.Equal(["–", "–", "3"], row.QuerySelectorAll("td").Select(td => td.TextContent));
        Assert.Contains("Not checked:", Text(page, "article details"), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_check_and_verdict_of_the_catalogue_has_words()
    {
        string page = File.ReadAllText(Repository.PathOf("spec", "verdict.md"));
        string checks = page[page.IndexOf("## Checks", StringComparison.Ordinal)..page.IndexOf("## Chains", StringComparison.Ordinal)];
        string[] names = [.. checks.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).SelectMany(line => line.Split('|')[1].Split('`').Where((_, i) => i % 2 == 1))];
        Assert.InRange(names.Length, 15, 60);
        foreach (string name in names.Where(n => !n.Contains("NAME", StringComparison.Ordinal))) Assert.NotEqual(name, ReportWords.OfCheck(name));
        Assert.Equal(ReportWords.OfCheck("signature-mac"), ReportWords.OfCheck("signature-12-mac"));
        Assert.Equal(Kinds.Order(), ReportWords.Order.Order());
        Assert.Equal(9, Kinds.Select(k => ReportWords.Of(k).Meaning).Distinct().Count());
    }

    [Fact]
    public void Images_stand_by_study_series_and_number()
    {
        using var kit = new ReportKit();
        IDocument page = kit.Write(
        [
            kit.Image(VerdictKind.Authentic, 10, "1.1", "1.1.1"), kit.Image(VerdictKind.Authentic, 1, "2.1", "2.1.1"), kit.Image(VerdictKind.Authentic, 9, "1.1", "1.1.1"),
            kit.Image(VerdictKind.Authentic, 2, "1.1", "1.1.2"), kit.Image(VerdictKind.Unverifiable, 0, "", "", ImageFacts.None),
        ]);

        Assert.Equal(["Study 1 of 3: Chest", "Study 2 of 3: Chest", "Files that name no study"], page.QuerySelectorAll("h2").Select(h => h.TextContent).Where(t => t.StartsWith("Study", StringComparison.Ordinal) || t.StartsWith("Files that name", StringComparison.Ordinal)));
        IElement[] tables = [.. page.QuerySelectorAll("table.images")];
        Assert.Equal(["9", "10"], tables[0].QuerySelectorAll("tbody th").Select(th => th.TextContent));
        Assert.Equal(3, tables.Length);
    }

    [Fact]
    public void Several_studies_have_a_table_that_leads_to_each()
    {
        using var kit = new ReportKit();
        IDocument page = kit.Write([kit.Image(VerdictKind.Altered, 1, "1.1", facts: ReportKit.Facts with { PatientName = "قباني, لنزار", PatientId = "X1" }), kit.Image(VerdictKind.Authentic, 2, "1.2")]);

        string[] rows = [.. page.GetElementById("studies")!.ParentElement!.QuerySelectorAll("tbody tr").Select(row => row.TextContent.Replace("\n", "", StringComparison.Ordinal))];
        Assert.Equal(["1 Chestقباني, لنزار, ID X1, born 1970-01-011 in all: 1 altered.", "2 ChestPhantom, Paula, ID 4711, born 1970-01-011 in all: 1 authentic."], rows);
        // each value by itself, so that a name written from the right turns round nothing beside it
        Assert.Contains(page.QuerySelectorAll("bdi"), bdi => bdi.TextContent == "قباني, لنزار");
        Assert.Equal(["#study-1", "#study-2"], page.GetElementById("studies")!.ParentElement!.QuerySelectorAll("a").Select(a => a.GetAttribute("href")));
    }

    [Fact]
    public void A_study_whose_images_name_two_patients_says_so()
    {
        using var kit = new ReportKit();
        IDocument page = kit.Write([kit.Image(VerdictKind.Authentic), kit.Image(VerdictKind.Authentic, 2, facts: ReportKit.Facts with { PatientName = "Other, Olga" })]);

        Assert.Contains("do not agree on who the patient is", Text(page, "section p"), StringComparison.Ordinal);
        Assert.Contains("Phantom, Paula, ID 4711, born 1970-01-01", Text(page, "dd"), StringComparison.Ordinal);
        Assert.Contains("Other, Olga", Text(page, "dd"), StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_on_the_trust_list_is_said_and_anchors_are_named()
    {
        using var empty = new ReportKit(trust: TrustList.Empty);
        Assert.Contains("Nobody: no signer is accepted.", empty.Write([empty.Image(VerdictKind.Unsealed)]).Body!.TextContent, StringComparison.Ordinal);
        using var kit = new ReportKit();
        IDocument page = kit.Write([kit.Image(VerdictKind.Unsealed)]);
        Assert.Contains("Hospital CA", page.GetElementById("about")!.ParentElement!.TextContent, StringComparison.Ordinal);
        Assert.Contains("veridicom test", page.GetElementById("about")!.ParentElement!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void More_reasons_than_are_shown_are_counted()
    {
        using var kit = new ReportKit();
        ReportImage image = kit.Image(VerdictKind.Altered);
        Verdict many = image.Verdict! with { Reasons = [.. Enumerable.Range(1, 50).Select(i => new Reason(ReasonCode.ElementAdded, $"element {i} was added", Part.Display))], MoreReasons = 7 };
        IDocument page = kit.Write([image with { Verdict = many }]);

        Assert.Contains("And 37 more", Text(page, "article p"), StringComparison.Ordinal);
        Assert.Contains("element 20 was added", Text(page, "article li"), StringComparison.Ordinal);
        Assert.DoesNotContain("element 21 was added", Text(page, "article li"), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_no_images_are_called_files()
    {
        using var kit = new ReportKit();
        IDocument page = kit.Write([kit.Image(VerdictKind.Authentic), kit.Image(VerdictKind.Authentic, 2, facts: ReportKit.Facts with { IsImage = false })]);

        Assert.Equal("✓All 2 files are exactly what Radiology X sealed.", page.QuerySelector(".answer p")!.TextContent);
    }
}
