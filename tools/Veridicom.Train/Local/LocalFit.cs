using System.Globalization;
using Veridicom.Forensics;
using Veridicom.Forensics.Manipulation;
using Veridicom.Train.Degradations;

namespace Veridicom.Train.Local;

/// <summary>
/// Measures the numbers of <see cref="LocalModel"/>: trees on varied and tampered slices, and the threshold on varied untouched ones by trees that have not seen the slices
/// they judge. Sources that judge are not touched.
/// </summary>
internal static class LocalFit
{
    private const int Trees = 160, Depth = 4, Samples = 1200, VariationsOfEach = 30;
    private const double Rate = 0.1, FalseFindings = 0.02;

    /// <summary>Version of the numbers; to be raised when they change.</summary>
    public const string Version = "local-1";

    /// <summary>Fits.</summary>
    /// <param name="sources">All sources.</param>
    /// <param name="seed">By what slices are varied and changed.</param>
    /// <param name="progress">What is being done.</param>
    public static LocalModel Fit(IReadOnlyList<SliceSource> sources, ulong seed, Action<string> progress)
    {
        List<GrayPicture> slices = [.. sources.Where(source => !source.Judged).SelectMany(source => source.Slices).Where(slice => Math.Min(slice.Rows, slice.Columns) >= 256)];
        if (slices.Count < 4) throw new InvalidOperationException("at least four slices that do not judge are needed");
        List<GrayPicture>[] halves = [[.. slices.Where((_, i) => i % 2 == 0)], [.. slices.Where((_, i) => i % 2 == 1)]];
        CellSamples[] samples = [.. halves.Select((half, i) =>
        {
            progress($"tampering with variations of {half.Count} slices");
            return CellSamples.Make(half, Samples / 2, seed + (ulong)i);
        })];
        var untouched = new List<float>();
        for (int i = 0; i < 2; i++)
        {
            progress("fitting on one half, judging untouched variations of the other");
            LocalModel model = Unthresholded(Fitted(samples[i].Rows, samples[i].Labels));
            foreach ((GrayPicture slice, int index) in halves[1 - i].Select((slice, index) => (slice, index)))
            {
                for (int variation = 0; variation < VariationsOfEach; variation++)
                {
                    SeededRandom random = SeededRandom.Of(seed, $"untouched/{i}/{index}/{variation}");
                    GrayPicture varied = variation == 0 ? slice : SliceVariety.Vary(slice, random);
                    if (varied.Levels == 256 && random.Fraction() < 0.3) varied = Degradation.Jpeg(varied, 90);
                    if (SliceCells.Of(varied) is not { } cells) continue;
                    float[] odds = LocalManipulation.LogOdds(cells.Features, model);
                    if (BoxSearch.Best(cells.Features.Rows, cells.Features.Columns, odds, cells.Features.Counts, []) is { } best) untouched.Add((float)best.Contrast);
                }
            }
        }
        progress("fitting on both");
        BoostedTrees trees = Fitted([.. samples[0].Rows, .. samples[1].Rows], [.. samples[0].Labels, .. samples[1].Labels]);
        untouched.Sort();
        double threshold = untouched[(int)Math.Ceiling((1 - FalseFindings) * (untouched.Count - 1))];
        string trainedOn = string.Create(CultureInfo.InvariantCulture,
            $"{slices.Count} CT slices ({string.Join("; ", sources.Where(source => !source.Judged).Select(source => source.Name))}) in {Samples} tampered variations; threshold by {untouched.Count} untouched variations, {FalseFindings:P0} of them above it");
        return new LocalModel(Version, trainedOn, seed, threshold, [.. untouched], trees);
    }

    private static BoostedTrees Fitted(float[] rows, bool[] labels)
    {
        var weights = new float[labels.Length];
        Array.Fill(weights, 1f);
        return TreeFit.Fit(rows, CellFeatures.Count, labels, weights, Trees, Depth, Rate);
    }

    private static LocalModel Unthresholded(BoostedTrees trees) => new(Version, "", 0, 0, [0], trees);
}
