using AngleSharp.Dom;
using Veridicom.Reports.Html;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Reports;

/// <summary>Many images, and pictures beyond what a page may hold.</summary>
public sealed class LargeReportTests
{
    [Fact]
    public void Ten_thousand_images_are_folded_and_what_is_wrong_stands_open()
    {
        using var kit = new ReportKit();
        IDocument page = kit.Write(Enumerable.Range(1, 10_000).Select(i => kit.Image(i % 200 == 0 ? VerdictKind.Altered : VerdictKind.Authentic, i)));

        Assert.Equal("✓9950 of 10000 images are exactly what Radiology X sealed.", page.QuerySelector(".answer p")!.TextContent);
        Assert.Equal(9_950, page.QuerySelectorAll("table.images tbody tr").Length);
        IElement fold = page.QuerySelector("table.images")!.Closest("details")!;
        Assert.False(fold.HasAttribute("open"));
        Assert.False(fold.ClassList.Contains("print"), "a list of thousands is not printed unasked");
        Assert.Equal(50, page.QuerySelectorAll("article").Length);
        Assert.Equal(ReportStudies.MostOpen, page.QuerySelectorAll("article").Count(card => card.ParentElement!.Closest("details") is null));
        Assert.InRange(new FileInfo(kit.Page).Length, 1_000_000, 12_000_000);
    }

    [Fact]
    public void A_series_of_many_strangers_is_folded_too()
    {
        using var kit = new ReportKit();
        IDocument page = kit.Write(Enumerable.Range(1, 300).Select(i => kit.Image(VerdictKind.Untrusted, i)));

        Assert.Equal(300, page.QuerySelectorAll("article").Length);
        Assert.DoesNotContain(page.QuerySelectorAll("article"), card => card.ParentElement!.Closest("details") is null);
    }

    [Fact]
    public void Many_studies_and_signers_stay_apart()
    {
        using var kit = new ReportKit();
        IDocument page = kit.Write(Enumerable.Range(1, 60).Select(i => kit.Image(VerdictKind.Authentic, i, $"1.{i}", $"1.{i}.1") with { Verdict = ReportKit.Verdict(VerdictKind.Authentic, $"O=Hospital {i}, CN=x") }));

        Assert.Equal(60, page.QuerySelectorAll("h2").Count(h => h.TextContent.StartsWith("Study ", StringComparison.Ordinal)));
        Assert.Equal(ReportIndex.MostSigners, page.GetElementById("signers")!.ParentElement!.QuerySelectorAll("h3").Length);
        Assert.Contains("20 more files were sealed by others", page.GetElementById("signers")!.ParentElement!.TextContent, StringComparison.Ordinal);
        Assert.Equal("✓All 60 images are exactly what 40 organisations sealed.", page.QuerySelector(".answer p")!.TextContent);
    }

    [Fact]
    public void Pictures_beyond_the_budget_are_left_out_and_the_card_says_so()
    {
        using var kit = new ReportKit();
        int megabyte = 1 << 20;
        byte[] png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, .. new byte[megabyte - 8]];
        IDocument page = kit.Write(Enumerable.Range(1, 20).Select(i => kit.Image(VerdictKind.Altered, i) with
        {
            Pictures = [new ReportPicture(kit.Report.Keep(png), 8, 8, "changed", "")], Thumbnail = null,
        }));

        IElement[] cards = [.. page.QuerySelectorAll("article")];
        Assert.Equal(16, cards.Count(card => card.QuerySelector("img") is not null));
        Assert.All(cards[16..], card => Assert.Contains("the limit of the report is reached", card.TextContent, StringComparison.Ordinal));
        Assert.All(cards[..16], card => Assert.DoesNotContain("the limit of the report is reached", card.TextContent, StringComparison.Ordinal));
        Assert.True(new FileInfo(kit.Page).Length < 24 * megabyte);
    }

    [Fact]
    public void Small_pictures_end_at_their_budget_and_stay_away_from_then_on()
    {
        using var kit = new ReportKit();
        byte[] big = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, .. new byte[(1 << 20) - 8]];
        IDocument page = kit.Write(Enumerable.Range(1, 8).Select(i => kit.Image(VerdictKind.Authentic, i) with
        {
            Thumbnail = i == 8 ? kit.Picture() : new ReportPicture(kit.Report.Keep(big), 8, 8, "small", ""),
        }));

        Assert.Equal([true, true, true, true, false, false, false, false], page.QuerySelectorAll("table.images tbody tr").Select(row => row.QuerySelector("img") is not null));
    }

    [Fact]
    public void What_waits_is_gone_with_the_report()
    {
        string folder;
        using (var kit = new ReportKit())
        {
            folder = kit.Folder;
            kit.Write([kit.Image(VerdictKind.Altered)]);
            kit.Report.Dispose();
            Assert.Equal([kit.Page], Directory.GetFiles(folder, "*", new EnumerationOptions { AttributesToSkip = 0 }));
        }
    }
}
