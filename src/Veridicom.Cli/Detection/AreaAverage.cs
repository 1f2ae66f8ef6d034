using Veridicom.Forensics;

namespace Veridicom.Cli.Detection;

/// <summary>Pictures in another size: each new pixel is the mean of the area that it covers, so that nothing is skipped.</summary>
internal static class AreaAverage
{
    /// <summary>Values [row, column] of the picture in the size given.</summary>
    public static float[] Of(GrayPicture picture, int rows, int columns)
    {
        // columns first, then rows: the mean of an area is the mean of its means
        var narrow = new float[checked(picture.Rows * columns)];
        for (int row = 0; row < picture.Rows; row++) Along(picture.Row(row), narrow.AsSpan(row * columns, columns));
        var result = new float[checked(rows * columns)];
        float[] before = new float[picture.Rows], after = new float[rows];
        for (int column = 0; column < columns; column++)
        {
            for (int row = 0; row < before.Length; row++) before[row] = narrow[row * columns + column];
            Along(before, after);
            for (int row = 0; row < rows; row++) result[row * columns + column] = after[row];
        }
        return result;
    }

    private static void Along(ReadOnlySpan<float> from, Span<float> to)
    {
        double step = (double)from.Length / to.Length;
        for (int i = 0; i < to.Length; i++)
        {
            double start = i * step, end = Math.Min(from.Length, start + step), sum = 0, weight = 0;
            for (int at = (int)start; at < end; at++)
            {
                double part = Math.Min(end, at + 1) - Math.Max(start, at);
                sum += part * from[at];
                weight += part;
            }
            to[i] = (float)(sum / weight);
        }
    }
}
