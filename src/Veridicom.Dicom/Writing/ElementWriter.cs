using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Veridicom.Dicom.Writing;

/// <summary>
/// Encodes new elements in one form: explicit or implicit VR, little or big endian. Values are given as little endian bytes or as text
/// and are padded to even length with the VR's own byte. Sequences and items get undefined length.
/// </summary>
public sealed class ElementWriter(NodeForm form = NodeForm.None)
{
    private readonly ArrayBufferWriter<byte> _out = new(1024);
    private bool Big => (form & NodeForm.BigEndian) != 0;

    /// <summary>What has been written.</summary>
    public ReadOnlySpan<byte> Written => _out.WrittenSpan;

    /// <summary>What has been written, as an array of its own.</summary>
    public byte[] ToArray() => _out.WrittenSpan.ToArray();

    /// <summary>An element whose value is little endian bytes; swapped here where the form is big endian.</summary>
    public ElementWriter Bytes(DicomTag tag, Vr vr, ReadOnlySpan<byte> value)
    {
        int padded = value.Length + (value.Length & 1);
        Header(tag, vr, (uint)padded);
        Span<byte> span = _out.GetSpan(padded)[..padded];
        value.CopyTo(span);
        if (padded != value.Length) span[^1] = vr.PadByte();
        if (Big) SwapUnits(span, vr.SwapUnit());
        _out.Advance(padded);
        return this;
    }

    /// <summary>A text element; characters outside ISO 8859-1 are not for this method.</summary>
    public ElementWriter Text(DicomTag tag, Vr vr, string value) => Bytes(tag, vr, Encoding.Latin1.GetBytes(value));

    /// <summary>A US element of one or more values.</summary>
    public ElementWriter UInt16(DicomTag tag, params ReadOnlySpan<ushort> values)
    {
        byte[] bytes = new byte[values.Length * 2];
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), values[i]);
        return Bytes(tag, Vr.US, bytes);
    }

    /// <summary>A UL element.</summary>
    public ElementWriter UInt32(DicomTag tag, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Bytes(tag, Vr.UL, bytes);
    }

    /// <summary>An AT element: tags in the order given (PS3.5-2023b 6.2: group first, then element).</summary>
    public ElementWriter Tags(DicomTag tag, IReadOnlyList<DicomTag> values)
    {
        byte[] bytes = new byte[values.Count * 4];
        for (int i = 0; i < values.Count; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4 * i), values[i].Group);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4 * i + 2), values[i].Element);
        }
        return Bytes(tag, Vr.AT, bytes);
    }

    /// <summary>Opens a sequence of undefined length.</summary>
    public ElementWriter BeginSequence(DicomTag tag)
    {
        Header(tag, Vr.SQ, 0xFFFFFFFF);
        return this;
    }

    /// <summary>Opens an item of undefined length.</summary>
    public ElementWriter BeginItem() => Mark(0xFFFEE000, 0xFFFFFFFF);

    /// <summary>Closes an item.</summary>
    public ElementWriter EndItem() => Mark(0xFFFEE00D, 0);

    /// <summary>Closes a sequence.</summary>
    public ElementWriter EndSequence() => Mark(0xFFFEE0DD, 0);

    /// <summary>Bytes that already are elements in this form.</summary>
    public ElementWriter Raw(ReadOnlySpan<byte> elements)
    {
        _out.Write(elements);
        return this;
    }

    /// <summary>The header of an element with a value of <paramref name="length"/> bytes that the caller writes.</summary>
    public ElementWriter Header(DicomTag tag, Vr vr, uint length)
    {
        bool isImplicit = (form & NodeForm.Implicit) != 0;
        int size = isImplicit || vr.IsShort() ? 8 : 12;
        Span<byte> span = _out.GetSpan(size)[..size];
        span.Clear();
        U16(span, tag.Group);
        U16(span[2..], tag.Element);
        if (isImplicit) U32(span[4..], length);
        else
        {
            span[4] = (byte)((ushort)vr >> 8);
            span[5] = (byte)((ushort)vr & 0xFF);
            if (size == 12) U32(span[8..], length);
            else if (length <= 0xFFFE) U16(span[6..], (ushort)length);
            else throw new ArgumentOutOfRangeException(nameof(length), $"{tag}: {length} bytes do not fit the 16-bit length of {vr.Text()}");
        }
        _out.Advance(size);
        return this;
    }

    private ElementWriter Mark(uint tag, uint length)
    {
        Span<byte> span = _out.GetSpan(8)[..8];
        U16(span, (ushort)(tag >> 16));
        U16(span[2..], (ushort)(tag & 0xFFFF));
        U32(span[4..], length);
        _out.Advance(8);
        return this;
    }

    private void U16(Span<byte> to, ushort value)
    {
        if (Big) BinaryPrimitives.WriteUInt16BigEndian(to, value);
        else BinaryPrimitives.WriteUInt16LittleEndian(to, value);
    }

    private void U32(Span<byte> to, uint value)
    {
        if (Big) BinaryPrimitives.WriteUInt32BigEndian(to, value);
        else BinaryPrimitives.WriteUInt32LittleEndian(to, value);
    }

    /// <summary>Reverses each unit of 2, 4 or 8 bytes in place; a rest shorter than a unit stays.</summary>
    public static void SwapUnits(Span<byte> bytes, int unit)
    {
        if (unit == 1) return;
        if (unit == 2)
        {
            Span<ushort> words = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ushort>(bytes);
            BinaryPrimitives.ReverseEndianness(words, words);
            return;
        }
        for (int i = 0; i + unit <= bytes.Length; i += unit) bytes.Slice(i, unit).Reverse();
    }
}
