using System.Xml;

namespace Veridicom.Forensics.Metadata.Traces;

/// <summary>Properties of an XMP packet (ISO 16684-1 7) by their local names, as attributes or as elements. No document types, no entities of its own, nothing fetched.</summary>
internal static class XmpTexts
{
    private const int MaxPacket = 1 << 20;

    private static readonly Dictionary<string, FieldRole> Properties = new(StringComparer.OrdinalIgnoreCase)
    {
        ["CreatorTool"] = FieldRole.Software, ["softwareAgent"] = FieldRole.Software, ["DigitalSourceType"] = FieldRole.SourceType, ["DigitalSourcefileType"] = FieldRole.SourceType,
        ["AISystemUsed"] = FieldRole.GeneratorSystem, ["AIPromptInformation"] = FieldRole.GeneratorSystem, ["provenance"] = FieldRole.Provenance,
        ["Credit"] = FieldRole.Description, ["description"] = FieldRole.Description, ["title"] = FieldRole.Description, ["Headline"] = FieldRole.Description,
        ["parameters"] = FieldRole.Description, ["prompt"] = FieldRole.Description, ["workflow"] = FieldRole.Description, ["UserComment"] = FieldRole.Description, ["Software"] = FieldRole.Software,
        ["ImageDescription"] = FieldRole.Description, ["Producer"] = FieldRole.Software,
    };

    /// <summary>What stands up to the first fault of a packet.</summary>
    public static List<TextField> Of(string packet)
    {
        var fields = new List<TextField>();
        if (packet.Length > MaxPacket) return fields;
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, ConformanceLevel = ConformanceLevel.Fragment, MaxCharactersInDocument = MaxPacket };
        try
        {
            using var reader = XmlReader.Create(new StringReader(packet.Trim('\uFEFF', '\0', ' ', '\r', '\n', '\t')), settings);
            string open = "";
            while (reader.Read() && fields.Count < TextField.MaxFields)
            {
                switch (reader.NodeType)
                {
                    case XmlNodeType.Element:
                        // an array stands within its property: rdf:Seq, rdf:li
                        if (reader.NamespaceURI != "http://www.w3.org/1999/02/22-rdf-syntax-ns#" && !reader.IsEmptyElement) open = reader.LocalName;
                        while (reader.MoveToNextAttribute()) Add(fields, reader.LocalName == "resource" ? open : reader.LocalName, reader.Value);
                        break;
                    case XmlNodeType.Text or XmlNodeType.CDATA:
                        Add(fields, open, reader.Value);
                        break;
                }
            }
        }
        catch (XmlException)
        {
            // what stands before the fault is kept
        }
        return fields;
    }

    private static void Add(List<TextField> fields, string name, string text)
    {
        if (!Properties.TryGetValue(name, out FieldRole role) || string.IsNullOrWhiteSpace(text)) return;
        fields.Add(new TextField("XMP " + name, name, role, text.Length > TextField.MaxLength ? text[..TextField.MaxLength] : text));
    }
}
