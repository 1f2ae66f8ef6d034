using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Veridicom.Dicom;
using Veridicom.Dicom.Text;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Inventory;

namespace Veridicom.Seals.Verify;

/// <summary>Values of one data set for people: decoded by its character set, escaped, shortened. Not thread-safe.</summary>
public sealed class ElementText
{
    private const int LongestText = 64, MostNumbers = 6, LongestRead = 4096, Part = 1 << 18;
    private static readonly DicomTag SpecificCharacterSetTag = new(0x0008, 0x0005);
    private readonly SpecificCharacterSet _characters;

    /// <summary>For the values of this data set; null is one without any.</summary>
    public ElementText(DicomDataSet? set)
    {
        string? terms = set?.Ascii(SpecificCharacterSetTag);
        _characters = terms is null ? SpecificCharacterSet.Default : SpecificCharacterSet.Parse(terms.Split('\\'));
    }

    /// <summary>The value: text as it reads, the first numbers of a list, the length and the beginning of a digest of anything else.</summary>
    public string Of(DicomNode node)
    {
        if (node.Kind == NodeKind.Sequence) return Count(node.ChildCount, "item");
        if (node.Kind == NodeKind.Encapsulated) return Count(node.ChildCount, "fragment");
        if (node.ValueLength == 0) return "(empty)";
        if (node.Vr.IsText())
        {
            int length = (int)Math.Min(node.ValueLength, LongestRead);
            string text = _characters.Decode(node.DataSet.Source.Window(node.ValueOffset, length), node.Vr).TrimEnd(' ', '\0');
            return '"' + TextDisplay.Escape(text, LongestText) + '"';
        }
        int size = SizeOf(node.Vr);
        return size > 0 && node.ValueLength % size == 0 ? Numbers(node, size) : Bytes(node);
    }

    /// <summary>The same value, whatever byte order, padding and length form? Representations are compared where both files state them.</summary>
    public static bool SameBytes(DicomNode a, DicomNode b)
    {
        bool stated = ((a.Form | b.Form) & NodeForm.Implicit) == 0 && !a.Tag.IsPrivate;
        if (stated && a.Vr != b.Vr && a.Vr != Vr.UN && b.Vr != Vr.UN) return false;
        bool text = a.Vr.IsText() && b.Vr.IsText();
        long length = Length(a, text), other = Length(b, text);
        if (length != other) return false;
        byte[]? swapA = Swapper(a, length), swapB = Swapper(b, length);
        for (long at = 0; at < length; at += Part)
        {
            int count = (int)Math.Min(Part, length - at);
            if (!Canonical(a, at, count, swapA).SequenceEqual(Canonical(b, at, count, swapB))) return false;
        }
        return true;
    }

    /// <summary>Bytes of the value without its padding: one byte at an even end of text, none elsewhere.</summary>
    private static long Length(DicomNode node, bool text)
    {
        long length = node.ValueLength;
        bool padded = text && length > 0 && (length & 1) == 0 && node.DataSet.Source.Window(node.ValueOffset + length - 1, 1)[0] is 0 or (byte)' ';
        return padded ? length - 1 : length;
    }

    private static byte[]? Swapper(DicomNode node, long length) =>
        node.BigEndian && node.Vr.SwapUnit() > 1 ? new byte[Math.Min(Part, length)] : null;

    private static ReadOnlySpan<byte> Canonical(DicomNode node, long at, int count, byte[]? swapped)
    {
        ReadOnlySpan<byte> window = node.DataSet.Source.Window(node.ValueOffset + at, count);
        if (swapped is null) return window;
        window.CopyTo(swapped);
        ElementWriter.SwapUnits(swapped.AsSpan(0, count / node.Vr.SwapUnit() * node.Vr.SwapUnit()), node.Vr.SwapUnit());
        return swapped.AsSpan(0, count);
    }

    private static int SizeOf(Vr vr) => vr switch
    {
        Vr.US or Vr.SS => 2,
        Vr.UL or Vr.SL or Vr.FL or Vr.AT => 4,
        Vr.FD or Vr.UV or Vr.SV => 8,
        _ => 0,
    };

    private static string Numbers(DicomNode node, int size)
    {
        long count = node.ValueLength / size;
        var text = new StringBuilder();
        for (int i = 0; i < Math.Min(count, MostNumbers); i++)
        {
            if (i > 0) text.Append(", ");
            text.Append(Number(node.DataSet.Source.Window(node.ValueOffset + (long)i * size, size), node.Vr, node.BigEndian));
        }
        if (count > MostNumbers) text.Append(CultureInfo.InvariantCulture, $", … ({count} values)");
        return text.ToString();
    }

    private static string Number(ReadOnlySpan<byte> bytes, Vr vr, bool big)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        return vr switch
        {
            Vr.US => (big ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes)).ToString(culture),
            Vr.SS => (big ? BinaryPrimitives.ReadInt16BigEndian(bytes) : BinaryPrimitives.ReadInt16LittleEndian(bytes)).ToString(culture),
            Vr.UL => (big ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes)).ToString(culture),
            Vr.SL => (big ? BinaryPrimitives.ReadInt32BigEndian(bytes) : BinaryPrimitives.ReadInt32LittleEndian(bytes)).ToString(culture),
            Vr.FL => (big ? BinaryPrimitives.ReadSingleBigEndian(bytes) : BinaryPrimitives.ReadSingleLittleEndian(bytes)).ToString(culture),
            Vr.FD => (big ? BinaryPrimitives.ReadDoubleBigEndian(bytes) : BinaryPrimitives.ReadDoubleLittleEndian(bytes)).ToString(culture),
            Vr.UV => (big ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes)).ToString(culture),
            Vr.SV => (big ? BinaryPrimitives.ReadInt64BigEndian(bytes) : BinaryPrimitives.ReadInt64LittleEndian(bytes)).ToString(culture),
            _ => (big ? new DicomTag(BinaryPrimitives.ReadUInt16BigEndian(bytes), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]))
                : new DicomTag(BinaryPrimitives.ReadUInt16LittleEndian(bytes), BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]))).ToString(),
        };
    }

    private static string Bytes(DicomNode node)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        LeafHasher.AppendValue(hash, node);
        return string.Create(CultureInfo.InvariantCulture, $"{node.ValueLength} bytes, SHA-256 {Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}…");
    }

    private static string Count(int count, string what) => count == 1 ? "1 " + what : string.Create(CultureInfo.InvariantCulture, $"{count} {what}s");
}
