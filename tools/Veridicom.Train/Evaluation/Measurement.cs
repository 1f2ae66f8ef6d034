using Veridicom.Forensics;
using Veridicom.Train.Corpus;

namespace Veridicom.Train.Evaluation;

/// <summary>What a row about generated images is about.</summary>
internal enum RowKind
{
    /// <summary>Real images, or all images of a generator that exists outside of this tool.</summary>
    Whole,

    /// <summary>Those of them that show a chest, as all real ones do, or those that do not.</summary>
    Part,

    /// <summary>A generator that exists in this tool only.</summary>
    Simulated,
}

/// <summary>A generator against a real source in one variant.</summary>
internal sealed record RankingRow(string Generator, RowKind Kind, string Source, string Variant, int Generated, int Real, Interval Auc);

/// <summary>What happened to images of one kind in one variant, at frozen thresholds.</summary>
/// <param name="Name">A generator, or a real source.</param>
/// <param name="Kind">What it counts.</param>
/// <param name="Variant">Clean or degraded.</param>
/// <param name="Count">Images.</param>
/// <param name="AtOne">Above the threshold of 1 % false alarms.</param>
/// <param name="AtFive">Above the threshold of 5 %.</param>
/// <param name="Signs">Opinion: signs of generation.</param>
/// <param name="Inconclusive">Opinion: inconclusive.</param>
internal sealed record AnswerRow(string Name, RowKind Kind, string Variant, int Count, int AtOne, int AtFive, int Signs, int Inconclusive)
{
    /// <summary>A count as a share.</summary>
    public double Share(int count) => Count == 0 ? double.NaN : (double)count / Count;
}

/// <summary>Everything that one way of holding images out has shown.</summary>
/// <param name="LeftOut">The source or generator that no model of it had seen; empty where only patients were held out.</param>
/// <param name="Rankings">Each generator against each source.</param>
/// <param name="Generators">Answers for generated images.</param>
/// <param name="Sources">Answers for real images.</param>
internal sealed record Measurement(string LeftOut, IReadOnlyList<RankingRow> Rankings, IReadOnlyList<AnswerRow> Generators, IReadOnlyList<AnswerRow> Sources)
{
    /// <summary>Of judged images, tables in the order in which their names first occur.</summary>
    public static Measurement Of(string leftOut, IReadOnlyList<Judged> judged, ulong seed)
    {
        Judged[] real = [.. judged.Where(j => !j.Sample.Generated)], generated = [.. judged.Where(j => j.Sample.Generated)];
        string[] variants = [.. judged.Select(j => j.Sample.Variant).Distinct()];
        string[] sources = [.. real.Select(j => j.Sample.Source).Distinct().Order(StringComparer.Ordinal)];
        // what exists first, then what is simulated
        (string Name, RowKind Kind, Judged[] Images)[] generators = [.. generated.GroupBy(j => (j.Sample.Generator, j.Sample.Simulated)).OrderBy(g => g.Key.Simulated).ThenBy(g => g.Key.Generator, StringComparer.Ordinal)
            .SelectMany(g => Parts(g.Key.Generator, g.Key.Simulated, [.. g]))];
        var rankings = from generator in generators
                       from source in sources
                       from variant in variants
                       let high = generator.Images.Where(j => j.Sample.Variant == variant).Select(j => j.Standard).ToArray()
                       let low = real.Where(j => j.Sample.Source == source && j.Sample.Variant == variant).Select(j => j.Standard).ToArray()
                       select new RankingRow(generator.Name, generator.Kind, source, variant, high.Length, low.Length, Ranking.AucInterval(high, low, SeededRandom.Of(seed, $"{leftOut}/{generator.Name}/{source}/{variant}")));
        return new Measurement(leftOut, [.. rankings],
            [.. generators.SelectMany(generator => variants.Select(variant => Answers(generator.Name, generator.Kind, variant, generator.Images)))],
            [.. sources.SelectMany(source => variants.Select(variant => Answers(source, RowKind.Whole, variant, real.Where(j => j.Sample.Source == source))))]);
    }

    private static IEnumerable<(string Name, RowKind Kind, Judged[] Images)> Parts(string generator, bool simulated, Judged[] images)
    {
        yield return (generator, simulated ? RowKind.Simulated : RowKind.Whole, images);
        Judged[] chests = [.. images.Where(j => !simulated && Chests.Shows(j.Sample.Name))];
        if (chests.Length == 0 || chests.Length == images.Length) yield break;
        yield return (generator + ", chests", RowKind.Part, chests);
        yield return (generator + ", other body parts", RowKind.Part, [.. images.Except(chests)]);
    }

    private static AnswerRow Answers(string name, RowKind kind, string variant, IEnumerable<Judged> judged)
    {
        Judged[] rows = [.. judged.Where(j => j.Sample.Variant == variant)];
        return new AnswerRow(name, kind, variant, rows.Length, rows.Count(j => j.AtOne), rows.Count(j => j.AtFive),
            rows.Count(j => j.Opinion == Opinion.SignsOfGeneration), rows.Count(j => j.Opinion == Opinion.Inconclusive));
    }
}
