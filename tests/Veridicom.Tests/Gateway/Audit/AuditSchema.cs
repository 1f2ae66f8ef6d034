using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace Veridicom.Tests.Gateway.Audit;

/// <summary>
/// The rules of the audit message schema (PS3.15-2023b A.5.1), written from its text and apart from what writes messages: for each element its
/// attributes with their values, and its children in their order. Anything that is not allowed is a fault.
/// </summary>
internal static partial class AuditSchema
{
    private sealed record Rule(string[] Attributes, string Children);

    // Attributes: a trailing ? is optional. Children: a regular expression over "Name," of each child.
    private static readonly Dictionary<string, Rule> Rules = new()
    {
        ["AuditMessage"] = new([], "EventIdentification,(ActiveParticipant,)+AuditSourceIdentification,(ParticipantObjectIdentification,)*"),
        ["EventIdentification"] = new(["EventActionCode?", "EventDateTime", "EventOutcomeIndicator"], "EventID,(EventTypeCode,)*(EventOutcomeDescription,)?"),
        ["EventID"] = Coded, ["EventTypeCode"] = Coded, ["RoleIDCode"] = Coded, ["ParticipantObjectIDTypeCode"] = Coded, ["MediaType"] = Coded,
        ["EventOutcomeDescription"] = Text, ["ParticipantObjectName"] = Text, ["ParticipantObjectQuery"] = Text, ["Encrypted"] = Text, ["Anonymized"] = Text,
        ["ActiveParticipant"] = new(["UserID", "AlternativeUserID?", "UserName?", "UserIsRequestor", "NetworkAccessPointID?", "NetworkAccessPointTypeCode?"], "(RoleIDCode,)*(MediaIdentifier,)?"),
        ["MediaIdentifier"] = new([], "MediaType,"),
        ["AuditSourceIdentification"] = new(["AuditEnterpriseSiteID?", "AuditSourceID"], "(AuditSourceTypeCode,)*"),
        ["AuditSourceTypeCode"] = new(["csd-code", "codeSystemName?", "displayName?", "originalText?"], ""),
        ["ParticipantObjectIdentification"] = new(
            ["ParticipantObjectID", "ParticipantObjectTypeCode?", "ParticipantObjectTypeCodeRole?", "ParticipantObjectDataLifeCycle?", "ParticipantObjectSensitivity?"],
            "ParticipantObjectIDTypeCode,(ParticipantObjectName,|ParticipantObjectQuery,)(ParticipantObjectDetail,)*(ParticipantObjectDescription,)*"),
        ["ParticipantObjectDetail"] = new(["type", "value"], ""),
        ["ParticipantObjectDescription"] = new([], "(MPPS,)*(Accession,)*(SOPClass,)*(ParticipantObjectContainsStudy,)?(Encrypted,)?(Anonymized,)?"),
        ["MPPS"] = new(["UID"], ""), ["Accession"] = new(["Number"], ""), ["Instance"] = new(["UID"], ""), ["StudyIDs"] = new(["UID"], ""),
        ["SOPClass"] = new(["UID?", "NumberOfInstances"], "(Instance,)*"),
        ["ParticipantObjectContainsStudy"] = new([], "(StudyIDs,)*"),
    };

    private static readonly HashSet<string> Textual = ["EventOutcomeDescription", "ParticipantObjectName", "ParticipantObjectQuery", "Encrypted", "Anonymized"];

    private static Rule Coded => new(["csd-code", "codeSystemName", "displayName?", "originalText"], "");

    private static Rule Text => new([], "");

    /// <summary>Reads a message, and fails where it breaks a rule.</summary>
    public static XElement Valid(byte[] message)
    {
        XElement root = XDocument.Parse(Encoding.UTF8.GetString(message)).Root!;
        Assert.Equal("AuditMessage", root.Name);
        var faults = root.DescendantsAndSelf().SelectMany(Faults).ToList();
        Assert.True(faults.Count == 0, string.Join('\n', faults) + "\n" + root);
        Assert.True(root.Elements("ActiveParticipant").Count(p => p.Attribute("UserIsRequestor")!.Value == "true") <= 1, "more than one requestor (A.5.2)");
        return root;
    }

    public static IEnumerable<string> Faults(XElement element)
    {
        if (!Rules.TryGetValue(element.Name.ToString(), out Rule? rule))
        {
            yield return $"{element.Name} is no element of the schema";
            yield break;
        }
        foreach (XAttribute attribute in element.Attributes())
        {
            if (!rule.Attributes.Any(name => name.TrimEnd('?') == attribute.Name)) yield return $"{element.Name} has no attribute {attribute.Name}";
            else if (!Value(element.Name.ToString(), attribute.Name.ToString(), attribute.Value)) yield return $"{element.Name}/@{attribute.Name} may not be '{attribute.Value}'";
        }
        foreach (string name in rule.Attributes.Where(name => !name.EndsWith('?') && element.Attribute(name) is null)) yield return $"{element.Name} lacks {name}";
        string children = string.Concat(element.Elements().Select(child => child.Name + ","));
        if (!Regex.IsMatch(children, "^(" + rule.Children + ")$")) yield return $"{element.Name} may not hold {children}";
        if (!Textual.Contains(element.Name.ToString()) && element.Nodes().OfType<XText>().Any(text => text.Value.Trim().Length > 0)) yield return $"{element.Name} holds text";
        if (element.Name == "ParticipantObjectQuery" && !IsBase64(element.Value)) yield return "a query is base64";
    }

    private static bool Value(string element, string attribute, string value) => attribute switch
    {
        "EventActionCode" => value is "C" or "R" or "U" or "D" or "E",
        "EventOutcomeIndicator" => value is "0" or "4" or "8" or "12",
        "EventDateTime" => DateTimeForm().IsMatch(value),
        "UserIsRequestor" => value is "true" or "false" or "1" or "0",
        "NetworkAccessPointTypeCode" => value is "1" or "2" or "3" or "4" or "5",
        "ParticipantObjectTypeCode" => value is "1" or "2" or "3" or "4",
        "ParticipantObjectTypeCodeRole" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int role) && role is >= 1 and <= 26,
        "ParticipantObjectDataLifeCycle" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int stage) && stage is >= 1 and <= 15,
        "NumberOfInstances" => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _),
        "UID" => UidForm().IsMatch(value),
        "value" => IsBase64(value),
        "csd-code" when element == "AuditSourceTypeCode" => value is [>= '1' and <= '9'],
        _ => true,
    };

    private static bool IsBase64(string text) => Convert.TryFromBase64String(text, new byte[text.Length], out _);

    // xsd:dateTime with the time zone that A.5.2.5 demands
    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")]
    private static partial Regex DateTimeForm();

    [GeneratedRegex(@"^[0-2]((\.0)|(\.[1-9][0-9]*))*$")]
    private static partial Regex UidForm();
}
