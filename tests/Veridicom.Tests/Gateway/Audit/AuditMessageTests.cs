using System.Text;
using System.Xml.Linq;
using Veridicom.Gateway.Audit;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Xunit;

namespace Veridicom.Tests.Gateway.Audit;

/// <summary>Journal entries as DICOM audit messages: by the schema, with the right codes, and with their place in the chain.</summary>
public sealed class AuditMessageTests
{
    private static readonly DateTimeOffset At = new(2026, 6, 1, 12, 0, 0, 123, TimeSpan.Zero);
    private static readonly AuditMessages Messages = new(new AuditReporter("00112233445566778899aabbccddeeff", "North", "gw1.example", ["VERIDICOM", "ARCHIVE"]));
    private static readonly Actor Scanner = new("CT7", "ae-title", "192.0.2.7");

    private static JournalEntry Entry(EntryKind kind) => new()
    {
        Kind = kind, At = At, Who = Scanner, StudyUid = "1.2.3", SeriesUid = "1.2.3.4", SopInstanceUid = "1.2.3.4.5", SopClassUid = "1.2.840.10008.5.1.4.1.1.2", PatientId = "P-1", Verdict = "authentic",
        Destination = "pacs", TransactionUid = "1.9", Detail = "because", Route = "default", State = InstanceState.Accepted, Why = "TREATMENT",
    };

    private static List<XElement> Of(JournalEntry entry, long sequence = 41) =>
        [.. Messages.Of(new AppliedEntry(sequence, new string('a', 64), default, entry, null)).Select(AuditSchema.Valid)];

    private static string Code(XElement element) => element.Attribute("csd-code")!.Value;

    private static Dictionary<string, string> Details(XElement message) => message.Elements("ParticipantObjectIdentification").Last().Elements("ParticipantObjectDetail")
        .ToDictionary(detail => detail.Attribute("type")!.Value, detail => Encoding.UTF8.GetString(Convert.FromBase64String(detail.Attribute("value")!.Value)));

    [Fact]
    public void Every_kind_of_entry_gives_a_message_that_the_schema_takes_and_that_says_its_place()
    {
        foreach (EntryKind kind in Enum.GetValues<EntryKind>())
        {
            foreach (InstanceState state in Enum.GetValues<InstanceState>())
            {
                foreach (JournalEntry entry in (JournalEntry[])[Entry(kind) with { State = state }, new JournalEntry { Kind = kind, At = At, Who = Actor.Gateway, Outcome = EntryOutcome.SeriousFailure }])
                {
                    List<XElement> messages = Of(entry);
                    Assert.NotEmpty(messages);
                    foreach (XElement message in messages)
                    {
                        Dictionary<string, string> details = Details(message);
                        Assert.Equal(("41", new string('a', 64), kind.Word()), (details["journal-sequence"], details["journal-hash"], details["kind"]));
                        Assert.Equal("2026-06-01T12:00:00.123Z", message.Element("EventIdentification")!.Attribute("EventDateTime")!.Value);
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(EntryKind.Started, "110100", "110120", "E")]
    [InlineData(EntryKind.Stopped, "110100", "110121", "E")]
    [InlineData(EntryKind.Received, "110104", null, "C")]
    [InlineData(EntryKind.Repeated, "110104", null, "R")]
    [InlineData(EntryKind.Delivered, "110104", null, "C")]
    [InlineData(EntryKind.Retrieved, "110104", null, "R")]
    [InlineData(EntryKind.Verified, "110103", null, "R")]
    [InlineData(EntryKind.Released, "110103", null, "U")]
    [InlineData(EntryKind.Queried, "110112", null, "E")]
    [InlineData(EntryKind.AuditTrailRead, "110101", null, "R")]
    [InlineData(EntryKind.Denied, "110113", "110126", "E")]
    [InlineData(EntryKind.Administered, "110113", "110132", "E")]
    public void A_kind_has_its_event(EntryKind kind, string id, string? type, string action)
    {
        XElement identification = Assert.Single(Of(Entry(kind))).Element("EventIdentification")!;

        Assert.Equal(id, Code(identification.Element("EventID")!));
        Assert.Equal("DCM", identification.Element("EventID")!.Attribute("codeSystemName")!.Value);
        Assert.Equal(type, identification.Element("EventTypeCode") is { } code ? Code(code) : null);
        Assert.Equal(action, identification.Attribute("EventActionCode")!.Value);
    }

    [Fact]
    public void A_transfer_names_source_destination_study_instance_and_patient()
    {
        XElement message = Assert.Single(Of(Entry(EntryKind.Received)));

        List<XElement> participants = [.. message.Elements("ActiveParticipant")];
        Assert.Equal(["110153", "110152"], participants.Select(p => Code(p.Element("RoleIDCode")!)));
        Assert.Equal(["CT7", "veridicom"], participants.Select(p => p.Attribute("UserID")!.Value));
        Assert.Equal(["AETITLES=CT7", "AETITLES=VERIDICOM;ARCHIVE"], participants.Select(p => p.Attribute("AlternativeUserID")!.Value));
        Assert.Equal(["true", "false"], participants.Select(p => p.Attribute("UserIsRequestor")!.Value));
        Assert.Equal(("192.0.2.7", "2"), (participants[0].Attribute("NetworkAccessPointID")!.Value, participants[0].Attribute("NetworkAccessPointTypeCode")!.Value));
        Assert.Equal(("North", "veridicom@gw1.example"), (message.Element("AuditSourceIdentification")!.Attribute("AuditEnterpriseSiteID")!.Value, message.Element("AuditSourceIdentification")!.Attribute("AuditSourceID")!.Value));

        List<XElement> objects = [.. message.Elements("ParticipantObjectIdentification")];
        Assert.Equal(["110180", "2", "12"], objects.Select(o => Code(o.Element("ParticipantObjectIDTypeCode")!)));
        Assert.Equal(["1.2.3", "P-1", "urn:veridicom:journal:00112233445566778899aabbccddeeff"], objects.Select(o => o.Attribute("ParticipantObjectID")!.Value));
        XElement held = objects[0].Element("ParticipantObjectDescription")!.Element("SOPClass")!;
        Assert.Equal(("1.2.840.10008.5.1.4.1.1.2", "1", "1.2.3.4.5"), (held.Attribute("UID")!.Value, held.Attribute("NumberOfInstances")!.Value, held.Element("Instance")!.Attribute("UID")!.Value));
        Assert.Equal(("authentic", "TREATMENT"), (Details(message)["verdict"], Details(message)["purpose"]));
    }

    [Theory]
    [InlineData(InstanceState.Quarantined)]
    [InlineData(InstanceState.Conflict)]
    public void Quarantine_and_conflict_raise_an_alert_beside_the_transfer(InstanceState state)
    {
        List<XElement> messages = Of(Entry(EntryKind.Received) with { State = state, Outcome = EntryOutcome.SeriousFailure });

        Assert.Equal(["110104", "110113"], messages.Select(m => Code(m.Element("EventIdentification")!.Element("EventID")!)));
        Assert.All(messages, m => Assert.Equal(("8", "because"), (m.Element("EventIdentification")!.Attribute("EventOutcomeIndicator")!.Value, m.Element("EventIdentification")!.Element("EventOutcomeDescription")!.Value)));
    }

    [Theory]
    [InlineData("none", "110114", "110122")]
    [InlineData("ae-title", "110113", "110126")]
    [InlineData("token", "110113", "110132")]
    [InlineData("certificate", "110113", "110132")]
    public void Who_is_turned_away_is_told_by_how_far_it_came(string means, string id, string type)
    {
        XElement identification = Assert.Single(Of(Entry(EntryKind.Denied) with { Who = new Actor("x", means, "192.0.2.9"), Outcome = EntryOutcome.MinorFailure })).Element("EventIdentification")!;

        Assert.Equal((id, type, "4"), (Code(identification.Element("EventID")!), Code(identification.Element("EventTypeCode")!), identification.Attribute("EventOutcomeIndicator")!.Value));
    }

    [Fact]
    public void Hostile_text_neither_breaks_a_message_nor_hides_in_it()
    {
        string evil = "a\u0000\u001b[2J\n<x>&\"'\ud800\u202e]]>\ufffe" + new string('y', 40000);
        JournalEntry entry = Entry(EntryKind.Refused) with { Who = new Actor(evil, "ae-title", "192.0.2.1"), PatientId = evil, Detail = evil, Route = evil, Destination = evil, Outcome = EntryOutcome.MinorFailure };

        XElement message = Assert.Single(Of(entry));

        Assert.Contains("\\u{1B}", message.Element("ActiveParticipant")!.Attribute("UserID")!.Value, StringComparison.Ordinal);
        Assert.Contains("<x>&\"'", message.Element("ActiveParticipant")!.Attribute("UserID")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void The_rules_of_the_test_refuse_what_the_schema_does_not_have()
    {
        string good = Encoding.UTF8.GetString(Messages.Of(new AppliedEntry(1, new string('b', 64), default, Entry(EntryKind.Received), null))[0]);
        string[] bad =
        [
            good.Replace("EventActionCode=\"C\"", "EventActionCode=\"X\"", StringComparison.Ordinal), good.Replace("originalText", "meaning", StringComparison.Ordinal),
            good.Replace("UserIsRequestor=\"true\"", "", StringComparison.Ordinal), good.Replace("<ParticipantObjectName>DICOM study</ParticipantObjectName>", "", StringComparison.Ordinal),
            good.Replace(".123Z", "", StringComparison.Ordinal), good.Replace("NumberOfInstances=\"1\"", "NumberOfInstances=\"one\"", StringComparison.Ordinal),
        ];
        foreach (string text in bad)
        {
            Assert.NotEqual(good, text);
            Assert.NotEmpty(XDocument.Parse(text).Root!.DescendantsAndSelf().SelectMany(AuditSchema.Faults));
        }
    }
}
