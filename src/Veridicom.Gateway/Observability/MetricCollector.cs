using System.Diagnostics.Metrics;

namespace Veridicom.Gateway.Observability;

/// <summary>
/// Adds up what the counters and histograms of this process measure, as far as the catalogue knows them, for /metrics. A metric gets at most
/// <see cref="MostSeries"/> series; what would make more is counted and not kept. Safe for use by several threads.
/// </summary>
public sealed class MetricCollector : IDisposable
{
    /// <summary>Most series of one metric.</summary>
    public const int MostSeries = 256;

    /// <summary>What meters of the gateway are called, or begin with.</summary>
    public const string MeterPrefix = "Veridicom.Gateway";

    private readonly MeterListener _listener = new();
    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private long _dropped;

    private sealed class Series(string[] values)
    {
        public string[] Values { get; } = values;

        public double Sum { get; set; }

        public long[] Counts { get; } = new long[MetricCatalogue.Bounds.Count + 1];
    }

    private sealed class Family(MetricDefinition metric)
    {
        public MetricDefinition Metric { get; } = metric;

        public Dictionary<string, Series> Series { get; } = new(StringComparer.Ordinal);
    }

    /// <summary>Begins to listen.</summary>
    /// <param name="scope">Meters of this scope are listened to beside those of the whole process: several gateways may live in one.</param>
    public MetricCollector(object scope)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!instrument.Meter.Name.StartsWith(MeterPrefix, StringComparison.Ordinal) || (instrument.Meter.Scope is { } other && other != scope)) return;
            if (MetricCatalogue.Find(instrument.Name) is not { } metric) return;
            lock (_gate) _families.TryAdd(metric.Name, new Family(metric));
            listener.EnableMeasurementEvents(instrument, metric.Name);
        };
        _listener.SetMeasurementEventCallback<long>((_, value, labels, name) => Add((string)name!, value, labels));
        _listener.SetMeasurementEventCallback<double>((_, value, labels, name) => Add((string)name!, value, labels));
        _listener.Start();
    }

    /// <summary>Writes the metrics that have a sample, by name.</summary>
    public void Write(ExpositionWriter output)
    {
        lock (_gate)
        {
            foreach (Family family in _families.Values)
            {
                if (family.Series.Count == 0) continue;
                output.Begin(family.Metric);
                foreach (Series series in family.Series.Values.OrderBy(one => string.Join('\0', one.Values), StringComparer.Ordinal))
                {
                    (string, string)[] labels = [.. family.Metric.Labels.Zip(series.Values)];
                    if (family.Metric.Type == MetricType.Histogram) output.Histogram(family.Metric.Name, labels, MetricCatalogue.Bounds, series.Counts, series.Sum);
                    else output.Sample(family.Metric.Name, labels, series.Sum);
                }
            }
        }
    }

    /// <summary>Measurements that made too many series.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Add(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        lock (_gate)
        {
            Family family = _families[name];
            string[] values = new string[family.Metric.Labels.Length];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = "";
                foreach (KeyValuePair<string, object?> label in labels)
                {
                    if (label.Key == family.Metric.Labels[i]) values[i] = label.Value?.ToString() ?? "";
                }
            }
            string key = string.Join('\0', values);
            if (!family.Series.TryGetValue(key, out Series? series))
            {
                if (family.Series.Count >= MostSeries)
                {
                    Interlocked.Increment(ref _dropped);
                    return;
                }
                family.Series.Add(key, series = new Series(values));
            }
            series.Sum += value;
            if (family.Metric.Type != MetricType.Histogram) return;
            int at = 0;
            while (at < MetricCatalogue.Bounds.Count && value > MetricCatalogue.Bounds[at]) at++;
            series.Counts[at]++;
        }
    }
}
