using System.Text;

namespace Veridicom.Dicom.Dictionary;

/// <summary>
/// The registry of attributes: PS3.6-2023b 6 to 9, the command elements of PS3.7-2023b E.1, group lengths and private
/// creators. Static data of the assembly: nothing is built at start-up, nothing is allocated by a lookup. Thread-safe.
/// </summary>
public static partial class DicomDictionary
{
    /// <summary>How many attributes are listed, repeating groups counted once.</summary>
    public static int Count => Tags.Length - 1;

    /// <summary>
    /// Finds what the standard says of a tag. Repeating groups (PS3.5-2023b 7.6) are found in every even group they may
    /// stand in; (gggg,0000) is a group length in every group, (gggg,0010-00FF) of an odd group a private creator
    /// (PS3.5-2023b 7.8.1). Every other private tag is not found.
    /// </summary>
    public static bool TryFind(DicomTag tag, out DictionaryEntry entry)
    {
        int row = tag.IsPrivate ? 0 : ExactRow(tag.Value);
        if (row == 0) row = PatternRow(tag);
        entry = new DictionaryEntry(row);
        return row != 0;
    }

    /// <summary>What to call an element before people: its keyword, or its tag where the dictionary has none.</summary>
    public static string NameOf(DicomTag tag) =>
        !tag.IsPrivate && TryFind(tag, out DictionaryEntry entry) && entry.KeywordUtf8.Length > 0 ? entry.Keyword : tag.ToString();

    /// <summary>Finds an attribute by its keyword, such as "PatientName"; upper and lower case differ.</summary>
    public static bool TryFindKeyword(string keyword, out DictionaryEntry entry)
    {
        ArgumentNullException.ThrowIfNull(keyword);
        entry = default;
        if (keyword.Length is 0 or > LongestKeyword) return false;
        Span<byte> buffer = stackalloc byte[LongestKeyword];
        if (Ascii.FromUtf16(keyword, buffer, out int length) != System.Buffers.OperationStatus.Done) return false;
        ReadOnlySpan<byte> wanted = buffer[..length];
        int slot = TableHash.Slot(TableHash.Fold(wanted), KeywordSlotsMultiplier, KeywordSlotsBits);
        for (int row; (row = KeywordSlots[slot]) != 0; slot = (slot + 1) & (KeywordSlots.Length - 1))
        {
            ReadOnlySpan<byte> text = TextOf(row);
            if (text.Length > length && text[length] == (byte)'\t' && text.StartsWith(wanted))
            {
                entry = new DictionaryEntry(row);
                return true;
            }
        }

        return false;
    }

    /// <summary>Every attribute: exact tags in ascending order, then repeating groups.</summary>
    public static IEnumerable<DictionaryEntry> All()
    {
        for (int row = 1; row <= Count; row++) yield return new DictionaryEntry(row);
    }

    internal static uint ValueOf(int row) => Tags[row];

    internal static uint MaskOf(int row)
    {
        if (row < FirstPattern) return uint.MaxValue;
        int kind = PatternMasks.Length - 1;
        while (row < PatternStarts[kind]) kind--;
        return PatternMasks[kind];
    }

    internal static ulong VrsOf(int row) => VrSets[VrRows[row] & 0x7F];

    internal static bool RetiredOf(int row) => (VrRows[row] & 0x80) != 0;

    internal static string VmOf(int row) => Multiplicities[VmRows[row]];

    // Keyword, tab, name; UTF-8.
    internal static ReadOnlySpan<byte> TextOf(int row)
    {
        int start = (int)NamesOffsets[row];
        return Names.Slice(start, (int)NamesOffsets[row + 1] - start);
    }

    private static int ExactRow(uint tag)
    {
        int slot = TableHash.Slot(tag, TagSlotsMultiplier, TagSlotsBits);
        int row;
        while ((row = TagSlots[slot]) != 0 && Tags[row] != tag) slot = (slot + 1) & (TagSlots.Length - 1);
        return row;
    }

    private static int PatternRow(DicomTag tag)
    {
        if (tag.IsGroupLength) return GroupLengthRow;
        // A repeating group is even (PS3.5-2023b 7.6): in an odd group the same numbers mean what its owner says.
        if (tag.IsPrivate) return tag.IsPrivateCreator ? PrivateCreatorRow : 0;
        for (int kind = 0; PatternStarts[kind] < PrivateCreatorRow; kind++)
        {
            uint key = tag.Value & PatternMasks[kind];
            int start = PatternStarts[kind];
            ReadOnlySpan<uint> patterns = Tags[start..PatternStarts[kind + 1]];
            if (key < patterns[0] || key > patterns[^1]) continue;
            int place = patterns.BinarySearch(key);
            if (place >= 0) return start + place;
        }

        return 0;
    }
}
