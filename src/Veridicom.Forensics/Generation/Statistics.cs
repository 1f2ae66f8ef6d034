namespace Veridicom.Forensics.Generation;

/// <summary>Small sums over spans.</summary>
internal static class Statistics
{
    /// <summary>Pearson's correlation; 0 where one of the two does not vary.</summary>
    public static double Correlation(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double meanA = 0, meanB = 0;
        for (int i = 0; i < a.Length; i++) (meanA, meanB) = (meanA + a[i], meanB + b[i]);
        (meanA, meanB) = (meanA / a.Length, meanB / a.Length);
        double product = 0, squareA = 0, squareB = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double x = a[i] - meanA, y = b[i] - meanB;
            (product, squareA, squareB) = (product + x * y, squareA + x * x, squareB + y * y);
        }
        return squareA < 1e-9 || squareB < 1e-9 ? 0 : product / Math.Sqrt(squareA * squareB);
    }

    /// <summary>Slope of the line through points, drawn towards 0 where <paramref name="a"/> hardly varies.</summary>
    /// <param name="a">Of the points.</param>
    /// <param name="b">Of the points.</param>
    /// <param name="shrinkage">A variance: as much is added to that of <paramref name="a"/>.</param>
    public static double Slope(ReadOnlySpan<float> a, ReadOnlySpan<float> b, double shrinkage)
    {
        double meanA = 0, meanB = 0;
        for (int i = 0; i < a.Length; i++) (meanA, meanB) = (meanA + a[i], meanB + b[i]);
        (meanA, meanB) = (meanA / a.Length, meanB / a.Length);
        double product = 0, square = 0;
        for (int i = 0; i < a.Length; i++) (product, square) = (product + (a[i] - meanA) * (b[i] - meanB), square + (a[i] - meanA) * (a[i] - meanA));
        return product / (square + shrinkage * a.Length);
    }

    /// <summary>Of values in ascending order, linear between two of them.</summary>
    public static double Quantile(ReadOnlySpan<float> sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = Math.Min((int)at, sorted.Length - 1), above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (at - below) * ((double)sorted[above] - sorted[below]);
    }
}
