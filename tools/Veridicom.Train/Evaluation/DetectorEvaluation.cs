using Veridicom.Train.Corpus;

namespace Veridicom.Train.Evaluation;

/// <summary>
/// All that the model card and <c>bench/run detect</c> say about the detector, none of it on images that the judging model was fitted on: patients held out, then also
/// each real source in turn, then also each generator in turn.
/// </summary>
/// <param name="Patients">Five folds over patients; sources and generators are known.</param>
/// <param name="Sources">For each real source: models and thresholds that never met it.</param>
/// <param name="Generators">For each generator: models that never met it.</param>
/// <param name="Failures">The worst of <paramref name="Patients"/>.</param>
/// <param name="Answers">Every image of <paramref name="Patients"/> by itself.</param>
internal sealed record DetectorEvaluation(Measurement Patients, IReadOnlyList<Measurement> Sources, IReadOnlyList<Measurement> Generators, IReadOnlyList<Failure> Failures, IReadOnlyList<Judged> Answers)
{
    private const int FailuresEach = 4;

    /// <summary>Runs all of it: folds x (1 + sources + generators) fits.</summary>
    public static DetectorEvaluation Of(TrainingSet set, Func<TrainingSet, FittedModel> fit, Action<string> progress)
    {
        var heldOut = new HeldOut(set, fit);
        IReadOnlyList<Judged> judged = heldOut.Judge();
        Measurement patients = Measurement.Of("", judged, set.Seed);
        progress("patients held out");
        string[] sources = [.. set.Train.Where(sample => !sample.Generated).Select(sample => sample.Source).Distinct().Order(StringComparer.Ordinal)];
        // without one of two sources the other is left; without the only one nothing is
        var withoutSource = new List<Measurement>();
        foreach (string source in sources.Length > 1 ? sources : [])
        {
            withoutSource.Add(Measurement.Of(source, heldOut.Judge(source: source), set.Seed));
            progress($"source {source} left out");
        }
        var withoutGenerator = new List<Measurement>();
        foreach (string generator in patients.Generators.Where(row => row.Kind != RowKind.Part).Select(row => row.Name).Distinct())
        {
            withoutGenerator.Add(Measurement.Of(generator, heldOut.Judge(generator: generator), set.Seed));
            progress($"generator {generator} left out");
        }
        return new DetectorEvaluation(patients, withoutSource, withoutGenerator, Failure.Worst(judged, FailuresEach), judged);
    }

    /// <summary>
    /// The figures that count, by name; the model file carries them, and the card and the bench show the same. For each generator that exists outside of this tool, on
    /// images and sources never seen: the least AUC and found share, the highest share of false alarms and of inconclusive answers, over sources, clean and over all variants.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, double>> KeyFigures()
    {
        var figures = new List<KeyValuePair<string, double>>();
        foreach (bool clean in new[] { true, false })
        {
            string suffix = clean ? "clean" : "worst variant";
            bool Counts(string variant) => !clean || variant == Degradations.Degradation.Clean.Name;
            RankingRow[] rankings = [.. Sources.SelectMany(m => m.Rankings).Where(row => row.Kind == RowKind.Whole && Counts(row.Variant))];
            AnswerRow[] generators = [.. Sources.SelectMany(m => m.Generators).Where(row => row.Kind == RowKind.Whole && Counts(row.Variant))], real = [.. Sources.SelectMany(m => m.Sources).Where(row => Counts(row.Variant))];
            if (rankings.Length == 0) continue;
            figures.Add(new("unseen source, least AUC, " + suffix, Rounded(rankings.Min(row => row.Auc.Value))));
            figures.Add(new("unseen source, least found, " + suffix, Rounded(generators.Min(row => row.Share(row.Signs)))));
            figures.Add(new("unseen source, most false alarms, " + suffix, Rounded(real.Max(row => row.Share(row.Signs)))));
            figures.Add(new("unseen source, most inconclusive, " + suffix, Rounded(generators.Concat(real).Max(row => row.Share(row.Inconclusive)))));
            // all real images show chests: of other body parts the anatomy alone would tell
            RankingRow[] chests = [.. Sources.SelectMany(m => m.Rankings).Where(row => row.Kind == RowKind.Part && row.Generator.EndsWith(", chests", StringComparison.Ordinal) && Counts(row.Variant))];
            if (chests.Length > 0) figures.Add(new("unseen source, chests alone, least AUC, " + suffix, Rounded(chests.Min(row => row.Auc.Value))));
        }
        foreach (Measurement measured in Generators)
        {
            RankingRow[] unknown = [.. measured.Rankings.Where(row => row.Kind == RowKind.Whole)];
            if (unknown.Length > 0) figures.Add(new($"unseen generator {measured.LeftOut}, least AUC, worst variant", Rounded(unknown.Min(row => row.Auc.Value))));
        }
        return figures;
    }

    private static double Rounded(double value) => Math.Round(value, 4);
}
