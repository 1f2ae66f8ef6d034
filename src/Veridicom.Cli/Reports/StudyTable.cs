using System.Globalization;
using System.Text;
using Veridicom.Dicom.Text;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Reports;

/// <summary>Verdicts on studies for people: the verdict first, then the study and the manifest that it rests on; below it what was found.</summary>
public sealed class StudyTable(Surroundings surroundings, bool quiet)
{
    private const int Indent = 14, MostFindings = 8, LongestText = 300;
    private readonly int[] _counts = new int[Enum.GetValues<StudyVerdictKind>().Length];

    /// <summary>Writes one verdict.</summary>
    public void Write(StudyVerdict verdict)
    {
        _counts[(int)verdict.Kind]++;
        if (quiet && verdict.ExitCode == 0) return;
        string word = verdict.Kind.Word();
        var line = new StringBuilder();
        line.Append(Colour(verdict)).Append(word).Append(surroundings.Colour ? "\u001b[0m" : "").Append(' ', Indent - word.Length);
        line.Append("study ").Append(TextDisplay.Escape(verdict.Study));
        if (verdict.Instances > 0) line.Append(CultureInfo.InvariantCulture, $"  {verdict.Instances} {(verdict.Instances == 1 ? "instance" : "instances")}");
        Append(line, ManifestState.Current, ", listed by ");
        Append(line, ManifestState.Superseded, ", which follows ");
        surroundings.Out.WriteLine(line);
        foreach (ManifestInfo manifest in verdict.Manifests.Where(m => m.State == ManifestState.NotBelieved))
            surroundings.Out.WriteLine(new string(' ', Indent) + $"- the manifest {TextDisplay.Escape(manifest.File, LongestText)} is not believed: {TextDisplay.Escape(manifest.Reason, LongestText)}");
        foreach (StudyFinding finding in verdict.Findings.Take(MostFindings))
            surroundings.Out.WriteLine(new string(' ', Indent) + $"- {TextDisplay.Escape(finding.Text, LongestText)}{((finding.File ?? finding.Instance) is { } what ? "  " + TextDisplay.Escape(what, LongestText) : "")}");
        int more = verdict.Findings.Count + verdict.MoreFindings - Math.Min(MostFindings, verdict.Findings.Count);
        if (more > 0) surroundings.Out.WriteLine(new string(' ', Indent) + $"- and {more} more: --json lists them");

        void Append(StringBuilder to, ManifestState state, string how)
        {
            List<string> names = [.. verdict.Manifests.Where(m => m.State == state).Select(m => TextDisplay.Escape(m.File, LongestText))];
            if (names.Count > 0) to.Append(how).AppendJoin(", ", names);
        }
    }

    /// <summary>Writes how many of each verdict there were.</summary>
    public void WriteSummary()
    {
        int total = _counts.Sum();
        if (quiet || total < 2) return;
        IEnumerable<string> parts = Enum.GetValues<StudyVerdictKind>().Where(kind => _counts[(int)kind] > 0).Select(kind => $"{_counts[(int)kind]} {kind.Word()}");
        surroundings.Out.WriteLine($"{total} studies: {string.Join(", ", parts)}");
    }

    private string Colour(StudyVerdict verdict) => !surroundings.Colour ? "" : verdict.Kind switch
    {
        StudyVerdictKind.Complete => "\u001b[32m",
        StudyVerdictKind.Altered or StudyVerdictKind.Unverifiable => "\u001b[31m",
        _ => "\u001b[33m",
    };
}
