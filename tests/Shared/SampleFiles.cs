using System.Buffers.Binary;
using System.Text;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;

namespace Veridicom.Testing;

/// <summary>
/// Small DICOM files made here, in every encoding: nested sequences of defined and undefined length, private blocks, sequences
/// written as UN, group lengths, fragments, and data sets without preamble or meta elements. All of them are sound.
/// </summary>
public static class SampleFiles
{
    /// <summary>UIDs of the encodings, by the form their elements have.</summary>
    public const string Explicit = "1.2.840.10008.1.2.1", Implicit = "1.2.840.10008.1.2", BigEndian = "1.2.840.10008.1.2.2",
        Deflated = "1.2.840.10008.1.2.1.99", Rle = "1.2.840.10008.1.2.5";

    /// <summary>Every sample with a name, always in the same order and with the same bytes.</summary>
    public static IReadOnlyList<(string Name, byte[] Bytes)> All() =>
    [
        ("explicit", File(Explicit, DataSet(NodeForm.None))),
        ("implicit", File(Implicit, DataSet(NodeForm.Implicit))),
        ("big endian", File(BigEndian, DataSet(NodeForm.BigEndian))),
        ("deflated", File(Deflated, Deflate(DataSet(NodeForm.None)))),
        ("defined lengths", File(Explicit, DataSet(NodeForm.None, defined: true))),
        ("implicit, defined lengths", File(Implicit, DataSet(NodeForm.Implicit, defined: true))),
        ("big endian, defined lengths", File(BigEndian, DataSet(NodeForm.BigEndian, defined: true))),
        ("fragments", File(Rle, DataSet(NodeForm.None, fragments: true))),
        ("group lengths", File(Explicit, GroupLengths(NodeForm.None))),
        ("bare explicit", DataSet(NodeForm.None)),
        ("bare implicit", DataSet(NodeForm.Implicit)),
        ("bare big endian", DataSet(NodeForm.BigEndian)),
        ("meta without preamble", File(Explicit, DataSet(NodeForm.None))[128..][4..]),
        ("no data set", File(Explicit, [])),
    ];

    /// <summary>Preamble, DICM, meta elements and what comes behind them.</summary>
    public static byte[] File(string syntax, ReadOnlySpan<byte> dataSet, string sopClass = "1.2.840.10008.5.1.4.1.1.7")
    {
        byte[] elements = new ElementWriter()
            .Bytes(new(0x0002, 0x0001), Vr.OB, [0, 1])
            .Text(new(0x0002, 0x0002), Vr.UI, sopClass)
            .Text(new(0x0002, 0x0003), Vr.UI, "2.25.1")
            .Text(new(0x0002, 0x0010), Vr.UI, syntax)
            .Text(new(0x0002, 0x0012), Vr.UI, "2.25.2")
            .ToArray();
        byte[] length = new ElementWriter().UInt32(new(0x0002, 0x0000), (uint)elements.Length).ToArray();
        return [.. new byte[128], .. "DICM"u8, .. length, .. elements, .. dataSet];
    }

    /// <summary>A raw deflate stream of even length.</summary>
    public static byte[] Deflate(byte[] dataSet)
    {
        using var output = new MemoryStream();
        new Splice(new MemorySource(dataSet)).DeflateTo(output);
        return output.ToArray();
    }

    /// <summary>A small image of 8 x 8 cells of 16 bits with sequences, private elements and a signature-like end.</summary>
    public static byte[] DataSet(NodeForm form, bool defined = false, bool fragments = false)
    {
        bool isImplicit = (form & NodeForm.Implicit) != 0;
        byte[] code = new ElementWriter(form)
            .Text(new(0x0008, 0x0100), Vr.SH, "T-D1100")
            .Text(new(0x0008, 0x0104), Vr.LO, "Head")
            .ToArray();
        byte[] codes = Sequence(form, new(0x0008, 0x2228), defined, [code, [], code]);
        var writer = new ElementWriter(form)
            .Text(new(0x0008, 0x0005), Vr.CS, "ISO_IR 100")
            .Text(new(0x0008, 0x0016), Vr.UI, "1.2.840.10008.5.1.4.1.1.7")
            .Text(new(0x0008, 0x0018), Vr.UI, "2.25.1")
            .Text(new(0x0008, 0x0060), Vr.CS, "OT")
            .Raw(Sequence(form, new(0x0008, 0x1140), defined, [codes, codes]))
            .Text(new(0x0009, 0x0010), Vr.LO, "VERIDICOM SAMPLE")
            .Bytes(new(0x0009, 0x1001), Vr.OB, [1, 2, 3, 4])
            .Bytes(new(0x0009, 0x1002), Vr.UN, "four"u8)
            .Raw(UnknownSequence(form, new(0x0009, 0x1003), defined: true))
            .Raw(UnknownSequence(form, new(0x0009, 0x1004), defined: false))
            .Text(new(0x0010, 0x0010), Vr.PN, "Probe^Anna")
            .Text(new(0x0010, 0x0020), Vr.LO, "47-11")
            .Bytes(new(0x0018, 0x9087), Vr.FD, [0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
            .UInt16(new(0x0028, 0x0002), 1)
            .Text(new(0x0028, 0x0004), Vr.CS, "MONOCHROME2")
            .Bytes(new(0x0028, 0x0009), Vr.AT, [0x18, 0x00, 0x63, 0x10])
            .UInt16(new(0x0028, 0x0010), 8)
            .UInt16(new(0x0028, 0x0011), 8)
            .UInt16(new(0x0028, 0x0100), 16)
            .UInt16(new(0x0028, 0x0101), 12)
            .UInt16(new(0x0028, 0x0102), 11)
            .UInt16(new(0x0028, 0x0103), 0)
            .Bytes(new(0x0028, 0x3006), isImplicit ? Vr.OW : Vr.US, [1, 0, 2, 0])
            .Text(new(0x0040, 0xA160), Vr.UT, "Zum Üben");
        byte[] cells = new byte[128];
        for (int i = 0; i < cells.Length; i += 2) BinaryPrimitives.WriteUInt16LittleEndian(cells.AsSpan(i), (ushort)(i * 31 & 0xFFF));
        if (fragments)
        {
            writer.Header(new(0x7FE0, 0x0010), Vr.OB, 0xFFFFFFFF);
            foreach (byte[] fragment in new byte[][] { [0, 0, 0, 0], cells, [.. cells[..62]] })
                writer.Raw(ItemHeader(form, (uint)fragment.Length)).Raw(fragment);
            writer.EndSequence();
        }
        else writer.Bytes(new(0x7FE0, 0x0010), Vr.OW, cells);
        return writer.Bytes(new(0xFFFC, 0xFFFC), Vr.OB, new byte[10]).ToArray();
    }

    /// <summary>A sequence with the items given, in this form.</summary>
    public static byte[] Sequence(NodeForm form, DicomTag tag, bool defined, params byte[][] items)
    {
        byte[] content = [.. items.SelectMany(item => Item(form, defined, item))];
        var writer = new ElementWriter(form).Header(tag, Vr.SQ, defined ? (uint)content.Length : 0xFFFFFFFF).Raw(content);
        return (defined ? writer : writer.EndSequence()).ToArray();
    }

    /// <summary>One item.</summary>
    public static byte[] Item(NodeForm form, bool defined, byte[] content) => defined
        ? [.. ItemHeader(form, (uint)content.Length), .. content]
        : new ElementWriter(form).BeginItem().Raw(content).EndItem().ToArray();

    /// <summary>The eight bytes before an item or fragment.</summary>
    public static byte[] ItemHeader(NodeForm form, uint length)
    {
        byte[] head = new ElementWriter(form).BeginItem().ToArray();
        if ((form & NodeForm.BigEndian) != 0) BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(4), length);
        else BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(4), length);
        return head;
    }

    /// <summary>A sequence under VR UN: its content is implicit VR little endian whatever the form around it (PS3.5-2023b 6.2.2).</summary>
    public static byte[] UnknownSequence(NodeForm form, DicomTag tag, bool defined)
    {
        byte[] inner = new ElementWriter(NodeForm.Implicit)
            .Text(new(0x0008, 0x0060), Vr.CS, "OT")
            .Text(new(0x0010, 0x0020), Vr.LO, "inside")
            .ToArray();
        byte[] content = [.. Item(NodeForm.Implicit, defined, inner), .. Item(NodeForm.Implicit, !defined, inner)];
        var writer = new ElementWriter(form).Header(tag, Vr.UN, defined ? (uint)content.Length : 0xFFFFFFFF).Raw(content);
        return defined ? writer.ToArray() : [.. writer.ToArray(), .. new ElementWriter(NodeForm.Implicit).EndSequence().ToArray()];
    }

    /// <summary>A data set with retired group lengths at two levels (PS3.5-2023b 7.2).</summary>
    public static byte[] GroupLengths(NodeForm form)
    {
        byte[] inner = WithLength(form, 0x0008, new ElementWriter(form).Text(new(0x0008, 0x0100), Vr.SH, "CODE").ToArray());
        return
        [
            .. WithLength(form, 0x0008, [.. new ElementWriter(form).Text(new(0x0008, 0x0060), Vr.CS, "OT").ToArray(),
                .. Sequence(form, new(0x0008, 0x2228), defined: false, inner)]),
            .. WithLength(form, 0x0010, new ElementWriter(form).Text(new(0x0010, 0x0020), Vr.LO, "47-11").ToArray()),
        ];
    }

    private static byte[] WithLength(NodeForm form, ushort group, byte[] elements) =>
        new ElementWriter(form).UInt32(new(group, 0x0000), (uint)elements.Length).Raw(elements).ToArray();

    /// <summary>Text as bytes, for comparisons.</summary>
    public static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}
