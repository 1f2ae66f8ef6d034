using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Seals.Verify;

namespace Veridicom.Gateway.Intake;

/// <summary>How an instance came.</summary>
public enum ArrivalProtocol
{
    /// <summary>C-STORE.</summary>
    Dimse,
    /// <summary>STOW-RS.</summary>
    Stow,
}

/// <summary>Where an instance comes from: what routes match on beside the instance itself.</summary>
/// <param name="Who">Who sends it, as far as it is proven.</param>
/// <param name="Protocol">How.</param>
/// <param name="CallingAe">Calling AE title, null for HTTP.</param>
/// <param name="CalledAe">Called AE title, null for HTTP.</param>
/// <param name="Why">Purpose that the sender stated, null without one.</param>
/// <param name="Studies">Studies that it may store to, by its grants or by the URL that it stores to; null for any. What belongs to another is <see cref="IntakeOutcome.OtherStudy"/>.</param>
/// <param name="SopClassUid">C-STORE: Affected SOP Class UID; what is of another is refused with A900. Null for any.</param>
/// <param name="SopInstanceUid">C-STORE: Affected SOP Instance UID, likewise.</param>
public sealed record ArrivalSource(Actor Who, ArrivalProtocol Protocol, string? CallingAe, string? CalledAe, string? Why = null, IReadOnlyCollection<string>? Studies = null,
    string? SopClassUid = null, string? SopInstanceUid = null);

/// <summary>What became of an arrival.</summary>
public enum IntakeOutcome
{
    /// <summary>Stored; durable, registered, queued for its destinations.</summary>
    Stored,
    /// <summary>The same instance with the same content is there already.</summary>
    Repeated,
    /// <summary>Stored beside another instance of the same UID with other content.</summary>
    Conflict,
    /// <summary>Stored, held back by policy.</summary>
    Quarantined,
    /// <summary>Not kept: no DICOM, or a class or size that is not taken.</summary>
    Refused,
    /// <summary>Not kept: disk full, database away. The sender may try again.</summary>
    Unavailable,
    /// <summary>Not kept: of a study that is not among <see cref="ArrivalSource.Studies"/>. Decided before anything is stored.</summary>
    OtherStudy,
}

/// <summary>What became of an arrival, for the response to its sender.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Instance">The instance stored, or the one that was there; null for Refused, Unavailable and OtherStudy.</param>
/// <param name="Verdict">Of the stored file.</param>
/// <param name="Reason">Why not <see cref="IntakeOutcome.Stored"/>, for people; no value of an attribute.</param>
/// <param name="Failure">Not kept: the status of C-STORE (PS3.4-2023b B.2.3), which is the Failure Reason of STOW-RS too (PS3.18-2023b 10.5.3). Null: A700 for Unavailable, C000 for Refused.</param>
/// <param name="SopClassUid">Not kept: SOP Class UID, as far as it could be read.</param>
/// <param name="SopInstanceUid">Not kept: SOP Instance UID, likewise.</param>
public sealed record IntakeResult(IntakeOutcome Outcome, StoredInstance? Instance, Verdict? Verdict, string? Reason, ushort? Failure = null, string? SopClassUid = null, string? SopInstanceUid = null);

/// <summary>
/// A PS3.10 file on its way in. Bytes are held in memory up to a limit and in a file of the store's incoming folder beyond it. Written by one
/// caller, then given to <c>IntakeDesk.AcceptAsync</c>; disposal lets go of what it held.
/// </summary>
public abstract class Arrival : IAsyncDisposable
{
    /// <summary>Bytes written.</summary>
    public abstract long Length { get; }

    /// <summary>Appends bytes. The memory belongs to the caller again when the task has ended.</summary>
    /// <exception cref="ArrivalTooLongException">More than one instance may have.</exception>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

/// <summary>More bytes came than one instance may have.</summary>
public sealed class ArrivalTooLongException(long limit) : Exception($"longer than {limit} bytes");
