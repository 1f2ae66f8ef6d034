using Veridicom.OpenJpeg;
using Veridicom.Testing;
using Xunit;

namespace Veridicom.Interop.Pixels;

/// <summary>
/// Our samples beside those of DCMTK and GDCM. docs/reference/pixels.md is made from the same run by <see cref="Make_the_page"/>, which runs only when
/// asked for: dotnet run --project tests/Veridicom.Interop -- -explicit only -method '*SamePixelsTests.Make_the_page'
/// </summary>
public sealed class SamePixelsTests
{
    private static readonly string Page = Repository.PathOf("docs", "reference", "pixels.md");

    [Fact]
    public void Made_files_of_every_kind_decode_as_the_peers_decode_them()
    {
        List<string> wrong = [];
        foreach (MadeImage made in MadePixels.Images.Where(m => m.Refused != "-"))
        {
            string name = $"{made.Encoder}, {made.Kind.Name}";
            if (made.Refused is not null) wrong.Add($"{name}: {made.Refused}");
            else if (!made.Original && PixelsPage.IsLossless(made.Encoder.Syntax) && PixelsPage.Reason(name, "encoder") is null) wrong.Add($"{name}: not what went in");
            else wrong.AddRange(Differences(name, made.Dcmtk!, made.Gdcm!));
        }
        Assert.Empty(wrong);
        // a syntax of which nothing was made was not tested
        foreach (PixelEncoder encoder in MadePixels.Encoders) Assert.True(MadePixels.Images.Count(m => m.Encoder == encoder && m.Refused is null) >= 2, encoder.ToString());
    }

    [Fact]
    public void Real_files_decode_as_the_peers_decode_them()
    {
        _ = RealFiles.Root; // before the tools run for nothing
        IReadOnlyList<RealImage> images = RealPixels.Images;

        Assert.True(images.Count > 180);
        Assert.Empty(images.Where(i => i.Refused is null).SelectMany(i => Differences(i.File, i.Dcmtk, i.Gdcm)));
        // what is not decoded is named one by one
        Assert.Equal(PixelsPage.NotDecoded.Order(StringComparer.Ordinal), images.Where(i => i.Refused is not null).Select(i => i.File));
    }

    [Fact]
    public void Every_reason_is_still_needed()
    {
        _ = RealFiles.Root;
        var differing = MadePixels.Images.Where(m => m.Refused is null).Select(m => (Name: $"{m.Encoder}, {m.Kind.Name}", Dcmtk: m.Dcmtk!, Gdcm: m.Gdcm!))
            .Concat(RealPixels.Images.Where(i => i.Refused is null).Select(i => (Name: i.File, i.Dcmtk, i.Gdcm)))
            .SelectMany(x => new[] { (x.Name, Tool: "DCMTK", Answer: x.Dcmtk), (x.Name, Tool: "GDCM", Answer: x.Gdcm) })
            .Where(x => x.Answer.Mark is "x" or "-").Select(x => (x.Name, x.Tool))
            .Concat(MadePixels.Images.Where(m => m.Refused is null && !m.Original).Select(m => ($"{m.Encoder}, {m.Kind.Name}", "encoder"))).ToHashSet();

        List<string> idle = [.. PixelsPage.Reasons.Where(reason => !differing.Any(d => PixelsPage.Fits(reason, d.Item1, d.Item2))).Select(reason => reason.What)];
        Assert.Empty(idle);
    }

    [Theory]
    [InlineData("RLE")]
    [InlineData("JPLL")]
    [InlineData("JLSL")]
    [InlineData("J2KR")]
    [InlineData("JLSN")]
    [InlineData("JPLY")]
    [InlineData("J2KI")]
    public void A_family_of_the_working_group_is_its_reference_or_within_its_codecs_error(string family)
    {
        IReadOnlyList<Familiar> all = Wg04.Family(family);

        Assert.InRange(all.Count, 4, 7);
        foreach (Familiar one in all)
        {
            bool lossless = family is "RLE" or "JPLL" or "JLSL" or "J2KR";
            Assert.True(one.Identical == lossless, one.File);
            if (lossless) continue;
            // near-lossless states its error; the others state none, and are held to what can be told from noise
            if (one.Bound >= 0) Assert.InRange(one.Largest, 0, one.Bound);
            else Assert.InRange(one.Decibel, 30, 200);
        }
    }

    [Fact]
    public void The_page_says_what_happens()
    {
        _ = RealFiles.Root;
        string[] lines = File.ReadAllLines(Page);
        Assert.SkipUnless(lines.Contains(SamePixels.Versions()), $"{Path.GetFileName(Page)} was made with other versions of the tools than {SamePixels.Versions()}");

        Assert.Equal(PixelsPage.Text().Split('\n').Where(l => l.StartsWith('|')), lines.Where(l => l.StartsWith('|')));
    }

    [Fact(Explicit = true)]
    public void Make_the_page() => File.WriteAllText(Page, PixelsPage.Text());

    private static IEnumerable<string> Differences(string name, PeerAnswer dcmtk, PeerAnswer gdcm)
    {
        if (dcmtk.Mark is "x" or "-" && PixelsPage.Reason(name, "DCMTK") is null) yield return $"{name}: DCMTK {dcmtk.Mark} {dcmtk.Words}";
        if (gdcm.Mark is "x" or "-" && PixelsPage.Reason(name, "GDCM") is null) yield return $"{name}: GDCM {gdcm.Mark} {gdcm.Words}";
    }
}

/// <summary>One file of a family beside its reference.</summary>
/// <param name="File">Its name.</param>
/// <param name="Identical">All samples are those of the reference.</param>
/// <param name="Bound">The error that the codestream states, -1 where it states none.</param>
/// <param name="Largest">The largest difference.</param>
/// <param name="Decibel">Peak signal to noise: the range of the reference over the root mean square of the differences.</param>
internal sealed record Familiar(string File, bool Identical, int Bound, long Largest, double Decibel);

/// <summary>The families of DICOM's working group 4: the same seven images in each encoding.</summary>
internal static class Wg04
{
    public static IReadOnlyList<Familiar> Family(string family)
    {
        using OpenJpegWorkers workers = OpenJpegWorkersTests.Require();
        using var scratch = new ScratchFolder();
        var same = new SamePixels(workers, scratch);
        var all = new List<Familiar>();
        foreach (string path in RealFiles.Below(Path.Combine("dicom", "wg04", family)))
        {
            string name = Path.GetFileNameWithoutExtension(path);
            Samples reference = same.Ours(RealFiles.PathOf("dicom", "wg04", "REF", name[..3].TrimEnd('_') + "_UNC.dcm"), out _)!;
            Samples ours = same.Ours(path, out string reason) ?? throw new InvalidOperationException($"{name}: {reason}");
            int bound = family == "JLSN" ? same.NearLossless(path) : -1;
            long largest = 0, least = long.MaxValue, most = long.MinValue;
            double squares = 0;
            int cell = ours.Geometry.CellBytes;
            for (int at = 0; at < ours.Cells.Length; at += cell)
            {
                long was = SamePixels.Value(reference.Cells.AsSpan(at, cell), reference.Geometry.Signed), now = SamePixels.Value(ours.Cells.AsSpan(at, cell), ours.Geometry.Signed);
                (least, most, largest) = (Math.Min(least, was), Math.Max(most, was), Math.Max(largest, Math.Abs(now - was)));
                squares += (double)(now - was) * (now - was);
            }
            double noise = Math.Sqrt(squares / (ours.Cells.Length / cell));
            all.Add(new Familiar(name, largest == 0, bound, largest, noise == 0 ? double.PositiveInfinity : 20 * Math.Log10((most - least) / noise)));
        }
        return all;
    }
}
