using Veridicom.Pixels.Rendering;

namespace Veridicom.Pixels.Registration;

/// <summary>
/// Finds a crop or a shift whose samples were not kept, for example one that was compressed with loss afterwards: edges of both pictures are correlated at a
/// reduced size by their Fourier transforms, the best places are followed to whole pixels, and what is found counts only where both are nearly the same there.
/// </summary>
internal static class CorrelationSearch
{
    private const int ReducedSide = 512, Peaks = 12, Followed = 3, SmallestSide = 32;
    private const long MostPixels = 1 << 24;
    // how alike both must be, and how much more so than in place where they are of one size: neighbouring slices are alike everywhere
    private const double Alike = 0.95, AlikeOfOneSize = 0.98, BetterThanInPlace = 8, Whitening = 0.8;

    /// <summary>Finds the shift of a frame, and how alike the pictures are under it (-1 to 1). Null where there is none.</summary>
    public static (int Columns, int Rows, double Alike)? Find(PixelReader a, PixelReader b, int frame)
    {
        PixelGeometry ofA = a.Geometry, ofB = b.Geometry;
        if (Math.Min(Math.Min(ofA.Rows, ofA.Columns), Math.Min(ofB.Rows, ofB.Columns)) < SmallestSide) return null;
        if (Math.Max((long)ofA.Rows * ofA.Columns, (long)ofB.Rows * ofB.Columns) > MostPixels) return null;
        Field wholeA = Field.Of(a, frame), wholeB = Field.Of(b, frame);
        int factor = Math.Max(1, (Math.Max(Math.Max(ofA.Rows, ofA.Columns), Math.Max(ofB.Rows, ofB.Columns)) + ReducedSide - 1) / ReducedSide);
        Field smallA = wholeA.Reduced(factor), smallB = wholeB.Reduced(factor);
        (int Columns, int Rows, double Alike) best = (0, 0, -1);
        foreach ((int columns, int rows) in Places(smallA, smallB).OrderByDescending(p => Field.Correlation(smallA, smallB, p.Columns, p.Rows, 1)).Take(Followed))
        {
            (int Columns, int Rows, double Alike) found = Follow(wholeA, wholeB, columns * factor, rows * factor, factor);
            if (found.Alike > best.Alike) best = found;
        }
        bool oneSize = ofA.Rows == ofB.Rows && ofA.Columns == ofB.Columns;
        if (best.Alike < (oneSize ? AlikeOfOneSize : Alike)) return null;
        if (!oneSize) return best;
        double inPlace = Field.Correlation(wholeA, wholeB, 0, 0, 1);
        return 1 - inPlace > BetterThanInPlace * (1 - best.Alike) ? best : null;
    }

    /// <summary>The peaks of the correlation of both edge pictures.</summary>
    private static List<(int Columns, int Rows)> Places(Field a, Field b)
    {
        int side = 64;
        while (side < Math.Max(a.Width + b.Width, a.Height + b.Height)) side *= 2;
        var transform = new FourierTransform(side);
        (double[] realA, double[] imaginaryA) = (a.Edges(side), new double[side * side]);
        (double[] realB, double[] imaginaryB) = (b.Edges(side), new double[side * side]);
        transform.Run(realA, imaginaryA, backward: false);
        transform.Run(realB, imaginaryB, backward: false);
        for (int i = 0; i < realA.Length; i++)
        {
            double real = realA[i] * realB[i] + imaginaryA[i] * imaginaryB[i], imaginary = imaginaryA[i] * realB[i] - realA[i] * imaginaryB[i];
            double size = Math.Pow(Math.Sqrt(real * real + imaginary * imaginary), Whitening);
            (realA[i], imaginaryA[i]) = size > 0 ? (real / size, imaginary / size) : (0, 0);
        }
        transform.Run(realA, imaginaryA, backward: true);
        var places = new List<(int, int)>();
        while (places.Count < Peaks)
        {
            int at = Array.IndexOf(realA, realA.Max());
            if (realA[at] <= 0) break;
            int x = at % side, y = at / side;
            places.Add((x >= a.Width ? x - side : x, y >= a.Height ? y - side : y));
            for (int dy = -1; dy <= 1; dy++)
            {
                for (int dx = -1; dx <= 1; dx++) realA[(y + dy + side) % side * side + (x + dx + side) % side] = 0;
            }
        }
        return places;
    }

    /// <summary>The best whole pixel near a place of the reduced pictures: by few pixels first, by all in the end.</summary>
    private static (int Columns, int Rows, double Alike) Follow(Field a, Field b, int columns, int rows, int reach)
    {
        const int few = 64;
        int every = Math.Max(1, Math.Min(b.Width, b.Height) / few);
        (int Columns, int Rows, double Alike) best = (columns, rows, -1);
        for (int y = rows - reach; y <= rows + reach; y++)
        {
            for (int x = columns - reach; x <= columns + reach; x++)
            {
                double alike = Field.Correlation(a, b, x, y, every);
                if (alike > best.Alike) best = (x, y, alike);
            }
        }
        return best with { Alike = Field.Correlation(a, b, best.Columns, best.Rows, 1) };
    }

    /// <summary>A picture of single numbers: the mean of the samples of each pixel.</summary>
    private sealed record Field(int Width, int Height, float[] Values)
    {
        public static Field Of(PixelReader reader, int frame)
        {
            PixelGeometry g = reader.Geometry;
            var values = new StoredValues(g);
            float[] field = new float[g.Rows * g.Columns];
            for (int row = 0; row < g.Rows; row++)
            {
                ReadOnlySpan<byte> cells = reader.Rows(frame, row, 1);
                for (int column = 0; column < g.Columns; column++)
                {
                    double sum = 0;
                    for (int s = 0; s < g.Samples; s++) sum += values.Number(cells, column * g.Samples + s);
                    float mean = (float)(sum / g.Samples);
                    field[row * g.Columns + column] = float.IsFinite(mean) ? mean : 0;
                }
            }
            return new Field(g.Columns, g.Rows, field);
        }

        public Field Reduced(int factor)
        {
            if (factor == 1) return this;
            var small = new Field(Width / factor, Height / factor, new float[Width / factor * (Height / factor)]);
            for (int y = 0; y < small.Height; y++)
            {
                for (int x = 0; x < small.Width; x++)
                {
                    double sum = 0;
                    for (int i = 0; i < factor * factor; i++) sum += Values[(y * factor + i / factor) * Width + x * factor + i % factor];
                    small.Values[y * small.Width + x] = (float)(sum / (factor * factor));
                }
            }
            return small;
        }

        /// <summary>How steep the picture is in each place, in a square of zeros: its own border is no edge.</summary>
        public double[] Edges(int side)
        {
            double[] edges = new double[side * side];
            for (int y = 1; y < Height - 1; y++)
            {
                for (int x = 1; x < Width - 1; x++)
                {
                    int at = y * Width + x;
                    edges[y * side + x] = Math.Abs((double)Values[at + 1] - Values[at - 1]) + Math.Abs((double)Values[at + Width] - Values[at - Width]);
                }
            }
            return edges;
        }

        /// <summary>Pearson's correlation over what both have, every so many rows and columns; -1 where that is less than a quarter of the smaller one.</summary>
        public static double Correlation(Field a, Field b, int columns, int rows, int every)
        {
            int left = Math.Max(0, -columns), right = Math.Min(b.Width, a.Width - columns), top = Math.Max(0, -rows), bottom = Math.Min(b.Height, a.Height - rows);
            if (right <= left || bottom <= top || 4L * (right - left) * (bottom - top) < Math.Min((long)a.Width * a.Height, (long)b.Width * b.Height)) return -1;
            double sumA = 0, sumB = 0, squaresA = 0, squaresB = 0, products = 0;
            long count = 0;
            for (int y = top; y < bottom; y += every)
            {
                for (int x = left; x < right; x += every)
                {
                    double ofA = a.Values[(y + rows) * a.Width + x + columns], ofB = b.Values[y * b.Width + x];
                    (sumA, sumB, squaresA, squaresB, products, count) = (sumA + ofA, sumB + ofB, squaresA + ofA * ofA, squaresB + ofB * ofB, products + ofA * ofB, count + 1);
                }
            }
            double spreadA = squaresA - sumA * sumA / count, spreadB = squaresB - sumB * sumB / count;
            double alike = (products - sumA * sumB / count) / Math.Sqrt(spreadA * spreadB);
            return double.IsFinite(alike) ? alike : -1;
        }
    }
}
