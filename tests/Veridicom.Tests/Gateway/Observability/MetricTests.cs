using System.Diagnostics.Metrics;
using System.Reflection;
using Veridicom.Gateway.Intake;
using Veridicom.Gateway.Observability;
using Veridicom.Tests.Cli;
using Xunit;

namespace Veridicom.Tests.Gateway.Observability;

/// <summary>The metrics of a gateway: the format, the list, and what is kept in bounds.</summary>
public sealed class MetricTests
{
    private static string Write(MetricCollector collector)
    {
        var output = new ExpositionWriter();
        collector.Write(output);
        return output.ToString();
    }

    [Fact]
    public void Counters_and_histograms_add_up()
    {
        object scope = new();
        using var collector = new MetricCollector(scope);
        using var meter = new Meter(new MeterOptions(MetricCollector.MeterPrefix) { Scope = scope });
        Counter<long> requests = meter.CreateCounter<long>("veridicom_http_requests_total");
        Histogram<double> seconds = meter.CreateHistogram<double>("veridicom_http_request_seconds");

        requests.Add(2, new("method", "GET"), new("status", "2xx"));
        requests.Add(3, new("status", "2xx"), new("method", "GET"));
        requests.Add(1, new("method", "a\"b\\c\nd"), new("status", "4xx"));
        foreach (double value in (double[])[0.0005, 0.001, 0.0011, 31]) seconds.Record(value, new KeyValuePair<string, object?>("method", "GET"));

        Exposition read = Exposition.Parse(Write(collector));
        Assert.Equal(5, read.Samples["veridicom_http_requests_total{method=GET,status=2xx}"]);
        Assert.Equal(1, read.Samples["veridicom_http_requests_total{method=a\"b\\c\nd,status=4xx}"]);
        Assert.Equal(2, read.Samples["veridicom_http_request_seconds_bucket{le=0.001,method=GET}"]);
        Assert.Equal(3, read.Samples["veridicom_http_request_seconds_bucket{le=0.0025,method=GET}"]);
        Assert.Equal(3, read.Samples["veridicom_http_request_seconds_bucket{le=30,method=GET}"]);
        Assert.Equal(4, read.Samples["veridicom_http_request_seconds_bucket{le=+Inf,method=GET}"]);
        Assert.Equal(31.0026, read.Samples["veridicom_http_request_seconds_sum{method=GET}"], 9);
    }

    [Fact]
    public void A_meter_of_another_gateway_and_an_unlisted_metric_are_not_shown()
    {
        object scope = new();
        using var collector = new MetricCollector(scope);
        using var other = new Meter(new MeterOptions(MetricCollector.MeterPrefix) { Scope = new object() });
        using var own = new Meter(new MeterOptions(MetricCollector.MeterPrefix) { Scope = scope });
        other.CreateCounter<long>("veridicom_journal_entries_total").Add(1, new KeyValuePair<string, object?>("kind", "received"));
        own.CreateCounter<long>("veridicom_unlisted_total").Add(1);

        string text = Write(collector);

        Assert.DoesNotContain("veridicom_unlisted_total", text, StringComparison.Ordinal);
        Assert.DoesNotContain("veridicom_journal_entries_total", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Series_are_bounded()
    {
        object scope = new();
        using var collector = new MetricCollector(scope);
        using var meter = new Meter(new MeterOptions(MetricCollector.MeterPrefix) { Scope = scope });
        Counter<long> entries = meter.CreateCounter<long>("veridicom_journal_entries_total");

        for (int i = 0; i < MetricCollector.MostSeries + 50; i++) entries.Add(1, new KeyValuePair<string, object?>("kind", i));

        Assert.Equal(MetricCollector.MostSeries, Exposition.Parse(Write(collector)).Samples.Count(sample => sample.Key.StartsWith("veridicom_journal_entries_total{", StringComparison.Ordinal)));
        Assert.Equal(50, collector.Dropped);
    }

    [Fact]
    public void Every_instrument_of_the_gateway_is_in_the_list_with_its_labels()
    {
        // static meters come to be when their class is first used
        foreach (Type type in typeof(MetricCatalogue).Assembly.GetTypes().Where(t => t.Name.EndsWith("Meter", StringComparison.Ordinal) && t.GetFields(BindingFlags.Static | BindingFlags.NonPublic).Any(f => f.FieldType == typeof(Meter))))
            System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        var found = new List<string>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => { if (instrument.Meter.Name.StartsWith("Veridicom.", StringComparison.Ordinal) && instrument.Meter.Scope is null) found.Add(instrument.Name); } };
        listener.Start();

        Assert.Contains("veridicom_instances_total", found);
        Assert.Contains("veridicom_delivery_attempts_total", found);
        Assert.All(found, name => Assert.NotNull(MetricCatalogue.Find(name)));
        Assert.Equal(MetricCatalogue.All.Select(metric => metric.Name).Order(StringComparer.Ordinal), MetricCatalogue.All.Select(metric => metric.Name));
        Assert.All(MetricCatalogue.All, metric => Assert.StartsWith("veridicom_", metric.Name, StringComparison.Ordinal));
        Assert.All(MetricCatalogue.All, metric => Assert.Equal(metric.Type == MetricType.Counter, metric.Name.EndsWith("_total", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_page_is_the_one_of_the_list()
    {
        using var session = new CliSession();
        string wanted = session.Run("reference", "metrics").Exited(0).Output.ReplaceLineEndings("\n"), page = Repository.PathOf("docs", "reference", "metrics.md");

        Assert.True(File.Exists(page) && File.ReadAllText(page) == wanted, "docs/reference/metrics.md is out of date: ./veridicom reference metrics > docs/reference/metrics.md");
    }

    [Theory]
    [InlineData("a 1\n")]
    [InlineData("# HELP a x\n# TYPE a counter\na 1")]
    [InlineData("# HELP a x\n# TYPE a counter\na -1\n")]
    [InlineData("# HELP a x\n# TYPE a counter\na 1\na 2\n")]
    [InlineData("# HELP a x\n# TYPE a counter\na{b=\"c} 1\n# TYPE")]
    [InlineData("# HELP a x\n# TYPE a gauge\nb 1\n")]
    [InlineData("# HELP a x\n# TYPE a gauge\na{1b=\"c\"} 1\n")]
    [InlineData("# HELP a x\n# TYPE a gauge\na{b=\"\\t\"} 1\n")]
    [InlineData("# HELP a x\n# TYPE a gauge\na one\n")]
    [InlineData("# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n")]
    [InlineData("# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n")]
    [InlineData("# HELP a x\n# TYPE a gauge\na 1\n# HELP a x\n# TYPE a gauge\na 2\n")]
    public void The_reader_of_the_test_is_strict(string text) => Assert.ThrowsAny<Exception>(() => Exposition.Parse(text));
}
