using Veridicom.Seals.Verify;

namespace Veridicom.Registry;

/// <summary>What stands behind a stored instance.</summary>
public enum InstanceState
{
    /// <summary>Shown, searched and forwarded.</summary>
    Accepted,
    /// <summary>Another instance with its UID and other content was there first: both are kept, this one is not shown as the image and not forwarded.</summary>
    Conflict,
    /// <summary>Held back by policy, or unreadable.</summary>
    Quarantined,
    /// <summary>Was quarantined or in conflict; an operator decided against it. The bytes stay.</summary>
    Rejected,
}

/// <summary>An instance in the store. A row of the registry; every member can be read again from the journal and the stored file.</summary>
public sealed record StoredInstance
{
    /// <summary>Sequence number of the journal entry that took it in: unique, rising with time.</summary>
    public required long Sequence { get; init; }

    /// <summary>Study Instance UID; empty where the file has none or cannot be read (quarantined).</summary>
    public required string StudyUid { get; init; }

    /// <summary>Series Instance UID; may be empty likewise.</summary>
    public required string SeriesUid { get; init; }

    /// <summary>SOP Instance UID; may be empty likewise.</summary>
    public required string SopInstanceUid { get; init; }

    /// <summary>SOP Class UID; may be empty likewise.</summary>
    public required string SopClassUid { get; init; }

    /// <summary>Transfer Syntax UID of the stored file.</summary>
    public required string TransferSyntaxUid { get; init; }

    /// <summary>The stored file: PS3.10, with the seal where one was made.</summary>
    public required ObjectDigest Object { get; init; }

    /// <summary>Its length in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>SHA-256 over transfer syntax and data set as they arrived, lower-case hexadecimal: the same instance sent again has the same.</summary>
    public required string ContentDigest { get; init; }

    /// <summary>State.</summary>
    public required InstanceState State { get; init; }

    /// <summary>When it was taken in.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>From whom: AE title or name of the caller.</summary>
    public required string ReceivedFrom { get; init; }

    /// <summary>Name of the route that decided.</summary>
    public required string Route { get; init; }

    /// <summary>Verdict on the stored file when it was taken in.</summary>
    public required VerdictKind Verdict { get; init; }

    /// <summary>Identity of its newest seal, lower-case hexadecimal; null without one.</summary>
    public string? SealIdentity { get; init; }
}
