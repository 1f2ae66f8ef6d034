using System.Collections.Concurrent;
using Veridicom.Dimse;
using Veridicom.Dimse.Provider;

namespace Veridicom.Testing;

/// <summary>One data set that came in whole.</summary>
public sealed record CollectedStore(AssociationPeer Peer, StoreHeader Header, byte[] Bytes);

/// <summary>A provider for tests: admits everybody, keeps what comes in memory, counts what does not come whole. Each behaviour can be changed.</summary>
public sealed class CollectingProvider : IDimseProvider
{
    private int admitted, ended, aborted, begun, abandoned, open;

    /// <summary>Data sets completed, in order of completion.</summary>
    public ConcurrentQueue<CollectedStore> Stores { get; } = new();

    /// <summary>Storage commitments asked for.</summary>
    public ConcurrentQueue<CommitmentRequest> Requests { get; } = new();

    /// <summary>Results that were reported to us.</summary>
    public ConcurrentQueue<CommitmentResult> Results { get; } = new();

    /// <summary>Results that we promised: transaction, whether the peer acknowledged them.</summary>
    public ConcurrentQueue<(string Transaction, bool Acknowledged)> Reports { get; } = new();

    /// <summary>Associations admitted.</summary>
    public int Admitted => Volatile.Read(ref admitted);

    /// <summary>Associations that ended, of those admitted.</summary>
    public int Ended => Volatile.Read(ref ended);

    /// <summary>Of these, by abort.</summary>
    public int Aborted => Volatile.Read(ref aborted);

    /// <summary>Stores begun.</summary>
    public int Begun => Volatile.Read(ref begun);

    /// <summary>Stores disposed of without completion.</summary>
    public int Abandoned => Volatile.Read(ref abandoned);

    /// <summary>Stores begun and not disposed of.</summary>
    public int Open => Volatile.Read(ref open);

    /// <summary>Judges requests; null admits all.</summary>
    public Func<AssociationPeer, AssociationRefusal?>? Judge { get; init; }

    /// <summary>Awaited at each write; may throw.</summary>
    public Func<CollectedStore, long, ValueTask>? Writing { get; init; }

    /// <summary>Gives the status of a completed store; may throw. Null: success.</summary>
    public Func<CollectedStore, ValueTask<DimseStatus>>? Completing { get; init; }

    /// <summary>Gives what a commitment comes to; null refuses each.</summary>
    public Func<CommitmentRequest, Task<CommitmentResult>>? Commit { get; init; }

    /// <summary>False forgets the bytes.</summary>
    public bool Keep { get; init; } = true;

    public AssociationRefusal? Admit(AssociationPeer peer)
    {
        if (Judge?.Invoke(peer) is { } refusal) return refusal;
        Interlocked.Increment(ref admitted);
        return null;
    }

    void IDimseProvider.Ended(AssociationPeer peer, bool aborted)
    {
        if (aborted) Interlocked.Increment(ref this.aborted);
        Interlocked.Increment(ref ended);
    }

    public ValueTask<IncomingStore> BeginStoreAsync(AssociationPeer peer, StoreHeader header, CancellationToken stop)
    {
        Interlocked.Increment(ref begun);
        Interlocked.Increment(ref open);
        return new(new Incoming(this, peer, header));
    }

    public ValueTask<(DimseStatus Status, Task<CommitmentResult>? Result)> RequestCommitmentAsync(AssociationPeer peer, CommitmentRequest request, CancellationToken stop)
    {
        Requests.Enqueue(request);
        Task<CommitmentResult>? result = Commit?.Invoke(request);
        return new((result is null ? new DimseStatus(0x0110) : DimseStatus.Success, result));
    }

    public void Reported(AssociationPeer peer, string transactionUid, bool acknowledged) => Reports.Enqueue((transactionUid, acknowledged));

    public ValueTask<DimseStatus> CommitmentReportedAsync(AssociationPeer peer, CommitmentResult result, CancellationToken stop)
    {
        Results.Enqueue(result);
        return new(DimseStatus.Success);
    }

    private sealed class Incoming(CollectingProvider owner, AssociationPeer peer, StoreHeader header) : IncomingStore
    {
        private readonly MemoryStream bytes = new();
        private readonly CollectedStore unfinished = new(peer, header, []);
        private long count;
        private bool completed;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> fragment, CancellationToken stop)
        {
            if (owner.Writing is { } writing) await writing(unfinished, count);
            count += fragment.Length;
            if (owner.Keep) bytes.Write(fragment.Span);
        }

        public override async ValueTask<DimseStatus> CompleteAsync(CancellationToken stop)
        {
            completed = true;
            CollectedStore whole = unfinished with { Bytes = bytes.ToArray() };
            DimseStatus status = owner.Completing is { } completing ? await completing(whole) : DimseStatus.Success;
            if (status.IsStored) owner.Stores.Enqueue(whole);
            return status;
        }

        public override ValueTask DisposeAsync()
        {
            if (!completed) Interlocked.Increment(ref owner.abandoned);
            Interlocked.Decrement(ref owner.open);
            return ValueTask.CompletedTask;
        }
    }
}
