using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging;
using Veridicom.Gateway.Configuration;
using Veridicom.Registry;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.Routing;

/// <summary>
/// Tells webhooks what needs looking at (spec/webhooks.md). Each follows the journal by itself from where it stopped last, so that an alert is
/// neither lost in a crash nor held up by another's receiver; it may be told twice, with the same sequence number.
/// </summary>
internal sealed class Webhooks : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Follower> _followers;
    private Task _running = Task.CompletedTask;

    /// <summary>Of these settings; the folder holds how far each has come.</summary>
    /// <exception cref="FormatException">A setting names no URL that may be called, or an unknown event.</exception>
    public Webhooks(IReadOnlyList<WebhookSettings> settings, string folder, IRegistry registry, TimeProvider clock, Random chance, ILogger log)
    {
        _followers = [.. settings.Select(one => new Follower(one, new WebhookPosition(folder, one.Url), registry, clock, chance, log))];
    }

    /// <summary>Begins. A webhook that is new is told only of what comes from now on.</summary>
    public async Task StartAsync(CancellationToken stop)
    {
        foreach (Follower follower in _followers) await follower.PrepareAsync(stop);
        _running = Task.WhenAll(_followers.Select(follower => Task.Run(() => follower.RunAsync(_stop.Token), CancellationToken.None)));
    }

    /// <summary>Wakes those who wait. Never blocks.</summary>
    public void Noticed(AppliedEntry applied)
    {
        if (WebhookAlert.EventOf(applied.Entry) is null) return;
        foreach (Follower follower in _followers) follower.Call();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        foreach (Follower follower in _followers) follower.Dispose();
        _stop.Dispose();
    }

    private sealed class Follower : IDisposable
    {
        private const int Page = 64; // a line of the journal may have megabytes
        private const int SaveEvery = 1000;

        private static readonly TimeSpan Round = TimeSpan.FromSeconds(30);
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

        // A receiver that keeps answering that it does not take an alert must not keep all later ones from the people who wait for them.
        private static readonly TimeSpan TurnedAwayAtMost = TimeSpan.FromHours(24);

        private readonly WebhookSettings _settings;
        private readonly WebhookPosition _file;
        private readonly IRegistry _registry;
        private readonly TimeProvider _clock;
        private readonly ILogger _log;
        private readonly HttpClient _client;
        private readonly Uri _url;
        private readonly BackOff _backOff;
        private readonly Wake _wake;
        private long _position;
        private long _saved;

        public Follower(WebhookSettings settings, WebhookPosition file, IRegistry registry, TimeProvider clock, Random chance, ILogger log)
        {
            (_settings, _file, _registry, _clock, _log) = (settings, file, registry, clock, log);
            _url = OutboundHttp.Url(settings.Url);
            _client = OutboundHttp.Client(_url, settings.AuthoritiesFile);
            if (settings.Events.Except(WebhookAlert.Events).FirstOrDefault() is { } unknown) throw new FormatException($"a webhook cannot be told of '{unknown}'");
            _backOff = new BackOff(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(15), chance);
            _wake = new Wake(clock);
        }

        public void Call() => _wake.Call();

        public void Dispose() => _client.Dispose();

        public async Task PrepareAsync(CancellationToken stop)
        {
            _position = _file.Read() ?? (await _registry.NewestAsync(stop)).Sequence;
            Save();
        }

        public async Task RunAsync(CancellationToken stop)
        {
            int troubles = 0;
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    TimeSpan pause = await FollowAsync(stop) ? TimeSpan.Zero : Round;
                    troubles = 0;
                    await _wake.WaitAsync(pause, stop);
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                    break;
                }
                catch (Exception e)
                {
                    _log.LogError(e, "the webhook at {Host} cannot follow the journal", _url.Host);
                    await Task.Delay(_backOff.After(++troubles), _clock, stop).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                }
            }
        }

        // True where there may be more.
        private async Task<bool> FollowAsync(CancellationToken stop)
        {
            var lines = await _registry.JournalAsync(_position, Page, stop);
            foreach (var line in lines)
            {
                JournalEntry entry = JournalText.Read(Encoding.UTF8.GetBytes(line.Line)).Entry;
                bool told = WebhookAlert.EventOf(entry) is { } name && (_settings.Events.Count == 0 || _settings.Events.Contains(name)) && await TellAsync(name, line.Sequence, entry, stop);
                _position = line.Sequence;
                if (told || _position - _saved >= SaveEvery) Save();
            }

            return lines.Count == Page;
        }

        private void Save() => _file.Write(_saved = _position);

        private async Task<bool> TellAsync(string name, long sequence, JournalEntry entry, CancellationToken stop)
        {
            byte[] body = WebhookAlert.Body(name, sequence, entry);
            DateTimeOffset began = _clock.GetUtcNow();
            for (int attempt = 1; ; attempt++)
            {
                int status = await PostAsync(body, stop);
                if (status is >= 200 and < 300)
                {
                    RoutingMeter.Posted("accepted");
                    return true;
                }

                RoutingMeter.Posted("failed");
                _log.LogWarning("the webhook at {Host} did not take entry {Sequence}: {Status}", _url.Host, sequence, status == 0 ? "no answer" : status);
                if (status is >= 400 and < 500 and not (401 or 403 or 404 or 408 or 425 or 429) && _clock.GetUtcNow() - began >= TurnedAwayAtMost)
                {
                    RoutingMeter.Posted("passed-over");
                    _log.LogError("the webhook at {Host} was not told of entry {Sequence}: it keeps turning it away", _url.Host, sequence);
                    return true;
                }

                await Task.Delay(_backOff.After(attempt), _clock, stop);
            }
        }

        // HTTP status, 0 for none.
        private async Task<int> PostAsync(byte[] body, CancellationToken stop)
        {
            using var patience = new CancellationTokenSource(Patience, _clock);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = new ByteArrayContent(body) };
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                if (_settings.SecretFile is { } file) request.Headers.Add("X-Veridicom-Signature", WebhookAlert.Signature(OutboundHttp.Secret(file), _clock.GetUtcNow(), body));
                using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
                return (int)response.StatusCode;
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                return 0;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException)
            {
                return 0;
            }
        }
    }
}
