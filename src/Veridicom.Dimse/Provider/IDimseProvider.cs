namespace Veridicom.Dimse.Provider;

/// <summary>Why an association is rejected (PS3.8-2023b 9.3.4, result permanent or transient).</summary>
public enum AssociationRefusal
{
    /// <summary>Calling AE title not recognised: permanent, by the service user.</summary>
    CallingAeNotRecognised,
    /// <summary>Called AE title not recognised: permanent, by the service user.</summary>
    CalledAeNotRecognised,
    /// <summary>No reason given: permanent, by the service user.</summary>
    NotAdmitted,
    /// <summary>Temporary congestion: transient, by the presentation-related provider.</summary>
    Congestion,
}

/// <summary>What a C-STORE request says of its data set before that comes (PS3.7-2023b 9.3.1.1).</summary>
/// <param name="SopClassUid">Affected SOP Class UID.</param>
/// <param name="SopInstanceUid">Affected SOP Instance UID. From the peer: not to be trusted, not checked against the data set.</param>
/// <param name="TransferSyntaxUid">The one negotiated for the presentation context: the data set comes in it.</param>
/// <param name="MoveOriginatorAe">Move Originator AE title, null where none.</param>
public sealed record StoreHeader(string SopClassUid, string SopInstanceUid, string TransferSyntaxUid, string? MoveOriginatorAe = null);

/// <summary>One instance that a storage commitment names (PS3.4-2023b J.3).</summary>
/// <param name="SopClassUid">Referenced SOP Class UID.</param>
/// <param name="SopInstanceUid">Referenced SOP Instance UID.</param>
public sealed record CommitmentReference(string SopClassUid, string SopInstanceUid);

/// <summary>A reference for which no commitment is given, with the Failure Reason (PS3.3-2023b C.14.1.1): 0112H no such instance, 0119H class and instance conflict, 0110H processing failure.</summary>
public sealed record CommitmentFailure(CommitmentReference Reference, ushort Reason);

/// <summary>A storage commitment asked for: N-ACTION type 1 (PS3.4-2023b J.3.2).</summary>
public sealed record CommitmentRequest(string TransactionUid, IReadOnlyList<CommitmentReference> References);

/// <summary>The outcome: N-EVENT-REPORT, type 1 where nothing failed, else 2 (PS3.4-2023b J.3.3).</summary>
public sealed record CommitmentResult(string TransactionUid, IReadOnlyList<CommitmentReference> Committed, IReadOnlyList<CommitmentFailure> Failed);

/// <summary>What a provider does with what comes over associations. Called by many associations at once, one message at a time for each.</summary>
public interface IDimseProvider
{
    /// <summary>Judges an association request; null admits it. Must be quick.</summary>
    AssociationRefusal? Admit(AssociationPeer peer);

    /// <summary>An admitted association ended, in whatever way. Never throws.</summary>
    void Ended(AssociationPeer peer, bool aborted);

    /// <summary>A C-STORE request: gives what takes its data set.</summary>
    ValueTask<IncomingStore> BeginStoreAsync(AssociationPeer peer, StoreHeader header, CancellationToken stop);

    /// <summary>
    /// A storage commitment request. What is given answers the N-ACTION; success only once the request is durable. Where the result completes
    /// while the association stands, the provider sends the N-EVENT-REPORT on it; where it is null, fails or comes too late, the implementer sends
    /// it later by an association of its own. For each result given <see cref="Reported"/> is called once.
    /// </summary>
    ValueTask<(DimseStatus Status, Task<CommitmentResult>? Result)> RequestCommitmentAsync(AssociationPeer peer, CommitmentRequest request, CancellationToken stop);

    /// <summary>Whether the peer has acknowledged an N-EVENT-REPORT sent on its own association. False: none was sent or acknowledged while that stood, and it must be sent later.</summary>
    void Reported(AssociationPeer peer, string transactionUid, bool acknowledged);

    /// <summary>An N-EVENT-REPORT came in: the result of a commitment that we asked for earlier.</summary>
    ValueTask<DimseStatus> CommitmentReportedAsync(AssociationPeer peer, CommitmentResult result, CancellationToken stop);
}

/// <summary>Takes one data set. <see cref="CompleteAsync"/> or disposal ends it; disposal without completion means that the peer gave up, and nothing stays.</summary>
public abstract class IncomingStore : IAsyncDisposable
{
    /// <summary>The next bytes of the data set, as they came. The memory belongs to the caller again when the task has ended.</summary>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop);

    /// <summary>All has come. Whatever status is stored is stored durably when this returns.</summary>
    public abstract ValueTask<DimseStatus> CompleteAsync(CancellationToken stop);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
