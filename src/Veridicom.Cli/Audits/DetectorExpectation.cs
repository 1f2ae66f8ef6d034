using System.Globalization;
using Veridicom.Forensics;
using Veridicom.Forensics.Calibration;
using Veridicom.Forensics.Generation;

namespace Veridicom.Cli.Audits;

/// <summary>
/// How many of n real images a detector flags, were they like those that its threshold was set on. Of m such images j lay at or above the threshold; then the rate follows Beta(j + 1, m - j)
/// and the number a beta-binomial distribution, which is wide where m is small. Variants of one image are alike: m counts images, and j as many of them as its share of the samples.
/// </summary>
internal static class DetectorExpectation
{
    /// <summary>The fewest and the most that are flagged in 95 of 100 data sets.</summary>
    public static (int Low, int High) Range(Detector detector, int images)
    {
        Thresholds thresholds = detector.Thresholds;
        int samples = Math.Max(1, thresholds.RealScores.Count);
        double m = Independent(detector), j = CalibratedScore.AsHigh(thresholds, thresholds.Generation) * m / samples;
        return Range(j + 1, Math.Max(1, m - j), images);
    }

    /// <summary>How many images stand behind the scores that thresholds were set on: those of a site are one for each patient, those of the shipped model several variants of each image.</summary>
    internal static double Independent(Detector detector)
    {
        int samples = detector.Thresholds.RealScores.Count;
        return detector.Thresholds.Site != Detector.ShippedName || detector.Model is not GenerationModel model ? samples : Independent(samples, model.Origin.Split, model.TrainedOn);
    }

    /// <summary>By what a model says of itself: the images that its calibration names ('real images: 50 nih, 60 other.'), else its samples over the number of variants.</summary>
    internal static double Independent(int samples, string split, string trainedOn)
    {
        long named = 0;
        foreach (string source in After(split, "samples of real images: "))
        {
            if (!int.TryParse(source.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int images)) return Shared();
            named += images;
        }
        return named > 0 && named <= samples ? named : Shared();

        double Shared() => (double)samples / Math.Max(1, After(trainedOn, "Variants: ").Length);
        static string[] After(string text, string words) => text.IndexOf(words, StringComparison.Ordinal) is >= 0 and var at ? text[(at + words.Length)..].Split('.')[0].Split(", ") : [];
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
