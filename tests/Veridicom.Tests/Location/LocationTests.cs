using System.Globalization;
using Veridicom.Pixels;
using Veridicom.Seals.Verify;
using Veridicom.Tests.Seals;
using Xunit;

namespace Veridicom.Tests.Location;

/// <summary>
/// Random tampers with sealed frames, from one sample to a patch, a pasted lesion and a removed one, in native and losslessly compressed files: each is
/// reported, in its frame and in its tiles, and in no other. './test location' runs ten thousand; VERIDICOM_TAMPERS says how many.
/// </summary>
public sealed class LocationTests(ITestOutputHelper output)
{
    private const int Few = 360;

    private static int Tampers => int.TryParse(Environment.GetEnvironmentVariable("VERIDICOM_TAMPERS"), NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n > 0 ? n : Few;

    [Theory]
    [InlineData(Storage.Native)]
    [InlineData(Storage.Rle)]
    [InlineData(Storage.JpegLs)]
    public void Every_tamper_with_a_computed_image_is_found_where_it_is(Storage storage)
    {
        List<LocationSubject> subjects = [.. LocationSubject.Phantoms().Select(p => LocationSubject.Of(p.Name, p.File, storage)).OfType<LocationSubject>()];
        Assert.Equal(6, subjects.Count);
        Run(subjects, storage, Tampers / 4);
    }

    [Fact]
    public void Every_tamper_with_a_real_image_is_found_where_it_is()
    {
        string[] names = ["dicom/wg04/REF/CT1_UNC.dcm", "dicom/wg04/REF/MR1_UNC.dcm", "dicom/wg04/REF/RG3_UNC.dcm", "dicom/wg04/REF/US1_UNC.dcm", "dicom/series-ct/14.dcm", "dicom/pydicom/CT_small.dcm", "dicom/pydicom/examples_rgb_color.dcm"];
        List<LocationSubject> subjects = [.. names.Select(name => RealFiles.PathOf(name.Split('/'))).Select(path => (path, File.ReadAllBytes(path)))
            .SelectMany(file => Enum.GetValues<Storage>().Select(storage => LocationSubject.Of(Path.GetFileName(file.path) + ", " + storage, file.Item2, storage))).OfType<LocationSubject>()];
        Assert.InRange(subjects.Count, 6, 21);
        Run(subjects, Storage.Native, Tampers - 3 * (Tampers / 4));
    }

    private void Run(List<LocationSubject> subjects, Storage storage, int tampers)
    {
        var made = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var misses = new List<string>();
        object gate = new();
        Parallel.For(0, tampers, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            // each tamper has a number from which it can be made again
            var random = new Random(1000 * (int)storage + i);
            LocationSubject subject = subjects[i % subjects.Count];
            string kind, found;
            HashSet<PixelBox> wanted;
            do
            {
                int frame = random.Next(subject.Geometry.Frames);
                byte[] cells = subject.Frame(frame).ToArray();
                kind = new FrameTampering(subject.Geometry, random).Apply(cells);
                wanted = Tiles(subject.Geometry, frame, subject.Frame(frame), cells);
                found = wanted.Count == 0 ? "" : Judge(subject.With(frame, cells), wanted);
            }
            while (wanted.Count == 0); // what changes no sample is no tamper
            lock (gate)
            {
                made[kind] = made.GetValueOrDefault(kind) + 1;
                if (found.Length > 0) misses.Add($"{subject.Name}, {kind} {i}: {found}");
            }
        });
        output.WriteLine($"{storage}: {tampers} tampers with {subjects.Count} files ({string.Join(", ", made.Select(m => $"{m.Value} x {m.Key}"))}), {tampers - misses.Count} found in their frame and tiles and in no other");
        Assert.True(misses.Count == 0, string.Join('\n', misses.Take(10)));
        Assert.Equal(tampers, made.Values.Sum());
    }

    /// <summary>Empty where exactly these tiles are named.</summary>
    private static string Judge(byte[] file, HashSet<PixelBox> wanted)
    {
        Verdict verdict = SealKit.Verify(file);
        if (verdict.Kind != VerdictKind.Altered || verdict.Parts[Part.Pixels] != PartState.Altered) return SealKit.Say(verdict);
        List<Reason> others = [.. verdict.Reasons.Where(r => r.Code != ReasonCode.PixelsChanged)];
        if (others.Count > 0) return "also: " + others[0].Text;
        return wanted.SetEquals(verdict.Reasons.Select(r => r.Box!.Value)) ? "" : "other tiles: " + SealKit.Say(verdict);
    }

    /// <summary>The tiles in which cells differ, worked out pixel by pixel: an eighth of a side each, rounded up, and at least 32.</summary>
    private static HashSet<PixelBox> Tiles(PixelGeometry g, int frame, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        int tileRows = Math.Max(32, (int)Math.Ceiling(g.Rows / 8.0)), tileColumns = Math.Max(32, (int)Math.Ceiling(g.Columns / 8.0));
        var tiles = new HashSet<PixelBox>();
        for (int i = 0; i < before.Length; i++)
        {
            if (before[i] == after[i]) continue;
            int pixel = i / g.CellBytes / g.Samples, x = pixel % g.Columns / tileColumns * tileColumns, y = pixel / g.Columns / tileRows * tileRows;
            tiles.Add(new PixelBox(frame + 1, x, y, Math.Min(tileColumns, g.Columns - x), Math.Min(tileRows, g.Rows - y)));
        }
        return tiles;
    }
}
