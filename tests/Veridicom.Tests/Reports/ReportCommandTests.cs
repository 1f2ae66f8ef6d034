using System.Security.Cryptography;
using System.Text.Json;
using AngleSharp.Dom;
using Veridicom.Cli;
using Veridicom.Cli.Demo;
using Veridicom.Tests.Cli;
using Xunit;

namespace Veridicom.Tests.Reports;

/// <summary>verify --report as a user runs it.</summary>
public sealed class ReportCommandTests
{
    private static CliSession Study(out byte[] altered)
    {
        CliSession session = CliSession.WithOrganisation();
        for (int i = 0; i < 4; i++) session.WriteSlice($"study/{i}.dcm", i);
        session.Run("seal", session.PathOf("study"), "--out", session.PathOf("sealed"), "--ai-model", "LungNet:2.1").Exited(0);
        string path = session.PathOf("sealed", "2.dcm");
        altered = Tampering.OnePixel(File.ReadAllBytes(path), 40, 50);
        File.WriteAllBytes(path, altered);
        return session;
    }

    [Fact]
    public void A_folder_becomes_a_page_that_is_tied_to_its_files()
    {
        using CliSession session = Study(out byte[] altered);
        session.Write("sealed/readme.txt", "no image"u8);
        string page = session.PathOf("report.html");

        CliResult result = session.Run("verify", session.PathOf("sealed"), "--report", page).Exited(1);

        Assert.Contains("5 files: 4 authentic, 1 altered", result.Lines);
        IDocument document = ReportKit.Read(page);
        Assert.Equal(["✓3 of 4 images are exactly what Sample Hospital sealed.", "✗1 image was changed after it was sealed.", "✗The study is not as listed when sealed: 1 changed."], document.QuerySelectorAll(".answer p").Select(p => p.TextContent));
        IElement card = Assert.Single(document.QuerySelectorAll("article"), article => article.QuerySelector("h4") is not null);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(altered)), card.TextContent, StringComparison.Ordinal);
        Assert.Contains("columns 32 to 63, rows 32 to 63", card.QuerySelector("figcaption")!.TextContent, StringComparison.Ordinal);
        foreach (int i in (int[])[0, 1, 3])
            Assert.Contains(document.QuerySelectorAll("table.images code"), code => code.TextContent == Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(session.PathOf("sealed", $"{i}.dcm")))));
        string text = document.Body!.TextContent;
        foreach (string told in (string[])["Phantom, Paula", "LungNet 2.1", "1 file that is not DICOM", "2026-06-01 12:00:00 UTC", CommandLine.VersionText]) Assert.Contains(told, text, StringComparison.Ordinal);
        session.AssertNoLeftovers();
    }

    [Fact]
    public void The_picture_shows_the_outlined_tile_and_with_the_original_the_very_pixel()
    {
        using CliSession session = Study(out _);
        string page = session.PathOf("report.html"), exact = session.PathOf("exact.html");
        session.Run("seal", session.PathOf("study", "2.dcm"), "--out", session.PathOf("other")).Exited(0);

        session.Run("verify", session.PathOf("sealed", "2.dcm"), "--report", page).Exited(1);

        IElement image = ReportKit.Read(page).QuerySelector("figure img")!;
        byte[] png = Convert.FromBase64String(image.GetAttribute("src")!["data:image/png;base64,".Length..]);
        Veridicom.Pixels.Png.PngPicture picture = Veridicom.Pixels.Png.PngReader.Read(png);
        Assert.Equal((512, 512), (picture.Width, picture.Height)); // 64 x 64, enlarged 8 times
        byte[] rgba = picture.ToRgba8();
        (byte R, byte G, byte B) At(int x, int y) => (rgba[(y * 512 + x) * 4], rgba[(y * 512 + x) * 4 + 1], rgba[(y * 512 + x) * 4 + 2]);
        Assert.Equal((255, 32, 32), At(257, 300)); // within the edge of the tile at column 32
        Assert.Equal((255, 255, 255), At(254, 300));
        Assert.NotEqual((255, 32, 32), At(100, 100));
    }

    [Fact]
    public void Json_and_report_go_together()
    {
        using CliSession session = Study(out _);
        string page = session.PathOf("report.html");

        CliResult result = session.Run("verify", session.PathOf("sealed"), "--json", "--report", page).Exited(1);

        Assert.Equal(6, result.Lines.Length); // four images, the list of them, the study
        Assert.All(result.Lines, line => Assert.True(JsonDocument.Parse(line).RootElement.TryGetProperty("verdict", out _)));
        Assert.Single(ReportKit.Read(page).QuerySelectorAll("article h4"));
    }

    [Fact]
    public void Without_the_patient_nothing_names_the_patient()
    {
        using CliSession session = Study(out _);
        string with = session.PathOf("with.html"), without = session.PathOf("without.html");
        session.Run("verify", session.PathOf("sealed"), "--report", with).Exited(1);
        session.Run("verify", session.PathOf("sealed"), "--report", without, "--no-patient").Exited(1);

        string named = File.ReadAllText(with), unnamed = File.ReadAllText(without);
        foreach (string said in (string[])["Phantom, Paula", "PHANTOM-1", "DEMO-1", "2026-01-15", "Chest", "Phantom, axial"])
        {
            Assert.Contains(said, named, StringComparison.Ordinal);
            Assert.DoesNotContain(said, unnamed, StringComparison.Ordinal);
        }
        Assert.Contains("were left out when this page was made", ReportKit.Read(without).Body!.TextContent, StringComparison.Ordinal);
        Assert.StartsWith("veridicom: --no-patient", session.Run("verify", session.PathOf("sealed"), "--no-patient").Exited(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_there_is_not_overwritten_and_nothing_is_verified()
    {
        using CliSession session = Study(out _);
        string page = session.Write("report.html", "older"u8);

        CliResult result = session.Run("verify", session.PathOf("sealed"), "--report", page).Exited(7);

        Assert.Contains("exists already", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Lines);
        Assert.Equal("older", File.ReadAllText(page));
        session.AssertNoLeftovers();
    }

    [Fact]
    public void A_run_that_is_stopped_or_finds_nothing_leaves_no_page()
    {
        using CliSession session = Study(out _);
        string page = session.PathOf("report.html");
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(CommandLine.Interrupted, CommandLine.Run(["verify", session.PathOf("sealed"), "--report", page], session.With(output, error, stop.Token)));
        session.Write("texts/readme.txt", "no image"u8);
        session.Run("verify", session.PathOf("texts"), "--report", page).Exited(5);

        Assert.False(File.Exists(page));
        session.AssertNoLeftovers();
    }

    [Fact]
    public void Broken_missing_and_detached_files_have_their_place()
    {
        using CliSession session = CliSession.WithOrganisation();
        string image = session.WriteSlice("files/a.dcm");
        session.Run("seal", image, "--detached").Exited(0);
        session.Write("files/broken.dcm", CliSession.Slice(1)[..300]);
        session.Write("files/empty.dcm", []);
        string page = session.PathOf("report.html");

        session.Run("verify", session.PathOf("files"), session.PathOf("gone.dcm"), "--report", page).Exited(5);

        IDocument document = ReportKit.Read(page);
        Assert.Contains("is empty, or no regular file", document.GetElementById("faults")!.ParentElement!.TextContent, StringComparison.Ordinal);
        Assert.Contains("gone.dcm", document.GetElementById("faults")!.ParentElement!.TextContent, StringComparison.Ordinal);
        Assert.Contains("Unverifiable", Assert.Single(document.QuerySelectorAll("article")).TextContent, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(image + ".seal"))), document.Body!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_does_not_depend_on_the_number_of_workers()
    {
        using CliSession session = Study(out _);
        var pages = new List<string>();
        foreach (int workers in (int[])[1, 2, 7])
        {
            session.Workers = workers;
            string page = session.PathOf($"report-{workers}.html");
            session.Run("verify", session.PathOf("sealed"), "--report", page).Exited(1);
            pages.Add(File.ReadAllText(page));
        }
        Assert.All(pages, page => Assert.Equal(pages[0], page));
    }
}
