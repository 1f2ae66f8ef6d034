namespace Veridicom.Forensics.Calibration;

/// <summary>One real image of a site.</summary>
/// <param name="Group">Whose it is: images of one patient are alike and count as one. Any text that tells patients apart.</param>
/// <param name="Raw">Raw score of the model.</param>
/// <param name="Strangeness">Strangeness by the model.</param>
public readonly record struct CalibrationSample(string Group, double Raw, double Strangeness);

/// <summary>False alarms on one part of the images, by thresholds set on the others.</summary>
/// <param name="Groups">Patients in the part.</param>
/// <param name="Alarms">Those with an image at or above the threshold.</param>
public readonly record struct LeaveOutPart(int Groups, int Alarms);

/// <summary>
/// Thresholds from a site's own real images by split conformal prediction: the threshold is the k-th smallest of n scores, k = ceil((n + 1)(1 - rate)); a new
/// image that is exchangeable with them lies above it with a probability of at most the rate, whatever the scores are like. It holds on average over
/// calibrations; <see cref="Reached"/> says how far a single one may be off. Patients are the unit: each counts with its highest score.
/// </summary>
public static class ConformalCalibration
{
    /// <summary>The lowest and the highest rate that can be asked for.</summary>
    public const double LowestRate = 0.001, HighestRate = 0.25;

    /// <summary>Up to this many times the alarm rate of real images are inconclusive by their score.</summary>
    public const int InconclusiveTimes = 3;

    /// <summary>Parts of <see cref="LeaveOut"/>.</summary>
    public const int Parts = 5;

    /// <summary>The fewest patients from which a rate can be promised: with fewer the threshold would lie above every score.</summary>
    public static int FewestGroups(double alarmRate)
    {
        Check(alarmRate);
        // (n + 1) x rate >= 1, without what floating point makes of 1 / 0.05
        return (int)Math.Ceiling(1 / alarmRate - 1e-9) - 1;
    }

    /// <summary>Sets thresholds.</summary>
    /// <param name="site">Name that results will carry.</param>
    /// <param name="samples">Real images, each scored.</param>
    /// <param name="alarmRate">False alarms promised, <see cref="LowestRate"/> to <see cref="HighestRate"/>.</param>
    /// <exception cref="ArgumentException">There are fewer patients than <see cref="FewestGroups"/>, or a score is no number.</exception>
    public static Thresholds Set(string site, IReadOnlyList<CalibrationSample> samples, double alarmRate)
    {
        ArgumentNullException.ThrowIfNull(samples);
        List<CalibrationSample> units = Units(samples);
        if (units.Count < FewestGroups(alarmRate)) throw new ArgumentException("too few images for this rate", nameof(samples));
        double[] raw = Sorted(units, unit => unit.Raw), strangeness = Sorted(units, unit => unit.Strangeness);
        double wide = Math.Min(InconclusiveTimes * alarmRate, 0.5);
        return new Thresholds(site, Quantile(raw, wide), Quantile(raw, alarmRate), Quantile(strangeness, alarmRate), raw);
    }

    /// <summary>How many patients the samples are of.</summary>
    public static int Groups(IReadOnlyList<CalibrationSample> samples) => Units(samples).Count;

    /// <summary>
    /// Where the false-alarm rate of one calibration lies with a probability of 90 %: it follows Beta(n + 1 - k, k), which is wide where n is small.
    /// </summary>
    /// <param name="groups">Patients calibrated on.</param>
    /// <param name="alarmRate">The rate promised.</param>
    public static (double Low, double High) Reached(int groups, double alarmRate)
    {
        int above = groups + 1 - Place(groups, alarmRate);
        return (BetaQuantile(above, groups, 0.05), BetaQuantile(above, groups, 0.95));
    }

    /// <summary>
    /// A check on the images themselves: <see cref="Parts"/> parts, in the order of the samples, each judged by thresholds set on the others. Where names follow
    /// devices or years, parts that differ much show that the images are not of one kind. Empty where the others are too few.
    /// </summary>
    public static IReadOnlyList<LeaveOutPart> LeaveOut(IReadOnlyList<CalibrationSample> samples, double alarmRate)
    {
        List<CalibrationSample> units = Units(samples);
        if (units.Count - (units.Count + Parts - 1) / Parts < FewestGroups(alarmRate)) return [];
        var parts = new List<LeaveOutPart>();
        for (int part = 0; part < Parts; part++)
        {
            int from = (int)((long)units.Count * part / Parts), to = (int)((long)units.Count * (part + 1) / Parts);
            double[] others = [.. units.Where((_, i) => i < from || i >= to).Select(unit => unit.Raw)];
            Array.Sort(others);
            double threshold = Quantile(others, alarmRate);
            parts.Add(new LeaveOutPart(to - from, units[from..to].Count(unit => unit.Raw >= threshold)));
        }
        return parts;
    }

    private static void Check(double alarmRate)
    {
        if (!(alarmRate is >= LowestRate and <= HighestRate)) throw new ArgumentOutOfRangeException(nameof(alarmRate), alarmRate, "no rate that can be promised");
    }

    private static int Place(int count, double rate) => Math.Min(count, (int)Math.Ceiling((count + 1) * (1 - rate) - 1e-9));

    /// <summary>The score from which on at most <paramref name="rate"/> of such images lie: just above the k-th smallest, as opinions begin at their threshold.</summary>
    private static double Quantile(double[] sorted, double rate) => Math.BitIncrement(sorted[Place(sorted.Length, rate) - 1]);

    private static double[] Sorted(List<CalibrationSample> units, Func<CalibrationSample, double> value)
    {
        double[] values = [.. units.Select(value)];
        Array.Sort(values);
        return values;
    }

    /// <summary>One for each group, in the order in which groups appear, with the highest score and strangeness of the group.</summary>
    private static List<CalibrationSample> Units(IReadOnlyList<CalibrationSample> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        var units = new List<CalibrationSample>();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (CalibrationSample sample in samples)
        {
            if (!double.IsFinite(sample.Raw) || !double.IsFinite(sample.Strangeness)) throw new ArgumentException("a score is no number", nameof(samples));
            if (places.TryAdd(sample.Group, units.Count)) units.Add(sample);
            else
            {
                CalibrationSample known = units[places[sample.Group]];
                units[places[sample.Group]] = known with { Raw = Math.Max(known.Raw, sample.Raw), Strangeness = Math.Max(known.Strangeness, sample.Strangeness) };
            }
        }
        return units;
    }

    /// <summary>The quantile of Beta(a, n + 1 - a), by halving; its distribution is that of a binomial sum.</summary>
    private static double BetaQuantile(int a, int n, double probability)
    {
        double low = 0, high = 1;
        for (int i = 0; i < 50; i++)
        {
            double middle = (low + high) / 2;
            if (AtLeast(a, n, middle) < probability) low = middle;
            else high = middle;
        }
        return (low + high) / 2;
    }

    /// <summary>The probability of at least <paramref name="a"/> hits among <paramref name="n"/> at the rate <paramref name="x"/>: 1 less the few terms below a.</summary>
    private static double AtLeast(int a, int n, double x)
    {
        if (x <= 0) return 0;
        if (x >= 1) return 1;
        double sum = 0, term = n * Math.Log(1 - x), odds = Math.Log(x / (1 - x));
        for (int j = 0; j < a; j++)
        {
            sum += Math.Exp(term);
            term += odds + Math.Log((n - j) / (j + 1d));
        }
        return Math.Max(0, 1 - sum);
    }
}
