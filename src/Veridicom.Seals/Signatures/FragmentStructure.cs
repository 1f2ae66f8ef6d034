using System.Buffers.Binary;
using System.Globalization;
using Veridicom.Dicom;

namespace Veridicom.Seals.Signatures;

/// <summary>
/// Whether encapsulated pixel data can have been cut into other fragments than when it was signed. The MAC contains the tags of the
/// fragments but not their lengths (PS3.3-2023b C.12.1.1.3.1.1), so that two fragments with an item tag between them and one fragment that
/// contains that tag hash alike.
/// </summary>
internal static class FragmentStructure
{
    private const int WindowSize = 1 << 20;

    private static ReadOnlySpan<byte> ItemMark => [0xFE, 0xFF, 0x00, 0xE0];

    /// <summary>Why the cut is open to doubt, or null where it can be only one.</summary>
    /// <param name="pixelData">The encapsulated element.</param>
    /// <param name="isRle">RLE: exactly one fragment holds a frame (PS3.5-2023b A.4.2).</param>
    public static string? Doubt(DicomNode pixelData, bool isRle)
    {
        var fragments = new List<DicomNode>();
        foreach (DicomNode fragment in pixelData) fragments.Add(fragment);
        if (fragments.Count == 0) return "there is no offset table";
        DicomNode table = fragments[0];
        fragments.RemoveAt(0);
        int frames = Frames(pixelData.Parent);
        if (frames < 1) return "Number of Frames is no number";
        if (fragments.Count < frames) return $"{frames} frames in {fragments.Count} fragments";
        if (isRle && fragments.Count != frames) return $"{frames} RLE frames in {fragments.Count} fragments";
        if (table.ValueLength > 0)
        {
            if (!TableFits(table, fragments, frames)) return "the offset table does not point to the fragments";
            // The table is signed: with one entry for each fragment there is no other cut that it fits.
            if (fragments.Count == frames) return null;
        }
        if (ContainsMark(table)) return "the offset table contains the tag of an item";
        foreach (DicomNode fragment in fragments)
        {
            if (ContainsMark(fragment)) return $"{fragment.Path} contains the tag of an item";
        }
        return null;
    }

    private static int Frames(DicomNode level)
    {
        if (!level.TryFind(SignatureTags.NumberOfFrames, out DicomNode node) || node.Ascii()?.Trim() is not { Length: > 0 } text) return 1;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int frames) ? frames : 0;
    }

    // PS3.5-2023b A.4: offsets of the first fragment of each frame, from the first byte of the first item tag after the table
    private static bool TableFits(DicomNode table, List<DicomNode> fragments, int frames)
    {
        if (table.ValueLength != 4L * frames) return false;
        long origin = fragments[0].HeaderOffset;
        int next = 0;
        ByteSource source = table.DataSet.Source;
        for (int frame = 0; frame < frames; frame++)
        {
            long offset = origin + BinaryPrimitives.ReadUInt32LittleEndian(source.Window(table.ValueOffset + (4L * frame), 4));
            while (next < fragments.Count && fragments[next].HeaderOffset < offset) next++;
            if (next >= fragments.Count || fragments[next].HeaderOffset != offset || (frame == 0 && next != 0)) return false;
            next++;
        }
        return true;
    }

    /// <summary>Looks for the tag where a fragment can begin: fragments are even, so only at even places.</summary>
    private static bool ContainsMark(DicomNode fragment)
    {
        ByteSource source = fragment.DataSet.Source;
        long at = fragment.ValueOffset, end = at + fragment.ValueLength;
        while (end - at >= 4)
        {
            int count = (int)Math.Min(WindowSize, end - at);
            ReadOnlySpan<byte> window = source.Window(at, count);
            for (int from = 0; ;)
            {
                int hit = window[from..].IndexOf(ItemMark);
                if (hit < 0) break;
                if (((from + hit) & 1) == 0) return true;
                from += hit + 1;
            }
            if (at + count == end) break;
            at += count - 4; // even, and no tag across the seam is missed
        }
        return false;
    }
}
