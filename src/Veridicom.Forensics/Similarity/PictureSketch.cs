namespace Veridicom.Forensics.Similarity;

/// <summary>
/// What is kept of a picture to find its like among very many, 1.2 KB: hashes of it as it is, without its uniform border, and slightly cropped; and a small version in which
/// two pictures are compared. The same whatever the scale of the gray values; nearly the same after lossy compression, at another size, brightness or contrast.
/// </summary>
public sealed class PictureSketch
{
    /// <summary>Rows and columns of the small version.</summary>
    internal const int SmallSide = 32;

    private const int Survey = 256, Working = 128, Side = 64;
    // As a share of the range of the picture: below it there is nothing to tell pictures by.
    private const double LeastContrast = 0.004;
    private static readonly double[] Crops = [0, 0.02, 0.04];
    private static readonly float[] Cosines = MakeCosines();

    private PictureSketch(PictureHash[] hashes, PictureHash whole, sbyte[] small) => (Hashes, Whole, Small) = (hashes, whole, small);

    /// <summary>Without its border; then that with 2 % and 4 % taken off each side.</summary>
    internal PictureHash[] Hashes { get; }

    /// <summary>As it is.</summary>
    internal PictureHash Whole { get; }

    /// <summary>Without its border: what each cell has more than its surroundings, against what is usual there, row by row.</summary>
    internal sbyte[] Small { get; }

    /// <summary>The hash by which others find this picture: without its uniform border.</summary>
    public PictureHash Hash => Hashes[0];

    /// <summary>Of a picture as it is shown; null where it is uniform, or too small to be told from others (less than 32 pixels on a side).</summary>
    public static PictureSketch? Of(GrayPicture shown)
    {
        if (shown.Rows < SmallSide || shown.Columns < SmallSide) return null;
        int rows = Math.Min(Survey, shown.Rows), columns = Math.Min(Survey, shown.Columns);
        float[] survey = AreaReduction.Reduce(shown.Values, shown.Columns, 0, 0, shown.Rows, shown.Columns, rows, columns);
        double range = shown.Levels - 1;
        if (Deviation(survey) < LeastContrast * range) return null;
        (int top, int left, int height, int across) = Content(survey, rows, columns, (float)(range / 85));
        double perRow = (double)shown.Rows / rows, perColumn = (double)shown.Columns / columns;
        float[] trimmed = AreaReduction.Reduce(shown.Values, shown.Columns, top * perRow, left * perColumn, height * perRow, across * perColumn, Working, Working);
        var hashes = new PictureHash[Crops.Length];
        for (int i = 0; i < Crops.Length; i++) hashes[i] = HashOf(Part(trimmed, Working, Crops[i]));
        bool bordered = height < rows || across < columns;
        PictureHash whole = bordered ? HashOf(AreaReduction.Reduce(survey, columns, 0, 0, rows, columns, Side, Side)) : hashes[0];
        return new PictureSketch(hashes, whole, Detail(trimmed));
    }

    /// <summary>Correlation of two small versions, -1 to 1, the second seen with a part of its edges taken off and left and right exchanged where that is asked for.</summary>
    internal static double Correlation(PictureSketch first, PictureSketch second, double crop, bool mirrored)
    {
        double sum = 0, squares = 0, others = 0, step = 1 - 2 * crop;
        for (int row = 0; row < SmallSide; row++)
        {
            double y = Math.Clamp((row + 0.5) * step + SmallSide * crop - 0.5, 0, SmallSide - 1);
            int y0 = Math.Min((int)y, SmallSide - 2);
            double fy = y - y0;
            for (int column = 0; column < SmallSide; column++)
            {
                int seen = mirrored ? SmallSide - 1 - column : column;
                double x = Math.Clamp((seen + 0.5) * step + SmallSide * crop - 0.5, 0, SmallSide - 1);
                int x0 = Math.Min((int)x, SmallSide - 2), at = y0 * SmallSide + x0;
                double fx = x - x0;
                double b = (1 - fy) * ((1 - fx) * second.Small[at] + fx * second.Small[at + 1]) + fy * ((1 - fx) * second.Small[at + SmallSide] + fx * second.Small[at + SmallSide + 1]);
                double a = first.Small[row * SmallSide + column];
                sum += a * b;
                squares += a * a;
                others += b * b;
            }
        }
        return squares == 0 || others == 0 ? 0 : sum / Math.Sqrt(squares * others);
    }

    private static float[] Part(float[] values, int side, double crop) =>
        AreaReduction.Reduce(values, side, crop * side, crop * side, side * (1 - 2 * crop), side * (1 - 2 * crop), Side, Side);

    /// <summary>Rows and columns at the edges whose values hardly differ are no part of the picture; never more than a third from a side.</summary>
    private static (int Top, int Left, int Height, int Across) Content(float[] values, int rows, int columns, float uniform)
    {
        int top = 0, bottom = rows, left = 0, right = columns;
        while (top < rows / 3 && Spread(values, columns, top, 0, columns, 1) < uniform) top++;
        while (bottom > rows - rows / 3 && Spread(values, columns, bottom - 1, 0, columns, 1) < uniform) bottom--;
        while (left < columns / 3 && Spread(values, columns, top, left, bottom - top, columns) < uniform) left++;
        while (right > columns - columns / 3 && Spread(values, columns, top, right - 1, bottom - top, columns) < uniform) right--;
        return (top, left, bottom - top, right - left);
    }

    private static double Spread(float[] values, int columns, int row, int column, int count, int step)
    {
        double sum = 0, squares = 0;
        for (int i = 0, at = row * columns + column; i < count; i++, at += step)
        {
            sum += values[at];
            squares += (double)values[at] * values[at];
        }
        return Math.Sqrt(Math.Max(0, squares / count - sum / count * (sum / count)));
    }

    private static double Deviation(float[] values) => Spread(values, values.Length, 0, 0, values.Length, 1);

    /// <summary>Half of it the values, half their ranks: a change of contrast hardly matters, nor does noise in what is flat.</summary>
    private static PictureHash HashOf(float[] cells)
    {
        float[] levelled = Levelled(cells);
        Span<float> across = stackalloc float[Side * PictureHash.Side];
        for (int row = 0; row < Side; row++)
        {
            for (int k = 0; k < PictureHash.Side; k++)
            {
                float sum = 0;
                for (int i = 0; i < Side; i++) sum += levelled[row * Side + i] * Cosines[k * Side + i];
                across[row * PictureHash.Side + k] = sum;
            }
        }
        Span<ulong> words = stackalloc ulong[4];
        for (int v = 0; v < PictureHash.Side; v++)
        {
            for (int h = v == 0 ? 1 : 0; h < PictureHash.Side; h++)
            {
                float sum = 0;
                for (int row = 0; row < Side; row++) sum += Cosines[v * Side + row] * across[row * PictureHash.Side + h];
                if (sum > 0) words[v >> 2] |= 1UL << (((v & 3) << 4) + h);
            }
        }
        return new PictureHash(words[0], words[1], words[2], words[3]);
    }

    private static float[] Levelled(float[] cells)
    {
        int n = cells.Length;
        var order = new int[n];
        var sorted = (float[])cells.Clone();
        for (int i = 0; i < n; i++) order[i] = i;
        Array.Sort(sorted, order);
        float low = sorted[0], range = Math.Max(1e-6f, sorted[^1] - low);
        var levelled = new float[n];
        for (int i = 0; i < n;)
        {
            int end = i + 1;
            while (end < n && sorted[end] == sorted[i]) end++;
            float value = (0.5f * (i + end - 1) / (n - 1) + (sorted[i] - low) / range) / 2; // equal values have the mean of their ranks
            for (; i < end; i++) levelled[order[i]] = value;
        }
        return levelled;
    }

    private static sbyte[] Detail(float[] trimmed)
    {
        const int reach = 4;
        const double flat = 0.02;
        float[] small = AreaReduction.Reduce(trimmed, Working, 0, 0, Working, Working, SmallSide, SmallSide);
        double scale = 1 / Math.Max(1e-6, small.Max() - small.Min());
        var detail = new sbyte[small.Length];
        for (int row = 0; row < SmallSide; row++)
        {
            for (int column = 0; column < SmallSide; column++)
            {
                double sum = 0, squares = 0;
                int count = 0;
                for (int y = Math.Max(0, row - reach); y <= Math.Min(SmallSide - 1, row + reach); y++)
                {
                    for (int x = Math.Max(0, column - reach); x <= Math.Min(SmallSide - 1, column + reach); x++)
                    {
                        double value = small[y * SmallSide + x] * scale;
                        sum += value;
                        squares += value * value;
                        count++;
                    }
                }
                double mean = sum / count, deviation = Math.Sqrt(Math.Max(0, squares / count - mean * mean));
                detail[row * SmallSide + column] = (sbyte)Math.Clamp(Math.Round((small[row * SmallSide + column] * scale - mean) / (deviation + flat) * 40), -127, 127);
            }
        }
        return detail;
    }

    private static float[] MakeCosines()
    {
        var cosines = new float[PictureHash.Side * Side];
        for (int k = 0; k < PictureHash.Side; k++)
        {
            for (int i = 0; i < Side; i++) cosines[k * Side + i] = (float)Math.Cos(Math.PI * (i + 0.5) * k / Side);
        }
        return cosines;
    }
}
