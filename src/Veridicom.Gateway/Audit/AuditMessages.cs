using System.Globalization;
using System.Text;
using Veridicom.Registry;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.Audit;

/// <summary>Who reports, in every message.</summary>
/// <param name="JournalId">Identity of the journal.</param>
/// <param name="Site">AuditEnterpriseSiteID; empty for none.</param>
/// <param name="Host">Name of this machine.</param>
/// <param name="AeTitles">Our AE titles.</param>
public sealed record AuditReporter(string JournalId, string Site, string Host, IReadOnlyList<string> AeTitles);

/// <summary>
/// Journal entries as DICOM audit messages (PS3.15-2023b A.5.3). Every entry gives one message at least; each carries its place in the journal
/// and the hash of the chain there, so that whoever collects them sees where one is missing, and can hold them against the journal.
/// </summary>
public sealed class AuditMessages(AuditReporter reporter)
{
    private const string SecurityResource = "13", Report = "3", Patient = "1", Query = "24";
    private const int LongestDetail = 16384;

    private readonly AuditParticipant _gateway = new("veridicom",
        reporter.AeTitles.Count > 0 ? "AETITLES=" + string.Join(';', reporter.AeTitles) : null, "Veridicom gateway", reporter.Host, IsMachineName: true);

    /// <summary>The messages of an entry, in UTF-8.</summary>
    public IReadOnlyList<byte[]> Of(AppliedEntry applied)
    {
        ArgumentNullException.ThrowIfNull(applied);
        JournalEntry entry = applied.Entry;
        return entry.Kind switch
        {
            EntryKind.Started => [Write(applied, AuditCodes.ApplicationActivity, 'E', AuditCodes.Start, Application)],
            EntryKind.Stopped => [Write(applied, AuditCodes.ApplicationActivity, 'E', AuditCodes.Stop, Application)],
            EntryKind.Received when entry.State is InstanceState.Quarantined or InstanceState.Conflict =>
                [Write(applied, AuditCodes.InstancesTransferred, 'C', null, Incoming), Write(applied, AuditCodes.SecurityAlert, 'E', AuditCodes.ObjectSecurityChanged, Alert)],
            EntryKind.Received or EntryKind.Refused => [Write(applied, AuditCodes.InstancesTransferred, 'C', null, Incoming)],
            // R: the receiver holds the instance already, and nothing changes (PS3.15-2023b A.5.3.7)
            EntryKind.Repeated => [Write(applied, AuditCodes.InstancesTransferred, 'R', null, Incoming)],
            EntryKind.CommitmentRequested => [Write(applied, AuditCodes.InstancesTransferred, 'R', null, Incoming)],
            EntryKind.CommitmentReported => [Write(applied, AuditCodes.InstancesTransferred, 'R', null, Outgoing)],
            EntryKind.Delivered or EntryKind.DeliveryRefused => [Write(applied, AuditCodes.InstancesTransferred, 'C', null, Outgoing)],
            EntryKind.Undeliverable =>
                [Write(applied, AuditCodes.InstancesTransferred, 'C', null, Outgoing), Write(applied, AuditCodes.SecurityAlert, 'E', AuditCodes.ObjectSecurityChanged, Alert)],
            EntryKind.CommitmentAsked or EntryKind.CommitmentGiven or EntryKind.CommitmentDenied => [Write(applied, AuditCodes.InstancesTransferred, 'R', null, Outgoing)],
            EntryKind.Retrieved => [Write(applied, AuditCodes.InstancesTransferred, 'R', null, Fetched)],
            EntryKind.Verified => [Write(applied, AuditCodes.InstancesAccessed, 'R', null, Accessed)],
            EntryKind.Released or EntryKind.Rejected => [Write(applied, AuditCodes.InstancesAccessed, 'U', null, Accessed)],
            EntryKind.Queried => [Write(applied, AuditCodes.Query, 'E', null, Searched)],
            EntryKind.AuditTrailRead => [Write(applied, AuditCodes.AuditLogUsed, 'R', null, LogUsed)],
            EntryKind.Denied when entry.Who.Means == "none" => [Write(applied, AuditCodes.UserAuthentication, 'E', AuditCodes.Login, Login)],
            EntryKind.Denied when entry.Who.Means == "ae-title" => [Write(applied, AuditCodes.SecurityAlert, 'E', AuditCodes.NodeAuthentication, Alert)],
            EntryKind.Denied or EntryKind.Administered or EntryKind.DeliveryRetried => [Write(applied, AuditCodes.SecurityAlert, 'E', AuditCodes.RestrictedFunction, Alert)],
            EntryKind.Checkpoint => [Write(applied, AuditCodes.SecurityAlert, 'E', AuditCodes.Checkpoint, Alert)],
            _ => throw new ArgumentOutOfRangeException(nameof(applied), entry.Kind, "no message"),
        };
    }

    private byte[] Write(AppliedEntry applied, AuditCode id, char action, AuditCode? type, Action<AuditXml, JournalEntry> participants)
    {
        JournalEntry entry = applied.Entry;
        using var xml = new AuditXml();
        xml.Event(id, action, entry.At, entry.Outcome, type, entry.Outcome == EntryOutcome.Success ? null : Short(entry.Detail) ?? entry.Kind.Word());
        participants(xml, entry);
        xml.Source(reporter.Site, "veridicom@" + reporter.Host);
        if (id == AuditCodes.Query) WriteQuery(xml, entry);
        // instances are named where a message is about them; of a study the object is the study (PS3.15-2023b A.5.3.6, A.5.3.7)
        if (entry.StudyUid is { Length: > 0 } study)
            xml.Object(study, '2', Report, AuditCodes.StudyUid, "DICOM study", holds: id == AuditCodes.SecurityAlert && entry.SopInstanceUid is null ? null
                : (entry.SopClassUid ?? "", entry.Instances ?? 1, entry.SopInstanceUid));
        if (entry.PatientId is { Length: > 0 } patient) xml.Object(patient, '1', Patient, AuditCodes.PatientNumber, patient);
        if (id == AuditCodes.SecurityAlert)
            xml.Object(entry.Who.Address.Length > 0 ? entry.Who.Address : reporter.Host, '2', SecurityResource, AuditCodes.NodeId, "node",
                details: [("Alert Description", Short(entry.Detail) ?? entry.Kind.Word())]);
        xml.Object("urn:veridicom:journal:" + reporter.JournalId, '2', SecurityResource, AuditCodes.Uri, "Security Audit Log", details: Place(applied));
        return xml.Complete();
    }

    /// <summary>Where the entry stands in the chain, and what has no place of its own in a message.</summary>
    private static IEnumerable<(string, string)> Place(AppliedEntry applied)
    {
        JournalEntry entry = applied.Entry;
        yield return ("journal-sequence", applied.Sequence.ToString(CultureInfo.InvariantCulture));
        yield return ("journal-hash", applied.Hash);
        yield return ("kind", entry.Kind.Word());
        foreach ((string name, string? value) in new (string, string?)[]
        {
            ("purpose", entry.Why), ("verdict", entry.Verdict), ("state", entry.State?.Word()), ("route", entry.Route), ("destination", entry.Destination),
            ("transaction-uid", entry.TransactionUid), ("object-sha256", entry.Object?.Hex), ("detail", Short(entry.Detail)),
        })
        {
            if (value is { Length: > 0 }) yield return (name, value);
        }
    }

    private void Application(AuditXml xml, JournalEntry entry) => xml.Participant(_gateway, isRequestor: true, AuditCodes.Application);

    private void Incoming(AuditXml xml, JournalEntry entry)
    {
        xml.Participant(AuditParticipant.Of(entry.Who), isRequestor: true, AuditCodes.Source);
        xml.Participant(_gateway, isRequestor: false, AuditCodes.Destination);
    }

    private void Outgoing(AuditXml xml, JournalEntry entry)
    {
        xml.Participant(_gateway, isRequestor: true, AuditCodes.Source);
        xml.Participant(entry.Destination is { Length: > 0 } name ? new AuditParticipant(name, null, null, null) : AuditParticipant.Of(entry.Who), isRequestor: false, AuditCodes.Destination);
    }

    private void Fetched(AuditXml xml, JournalEntry entry)
    {
        xml.Participant(_gateway, isRequestor: false, AuditCodes.Source);
        xml.Participant(AuditParticipant.Of(entry.Who), isRequestor: true, AuditCodes.Destination);
    }

    private void Searched(AuditXml xml, JournalEntry entry)
    {
        xml.Participant(AuditParticipant.Of(entry.Who), isRequestor: true, AuditCodes.Source);
        xml.Participant(_gateway, isRequestor: false, AuditCodes.Destination);
    }

    private void Accessed(AuditXml xml, JournalEntry entry)
    {
        xml.Participant(AuditParticipant.Of(entry.Who), isRequestor: true, null);
        xml.Participant(_gateway, isRequestor: false, AuditCodes.Application);
    }

    private void LogUsed(AuditXml xml, JournalEntry entry) => xml.Participant(AuditParticipant.Of(entry.Who), isRequestor: true, null);

    private void Login(AuditXml xml, JournalEntry entry)
    {
        xml.Participant(AuditParticipant.Of(entry.Who), isRequestor: true, null);
        xml.Participant(_gateway, isRequestor: false, AuditCodes.Application);
    }

    private void Alert(AuditXml xml, JournalEntry entry)
    {
        xml.Participant(_gateway, isRequestor: true, AuditCodes.Application);
        if (entry.Who != Actor.Gateway) xml.Participant(AuditParticipant.Of(entry.Who), isRequestor: false, null);
    }

    private static void WriteQuery(AuditXml xml, JournalEntry entry) =>
        xml.Object("QIDO-RS", '2', Query, AuditCodes.SearchCriteria, "", Encoding.UTF8.GetBytes(Short(entry.Detail) ?? ""));

    private static string? Short(string? text) => text is null || text.Length <= LongestDetail ? text : text[..LongestDetail] + "...";
}
