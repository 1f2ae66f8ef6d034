using System.Globalization;
using Veridicom.Forensics;
using Veridicom.Forensics.Generation;
using Veridicom.Forensics.Manipulation;
using Veridicom.Pixels.Jpeg;
using Veridicom.Pixels.Png;
using Veridicom.Train;
using Veridicom.Train.Card;
using Veridicom.Train.Corpus;
using Veridicom.Train.Evaluation;
using Veridicom.Train.Local;

namespace Veridicom.Bench;

/// <summary>
/// The detector on images that the judging models had not seen, by the code and the seed of <c>veridicom-train</c>: all tables of the model card, the figures that the
/// project aims at, and the time for an image of a megapixel. Pixels only; metadata is looked at elsewhere.
/// </summary>
internal static class DetectBench
{
    private const double LeastAuc = 0.95, LeastFound = 0.85, MostAlarms = 0.05, MostInconclusive = 0.25, MostMilliseconds = 150;
    private const double LeastLocalAuc = 0.90, LeastRight = 0.70, MostLocalAlarms = 0.02;
    private const int Side = 1024, Rounds = 7;

    /// <summary>Runs it; 0 where every aim was reached.</summary>
    public static int Run()
    {
        string folder = Path.Combine(Environment.GetEnvironmentVariable("VERIDICOM_DATA") is { Length: > 0 } set ? set : Path.Combine("..", "shared", "data"), "xray");
        if (!Directory.Exists(folder))
        {
            Console.Error.WriteLine($"{folder} is missing: set VERIDICOM_DATA to the folder of data, or put it at ../shared/data");
            return 2;
        }
        var report = new Report();
        Speed(report);
        try
        {
            DetectorTraining training = DetectorTraining.Of(folder, DetectorTraining.Seed, Console.Error.WriteLine);
            Tables(training.Evaluation);
            Aims(report, training);
            Local(report, Path.Combine(folder, ".."));
        }
        catch (CorpusException e)
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }
        report.Write(Console.Out);
        return report.AllMet ? 0 : 1;
    }

    private static void Tables(DetectorEvaluation evaluation)
    {
        Print("Patients held out: five folds, sources and generators known", evaluation.Patients);
        foreach (Measurement measured in evaluation.Sources) Print($"Source {measured.LeftOut} left out, of weights and thresholds; patients and GPT-4o images held out", measured);
        foreach (Measurement measured in evaluation.Generators) Print($"Generator {measured.LeftOut} left out; patients held out", measured);
    }

    // Changed parts of CT slices, on series that set no numbers.
    private static void Local(Report report, string data)
    {
        IReadOnlyList<SliceSource> sources = SliceSource.Read(data);
        if (!sources.Any(source => source.Judged)) return;
        LocalFigures figures = LocalEvaluation.Judge(sources, LocalModel.Shipped, LocalModel.Shipped.Seed);
        Console.WriteLine("Local changes in CT\n");
        foreach (string line in figures.Table) Console.WriteLine(line);
        Console.WriteLine();
        foreach ((string source, Interval auc, double right) in figures.Whole)
        {
            report.Add($"local changes, {source}: AUC", Report.Text($"{auc.Value:0.000}  ({auc.Low:0.000} to {auc.High:0.000})"), Report.Text($">= {LeastLocalAuc:0.00}"), auc.Value >= LeastLocalAuc);
            report.Add($"local changes, {source}: boxes right of those found", Report.Text($"{100 * right:0} %"), Report.Text($">= {100 * LeastRight:0} %"), right >= LeastRight);
        }
        foreach ((string source, double share) in figures.FalseFindings)
            report.Add($"local changes, {source}: untouched slices with a finding", Report.Text($"{100 * share:0} %"), Report.Text($"<= {100 * MostLocalAlarms:0} %"), share <= MostLocalAlarms);
    }

    private static void Print(string heading, Measurement measured)
    {
        Console.WriteLine($"{heading}\n");
        Console.WriteLine(CardTables.Rankings(measured.Rankings));
        Console.WriteLine(CardTables.Generated(measured.Generators));
        Console.WriteLine(CardTables.Real(measured.Sources));
    }

    private static void Aims(Report report, DetectorTraining training)
    {
        foreach (Measurement measured in training.Evaluation.Sources)
        {
            string unseen = $"unseen {measured.LeftOut}";
            foreach (RankingRow row in measured.Rankings.Where(row => row.Kind == RowKind.Whole))
                report.Add($"{row.Generator} against {unseen}, {row.Variant}: AUC", Report.Text($"{row.Auc.Value:0.000}  ({row.Auc.Low:0.000} to {row.Auc.High:0.000})"), Report.Text($">= {LeastAuc:0.00}"), row.Auc.Value >= LeastAuc);
            foreach (AnswerRow row in measured.Generators.Where(row => row.Kind == RowKind.Whole))
            {
                report.Add($"{row.Name}, thresholds without {measured.LeftOut}, {row.Variant}: found", Percent(row, row.Signs), Report.Text($">= {100 * LeastFound:0} %"), row.Share(row.Signs) >= LeastFound);
                report.Add($"{row.Name}, thresholds without {measured.LeftOut}, {row.Variant}: inconclusive", Percent(row, row.Inconclusive), Report.Text($"<= {100 * MostInconclusive:0} %"), row.Share(row.Inconclusive) <= MostInconclusive);
            }
            foreach (AnswerRow row in measured.Sources)
            {
                report.Add($"{unseen}, {row.Variant}: false alarms", Percent(row, row.Signs), Report.Text($"<= {100 * MostAlarms:0} %"), row.Share(row.Signs) <= MostAlarms);
                report.Add($"{unseen}, {row.Variant}: inconclusive", Percent(row, row.Inconclusive), Report.Text($"<= {100 * MostInconclusive:0} %"), row.Share(row.Inconclusive) <= MostInconclusive);
            }
        }
        byte[] shipped = GenerationModel.Shipped.Write(), made = training.Model.Write();
        report.Add("the model that this data gives is the one that is shipped", shipped.AsSpan().SequenceEqual(made) ? "byte for byte" : "it differs", "byte for byte", shipped.AsSpan().SequenceEqual(made));
    }

    private static string Percent(AnswerRow row, int count) => string.Create(CultureInfo.InvariantCulture, $"{100 * row.Share(count):0.0} %  ({count} of {row.Count})");

    /// <summary>Processor time of one thread for a picture of 1024 x 1024: scoring alone, and from the bytes of a PNG or JPEG file on.</summary>
    private static void Speed(Report report)
    {
        var random = new SeededRandom(1);
        byte[] samples = new byte[Side * Side];
        for (int i = 0; i < samples.Length; i++)
            samples[i] = (byte)Math.Clamp(128 + 60 * Math.Sin(i % Side / 90.0) * Math.Cos(i / Side / 70.0) + 4 * random.Normal(), 0, 255);
        byte[] png = PngWriter.Write(Side, Side, PngColour.Grey, 8, samples), jpeg = JpegWriter.Write(Side, Side, 1, samples, 90);
        using PictureFile opened = PictureFile.Open(png);
        GrayPicture picture = opened.Judged(0);
        Time("1 megapixel, scoring alone", () => GenerationModel.Shipped.Score(picture));
        Time("1 megapixel, from the bytes of a PNG file", () => Decoded(png));
        Time("1 megapixel, from the bytes of a JPEG file", () => Decoded(jpeg));

        void Time(string what, Func<GenerationScore?> action)
        {
            // once for the compiler, then the least of several: other programs only ever add
            if (action() is null) throw new InvalidOperationException("the made picture was not judged");
            double best = Enumerable.Range(0, Rounds).Min(_ => CpuTime.OfThread(() => action()));
            report.AtMost(what, 1000 * best, MostMilliseconds, " ms", CpuTime.IsKnown ? "processor time of one thread" : "by the clock");
        }

        static GenerationScore? Decoded(byte[] bytes)
        {
            using PictureFile file = PictureFile.Open(bytes);
            return GenerationModel.Shipped.Score(file.Judged(0));
        }
    }
}
