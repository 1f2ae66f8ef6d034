using Veridicom.Train.Corpus;

namespace Veridicom.Train.Evaluation;

/// <summary>An image that the detector gets most wrong, by a model that had not seen it.</summary>
/// <param name="IsMiss">A generated image that looked real; else a false alarm.</param>
/// <param name="Image">What it was.</param>
internal sealed record Failure(bool IsMiss, Judged Image)
{
    /// <summary>The lowest scores of generated images that exist outside of this tool, and of simulated ones, and the highest of each real source, as files have them (clean).</summary>
    public static IReadOnlyList<Failure> Worst(IReadOnlyList<Judged> judged, int each)
    {
        Judged[] clean = [.. judged.Where(j => j.Sample.Variant == Degradations.Degradation.Clean.Name)];
        return
        [
            .. Misses(simulated: false), .. Misses(simulated: true),
            .. clean.Where(j => !j.Sample.Generated).GroupBy(j => j.Sample.Source).OrderBy(source => source.Key, StringComparer.Ordinal)
                .SelectMany(source => source.OrderByDescending(j => j.Standard).ThenBy(j => j.Sample.Name, StringComparer.Ordinal).Take(each)).Select(j => new Failure(false, j)),
        ];

        IEnumerable<Failure> Misses(bool simulated) => clean.Where(j => j.Sample.Generated && j.Sample.Simulated == simulated)
            .OrderBy(j => j.Standard).ThenBy(j => j.Sample.Name, StringComparer.Ordinal).Take(each).Select(j => new Failure(true, j));
    }

    /// <summary>A file name for its picture.</summary>
    public string FileName(int number)
    {
        TrainingSample sample = Image.Sample;
        string made = sample.Simulated ? "-" + sample.Generator : "";
        return $"{number:00}-{(IsMiss ? "miss" : "false-alarm")}-{Path.GetFileNameWithoutExtension(sample.Name)}{made}.png";
    }
}
