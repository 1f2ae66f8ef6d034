using Veridicom.Pixels.Rendering;

namespace Veridicom.Forensics.Manipulation;

/// <summary>Finds the box of cells that stands out most from what is around it.</summary>
internal static class BoxSearch
{
    private static readonly int[] Sides = [3, 4, 5, 6, 7, 8, 9, 10, 12];

    /// <summary>The box with the greatest contrast, and that contrast.</summary>
    /// <param name="rows">Rows of cells.</param>
    /// <param name="columns">Columns of cells.</param>
    /// <param name="map">Log odds of each cell.</param>
    /// <param name="counts">Which cells were judged.</param>
    /// <param name="taken">Boxes already found, which a new one may not meet.</param>
    public static (PixelArea Cells, double Contrast)? Best(int rows, int columns, float[] map, bool[] counts, IReadOnlyList<PixelArea> taken)
    {
        double[] sums = Integral(rows, columns, (cell) => counts[cell] ? map[cell] : 0), numbers = Integral(rows, columns, (cell) => counts[cell] ? 1 : 0);
        (PixelArea, double)? best = null;
        foreach (int height in Sides)
        {
            foreach (int width in Sides)
            {
                if (height > rows || width > columns || height > 2 * width || width > 2 * height) continue;
                for (int row = 0; row + height <= rows; row++)
                {
                    for (int column = 0; column + width <= columns; column++)
                    {
                        double inside = Of(numbers, row, column, height, width);
                        if (inside < 0.6 * height * width) continue;
                        double mean = Of(sums, row, column, height, width) / inside;
                        if (best is { } so && mean * Math.Sqrt(Math.Sqrt(inside)) + 3 < so.Item2) continue;
                        int top = Math.Max(0, row - 2), left = Math.Max(0, column - 2), bottom = Math.Min(rows, row + height + 2), right = Math.Min(columns, column + width + 2);
                        double around = Of(numbers, top, left, bottom - top, right - left) - inside;
                        double ring = around < 4 ? 0 : (Of(sums, top, left, bottom - top, right - left) - mean * inside) / around;
                        double contrast = Contrast(mean, ring, inside);
                        if (best is { } sofar && contrast <= sofar.Item2) continue;
                        var box = new PixelArea(column, row, width, height);
                        if (!taken.Any(other => Meets(other, box))) best = (box, contrast);
                    }
                }
            }
        }
        return best;

        double Of(double[] integral, int row, int column, int height, int width)
        {
            int wide = columns + 1, a = row * wide + column, b = (row + height) * wide + column;
            return integral[b + width] - integral[b] - integral[a + width] + integral[a];
        }
    }

    // Cells share pixels and anatomy with their neighbours: evidence grows slower than their number.
    private static double Contrast(double mean, double ring, double cells) => (mean - 0.35 * ring) * Math.Pow(cells, 0.25);

    private static bool Meets(PixelArea a, PixelArea b) => a.X < b.X + b.Width && b.X < a.X + a.Width && a.Y < b.Y + b.Height && b.Y < a.Y + a.Height;

    private static double[] Integral(int rows, int columns, Func<int, double> value)
    {
        var integral = new double[(rows + 1) * (columns + 1)];
        for (int row = 0; row < rows; row++)
        {
            double line = 0;
            for (int column = 0; column < columns; column++)
            {
                line += value(row * columns + column);
                integral[(row + 1) * (columns + 1) + column + 1] = integral[row * (columns + 1) + column + 1] + line;
            }
        }
        return integral;
    }
}
