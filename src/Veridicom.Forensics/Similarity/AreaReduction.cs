namespace Veridicom.Forensics.Similarity;

/// <summary>Makes pictures smaller: each value is the mean of the area that it stands for, cells at its edge counted by the part that lies in it.</summary>
internal static class AreaReduction
{
    /// <summary>A part of a picture as rows x columns means. Pictures smaller than that are enlarged the same way.</summary>
    /// <param name="values">Values, row by row.</param>
    /// <param name="width">Columns of the whole.</param>
    /// <param name="top">First row of the part; fractions are counted by their share.</param>
    /// <param name="left">First column of the part.</param>
    /// <param name="height">Height of the part, above 0.</param>
    /// <param name="across">Width of the part, above 0.</param>
    /// <param name="rows">Rows wanted.</param>
    /// <param name="columns">Columns wanted.</param>
    public static float[] Reduce(ReadOnlySpan<float> values, int width, double top, double left, double height, double across, int rows, int columns)
    {
        int tall = values.Length / width;
        (int[] starts, float[][] shares) = Shares(left, across, columns, width);
        (int[] rowStarts, float[][] rowShares) = Shares(top, height, rows, tall);
        var reduced = new float[rows * columns];
        var line = new float[columns];
        int lineOf = -1;
        for (int row = 0; row < rows; row++)
        {
            Span<float> to = reduced.AsSpan(row * columns, columns);
            for (int i = 0; i < rowShares[row].Length; i++)
            {
                int from = rowStarts[row] + i;
                if (lineOf != from)
                {
                    ReadOnlySpan<float> source = values.Slice(from * width, width);
                    for (int column = 0; column < columns; column++)
                    {
                        float[] share = shares[column];
                        ReadOnlySpan<float> part = source.Slice(starts[column], share.Length);
                        float sum = 0;
                        for (int k = 0; k < share.Length; k++) sum += share[k] * part[k];
                        line[column] = sum;
                    }
                    lineOf = from;
                }
                float weight = rowShares[row][i];
                for (int column = 0; column < columns; column++) to[column] += weight * line[column];
            }
        }
        return reduced;
    }

    /// <summary>For each of the wanted cells the first cell that it covers, and the share of each, 1 together.</summary>
    private static (int[] Starts, float[][] Shares) Shares(double from, double length, int wanted, int there)
    {
        var starts = new int[wanted];
        var shares = new float[wanted][];
        double step = length / wanted;
        for (int i = 0; i < wanted; i++)
        {
            double begin = from + i * step, end = begin + step;
            int first = Math.Clamp((int)Math.Floor(begin), 0, there - 1), last = Math.Clamp((int)Math.Ceiling(end) - 1, first, there - 1);
            var share = new float[last - first + 1];
            for (int k = 0; k < share.Length; k++) share[k] = share.Length == 1 ? 1 : (float)((Math.Min(end, first + k + 1) - Math.Max(begin, first + k)) / step);
            (starts[i], shares[i]) = (first, share);
        }
        return (starts, shares);
    }
}
