using System.Globalization;
using Veridicom.Pixels.Rendering;

namespace Veridicom.Forensics.Manipulation;

/// <summary>What was found in one slice.</summary>
/// <param name="Findings">Parts that look changed, the most unusual first; a copy is named at both of its places, as it cannot be told which came first.</param>
/// <param name="Map">Where the slice stands out; null where its noise was not judged.</param>
/// <param name="Evidence">The same in words and numbers, of the pixels.</param>
/// <param name="Score">0..1, calibrated: how unusual its most unusual part is among untouched slices. Null where nothing was judged.</param>
public sealed record LocalExamination(IReadOnlyList<LocalFinding> Findings, HeatMap? Map, IReadOnlyList<Evidence> Evidence, double? Score)
{
    /// <summary>Contrast of the most unusual part, before calibration; copies count beyond everything.</summary>
    internal double Contrast { get; init; } = double.NegativeInfinity;
}

/// <summary>
/// Looks for parts of one slice that were changed: noise that occurs twice, and, in CT, a part whose noise is not like that around it. Deterministic; any picture is taken, those
/// with sides of fewer than 64 pixels are not judged.
/// </summary>
public static class LocalManipulation
{
    /// <summary>Code of findings of noise that occurs twice.</summary>
    public const string CopyCode = "copy-move";

    /// <summary>Code of findings of a part that is filled with small copies from elsewhere in the slice.</summary>
    public const string FillCode = "patch-fill";

    /// <summary>Code of findings of noise that is stronger or weaker than around.</summary>
    public const string LevelCode = "noise-level";

    /// <summary>Code of findings of noise of another texture than around.</summary>
    public const string TextureCode = "noise-texture";

    private const int MostCopies = 3, MostParts = 2;

    /// <summary>Examines a slice with the model that comes with the program.</summary>
    /// <param name="stored">Values as they are stored; 8-bit values as they are shown are taken as well, and show less.</param>
    /// <param name="isCt">True for CT, where the noise of a slice follows from its physics. Else only copies are looked for.</param>
    /// <param name="frame">The frame that findings name, from 0.</param>
    public static LocalExamination Examine(GrayPicture stored, bool isCt, int frame = 0) => Examine(stored, isCt, frame, isCt ? LocalModel.Shipped : null);

    /// <summary>Examines a slice.</summary>
    /// <param name="stored">Values as they are stored.</param>
    /// <param name="isCt">True for CT.</param>
    /// <param name="frame">The frame that findings name.</param>
    /// <param name="model">Judges noise; without one only copies are looked for.</param>
    public static LocalExamination Examine(GrayPicture stored, bool isCt, int frame, LocalModel? model)
    {
        ArgumentNullException.ThrowIfNull(stored);
        if (SliceCells.Of(stored) is not { } cells) return new LocalExamination([], null, [], null);
        var findings = new List<LocalFinding>();
        var evidence = new List<Evidence>();
        int copied = Copies(cells, frame, findings, evidence);
        double contrast = double.NegativeInfinity;
        HeatMap? map = null;
        if (isCt && model is not null) (map, contrast) = Noise(cells, frame, model, findings, evidence);
        if (copied > 0) contrast = 1000 + Math.Log(copied);
        double? score = copied > 0 ? findings[0].Score : map is null ? (isCt ? null : 0) : model!.Calibrated(contrast);
        return new LocalExamination([.. findings.OrderByDescending(finding => finding.Score)], map, evidence, score) { Contrast = contrast };
    }

    /// <summary>Log odds of each cell that can be judged, 0 for the others.</summary>
    internal static float[] LogOdds(CellFeatures features, LocalModel model)
    {
        var odds = new float[features.Counts.Length];
        for (int cell = 0; cell < odds.Length; cell++) if (features.Counts[cell]) odds[cell] = model.LogOdds(features.Values.AsSpan(cell * CellFeatures.Count, CellFeatures.Count));
        return odds;
    }

    private static int Copies(SliceCells cells, int frame, List<LocalFinding> findings, List<Evidence> evidence)
    {
        int blocks = 0;
        IReadOnlyList<DuplicatedBlocks.Pair> pairs = DuplicatedBlocks.Within(cells.Rows, cells.Columns, cells.Values);
        if (DuplicatedBlocks.Filled(pairs, cells.Rows, cells.Columns) is { } filled)
        {
            blocks = pairs.Sum(pair => pair.Blocks);
            string text = string.Create(CultureInfo.InvariantCulture, $"{Place(filled)} is made up of small copies from elsewhere: {pairs.Count} patches have the noise of other places");
            findings.Add(new LocalFinding(frame, filled, FillCode, 1 - 1.0 / (100 + 10 * blocks), text));
            evidence.Add(new Evidence(EvidenceSource.Pixels, FillCode, EvidenceFor.Manipulation, true, text, [new("patches", pairs.Count), new("blocks", blocks)]));
            return blocks;
        }
        foreach (DuplicatedBlocks.Pair pair in DuplicatedBlocks.Copies(pairs).Take(MostCopies))
        {
            blocks += pair.Blocks;
            // What two blocks agree on by chance is beyond counting; what is left is that a program, not a forger, repeated something.
            double score = 1 - 1.0 / (100 + 10 * pair.Blocks);
            string text = string.Create(CultureInfo.InvariantCulture, $"{Place(pair.A)} and {Place(pair.B)} have the same noise: {pair.Blocks} small blocks are equal");
            findings.Add(new LocalFinding(frame, pair.A, CopyCode, score, text));
            findings.Add(new LocalFinding(frame, pair.B, CopyCode, score, text));
            evidence.Add(new Evidence(EvidenceSource.Pixels, CopyCode, EvidenceFor.Manipulation, true, text, [new("blocks", pair.Blocks), new("bitsOfABlock", pair.Bits)]));
        }
        return blocks;
    }

    private static (HeatMap Map, double Contrast) Noise(SliceCells cells, int frame, LocalModel model, List<LocalFinding> findings, List<Evidence> evidence)
    {
        CellFeatures features = cells.Features;
        float[] odds = LogOdds(features, model);
        var heat = new float[odds.Length];
        for (int cell = 0; cell < heat.Length; cell++) heat[cell] = features.Counts[cell] ? 1 / (1 + MathF.Exp(-odds[cell])) : 0;
        var taken = new List<PixelArea>();
        double most = double.NegativeInfinity;
        while (taken.Count < MostParts && BoxSearch.Best(features.Rows, features.Columns, odds, features.Counts, taken) is { } best)
        {
            most = Math.Max(most, best.Contrast);
            if (best.Contrast < model.Threshold) break;
            taken.Add(best.Cells);
            PixelArea area = best.Cells.Times(NoiseBands.Side);
            double ratio = Ratio(features, best.Cells), score = model.Calibrated(best.Contrast);
            bool level = ratio is < 0.75 or > 1.33;
            string text = level
                ? string.Create(CultureInfo.InvariantCulture, $"the finest noise in {Place(area)} is {ratio:0.00} times that of what is around it")
                : $"the noise in {Place(area)} has another texture than that of what is around it";
            findings.Add(new LocalFinding(frame, area, level ? LevelCode : TextureCode, score, text));
            evidence.Add(new Evidence(EvidenceSource.Pixels, level ? LevelCode : TextureCode, EvidenceFor.Manipulation, false, text,
                [new("contrast", best.Contrast), new("threshold", model.Threshold), new("noiseRatio", ratio), new("score", score)]));
        }
        return (new HeatMap(features.Rows, features.Columns, heat), most);
    }

    // By the first feature: the logarithm of the mean root of the finest detail, over that around.
    private static double Ratio(CellFeatures features, PixelArea cells)
    {
        double sum = 0;
        int seen = 0;
        for (int row = cells.Y; row < cells.Y + cells.Height; row++)
        {
            for (int column = cells.X; column < cells.X + cells.Width; column++)
            {
                if (!features.Counts[row * features.Columns + column]) continue;
                sum += features.Values[(row * features.Columns + column) * CellFeatures.Count];
                seen++;
            }
        }
        return Math.Exp(2 * sum / Math.Max(1, seen));
    }

    internal static string Place(PixelArea area) =>
        string.Create(CultureInfo.InvariantCulture, $"columns {area.X} to {area.X + area.Width - 1}, rows {area.Y} to {area.Y + area.Height - 1}");
}
