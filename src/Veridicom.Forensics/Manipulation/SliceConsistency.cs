using System.Globalization;
using Veridicom.Pixels.Rendering;

namespace Veridicom.Forensics.Manipulation;

/// <summary>
/// Looks for slices of a series, and parts of them, that do not fit their neighbours: noise that two slices share, noise that is stronger, weaker or of another texture than at the same place in
/// the slices before and after, and brightness that jumps there and back. What is usual is taken from the series itself.
/// </summary>
public static class SliceConsistency
{
    /// <summary>Code of findings of noise that two slices share.</summary>
    public const string SharedCode = "slice-shared-noise";

    /// <summary>Code of findings of noise unlike that of the neighbours.</summary>
    public const string NoiseCode = "slice-noise";

    /// <summary>Code of findings of brightness unlike that of the neighbours.</summary>
    public const string ContentCode = "slice-content";

    /// <summary>Fewest slices of a series that are compared in noise and brightness; two are enough for shared noise.</summary>
    public const int LeastSlices = 7;

    /// <summary>Findings that are given at most.</summary>
    public const int MostFindings = 100;

    private const int Reach = 4;
    private const int Nearby = 6; // slices on either side
    private const double LeastContrast = 4, TimesNoise = 1.8, TimesContent = 2.6; // of what is usual nearby; real series reach 1.5 and 2.3

    /// <summary>Examines a series.</summary>
    /// <param name="slicesInOrder">Of one size, in the order of their positions; slices of another size than the first are passed over.</param>
    /// <returns>Findings with the index of the slice as frame, the most unusual first.</returns>
    public static IReadOnlyList<LocalFinding> Examine(IReadOnlyList<GrayPicture> slicesInOrder)
    {
        ArgumentNullException.ThrowIfNull(slicesInOrder);
        var search = new SeriesNoise();
        var slices = new List<Slice>();
        for (int index = 0; index < slicesInOrder.Count; index++)
        {
            GrayPicture picture = slicesInOrder[index];
            if (picture.Rows != slicesInOrder[0].Rows || picture.Columns != slicesInOrder[0].Columns || SliceCells.Of(picture) is not { } cells) continue;
            search.Add(index, cells);
            slices.Add(new Slice(index, cells.Features, cells.Bands.Level, LocalManipulation.LogOdds(cells.Features, LocalModel.Shipped)));
        }
        var findings = new List<LocalFinding>(search.Findings());
        if (slices.Count >= LeastSlices)
        {
            Compare(slices, NoiseCode, "the noise", TimesNoise, Noise, findings);
            Compare(slices, ContentCode, "the brightness", TimesContent, Content, findings);
        }
        return [.. findings.OrderByDescending(finding => finding.Score).ThenBy(finding => finding.Frame).Take(MostFindings)];
    }

    // What is kept of a slice.
    private sealed record Slice(int Index, CellFeatures Features, float[] Level, float[] Odds);

    // The most unusual box of every slice, and those that stand out among them.
    private static void Compare(List<Slice> slices, string code, string what, double times, Func<List<Slice>, int, float[][]> maps, List<LocalFinding> findings)
    {
        var best = new List<(int Slice, PixelArea Cells, double Contrast)>();
        for (int at = 0; at < slices.Count; at++)
        {
            CellFeatures features = slices[at].Features;
            (PixelArea Cells, double Contrast)? most = null;
            foreach (float[] map in maps(slices, at))
            {
                if (BoxSearch.Best(features.Rows, features.Columns, map, features.Counts, []) is { } box && (most is null || box.Contrast > most.Value.Contrast)) most = box;
            }
            if (most is { } one) best.Add((at, one.Cells, one.Contrast));
        }
        if (best.Count < LeastSlices) return;
        for (int i = 0; i < best.Count; i++)
        {
            // the base of the skull and its top are each unlike the rest: what is usual is taken from the slices nearby
            double usual = Median([.. best.Where((_, other) => other != i && Math.Abs(other - i) <= Nearby).Select(one => one.Contrast)]);
            double threshold = Math.Max(LeastContrast, usual * times + 1.5), contrast = best[i].Contrast;
            if (contrast <= threshold) continue;
            PixelArea area = best[i].Cells.Times(NoiseBands.Side);
            double unusual = contrast / threshold;
            int index = slices[best[i].Slice].Index;
            findings.Add(new LocalFinding(index, area, code, 1 - 0.02 / (unusual * unusual), string.Create(CultureInfo.InvariantCulture,
                $"{what} of slice {index + 1} in {LocalManipulation.Place(area)} does not fit the slices before and after it: a contrast of {contrast:0.0}, where slices nearby have {usual:0.0}")));
        }
    }

    // Odds of change less those at the same place around, and the strength of the finest noise, its texture, both ways.
    private static float[][] Noise(List<Slice> slices, int at)
    {
        Slice slice = slices[at];
        int cells = slice.Odds.Length;
        List<Slice> around = Around(slices, at);
        var odds = new float[cells];
        Span<float> values = stackalloc float[2 * Reach];
        for (int cell = 0; cell < cells; cell++)
        {
            for (int i = 0; i < around.Count; i++) values[i] = around[i].Odds[cell];
            odds[cell] = slice.Odds[cell] - Math.Max(-2, Middle(values[..around.Count]));
        }
        var maps = new List<float[]> { odds };
        foreach (int channel in (ReadOnlySpan<int>)[0, 5])
        {
            float[] off = new float[cells], width = new float[cells];
            for (int cell = 0; cell < cells; cell++)
            {
                for (int i = 0; i < around.Count; i++) values[i] = around[i].Features.Strengths[channel][cell];
                float middle = Middle(values[..around.Count]);
                off[cell] = slice.Features.Strengths[channel][cell] - middle;
                for (int i = 0; i < around.Count; i++) values[i] = Math.Abs(around[i].Features.Strengths[channel][cell] - middle);
                width[cell] = Middle(values[..around.Count]);
            }
            // a slice with another dose is another dose, not a change
            float shift = (float)Median([.. off.Where((_, cell) => slice.Features.Counts[cell]).Select(one => (double)one)]);
            float usual = 1.4826f * (float)Median([.. off.Where((_, cell) => slice.Features.Counts[cell]).Select(one => Math.Abs((double)one - shift))]);
            float[] more = new float[cells], less = new float[cells];
            for (int cell = 0; cell < cells; cell++)
            {
                float z = Math.Clamp((off[cell] - shift) / MathF.Sqrt(usual * usual + 2.2f * width[cell] * width[cell] + 1e-4f), -5, 5);
                (more[cell], less[cell]) = (z, -z);
            }
            maps.Add(more);
            maps.Add(less);
        }
        return [.. maps];
    }

    // Mean brightness against that between the two next to it, over what usually changes there.
    private static float[][] Content(List<Slice> slices, int at)
    {
        Slice slice = slices[at];
        if (at == 0 || at == slices.Count - 1) return [];
        int cells = slice.Level.Length;
        float[] before = slices[at - 1].Level, after = slices[at + 1].Level, off = new float[cells], usual = new float[cells];
        for (int cell = 0; cell < cells; cell++)
        {
            off[cell] = MathF.Abs(slice.Level[cell] - (before[cell] + after[cell]) / 2);
            usual[cell] = MathF.Abs(before[cell] - after[cell]) / 2;
            foreach (int other in (ReadOnlySpan<int>)[at - 3, at + 2])
            {
                if (other >= 0 && other + 1 < slices.Count) usual[cell] += MathF.Abs(slices[other].Level[cell] - slices[other + 1].Level[cell]) / 2;
            }
        }
        float floor = Math.Max(1e-3f, (float)Median([.. off.Where((_, cell) => slice.Features.Counts[cell]).Select(one => (double)one)]));
        var map = new float[cells];
        for (int cell = 0; cell < cells; cell++) map[cell] = Math.Clamp(off[cell] / (floor + usual[cell]) - 1, -1, 5);
        return [map];
    }

    private static List<Slice> Around(List<Slice> slices, int at)
    {
        var around = new List<Slice>(2 * Reach);
        for (int other = Math.Max(0, at - Reach); other <= Math.Min(slices.Count - 1, at + Reach); other++) if (other != at) around.Add(slices[other]);
        return around;
    }

    private static float Middle(Span<float> values)
    {
        values.Sort();
        return (values.Length & 1) == 1 ? values[values.Length / 2] : (values[values.Length / 2 - 1] + values[values.Length / 2]) / 2;
    }

    private static double Median(double[] values)
    {
        if (values.Length == 0) return 0;
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
