namespace Veridicom.Train.Corpus;

/// <summary>All that a fit sees: <c>GenerationFit.Fit(TrainingSet)</c> makes a model of it, with its thresholds.</summary>
/// <param name="Train">Fitted on: real and generated, in several variants.</param>
/// <param name="Calibrate">Real only, of other patients: thresholds are set here and nothing else is.</param>
/// <param name="Seed">Of whatever chance the fit needs.</param>
public sealed record TrainingSet(IReadOnlyList<TrainingSample> Train, IReadOnlyList<TrainingSample> Calibrate, ulong Seed);
