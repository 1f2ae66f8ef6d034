namespace Veridicom.Forensics.Manipulation;

/// <summary>
/// What is left of a slice when its anatomy is taken off as far as a few differences can: second differences along and across, at one, two and four pixels.
/// Summed over cells of <see cref="Side"/> x <see cref="Side"/> pixels, as square roots of magnitudes, which a vessel or an edge moves less than squares.
/// </summary>
internal sealed class NoiseBands
{
    /// <summary>Pixels along one side of a cell.</summary>
    public const int Side = 8;

    /// <summary>Channels: diagonal detail at 1, 2 and 4 pixels, detail across rows and across columns at 1 pixel.</summary>
    public const int Channels = 5;

    private const int Magnitudes = 2; // of these channels plain magnitudes are kept, too

    private NoiseBands(int rows, int columns) =>
        (Rows, Columns, Roots, Plain, Level, Zero, Clipped, Constant) = (rows, columns, new float[Channels][], new float[Magnitudes][], new float[rows * columns], new float[rows * columns], new float[rows * columns], new bool[rows * columns]);

    /// <summary>Rows of cells; what is left over at the lower edge belongs to none.</summary>
    public int Rows { get; }

    /// <summary>Columns of cells.</summary>
    public int Columns { get; }

    /// <summary>By channel: mean square root of magnitudes of a cell.</summary>
    public float[][] Roots { get; }

    /// <summary>Of the first channels: mean magnitude.</summary>
    public float[][] Plain { get; }

    /// <summary>Mean value.</summary>
    public float[] Level { get; }

    /// <summary>Share of pixels whose mixed difference is exactly zero.</summary>
    public float[] Zero { get; }

    /// <summary>Share of pixels with the least or the greatest value of the slice.</summary>
    public float[] Clipped { get; }

    /// <summary>True where all pixels of a cell have one value: padding, filled or clipped air.</summary>
    public bool[] Constant { get; }

    /// <summary>Of a slice of finite values, of at least 3 x 3 cells.</summary>
    public static NoiseBands Of(int rows, int columns, float[] values)
    {
        var bands = new NoiseBands(rows / Side, columns / Side);
        bands.Plainly(values, columns);
        float[] smooth = values, spare = new float[values.Length], detail = new float[values.Length];
        for (int octave = 0; octave < 3; octave++)
        {
            int step = 1 << octave;
            if (octave > 0) smooth = Smoothed(smooth, rows, columns, step / 2, spare);
            Across(smooth, rows, columns, step, spare);
            if (octave == 0)
            {
                Down(spare, rows, columns, 1, detail, 0.25f, 0.5f);
                bands.Sum(3, detail, columns);
            }
            Down(spare, rows, columns, step, detail, -0.25f, 0.5f);
            bands.Sum(octave, detail, columns);
        }
        // detail across rows: smoothed along them first
        for (int row = 0; row < rows; row++) Blend(values.AsSpan(row * columns, columns), spare.AsSpan(row * columns, columns), 1, 0.25f, 0.5f);
        Down(spare, rows, columns, 1, detail, -0.25f, 0.5f);
        bands.Sum(4, detail, columns);
        return bands;
    }

    /// <summary>Weights 1 2 1 at a distance, along rows and columns.</summary>
    internal static float[] Smoothed(float[] values, int rows, int columns, int step) => Smoothed(values, rows, columns, step, new float[values.Length]);

    private static float[] Smoothed(float[] values, int rows, int columns, int step, float[] spare)
    {
        for (int row = 0; row < rows; row++) Blend(values.AsSpan(row * columns, columns), spare.AsSpan(row * columns, columns), step, 0.25f, 0.5f);
        var result = new float[values.Length];
        Down(spare, rows, columns, step, result, 0.25f, 0.5f);
        return result;
    }

    private static void Across(float[] values, int rows, int columns, int step, float[] to)
    {
        for (int row = 0; row < rows; row++) Blend(values.AsSpan(row * columns, columns), to.AsSpan(row * columns, columns), step, -0.25f, 0.5f);
    }

    // outer x (left + right) + middle x itself; edges repeat
    private static void Blend(ReadOnlySpan<float> from, Span<float> to, int step, float outer, float middle)
    {
        int last = from.Length - 1;
        for (int i = 0; i <= last; i++)
        {
            if (i == step && last > 2 * step)
            {
                ReadOnlySpan<float> left = from[..(from.Length - 2 * step)], at = from.Slice(step, left.Length), right = from.Slice(2 * step, left.Length);
                Mix(left, at, right, to.Slice(step, left.Length), outer, middle);
                i = last - step + 1;
            }
            to[i] = outer * (from[Math.Max(0, i - step)] + from[Math.Min(last, i + step)]) + middle * from[i];
        }
    }

    private static void Down(float[] from, int rows, int columns, int step, float[] to, float outer, float middle)
    {
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> above = from.AsSpan(Math.Max(0, row - step) * columns, columns), below = from.AsSpan(Math.Min(rows - 1, row + step) * columns, columns);
            Mix(above, from.AsSpan(row * columns, columns), below, to.AsSpan(row * columns, columns), outer, middle);
        }
    }

    private static void Mix(ReadOnlySpan<float> a, ReadOnlySpan<float> at, ReadOnlySpan<float> b, Span<float> to, float outer, float middle)
    {
        int i = 0, width = System.Numerics.Vector<float>.Count;
        for (; i <= to.Length - width; i += width)
            ((new System.Numerics.Vector<float>(a[i..]) + new System.Numerics.Vector<float>(b[i..])) * outer + new System.Numerics.Vector<float>(at[i..]) * middle).CopyTo(to[i..]);
        for (; i < to.Length; i++) to[i] = outer * (a[i] + b[i]) + middle * at[i];
    }

    private void Sum(int channel, float[] detail, int columns)
    {
        var roots = new float[Rows * Columns];
        float[]? plain = channel < Magnitudes ? new float[roots.Length] : null;
        for (int row = 0; row < Rows * Side; row++)
        {
            ReadOnlySpan<float> line = detail.AsSpan(row * columns, Columns * Side);
            int cell = row / Side * Columns;
            for (int column = 0; column < Columns; column++)
            {
                float root = 0, sum = 0;
                foreach (float value in line.Slice(column * Side, Side))
                {
                    float magnitude = MathF.Abs(value);
                    root += MathF.Sqrt(magnitude);
                    sum += magnitude;
                }
                roots[cell + column] += root / (Side * Side);
                if (plain is not null) plain[cell + column] += sum / (Side * Side);
            }
        }
        Roots[channel] = roots;
        if (plain is not null) Plain[channel] = plain;
    }

    private void Plainly(float[] values, int columns)
    {
        float least = float.MaxValue, most = float.MinValue;
        foreach (float value in values) (least, most) = (Math.Min(least, value), Math.Max(most, value));
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                int cell = row * Columns + column, zero = 0, clipped = 0;
                float sum = 0, first = values[row * Side * columns + column * Side];
                bool constant = true;
                for (int i = 0; i < Side; i++)
                {
                    int start = (row * Side + i) * columns + column * Side;
                    for (int j = 0; j < Side; j++)
                    {
                        float value = values[start + j];
                        sum += value;
                        constant &= value == first;
                        if (value == least || value == most) clipped++;
                        if (i > 0 && j > 0 && value - values[start + j - 1] == values[start + j - columns] - values[start + j - columns - 1]) zero++;
                    }
                }
                (Level[cell], Zero[cell], Clipped[cell], Constant[cell]) = (sum / (Side * Side), zero / (float)((Side - 1) * (Side - 1)), clipped / (float)(Side * Side), constant);
            }
        }
    }
}
