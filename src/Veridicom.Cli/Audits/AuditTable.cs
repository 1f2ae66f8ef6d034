using System.Globalization;
using Veridicom.Dicom.Text;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Audits;

/// <summary>An audit for people at a terminal: the answer first, then why, then counts.</summary>
internal static class AuditTable
{
    private const int MostFiles = 8;

    public static void Write(TextWriter output, AuditResult result, bool quiet)
    {
        if (quiet && result.Fitness == Fitness.Fit) return;
        output.WriteLine($"{result.Fitness.Words()}  {TextDisplay.Escape(result.Root)}");
        foreach (AuditFinding finding in result.Findings)
        {
            if (quiet && finding.Weight == AuditWeight.Note) continue;
            output.WriteLine($"  {Word(finding.Weight),-12}{TextDisplay.Escape(finding.Text, 400)}{(finding.Remedy.Length > 0 ? " - " + finding.Remedy : "")}");
            if (finding.Weight == AuditWeight.Note) continue;
            foreach (int index in finding.Files.Take(MostFiles)) output.WriteLine(new string(' ', 14) + TextDisplay.Escape(result.Files[index].Path, 300));
            if (finding.Count > MostFiles && finding.Files.Count > 0) output.WriteLine(new string(' ', 14) + "and more: --json or --csv lists them");
        }
        if (quiet) return;
        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Files.Count} image files: {string.Join(", ", result.Files.GroupBy(file => file.Format?.Word() ?? "unknown").OrderByDescending(g => g.Count()).Select(g => $"{g.Count()} {g.Key}"))}"));
        if (result.Verdicts.Count > 0) output.WriteLine("seals: " + string.Join(", ", result.Verdicts.OrderBy(v => v.Key).Select(v => $"{v.Value} {v.Key.Word()}")));
        if (result.Detector is { } detector) output.WriteLine("detector: " + AuditPage.Sentence(detector));
        foreach (SplitCount split in result.Splits)
        {
            string labels = string.Join(", ", split.Labels.OrderByDescending(l => l.Value).ThenBy(l => l.Key, StringComparer.Ordinal).Take(10).Select(l => $"{l.Value} {(l.Key.Length == 0 ? "without label" : TextDisplay.Escape(l.Key, 60))}"));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"part {(split.Name.Length == 0 ? "(none)" : TextDisplay.Escape(split.Name, 60))}: {split.Files} files, {split.Patients} patients known; {labels}"));
        }
    }

    private static string Word(AuditWeight weight) => weight switch { AuditWeight.Unfit => "not fit", AuditWeight.Reservation => "reservation", _ => "note" };
}
