using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;
using Veridicom.Dicom.Text;

namespace Veridicom.Registry;

/// <summary>
/// The attributes by which instances are searched (PS3.18-2023b tables 10.6.1-5 and 10.6.3-3 to -5), as text in Unicode, multiple values
/// apart by backslash, padding removed, each at most 1024 characters.
/// </summary>
public sealed class InstanceAttributes
{
    /// <summary>The longest value kept.</summary>
    public const int MaxText = 1024;

    // Four bytes to a character, and escape sequences between: more is never read.
    private const int LongestRead = 8192;

    private static readonly Dictionary<DicomTag, SearchLevel> Known = new()
    {
        [new(0x0008, 0x0020)] = SearchLevel.Study,    // Study Date
        [new(0x0008, 0x0030)] = SearchLevel.Study,    // Study Time
        [new(0x0008, 0x0050)] = SearchLevel.Study,    // Accession Number
        [new(0x0008, 0x0090)] = SearchLevel.Study,    // Referring Physician's Name
        [new(0x0008, 0x0201)] = SearchLevel.Study,    // Timezone Offset From UTC
        [new(0x0008, 0x1030)] = SearchLevel.Study,    // Study Description
        [new(0x0010, 0x0010)] = SearchLevel.Study,    // Patient's Name
        [new(0x0010, 0x0020)] = SearchLevel.Study,    // Patient ID
        [new(0x0010, 0x0021)] = SearchLevel.Study,    // Issuer of Patient ID
        [new(0x0010, 0x0030)] = SearchLevel.Study,    // Patient's Birth Date
        [new(0x0010, 0x0040)] = SearchLevel.Study,    // Patient's Sex
        [new(0x0020, 0x0010)] = SearchLevel.Study,    // Study ID
        [new(0x0008, 0x0060)] = SearchLevel.Series,   // Modality
        [new(0x0008, 0x103E)] = SearchLevel.Series,   // Series Description
        [new(0x0018, 0x0015)] = SearchLevel.Series,   // Body Part Examined
        [new(0x0020, 0x0011)] = SearchLevel.Series,   // Series Number
        [new(0x0040, 0x0244)] = SearchLevel.Series,   // Performed Procedure Step Start Date
        [new(0x0040, 0x0245)] = SearchLevel.Series,   // Performed Procedure Step Start Time
        [new(0x0020, 0x0013)] = SearchLevel.Instance, // Instance Number
        [new(0x0028, 0x0008)] = SearchLevel.Instance, // Number of Frames
        [new(0x0028, 0x0010)] = SearchLevel.Instance, // Rows
        [new(0x0028, 0x0011)] = SearchLevel.Instance, // Columns
        [new(0x0028, 0x0100)] = SearchLevel.Instance, // Bits Allocated
    };

    private readonly SortedDictionary<DicomTag, string> _values;

    /// <summary>Of values by tag; tags that are not <see cref="Tags"/> are refused.</summary>
    public InstanceAttributes(IEnumerable<KeyValuePair<DicomTag, string>> values)
    {
        _values = [];
        foreach ((DicomTag tag, string value) in values)
        {
            if (!Known.ContainsKey(tag)) throw new ArgumentException($"{tag} is no attribute by which instances are searched", nameof(values));
            string text = Clean(value, MaxText);
            if (text.Length > 0) _values[tag] = text;
        }
    }

    /// <summary>No values.</summary>
    public static InstanceAttributes None { get; } = new([]);

    /// <summary>The attributes of a level itself, without those of the levels above; UIDs are apart.</summary>
    public static IEnumerable<DicomTag> Tags(SearchLevel level) => Known.Where(pair => pair.Value == level).Select(pair => pair.Key).Order();

    /// <summary>The level of an attribute.</summary>
    public static bool TryLevel(DicomTag tag, out SearchLevel level) => Known.TryGetValue(tag, out level);

    /// <summary>The value of an attribute; empty where there is none.</summary>
    public string this[DicomTag tag] => _values.GetValueOrDefault(tag, "");

    /// <summary>All that are there, by tag.</summary>
    public IEnumerable<KeyValuePair<DicomTag, string>> Values => _values;

    /// <summary>
    /// Reads what a data set says, by its Specific Character Set (PS3.3-2023b C.12.1.1.2). Where representations are implicit or unknown those
    /// of the dictionary are taken. Never throws over the values: what cannot be decoded is kept with U+FFFD in its place.
    /// </summary>
    public static InstanceAttributes Read(DicomDataSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        string? terms = set.Ascii(new(0x0008, 0x0005));
        SpecificCharacterSet characters = terms is null ? SpecificCharacterSet.Default : SpecificCharacterSet.Parse(terms.Split('\\'));
        var values = new List<KeyValuePair<DicomTag, string>>();
        foreach (DicomTag tag in Known.Keys)
        {
            if (set.TryFind(tag, out DicomNode node) && node.Kind == NodeKind.Element && node.ValueLength > 0) values.Add(new(tag, TextOf(node, tag, characters)));
        }
        return new InstanceAttributes(values);
    }

    private static string TextOf(DicomNode node, DicomTag tag, SpecificCharacterSet characters)
    {
        Vr vr = DicomDictionary.TryFind(tag, out DictionaryEntry entry) ? entry.Vr : Vr.LO;
        if (vr == Vr.US && !node.Vr.IsText()) return node.TryUInt16(out ushort number) ? number.ToString(CultureInfo.InvariantCulture) : "";
        ReadOnlySpan<byte> bytes = node.DataSet.Source.Window(node.ValueOffset, (int)Math.Min(node.ValueLength, LongestRead));
        return string.Join('\\', characters.DecodeValues(bytes, vr).Select(value => value.Trim(' ', '\0')));
    }

    /// <summary>Text that every database can hold: no NUL, no half of a surrogate pair, at most so many UTF-16 units.</summary>
    internal static string Clean(string text, int most)
    {
        if (text.Length > most) text = Cut(text, most);
        if (text.Contains('\0')) text = text.Replace("\0", "", StringComparison.Ordinal);
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) return text;
        var clean = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes()) clean.Append(rune.ToString());
        return clean.ToString();
    }

    /// <summary>The first so many UTF-16 units, one less where a surrogate pair would be cut.</summary>
    internal static string Cut(string text, int most) => char.IsHighSurrogate(text[most - 1]) ? text[..(most - 1)] : text[..most];

    /// <summary>As a JSON object with tags as keys, in their order.</summary>
    internal string ToJson()
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            foreach ((DicomTag tag, string value) in _values) json.WriteString(tag.Value.ToString("X8", CultureInfo.InvariantCulture), value);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    internal static InstanceAttributes FromJson(string? json)
    {
        if (json is null) return None;
        using JsonDocument document = JsonDocument.Parse(json);
        return new InstanceAttributes(document.RootElement.EnumerateObject()
            .Select(member => KeyValuePair.Create(new DicomTag(uint.Parse(member.Name, NumberStyles.HexNumber, CultureInfo.InvariantCulture)), member.Value.GetString()!)));
    }
}
