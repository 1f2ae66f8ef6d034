using System.Text;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Seals.Verify;

namespace Veridicom.Tests.Gateway.Routing;

/// <summary>A registry in memory that knows deliveries and lines only, by the rules of IRegistry, and can fail on demand.</summary>
internal sealed class QueueRegistry(TimeProvider clock) : IRegistry
{
    private readonly Lock _one = new();
    private readonly List<Delivery> _deliveries = [];
    private readonly List<(long Sequence, string Hash, string Line)> _lines = [];
    private long _sequence;

    /// <summary>Throws where recording is to fail.</summary>
    public Action<JournalEntry> BeforeRecord { get; set; } = _ => { };

    /// <summary>After an entry was applied.</summary>
    public Action<AppliedEntry> Recorded { get; set; } = _ => { };

    public List<(Delivery Delivery, TimeSpan Wait, string Error, DateTimeOffset? RefusedSince)> Postponed { get; } = [];

    public IReadOnlyList<JournalEntry> Entries
    {
        get
        {
            lock (_one) return [.. _lines.Select(line => JournalText.Read(Encoding.UTF8.GetBytes(line.Line)).Entry)];
        }
    }

    public IReadOnlyList<Delivery> Deliveries
    {
        get
        {
            lock (_one) return [.. _deliveries];
        }
    }

    public int Count(EntryKind kind) => Entries.Count(entry => entry.Kind == kind);

    public bool All(DeliveryState state) => Deliveries.All(one => one.State == state);

    /// <summary>An accepted instance for some destinations.</summary>
    public StoredInstance Receive(string study, string instance, params string[] destinations) => Receive(study, instance, ObjectDigest.Of(new byte[32]), destinations);

    public StoredInstance Receive(string study, string instance, ObjectDigest stored, params string[] destinations)
    {
        AppliedEntry applied = Record(new JournalEntry
        {
            Kind = EntryKind.Received, At = clock.GetUtcNow(), Who = Actor.Gateway, StudyUid = study, SeriesUid = study + ".1", SopInstanceUid = instance, SopClassUid = "1.2.840.10008.5.1.4.1.1.2",
            PatientId = "SECRET-PATIENT", Object = stored, State = InstanceState.Accepted, Route = "main", Verdict = "authentic", Destinations = destinations,
        });
        return Deliveries.First(one => one.Sequence == applied.Sequence).Instance;
    }

    public async Task<AppliedEntry> RecordAsync(JournalEntry entry, CancellationToken stop)
    {
        await Task.Yield();
        return Record(entry);
    }

    private AppliedEntry Record(JournalEntry entry)
    {
        BeforeRecord(entry);
        AppliedEntry applied;
        lock (_one)
        {
            long sequence = ++_sequence;
            byte[] line = JournalText.Write(sequence, entry);
            _lines.Add((sequence, "", Encoding.UTF8.GetString(line)));
            Apply(sequence, entry);
            applied = new AppliedEntry(sequence, "", line, entry, null);
        }

        Recorded(applied);
        return applied;
    }

    private void Apply(long sequence, JournalEntry entry)
    {
        switch (entry.Kind)
        {
            case EntryKind.Received:
                var instance = new StoredInstance
                {
                    Sequence = sequence, StudyUid = entry.StudyUid!, SeriesUid = entry.SeriesUid!, SopInstanceUid = entry.SopInstanceUid!, SopClassUid = entry.SopClassUid!,
                    TransferSyntaxUid = "1.2.840.10008.1.2.1", Object = entry.Object!.Value, Size = 1, ContentDigest = "", State = InstanceState.Accepted, ReceivedAt = entry.At, ReceivedFrom = "CT",
                    Route = "main", Verdict = VerdictKind.Authentic,
                };
                _deliveries.AddRange((entry.Destinations ?? []).Select(name => new Delivery
                {
                    Sequence = sequence, Destination = name, Instance = instance, State = DeliveryState.Waiting, Attempts = 0, NotBefore = DateTimeOffset.MinValue,
                }));
                break;
            case EntryKind.Delivered:
                Change(entry, one => one with { State = DeliveryState.Delivered });
                break;
            case EntryKind.Undeliverable:
                Change(entry, one => one with { State = DeliveryState.Undeliverable });
                break;
            case EntryKind.CommitmentGiven:
                Change(entry, one => one with { State = DeliveryState.Committed });
                break;
            case EntryKind.CommitmentDenied:
                Change(entry, one => one with { State = DeliveryState.Waiting, Attempts = 0, TransactionUid = null });
                break;
            case EntryKind.CommitmentAsked:
                foreach (string uid in entry.Detail!.Split('\n')) Change(entry with { SopInstanceUid = uid }, one => one with { State = DeliveryState.CommitmentAsked, TransactionUid = entry.TransactionUid });
                break;
            case EntryKind.DeliveryRetried:
                for (int i = 0; i < _deliveries.Count; i++)
                {
                    Delivery one = _deliveries[i];
                    if (one.Destination == entry.Destination && one.State is DeliveryState.Waiting or DeliveryState.Undeliverable)
                        _deliveries[i] = one with { State = DeliveryState.Waiting, Attempts = 0, NotBefore = DateTimeOffset.MinValue, RefusedSince = null };
                }

                break;
        }
    }

    private void Change(JournalEntry entry, Func<Delivery, Delivery> change)
    {
        for (int i = 0; i < _deliveries.Count; i++)
        {
            if (_deliveries[i].Destination == entry.Destination && _deliveries[i].Instance.SopInstanceUid == entry.SopInstanceUid) _deliveries[i] = change(_deliveries[i]);
        }
    }

    public Task<IReadOnlyList<Delivery>> DueAsync(string destination, DateTimeOffset now, int limit, CancellationToken stop)
    {
        lock (_one)
        {
            var waiting = _deliveries.Where(one => one.Destination == destination && one.State == DeliveryState.Waiting).OrderBy(one => one.Sequence).ToList();
            var held = new HashSet<string>();
            var due = new List<Delivery>();
            foreach (Delivery one in waiting)
            {
                if (one.NotBefore > now && one.RefusedSince is null) held.Add(one.Instance.StudyUid);
                else if (one.NotBefore <= now && !held.Contains(one.Instance.StudyUid) && due.Count < limit) due.Add(one);
            }

            return Task.FromResult<IReadOnlyList<Delivery>>(due);
        }
    }

    public Task<IReadOnlyList<Delivery>> DeliveriesAsync(string destination, DeliveryState state, long after, int limit, CancellationToken stop)
    {
        lock (_one)
        {
            return Task.FromResult<IReadOnlyList<Delivery>>(
                [.. _deliveries.Where(one => one.Destination == destination && one.State == state && one.Sequence > after).OrderBy(one => one.Sequence).Take(limit)]);
        }
    }

    public Task PostponeAsync(Delivery delivery, DateTimeOffset notBefore, string error, DateTimeOffset? refusedSince, CancellationToken stop)
    {
        lock (_one)
        {
            Postponed.Add((delivery, notBefore - clock.GetUtcNow(), error, refusedSince));
            int index = _deliveries.FindIndex(one => one.Sequence == delivery.Sequence && one.Destination == delivery.Destination);
            _deliveries[index] = _deliveries[index] with { NotBefore = notBefore, LastError = error, RefusedSince = refusedSince, Attempts = _deliveries[index].Attempts + 1 };
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<(long Sequence, string Hash, string Line)>> JournalAsync(long after, int limit, CancellationToken stop)
    {
        lock (_one) return Task.FromResult<IReadOnlyList<(long, string, string)>>([.. _lines.Where(line => line.Sequence > after).Take(limit)]);
    }

    public Task<(long Sequence, string Hash)> NewestAsync(CancellationToken stop)
    {
        lock (_one) return Task.FromResult((_sequence, ""));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // Forwarding asks for nothing else.
    public Task MigrateAsync(CancellationToken stop) => throw new NotSupportedException();
    public Task ApplyAsync(IReadOnlyList<AppliedEntry> entries, CancellationToken stop) => throw new NotSupportedException();
    public Task ClearAsync(CancellationToken stop) => throw new NotSupportedException();
    public Task<IReadOnlyList<StoredInstance>> InstancesAsync(ObjectDigest digest, CancellationToken stop) => throw new NotSupportedException();

    public Task<IReadOnlyList<StoredInstance>> InstancesAsync(string sopInstanceUid, CancellationToken stop) => throw new NotSupportedException();
    public Task<StoredInstance?> InstanceAsync(long sequence, CancellationToken stop) => throw new NotSupportedException();
    public Task<IReadOnlyList<StoredInstance>> ListAsync(string studyUid, string? seriesUid, string? sopInstanceUid, InstanceState state, long after, int limit, CancellationToken stop) => throw new NotSupportedException();
    public Task<IReadOnlyList<StoredInstance>> ListAsync(InstanceState? state, long after, int limit, CancellationToken stop) => throw new NotSupportedException();
    public Task<SearchResult> SearchAsync(SearchQuery query, CancellationToken stop) => throw new NotSupportedException();
    public Task<IReadOnlyList<DeliveryCount>> DeliveryCountsAsync(CancellationToken stop) => throw new NotSupportedException();

    /// <summary>A commitment that a peer asked of us, until it is reported.</summary>
    public PendingCommitment? Owed { get; set; }

    public Task<IReadOnlyList<PendingCommitment>> PendingCommitmentsAsync(DateTimeOffset now, int limit, CancellationToken stop) =>
        Task.FromResult<IReadOnlyList<PendingCommitment>>(Owed is { } owed && owed.NotBefore <= now && Count(EntryKind.CommitmentReported) == 0 ? [owed] : []);

    public Task PostponeAsync(PendingCommitment commitment, DateTimeOffset notBefore, CancellationToken stop)
    {
        Owed = commitment with { NotBefore = notBefore, Attempts = commitment.Attempts + 1 };
        return Task.CompletedTask;
    }

    public Task<IReadOnlyDictionary<InstanceState, long>> CountsAsync(CancellationToken stop) => throw new NotSupportedException();
}
