using Veridicom.Forensics.Calibration;

namespace Veridicom.Cli.Audits;

/// <summary>
/// How many of n real images a detector flags, were they like those that its threshold was set on. Of m such images j lay at or above the threshold; then the rate follows Beta(j + 1, m - j)
/// and the number a beta-binomial distribution, which is wide where m is small.
/// </summary>
internal static class DetectorExpectation
{
    /// <summary>The fewest and the most that are flagged in 95 of 100 data sets.</summary>
    public static (int Low, int High) Range(Thresholds thresholds, int images)
    {
        int m = thresholds.RealScores.Count, j = CalibratedScore.AsHigh(thresholds, thresholds.Generation);
        return Range(j + 1, Math.Max(1, m - j), images);
    }

    /// <summary>The same of Beta(a, b).</summary>
    internal static (int Low, int High) Range(double a, double b, int n)
    {
        // the logarithm of the probability of none; each next one follows from the one before
        double log = 0, sum = 0;
        for (int i = 0; i < n; i++) log += Math.Log((b + i) / (a + b + i));
        int low = -1;
        for (int k = 0; k < n; k++)
        {
            sum += Math.Exp(log);
            if (low < 0 && sum > 0.025) low = k;
            if (sum >= 0.975) return (low, k);
            log += Math.Log((n - k) / (k + 1d) * (a + k) / (b + n - k - 1));
        }
        return (Math.Max(low, 0), n);
    }
}
