using System.Buffers.Binary;
using System.Globalization;
using Veridicom.Dicom;

namespace Veridicom.Pixels.Rendering;

/// <summary>Numbers and sequences out of nodes, for rendering: what cannot be read is absent.</summary>
internal static class ValueReading
{
    private const int MostText = 4096;

    /// <summary>All numbers of a decimal or integer string; one that is none is NaN.</summary>
    public static double[] Decimals(this DicomNode parent, DicomTag tag)
    {
        if (!parent.TryFind(tag, out DicomNode node) || node.Kind != NodeKind.Element || node.ValueLength is 0 or > MostText) return [];
        return Array.ConvertAll((node.Ascii() ?? "").Split('\\'),
            text => double.TryParse(text.Trim(' ', '\0'), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : double.NaN);
    }

    /// <summary>All numbers of 16 bits, unsigned as they stand.</summary>
    public static ushort[] Words(this DicomNode parent, DicomTag tag) =>
        parent.TryFind(tag, out DicomNode node) && node.Kind == NodeKind.Element ? node.Words() : [];

    /// <summary>The value as numbers of 16 bits, at most 2^20 of them.</summary>
    public static ushort[] Words(this DicomNode node)
    {
        if (node.ValueLength > 2 << 20) return [];
        ReadOnlySpan<byte> bytes = node.Value;
        var words = new ushort[bytes.Length / 2];
        for (int i = 0; i < words.Length; i++)
            words[i] = node.BigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes[(2 * i)..]) : BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]);
        return words;
    }

    /// <summary>The value as bytes: those of a big endian word are in the other order.</summary>
    public static byte[] Bytes(this DicomNode node)
    {
        byte[] bytes = node.ValueLength > 2 << 20 ? [] : node.Value.ToArray();
        if (node.BigEndian && node.Vr == Vr.OW)
        {
            for (int i = 0; i + 1 < bytes.Length; i += 2) (bytes[i], bytes[i + 1]) = (bytes[i + 1], bytes[i]);
        }
        return bytes;
    }

    /// <summary>A code string, empty where absent.</summary>
    public static string Code(this DicomNode parent, DicomTag tag) => parent.TryFind(tag, out DicomNode node) ? (node.Ascii() ?? "").Trim() : "";

    /// <summary>An item of a sequence, counted from 0.</summary>
    public static bool TryItem(this DicomNode parent, DicomTag sequence, int number, out DicomNode item)
    {
        item = default;
        if (!parent.TryFind(sequence, out DicomNode node) || node.Kind != NodeKind.Sequence) return false;
        foreach (DicomNode child in node)
        {
            item = child;
            if (number-- == 0) return true;
        }
        return false;
    }
}
