using System.Reflection;
using Veridicom.Forensics.Calibration;
using Veridicom.Forensics.Generation;
using Veridicom.Train.Corpus;
using Veridicom.Train.Degradations;

namespace Veridicom.Train.Fitting;

/// <summary>
/// Fits the model that tells generated images from real ones: the mean of a few logistic regressions, each on a handful of features. Which features these are was
/// chosen once by leaving out a source, and is kept here (docs/reference/detector.md says how); weights, scales and thresholds come from the samples.
/// Sources count alike, however many images they have. No chance is involved: the same samples give the same model.
/// </summary>
internal static class GenerationFit
{
    /// <summary>Version of the models that this fits.</summary>
    public const string Version = "1.0";

    /// <summary>At most this share of real images of the calibration may reach the generation threshold, in each source and each variant.</summary>
    public const double AlarmRate = 0.04;

    /// <summary>
    /// The generation threshold is never lower than this, in the logarithm of odds at even classes: few images of few sources can lie far below zero together,
    /// and a threshold right above them would fall on the next source's.
    /// </summary>
    public const double LeastThreshold = 0.5;

    // How much samples count beside those of a real image or a true generator in a measured variant.
    private const double MixedShare = 0.2, LowDoseShare = 0.3, SimulatedShare = 0.15;

    private const double Penalty = 0.003, InconclusiveRate = 0.05, LeastZone = 0.5, Shrinkage = 0.5, StrangeRate = 0.01, StrangeRoom = 1.5;

    // Each is fitted alone, so that none can lean on a peculiarity of the sources which only many features together show.
    private static readonly string[][] s_members =
    [
        ["ring2", "brightness2", "noise-spread", "ring11", "ring1", "neighbour"],
        ["ring2", "brightness1", "noise-spread", "ring0", "half-lag01", "coarse-middle"],
        ["ring1", "noise2-brightness", "half-lag10", "smooth-ring6", "noise-spread", "floor-contrast", "ring11"],
        ["ring10", "brightness2", "lag22", "noise-spread", "ring11", "smooth-ring0"],
        ["ring1", "brightness2", "lag12", "noise-law", "ring9", "noise-coarse"],
        ["ring1", "brightness1", "coarse-middle", "noise2-law", "ring11"],
        ["ring2", "brightness2", "noise-spread", "brightness1", "kind8"],
        ["ring2", "brightness1", "ring1", "noise-coarse", "noise-brightness"],
        ["ring2", "noise-brightness", "noise-coarse", "floor-contrast", "ring1", "magnitude24", "lag22"],
        ["ring2", "noise2-law", "noise-contrast", "noise-spread", "lag22"],
        ["ring1", "brightness1", "coarse-middle"],
        ["ring2", "brightness2", "noise2-law"],
    ];

    /// <summary>Fits a model and sets its thresholds.</summary>
    /// <param name="set">Samples to fit on, and others to set thresholds on.</param>
    /// <exception cref="CorpusException">There is only one class, or nothing to set thresholds on.</exception>
    public static GenerationModel Fit(TrainingSet set)
    {
        IReadOnlyList<TrainingSample> train = set.Train;
        if (!train.Any(sample => sample.Generated) || train.All(sample => sample.Generated)) throw new CorpusException("real and generated images are needed to fit on");
        if (set.Calibrate.Count == 0) throw new CorpusException("real images are needed to set thresholds on");
        double[] counts = Counts(train);
        int[] used = [.. s_members.SelectMany(member => member).Distinct(StringComparer.Ordinal).Select(GenerationFeatures.Place).Order()];
        (double[] means, double[] scales) = Scales(train, counts, used);
        double[][] scaled = [.. train.Select(sample => Scaled(sample.Features, used, means, scales))];
        double[][] limited = [.. scaled.Select(row => Array.ConvertAll(row, value => Math.Clamp(value, -GenerationModel.Limit, GenerationModel.Limit)))];

        var weights = new double[used.Length];
        double bias = 0;
        bool[] generated = [.. train.Select(sample => sample.Generated)];
        foreach (string[] member in s_members)
        {
            int[] columns = [.. member.Select(name => Array.IndexOf(used, GenerationFeatures.Place(name)))];
            double[] solution = LogisticRegression.Fit(limited, columns, generated, counts, Penalty);
            for (int i = 0; i < columns.Length; i++) weights[columns[i]] += solution[i] / s_members.Length;
            bias += solution[^1] / s_members.Length;
        }
        GenerationTerm[] terms = [.. used.Select((place, i) => new GenerationTerm(GenerationFeatures.Names[place], means[i], scales[i], weights[i]))];
        (GenerationCentre[] centres, double[] precision) = Known(train, scaled);
        // Thresholds need scores, and scores need a model: these are taken until the right ones are known.
        var open = new Thresholds("shipped", 0, 0, double.MaxValue, [0]);
        var model = new GenerationModel(terms, bias, centres, precision, open, Origin(set));
        return new GenerationModel(terms, bias, centres, precision, Limits(model, set.Calibrate), model.Origin);
    }

    /// <summary>
    /// How much each sample counts: classes alike, and in a class its sources alike; in a source the measured variants together, each other variant less, and what
    /// simulated generators made of it least.
    /// </summary>
    private static double[] Counts(IReadOnlyList<TrainingSample> samples)
    {
        string[] keys = [.. samples.Select(sample => $"{sample.Generated}/{sample.Source}/{sample.Simulated}/{(IsMixed(sample) ? sample.Variant : "")}")];
        Dictionary<string, int> sizes = keys.CountBy(key => key).ToDictionary(StringComparer.Ordinal);
        var counts = new double[samples.Count];
        for (int i = 0; i < counts.Length; i++) counts[i] = (samples[i].Simulated ? SimulatedShare : 1) * VariantShare(samples[i]) / sizes[keys[i]];
        foreach (bool generated in (bool[])[false, true])
        {
            double sum = 0;
            for (int i = 0; i < counts.Length; i++) sum += samples[i].Generated == generated ? counts[i] : 0;
            for (int i = 0; i < counts.Length; i++) counts[i] /= samples[i].Generated == generated ? 2 * sum : 1;
        }
        return counts;
    }

    private static double VariantShare(TrainingSample sample) => !IsMixed(sample) ? 1 : sample.Variant == OtherSources.LowDose.Name ? LowDoseShare : MixedShare;

    private static bool IsMixed(TrainingSample sample) => sample.Variant.StartsWith(Degradation.Mixed.Name, StringComparison.Ordinal);

    private static (double[] Means, double[] Scales) Scales(IReadOnlyList<TrainingSample> samples, double[] counts, int[] used)
    {
        double[] means = new double[used.Length], scales = new double[used.Length];
        for (int i = 0; i < used.Length; i++)
        {
            for (int s = 0; s < counts.Length; s++) means[i] += counts[s] * samples[s].Features[used[i]];
            for (int s = 0; s < counts.Length; s++) scales[i] += counts[s] * Math.Pow(samples[s].Features[used[i]] - means[i], 2);
            scales[i] = Math.Sqrt(scales[i]) + 1e-6;
        }
        return (means, scales);
    }

    private static double[] Scaled(float[] features, int[] used, double[] means, double[] scales)
    {
        var scaled = new double[used.Length];
        for (int i = 0; i < used.Length; i++) scaled[i] = (features[used[i]] - means[i]) / scales[i];
        return scaled;
    }

    /// <summary>Centres of sources, and the inverse of the covariance that they share, drawn towards a diagonal one.</summary>
    private static (GenerationCentre[] Centres, double[] Precision) Known(IReadOnlyList<TrainingSample> samples, double[][] scaled)
    {
        int n = scaled[0].Length;
        var centres = new List<GenerationCentre>();
        var covariance = new double[n, n];
        IGrouping<string, int>[] sources = [.. Enumerable.Range(0, scaled.Length).Where(s => !samples[s].Simulated).GroupBy(s => samples[s].Generated ? samples[s].Generator : samples[s].Source).OrderBy(group => group.Key, StringComparer.Ordinal)];
        foreach (IGrouping<string, int> source in sources)
        {
            int[] members = [.. source];
            var centre = new double[n];
            foreach (int s in members)
                for (int i = 0; i < n; i++) centre[i] += scaled[s][i] / members.Length;
            foreach (int s in members)
            {
                for (int i = 0; i < n; i++)
                    for (int j = 0; j < n; j++) covariance[i, j] += (scaled[s][i] - centre[i]) * (scaled[s][j] - centre[j]) / (members.Length * (double)sources.Length);
            }
            centres.Add(new GenerationCentre(source.Key, centre));
        }
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) covariance[i, j] = i == j ? covariance[i, j] + 1e-6 : covariance[i, j] * (1 - Shrinkage);
        double[,] inverse = SymmetricMatrix.Inverse(covariance);
        return ([.. centres], [.. inverse.Cast<double>()]);
    }

    /// <summary>The highest that any source needs in any variant: a threshold that holds on their mixture would not hold on each.</summary>
    private static Thresholds Limits(GenerationModel model, IReadOnlyList<TrainingSample> calibrate)
    {
        GenerationScore[] scores = [.. calibrate.Select(sample => model.Score(sample.Features))];
        double[][] parts = [.. Enumerable.Range(0, scores.Length).GroupBy(i => (calibrate[i].Source, calibrate[i].Variant)).Select(group => group.Select(i => scores[i].Raw).Order().ToArray())];
        double generation = Math.Max(LeastThreshold, parts.Max(part => Above(part, AlarmRate)));
        double inconclusive = Math.Min(generation - LeastZone, parts.Max(part => Above(part, InconclusiveRate)));
        double strangeness = StrangeRoom * Above([.. scores.Select(score => score.Strangeness).Order()], StrangeRate);
        return new Thresholds("shipped", inconclusive, generation, strangeness, [.. scores.Select(score => score.Raw).Order()]);
    }

    /// <summary>The lowest threshold that at most this share of the scores reaches.</summary>
    private static double Above(double[] ascending, double share) => Math.BitIncrement(ascending[ascending.Length - 1 - (int)(share * ascending.Length + 1e-9)]);

    private static GenerationModelOrigin Origin(TrainingSet set)
    {
        string Of(bool generated, bool simulated) => string.Join(", ", set.Train.Where(sample => sample.Generated == generated && sample.Simulated == simulated)
            .GroupBy(sample => generated ? sample.Generator : sample.Source).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Select(sample => sample.Name).Distinct(StringComparer.Ordinal).Count()} {group.Key}"));
        string variants = string.Join(", ", set.Train.Select(sample => sample.Variant).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        string simulated = Of(true, true);
        string words = $"Radiographs. Real: {Of(false, false)}. Generated: {Of(true, false)}." + (simulated.Length > 0 ? $" Simulated generators, made from the real ones: {simulated}." : "") + $" Variants: {variants}.";
        string split = $"Weights on train, {set.Train.Count} samples; thresholds on calibrate, {set.Calibrate.Count} samples of real images: "
            + string.Join(", ", set.Calibrate.GroupBy(sample => sample.Source).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Select(sample => sample.Name).Distinct(StringComparer.Ordinal).Count()} {group.Key}")) + ".";
        string? tool = typeof(GenerationFit).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        return new GenerationModelOrigin(Version, words, split, set.Seed, $"veridicom-train {tool}");
    }
}
