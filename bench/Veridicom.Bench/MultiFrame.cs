using System.Globalization;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;

namespace Veridicom.Bench;

/// <summary>A multi-frame image larger than any buffer: its pixels are a hole in the file, so that it costs no disk.</summary>
internal static class MultiFrame
{
    private const string SopClass = "1.2.840.10008.5.1.4.1.1.7.3"; // Multi-frame Grayscale Word Secondary Capture
    private const int FrameBytes = 512 * 512 * 2;

    /// <summary>Frames that fill the largest defined length of a value, 4 GiB less two bytes (PS3.5-2023b 7.1).</summary>
    public const int MostFrames = (int)(0xFFFFFFFEL / FrameBytes);

    /// <summary>Writes the file; returns its length.</summary>
    public static long Write(string path, int frames)
    {
        const string instance = "2.25.1001";
        ElementWriter meta = new ElementWriter()
            .Bytes(new(0x0002, 0x0001), Vr.OB, [0, 1])
            .Text(new(0x0002, 0x0002), Vr.UI, SopClass)
            .Text(new(0x0002, 0x0003), Vr.UI, instance)
            .Text(new(0x0002, 0x0010), Vr.UI, "1.2.840.10008.1.2.1")
            .Text(new(0x0002, 0x0012), Vr.UI, "2.25.1");
        byte[] head = new ElementWriter()
            .UInt32(new(0x0002, 0x0000), (uint)meta.Written.Length).Raw(meta.Written)
            .Text(new(0x0008, 0x0016), Vr.UI, SopClass)
            .Text(new(0x0008, 0x0018), Vr.UI, instance)
            .Text(new(0x0008, 0x0060), Vr.CS, "OT")
            .Text(new(0x0010, 0x0010), Vr.PN, "Phantom^Large")
            .Text(new(0x0020, 0x000D), Vr.UI, "2.25.1002")
            .Text(new(0x0020, 0x000E), Vr.UI, "2.25.1003")
            .UInt16(new(0x0028, 0x0002), 1)
            .Text(new(0x0028, 0x0004), Vr.CS, "MONOCHROME2")
            .Text(new(0x0028, 0x0008), Vr.IS, frames.ToString(CultureInfo.InvariantCulture))
            .UInt16(new(0x0028, 0x0010), 512)
            .UInt16(new(0x0028, 0x0011), 512)
            .UInt16(new(0x0028, 0x0100), 16)
            .UInt16(new(0x0028, 0x0101), 16)
            .UInt16(new(0x0028, 0x0102), 15)
            .UInt16(new(0x0028, 0x0103), 0)
            .Header(new(0x7FE0, 0x0010), Vr.OW, (uint)((long)frames * FrameBytes))
            .ToArray();
        using var file = new FileStream(path, FileMode.CreateNew);
        file.Write(new byte[128]);
        file.Write("DICM"u8);
        file.Write(head);
        file.SetLength(file.Position + (long)frames * FrameBytes);
        return file.Length;
    }
}
