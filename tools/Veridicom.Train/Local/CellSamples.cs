using Veridicom.Forensics;
using Veridicom.Forensics.Manipulation;
using Veridicom.Train.Degradations;
using Veridicom.Train.Tampering;

namespace Veridicom.Train.Local;

/// <summary>Cells of varied and tampered slices with what is known of them, for fitting.</summary>
internal sealed class CellSamples
{
    // Kinds that leave another noise; copies have their own search.
    private static readonly TamperKind[] OfNoise = [.. LocalTampering.Kinds.Where(kind => kind is not (TamperKind.CopyMove or TamperKind.InpaintPatches))];
    private readonly List<float> _rows = [];
    private readonly List<bool> _labels = [];

    /// <summary>Features, row by row.</summary>
    public float[] Rows => [.. _rows];

    /// <summary>True for cells that are mostly new.</summary>
    public bool[] Labels => [.. _labels];

    /// <summary>How many.</summary>
    public int Count => _labels.Count;

    /// <summary>Takes cells of one slice: all that are new, and a regular sample of the others; those on the border are left out.</summary>
    public void Add(GrayPicture picture, float[]? weight, SeededRandom random)
    {
        if (SliceCells.Of(picture) is not { } cells) return;
        CellFeatures features = cells.Features;
        for (int row = 0; row < features.Rows; row++)
        {
            for (int column = 0; column < features.Columns; column++)
            {
                int cell = row * features.Columns + column;
                if (!features.Counts[cell]) continue;
                float part = 0;
                if (weight is not null)
                {
                    for (int i = 0; i < NoiseBands.Side; i++)
                    {
                        foreach (float one in weight.AsSpan((row * NoiseBands.Side + i) * picture.Columns + column * NoiseBands.Side, NoiseBands.Side)) part += one / (NoiseBands.Side * NoiseBands.Side);
                    }
                }
                if (part is > 0.05f and < 0.6f) continue;
                if (part < 0.3f && random.Fraction() > 0.08) continue;
                _rows.AddRange(features.Values.AsSpan(cell * CellFeatures.Count, CellFeatures.Count));
                _labels.Add(part > 0.3f);
            }
        }
    }

    /// <summary>Makes samples of slices.</summary>
    /// <param name="slices">Untouched ones.</param>
    /// <param name="count">How many tampered slices are made; half as many untouched ones come with them.</param>
    /// <param name="seed">By what they are chosen.</param>
    public static CellSamples Make(IReadOnlyList<GrayPicture> slices, int count, ulong seed)
    {
        var samples = new CellSamples();
        for (int i = 0; i < count; i++)
        {
            SeededRandom random = SeededRandom.Of(seed, $"sample/{i}");
            GrayPicture slice = SliceVariety.Vary(slices[i % slices.Count], random), donor = SliceVariety.Vary(slices[random.Below(slices.Count)], random);
            TamperKind kind = OfNoise[i / slices.Count % OfNoise.Length];
            bool jpeg = slice.Levels == 256 && random.Fraction() < 0.3;
            // a donor with other levels would stand out by its scale alone
            GrayPicture? given = donor.Levels == slice.Levels ? donor : Turned(slice);
            if (LocalTampering.Apply(slice, given, kind, random.Below(int.MaxValue)) is { } tampered)
                samples.Add(jpeg ? Degradation.Jpeg(tampered.Picture, 90) : tampered.Picture, tampered.Weight, random);
            if (i % 2 == 0) samples.Add(jpeg ? Degradation.Jpeg(slice, 90) : slice, null, random);
        }
        return samples;
    }

    private static GrayPicture Turned(GrayPicture picture)
    {
        float[] values = picture.Values.ToArray();
        Array.Reverse(values);
        return new GrayPicture(picture.Rows, picture.Columns, values, picture.Levels);
    }
}
