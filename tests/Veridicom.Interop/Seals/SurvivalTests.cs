using System.Text;
using Veridicom.Seals.Verify;
using Veridicom.Testing;
using Xunit;

namespace Veridicom.Interop.Seals;

/// <summary>
/// What a seal outlives. docs/reference/survival.md is made from the same run by <see cref="Make_the_page"/>, which runs only when asked for:
/// dotnet run --project tests/Veridicom.Interop -- -explicit only -method '*SurvivalTests.Make_the_page'
/// </summary>
public sealed class SurvivalTests
{
    private static readonly string Page = Repository.PathOf("docs", "reference", "survival.md");

    [Fact]
    public void Made_files_come_out_of_every_tool_as_authentic()
    {
        using var survival = new Survival();
        // one has meta elements that name another object than its data set, one has fragments that are none
        string[] odd = ["made: group lengths", "made: fragments"];
        IReadOnlyList<Survivor> all = survival.Run(Survival.Made().Where(f => !odd.Contains(f.Name)));
        foreach (string tool in Survival.Tools) Assert.Contains(all, s => s.Tool == tool && s.Verdict is not null);
        foreach (Survivor survivor in all.Where(s => s.Verdict is not null))
        {
            if (survivor.Tool == "gdcmconv --raw")
            {
                // it adds the UIDs of study and series where there are none, and is told on
                Assert.Equal(VerdictKind.Extended, survivor.Verdict!.Kind);
                Assert.Equal(["(0020,000D)", "(0020,000E)"], survivor.Verdict.Reasons.Where(r => r.Code == ReasonCode.ElementAdded).Select(r => r.Path));
            }
            else Assert.True(survivor.Verdict!.Kind == VerdictKind.Authentic, $"{survivor.File} after {survivor.Tool}: {survivor.Words}");
        }
    }

    [Fact]
    public void Real_files_come_out_as_the_page_says_and_real_images_lose_their_seal_to_named_changes_only()
    {
        _ = RealFiles.Root; // before the tools run for nothing
        using var survival = new Survival();
        IReadOnlyList<Survivor> all = survival.Run(Survival.Files());
        List<Survivor> images = [.. all.Where(s => s.File.StartsWith("series", StringComparison.Ordinal) || s.File.StartsWith("wg04", StringComparison.Ordinal))];
        Assert.True(images.Count > 100);
        foreach (Survivor survivor in images)
        {
            Assert.NotNull(survivor.Verdict);
            if (survivor.Verdict.Kind == VerdictKind.Authentic) continue;
            // pydicom writes the decimal string '           0.000' of one private element anew
            Assert.Equal("series-ct", survivor.File.Split('/')[0]);
            Assert.Equal("(0019,xx24 GEMS_ACQU_01)", Assert.Single(survivor.Verdict.Reasons, r => r.Code == ReasonCode.ElementChanged).Path);
        }
        string[] lines = File.ReadAllLines(Page);
        Assert.SkipUnless(lines.Contains(Survival.Versions()), $"{Path.GetFileName(Page)} was made with other versions of the tools than {Survival.Versions()}");
        Assert.Equal(lines.TakeWhile(l => l != Compression).Where(l => l.StartsWith('|')), Text(all).Split('\n').Where(l => l.StartsWith('|')));
    }

    [Fact]
    public void Pictures_outlive_lossless_compression_and_archives_as_the_page_says()
    {
        _ = RealFiles.Root;
        using var survival = new CompressionSurvival();
        IReadOnlyList<Survivor> all = survival.Run(CompressionSurvival.Files().Where(f => CompressionSurvival.IsOfSample(f.Name)));
        Assert.Equal(4, all.Select(s => s.File).Distinct().Count());
        foreach (string tool in CompressionSurvival.Tools) Assert.Contains(all, s => s.Tool == tool && s.Verdict is not null);
        foreach (Survivor survivor in all.Where(s => s.Verdict is not null && s.File is "series-ct/01.dcm" or "wg04/J2KR/US1_J2KR.dcm" && !s.Tool.EndsWith("JPEG 2000", StringComparison.Ordinal)))
            Assert.True(survivor.Verdict!.Kind == VerdictKind.Authentic, $"{survivor.File} after {survivor.Tool}: {survivor.Words}");
        string[] lines = File.ReadAllLines(Page);
        Assert.SkipUnless(lines.Contains(CompressedWith()), $"{Path.GetFileName(Page)} was made with other versions of the tools than {CompressedWith()}");
        foreach (string row in CompressionText(all).Split('\n').Where(l => l.StartsWith("| ", StringComparison.Ordinal) && CompressionSurvival.IsOfSample(l.Split(' ')[1]))) Assert.Contains(row, lines);
    }

    [Fact(Explicit = true)]
    public void Make_the_page()
    {
        using var survival = new Survival();
        File.WriteAllText(Page, Text(survival.Run(Survival.Files())) + Section());
    }

    /// <summary>The section on compression alone, which takes longest.</summary>
    [Fact(Explicit = true)]
    public void Make_the_compression_section()
    {
        using var compression = new CompressionSurvival();
        string section = CompressionText(compression.Run(CompressionSurvival.Files())), page = File.ReadAllText(Page);
        File.WriteAllText(Page, page[..^Section().Length] + section);
    }

    /// <summary>What stands on the page from the heading of compression on.</summary>
    private static string Section()
    {
        string page = File.ReadAllText(Page);
        int at = page.IndexOf($"\n{Compression}\n", StringComparison.Ordinal);
        return at < 0 ? "" : page[at..];
    }

    private const string Compression = "## Compression and archives";

    private static string CompressedWith() => $"{Survival.Versions().TrimEnd('.')}, through {CompressionSurvival.Versions()}.";

    private static string CompressionText(IReadOnlyList<Survivor> all)
    {
        string[] tools = [.. CompressionSurvival.Tools];
        var text = new StringBuilder($"\n{Compression}\n\n");
        text.Append("""
            Pictures, sealed as they are, through compressors without loss, back, and through an archive: stored and fetched, and transcoded by the archive itself. Files of
            2 MiB and more are left out. What GDCM makes of a file is named below: it writes all elements of implicit VR as UN when it compresses, sets Bits Stored to Bits
            Allocated when it decompresses JPEG 2000, exchanges the SOP Class of Secondary Captures of several frames, and decodes 16-bit colours in RLE wrongly; DCMTK
            turns YBR_FULL into RGB when it decompresses JPEG, unless told `+cn`; over DIMSE the padding behind old data sets (FFFC,FFFC) is dropped, which a seal allows. Orthanc's plugin for GDCM adds
            elements, rewrites numbers and crashes on many files; a file is sent eight times, and through JPEG 2000, which needs the plugin, only a few are.


            """);
        text.Append(CompressedWith()).Append("\n\n");
        for (int i = 0; i < tools.Length; i++) text.Append($"{i + 1}. {(tools[i].StartsWith("Orthanc", StringComparison.Ordinal) ? tools[i] : $"`{tools[i]}`")}\n");
        text.Append("\n| file | ").AppendJoin(" | ", Enumerable.Range(1, tools.Length)).Append(" |\n|---").Append(string.Concat(Enumerable.Repeat("|---", tools.Length))).Append("|\n");
        foreach (IGrouping<string, Survivor> file in all.GroupBy(s => s.File))
            text.Append($"| {file.Key} | ").AppendJoin(" | ", tools.Select(t => file.FirstOrDefault(s => s.Tool == t) is { } tried ? Mark(tried.Verdict) : " ")).Append(" |\n");
        text.Append("\n| file | after | verdict | why |\n|---|---|---|---|\n");
        foreach (var same in all.Where(s => s.Verdict is not null && s.Verdict.Kind != VerdictKind.Authentic).GroupBy(s => (s.File, s.Verdict!.Kind, s.Words)))
            text.Append($"| {same.Key.File} | {string.Join(", ", same.Select(s => Array.IndexOf(tools, s.Tool) + 1))} | {same.Key.Kind.Word()} | {same.Key.Words} |\n");
        return text.ToString();
    }

    private static string Text(IReadOnlyList<Survivor> all)
    {
        string[] tools = [.. Survival.Tools];
        var text = new StringBuilder();
        text.Append("""
            # What a seal outlives

            Sealed files, with the standard's signature beside the seal, go through a tool and are verified. The page is made by a test
            (`Make_the_page` of SurvivalTests) from the files of the reference folder and from made ones; another test holds it to what happens.


            """);
        text.Append(Survival.Versions()).Append("\n\n");
        text.Append("`=` authentic, `+` extended, `x` altered, `?` unverifiable, `-` the tool refuses the file. Below the table stands why.\n\n");
        for (int i = 0; i < tools.Length; i++) text.Append($"{i + 1}. {(tools[i].StartsWith("pydicom", StringComparison.Ordinal) ? tools[i] + Way(tools[i]) : $"`{tools[i]}`")}\n");
        text.Append("\n| file | ").AppendJoin(" | ", Enumerable.Range(1, tools.Length)).Append(" |\n|---").Append(string.Concat(Enumerable.Repeat("|---", tools.Length))).Append("|\n");
        foreach (IGrouping<string, Survivor> file in all.GroupBy(s => s.File).Where(g => g.First().Tool != "veridicom seal"))
            text.Append($"| {file.Key} | ").AppendJoin(" | ", tools.Select(t => Mark(file.First(s => s.Tool == t).Verdict))).Append(" |\n");
        text.Append("\n## Why\n\nEach of these is a change that the tool made, or something in the file that the tool cannot keep.\n\n| file | after | verdict | why |\n|---|---|---|---|\n");
        foreach (var same in all.Where(s => s.Verdict is not null && s.Verdict.Kind != VerdictKind.Authentic).GroupBy(s => (s.File, s.Verdict!.Kind, s.Words)))
            text.Append($"| {same.Key.File} | {string.Join(", ", same.Select(s => Array.IndexOf(tools, s.Tool) + 1))} | {same.Key.Kind.Word()} | {same.Key.Words} |\n");
        text.Append("\n## Not sealed\n\nThese files can be read in more than one way and are refused.\n\n| file | why |\n|---|---|\n");
        foreach (Survivor refused in all.Where(s => s.Tool == "veridicom seal")) text.Append($"| {refused.File} | {refused.Words["refused: ".Length..]} |\n");
        return text.ToString();
    }

    private static string Way(string tool) => tool.Split(' ')[1] switch
    {
        "save" => ": read and saved",
        "touched" => ": every value looked at, then saved",
        _ => ": read and saved in this VR encoding",
    };

    private static string Mark(Verdict? verdict) => verdict?.Kind switch
    {
        null => "-", VerdictKind.Authentic => "=", VerdictKind.Extended => "+", VerdictKind.Unverifiable => "?", _ => "x",
    };
}
