using System.Globalization;
using Veridicom.Forensics;
using Veridicom.Forensics.Manipulation;
using Veridicom.Pixels.Rendering;
using Veridicom.Train.Degradations;
using Veridicom.Train.Local;
using Veridicom.Train.Tampering;

namespace Veridicom.Train.Evaluation;

/// <summary>Figures of local changes.</summary>
/// <param name="Table">The tables, as lines of Markdown.</param>
/// <param name="Whole">Of each source, over all kinds: its name, the AUC, and the share of boxes that are right among what was found.</param>
/// <param name="FalseFindings">Of each source: its name, and the share of untouched slices with a finding.</param>
internal sealed record LocalFigures(IReadOnlyList<string> Table, IReadOnlyList<(string Source, Interval Auc, double Right)> Whole, IReadOnlyList<(string Source, double Share)> FalseFindings);

/// <summary>How well local changes in CT are found, by kind and by source, on series that set no numbers.</summary>
internal static class LocalEvaluation
{
    private const double Overlap = 0.3;
    private const int OfEach = 28;

    /// <summary>Judges.</summary>
    /// <param name="sources">All; those that judge are used.</param>
    /// <param name="model">The model.</param>
    /// <param name="seed">By what slices are changed and resampled.</param>
    public static LocalFigures Judge(IReadOnlyList<SliceSource> sources, LocalModel model, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(model);
        var lines = new List<string>
        {
            $"Model {model.Version}, seed {model.Seed}: {model.TrainedOn}.",
            "",
            "| Source | Change | Slices | AUC (95 % interval) | Found | Box right, of found | Box right, of all |",
            "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
        };
        var untouched = new List<string> { "", "| Untouched slices of | Slices | With a finding | Findings per slice |", "| --- | ---: | ---: | ---: |" };
        var whole = new List<(string, Interval, double)>();
        var falseFindings = new List<(string, double)>();
        foreach (SliceSource source in sources.Where(source => source.Judged))
        {
            foreach (bool jpeg in source.Slices[0].Levels == 256 ? (ReadOnlySpan<bool>)[false, true] : [false])
            {
                string name = source.Name + (jpeg ? ", JPEG 90" : "");
                List<LocalExamination> clean = [.. source.Slices.Select(slice => Examined(slice, jpeg, model))];
                untouched.Add(Line($"| {name} | {clean.Count} | {Share(clean.Count(one => one.Findings.Count > 0), clean.Count)} | {clean.Sum(one => one.Findings.Count) / (double)clean.Count:0.00} |"));
                falseFindings.Add((name, clean.Count(one => one.Findings.Count > 0) / (double)clean.Count));
                var all = new List<double>();
                int allFound = 0, allRight = 0;
                foreach (TamperKind kind in LocalTampering.Kinds)
                {
                    var scores = new List<double>();
                    int found = 0, right = 0;
                    foreach (TamperedPicture tampered in Tampered(source, kind, seed))
                    {
                        LocalExamination result = Examined(tampered.Picture, jpeg, model);
                        scores.Add(result.Contrast);
                        if (result.Findings.Count == 0) continue;
                        found++;
                        if (result.Findings.Any(finding => IntersectionOverUnion(finding.Area, tampered.Box) > Overlap)) right++;
                    }
                    if (scores.Count == 0) continue;
                    Add(LocalTampering.Word(kind), scores, found, right);
                    all.AddRange(scores);
                    (allFound, allRight) = (allFound + found, allRight + right);
                }
                whole.Add((name, Add("**all kinds**", all, allFound, allRight), allFound == 0 ? 0 : allRight / (double)allFound));

                Interval Add(string kind, List<double> scores, int found, int right)
                {
                    Interval auc = Ranking.AucInterval(scores, [.. clean.Select(one => one.Contrast)], SeededRandom.Of(seed, name + kind));
                    lines.Add(Line($"| {name} | {kind} | {scores.Count} | {auc.Value:0.000} ({auc.Low:0.000} to {auc.High:0.000}) | {Share(found, scores.Count)} | {(found == 0 ? "-" : Share(right, found))} | {Share(right, scores.Count)} |"));
                    return auc;
                }
            }
        }
        return new LocalFigures([.. lines, .. untouched, .. sources.Where(source => source.Judged && source.Related).SelectMany(source => Series(source, seed))], whole, falseFindings);
    }

    // One slice of a series is changed; the series is the slices around it.
    private static List<string> Series(SliceSource source, ulong seed)
    {
        const int around = 8, step = 3;
        IReadOnlyList<LocalFinding> untouched = SliceConsistency.Examine(source.Slices);
        var lines = new List<string>
        {
            "", $"One slice changed in the {source.Name}, by what its neighbours are like. Untouched, its {source.Slices.Count} slices have {untouched.Count} findings.", "",
            "| Change | Slices | Found in that slice, box right | Findings in other slices, shared noise aside |", "| --- | ---: | ---: | ---: |",
        };
        foreach (TamperKind kind in LocalTampering.Kinds)
        {
            int tried = 0, right = 0, elsewhere = 0;
            for (int at = around; at + around < source.Slices.Count; at += step)
            {
                if (LocalTampering.Apply(source.Slices[at], source.Slices[at + 1], kind, unchecked((int)seed * 77_003 + at)) is not { } tampered) continue;
                List<GrayPicture> slices = [.. source.Slices.Skip(at - around).Take(2 * around + 1)];
                slices[around] = tampered.Picture;
                IReadOnlyList<LocalFinding> findings = SliceConsistency.Examine(slices);
                tried++;
                if (findings.Any(finding => finding.Frame == around && IntersectionOverUnion(finding.Area, tampered.Box) > Overlap)) right++;
                elsewhere += findings.Count(finding => finding.Frame != around && finding.Code != SliceConsistency.SharedCode);
            }
            if (tried > 0) lines.Add(Line($"| {LocalTampering.Word(kind)} | {tried} | {Share(right, tried)} | {elsewhere} |"));
        }
        return lines;
    }

    /// <summary>Area of what two boxes share, over that of both.</summary>
    public static double IntersectionOverUnion(PixelArea a, PixelArea b)
    {
        long across = Math.Max(0, Math.Min(a.X + a.Width, b.X + b.Width) - Math.Max(a.X, b.X)), down = Math.Max(0, Math.Min(a.Y + a.Height, b.Y + b.Height) - Math.Max(a.Y, b.Y));
        long shared = across * down;
        return (double)shared / ((long)a.Width * a.Height + (long)b.Width * b.Height - shared);
    }

    private static IEnumerable<TamperedPicture> Tampered(SliceSource source, TamperKind kind, ulong seed)
    {
        int count = source.Slices.Count;
        for (int i = 0; i < Math.Max(count, OfEach / count * count); i++)
        {
            GrayPicture donor = source.Slices[(i + 1 + i / count % Math.Max(1, count - 1)) % count];
            if (LocalTampering.Apply(source.Slices[i % count], donor, kind, unchecked((int)seed * 100_003 + i)) is { } tampered) yield return tampered;
        }
    }

    private static LocalExamination Examined(GrayPicture slice, bool jpeg, LocalModel model) => LocalManipulation.Examine(jpeg ? Degradation.Jpeg(slice, 90) : slice, true, 0, model);

    private static string Share(int part, int all) => string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / all:0} %");

    private static string Line(FormattableString line) => FormattableString.Invariant(line);
}
