using System.Globalization;
using System.Text;
using Xunit;

namespace Veridicom.Tests.Gateway.Observability;

/// <summary>
/// A strict reader of the text format of Prometheus 0.0.4, written from its description: help and type once and first, samples of a metric together,
/// names and labels well formed, no series twice, histograms whole and rising. Anything else is a <see cref="FormatException"/>.
/// </summary>
internal sealed class Exposition
{
    /// <summary>Values by "name{label=value,...}" as read.</summary>
    public Dictionary<string, double> Samples { get; } = [];

    /// <summary>Types by name.</summary>
    public Dictionary<string, string> Types { get; } = [];

    public static Exposition Parse(string text)
    {
        var read = new Exposition();
        if (text.Length > 0 && text[^1] != '\n') throw new FormatException("the last line does not end");
        string? current = null, helped = null;
        var histograms = new Dictionary<string, List<(double Bound, double Count)>>();
        foreach (string line in text.Split('\n')[..^1])
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                helped = Name(line[7..].Split(' ')[0]);
                if (read.Types.ContainsKey(helped)) throw new FormatException($"{helped} comes twice");
                continue;
            }
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                string[] words = line[7..].Split(' ');
                if (words.Length != 2 || words[0] != helped || words[1] is not ("counter" or "gauge" or "histogram")) throw new FormatException($"bad type: {line}");
                if (!read.Types.TryAdd(words[0], words[1])) throw new FormatException($"{words[0]} comes twice");
                current = words[0];
                continue;
            }
            if (line.Length == 0 || line[0] == '#') throw new FormatException($"neither sample nor comment of ours: {line}");
            read.Sample(line, current ?? throw new FormatException("a sample without type"), histograms);
        }
        foreach ((string series, List<(double Bound, double Count)> buckets) in histograms)
        {
            if (!double.IsPositiveInfinity(buckets[^1].Bound)) throw new FormatException($"{series} lacks +Inf");
            for (int i = 1; i < buckets.Count; i++)
            {
                if (buckets[i].Bound <= buckets[i - 1].Bound || buckets[i].Count < buckets[i - 1].Count) throw new FormatException($"{series} does not rise");
            }
            int brace = series.IndexOf('{', StringComparison.Ordinal);
            string count = series[..brace] + "_count" + series[brace..], sum = series[..brace] + "_sum" + series[brace..];
            if (!read.Samples.TryGetValue(count, out double whole) || whole != buckets[^1].Count || !read.Samples.ContainsKey(sum)) throw new FormatException($"{series} lacks sum or count");
        }
        return read;
    }

    private void Sample(string line, string current, Dictionary<string, List<(double, double)>> histograms)
    {
        int at = line.IndexOfAny(['{', ' ']);
        if (at < 0) throw new FormatException($"no value: {line}");
        string name = Name(line[..at]);
        bool histogram = Types[current] == "histogram";
        string suffix = name.StartsWith(current, StringComparison.Ordinal) ? name[current.Length..] : throw new FormatException($"{name} stands below {current}");
        if (histogram ? suffix is not ("_bucket" or "_sum" or "_count") : suffix.Length > 0) throw new FormatException($"{name} stands below {current}");
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (line[at] == '{') at = Labels(line, at + 1, labels);
        if (line[at] != ' ') throw new FormatException($"no space before the value: {line}");
        double value = Number(line[(at + 1)..]);
        if (Types[current] == "counter" && (value < 0 || double.IsNaN(value))) throw new FormatException($"a counter below zero: {line}");
        if (!Samples.TryAdd(Key(name, labels), value)) throw new FormatException($"a series twice: {line}");
        if (suffix != "_bucket") return;
        if (!labels.Remove("le", out string? bound)) throw new FormatException($"a bucket without le: {line}");
        string series = Key(current, labels);
        if (!series.Contains('{', StringComparison.Ordinal)) series += "{}";
        if (!histograms.TryGetValue(series, out var buckets)) histograms.Add(series, buckets = []);
        buckets.Add((Number(bound), value));
    }

    private static int Labels(string line, int at, SortedDictionary<string, string> labels)
    {
        while (true)
        {
            int equals = line.IndexOf('=', at);
            if (equals < 0 || equals + 1 >= line.Length || line[equals + 1] != '"') throw new FormatException($"bad label: {line}");
            string label = line[at..equals];
            if (label.Length == 0 || !(char.IsAsciiLetter(label[0]) || label[0] == '_') || !label.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')) throw new FormatException($"bad label name: {line}");
            var value = new StringBuilder();
            for (at = equals + 2; line[at] != '"'; at++)
            {
                if (line[at] != '\\')
                {
                    value.Append(line[at]);
                    continue;
                }
                value.Append(line[++at] switch { '\\' => '\\', '"' => '"', 'n' => '\n', _ => throw new FormatException($"bad escape: {line}") });
            }
            if (!labels.TryAdd(label, value.ToString())) throw new FormatException($"a label twice: {line}");
            at++;
            if (line[at] == '}') return at + 1;
            if (line[at++] != ',') throw new FormatException($"bad labels: {line}");
        }
    }

    private static string Key(string name, SortedDictionary<string, string> labels) => labels.Count == 0 ? name : name + "{" + string.Join(',', labels.Select(pair => pair.Key + "=" + pair.Value)) + "}";

    private static string Name(string name) =>
        name.Length > 0 && (char.IsAsciiLetter(name[0]) || name[0] is '_' or ':') && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or ':') ? name : throw new FormatException($"'{name}' is no name");

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : throw new FormatException($"'{text}' is no number"),
    };
}
