using Veridicom.Forensics;
using Veridicom.Pixels.Rendering;

namespace Veridicom.Train.Tampering;

/// <summary>Where a slice is changed: a rounded shape with a soft or hard edge, somewhere in the body.</summary>
internal sealed class TamperSite
{
    private TamperSite(int top, int left, int rows, int columns, float[] weight) => (Top, Left, Rows, Columns, Weight) = (top, left, rows, columns, weight);

    /// <summary>First row.</summary>
    public int Top { get; }

    /// <summary>First column.</summary>
    public int Left { get; }

    /// <summary>Rows of the box.</summary>
    public int Rows { get; }

    /// <summary>Columns of the box.</summary>
    public int Columns { get; }

    /// <summary>How much is new: rows x columns of 0..1.</summary>
    public float[] Weight { get; }

    /// <summary>A site by chance; null where the slice has no room for one.</summary>
    /// <param name="body">What is body, see <see cref="Body"/>.</param>
    /// <param name="picture">The slice.</param>
    /// <param name="random">By what it is chosen.</param>
    /// <param name="edge">Width of the blended edge in pixels, 0 for a hard one.</param>
    public static TamperSite? Choose(bool[] body, GrayPicture picture, SeededRandom random, double edge)
    {
        double scale = Math.Clamp(Math.Min(picture.Rows, picture.Columns) / 512.0, 0.25, 4);
        for (int attempt = 0; attempt < 200; attempt++)
        {
            int half = Math.Max(8, (int)(random.Between(13, 38) * scale)), across = Math.Max(8, (int)(half * random.Between(0.75, 1.33)));
            if (2 * half + 20 >= picture.Rows || 2 * across + 20 >= picture.Columns) continue;
            int row = random.Whole(half + 8, picture.Rows - half - 8), column = random.Whole(across + 8, picture.Columns - across - 8);
            if (Share(body, picture, row - half, column - across, 2 * half, 2 * across) < 0.97) continue;
            return new TamperSite(row - half, column - across, 2 * half, 2 * across, Shape(2 * half, 2 * across, (random.Fraction() < 0.3) ? 8 : 2.2, edge));
        }
        return null;
    }

    /// <summary>A place for a source of the same size, apart from this one; null where there is none.</summary>
    public (int Row, int Column)? Elsewhere(bool[] body, GrayPicture picture, SeededRandom random, bool mayOverlap)
    {
        for (int attempt = 0; attempt < 200; attempt++)
        {
            int row = random.Whole(2, picture.Rows - Rows - 2), column = random.Whole(2, picture.Columns - Columns - 2);
            bool apart = mayOverlap || Math.Abs(row - Top) >= Rows || Math.Abs(column - Left) >= Columns;
            if (apart && Share(body, picture, row, column, Rows, Columns) >= 0.9) return (row, column);
        }
        return null;
    }

    /// <summary>Mixes new values into a slice by the weight; whole numbers, within the values that the slice has.</summary>
    public TamperedPicture Blend(GrayPicture picture, ReadOnlySpan<float> values)
    {
        float[] mixed = picture.Values.ToArray(), weight = new float[mixed.Length];
        float least = float.MaxValue, most = float.MinValue;
        foreach (float value in picture.Values) (least, most) = (Math.Min(least, value), Math.Max(most, value));
        int top = int.MaxValue, left = int.MaxValue, bottom = -1, right = -1;
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                int at = (Top + row) * picture.Columns + Left + column;
                float part = Weight[row * Columns + column];
                if (part <= 0) continue;
                mixed[at] = Math.Clamp(MathF.Round(mixed[at] * (1 - part) + values[row * Columns + column] * part), least, most);
                weight[at] = part;
                if (part <= 0.1f) continue;
                (top, left, bottom, right) = (Math.Min(top, Top + row), Math.Min(left, Left + column), Math.Max(bottom, Top + row), Math.Max(right, Left + column));
            }
        }
        return new TamperedPicture(new GrayPicture(picture.Rows, picture.Columns, mixed, picture.Levels), new PixelArea(left, top, right - left + 1, bottom - top + 1), weight);
    }

    /// <summary>What is body: tissue, and what has tissue on all four sides.</summary>
    public static bool[] Body(GrayPicture picture)
    {
        int rows = picture.Rows, columns = picture.Columns;
        float threshold = Otsu(picture.Values);
        bool[] left = new bool[rows * columns], body = new bool[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            int first = -1, last = -1;
            ReadOnlySpan<float> line = picture.Row(row);
            for (int column = 0; column < columns; column++)
            {
                if (line[column] <= threshold) continue;
                if (first < 0) first = column;
                last = column;
            }
            if (first >= 0) left.AsSpan(row * columns + first, last - first + 1).Fill(true);
        }
        for (int column = 0; column < columns; column++)
        {
            int first = -1, last = -1;
            for (int row = 0; row < rows; row++)
            {
                if (picture.Values[row * columns + column] <= threshold) continue;
                if (first < 0) first = row;
                last = row;
            }
            for (int row = Math.Max(0, first); row <= last; row++) body[row * columns + column] = left[row * columns + column];
        }
        return body;
    }

    private static double Share(bool[] body, GrayPicture picture, int top, int left, int rows, int columns)
    {
        int inside = 0, seen = 0;
        for (int row = 0; row < rows; row += 2)
        {
            for (int column = 0; column < columns; column += 2, seen++) if (body[(top + row) * picture.Columns + left + column]) inside++;
        }
        return (double)inside / seen;
    }

    // A superellipse whose border is a smooth step of the given width inwards.
    private static float[] Shape(int rows, int columns, double power, double edge)
    {
        var weight = new float[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            double y = Math.Abs(row + 0.5 - rows / 2.0) / (rows / 2.0);
            for (int column = 0; column < columns; column++)
            {
                double x = Math.Abs(column + 0.5 - columns / 2.0) / (columns / 2.0);
                double depth = (1 - Math.Pow(Math.Pow(x, power) + Math.Pow(y, power), 1 / power)) * Math.Min(rows, columns) / 2;
                double step = edge <= 0 ? (depth > 0 ? 1 : 0) : Math.Clamp(depth / edge, 0, 1);
                weight[row * columns + column] = (float)(step * step * (3 - 2 * step));
            }
        }
        return weight;
    }

    // The threshold that parts two classes best; of the middle 98 % of the values that occur.
    private static float Otsu(ReadOnlySpan<float> values)
    {
        float[] sorted = values.ToArray();
        Array.Sort(sorted);
        float low = sorted[sorted.Length / 100], high = sorted[sorted.Length - 1 - sorted.Length / 100];
        if (high <= low) return low;
        var histogram = new double[256];
        foreach (float value in values) histogram[(int)Math.Clamp((value - low) / (high - low) * 255, 0, 255)]++;
        double all = values.Length, sum = 0, below = 0, sumBelow = 0, best = -1;
        for (int i = 0; i < 256; i++) sum += i * histogram[i];
        int at = 0;
        for (int i = 0; i < 255; i++)
        {
            below += histogram[i];
            sumBelow += i * histogram[i];
            if (below == 0 || below == all) continue;
            double apart = sumBelow / below - (sum - sumBelow) / (all - below), between = below * (all - below) * apart * apart;
            if (between > best) (best, at) = (between, i);
        }
        return low + (high - low) * (at + 1) / 256;
    }
}
