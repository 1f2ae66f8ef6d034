using System.Globalization;
using System.Text;
using System.Text.Json;
using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;
using Veridicom.Dicom.Text;
using Veridicom.Dicom.Writing;

namespace Veridicom.Gateway.DicomWeb.Json;

/// <summary>
/// A data set in the DICOM JSON model (PS3.18-2023b Annex F), written piece by piece so that nothing but the current value is held. Texts come as
/// Unicode, whatever their character set was, and (0008,0005) says so. Long values, and all encapsulated ones, are given as BulkDataURI.
/// </summary>
/// <param name="set">The data set; attributes of group 0002 do not belong to it.</param>
/// <param name="bulkUrl">URL below which its bulk data is found, without a slash at its end; null gives every value here, encapsulated ones excepted.</param>
public sealed class DicomJson(DicomDataSet set, string? bulkUrl)
{
    /// <summary>The longest binary value that is given inline.</summary>
    public const int MostInline = 1024;

    /// <summary>The longest value of any other kind that is given here rather than as bulk data.</summary>
    public const int MostText = 1 << 20;

    private static readonly DicomTag CharacterSetTag = new(0x0008, 0x0005), PixelRepresentation = new(0x0028, 0x0103);

    private readonly Stack<Level> _levels = [];
    private int _next;

    private sealed class Level(int end, bool isItem, bool hasValue, SpecificCharacterSet characters)
    {
        public int End => end;
        public bool IsItem => isItem;
        public bool HasValue => hasValue;
        public SpecificCharacterSet Characters => characters;
        public HashSet<uint>? Seen { get; init; }
    }

    /// <summary>Writes the whole data set as one object.</summary>
    public static void Write(Utf8JsonWriter json, DicomDataSet set, string? bulkUrl)
    {
        var writer = new DicomJson(set, bulkUrl);
        while (!writer.Write(json, int.MaxValue)) { }
    }

    /// <summary>Writes one element of the top level, within an object.</summary>
    public static void WriteElement(Utf8JsonWriter json, DicomNode node, string? bulkUrl)
    {
        var writer = new DicomJson(node.DataSet, bulkUrl) { _next = node.Index };
        writer._levels.Push(new Level(node.NextIndex, isItem: true, hasValue: false, Characters(node.Parent, SpecificCharacterSet.Default)));
        while (true)
        {
            while (writer._next >= writer._levels.Peek().End)
            {
                if (writer._levels.Count == 1) return;
                Close(json, writer._levels.Pop());
            }
            writer.WriteNode(json, node.DataSet[writer._next]);
        }
    }

    /// <summary>Goes on writing. False where more is to come: after about <paramref name="bytes"/> bytes the writer should be emptied.</summary>
    public bool Write(Utf8JsonWriter json, int bytes)
    {
        long start = json.BytesCommitted + json.BytesPending;
        if (_next == 0)
        {
            json.WriteStartObject();
            _levels.Push(NewLevel(set.Root, SpecificCharacterSet.Default));
            _next = 1;
        }
        while (true)
        {
            while (_next >= _levels.Peek().End)
            {
                Close(json, _levels.Pop());
                if (_levels.Count == 0) return true;
            }
            WriteNode(json, set[_next]);
            if (json.BytesCommitted + json.BytesPending - start >= bytes) return false;
        }
    }

    /// <summary>Where a value stands, as a path below the URL of its instance: tags, and numbers of items from 1.</summary>
    public static string BulkPath(DicomNode node)
    {
        var steps = new Stack<string>();
        for (; node.Kind != NodeKind.Root; node = node.Parent)
            steps.Push(node.Ordinal > 0 ? node.Ordinal.ToString(CultureInfo.InvariantCulture) : node.Tag.Value.ToString("X8", CultureInfo.InvariantCulture));
        return string.Join('/', steps);
    }

    private void WriteNode(Utf8JsonWriter json, DicomNode node)
    {
        Level level = _levels.Peek();
        if (node.Kind == NodeKind.Item)
        {
            json.WriteStartObject();
            _levels.Push(NewLevel(node, level.Characters));
            _next++;
            return;
        }
        // F.2.2: no group lengths. Of a tag that stands twice the first is given: an object has each name once.
        if (node.Tag.IsGroupLength || level.Seen?.Add(node.Tag.Value) == false)
        {
            _next = node.NextIndex;
            return;
        }
        Span<byte> name = stackalloc byte[8];
        node.Tag.Value.TryFormat(name, out _, "X8", CultureInfo.InvariantCulture);
        json.WriteStartObject(name);
        Vr vr = node.Kind == NodeKind.Sequence ? Vr.SQ : VrOf(node);
        json.WriteString("vr"u8, vr.Text());
        if (node.Kind == NodeKind.Sequence)
        {
            bool any = node.NextIndex > node.Index + 1;
            if (any) json.WriteStartArray("Value"u8);
            _levels.Push(new Level(node.NextIndex, isItem: false, any, level.Characters));
            _next++;
            return;
        }
        if (node.Kind == NodeKind.Encapsulated) WriteBulk(json, node);
        else WriteValue(json, node, vr, level.Characters);
        json.WriteEndObject();
        _next = node.NextIndex;
    }

    private void WriteValue(Utf8JsonWriter json, DicomNode node, Vr vr, SpecificCharacterSet characters)
    {
        bool binary = vr is Vr.OB or Vr.OD or Vr.OF or Vr.OL or Vr.OV or Vr.OW or Vr.UN;
        if (node.ValueLength == 0) return;
        if (node.ValueLength > ByteSource.MaxWindow || (bulkUrl is not null && node.ValueLength > (binary ? MostInline : MostText))) WriteBulk(json, node);
        else if (node.Tag == CharacterSetTag)
        {
            json.WriteStartArray("Value"u8);
            json.WriteStringValue("ISO_IR 192"u8);
            json.WriteEndArray();
        }
        else if (binary) json.WriteBase64String("InlineBinary"u8, LittleEndian(node, vr, node.Value));
        else if (vr.IsText()) JsonValues.WriteText(json, vr, node.Value, characters);
        else JsonValues.WriteNumbers(json, vr, node.Value, node.BigEndian && node.Vr != Vr.UN);
    }

    private void WriteBulk(Utf8JsonWriter json, DicomNode node)
    {
        if (bulkUrl is not null) json.WriteString("BulkDataURI"u8, $"{bulkUrl}/{BulkPath(node)}");
    }

    /// <summary>Bulk data is little endian (PS3.18-2023b F.2.7, 8.7.3.1).</summary>
    internal static ReadOnlySpan<byte> LittleEndian(DicomNode node, Vr vr, ReadOnlySpan<byte> value)
    {
        int unit = vr.SwapUnit();
        if (!node.BigEndian || unit == 1) return value;
        byte[] turned = value.ToArray();
        ElementWriter.SwapUnits(turned.AsSpan(0, turned.Length - turned.Length % unit), unit);
        return turned;
    }

    private static void Close(Utf8JsonWriter json, Level level)
    {
        if (!level.IsItem && level.HasValue) json.WriteEndArray();
        json.WriteEndObject();
    }

    private Level NewLevel(DicomNode node, SpecificCharacterSet around) => new(node.NextIndex, isItem: true, hasValue: false, Characters(node, around))
    {
        Seen = set.DefectCount > 0 ? [] : null,
    };

    /// <summary>An item without a character set of its own has that of the data set around it (PS3.3-2023b C.12.1.1.2).</summary>
    internal static SpecificCharacterSet Characters(DicomNode node, SpecificCharacterSet around) =>
        node.TryFind(CharacterSetTag, out DicomNode own) && own.Kind == NodeKind.Element && own.ValueLength <= 1024 ? SpecificCharacterSet.Parse(Encoding.ASCII.GetString(own.Value).Split('\\')) : around;

    /// <summary>
    /// UN of an attribute that the dictionary knows is little endian, as in implicit VR (PS3.5-2023b 6.2.2). Both leave US and SS open: Pixel
    /// Representation of the image tells (PS3.5-2023b A.1, PS3.3-2023b C.7.6.3).
    /// </summary>
    private static Vr VrOf(DicomNode node)
    {
        if (node.Vr is Vr.None or Vr.UN)
        {
            if (node.Kind != NodeKind.Element || !DicomDictionary.TryFind(node.Tag, out DictionaryEntry known) || known.Vr is Vr.None or Vr.SQ) return Vr.UN;
            return known.Vr == Vr.US && known.Allows(Vr.SS) ? SignOf(node) : known.Vr;
        }
        if ((node.Form & NodeForm.Implicit) == 0 || node.Vr != Vr.US || !DicomDictionary.TryFind(node.Tag, out DictionaryEntry entry) || !entry.Allows(Vr.SS)) return node.Vr;
        return SignOf(node);
    }

    private static Vr SignOf(DicomNode node)
    {
        for (DicomNode above = node.Parent; ; above = above.Parent)
        {
            if (above.Kind != NodeKind.Sequence && above.TryFind(PixelRepresentation, out DicomNode representation) && representation.TryUInt16(out ushort signed)) return signed == 1 ? Vr.SS : Vr.US;
            if (above.Kind == NodeKind.Root) return Vr.US;
        }
    }
}
