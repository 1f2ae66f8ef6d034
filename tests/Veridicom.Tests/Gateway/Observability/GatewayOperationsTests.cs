using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Veridicom.Cli;
using Veridicom.Gateway.Configuration;
using Veridicom.Gateway.Hosting;
using Veridicom.Gateway.Observability;
using Veridicom.Registry;
using Veridicom.Seals.Trust;
using Veridicom.Tests.Cli;
using Veridicom.Tests.Registry;
using Xunit;

namespace Veridicom.Tests.Gateway.Observability;

/// <summary>What operators ask a whole gateway: is it alive, is it ready, what does it count, who did what.</summary>
public sealed class GatewayOperationsTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    private Task<GatewayHost> StartAsync(GatewayConfiguration? settings = null) => GatewayHost.StartAsync(new GatewaySetup
    {
        Settings = settings ?? new GatewayConfiguration { Http = new HttpSettings { Port = 0 }, Dicom = new DicomSettings { Port = 0 } },
        Folder = new GatewayFolder(_scratch.PathOf("gateway")), Organisation = "Hospital", Software = "Veridicom test", Signer = TrailKit.Signer, Trust = TrailKit.Trust,
        Randomness = SystemRandomness.Instance, Logs = NullLoggerFactory.Instance, Clock = new StandingClock(TrailKit.Now),
    }, Stop);

    private static async Task<(HttpStatusCode Status, string Body)> GetAsync(HttpClient client, string path)
    {
        using HttpResponseMessage response = await client.GetAsync(path, Stop);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public async Task It_is_alive_and_ready_with_each_check()
    {
        await using GatewayHost host = await StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(host.Url!) };

        Assert.Equal((HttpStatusCode.OK, "{\"status\":\"alive\"}"), await GetAsync(client, "/healthz"));
        (HttpStatusCode status, string body) = await GetAsync(client, "/readyz");

        Assert.Equal(HttpStatusCode.OK, status);
        using JsonDocument json = JsonDocument.Parse(body);
        Assert.Equal("ready", json.RootElement.GetProperty("status").GetString());
        Assert.Equal(["vault", "registry", "disk", "listener"], json.RootElement.GetProperty("checks").EnumerateArray().Select(check => check.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task A_check_that_fails_or_hangs_makes_it_not_ready_and_says_which()
    {
        using var health = new GatewayHealth(
        [
            new("good", _ => Task.FromResult<string?>(null)), new("bad", _ => Task.FromResult<string?>("because")), new("stuck", async stop =>
            {
                await Task.Delay(Timeout.Infinite, stop);
                return null;
            }),
        ], new HastyClock());

        Assert.Equal([("good", null), ("bad", "because"), ("stuck", "it does not answer in time")], await health.CheckAsync(Stop));
    }

    private sealed class HastyClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => System.CreateTimer(callback, state, TimeSpan.FromMilliseconds(10), period);
    }

    [Fact]
    public async Task Metrics_are_well_formed_and_count_what_happened()
    {
        await using GatewayHost host = await StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(host.Url!) };
        using var instance = new MultipartContent("related", "boundary") { new ByteArrayContent(CliSession.Slice(1)) { Headers = { ContentType = new("application/dicom") } } };
        instance.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse("multipart/related; type=\"application/dicom\"; boundary=boundary");
        using HttpResponseMessage stored = await client.PostAsync("/dicom-web/studies", instance, Stop);
        Assert.Equal(HttpStatusCode.OK, stored.StatusCode);

        // the sender is answered before what was recorded is counted
        await Until.True(() => GetAsync(client, "/metrics").GetAwaiter().GetResult().Body.Contains("veridicom_journal_entries_total{kind=\"received\"}", StringComparison.Ordinal), "the entry is counted");
        using HttpResponseMessage response = await client.GetAsync("/metrics", Stop);
        string text = await response.Content.ReadAsStringAsync(Stop);

        Assert.Equal(ExpositionWriter.MediaType, response.Content.Headers.ContentType!.ToString());
        Exposition read = Exposition.Parse(text);
        Assert.True(read.Samples["veridicom_instances_total{outcome=stored,protocol=stow,route=default}"] >= 1);
        Assert.True(read.Samples["veridicom_instance_bytes_total{protocol=stow}"] >= CliSession.Slice(1).Length);
        foreach (string step in (string[])["all", "examine", "judge", "store", "record"]) Assert.True(read.Samples[$"veridicom_intake_seconds_count{{step={step}}}"] >= 1, step);
        Assert.Equal(1, read.Samples["veridicom_journal_entries_total{kind=received}"]);
        Assert.Equal(1, read.Samples["veridicom_instances{state=accepted}"]);
        Assert.Equal(0, read.Samples["veridicom_instances{state=quarantined}"]);
        Assert.Equal(1, read.Samples["veridicom_http_requests_total{method=POST,status=2xx}"]);
        Assert.Equal(0, read.Samples["veridicom_associations"]);
        foreach (string check in (string[])["vault", "registry", "disk", "listener"]) Assert.Equal(1, read.Samples[$"veridicom_ready{{check={check}}}"]);
        Assert.All(read.Types, type => Assert.Equal(MetricCatalogue.Find(type.Key)!.Type.ToString(), type.Value, ignoreCase: true));
        Assert.DoesNotContain("Phantom", text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_audit_trail_is_read_by_pages_and_filters_and_reading_it_is_in_it()
    {
        await using GatewayHost host = await StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(host.Url!) };

        using JsonDocument first = JsonDocument.Parse((await GetAsync(client, "/audit-trail?limit=1")).Body);
        JsonElement entry = Assert.Single(first.RootElement.GetProperty("entries").EnumerateArray()).GetProperty("entry");
        Assert.Equal(1, entry.GetProperty("sequence").GetInt64());
        long next = first.RootElement.GetProperty("next").GetInt64();
        Assert.Equal(1, next);

        using JsonDocument rest = JsonDocument.Parse((await GetAsync(client, $"/audit-trail?after={next}")).Body);
        List<JsonElement> entries = [.. rest.RootElement.GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("entry"))];
        Assert.Equal(["started", "audit-trail-read", "audit-trail-read"], entries.Select(e => e.GetProperty("kind").GetString()).Where(kind => kind != "checkpoint"));
        Assert.Equal(JsonValueKind.Null, rest.RootElement.GetProperty("next").ValueKind);
        Assert.All(rest.RootElement.GetProperty("entries").EnumerateArray(), e => Assert.Equal(64, e.GetProperty("hash").GetString()!.Length));

        using JsonDocument mine = JsonDocument.Parse((await GetAsync(client, "/audit-trail?who=loopback&kind=audit-trail-read&since=2026-01-01")).Body);
        Assert.Equal(3, mine.RootElement.GetProperty("entries").GetArrayLength());
        using JsonDocument none = JsonDocument.Parse((await GetAsync(client, "/audit-trail?study=1.2.3.4&since=2026-01-01")).Body);
        Assert.Equal("1.2.3.4", none.RootElement.GetProperty("entries")[0].GetProperty("entry").GetProperty("studyUid").GetString()); // this very request
    }

    [Theory]
    [InlineData("?limit=0")]
    [InlineData("?limit=1001")]
    [InlineData("?after=-1")]
    [InlineData("?after=x")]
    [InlineData("?study=1.2/3")]
    [InlineData("?since=yesterday")]
    [InlineData("?kind=nothing")]
    [InlineData("?colour=red")]
    [InlineData("?limit=1&limit=2")]
    public async Task A_bad_query_of_the_audit_trail_is_refused(string query)
    {
        await using GatewayHost host = await StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(host.Url!) };

        Assert.Equal(HttpStatusCode.BadRequest, (await GetAsync(client, "/audit-trail" + query)).Status);
    }
}
