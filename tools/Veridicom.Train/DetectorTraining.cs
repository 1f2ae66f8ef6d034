using Veridicom.Forensics.Generation;
using Veridicom.Train.Corpus;
using Veridicom.Train.Evaluation;
using Veridicom.Train.Fitting;

namespace Veridicom.Train;

/// <summary>From the folder of data to the model and to all that is said about it: what <c>veridicom-train</c> writes down and <c>bench/run detect</c> prints.</summary>
/// <param name="Folder">The lists.</param>
/// <param name="Set">The samples.</param>
/// <param name="Model">Fitted on all of train/, with its thresholds and key figures.</param>
/// <param name="Evaluation">By models that had not seen what they judged.</param>
/// <param name="Skipped">Images and variants that were too small or too empty.</param>
internal sealed record DetectorTraining(LabelledFolder Folder, TrainingSet Set, GenerationModel Model, DetectorEvaluation Evaluation, int Skipped)
{
    /// <summary>Seed of the model that is shipped.</summary>
    public const ulong Seed = 20261122;

    /// <summary>Reads, measures, fits and evaluates. The same folder and seed give the same result, whatever the number of threads.</summary>
    /// <exception cref="CorpusException">The folder cannot be trained on.</exception>
    public static DetectorTraining Of(string folder, ulong seed, Action<string> progress)
    {
        LabelledFolder data = LabelledFolder.Read(folder);
        var extraction = new Extraction(GenerationFeatures.Extract, seed, progress);
        TrainingSet set = extraction.Of(data);
        GenerationModel model = GenerationFit.Fit(set);
        progress($"model {model.Version} fitted on {set.Train.Count} samples");
        DetectorEvaluation evaluation = DetectorEvaluation.Of(set, Fitted, progress);
        return new DetectorTraining(data, set, new GenerationModel(model.Terms, model.Bias, model.Centres, model.Precision, model.ShippedThresholds, model.Origin) { Figures = evaluation.KeyFigures() }, evaluation, extraction.Skipped);
    }

    private static FittedModel Fitted(TrainingSet set)
    {
        GenerationModel model = GenerationFit.Fit(set);
        return new FittedModel(features => model.Score(features), model.ShippedThresholds);
    }
}
