using Veridicom.Registry.Journal;

namespace Veridicom.Registry;

/// <summary>A journal entry with its place in the chain, and with what the file says that it took in.</summary>
/// <param name="Sequence">From 1, without gaps.</param>
/// <param name="Hash">Hash of the chain at this entry, 64 lower-case hexadecimal digits.</param>
/// <param name="Line">The entry as it stands in the journal: JSON in UTF-8, without line end.</param>
/// <param name="Entry">The same, read.</param>
/// <param name="Attributes">Received: what searches need; null where the file cannot be read.</param>
public sealed record AppliedEntry(long Sequence, string Hash, ReadOnlyMemory<byte> Line, JournalEntry Entry, InstanceAttributes? Attributes);

/// <summary>State of one instance on its way to one destination.</summary>
public enum DeliveryState
{
    /// <summary>To be sent.</summary>
    Waiting,
    /// <summary>The destination said that it stored it; no commitment wanted, or none asked for yet.</summary>
    Delivered,
    /// <summary>A commitment was asked for.</summary>
    CommitmentAsked,
    /// <summary>Committed.</summary>
    Committed,
    /// <summary>Given up; an operator can have it tried again.</summary>
    Undeliverable,
}

/// <summary>One instance for one destination.</summary>
public sealed record Delivery
{
    /// <summary><see cref="StoredInstance.Sequence"/>: also the order within a study.</summary>
    public required long Sequence { get; init; }

    /// <summary>Name of the destination.</summary>
    public required string Destination { get; init; }

    /// <summary>The instance.</summary>
    public required StoredInstance Instance { get; init; }

    /// <summary>State.</summary>
    public required DeliveryState State { get; init; }

    /// <summary>Attempts that failed since it was queued.</summary>
    public required int Attempts { get; init; }

    /// <summary>Not to be tried before this time.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>Transaction UID of the commitment asked for, null where none.</summary>
    public string? TransactionUid { get; init; }

    /// <summary>What the last attempt said.</summary>
    public string? LastError { get; init; }

    /// <summary>Since when the destination has refused this very instance; null where it has not, or where the last attempts did not come so far. Such a delivery holds up no other.</summary>
    public DateTimeOffset? RefusedSince { get; init; }
}

/// <summary>A commitment that a peer asked us for and has not yet had an answer to.</summary>
public sealed record PendingCommitment(long Sequence, string TransactionUid, string CallingAe, DateTimeOffset At, IReadOnlyList<(string SopClassUid, string SopInstanceUid)> References, int Attempts, DateTimeOffset NotBefore);

/// <summary>Number of deliveries of a destination in each state, and the age of the oldest that waits.</summary>
public sealed record DeliveryCount(string Destination, DeliveryState State, long Count, DateTimeOffset? Oldest);

/// <summary>
/// The index of store and journal in a database. Nothing stands only here, but for attempts at delivery and their times: all else comes from
/// <see cref="ApplyAsync"/> and can be made again from journal and files. Safe for use by several threads. Errors of the database are
/// <see cref="RegistryException"/>, which says whether a retry can help.
/// </summary>
public interface IRegistry : IAsyncDisposable
{
    /// <summary>Brings the schema to the newest version: numbered .sql files, each once, in one transaction.</summary>
    Task MigrateAsync(CancellationToken stop);

    /// <summary>Sequence and hash of the newest entry applied; 0 and an empty text for none.</summary>
    Task<(long Sequence, string Hash)> NewestAsync(CancellationToken stop);

    /// <summary>
    /// Applies entries in order, all in one transaction, committed when the task ends. Entries applied before are passed over. A loss of power may take the
    /// last transactions back, whole and from the end, where the database does not flush each: they stand in the journal, which is flushed before.
    /// </summary>
    Task ApplyAsync(IReadOnlyList<AppliedEntry> entries, CancellationToken stop);

    /// <summary>Empties everything, to be rebuilt.</summary>
    Task ClearAsync(CancellationToken stop);

    /// <summary>All instances of a SOP Instance UID, whatever their state, oldest first.</summary>
    Task<IReadOnlyList<StoredInstance>> InstancesAsync(string sopInstanceUid, CancellationToken stop);

    /// <summary>All instances whose file is this object, whatever their state, oldest first.</summary>
    Task<IReadOnlyList<StoredInstance>> InstancesAsync(ObjectDigest digest, CancellationToken stop);

    /// <summary>The instance that an entry took in, null where there is none.</summary>
    Task<StoredInstance?> InstanceAsync(long sequence, CancellationToken stop);

    /// <summary>Instances of a study, or of one series or instance of it, in one state, by sequence, from after <paramref name="after"/> on.</summary>
    Task<IReadOnlyList<StoredInstance>> ListAsync(string studyUid, string? seriesUid, string? sopInstanceUid, InstanceState state, long after, int limit, CancellationToken stop);

    /// <summary>Every instance of one state (null: of any) by sequence, from after <paramref name="after"/> on.</summary>
    Task<IReadOnlyList<StoredInstance>> ListAsync(InstanceState? state, long after, int limit, CancellationToken stop);

    /// <summary>Answers a QIDO-RS search over accepted instances (PS3.18-2023b 10.6).</summary>
    Task<SearchResult> SearchAsync(SearchQuery query, CancellationToken stop);

    /// <summary>
    /// Deliveries that are due, by sequence: for each study the oldest that waits first, and none of a study of which an older one waits for its
    /// time, unless that older one is refused (<see cref="Delivery.RefusedSince"/>).
    /// </summary>
    Task<IReadOnlyList<Delivery>> DueAsync(string destination, DateTimeOffset now, int limit, CancellationToken stop);

    /// <summary>Deliveries of a destination in one state, by sequence, from after <paramref name="after"/> on.</summary>
    Task<IReadOnlyList<Delivery>> DeliveriesAsync(string destination, DeliveryState state, long after, int limit, CancellationToken stop);

    /// <summary>
    /// Puts off one delivery after a failed attempt, and so those of its study behind it, unless <paramref name="refusedSince"/> says that it is
    /// this instance that the destination does not want. One more in <see cref="Delivery.Attempts"/>. Kept in the database only.
    /// </summary>
    Task PostponeAsync(Delivery delivery, DateTimeOffset notBefore, string error, DateTimeOffset? refusedSince, CancellationToken stop);

    /// <summary>Counts for metrics.</summary>
    Task<IReadOnlyList<DeliveryCount>> DeliveryCountsAsync(CancellationToken stop);

    /// <summary>Commitments that peers wait for and that are due.</summary>
    Task<IReadOnlyList<PendingCommitment>> PendingCommitmentsAsync(DateTimeOffset now, int limit, CancellationToken stop);

    /// <summary>Puts one off after a failed attempt at reporting it.</summary>
    Task PostponeAsync(PendingCommitment commitment, DateTimeOffset notBefore, CancellationToken stop);

    /// <summary>Lines of the journal as the registry has them, from after <paramref name="after"/> on.</summary>
    Task<IReadOnlyList<(long Sequence, string Hash, string Line)>> JournalAsync(long after, int limit, CancellationToken stop);

    /// <summary>Numbers of instances by state, for metrics.</summary>
    Task<IReadOnlyDictionary<InstanceState, long>> CountsAsync(CancellationToken stop);
}
