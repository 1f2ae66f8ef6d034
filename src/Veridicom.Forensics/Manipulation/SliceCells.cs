namespace Veridicom.Forensics.Manipulation;

/// <summary>A slice made fit for measuring: finite values, and what its cells say.</summary>
internal sealed class SliceCells
{
    /// <summary>Smallest side of a slice that is looked at, in pixels.</summary>
    public const int LeastSide = 64;

    /// <summary>Largest number of pixels that is looked at.</summary>
    public const int MostPixels = 1 << 26;

    private SliceCells(int rows, int columns, float[] values, NoiseBands bands, CellFeatures features) => (Rows, Columns, Values, Bands, Features) = (rows, columns, values, bands, features);

    /// <summary>Rows of pixels.</summary>
    public int Rows { get; }

    /// <summary>Columns of pixels.</summary>
    public int Columns { get; }

    /// <summary>Finite values.</summary>
    public float[] Values { get; }

    /// <summary>Noise by octaves.</summary>
    public NoiseBands Bands { get; }

    /// <summary>What cells say.</summary>
    public CellFeatures Features { get; }

    /// <summary>Of a slice; null where it is too small or too large, or of one value.</summary>
    public static SliceCells? Of(GrayPicture picture)
    {
        if (picture.Rows < LeastSide || picture.Columns < LeastSide || (long)picture.Rows * picture.Columns > MostPixels) return null;
        float[] values = Finite(picture, out float least, out float most, out bool whole);
        if (!(most > least)) return null;
        NoiseBands bands = NoiseBands.Of(picture.Rows, picture.Columns, values);
        return new SliceCells(picture.Rows, picture.Columns, values, bands, CellFeatures.Of(bands, whole ? 1 : (most - least) / 65536));
    }

    // What is no number becomes the least that is one. Values beyond a million are scaled, so that sums stay finite; only floats and 32-bit cells have such.
    private static float[] Finite(GrayPicture picture, out float least, out float most, out bool whole)
    {
        (least, most, whole) = (float.MaxValue, float.MinValue, true);
        foreach (float value in picture.Values) if (float.IsFinite(value)) (least, most) = (Math.Min(least, value), Math.Max(most, value));
        float[] values = picture.Values.ToArray();
        if (least > most) return values;
        double scale = Math.Max(Math.Abs((double)least), Math.Abs((double)most)) > 1e6 ? 65535 / ((double)most - least) : 1;
        double origin = scale == 1 ? 0 : least;
        for (int i = 0; i < values.Length; i++)
        {
            float value = float.IsFinite(values[i]) ? values[i] : least;
            if (scale != 1) value = (float)((value - origin) * scale);
            values[i] = value;
            if (value != MathF.Round(value)) whole = false;
        }
        (least, most) = ((float)((least - origin) * scale), (float)((most - origin) * scale));
        return values;
    }
}
