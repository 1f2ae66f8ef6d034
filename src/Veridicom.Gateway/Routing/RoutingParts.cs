using Microsoft.Extensions.Logging;
using Veridicom.Registry;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.Routing;

/// <summary>Writes an entry: durable in journal and database when the task ends.</summary>
public delegate Task<AppliedEntry> RecordEntry(JournalEntry entry, CancellationToken stop);

/// <summary>What everything that forwards stands on.</summary>
/// <param name="Registry">Read, and told of attempts.</param>
/// <param name="Record">Writes what was delivered.</param>
/// <param name="EnsureCurrent">Throws while the registry does not know all that is in the journal.</param>
/// <param name="Clock">Time.</param>
/// <param name="Chance">For jitter only.</param>
/// <param name="Log">For operators; no attribute of an image, no text of a peer.</param>
internal sealed record RoutingParts(IRegistry Registry, RecordEntry Record, Action EnsureCurrent, TimeProvider Clock, Random Chance, ILogger Log)
{
    /// <summary>Now.</summary>
    public DateTimeOffset Now => Clock.GetUtcNow();

    /// <summary>An entry about one delivery, by the gateway itself.</summary>
    public JournalEntry Entry(EntryKind kind, EntryOutcome outcome, string destination, StoredInstance instance, string detail) => new()
    {
        Kind = kind,
        At = Now,
        Who = Actor.Gateway,
        Outcome = outcome,
        Destination = destination,
        StudyUid = instance.StudyUid,
        SeriesUid = instance.SeriesUid,
        SopInstanceUid = instance.SopInstanceUid,
        SopClassUid = instance.SopClassUid,
        Object = instance.Object,
        Route = instance.Route,
        Detail = detail,
    };
}
