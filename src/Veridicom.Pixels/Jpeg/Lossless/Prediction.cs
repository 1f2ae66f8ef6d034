using System.Numerics;

namespace Veridicom.Pixels.Jpeg.Lossless;

/// <summary>
/// Samples from differences, row by row, modulo 65536 (ISO/IEC 10918-1 H.1.2.1, table H.1). a is the sample to the left, b the one above, c the one above a.
/// </summary>
internal static class Prediction
{
    /// <summary>The first row of a scan or behind a restart marker: predicted from the left, its first sample from the middle of the range.</summary>
    /// <param name="row">Differences, which become samples.</param>
    /// <param name="first">2 to the power of (precision - point transform - 1).</param>
    public static void FirstRow(Span<ushort> row, int first)
    {
        int a = first;
        for (int i = 0; i < row.Length; i++) row[i] = unchecked((ushort)(a += row[i]));
    }

    /// <summary>Any other row; its first sample is predicted from above.</summary>
    /// <param name="predictor">1 to 7.</param>
    /// <param name="row">Differences, which become samples.</param>
    /// <param name="above">As many samples.</param>
    public static void Row(int predictor, Span<ushort> row, ReadOnlySpan<ushort> above)
    {
        above = above[..row.Length];
        unchecked
        {
            int a = row[0] = (ushort)(above[0] + row[0]);
            int c = above[0];
            switch (predictor)
            {
                case 1:
                    for (int i = 1; i < row.Length; i++) row[i] = (ushort)(a += row[i]);
                    break;
                case 2:
                    Add(row[1..], above[1..]);
                    break;
                case 3:
                    Add(row[1..], above[..^1]);
                    break;
                case 4:
                    // a + b - c: what a sample differs by from the one above it goes on to the next one
                    a -= c;
                    for (int i = 1; i < row.Length; i++)
                    {
                        a += row[i];
                        row[i] = (ushort)(a + above[i]);
                    }
                    break;
                case 5:
                    for (int i = 1; i < row.Length; i++)
                    {
                        int b = above[i];
                        row[i] = (ushort)(a = (ushort)(a + ((b - c) >> 1) + row[i]));
                        c = b;
                    }
                    break;
                case 6:
                    for (int i = 1; i < row.Length; i++)
                    {
                        int b = above[i];
                        row[i] = (ushort)(a = (ushort)(b + ((a - c) >> 1) + row[i]));
                        c = b;
                    }
                    break;
                default:
                    for (int i = 1; i < row.Length; i++) row[i] = (ushort)(a = (ushort)(((a + above[i]) >> 1) + row[i]));
                    break;
            }
        }
    }

    private static void Add(Span<ushort> row, ReadOnlySpan<ushort> other)
    {
        int i = 0;
        for (; i <= row.Length - Vector<ushort>.Count; i += Vector<ushort>.Count) (new Vector<ushort>(row[i..]) + new Vector<ushort>(other[i..])).CopyTo(row[i..]);
        for (; i < row.Length; i++) row[i] = unchecked((ushort)(row[i] + other[i]));
    }
}
