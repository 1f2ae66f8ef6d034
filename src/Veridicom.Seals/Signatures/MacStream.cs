using System.Buffers.Binary;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;

namespace Veridicom.Seals.Signatures;

/// <summary>
/// The byte stream that a MAC is calculated over (PS3.3-2023b C.12.1.1.3.1.1, PS3.15-2023b C.1): explicit VR little endian, without the
/// lengths of sequences, items and fragments, whatever encoding the elements lie in. Values pass through in windows; the walk needs no
/// recursion. Writing is the same for a hash and for a dump.
/// </summary>
public static class MacStream
{
    private const int WindowSize = 1 << 20;
    private const int SwapSize = 1 << 16; // a multiple of every unit that is swapped

    private static ReadOnlySpan<byte> ItemMark => [0xFE, 0xFF, 0x00, 0xE0];
    private static ReadOnlySpan<byte> SequenceEnd => [0xFE, 0xFF, 0xDD, 0xE0];

    /// <summary>
    /// Writes the listed elements of a level, in the order of the data set; listed tags that are absent add nothing.
    /// </summary>
    /// <param name="level">The root of a data set, or an item.</param>
    /// <param name="tags">Data Elements Signed; each one present must satisfy <see cref="Signable.IsSignableElement"/>.</param>
    /// <param name="output">Receives the stream.</param>
    public static void WriteElements(DicomNode level, IReadOnlySet<DicomTag> tags, Stream output) =>
        WriteElements(level, tags, output, default);

    /// <summary>
    /// Writes the elements of an item of the Digital Signatures Sequence that the signature covers: all that can be hashed but
    /// certificate, signature and time-stamp.
    /// </summary>
    public static void WriteSignatureItem(DicomNode item, Stream output) => WriteSignatureItem(item, output, default);

    internal static void WriteSignatureItem(DicomNode item, Stream output, MacReading reading)
    {
        byte[] scratch = new byte[SwapSize];
        foreach (DicomNode element in item)
        {
            if (!SignatureTags.IsOutsideMac(element.Tag) && Signable.IsSignableElement(element)) WriteElement(element, output, reading, scratch);
        }
    }

    internal static void WriteElements(DicomNode level, IReadOnlySet<DicomTag> tags, Stream output, MacReading reading)
    {
        byte[] scratch = new byte[SwapSize];
        foreach (DicomNode element in level)
        {
            if (tags.Contains(element.Tag)) WriteElement(element, output, reading, scratch);
        }
    }

    /// <summary>One element with all that is in it: a walk over the flat nodes, with a stack of the sequences still open.</summary>
    private static void WriteElement(DicomNode element, Stream output, MacReading reading, byte[] scratch)
    {
        DicomDataSet set = element.DataSet;
        long end = element.EndOffset;
        var open = new Stack<long>();
        for (int i = element.Index; i < set.NodeCount;)
        {
            DicomNode node = set[i];
            while (open.Count > 0 && node.HeaderOffset >= open.Peek())
            {
                open.Pop();
                output.Write(SequenceEnd);
            }
            if (node.HeaderOffset >= end) break;
            i++;
            switch (node.Kind)
            {
                case NodeKind.Item:
                    output.Write(ItemMark);
                    break;
                case NodeKind.Fragment:
                    output.Write(ItemMark);
                    WriteValue(node, node.ValueLength, 1, 0, output, scratch);
                    break;
                case NodeKind.Element or NodeKind.Sequence or NodeKind.Encapsulated when !Signable.IsSignableTag(node.Tag):
                    while (i < set.NodeCount && set[i].HeaderOffset < node.EndOffset) i++;
                    break;
                case NodeKind.Element:
                    WritePlain(node, MacVr.Of(node, reading), reading.StoredText, output, scratch);
                    break;
                default:
                    // Encapsulated values are OB (PS3.5-2023b A.4), also where a writer put OW.
                    WriteOpen(node.Tag, node.Kind == NodeKind.Sequence ? Vr.SQ : Vr.OB, output);
                    open.Push(node.EndOffset);
                    break;
            }
        }
        for (int i = open.Count; i > 0; i--) output.Write(SequenceEnd);
    }

    private static void WriteHeader(DicomTag tag, Vr vr, uint length, Stream output)
    {
        Span<byte> header = stackalloc byte[12];
        WriteTagAndVr(tag, vr, header);
        int size = vr.IsLong() ? 12 : 8;
        if (size == 12) BinaryPrimitives.WriteUInt32LittleEndian(header[8..], length);
        else BinaryPrimitives.WriteUInt16LittleEndian(header[6..], (ushort)length);
        output.Write(header[..size]);
    }

    /// <summary>A sequence or encapsulated value: two reserved bytes and no length.</summary>
    private static void WriteOpen(DicomTag tag, Vr vr, Stream output)
    {
        Span<byte> header = stackalloc byte[8];
        WriteTagAndVr(tag, vr, header);
        output.Write(header);
    }

    private static void WriteTagAndVr(DicomTag tag, Vr vr, Span<byte> header)
    {
        header.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(header, tag.Group);
        BinaryPrimitives.WriteUInt16LittleEndian(header[2..], tag.Element);
        header[4] = (byte)((ushort)vr >> 8);
        header[5] = (byte)((ushort)vr & 0xFF);
    }

    /// <summary>An element whose value is bytes: header, value, and a byte that makes it even.</summary>
    private static void WritePlain(DicomNode node, Vr vr, bool storedText, Stream output, byte[] scratch)
    {
        if (vr == Vr.UI && !storedText)
        {
            byte[] uid = MacText.Uid(node);
            WriteHeader(node.Tag, vr, (uint)uid.Length, output);
            output.Write(uid);
            return;
        }
        bool rewritten = vr.IsText() && !storedText;
        long length = rewritten ? MacText.KeptLength(node) : node.ValueLength;
        WriteHeader(node.Tag, vr, (uint)(length + (length & 1)), output);
        WriteValue(node, length, node.BigEndian ? vr.SwapUnit() : 1, rewritten ? MacText.PadByte(node) : vr.PadByte(), output, scratch);
    }

    /// <summary>The first <paramref name="length"/> bytes of a value, in windows, and a pad byte where they are odd.</summary>
    private static void WriteValue(DicomNode node, long length, int unit, byte pad, Stream output, byte[] scratch)
    {
        ByteSource source = node.DataSet.Source;
        int window = unit == 1 ? WindowSize : SwapSize;
        long at = node.ValueOffset, end = at + length;
        while (at < end)
        {
            int count = (int)Math.Min(window, end - at);
            ReadOnlySpan<byte> bytes = source.Window(at, count);
            if (unit > 1)
            {
                bytes.CopyTo(scratch);
                ElementWriter.SwapUnits(scratch.AsSpan(0, count), unit);
                bytes = scratch.AsSpan(0, count);
            }
            output.Write(bytes);
            at += count;
        }
        if ((length & 1) != 0) output.WriteByte(pad);
    }
}
