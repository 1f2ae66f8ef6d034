using System.Text;

namespace Veridicom.Cli.Audits.Labels;

/// <summary>
/// Reads comma-separated values (RFC 4180), record by record: fields in quotes may hold commas, line ends and doubled quotes. A semicolon or a tab separates where the first
/// record has more of them than commas. Lengths have limits.
/// </summary>
internal sealed class CsvReader(TextReader text)
{
    /// <summary>The most characters of a field.</summary>
    public const int LongestField = 4096;

    /// <summary>The most fields of a record.</summary>
    public const int MostFields = 256;

    private readonly StringBuilder _field = new();
    private int _separator = -1;
    private long _record;

    /// <summary>Number of the record read last, from 1.</summary>
    public long Record => _record;

    /// <summary>The next record that is not empty; null at the end.</summary>
    /// <exception cref="FormatException">A field is too long, there are too many, or a quote is not closed.</exception>
    public List<string>? Next()
    {
        if (_separator < 0)
        {
            string? first = text.ReadLine();
            if (first is null) return null;
            first = first.TrimStart('\uFEFF');
            _separator = ((char[])[',', ';', '\t']).MaxBy(c => first.Count(other => other == c));
            _record = 1;
            using var line = new StringReader(first);
            return Read(line) ?? Next();
        }
        _record++;
        while (text.Peek() >= 0)
        {
            if (Read(text) is { } fields) return fields;
        }
        return null;
    }

    private List<string>? Read(TextReader from)
    {
        var fields = new List<string>();
        _field.Clear();
        bool quoted = false, wasQuoted = false, any = false;
        while (true)
        {
            int c = from.Read();
            if (quoted)
            {
                if (c < 0) throw Bad("a quote is not closed");
                if (c != '"') Add((char)c);
                else if (from.Peek() == '"') Add((char)from.Read());
                else quoted = false;
                continue;
            }
            if (c == '"' && _field.Length == 0 && !wasQuoted)
            {
                quoted = wasQuoted = any = true;
                continue;
            }
            if (c == '\r' && from.Peek() == '\n') continue;
            if (c < 0 || c == '\n' || c == '\r' || c == _separator)
            {
                if (fields.Count == MostFields) throw Bad("too many fields");
                fields.Add(wasQuoted ? _field.ToString() : _field.ToString().Trim());
                _field.Clear();
                wasQuoted = false;
                if (c == _separator)
                {
                    any = true;
                    continue;
                }
                return any || fields[0].Length > 0 ? fields : null;
            }
            Add((char)c);
        }
    }

    private void Add(char c)
    {
        if (_field.Length == LongestField) throw Bad("a field is too long");
        _field.Append(c);
    }

    private FormatException Bad(string what) => new($"record {_record}: {what}");
}
