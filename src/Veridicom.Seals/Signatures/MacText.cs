using Veridicom.Dicom;

namespace Veridicom.Seals.Signatures;

/// <summary>
/// Text as DCMTK puts it into a MAC: decoded once and padded again, so that padding beyond one character is gone. Other writers
/// keep it, which <see cref="MacReading.StoredText"/> stands for.
/// </summary>
internal static class MacText
{
    private const int Step = 4096;

    /// <summary>Bytes of a text value that are kept; what follows is at most one byte of padding. For all but UI.</summary>
    public static long KeptLength(DicomNode node)
    {
        long length = node.ValueLength;
        // An odd value gets a NUL first, which is no padding of text: nothing before it is cut.
        if ((length & 1) != 0) return length;
        ByteSource source = node.DataSet.Source;
        while (length > 0)
        {
            int count = (int)Math.Min(Step, length);
            int kept = source.Window(node.ValueOffset + length - count, count).TrimEnd((byte)' ').Length;
            length -= count - kept;
            if (kept > 0) break;
        }
        return length;
    }

    /// <summary>The byte that makes the kept part even.</summary>
    public static byte PadByte(DicomNode node) => (node.ValueLength & 1) != 0 ? (byte)0 : (byte)' ';

    /// <summary>A UI value without white space and trailing NULs, padded by one NUL where it is odd. At most 64 KB.</summary>
    public static byte[] Uid(DicomNode node)
    {
        ReadOnlySpan<byte> value = node.Value;
        byte[] kept = new byte[value.Length + 1];
        int length = 0;
        foreach (byte b in value)
        {
            if (b is not (0x20 or (>= 0x09 and <= 0x0D))) kept[length++] = b;
        }
        while (length > 0 && kept[length - 1] == 0) length--;
        kept[length] = 0;
        return kept[..(length + (length & 1))];
    }

    /// <summary>Whether this form differs from the stored value with its proper padding.</summary>
    public static bool IsRewritten(DicomNode node, Vr vr)
    {
        if (vr != Vr.UI)
        {
            long kept = KeptLength(node);
            return (node.ValueLength & 1) != 0 || kept + (kept & 1) != node.ValueLength;
        }
        if (node.ValueLength > 0xFFFF) return false;
        ReadOnlySpan<byte> stored = node.Value;
        ReadOnlySpan<byte> uid = Uid(node);
        return !uid[..Math.Min(uid.Length, stored.Length)].SequenceEqual(stored) || uid.Length != stored.Length + (stored.Length & 1);
    }
}
