using Veridicom.Pixels.Rendering;

namespace Veridicom.Pixels.Registration;

/// <summary>Where and by how much two pictures differ in what both have.</summary>
/// <param name="Picture">Of the size of the overlap: black where equal, from red over orange to yellow where they differ the more.</param>
/// <param name="InA">The overlap in A.</param>
/// <param name="InB">The overlap in B.</param>
/// <param name="Count">Pixels that differ in any sample.</param>
/// <param name="Box">The smallest box around them, in pixels of the overlap.</param>
/// <param name="Largest">The largest difference of two samples, in stored values; infinite where one is no number.</param>
public sealed record DifferenceMap(Raster Picture, PixelArea InA, PixelArea InB, long Count, PixelArea Box, double Largest)
{
    /// <summary>Compares two frames under a shift; null where they have nothing in common or as many samples not.</summary>
    /// <param name="a">One picture.</param>
    /// <param name="b">The other.</param>
    /// <param name="frame">From 0, a frame of both.</param>
    /// <param name="columns">Columns of A left of column 0 of B.</param>
    /// <param name="rows">Rows of A above row 0 of B.</param>
    /// <exception cref="PixelException">A frame cannot be decoded.</exception>
    public static DifferenceMap? Of(PixelReader a, PixelReader b, int frame, int columns, int rows)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        PixelGeometry ofA = a.Geometry, ofB = b.Geometry;
        int samples = ofA.Samples;
        int left = Math.Max(0, -columns), right = Math.Min(ofB.Columns, ofA.Columns - columns), top = Math.Max(0, -rows), bottom = Math.Min(ofB.Rows, ofA.Rows - rows);
        if (samples != ofB.Samples || right <= left || bottom <= top) return null;
        int width = right - left, height = bottom - top;
        StoredValues valuesA = new(ofA), valuesB = new(ofB);
        float[] differences = new float[width * height];
        long count = 0;
        double largest = 0;
        int minX = int.MaxValue, minY = int.MaxValue, maxX = -1, maxY = -1;
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> rowA = a.Rows(frame, top + rows + y, 1), rowB = b.Rows(frame, top + y, 1);
            for (int x = 0; x < width; x++)
            {
                double most = 0;
                for (int s = 0; s < samples; s++)
                {
                    double one = valuesA.Number(rowA, (left + columns + x) * samples + s), other = valuesB.Number(rowB, (left + x) * samples + s);
                    if (one.Equals(other)) continue; // two that are no numbers are equal
                    double difference = Math.Abs(one - other);
                    most = Math.Max(most, double.IsNaN(difference) ? double.PositiveInfinity : difference);
                }
                if (most == 0) continue;
                differences[y * width + x] = (float)most;
                count++;
                largest = Math.Max(largest, most);
                (minX, maxX, minY, maxY) = (Math.Min(minX, x), Math.Max(maxX, x), Math.Min(minY, y), y);
            }
        }
        return new DifferenceMap(Paint(differences, width, height, largest), new PixelArea(left + columns, top + rows, width, height), new PixelArea(left, top, width, height), count,
            count == 0 ? default : new PixelArea(minX, minY, maxX - minX + 1, maxY - minY + 1), largest);
    }

    private static Raster Paint(float[] differences, int width, int height, double largest)
    {
        var picture = new Raster(width, height, 3);
        for (int i = 0; i < differences.Length; i++)
        {
            if (differences[i] == 0) continue;
            // the smallest difference can be seen, too
            double share = double.IsFinite(largest) ? differences[i] / largest : float.IsFinite(differences[i]) ? 0 : 1;
            (picture.Samples[3 * i], picture.Samples[3 * i + 1]) = ((byte)(150 + 105 * Math.Clamp(share, 0, 1)), (byte)(255 * Math.Clamp(share, 0, 1)));
        }
        return picture;
    }
}
