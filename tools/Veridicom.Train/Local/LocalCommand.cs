using System.Globalization;
using Veridicom.Forensics.Manipulation;
using Veridicom.Train.Evaluation;

namespace Veridicom.Train.Local;

/// <summary><c>veridicom-train local DATA [--out FILE] [--seed N]</c>: measures the numbers for local changes in CT, or, without an output, judges those that are shipped.</summary>
internal static class LocalCommand
{
    private const string Usage = "veridicom-train local DATA [--out FILE] [--seed N]: fits the model for local changes in CT and writes it to FILE; without --out evaluates the shipped one";

    /// <summary>Runs; 0 where it went well.</summary>
    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        string? data = null, file = null;
        ulong seed = 1;
        for (int i = 0; i < arguments.Length; i++)
        {
            bool more = i + 1 < arguments.Length;
            if (arguments[i] == "--out" && more) file = arguments[++i];
            else if (arguments[i] == "--seed" && more && ulong.TryParse(arguments[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out seed)) i++;
            else if (data is null && !arguments[i].StartsWith('-')) data = arguments[i];
            else return Fail(Usage);
        }
        if (data is null || !Directory.Exists(data)) return Fail(data is null ? Usage : "no such folder: " + data);
        IReadOnlyList<SliceSource> sources = SliceSource.Read(data);
        if (sources.Count == 0) return Fail("the folder holds no CT slices: ct-png and dicom/series-ct are looked for");
        if (file is null)
        {
            foreach (string line in LocalEvaluation.Judge(sources, LocalModel.Shipped, seed).Table) output.WriteLine(line);
            return 0;
        }
        byte[] model = LocalFit.Fit(sources, seed, errors.WriteLine).Write();
        File.WriteAllBytes(file, model);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file}: {model.Length} bytes, {LocalModel.Read(model).TrainedOn}, threshold {LocalModel.Read(model).Threshold:0.000}"));
        return 0;

        int Fail(string text)
        {
            errors.WriteLine(text);
            return 2;
        }
    }
}
