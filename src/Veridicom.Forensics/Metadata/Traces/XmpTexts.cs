using System.Xml;

namespace Veridicom.Forensics.Metadata.Traces;

/// <summary>
/// Properties of an XMP packet (ISO 16684-1 7): those that stand directly in an rdf:Description of the packet's own rdf:RDF, by namespace and name, as attributes or as elements.
/// Of what lies deeper only ingredients and history are read, as such: they speak of other pictures and of earlier steps. No document types, no entities of its own, nothing fetched.
/// </summary>
internal static class XmpTexts
{
    private const int MaxPacket = 1 << 20, MaxDepth = 16;
    private const string Rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#", Meta = "adobe:ns:meta/", Media = "http://ns.adobe.com/xap/1.0/mm/";
    private const string Basic = "http://ns.adobe.com/xap/1.0/", Iptc = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/", Photoshop = "http://ns.adobe.com/photoshop/1.0/", DublinCore = "http://purl.org/dc/elements/1.1/";
    private const string Event = "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#", Tiff = "http://ns.adobe.com/tiff/1.0/";

    private static readonly Dictionary<(string Space, string Name), FieldRole> Properties = new()
    {
        [(Basic, "CreatorTool")] = FieldRole.Software, [(Tiff, "Software")] = FieldRole.Software, [("http://ns.adobe.com/pdf/1.3/", "Producer")] = FieldRole.Software,
        [(Iptc, "DigitalSourceType")] = FieldRole.SourceType, [(Iptc, "DigitalSourcefileType")] = FieldRole.SourceType, [(Iptc, "DigitalSourceFileType")] = FieldRole.SourceType,
        [(Iptc, "AISystemUsed")] = FieldRole.GeneratorSystem, [(Iptc, "AIPromptInformation")] = FieldRole.GeneratorSystem, [("http://purl.org/dc/terms/", "provenance")] = FieldRole.Provenance,
        [(Photoshop, "Credit")] = FieldRole.Description, [(Photoshop, "Headline")] = FieldRole.Description, [(DublinCore, "description")] = FieldRole.Description,
        [(DublinCore, "title")] = FieldRole.Description, [("http://ns.adobe.com/exif/1.0/", "UserComment")] = FieldRole.Description, [(Tiff, "ImageDescription")] = FieldRole.Description,
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
            var path = new List<(string Space, string Name)>();
            while (reader.Read() && fields.Count < TextField.MaxFields)
            {
                switch (reader.NodeType)
                {
                    case XmlNodeType.Element:
                        bool empty = reader.IsEmptyElement;
                        path.Add((reader.NamespaceURI, reader.LocalName));
                        while (reader.MoveToNextAttribute())
                        {
                            // a value that is a URI may stand as rdf:resource of its property
                            if ((reader.NamespaceURI, reader.LocalName) == (Rdf, "resource")) Add(fields, path, null, reader.Value);
                            else Add(fields, path, (reader.NamespaceURI, reader.LocalName), reader.Value);
                        }
                        if (empty) path.RemoveAt(path.Count - 1);
                        break;
                    case XmlNodeType.EndElement:
                        path.RemoveAt(path.Count - 1);
                        break;
                    case XmlNodeType.Text or XmlNodeType.CDATA:
                        Add(fields, path, null, reader.Value);
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

    /// <summary>Takes a value at the end of a path, or in an attribute there.</summary>
    private static void Add(List<TextField> fields, List<(string Space, string Name)> path, (string Space, string Name)? attribute, string text)
    {
        if (string.IsNullOrWhiteSpace(text) || path.Count > MaxDepth) return;
        int at = path is [(Meta, "xmpmeta" or "xapmeta"), ..] ? 1 : 0;
        if (path.Count < at + 2 || path[at] != (Rdf, "RDF") || path[at + 1] != (Rdf, "Description")) return;
        List<(string Space, string Name)> inner = path[(at + 2)..];
        if (attribute is { } last) inner.Add(last);
        if (inner.Count == 0) return;
        (string Space, string Name) property = inner[0], deepest = inner.FindLast(step => step.Space != Rdf);
        FieldRole role;
        if (property is (Media, "Pantry" or "Ingredients"))
        {
            if (!Properties.TryGetValue(deepest, out role) || role != FieldRole.SourceType) return;
            role = FieldRole.IngredientSourceType;
        }
        else if (property is (Media, "History"))
        {
            if (deepest is not (Event, "softwareAgent")) return;
            role = FieldRole.HistorySoftware;
        }
        // a plain value, or an item of an array
        else if (!Properties.TryGetValue(property, out role) || inner.Skip(1).Any(step => step is not (Rdf, "Alt" or "Bag" or "Seq" or "li"))) return;
        fields.Add(new TextField(role is FieldRole.IngredientSourceType or FieldRole.HistorySoftware ? $"XMP {property.Name}" : $"XMP {deepest.Name}", deepest.Name, role, text.Length > TextField.MaxLength ? text[..TextField.MaxLength] : text));
    }
}
