namespace Veridicom.Train.Evaluation;

/// <summary>What a positive answer is worth where fakes are rare.</summary>
internal static class BaseRate
{
    /// <summary>One fake in so many images.</summary>
    public static IReadOnlyList<int> OneIn { get; } = [10, 100, 1_000, 10_000];

    /// <summary>Probability that a positive is a fake (Bayes).</summary>
    /// <param name="oneIn">One fake in so many images.</param>
    /// <param name="found">Share of fakes that are positive.</param>
    /// <param name="falseAlarms">Share of real images that are positive.</param>
    public static double Right(int oneIn, double found, double falseAlarms)
    {
        double fakes = found / oneIn, alarms = falseAlarms * (1 - 1.0 / oneIn);
        return fakes + alarms > 0 ? fakes / (fakes + alarms) : 0;
    }

    /// <summary>The lower or upper end of the 95 % interval of a share (Wilson), for counts so small that 0 of 60 says little.</summary>
    public static (double Low, double High) Wilson(int count, int of)
    {
        if (of == 0) return (0, 1);
        const double Z = 1.959963984540054;
        double share = (double)count / of, centre = share + Z * Z / (2 * of), spread = Z * Math.Sqrt(share * (1 - share) / of + Z * Z / (4.0 * of * of)), scale = 1 + Z * Z / of;
        return (Math.Max(0, (centre - spread) / scale), Math.Min(1, (centre + spread) / scale));
    }
}
