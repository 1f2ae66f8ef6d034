using Veridicom.Pixels;
using Veridicom.Pixels.Rendering;

namespace Veridicom.Reports.Pictures;

/// <summary>Pixels of one frame of which any sample differs between two readers of the same shape.</summary>
/// <param name="Count">How many.</param>
/// <param name="Runs">Where: runs of one row each, in order.</param>
/// <param name="Box">The smallest box around them.</param>
internal sealed record ChangedPixels(int Count, IReadOnlyList<PixelArea> Runs, PixelArea Box)
{
    /// <summary>Compares a frame, counted from 0.</summary>
    /// <exception cref="PixelException">It cannot be decoded.</exception>
    public static ChangedPixels Of(PixelReader before, PixelReader after, int frame)
    {
        PixelGeometry g = after.Geometry;
        int pixel = g.CellBytes * g.Samples, step = Math.Clamp((1 << 20) / g.RowBytes, 1, g.Rows);
        int count = 0, left = int.MaxValue, top = int.MaxValue, right = -1, bottom = -1;
        var runs = new List<PixelArea>();
        for (int first = 0; first < g.Rows; first += step)
        {
            int rows = Math.Min(step, g.Rows - first);
            ReadOnlySpan<byte> a = before.Rows(frame, first, rows), b = after.Rows(frame, first, rows);
            for (int row = 0; row < rows; row++)
            {
                ReadOnlySpan<byte> ofA = a.Slice(row * g.RowBytes, g.RowBytes), ofB = b.Slice(row * g.RowBytes, g.RowBytes);
                for (int x = ofA.CommonPrefixLength(ofB) / pixel; x < g.Columns; x++)
                {
                    int from = x;
                    while (x < g.Columns && !ofA.Slice(x * pixel, pixel).SequenceEqual(ofB.Slice(x * pixel, pixel))) x++;
                    if (x == from) continue;
                    runs.Add(new PixelArea(from, first + row, x - from, 1));
                    count += x - from;
                    (left, right, top, bottom) = (Math.Min(left, from), Math.Max(right, x - 1), Math.Min(top, first + row), first + row);
                }
            }
        }
        return new ChangedPixels(count, runs, count == 0 ? default : new PixelArea(left, top, right - left + 1, bottom - top + 1));
    }
}
