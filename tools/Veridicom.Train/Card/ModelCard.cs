using System.Globalization;
using System.Security.Cryptography;
using Veridicom.Forensics.Generation;
using Veridicom.Train.Corpus;
using Veridicom.Train.Evaluation;
using static Veridicom.Train.Card.MarkdownTable;

namespace Veridicom.Train.Card;

/// <summary>The parts of docs/reference/detector.md that the command writes.</summary>
internal static class ModelCard
{
    /// <summary>The part that says which model the page is about.</summary>
    public const string ModelPart = "model";

    /// <summary>The part with the key figures.</summary>
    public const string FiguresPart = "figures";

    /// <summary>All parts, by name.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Parts(GenerationModel model, TrainingSet set, DetectorEvaluation evaluation) =>
    [
        new(ModelPart, Model(model)),
        new(FiguresPart, Figures(model)),
        new("terms", Terms(model)),
        new("data", Data(set)),
        new("patients", Join(CardTables.Rankings(evaluation.Patients.Rankings), CardTables.Generated(evaluation.Patients.Generators), CardTables.Real(evaluation.Patients.Sources))),
        new("sources", Sources(evaluation)),
        new("generators", Generators(evaluation)),
        new("base-rates", BaseRates(evaluation)),
        new("failures", CardTables.Failures(evaluation.Failures)),
    ];

    /// <summary>Which model it is: the page and the file agree where this is the same of both.</summary>
    public static string Model(GenerationModel model)
    {
        byte[] form = model.Write();
        var table = new MarkdownTable("what", "value");
        table.Row("version", model.Version);
        table.Row("SHA-256 of the file", Convert.ToHexStringLower(SHA256.HashData(form)));
        table.Row("size", form.Length.ToString("N0", CultureInfo.InvariantCulture) + " bytes");
        table.Row("made by", model.Origin.Tool);
        table.Row("seed", model.Origin.Seed.ToString(CultureInfo.InvariantCulture));
        table.Row("features", model.Terms.Count.ToString(CultureInfo.InvariantCulture));
        table.Row("trained on", model.TrainedOn);
        table.Row("split", model.Origin.Split);
        table.Row("inconclusive from", Exact(model.ShippedThresholds.Inconclusive));
        table.Row("signs of generation from", Exact(model.ShippedThresholds.Generation));
        table.Row("strange from", Exact(model.ShippedThresholds.Strangeness));
        return table.ToString().Trim('\n');
    }

    /// <summary>The key figures as the model file carries them.</summary>
    public static string Figures(GenerationModel model)
    {
        var table = new MarkdownTable("figure", "measured");
        foreach ((string name, double value) in model.Figures) table.Row(name, Exact(value));
        return table.ToString().Trim('\n');
    }

    /// <summary>Features and weights.</summary>
    public static string Terms(GenerationModel model)
    {
        var table = new MarkdownTable("feature", "weight", "mean", "scale");
        foreach (GenerationTerm term in model.Terms.OrderByDescending(term => Math.Abs(term.Weight))) table.Row(term.Name, Figure(term.Weight), Figure(term.Mean), Figure(term.Scale));
        return table.ToString();
    }

    private static string Data(TrainingSet set)
    {
        var table = new MarkdownTable("part", "images", "samples, variants counted");
        foreach (var kind in set.Train.GroupBy(sample => sample.Generated ? sample.Generator + (sample.Simulated ? " (simulated)" : " (generated)") : sample.Source + " (real)").OrderBy(kind => kind.Key, StringComparer.Ordinal))
            table.Row("train, " + kind.Key, Count(kind.DistinctBy(sample => sample.Name)), Count(kind));
        foreach (var kind in set.Calibrate.GroupBy(sample => sample.Source).OrderBy(kind => kind.Key, StringComparer.Ordinal))
            table.Row("calibrate, " + kind.Key + " (real)", Count(kind.DistinctBy(sample => sample.Name)), Count(kind));
        return table.ToString();
    }

    private static string Count<T>(IEnumerable<T> items) => items.Count().ToString(CultureInfo.InvariantCulture);

    private static string Sources(DetectorEvaluation evaluation) => Join([.. evaluation.Sources.SelectMany(m => (string[])
    [
        $"### Without {m.LeftOut}\n", CardTables.Rankings(m.Rankings.Where(row => row.Kind != RowKind.Simulated)), CardTables.Generated(m.Generators.Where(row => row.Kind != RowKind.Simulated)), CardTables.Real(m.Sources),
    ])]);

    private static string Generators(DetectorEvaluation evaluation) =>
        Join(CardTables.Rankings(evaluation.Generators.SelectMany(m => m.Rankings)), CardTables.Generated(evaluation.Generators.SelectMany(m => m.Generators)));

    private static string BaseRates(DetectorEvaluation evaluation)
    {
        AnswerRow[] clean = [.. evaluation.Patients.Generators.Where(row => row.Kind == RowKind.Whole && row.Variant == Degradations.Degradation.Clean.Name)];
        double found = clean.Average(row => row.Share(row.Signs));
        return Join(string.Create(CultureInfo.InvariantCulture, $"Where {100 * found:0} % of fakes are found, as of GPT-4o above, a positive answer is right:\n"), CardTables.BaseRates(found, 0.005, 0.01, 0.02, 0.05));
    }

    private static string Join(params string[] parts) => string.Join('\n', parts);

    private static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
