using Microsoft.Extensions.Logging;
using Veridicom.Dimse.Provider;
using Veridicom.Gateway.Configuration;
using Veridicom.Registry;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.Routing;

/// <summary>How a destination took a request for commitment.</summary>
/// <param name="Accepted">It answered the N-ACTION with success.</param>
/// <param name="Detail">Status or cause in a few words of our own.</param>
/// <param name="Result">Its result, where that came over the same association; null where it comes later.</param>
internal sealed record AskOutcome(bool Accepted, string Detail, CommitmentResult? Result);

/// <summary>Asks a destination to commit: one N-ACTION (PS3.4-2023b J.3.2). Implemented over an association, and by tests.</summary>
internal interface ICommitmentOutlet
{
    /// <summary>Asks, and waits a short while for the result. Faults of the network are outcomes.</summary>
    Task<AskOutcome> AskAsync(CommitmentRequest request, CancellationToken stop);
}

/// <summary>
/// Has one destination commit to what it said it stored: a study is asked for when nothing more of it was delivered for a while; asked for anew, under
/// a new transaction, where the request failed or no answer came in time.
/// </summary>
internal sealed class CommitmentAsking(DestinationSettings settings, RoutingParts parts, CommitmentLedger ledger, ICommitmentOutlet outlet)
{
    /// <summary>References in one request: what archives are known to take.</summary>
    public const int MostReferences = 1000;

    // A destination that never answers must not fill our memory: no more is asked until some of it is answered.
    private const int MostOpen = 100;

    private static readonly TimeSpan LongestRound = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(1);

    private readonly TimeSpan _quiet = TimeSpan.FromSeconds(settings.QuietSeconds);
    private readonly TimeSpan _anew = TimeSpan.FromHours(settings.CommitmentHours);
    private readonly BackOff _backOff = new(TimeSpan.FromSeconds(settings.RetrySeconds), TimeSpan.FromSeconds(settings.MostRetrySeconds), parts.Chance);
    private readonly BackOff _ownTrouble = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), parts.Chance);
    private readonly Dictionary<string, DateTimeOffset> _delivered = new(StringComparer.Ordinal); // by study: when something was delivered last
    private readonly Dictionary<long, (int Times, DateTimeOffset NotBefore)> _denied = []; // by instance
    private readonly Lock _one = new();
    private bool _something = true;
    private int _failures;

    /// <summary>An instance of a study was delivered. Never blocks.</summary>
    public void Delivered(string studyUid)
    {
        lock (_one) (_delivered[studyUid], _something) = (parts.Now, true);
    }

    /// <summary>An instance was denied: it is delivered again, and asked for after a time that grows.</summary>
    public void Denied(StoredInstance instance)
    {
        lock (_one)
        {
            int times = _denied.GetValueOrDefault(instance.Sequence).Times + 1;
            _denied[instance.Sequence] = (times, parts.Now + _backOff.After(times));
        }
    }

    /// <summary>Runs until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        // How long an answer is waited for to what was asked without our knowing: before the last start it was asked; null where ledger and database agree.
        TimeSpan? unknown = _anew;
        int troubles = 0;
        while (!stop.IsCancellationRequested)
        {
            TimeSpan pause = _quiet < LongestRound ? TimeSpan.FromSeconds(Math.Max(_quiet.TotalSeconds, 0.2)) : LongestRound;
            try
            {
                parts.EnsureCurrent();
                if (ledger.TakeDoubt(settings.Name)) unknown ??= TimeSpan.Zero;
                if (unknown is { } wait) await RestoreAsync(wait, stop);
                unknown = null;
                if (!await AskAllAsync(stop)) pause = _backOff.After(++_failures);
                troubles = 0;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                parts.Log.LogError(e, "storage commitment of {Destination} pauses", settings.Name);
                // what could not be recorded in time may be recorded all the same, without having been asked
                unknown ??= TimeSpan.Zero;
                Later(false);
                pause = _ownTrouble.After(++troubles);
            }

            await Task.Delay(pause, parts.Clock, stop).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    // The ledger becomes what the database says. To what was asked for before the last start the answer may still come: the time in which it is waited for begins anew.
    private async Task RestoreAsync(TimeSpan wait, CancellationToken stop)
    {
        var known = ledger.Of(settings.Name).ToDictionary(one => one.Uid, StringComparer.Ordinal);
        var all = new List<Delivery>();
        await foreach (Delivery one in PagesAsync(DeliveryState.CommitmentAsked, stop)) all.Add(one);
        foreach (var group in all.GroupBy(one => one.TransactionUid, StringComparer.Ordinal))
        {
            if (group.Key is not null && known.Remove(group.Key, out Transaction? open))
            {
                // what the database no longer lists is answered
                HashSet<string> unanswered = [.. group.Select(one => one.Instance.SopInstanceUid)];
                foreach (StoredInstance one in open.Open.Where(one => !unanswered.Contains(one.SopInstanceUid))) open.Close(one);
                continue;
            }

            ledger.Add(settings, new Transaction(group.Key ?? Transaction.NewUid(), group.Select(one => one.Instance), group.Key is null ? parts.Now : parts.Now + wait));
        }

        foreach (string uid in known.Keys) ledger.Forget(uid, settings.Name);
    }

    // False where a request failed: the others would fail too.
    private async Task<bool> AskAllAsync(CancellationToken stop)
    {
        foreach (Transaction late in ledger.Of(settings.Name).Where(one => one.AskedAnewAt <= parts.Now))
        {
            parts.Log.LogWarning("{Destination} has not answered a storage commitment over {Count} instances: it is asked for anew", settings.Name, late.Open.Count);
            if (!await AskAsync(late.Open, late, stop)) return false;
        }

        if (!TakeSomething()) return true;
        var next = new List<StoredInstance>();
        bool all = true;
        await foreach (Delivery one in PagesAsync(DeliveryState.Delivered, stop))
        {
            if (!IsQuiet(one.Instance))
            {
                all = false;
                continue;
            }

            next.Add(one.Instance);
            if (next.Count < MostReferences) continue;
            if (!await AskIfRoomAsync(next, stop)) return Later(ledger.Of(settings.Name).Count >= MostOpen);
            next.Clear();
        }

        if (next.Count > 0 && !await AskIfRoomAsync(next, stop)) return Later(ledger.Of(settings.Name).Count >= MostOpen);
        if (!all) Later(false);
        return true;
    }

    private async Task<bool> AskIfRoomAsync(List<StoredInstance> instances, CancellationToken stop) =>
        ledger.Of(settings.Name).Count < MostOpen && await AskAsync([.. instances], instead: null, stop);

    private async Task<bool> AskAsync(IReadOnlyList<StoredInstance> instances, Transaction? instead, CancellationToken stop)
    {
        var transaction = new Transaction(Transaction.NewUid(), instances, parts.Now + _anew);
        IReadOnlyList<StoredInstance> asked = transaction.Open;
        // recorded before it is sent: the answer may come after a crash
        await parts.Record(new JournalEntry
        {
            Kind = EntryKind.CommitmentAsked,
            At = parts.Now,
            Who = Actor.Gateway,
            Destination = settings.Name,
            TransactionUid = transaction.Uid,
            Instances = asked.Count,
            Detail = string.Join('\n', asked.Select(one => one.SopInstanceUid)),
        }, stop);
        ledger.Add(settings, transaction);
        if (instead is not null) ledger.Withdraw(instead);
        RoutingMeter.Commitment(settings.Name, "asked", asked.Count);
        AskOutcome outcome = await outlet.AskAsync(transaction.Request(), stop);
        // one that came over the same association is not sent again
        if (outcome.Result is { } result && (await ledger.AnsweredAsync(settings.Name, result, stop)).Code != 0) transaction.AskedAnewAt = parts.Now;
        if (outcome.Accepted || outcome.Result is not null)
        {
            _failures = 0;
            return true;
        }

        parts.Log.LogWarning("{Destination} could not be asked for storage commitment: {Detail}", settings.Name, outcome.Detail);
        RoutingMeter.Commitment(settings.Name, "failed", asked.Count);
        transaction.AskedAnewAt = parts.Now;
        return false;
    }

    private async IAsyncEnumerable<Delivery> PagesAsync(DeliveryState state, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        for (long after = 0; ;)
        {
            var page = await parts.Registry.DeliveriesAsync(settings.Name, state, after, MostReferences, stop);
            foreach (Delivery one in page) yield return one;
            if (page.Count < MostReferences) yield break;
            after = page[^1].Sequence;
        }
    }

    private bool TakeSomething()
    {
        lock (_one)
        {
            bool something = _something;
            _something = false;
            return something;
        }
    }

    private bool Later(bool result)
    {
        lock (_one) _something = true;
        return result;
    }

    private bool IsQuiet(StoredInstance instance)
    {
        lock (_one)
        {
            if (_denied.TryGetValue(instance.Sequence, out var denied))
            {
                if (denied.NotBefore > parts.Now) return false;
                if (denied.NotBefore < parts.Now - Forgotten) _denied.Remove(instance.Sequence);
            }

            if (!_delivered.TryGetValue(instance.StudyUid, out DateTimeOffset at)) return true;
            if (parts.Now - at < _quiet) return false;
            _delivered.Remove(instance.StudyUid);
            return true;
        }
    }
}
