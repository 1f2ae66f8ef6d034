using Veridicom.Forensics;
using Veridicom.Forensics.Calibration;
using Veridicom.Forensics.Generation;
using Veridicom.Train.Corpus;
using Veridicom.Train.Degradations;

namespace Veridicom.Train.Evaluation;

/// <summary>A model as far as evaluation needs it.</summary>
/// <param name="Score">Of features.</param>
/// <param name="Thresholds">Frozen on the calibration part of the same set.</param>
internal sealed record FittedModel(Func<float[], GenerationScore> Score, Thresholds Thresholds);

/// <summary>What a model said of an image that it was not fitted on.</summary>
/// <param name="Sample">The image.</param>
/// <param name="Standard">Its score in standard deviations of the calibration images' scores of the same model, so that scores of several folds can be compared.</param>
/// <param name="Score">As the model gave it.</param>
/// <param name="Opinion">By the thresholds shipped with that model.</param>
/// <param name="AtOne">Above the threshold of 1 % false alarms.</param>
/// <param name="AtFive">Above the threshold of 5 % false alarms.</param>
internal sealed record Judged(TrainingSample Sample, double Standard, GenerationScore Score, Opinion Opinion, bool AtOne, bool AtFive);

/// <summary>
/// Judges every image by a model that has seen neither it, nor another image of its patient, nor what was made from them: as many fits as there are folds, by the same
/// code as the model that is shipped. A whole source or a whole generator can be left out of all of them as well.
/// </summary>
/// <param name="set">All samples.</param>
/// <param name="fit">The fit.</param>
internal sealed class HeldOut(TrainingSet set, Func<TrainingSet, FittedModel> fit)
{
    /// <summary>Folds of every cross-validation.</summary>
    public const int Folds = 5;

    private readonly Dictionary<string, int> _folds = FoldsOf(set);

    /// <summary>Judges the samples of the variants measured.</summary>
    /// <param name="source">Left out everywhere, thresholds included, and judged together with the generated images; null for none.</param>
    /// <param name="generator">Left out, and judged alone with the real images; null for none.</param>
    public IReadOnlyList<Judged> Judge(string? source = null, string? generator = null)
    {
        var parts = new IReadOnlyList<Judged>[Folds];
        Parallel.For(0, Folds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, fold => parts[fold] = Fold(fold, source, generator));
        return [.. parts.SelectMany(part => part)];
    }

    private Judged[] Fold(int fold, string? source, string? generator)
    {
        TrainingSample[] calibrate = [.. set.Calibrate.Where(sample => sample.Source != source)];
        TrainingSample[] train = [.. set.Train.Where(sample => _folds[sample.Group] != fold && sample.Source != source && (generator is null || sample.Generator != generator))];
        FittedModel model = fit(new TrainingSet(train, calibrate, set.Seed));
        (double Raw, string Source)[] real = [.. calibrate.Where(sample => IsMeasured(sample) && !sample.Generated).Select(sample => (model.Score(sample.Features).Raw, sample.Source))];
        double mean = real.Average(score => score.Raw), deviation = Math.Sqrt(real.Average(score => (score.Raw - mean) * (score.Raw - mean)));
        double one = Frozen(real, 0.01), five = Frozen(real, 0.05);
        IEnumerable<TrainingSample> judged = set.Train.Where(sample => _folds[sample.Group] == fold && (generator is null || sample.Generator == generator || !sample.Generated));
        // a source left out has had no part in the thresholds either, so that its calibration images are unseen as well
        if (source is not null) judged = [.. judged.Where(sample => sample.Source == source || sample is { Generated: true, Simulated: false }), .. set.Calibrate.Where(sample => sample.Source == source && _folds[sample.Group] == fold)];
        return [.. judged.Where(IsMeasured).Select(sample =>
        {
            GenerationScore score = model.Score(sample.Features);
            Opinion opinion = OpinionRules.Judge(new FrameFindings { Generation = score }, "", model.Thresholds).Opinion;
            return new Judged(sample, (score.Raw - mean) / Math.Max(deviation, 1e-9), score, opinion, score.Raw > one, score.Raw > five);
        })];
    }

    /// <summary>One threshold for all variants, since nobody knows what an image went through, and the highest of the sources, so that the promise holds for each.</summary>
    public static double Frozen(IEnumerable<(double Raw, string Source)> real, double share) =>
        real.GroupBy(score => score.Source, StringComparer.Ordinal).Max(scores => Ranking.Threshold(scores.Select(score => score.Raw), share));

    private static bool IsMeasured(TrainingSample sample) => Degradation.Measured.Any(degradation => degradation.Name == sample.Variant);

    /// <summary>Groups dealt out to folds, each source's evenly.</summary>
    private static Dictionary<string, int> FoldsOf(TrainingSet set)
    {
        var folds = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var source in set.Train.Concat(set.Calibrate).GroupBy(sample => sample.Source, StringComparer.Ordinal).OrderBy(source => source.Key, StringComparer.Ordinal))
        {
            string[] groups = [.. source.Select(sample => sample.Group).Distinct().Where(group => !folds.ContainsKey(group)).Order(StringComparer.Ordinal)];
            SeededRandom.Of(set.Seed, "folds of " + source.Key).Shuffle<string>(groups);
            for (int i = 0; i < groups.Length; i++) folds.Add(groups[i], i % Folds);
        }
        return folds;
    }
}
