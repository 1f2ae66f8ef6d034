namespace Veridicom.Registry.Journal;

/// <summary>What happened. Every kind is a line of the audit trail; those marked * also change the registry.</summary>
public enum EntryKind
{
    /// <summary>The gateway started.</summary>
    Started,
    /// <summary>The gateway stopped in order.</summary>
    Stopped,
    /// <summary>* An instance was taken in: accepted, quarantined, or in conflict.</summary>
    Received,
    /// <summary>An instance came again with the same content: nothing was stored.</summary>
    Repeated,
    /// <summary>An instance was refused and not kept.</summary>
    Refused,
    /// <summary>* An operator let a quarantined or conflicting instance through.</summary>
    Released,
    /// <summary>* An operator decided against one.</summary>
    Rejected,
    /// <summary>* An instance reached a destination, which said that it stored it.</summary>
    Delivered,
    /// <summary>* A destination refuses an instance for good, or retries were given up; an operator is told.</summary>
    Undeliverable,
    /// <summary>A destination refuses an instance; it is tried again now and then, and those behind it go on.</summary>
    DeliveryRefused,
    /// <summary>* An operator has a destination's deliveries tried again, or only those of StudyUid: undeliverable ones wait again, and all that wait are due at once, without attempts or refusal.</summary>
    DeliveryRetried,
    /// <summary>* A destination was asked to commit to instances that it had stored; Detail has one SOP Instance UID per line.</summary>
    CommitmentAsked,
    /// <summary>* A destination committed to an instance.</summary>
    CommitmentGiven,
    /// <summary>* A destination denied a commitment: the instance is to be delivered again.</summary>
    CommitmentDenied,
    /// <summary>* A peer asked us to commit; Detail has one 'SOP class SOP instance' per line.</summary>
    CommitmentRequested,
    /// <summary>* The peer has acknowledged our answer; not successful: it has no address to be called back, and we gave up after a day.</summary>
    CommitmentReported,
    /// <summary>Somebody searched.</summary>
    Queried,
    /// <summary>Somebody was given images, metadata, pictures or a report.</summary>
    Retrieved,
    /// <summary>Somebody asked for a verdict.</summary>
    Verified,
    /// <summary>Somebody read the audit trail itself.</summary>
    AuditTrailRead,
    /// <summary>Somebody was turned away: unknown AE title, bad token, missing scope, too many requests.</summary>
    Denied,
    /// <summary>A changed setting, a rebuilt registry, a cleared queue: what an operator did.</summary>
    Administered,
    /// <summary>Signed checkpoint over all entries before.</summary>
    Checkpoint,
}

/// <summary>How it came out (PS3.15-2023b A.5.1, Event Outcome Indicator).</summary>
public enum EntryOutcome
{
    /// <summary>0.</summary>
    Success = 0,
    /// <summary>4: a single action failed.</summary>
    MinorFailure = 4,
    /// <summary>8: something needs looking at: a conflict, a quarantine, an undeliverable instance.</summary>
    SeriousFailure = 8,
    /// <summary>12: the service is impaired.</summary>
    MajorFailure = 12,
}

/// <summary>Who did it.</summary>
/// <param name="Name">AE title, subject of token or certificate, name of the destination, or 'gateway'. From outside: escape before showing.</param>
/// <param name="Means">How we know: ae-title, certificate, token, local.</param>
/// <param name="Address">IP address, empty for ourselves.</param>
public sealed record Actor(string Name, string Means, string Address)
{
    /// <summary>The gateway itself.</summary>
    public static Actor Gateway { get; } = new("gateway", "local", "");
}

/// <summary>
/// One line of the journal: who did what, when, why, from where, and what came of it. Members that do not matter to a kind are null. Written
/// as JSON, one line each, chained by hash (spec/audit-trail.md). No pixel data, no secret.
/// </summary>
public sealed record JournalEntry
{
    /// <summary>What happened.</summary>
    public required EntryKind Kind { get; init; }

    /// <summary>When; UTC, milliseconds.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who.</summary>
    public required Actor Who { get; init; }

    /// <summary>How it came out.</summary>
    public EntryOutcome Outcome { get; init; }

    /// <summary>Purpose that the caller stated (header X-Purpose-Of-Use), or the rule by which the gateway acted.</summary>
    public string? Why { get; init; }

    /// <summary>Study Instance UID.</summary>
    public string? StudyUid { get; init; }

    /// <summary>Series Instance UID.</summary>
    public string? SeriesUid { get; init; }

    /// <summary>SOP Instance UID.</summary>
    public string? SopInstanceUid { get; init; }

    /// <summary>SOP Class UID.</summary>
    public string? SopClassUid { get; init; }

    /// <summary>Patient ID: audit messages must name the patient (PS3.15-2023b A.5.3).</summary>
    public string? PatientId { get; init; }

    /// <summary>Number of instances concerned, where more than one.</summary>
    public int? Instances { get; init; }

    /// <summary>Released, Rejected: sequence of the entry that took in the instance decided on.</summary>
    public long? Instance { get; init; }

    /// <summary>The stored file.</summary>
    public ObjectDigest? Object { get; init; }

    /// <summary>Its length in bytes.</summary>
    public long? Size { get; init; }

    /// <summary>Transfer Syntax UID.</summary>
    public string? TransferSyntaxUid { get; init; }

    /// <summary><see cref="StoredInstance.ContentDigest"/>.</summary>
    public string? ContentDigest { get; init; }

    /// <summary>Received, Released, Rejected: the state from now on.</summary>
    public InstanceState? State { get; init; }

    /// <summary>Name of the route.</summary>
    public string? Route { get; init; }

    /// <summary>Word of the verdict (spec/verdict.md).</summary>
    public string? Verdict { get; init; }

    /// <summary>Identity of the newest seal.</summary>
    public string? SealIdentity { get; init; }

    /// <summary>Received and Released: names of the destinations to which it is to be forwarded.</summary>
    public IReadOnlyList<string>? Destinations { get; init; }

    /// <summary>Delivered and the like: the destination.</summary>
    public string? Destination { get; init; }

    /// <summary>Transaction UID of a storage commitment.</summary>
    public string? TransactionUid { get; init; }

    /// <summary>For people, or as the kind says. No value of an attribute other than UIDs.</summary>
    public string? Detail { get; init; }
}
