using System.Globalization;
using System.Text;
using System.Xml;
using Veridicom.Dicom.Text;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.Audit;

/// <summary>
/// Writes one audit message by the schema of PS3.15-2023b A.5.1: elements and attributes in its order and with its names. Text from outside is
/// escaped before it becomes XML, so that a control character in an AE title or patient ID can neither break a message nor hide in it.
/// </summary>
internal sealed class AuditXml : IDisposable
{
    private static readonly XmlWriterSettings Settings = new() { Encoding = new UTF8Encoding(false), OmitXmlDeclaration = false, CheckCharacters = true, Indent = false };

    private readonly MemoryStream _bytes = new();
    private readonly XmlWriter _xml;

    public AuditXml()
    {
        _xml = XmlWriter.Create(_bytes, Settings);
        _xml.WriteStartElement("AuditMessage");
    }

    /// <summary>The whole message, UTF-8 without a byte order mark.</summary>
    public byte[] Complete()
    {
        _xml.WriteEndElement();
        _xml.Flush();
        return _bytes.ToArray();
    }

    public void Event(AuditCode id, char action, DateTimeOffset at, EntryOutcome outcome, AuditCode? type, string? description)
    {
        _xml.WriteStartElement("EventIdentification");
        Attribute("EventActionCode", action.ToString());
        Attribute("EventDateTime", at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
        Attribute("EventOutcomeIndicator", ((int)outcome).ToString(CultureInfo.InvariantCulture));
        Code("EventID", id);
        if (type is { } code) Code("EventTypeCode", code);
        if (description is not null) _xml.WriteElementString("EventOutcomeDescription", TextDisplay.Escape(description));
        _xml.WriteEndElement();
    }

    public void Participant(AuditParticipant participant, bool isRequestor, AuditCode? role)
    {
        _xml.WriteStartElement("ActiveParticipant");
        Attribute("UserID", participant.UserId);
        if (participant.AlternativeUserId is { } alternative) Attribute("AlternativeUserID", alternative);
        if (participant.UserName is { } name) Attribute("UserName", name);
        Attribute("UserIsRequestor", isRequestor ? "true" : "false");
        if (participant.AccessPoint is { } point)
        {
            Attribute("NetworkAccessPointID", point);
            Attribute("NetworkAccessPointTypeCode", participant.IsMachineName ? "1" : "2");
        }
        if (role is { } code) Code("RoleIDCode", code);
        _xml.WriteEndElement();
    }

    public void Source(string site, string source)
    {
        _xml.WriteStartElement("AuditSourceIdentification");
        if (site.Length > 0) Attribute("AuditEnterpriseSiteID", site);
        Attribute("AuditSourceID", source);
        _xml.WriteStartElement("AuditSourceTypeCode");
        Attribute("csd-code", "4"); // application server process
        _xml.WriteEndElement();
        _xml.WriteEndElement();
    }

    /// <summary>One participant object; the details are written in base64, as the schema wants all of them.</summary>
    public void Object(string id, char type, string role, AuditCode idType, string name, byte[]? query = null, IEnumerable<(string Type, string Value)>? details = null,
        (string SopClassUid, int Instances, string? SopInstanceUid)? holds = null)
    {
        _xml.WriteStartElement("ParticipantObjectIdentification");
        Attribute("ParticipantObjectID", id);
        Attribute("ParticipantObjectTypeCode", type.ToString());
        Attribute("ParticipantObjectTypeCodeRole", role);
        Code("ParticipantObjectIDTypeCode", idType);
        if (query is null) _xml.WriteElementString("ParticipantObjectName", TextDisplay.Escape(name));
        else _xml.WriteElementString("ParticipantObjectQuery", Convert.ToBase64String(query));
        foreach ((string kind, string value) in details ?? [])
        {
            _xml.WriteStartElement("ParticipantObjectDetail");
            Attribute("type", kind);
            Attribute("value", Convert.ToBase64String(Encoding.UTF8.GetBytes(value)));
            _xml.WriteEndElement();
        }
        if (holds is { } held)
        {
            _xml.WriteStartElement("ParticipantObjectDescription");
            _xml.WriteStartElement("SOPClass");
            if (held.SopClassUid.Length > 0) Attribute("UID", held.SopClassUid);
            Attribute("NumberOfInstances", held.Instances.ToString(CultureInfo.InvariantCulture));
            if (held.SopInstanceUid is { } instance)
            {
                _xml.WriteStartElement("Instance");
                Attribute("UID", instance);
                _xml.WriteEndElement();
            }
            _xml.WriteEndElement();
            _xml.WriteEndElement();
        }
        _xml.WriteEndElement();
    }

    public void Dispose()
    {
        _xml.Dispose();
        _bytes.Dispose();
    }

    private void Code(string element, AuditCode code)
    {
        _xml.WriteStartElement(element);
        Attribute("csd-code", code.Code);
        Attribute("codeSystemName", code.System);
        Attribute("originalText", code.Meaning);
        _xml.WriteEndElement();
    }

    private void Attribute(string name, string value) => _xml.WriteAttributeString(name, TextDisplay.Escape(value));
}

/// <summary>Who took part in an event (PS3.15-2023b A.5.2.1 to A.5.2.4).</summary>
/// <param name="UserId">Name in our own journal and log.</param>
/// <param name="AlternativeUserId">"AETITLES=..." for a DICOM application; null for others.</param>
/// <param name="UserName">For people, null where there is none beside the ID.</param>
/// <param name="AccessPoint">IP address or machine name, null where not known.</param>
/// <param name="IsMachineName">Which of the two.</param>
internal sealed record AuditParticipant(string UserId, string? AlternativeUserId, string? UserName, string? AccessPoint, bool IsMachineName = false)
{
    public static AuditParticipant Of(Actor who) =>
        new(who.Name.Length > 0 ? who.Name : "unknown", who.Means == "ae-title" ? "AETITLES=" + who.Name : null, null, who.Address.Length > 0 ? who.Address : null);
}
