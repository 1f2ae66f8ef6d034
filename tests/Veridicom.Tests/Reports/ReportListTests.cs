using AngleSharp.Dom;
using Veridicom.Reports.Html;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Verify;
using Veridicom.Tests.Cli;
using Xunit;

namespace Veridicom.Tests.Reports;

/// <summary>Whether a study is whole, in the answer and beside its images.</summary>
public sealed class ReportListTests
{
    private static readonly ManifestInfo List = new("study/list.dcm", ManifestState.Current, "", new string('e', 64), "O=Radiology X, CN=Sealing", ReportKit.SealedAt, 24);

    private static StudyVerdict Study(int exitCode, params StudyFinding[] findings) => new("1.2.3", [List], 24, findings, 0, exitCode);

    private static ReportImage ListOf(ReportKit kit, VerdictKind kind = VerdictKind.Authentic) =>
        kit.Image(kind, 99, series: "1.2.3.9", facts: ReportKit.Facts with { IsImage = false, Modality = "KO" }) with { IsManifest = true, Thumbnail = null };

    [Fact]
    public void A_list_that_holds_is_no_image_and_its_study_is_complete()
    {
        using var kit = new ReportKit();
        IDocument page = kit.Write([kit.Image(VerdictKind.Authentic), kit.Image(VerdictKind.Authentic, 2), ListOf(kit)], "", Study(0));

        Assert.Equal(["✓All 2 images are exactly what Radiology X sealed.", "✓The study is complete: every image that the sealed list names is here, and no other."], page.QuerySelectorAll(".answer p").Select(p => p.TextContent));
        Assert.Contains("good", page.QuerySelector(".answer")!.ClassList);
        IElement card = Assert.Single(page.QuerySelectorAll("article"));
        Assert.Contains("study/list.dcm, sealed by O=Radiology X, CN=Sealing, 2026-06-01 12:00:00 UTC", card.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_makes_the_answer_bad_though_every_image_is_authentic()
    {
        using var kit = new ReportKit();
        var missing = new StudyFinding(StudyFindingCode.Missing, "image 7 of series 2 is missing", "1.2.3.4.7");
        var added = new StudyFinding(StudyFindingCode.Added, "an image was added", "1.9<script>", File: "study/\u202Eadded.dcm");
        IDocument page = kit.Write([kit.Image(VerdictKind.Authentic), ListOf(kit)], "", Study(1, missing, missing, added));

        Assert.Equal(["✓This image is exactly what Radiology X sealed.", "✗The study is not as listed when sealed: 2 missing, 1 added."], page.QuerySelectorAll(".answer p").Select(p => p.TextContent));
        Assert.Contains("bad", page.QuerySelector(".answer")!.ClassList);
        Assert.Contains("image 7 of series 2 is missing", page.QuerySelector("article")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("study/\\u{202E}added.dcm", page.QuerySelector("article")!.TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, "could not be compared")]
    [InlineData(4, "has no sealed list that is believed")]
    [InlineData(7, "could not be checked")]
    public void Other_verdicts_on_a_study(int exitCode, string said)
    {
        using var kit = new ReportKit();
        IDocument page = kit.Write([kit.Image(VerdictKind.Authentic)], "", Study(exitCode));

        Assert.Contains(said, page.QuerySelector(".answer")!.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("good", page.QuerySelector(".answer")!.ClassList);
    }

    [Fact]
    public void A_list_that_was_altered_counts_as_a_file_and_lists_of_other_studies_are_shown()
    {
        using var kit = new ReportKit();
        IDocument page = kit.Write([kit.Image(VerdictKind.Authentic), ListOf(kit, VerdictKind.Altered)], "", Study(0) with { Study = "9.9" });

        Assert.Equal("✓1 of 2 files is exactly what Radiology X sealed.", page.QuerySelector(".answer p")!.TextContent);
        Assert.NotNull(page.GetElementById("lists"));
    }

    [Fact]
    public void Without_a_list_nothing_is_said_of_completeness()
    {
        using var kit = new ReportKit();
        IDocument page = kit.Write([kit.Image(VerdictKind.Authentic)]);

        Assert.DoesNotContain("complete", page.QuerySelector(".answer")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("no sealed list of its images was among the files", page.GetElementById("not-said")!.ParentElement!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sealed_study_from_which_a_slice_was_taken_says_so()
    {
        using CliSession session = CliSession.WithOrganisation();
        for (int i = 0; i < 4; i++) session.WriteSlice($"study/{i}.dcm", i);
        session.Run("seal", session.PathOf("study"), "--out", session.PathOf("sealed")).Exited(0);
        session.Run("verify", session.PathOf("sealed"), "--report", session.PathOf("whole.html")).Exited(0);
        File.Delete(session.PathOf("sealed", "2.dcm"));
        session.Run("verify", session.PathOf("sealed"), "--report", session.PathOf("less.html")).Exited(1);

        Assert.Equal(["✓All 4 images are exactly what Sample Hospital sealed.", "✓The study is complete: every image that the sealed list names is here, and no other."], ReportKit.Read(session.PathOf("whole.html")).QuerySelectorAll(".answer p").Select(p => p.TextContent));
        Assert.Equal(["✓All 3 images are exactly what Sample Hospital sealed.", "✗The study is not as listed when sealed: 1 missing."], ReportKit.Read(session.PathOf("less.html")).QuerySelectorAll(".answer p").Select(p => p.TextContent));
    }
}
