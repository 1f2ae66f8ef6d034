namespace Veridicom.Gateway.Observability;

/// <summary>Type of a metric in the exposition format.</summary>
public enum MetricType
{
    /// <summary>Only rises, until the process ends.</summary>
    Counter,
    /// <summary>Rises and falls.</summary>
    Gauge,
    /// <summary>Counts of what stayed below bounds, their sum and their number.</summary>
    Histogram,
}

/// <summary>A metric that /metrics may show.</summary>
/// <param name="Name">Begins with veridicom_.</param>
/// <param name="Type">Type.</param>
/// <param name="Help">For people.</param>
/// <param name="Labels">Labels; their values come from the settings or from lists of our own, never from a peer or an image.</param>
public sealed record MetricDefinition(string Name, MetricType Type, string Help, params string[] Labels);

/// <summary>Every metric there is: what is measured under another name is not shown, and docs/reference/metrics.md is made from this list.</summary>
public static class MetricCatalogue
{
    /// <summary>Upper bounds of histograms, seconds.</summary>
    public static IReadOnlyList<double> Bounds { get; } = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    /// <summary>All, by name.</summary>
    public static IReadOnlyList<MetricDefinition> All { get; } =
    [
        new("veridicom_associations", MetricType.Gauge, "DICOM associations that stand."),
        new("veridicom_audit_syslog_connected", MetricType.Gauge, "1 while the syslog server is connected; only where one is configured."),
        new("veridicom_audit_syslog_lag_entries", MetricType.Gauge, "Journal entries that the syslog server is not known to have."),
        new("veridicom_audit_syslog_sent_total", MetricType.Counter, "Audit messages sent, those sent again among them."),
        new("veridicom_commitments_total", MetricType.Counter, "Storage commitments of a destination: asked, given, denied, failed.", "destination", "outcome"),
        new("veridicom_deliveries", MetricType.Gauge, "Instances on their way to a destination, by state.", "destination", "state"),
        new("veridicom_delivery_attempts_total", MetricType.Counter, "Instances sent to a destination, by what became of them.", "destination", "outcome"),
        new("veridicom_delivery_oldest_seconds", MetricType.Gauge, "Age of the oldest instance that waits for a destination.", "destination"),
        new("veridicom_denials_total", MetricType.Counter, "Requests and associations turned away."),
        new("veridicom_disk_free_bytes", MetricType.Gauge, "Free space where objects and journal are kept."),
        new("veridicom_http_request_seconds", MetricType.Histogram, "Time from a request's headers to the end of its response.", "method"),
        new("veridicom_http_requests_total", MetricType.Counter, "HTTP requests, by method and class of status.", "method", "status"),
        new("veridicom_instance_bytes_total", MetricType.Counter, "Bytes of instances that came in, by protocol.", "protocol"),
        new("veridicom_instances", MetricType.Gauge, "Instances in the registry, by state; quarantined and conflict are what an operator should look at.", "state"),
        new("veridicom_instances_total", MetricType.Counter, "Instances that came in, by what became of them, protocol and route.", "outcome", "protocol", "route"),
        new("veridicom_intake_seconds", MetricType.Histogram, "Time of an instance at the intake desk, whole and by step: examine, judge (verify and seal), store (flushed), record (journal and registry).", "step"),
        new("veridicom_journal_entries_total", MetricType.Counter, "Entries added to the journal, by kind.", "kind"),
        new("veridicom_journal_sequence", MetricType.Gauge, "Sequence number of the newest journal entry."),
        new("veridicom_metrics_dropped_total", MetricType.Counter, "Measurements not shown, for they would have made too many series."),
        new("veridicom_process_cpu_seconds_total", MetricType.Counter, "Processor time of this process."),
        new("veridicom_process_heap_bytes", MetricType.Gauge, "Managed memory in use."),
        new("veridicom_process_open_files", MetricType.Gauge, "Open files and sockets; only on Linux."),
        new("veridicom_process_resident_bytes", MetricType.Gauge, "Physical memory of this process."),
        new("veridicom_process_start_seconds", MetricType.Gauge, "When this process started, seconds since 1970."),
        new("veridicom_process_threads", MetricType.Gauge, "Threads of the pool."),
        new("veridicom_ready", MetricType.Gauge, "1 where a check of /readyz is passed, by check.", "check"),
        new("veridicom_webhook_posts_total", MetricType.Counter, "Webhook posts: accepted, failed, passed-over.", "outcome"),
    ];

    /// <summary>The metric of a name, null where there is none.</summary>
    public static MetricDefinition? Find(string name) => ByName.GetValueOrDefault(name);

    private static readonly Dictionary<string, MetricDefinition> ByName = All.ToDictionary(metric => metric.Name, StringComparer.Ordinal);

    /// <summary>Writes docs/reference/metrics.md.</summary>
    public static void WritePage(TextWriter output)
    {
        output.Write("# Metrics\n\n");
        output.Write("Generated by `./veridicom reference metrics > docs/reference/metrics.md`; a test fails where it is out of date.\n\n");
        output.Write("`GET /metrics` answers in the text format of Prometheus (0.0.4), on loopback to everybody on the machine, elsewhere with the scope `admin`. ");
        output.Write("No label comes from an image or a peer: routes and destinations are those of the configuration. A metric has at most ");
        output.Write($"{MetricCollector.MostSeries} series. Metrics of parts that are not in use are not shown.\n\n");
        output.Write("| metric | type | labels | |\n|---|---|---|---|\n");
        foreach (MetricDefinition metric in All)
            output.Write($"| `{metric.Name}` | {metric.Type.ToString().ToLowerInvariant()} | {string.Join(", ", metric.Labels.Select(label => $"`{label}`"))} | {metric.Help} |\n");
        output.Write($"\nBounds of histograms, seconds: {string.Join(", ", Bounds.Select(ExpositionWriter.Number))}.\n");
    }
}
