namespace Veridicom.Forensics.Calibration;

/// <summary>What raw scores mean beside those of real images.</summary>
public static class CalibratedScore
{
    /// <summary>
    /// The calibrated score of a raw one, in 0..1 and never falling with it: 1 - p, where p is the conformal p-value, the share of real images (the new one counted
    /// among them) whose score is as high or higher. 0.95 means that of 20 real images like those of the calibration about one gets so much. It is no
    /// probability that the image was generated: that depends on how many generated ones there are.
    /// </summary>
    /// <param name="thresholds">Whose real images to compare with; with none of them every score is 0.</param>
    /// <param name="raw">Raw score.</param>
    public static double Calibrated(this Thresholds thresholds, double raw)
    {
        ArgumentNullException.ThrowIfNull(thresholds);
        return 1 - (1d + AsHigh(thresholds, raw)) / (thresholds.RealScores.Count + 1d);
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
