namespace Veridicom.Train.Evaluation;

/// <summary>A figure with an interval that holds 95 % of what resampling gives.</summary>
internal readonly record struct Interval(double Value, double Low, double High);

/// <summary>How well scores put generated images above real ones.</summary>
internal static class Ranking
{
    /// <summary>Resamples of every bootstrap interval.</summary>
    public const int Resamples = 1000;

    /// <summary>The area under the ROC curve: how often a generated image scores higher than a real one, ties counted half. NaN where either is missing.</summary>
    public static double Auc(ReadOnlySpan<double> generated, ReadOnlySpan<double> real)
    {
        double[] high = generated.ToArray(), low = real.ToArray();
        Array.Sort(high);
        Array.Sort(low);
        return OfSorted(high, low);
    }

    /// <summary>The area with its bootstrap interval: both classes are drawn anew, with replacement, each by itself. One image counts as one draw: the corpus has one per patient.</summary>
    public static Interval AucInterval(IReadOnlyList<double> generated, IReadOnlyList<double> real, SeededRandom random)
    {
        double[] high = [.. generated], low = [.. real];
        Array.Sort(high);
        Array.Sort(low);
        if (high.Length == 0 || low.Length == 0) return new Interval(double.NaN, double.NaN, double.NaN);
        var areas = new double[Resamples];
        double[] drawnHigh = new double[high.Length], drawnLow = new double[low.Length];
        for (int i = 0; i < Resamples; i++)
        {
            Draw(high, drawnHigh, random);
            Draw(low, drawnLow, random);
            areas[i] = OfSorted(drawnHigh, drawnLow);
        }
        Array.Sort(areas);
        return new Interval(OfSorted(high, low), areas[(int)(0.025 * Resamples)], areas[(int)Math.Ceiling(0.975 * Resamples) - 1]);
    }

    /// <summary>
    /// The score that at most a share of real images may pass, conformally: of n calibration scores the ceil((n + 1)(1 - share))-th smallest, so that a new image of the
    /// same kind passes it with no more than that chance. The highest of all where n is too small to promise that.
    /// </summary>
    /// <returns>An image is positive where its score lies above.</returns>
    public static double Threshold(IEnumerable<double> real, double share)
    {
        double[] sorted = [.. real];
        if (sorted.Length == 0) throw new ArgumentException("no real images to set a threshold on", nameof(real));
        Array.Sort(sorted);
        int place = (int)Math.Ceiling((sorted.Length + 1) * (1 - share) - 1e-9);
        return sorted[Math.Clamp(place, 1, sorted.Length) - 1];
    }

    // Drawing places and counting them keeps the order, so that nothing is sorted again.
    private static void Draw(double[] sorted, double[] drawn, SeededRandom random)
    {
        Span<int> counts = sorted.Length <= 1024 ? stackalloc int[sorted.Length] : new int[sorted.Length];
        counts.Clear();
        for (int i = 0; i < sorted.Length; i++) counts[random.Below(sorted.Length)]++;
        int n = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            for (int j = 0; j < counts[i]; j++) drawn[n++] = sorted[i];
        }
    }

    private static double OfSorted(double[] high, double[] low)
    {
        if (high.Length == 0 || low.Length == 0) return double.NaN;
        double wins = 0;
        int below = 0, upTo = 0;
        foreach (double value in high)
        {
            while (below < low.Length && low[below] < value) below++;
            upTo = Math.Max(upTo, below);
            while (upTo < low.Length && low[upTo] <= value) upTo++;
            wins += below + 0.5 * (upTo - below);
        }
        return wins / high.Length / low.Length;
    }
}
