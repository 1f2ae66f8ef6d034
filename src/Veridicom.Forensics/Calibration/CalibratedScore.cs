using Veridicom.Forensics.Generation;

namespace Veridicom.Forensics.Calibration;

/// <summary>What raw scores mean beside those of real images.</summary>
public static class CalibratedScore
{
    /// <summary>
    /// The score in 0..1, rising with the raw one, which is in log-odds: the model's own estimate of the probability that the image was generated, if half of all images were. It is
    /// the same whatever thresholds apply. How probable it is for an image at hand depends on how many generated ones there are.
    /// </summary>
    public static double Calibrated(this GenerationScore score)
    {
        ArgumentNullException.ThrowIfNull(score);
        return 1 / (1 + Math.Exp(-score.Raw));
    }

    /// <summary>
    /// The share of real images like those of the calibration that get 'signs-of-generation' by their score, as the calibration has it: at most what was promised.
    /// </summary>
    public static double ExpectedAlarms(this Thresholds thresholds)
    {
        ArgumentNullException.ThrowIfNull(thresholds);
        return (1d + AsHigh(thresholds, thresholds.Generation)) / (thresholds.RealScores.Count + 1d);
    }

    /// <summary>How many of the real images score as high or higher.</summary>
    public static int AsHigh(Thresholds thresholds, double raw)
    {
        ArgumentNullException.ThrowIfNull(thresholds);
        int low = 0, high = thresholds.RealScores.Count;
        while (low < high)
        {
            int middle = low + (high - low) / 2;
            if (thresholds.RealScores[middle] < raw) low = middle + 1;
            else high = middle;
        }
        return thresholds.RealScores.Count - low;
    }
}
