using Veridicom.Registry;
using Veridicom.Registry.Journal;

namespace Veridicom.Tests.Registry;

/// <summary>The lines of a journal in memory, as far as the vault needs a registry; it can be told to fail, before or after it did its work.</summary>
internal sealed class MemoryRegistry : IRegistry
{
    private readonly Lock _gate = new();
    private readonly List<AppliedEntry> _entries = [];

    /// <summary>Called with the number of the call (from 1) before anything is applied; may throw.</summary>
    public Action<int>? Before { get; set; }

    /// <summary>Called after everything was applied; may throw: done, but reported lost.</summary>
    public Action<int>? After { get; set; }

    /// <summary>Calls of <see cref="ApplyAsync"/>.</summary>
    public int Calls { get; private set; }

    /// <summary>What was applied.</summary>
    public IReadOnlyList<AppliedEntry> Entries
    {
        get
        {
            lock (_gate) return [.. _entries];
        }
    }

    public Task ApplyAsync(IReadOnlyList<AppliedEntry> entries, CancellationToken stop)
    {
        int call;
        lock (_gate) call = ++Calls;
        Before?.Invoke(call);
        lock (_gate)
        {
            foreach (AppliedEntry entry in entries)
            {
                if (entry.Sequence <= _entries.Count) continue;
                if (entry.Sequence != _entries.Count + 1) throw new InvalidOperationException($"entry {entry.Sequence} after {_entries.Count}");
                _entries.Add(entry);
            }
        }
        After?.Invoke(call);
        return Task.CompletedTask;
    }

    public Task<(long Sequence, string Hash)> NewestAsync(CancellationToken stop)
    {
        lock (_gate) return Task.FromResult(_entries.Count == 0 ? (0L, "") : (_entries[^1].Sequence, _entries[^1].Hash));
    }

    public Task<IReadOnlyList<(long Sequence, string Hash, string Line)>> JournalAsync(long after, int limit, CancellationToken stop)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<(long, string, string)>>(
                [.. _entries.Where(e => e.Sequence > after).Take(limit).Select(e => (e.Sequence, e.Hash, System.Text.Encoding.UTF8.GetString(e.Line.Span)))]);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static NotSupportedException NotAsked() => new("the vault does not ask this");

    public Task MigrateAsync(CancellationToken stop) => throw NotAsked();
    public Task ClearAsync(CancellationToken stop) => throw NotAsked();
    public Task<IReadOnlyList<StoredInstance>> InstancesAsync(string sopInstanceUid, CancellationToken stop) => throw NotAsked();
    public Task<IReadOnlyList<StoredInstance>> InstancesAsync(ObjectDigest digest, CancellationToken stop) => throw NotAsked();
    public Task<StoredInstance?> InstanceAsync(long sequence, CancellationToken stop) => throw NotAsked();
    public Task<IReadOnlyList<StoredInstance>> ListAsync(string studyUid, string? seriesUid, string? sopInstanceUid, InstanceState state, long after, int limit, CancellationToken stop) => throw NotAsked();
    public Task<IReadOnlyList<StoredInstance>> ListAsync(InstanceState? state, long after, int limit, CancellationToken stop) => throw NotAsked();
    public Task<SearchResult> SearchAsync(SearchQuery query, CancellationToken stop) => throw NotAsked();
    public Task<IReadOnlyList<Delivery>> DueAsync(string destination, DateTimeOffset now, int limit, CancellationToken stop) => throw NotAsked();
    public Task<IReadOnlyList<Delivery>> DeliveriesAsync(string destination, DeliveryState state, long after, int limit, CancellationToken stop) => throw NotAsked();
    public Task PostponeAsync(Delivery delivery, DateTimeOffset notBefore, string error, DateTimeOffset? refusedSince, CancellationToken stop) => throw NotAsked();
    public Task<IReadOnlyList<DeliveryCount>> DeliveryCountsAsync(CancellationToken stop) => throw NotAsked();
    public Task<IReadOnlyList<PendingCommitment>> PendingCommitmentsAsync(DateTimeOffset now, int limit, CancellationToken stop) => throw NotAsked();
    public Task PostponeAsync(PendingCommitment commitment, DateTimeOffset notBefore, CancellationToken stop) => throw NotAsked();
    public Task<IReadOnlyDictionary<InstanceState, long>> CountsAsync(CancellationToken stop) => throw NotAsked();
}
