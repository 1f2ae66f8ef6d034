using System.Globalization;
using System.Text;

namespace Veridicom.Gateway.Observability;

/// <summary>Writes metrics in the text format of Prometheus, version 0.0.4: each metric once, with help and type before its samples.</summary>
public sealed class ExpositionWriter
{
    /// <summary>Content-Type of what is written.</summary>
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();
    private readonly HashSet<string> _begun = [];

    /// <summary>Begins a metric; its samples follow before another begins.</summary>
    public void Begin(MetricDefinition metric)
    {
        if (!_begun.Add(metric.Name)) throw new InvalidOperationException($"{metric.Name} was written already");
        _text.Append("# HELP ").Append(metric.Name).Append(' ').Append(metric.Help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
        _text.Append("# TYPE ").Append(metric.Name).Append(' ').Append(metric.Type.ToString().ToLowerInvariant()).Append('\n');
    }

    /// <summary>One sample.</summary>
    public void Sample(string name, IEnumerable<(string Name, string Value)> labels, double value)
    {
        _text.Append(name);
        char before = '{';
        foreach ((string label, string text) in labels)
        {
            _text.Append(before).Append(label).Append("=\"").Append(Escape(text)).Append('"');
            before = ',';
        }
        if (before == ',') _text.Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    /// <summary>The samples of one histogram: buckets as they add up, sum, and count.</summary>
    public void Histogram(string name, IReadOnlyList<(string Name, string Value)> labels, IReadOnlyList<double> bounds, IReadOnlyList<long> counts, double sum)
    {
        long soFar = 0;
        for (int i = 0; i <= bounds.Count; i++)
        {
            soFar += counts[i];
            Sample(name + "_bucket", [.. labels, ("le", i < bounds.Count ? Number(bounds[i]) : "+Inf")], soFar);
        }
        Sample(name + "_sum", labels, sum);
        Sample(name + "_count", labels, soFar);
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    /// <summary>A number as the format wants it.</summary>
    public static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
