using System.Globalization;
using System.Text;
using Veridicom.Forensics;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Audits;

/// <summary>
/// An audit as comma-separated values (RFC 4180, UTF-8), a line per file. Where a spreadsheet would take a part of a field for a formula, an apostrophe stands before it; paths that may tell who a patient is are keyed
/// hashes, patients always.
/// </summary>
internal static class AuditCsv
{
    private static readonly string[] Columns =
        ["file", "format", "bytes", "rows", "columns", "frames", "bits", "colour", "jpeg_quality", "verdict", "split", "label", "source", "patient", "group", "opinion", "score", "identifiers", "findings", "error"];

    public static void Write(Stream output, AuditResult result)
    {
        using var text = new StreamWriter(output, new UTF8Encoding(false), 1 << 14, leaveOpen: true) { NewLine = "\r\n" };
        text.WriteLine(string.Join(',', Columns));
        foreach (AuditedFile file in result.Files)
        {
            string?[] fields =
            [
                result.Shown(file), file.Format?.Word(), Number(file.Length), Number(file.Rows), Number(file.Columns), Number(file.Frames), Number(file.Bits), file.Colour, file.Quality > 0 ? Number(file.Quality) : "",
                file.Verdict?.Word(), file.Label.Split, file.Label.Label, file.Label.Source, file.Patient, file.Group > 0 ? Number(file.Group) : "", file.Opinion?.Word(),
                file.Score?.ToString("0.####", CultureInfo.InvariantCulture), Number(file.IdentifierCount), string.Join(' ', file.Marks), file.Fault?.Code,
            ];
            text.WriteLine(string.Join(',', fields.Select(Field)));
        }
    }

    /// <summary>A field as it is written.</summary>
    internal static string Field(string? value)
    {
        if (string.IsNullOrEmpty(value)) return "";
        value = WithoutFormulas(value);
        return value.AsSpan().ContainsAny("\",\r\n;") ? "\"" + value.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"" : value;
    }

    /// <summary>
    /// '=', '+', '-' and '@' at the start make formulas of what follows, behind blanks and quotes, too. A program that separates cells by semicolons or tabs, or that does not know quotes, begins a
    /// cell behind each of these and behind each line end.
    /// </summary>
    private static string WithoutFormulas(string value)
    {
        var text = new StringBuilder(value.Length + 1);
        if (value[0] is '\t' or '\r' or '\n') text.Append('\'');
        bool start = true;
        foreach (char c in value)
        {
            if (start && c is ('=' or '+' or '-' or '@' or '\uFF1D' or '\uFF0B' or '\uFF0D' or '\uFF20')) text.Append('\'');
            start = c is ';' or ',' or '\t' or '\r' or '\n' or '\v' or '\f' or '\u0085' or '\u2028' or '\u2029' || (start && (c is '"' or '\uFEFF' or '\u200B' || char.IsWhiteSpace(c) || char.IsControl(c)));
            text.Append(c);
        }
        return text.ToString();
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
