using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.Audit;
using Veridicom.Gateway.DicomWeb.Description;
using Veridicom.Registry;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.Observability;

/// <summary>What /metrics reads of the parts of a gateway when it is asked.</summary>
public sealed record MetricSources
{
    /// <summary>Journal and registry.</summary>
    public required Vault Vault { get; init; }

    /// <summary>Those turned away.</summary>
    public required DenialJournal Denials { get; init; }

    /// <summary>What /readyz asks.</summary>
    public required GatewayHealth Health { get; init; }

    /// <summary>Where objects and journal lie.</summary>
    public required string Folder { get; init; }

    /// <summary>DICOM associations that stand; null where DICOM is not listened to.</summary>
    public Func<int?> Associations { get; init; } = () => null;

    /// <summary>Sends audit messages; null where none does.</summary>
    public SyslogSender? Syslog { get; init; }
}

/// <summary>
/// Measures a gateway, and shows it at /metrics: what its meters counted, and the state of its parts at that moment. Counts of the registry are asked
/// for at most every few seconds, whoever asks how often.
/// </summary>
public sealed class GatewayMetrics : IDisposable
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(10), Patience = TimeSpan.FromSeconds(5);
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "OPTIONS"];

    private readonly MetricSources _sources;
    private readonly TimeProvider _clock;
    private readonly Meter _meter;
    private readonly MetricCollector _collector;
    private readonly Counter<long> _entries, _requests;
    private readonly Histogram<double> _requestSeconds;
    private readonly SemaphoreSlim _one = new(1);
    private (IReadOnlyList<DeliveryCount> Deliveries, IReadOnlyDictionary<InstanceState, long> Instances)? _counts;
    private long _countsAt;

    /// <summary>Begins to measure.</summary>
    public GatewayMetrics(MetricSources sources, TimeProvider clock)
    {
        (_sources, _clock) = (sources, clock);
        _collector = new MetricCollector(this);
        _meter = new Meter(new MeterOptions(MetricCollector.MeterPrefix) { Scope = this });
        _entries = _meter.CreateCounter<long>("veridicom_journal_entries_total");
        _requests = _meter.CreateCounter<long>("veridicom_http_requests_total");
        _requestSeconds = _meter.CreateHistogram<double>("veridicom_http_request_seconds");
        sources.Vault.Recorded += Recorded;
    }

    /// <summary>Measures requests: to be placed before access control, so that those turned away are seen.</summary>
    public void Use(IApplicationBuilder app) => app.Use(next => async context =>
    {
        long began = Stopwatch.GetTimestamp();
        string method = Methods.Contains(context.Request.Method) ? context.Request.Method : "other";
        int status = StatusCodes.Status500InternalServerError; // what the server answers where nobody catches
        try
        {
            await next(context);
            status = context.Response.StatusCode;
        }
        finally
        {
            _requests.Add(1, new("method", method), new("status", status is >= 100 and <= 599 ? $"{status / 100}xx" : "other"));
            _requestSeconds.Record(Stopwatch.GetElapsedTime(began).TotalSeconds, new KeyValuePair<string, object?>("method", method));
        }
    });

    /// <summary>Maps /metrics.</summary>
    public void Map(IEndpointRouteBuilder app) => app.MapGet(AccessControl.Metrics, async context =>
    {
        if (!context.Caller().May(Scope.Admin, null))
        {
            await Problem.ForbidAsync(context, Scope.Admin);
            return;
        }
        context.Response.ContentType = ExpositionWriter.MediaType;
        await context.Response.WriteAsync(await WriteAsync(context.RequestAborted), context.RequestAborted);
    }).WithMetadata(OperatorOperations.Metrics);

    /// <summary>The page.</summary>
    public async Task<string> WriteAsync(CancellationToken stop)
    {
        var output = new ExpositionWriter();
        _collector.Write(output);
        foreach (var group in (await GaugesAsync(stop)).GroupBy(sample => sample.Name).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            MetricDefinition metric = MetricCatalogue.Find(group.Key) ?? throw new InvalidOperationException($"{group.Key} is not in the catalogue");
            output.Begin(metric);
            foreach ((string name, string[] values, double value) in group) output.Sample(name, metric.Labels.Zip(values), value);
        }
        return output.ToString();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sources.Vault.Recorded -= Recorded;
        _collector.Dispose();
        _meter.Dispose();
        _one.Dispose();
    }

    private void Recorded(AppliedEntry entry) => _entries.Add(1, new KeyValuePair<string, object?>("kind", entry.Entry.Kind.Word()));

    private async Task<List<(string Name, string[] Labels, double Value)>> GaugesAsync(CancellationToken stop)
    {
        var gauges = new List<(string Name, string[] Labels, double Value)>
        {
            ("veridicom_denials_total", [], _sources.Denials.Count),
            ("veridicom_journal_sequence", [], _sources.Vault.Newest.Sequence),
            ("veridicom_metrics_dropped_total", [], _collector.Dropped),
            ("veridicom_process_cpu_seconds_total", [], Environment.CpuUsage.TotalTime.TotalSeconds),
            ("veridicom_process_heap_bytes", [], GC.GetTotalMemory(false)),
            ("veridicom_process_resident_bytes", [], Environment.WorkingSet),
            ("veridicom_process_start_seconds", [], Started),
            ("veridicom_process_threads", [], ThreadPool.ThreadCount),
        };
        if (_sources.Associations() is { } associations) gauges.Add(("veridicom_associations", [], associations));
        if (GatewayHealth.FreeBytes(_sources.Folder) is { } free) gauges.Add(("veridicom_disk_free_bytes", [], free));
        if (OperatingSystem.IsLinux()) gauges.Add(("veridicom_process_open_files", [], Directory.EnumerateFileSystemEntries("/proc/self/fd").Count()));
        if (_sources.Syslog is { } syslog)
        {
            gauges.Add(("veridicom_audit_syslog_connected", [], syslog.IsConnected ? 1 : 0));
            gauges.Add(("veridicom_audit_syslog_lag_entries", [], syslog.Lag));
            gauges.Add(("veridicom_audit_syslog_sent_total", [], syslog.Sent));
        }
        foreach ((string name, string? fault) in await _sources.Health.CheckAsync(stop)) gauges.Add(("veridicom_ready", [name], fault is null ? 1 : 0));
        if (await CountsAsync(stop) is not { } counts) return gauges;
        foreach (InstanceState state in Enum.GetValues<InstanceState>()) gauges.Add(("veridicom_instances", [state.Word()], counts.Instances.GetValueOrDefault(state)));
        foreach (DeliveryCount count in counts.Deliveries)
        {
            gauges.Add(("veridicom_deliveries", [count.Destination, count.State.ToString().ToLowerInvariant()], count.Count));
            if (count is { State: DeliveryState.Waiting, Oldest: { } oldest }) gauges.Add(("veridicom_delivery_oldest_seconds", [count.Destination], Math.Max(0, (_clock.GetUtcNow() - oldest).TotalSeconds)));
        }
        return gauges;
    }

    private static double Started { get; } = Start();

    private static double Start()
    {
        using var process = Process.GetCurrentProcess();
        return new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0;
    }

    /// <summary>Counts of the registry; the last known, or null, where it does not answer now: a page without them is better than none.</summary>
    private async Task<(IReadOnlyList<DeliveryCount> Deliveries, IReadOnlyDictionary<InstanceState, long> Instances)?> CountsAsync(CancellationToken stop)
    {
        await _one.WaitAsync(stop);
        try
        {
            if (_counts is not null && _clock.GetElapsedTime(_countsAt) < Kept) return _counts;
            using var late = new CancellationTokenSource(Patience, _clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stop);
            _counts = (await _sources.Vault.Registry.DeliveryCountsAsync(either.Token), await _sources.Vault.Registry.CountsAsync(either.Token));
            _countsAt = _clock.GetTimestamp();
        }
        catch (Exception e) when (e is RegistryException || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            // the check 'registry' says so
        }
        finally
        {
            _one.Release();
        }
        return _counts;
    }
}
