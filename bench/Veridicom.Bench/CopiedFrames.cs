using System.Globalization;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;

namespace Veridicom.Bench;

/// <summary>One encoded frame, written many times as a multi-frame file: what a tool takes longer for more frames, it takes for decoding.</summary>
internal sealed class CopiedFrames
{
    private const string SopClass = "1.2.840.10008.5.1.4.1.1.7.3";

    private readonly byte[] _head, _tail;

    /// <summary>Takes the first frame of an encapsulated file.</summary>
    public CopiedFrames(byte[] file)
    {
        DicomFile parsed = DicomFile.Parse(new MemorySource(file));
        if (!PixelGeometry.TryFindPixels(parsed.DataSet, out DicomNode pixels)) throw new InvalidOperationException("no pixels");
        Geometry = PixelGeometry.Read(parsed.DataSet, pixels, out string reason) ?? throw new InvalidOperationException(reason);
        EncapsulatedFrames frames = EncapsulatedFrames.Find(pixels, Geometry.Frames, out reason) ?? throw new InvalidOperationException(reason);
        Codestream = frames.Codestream(0).ToArray();
        if (Codestream.Length % 2 != 0) Codestream = [.. Codestream, 0];
        string Text(ushort element) => parsed.DataSet.TryFind(new DicomTag(0x0028, element), out DicomNode node) ? System.Text.Encoding.ASCII.GetString(node.Value).TrimEnd(' ', '\0') : "";
        byte[] meta = new ElementWriter().Bytes(new(0x0002, 0x0001), Vr.OB, [0, 1]).Text(new(0x0002, 0x0002), Vr.UI, SopClass).Text(new(0x0002, 0x0003), Vr.UI, "2.25.2001")
            .Text(new(0x0002, 0x0010), Vr.UI, parsed.TransferSyntax.Uid).Text(new(0x0002, 0x0012), Vr.UI, "2.25.1").ToArray();
        _head = [.. new byte[128], .. "DICM"u8, .. new ElementWriter().UInt32(new(0x0002, 0x0000), (uint)meta.Length).Raw(meta)
            .Text(new(0x0008, 0x0016), Vr.UI, SopClass).Text(new(0x0008, 0x0018), Vr.UI, "2.25.2001").Text(new(0x0008, 0x0060), Vr.CS, "OT")
            .Text(new(0x0020, 0x000D), Vr.UI, "2.25.2002").Text(new(0x0020, 0x000E), Vr.UI, "2.25.2003")
            .UInt16(new(0x0028, 0x0002), (ushort)Geometry.Samples).Text(new(0x0028, 0x0004), Vr.CS, Text(0x0004)).ToArray()];
        var rest = new ElementWriter();
        rest.UInt16(new(0x0028, 0x0010), (ushort)Geometry.Rows).UInt16(new(0x0028, 0x0011), (ushort)Geometry.Columns).UInt16(new(0x0028, 0x0100), (ushort)Geometry.BitsAllocated)
            .UInt16(new(0x0028, 0x0101), (ushort)Geometry.BitsStored).UInt16(new(0x0028, 0x0102), (ushort)Geometry.HighBit).UInt16(new(0x0028, 0x0103), Geometry.Signed ? (ushort)1 : (ushort)0);
        _tail = rest.Header(new(0x7FE0, 0x0010), Vr.OB, 0xFFFFFFFF).ToArray();
    }

    /// <summary>Its shape.</summary>
    public PixelGeometry Geometry { get; }

    /// <summary>The encoded frame.</summary>
    public byte[] Codestream { get; }

    /// <summary>Bytes of a decoded frame.</summary>
    public int FrameBytes => Geometry.RowBytes * Geometry.Rows;

    /// <summary>The file with so many frames.</summary>
    public byte[] File(int frames)
    {
        using var file = new MemoryStream();
        file.Write(_head);
        var between = new ElementWriter();
        if (Geometry.Samples > 1) between.UInt16(new(0x0028, 0x0006), 0);
        file.Write(between.Text(new(0x0028, 0x0008), Vr.IS, frames.ToString(CultureInfo.InvariantCulture)).ToArray());
        file.Write(_tail);
        file.Write([0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0]);
        for (int i = 0; i < frames; i++)
        {
            file.Write([0xFE, 0xFF, 0x00, 0xE0]);
            file.Write(BitConverter.GetBytes(Codestream.Length));
            file.Write(Codestream);
        }
        file.Write([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
        return file.ToArray();
    }
}
