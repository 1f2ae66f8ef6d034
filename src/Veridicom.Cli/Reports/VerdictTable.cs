using System.Globalization;
using System.Text;
using Veridicom.Dicom.Text;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Reports;

/// <summary>Verdicts for people: the verdict first, then the file, who sealed it and when; below it what is wrong; at the end how many of each.</summary>
public sealed class VerdictTable(Surroundings surroundings, bool quiet)
{
    private const int Indent = 14, MostReasons = 8, LongestText = 300;
    private readonly int[] _counts = new int[Enum.GetValues<VerdictKind>().Length];
    private readonly StringBuilder _line = new();
    private int _faults;
    private bool _unknownSigner;

    /// <summary>Writes one verdict.</summary>
    public void Write(string path, Verdict verdict)
    {
        _counts[(int)verdict.Kind]++;
        _unknownSigner |= verdict.Kind == VerdictKind.Untrusted && verdict.Reasons.Any(r => r.Code == ReasonCode.UnknownSigner);
        if (quiet && verdict.ExitCode == 0) return;
        string word = verdict.Kind.Word();
        _line.Clear().Append(Colour(verdict)).Append(word).Append(surroundings.Colour ? "\u001b[0m" : "").Append(' ', Indent - word.Length);
        _line.Append(TextDisplay.Escape(path));
        if (verdict.Signer is not null) _line.Append("  ").Append(TextDisplay.Escape(verdict.Signer, LongestText));
        if (verdict.SealedAt is { } at) _line.Append(CultureInfo.InvariantCulture, $", {at.UtcDateTime:yyyy-MM-dd HH:mm} UTC");
        surroundings.Out.WriteLine(_line);
        if (verdict.Kind is not (VerdictKind.Authentic or VerdictKind.Unsealed)) WriteParts(verdict);
        WriteReasons(verdict);
    }

    /// <summary>Counts a file for which there is no verdict, and says why on standard error.</summary>
    public void Write(Fault fault)
    {
        _faults++;
        surroundings.Error.WriteLine("veridicom: " + fault);
    }

    /// <summary>Writes how many of each verdict there were.</summary>
    public void WriteSummary()
    {
        if (quiet) return;
        int total = _counts.Sum() + _faults;
        if (total > 1)
        {
            var parts = new List<string>();
            foreach (VerdictKind kind in (VerdictKind[])[VerdictKind.Authentic, VerdictKind.Amended, VerdictKind.Redacted, VerdictKind.Extended, VerdictKind.Partial, VerdictKind.Untrusted, VerdictKind.Unsealed, VerdictKind.Altered, VerdictKind.Unverifiable])
            {
                if (_counts[(int)kind] > 0) parts.Add($"{_counts[(int)kind]} {kind.Word()}");
            }
            if (_faults > 0) parts.Add($"{_faults} not checked");
            surroundings.Out.WriteLine();
            surroundings.Out.WriteLine($"{total} files: {string.Join(", ", parts)}");
        }
        if (_unknownSigner) surroundings.Error.WriteLine("veridicom: a signer is unknown here - compare the fingerprint with its owner by telephone, then: veridicom trust add CERT.pem");
    }

    private void WriteParts(Verdict verdict)
    {
        if (verdict.Parts.Values.All(state => state == PartState.NotChecked)) return;
        // The worst state first; parts of one state together.
        var groups = Enum.GetValues<Part>()
            .Select(part => (Part: part, State: verdict.Parts.TryGetValue(part, out PartState state) ? state : PartState.NotChecked))
            .GroupBy(p => p.State).OrderByDescending(g => g.Key);
        _line.Clear().Append(' ', Indent).AppendJoin("; ", groups.Select(g => $"{string.Join(", ", g.Select(p => p.Part.Word()))} {g.Key.Word().Replace('-', ' ')}"));
        surroundings.Out.WriteLine(_line);
    }

    /// <summary>Lines about the pictures of the file written last.</summary>
    public void WritePictures(IReadOnlyList<string> files, string note)
    {
        ArgumentNullException.ThrowIfNull(files);
        foreach (string file in files) surroundings.Out.WriteLine(new string(' ', Indent) + "picture  " + TextDisplay.Escape(file));
        if (note.Length > 0) surroundings.Out.WriteLine(new string(' ', Indent) + TextDisplay.Escape(note));
    }

    private void WriteReasons(Verdict verdict)
    {
        int shown = 0;
        if (verdict.Kind == VerdictKind.Authentic) return;
        foreach (Reason reason in verdict.Reasons)
        {
            if (shown++ == MostReasons) break;
            _line.Clear().Append(' ', Indent).Append("- ").Append(TextDisplay.Escape(reason.Text, LongestText));
            if (reason.Path is { Length: > 0 } path && !reason.Text.Contains(path, StringComparison.Ordinal)) _line.Append("  ").Append(TextDisplay.Escape(path, LongestText));
            if (reason.Offset >= 0) _line.Append(CultureInfo.InvariantCulture, $" (at byte {reason.Offset})");
            surroundings.Out.WriteLine(_line);
        }
        int more = verdict.Reasons.Count + verdict.MoreReasons - Math.Min(MostReasons, verdict.Reasons.Count);
        if (more > 0) surroundings.Out.WriteLine(new string(' ', Indent) + $"- and {more} more: --json lists them");
    }

    private string Colour(Verdict verdict)
    {
        if (!surroundings.Colour) return "";
        return verdict.Kind switch
        {
            VerdictKind.Authentic or VerdictKind.Amended => "\u001b[32m",
            VerdictKind.Altered or VerdictKind.Unverifiable => "\u001b[31m",
            VerdictKind.Unsealed => "\u001b[2m",
            _ => "\u001b[33m",
        };
    }
}
