using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Veridicom.Gateway.Configuration;
using Veridicom.Registry;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.Routing;

/// <summary>
/// Forwards to one destination what the registry says is due: some studies at once, the instances of each in their order. What is queued, and
/// what was delivered, stands in journal and registry only: a runner that is killed begins again where the journal ends. An instance goes out a
/// second time only where the destination's answer, or our record of it, was lost.
/// </summary>
internal sealed class DestinationRunner(DestinationSettings settings, RoutingParts parts, IOutlet outlet)
{
    // One question to the database; a study's part in it is one batch.
    private const int DueAtOnce = 1000;
    private const int MostDue = 64000;

    // Deliveries that a crash may repeat at most, for each study: they are recorded while the next is sent.
    private const int UnrecordedAtMost = 16;

    // Found at the latest so long after they become due, where nothing wakes the loop: attempts put off before a restart.
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(5);

    // An archive that answers, but fails at the very same instance so often: the trouble is the instance, which must not hold up its study for ever.
    private const int FailuresOfOne = 10;

    private readonly BackOff _backOff = new(TimeSpan.FromSeconds(settings.RetrySeconds), TimeSpan.FromSeconds(settings.MostRetrySeconds), parts.Chance);
    private readonly BackOff _ownTrouble = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), parts.Chance);
    private readonly Dictionary<string, Task> _sending = new(StringComparer.Ordinal); // by study; of the loop alone
    private readonly ConcurrentDictionary<long, int> _failures = new(); // by sequence; of those at the head of a study that failed while the destination was reached
    private readonly Wake _wake = new(parts.Clock);
    private readonly Lock _one = new();
    private DateTimeOffset _notBefore = DateTimeOffset.MinValue; // the whole destination: it cannot be reached, or we cannot record
    private DateTimeOffset _stored = DateTimeOffset.MinValue; // when it last took something
    private int _unreachable;
    private int _troubles;

    /// <summary>Name of the destination.</summary>
    public string Name => settings.Name;

    /// <summary>Called with the study when an instance of it was recorded as delivered. Must not block.</summary>
    public Action<string>? Delivered { get; init; }

    /// <summary>Something may have become due. Never blocks.</summary>
    public void Call() => _wake.Call();

    /// <summary>An operator wants it tried now.</summary>
    public void Retry()
    {
        lock (_one) (_notBefore, _unreachable) = (DateTimeOffset.MinValue, 0);
        _wake.Call();
    }

    /// <summary>Runs until stopped; what is being sent then is given up and sent again after the next start.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                TimeSpan pause = PauseLeft();
                if (pause <= TimeSpan.Zero)
                {
                    await OrOwnTrouble(() => StartDueAsync(stop), stop);
                    pause = Round;
                }

                await _wake.WaitAsync(pause, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // ends below
        }
        finally
        {
            await Task.WhenAll(_sending.Values);
            await outlet.DisposeAsync();
        }
    }

    private TimeSpan PauseLeft()
    {
        lock (_one) return _notBefore - parts.Now;
    }

    private async Task StartDueAsync(CancellationToken stop)
    {
        // first forget what has ended, then ask: what the database says of those studies is newer than their end
        foreach (string ended in _sending.Where(pair => pair.Value.IsCompleted).Select(pair => pair.Key).ToList()) _sending.Remove(ended);
        parts.EnsureCurrent(); // else what was delivered, and could not be recorded in time, would be sent again
        for (int limit = DueAtOnce; _sending.Count < settings.Parallel && limit <= MostDue; limit *= 4)
        {
            var due = await parts.Registry.DueAsync(Name, parts.Now, limit, stop);
            if (due.Count == 0) Recovered();
            foreach (var study in due.GroupBy(delivery => delivery.Instance.StudyUid, StringComparer.Ordinal))
            {
                if (_sending.Count >= settings.Parallel) break;
                if (!_sending.ContainsKey(study.Key)) _sending.Add(study.Key, Task.Run(() => SendStudyAsync([.. study.OrderBy(one => one.Sequence)], stop), CancellationToken.None));
            }

            // a study under way that is longer than the answer must not hide the others
            if (due.Count < limit) break;
        }
    }

    // Never throws: a study that fails is tried again, and no other knows of it.
    private async Task SendStudyAsync(IReadOnlyList<Delivery> batch, CancellationToken stop)
    {
        try
        {
            await OrOwnTrouble(() => SendBatchAsync(batch, stop), stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // sent again after the next start
        }
        finally
        {
            _wake.Call();
        }
    }

    private async Task SendBatchAsync(IReadOnlyList<Delivery> batch, CancellationToken stop)
    {
        var unrecorded = new Queue<Task>();
        int next = 0;
        try
        {
            SendResult last = await SendInOrder();
            if (last.Outcome != SendOutcome.Stored) await FailedAsync(batch[next], last, stop);
        }
        finally
        {
            // the destination has them: recorded even while stopping, as far as the journal still takes them
            await Task.WhenAll(unrecorded);
        }

        async Task<SendResult> SendInOrder()
        {
            try
            {
                await foreach (SendResult result in outlet.SendAsync([.. batch.Select(delivery => delivery.Instance)], stop))
                {
                    RoutingMeter.Sent(Name, result.Outcome);
                    if (result.Outcome is SendOutcome.Failed or SendOutcome.Unreachable) return result;
                    Reached();
                    Delivery delivery = batch[next];
                    if (result.Outcome == SendOutcome.Stored)
                    {
                        unrecorded.Enqueue(StoredAsync(delivery, result));
                        if (unrecorded.Count >= UnrecordedAtMost) await unrecorded.Dequeue();
                    }
                    else
                    {
                        await UnwantedAsync(delivery, result, stop);
                    }

                    if (++next == batch.Count) return result with { Outcome = SendOutcome.Stored };
                }

                return new(SendOutcome.Failed, "ended without an answer");
            }
            catch (Exception e) when (e is not (OperationCanceledException or RegistryException) || (e is OperationCanceledException && !stop.IsCancellationRequested))
            {
                // a fault that the outlet did not foresee: this study waits, the others and the loop go on
                parts.Log.LogError(e, "forwarding to {Destination} failed unexpectedly", Name);
                RoutingMeter.Sent(Name, SendOutcome.Failed);
                return new(SendOutcome.Failed, e.GetType().Name);
            }
        }
    }

    private async Task StoredAsync(Delivery delivery, SendResult result)
    {
        _failures.TryRemove(delivery.Sequence, out _);
        lock (_one) _stored = parts.Now;
        await parts.Record(parts.Entry(EntryKind.Delivered, EntryOutcome.Success, Name, delivery.Instance, result.Detail), CancellationToken.None);
        Recovered();
    }

    // Refused, damaged, or failed again and again: it concerns this instance alone, and those behind it go on.
    private async Task UnwantedAsync(Delivery delivery, SendResult result, CancellationToken stop)
    {
        _failures.TryRemove(delivery.Sequence, out _);
        DateTimeOffset since = delivery.RefusedSince ?? parts.Now;
        bool givenUp = settings.GiveUpHours > 0 && parts.Now - since >= TimeSpan.FromHours(settings.GiveUpHours);
        // an archive that is full takes nothing at all: for that no instance is given up
        if (result.Outcome == SendOutcome.Failed) lock (_one) givenUp &= _stored >= since;
        if (result.Outcome == SendOutcome.Damaged || givenUp)
        {
            parts.Log.LogError("instance {Sequence} is undeliverable to {Destination}: {Detail}", delivery.Sequence, Name, result.Detail);
            await parts.Record(parts.Entry(EntryKind.Undeliverable, EntryOutcome.SeriousFailure, Name, delivery.Instance, result.Detail), stop);
            return;
        }

        if (delivery.RefusedSince is null)
        {
            parts.Log.LogWarning("{Destination} refuses instance {Sequence}: {Detail}", Name, delivery.Sequence, result.Detail);
            await parts.Record(parts.Entry(EntryKind.DeliveryRefused, EntryOutcome.MinorFailure, Name, delivery.Instance, result.Detail), stop);
        }

        await parts.Registry.PostponeAsync(delivery, parts.Now + _backOff.Slow(), result.Detail, since, stop);
    }

    private async Task FailedAsync(Delivery delivery, SendResult result, CancellationToken stop)
    {
        DateTimeOffset notBefore = parts.Now + _backOff.After(delivery.Attempts + 1);
        if (result.Outcome == SendOutcome.Unreachable)
        {
            lock (_one)
            {
                // studies under way at the same time fail together: that is one failure of the destination
                if (_notBefore <= parts.Now) _notBefore = parts.Now + _backOff.After(++_unreachable);
                notBefore = _notBefore;
            }

            parts.Log.LogWarning("{Destination} cannot be reached: {Detail}", Name, result.Detail);
        }
        else if (delivery.RefusedSince is not null || _failures.AddOrUpdate(delivery.Sequence, 1, (_, count) => count + 1) >= FailuresOfOne)
        {
            await UnwantedAsync(delivery, result, stop);
            return;
        }

        await parts.Registry.PostponeAsync(delivery, notBefore, result.Detail, delivery.RefusedSince, stop);
    }

    private void Reached()
    {
        lock (_one) _unreachable = 0;
    }

    private void Recovered()
    {
        lock (_one) _troubles = 0;
    }

    // While our own journal or database fails nothing may be sent: it could not be recorded, and would be sent again and again.
    private async Task OrOwnTrouble(Func<Task> step, CancellationToken stop)
    {
        try
        {
            await step();
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            parts.Log.LogError(e, "forwarding to {Destination} pauses", Name);
            lock (_one)
            {
                var until = parts.Now + _ownTrouble.After(++_troubles);
                if (until > _notBefore) _notBefore = until;
            }
        }
    }
}
