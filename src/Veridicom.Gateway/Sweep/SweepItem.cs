using Veridicom.Dicom;
using Veridicom.Gateway.Intake;

namespace Veridicom.Gateway.Sweep;

/// <summary>One instance of an archive that is swept.</summary>
/// <param name="Key">What tells it from every other one of the same archive, the same in every run. Kept in the state of the sweep.</param>
/// <param name="Name">Under which results speak of it: URL or file.</param>
public record SweepItem(string Key, string Name);

/// <summary>Why an archive did not give or take something.</summary>
public enum SweepTrouble
{
    /// <summary>No connection, or none that lasted.</summary>
    Unreachable,
    /// <summary>The archive asks for patience, or failed this time.</summary>
    Busy,
    /// <summary>It is not there any more.</summary>
    Gone,
    /// <summary>It answered something that is no answer to what was asked.</summary>
    Nonsense,
    /// <summary>It does not do that for this instance.</summary>
    Refused,
    /// <summary>We may not, or it is not trusted: nothing else will go better.</summary>
    Denied,
}

/// <summary>An archive did not give or take something. The message is ours: of the archive it holds numbers only.</summary>
public sealed class SweepException(SweepTrouble trouble, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Why.</summary>
    public SweepTrouble Trouble { get; } = trouble;

    /// <summary>How long the archive asks us to wait; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>True where the same may go well in a moment.</summary>
    public bool CanRetry => Trouble is SweepTrouble.Unreachable or SweepTrouble.Busy;
}

/// <summary>An archive somewhere else. Implemented over DICOMweb and over Orthanc's own interface. Safe for several calls at once.</summary>
public interface IRemoteArchive : IDisposable
{
    /// <summary>
    /// Its instances that the state does not have yet, as they are found. Where the archive tells of what it receives: until that has been gone through, or, if
    /// following, without end.
    /// </summary>
    /// <exception cref="SweepException">The listing cannot go on; what was given so far counts.</exception>
    IAsyncEnumerable<SweepItem> ListAsync(SweepState state, bool follow, CancellationToken stop);

    /// <summary>The bytes of one, as the archive has them.</summary>
    /// <exception cref="SweepException">It was not to be had.</exception>
    Task<Spool> FetchAsync(SweepItem item, CancellationToken stop);

    /// <summary>True where these bytes are the instance that was asked for: an archive could answer with another one whose seal is intact.</summary>
    bool IsAnswer(SweepItem item, DicomFile file);

    /// <summary>Puts another form of the same instance in its place.</summary>
    /// <exception cref="SweepException">The archive did not take it.</exception>
    Task StoreAsync(SweepItem item, ByteSource file, CancellationToken stop);
}
