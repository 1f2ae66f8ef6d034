using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Veridicom.Gateway.Configuration;
using Veridicom.Gateway.Routing;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Xunit;

namespace Veridicom.Tests.Gateway.Routing;

/// <summary>Webhooks: told once or more, never less, whatever falls over in between.</summary>
public sealed class WebhookTests : IDisposable
{
    private const string Secret = "a-secret-of-some-length";

    private readonly ScratchFolder _scratch = new();
    private readonly ManualClock _clock = new();
    private readonly QueueRegistry _registry;
    private readonly ConcurrentQueue<(byte[] Body, string Signature)> _seen = new();
    private int _status = 200;

    public WebhookTests() => _registry = new QueueRegistry(_clock);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Each_event_is_posted_with_a_signature_and_without_the_patient()
    {
        await using LocalServer server = await ServerAsync();
        string secret = _scratch.Write("secret", Encoding.ASCII.GetBytes(Secret + "\n"));
        LocalServer.Private(secret);
        await HappenAsync(EntryKind.Undeliverable, null); // before the webhook was known: not told
        await using Webhooks hooks = await StartAsync(new WebhookSettings { Url = server.Url, SecretFile = secret });
        await HappenAsync(EntryKind.Received, InstanceState.Accepted);
        await HappenAsync(EntryKind.Received, InstanceState.Quarantined);
        await HappenAsync(EntryKind.Received, InstanceState.Conflict);
        await HappenAsync(EntryKind.DeliveryRefused, null);
        await HappenAsync(EntryKind.Undeliverable, null);
        await HappenAsync(EntryKind.CommitmentDenied, null);
        await _clock.UntilAsync(() => _seen.Count == 5, TimeSpan.FromSeconds(1));

        Assert.Equal(["quarantined", "conflict", "delivery-refused", "undeliverable", "commitment-denied"], _seen.Select(one => Member(one.Body, "event")));
        Assert.Equal([3, 4, 5, 6, 7], _seen.Select(one => JsonDocument.Parse(one.Body).RootElement.GetProperty("sequence").GetInt64()));
        foreach (var (body, signature) in _seen)
        {
            Assert.DoesNotContain("SECRET-PATIENT", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
            Assert.Equal(("1.1", "1.1.1", "1.1.1.1", "main", "altered", "a reason"),
                (Member(body, "study"), Member(body, "series"), Member(body, "instance"), Member(body, "route"), Member(body, "verdict"), Member(body, "reason")));
            string time = signature.Split(',')[0][2..];
            Assert.InRange(long.Parse(time, System.Globalization.CultureInfo.InvariantCulture), _clock.GetUtcNow().ToUnixTimeSeconds() - 60, _clock.GetUtcNow().ToUnixTimeSeconds());
            byte[] expected = HMACSHA256.HashData(Encoding.ASCII.GetBytes(Secret), Encoding.ASCII.GetBytes(time + ".").Concat(body).ToArray());
            Assert.Equal($"t={time},v1={Convert.ToHexStringLower(expected)}", signature);
        }
    }

    [Fact]
    public async Task What_was_not_taken_is_told_again_after_a_restart_and_what_was_taken_is_not()
    {
        await using LocalServer server = await ServerAsync();
        var settings = new WebhookSettings { Url = server.Url, Events = ["undeliverable"] };
        await using (Webhooks first = await StartAsync(settings))
        {
            await HappenAsync(EntryKind.Undeliverable, null);
            await _clock.UntilAsync(() => _seen.Count == 1, TimeSpan.FromSeconds(1));
            _status = 503;
            await HappenAsync(EntryKind.CommitmentDenied, null); // not asked for
            await HappenAsync(EntryKind.Undeliverable, null);
            await HappenAsync(EntryKind.Undeliverable, null);
            await _clock.UntilAsync(() => _seen.Count >= 5, TimeSpan.FromSeconds(1));
        }

        Assert.Equal(["1", "3", "3", "3", "3"], _seen.Take(5).Select(one => Member(one.Body, "sequence")));
        _seen.Clear();
        _status = 200;
        await using Webhooks second = await StartAsync(settings);
        await _clock.UntilAsync(() => _seen.Count == 2, TimeSpan.FromSeconds(1));
        Assert.Equal(["3", "4"], _seen.Select(one => Member(one.Body, "sequence")));
    }

    [Fact]
    public async Task An_alert_that_is_turned_away_for_a_day_makes_room_for_the_next_and_one_webhook_does_not_wait_for_another()
    {
        await using LocalServer server = await ServerAsync();
        await using LocalServer other = await LocalServer.StartAsync(context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        await using Webhooks hooks = await StartAsync(new WebhookSettings { Url = other.Url }, new WebhookSettings { Url = server.Url });
        _status = 400;
        await HappenAsync(EntryKind.Undeliverable, null);
        await HappenAsync(EntryKind.Undeliverable, null);
        DateTimeOffset began = _clock.GetUtcNow();
        await _clock.UntilAsync(() => _seen.Any(one => Member(one.Body, "sequence") == "2"), TimeSpan.FromMinutes(2));
        Assert.True(_clock.GetUtcNow() - began >= TimeSpan.FromHours(24));
    }

    [Fact]
    public async Task A_redirect_is_no_success()
    {
        var paths = new ConcurrentQueue<string>();
        await using LocalServer server = await LocalServer.StartAsync(context =>
        {
            paths.Enqueue(context.Request.Path);
            context.Response.Redirect("/elsewhere", permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        });
        await using Webhooks hooks = await StartAsync(new WebhookSettings { Url = server.Url + "/hook" });
        await HappenAsync(EntryKind.Undeliverable, null);
        await _clock.UntilAsync(() => paths.Count >= 3, TimeSpan.FromSeconds(5));
        Assert.All(paths, path => Assert.Equal("/hook", path));
    }

    [Fact]
    public void The_signature_is_that_of_the_page() =>
        Assert.Contains(
            "X-Veridicom-Signature: " + WebhookAlert.Signature(Secret, DateTimeOffset.FromUnixTimeSeconds(1795366800), """{"event":"undeliverable","sequence":7}"""u8),
            File.ReadAllText(Repository.PathOf("spec", "webhooks.md")), StringComparison.Ordinal);

    [Fact]
    public void Unknown_events_and_open_networks_are_refused()
    {
        Assert.Throws<FormatException>(() => Hooks(new WebhookSettings { Url = "https://alerts.example/", Events = ["quarantine"] }));
        Assert.Throws<FormatException>(() => Hooks(new WebhookSettings { Url = "http://alerts.example/" }));
    }

    private Webhooks Hooks(params WebhookSettings[] settings) => new(settings, _scratch.PathOf("webhooks"), _registry, _clock, new Random(1), NullLogger.Instance);

    private async Task<Webhooks> StartAsync(params WebhookSettings[] settings)
    {
        Webhooks hooks = Hooks(settings);
        await hooks.StartAsync(Stop);
        _registry.Recorded = hooks.Noticed;
        return hooks;
    }

    private Task<LocalServer> ServerAsync() => LocalServer.StartAsync(async context =>
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        context.Response.StatusCode = _status;
        _seen.Enqueue((body.ToArray(), context.Request.Headers["X-Veridicom-Signature"].ToString()));
    });

    private Task HappenAsync(EntryKind kind, InstanceState? state) => _registry.RecordAsync(new JournalEntry
    {
        Kind = kind, At = _clock.GetUtcNow(), Who = Actor.Gateway, StudyUid = "1.1", SeriesUid = "1.1.1", SopInstanceUid = "1.1.1.1", SopClassUid = "1.2", PatientId = "SECRET-PATIENT",
        Object = ObjectDigest.Of(new byte[32]), State = state, Route = "main", Verdict = "altered", Detail = "a reason",
    }, Stop);

    private static string Member(byte[] body, string name) => JsonDocument.Parse(body).RootElement.GetProperty(name).ToString();
}
