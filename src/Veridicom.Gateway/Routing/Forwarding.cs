using Veridicom.Registry;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.Routing;

/// <summary>
/// Forwards accepted instances to their destinations: a runner for each, so that one that is down, slow or silent stops neither another nor the
/// intake. <see cref="Noticed"/> is given every recorded entry.
/// </summary>
internal sealed class Forwarding(IReadOnlyList<DestinationRunner> runners) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Begins to forward.</summary>
    public void Start() => _running = Task.WhenAll(runners.Select(runner => Task.Run(() => runner.RunAsync(_stop.Token))));

    /// <summary>Wakes who is concerned. Never blocks.</summary>
    public void Noticed(AppliedEntry applied)
    {
        JournalEntry entry = applied.Entry;
        foreach (DestinationRunner runner in runners)
        {
            switch (entry.Kind)
            {
                case EntryKind.Received or EntryKind.Released when entry.Destinations?.Contains(runner.Name) == true:
                case EntryKind.CommitmentDenied when entry.Destination == runner.Name:
                    runner.Call();
                    break;
                // here and not where it was sent: what could not be recorded in time is recorded later
                case EntryKind.Delivered when entry.Destination == runner.Name && entry.StudyUid is { } study:
                    runner.Delivered?.Invoke(study);
                    break;
                case EntryKind.DeliveryRetried when entry.Destination == runner.Name:
                    runner.Retry();
                    break;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }
}
