using System.Buffers.Binary;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;

namespace Veridicom.Testing;

/// <summary>The small images that seal vectors are made of: every shape of pixel data, and elements that are hard to bind.</summary>
public static class SealVectorImages
{
    private const string SecondaryCapture = "1.2.840.10008.5.1.4.1.1.7";

    /// <summary>Name, bytes and what is special, all in explicit VR little endian but the samples of every encoding.</summary>
    public static IEnumerable<(string Name, byte[] Bytes, string Comment)> All()
    {
        foreach ((string name, byte[] bytes) in SampleFiles.All())
            yield return (name.Replace(", ", "-", StringComparison.Ordinal).Replace(' ', '-'), bytes, $"sealed as it is: {name}");
        yield return ("colour-by-pixel", Image(w => w.UInt16(new(0x0028, 0x0006), 0), rows: 40, columns: 70, samples: 3, photometric: "RGB"), "8-bit RGB, 2 x 3 tiles with smaller ones at the edges");
        yield return ("colour-by-plane", Image(w => w.UInt16(new(0x0028, 0x0006), 1), rows: 40, columns: 70, samples: 3, photometric: "RGB"), "8-bit RGB, planar configuration 1");
        yield return ("bits", Image(w => w.Text(new(0x0028, 0x0008), Vr.IS, "3"), rows: 7, columns: 9, allocated: 1, frames: 3), "1-bit, three frames of 63 pixels, none of the later ones on a byte");
        yield return ("frames", Image(w => w.Text(new(0x0028, 0x0008), Vr.IS, "2"), rows: 33, columns: 35, allocated: 16, frames: 2), "16-bit, two frames of 2 x 2 tiles");
        yield return ("one-frame", Image(w => w.Text(new(0x0028, 0x0008), Vr.IS, "1"), rows: 4, columns: 4, allocated: 16), "Number of Frames 1, which may go");
        yield return ("odd-pixels", Image(_ => { }, rows: 3, columns: 3), "nine bytes of pixels and one of padding");
        yield return ("tall", Image(_ => { }, rows: 300, columns: 4), "tiles of 38 rows");
        yield return ("dirty", Image(_ => { }, rows: 4, columns: 4, allocated: 16, stored: 12, mask: 0xFFFF), "bits above Bits Stored are set: bound as encoded");
        yield return ("subsampled", Image(w => w.UInt16(new(0x0028, 0x0006), 0), rows: 4, columns: 4, samples: 3, photometric: "YBR_FULL_422", bytes: 32), "YBR_FULL_422: bound as encoded");
        yield return ("excess", Image(_ => { }, rows: 4, columns: 4, bytes: 18), "two bytes too many: bound as encoded");
        yield return ("float", Float(), "Float Pixel Data");
        yield return ("no-pixels", SampleFiles.File(SampleFiles.Explicit, Elements().ToArray()), "no pixel element");
        yield return ("hard-elements", Hard(), "private blocks, padding, odd lengths, unknown tags, empty sequences");
        byte[] preamble = SampleFiles.File(SampleFiles.Explicit, Elements().ToArray());
        "II*\0"u8.CopyTo(preamble);
        yield return ("preamble", preamble, "a preamble that is not zero");
    }

    /// <summary>The elements of every image that is made here, up to group 0020.</summary>
    private static ElementWriter Elements() => new ElementWriter()
        .Text(new(0x0008, 0x0016), Vr.UI, SecondaryCapture)
        .Text(new(0x0008, 0x0018), Vr.UI, "2.25.1")
        .Text(new(0x0010, 0x0010), Vr.PN, "Probe^Anna")
        .Text(new(0x0010, 0x0020), Vr.LO, "47-11");

    private static byte[] Image(Action<ElementWriter> more, ushort rows, ushort columns, ushort samples = 1, ushort allocated = 8, ushort stored = 0, int frames = 1,
        string photometric = "MONOCHROME2", int mask = -1, int bytes = 0)
    {
        stored = stored == 0 ? allocated : stored;
        ElementWriter writer = Elements().UInt16(new(0x0028, 0x0002), samples).Text(new(0x0028, 0x0004), Vr.CS, photometric);
        more(writer);
        writer.UInt16(new(0x0028, 0x0010), rows).UInt16(new(0x0028, 0x0011), columns).UInt16(new(0x0028, 0x0100), allocated)
            .UInt16(new(0x0028, 0x0101), stored).UInt16(new(0x0028, 0x0102), (ushort)(stored - 1)).UInt16(new(0x0028, 0x0103), 0);
        long bits = (long)rows * columns * samples * allocated * frames;
        byte[] cells = new byte[bytes > 0 ? bytes : (bits + 7) / 8];
        for (int i = 0; i < cells.Length; i++) cells[i] = (byte)(i * 37 % 251 & mask);
        if (bits % 8 != 0) cells[^1] &= (byte)((1 << (int)(bits % 8)) - 1); // behind the last pixel nothing is set
        return SampleFiles.File(SampleFiles.Explicit, writer.Bytes(new(0x7FE0, 0x0010), allocated > 8 ? Vr.OW : Vr.OB, cells).ToArray());
    }

    private static byte[] Float()
    {
        byte[] cells = new byte[4 * 12];
        for (int i = 0; i < 12; i++) BinaryPrimitives.WriteSingleLittleEndian(cells.AsSpan(4 * i), i / 3f);
        return SampleFiles.File(SampleFiles.Explicit, Elements().UInt16(new(0x0028, 0x0002), 1).UInt16(new(0x0028, 0x0010), 3).UInt16(new(0x0028, 0x0011), 4)
            .UInt16(new(0x0028, 0x0100), 32).Bytes(new(0x7FE0, 0x0008), Vr.OF, cells).ToArray());
    }

    private static byte[] Hard()
    {
        byte[] inItem = new ElementWriter().Text(new(0x0009, 0x0010), Vr.LO, "INSIDE").Text(new(0x0009, 0x1001), Vr.SH, "deep").ToArray();
        byte[] dataSet = new ElementWriter()
            .Text(new(0x0008, 0x0016), Vr.UI, SecondaryCapture)
            .Text(new(0x0008, 0x0018), Vr.UI, "2.25.1")
            .Raw(SampleFiles.Sequence(NodeForm.None, new(0x0008, 0x1140), defined: false))
            .Raw(SampleFiles.Sequence(NodeForm.None, new(0x0008, 0x1199), defined: true, inItem, []))
            .Bytes(new(0x0008, 0x2111), Vr.ST, "ends in NUL\0"u8)
            .Text(new(0x0009, 0x0010), Vr.LO, "TWICE")
            .Text(new(0x0009, 0x0011), Vr.LO, "TWICE")
            .Text(new(0x0009, 0x0012), Vr.LO, "OTHER ")
            .Bytes(new(0x0009, 0x1001), Vr.US, [1, 2])
            .Text(new(0x0009, 0x1101), Vr.LO, "second of the name")
            .Raw(SampleFiles.Sequence(NodeForm.None, new(0x0009, 0x1201), defined: false, inItem))
            .Raw(SampleFiles.Sequence(NodeForm.None, new(0x0009, 0x1202), defined: false))
            .Text(new(0x0009, 0x5001), Vr.LO, "no creator")
            .Text(new(0x0010, 0x0010), Vr.PN, "Probe^Anna")
            .Bytes(new(0x0010, 0x0020), Vr.LO, "two  "u8)
            .Header(new(0x0010, 0x2160), Vr.SH, 3).Raw("odd"u8)
            .Bytes(new(0x0018, 0x1000), Vr.LO, [])
            .Text(new(0x0018, 0x7FFF), Vr.LO, "in no dictionary")
            .Bytes(new(0x0020, 0x000D), Vr.UI, "2.25.31 "u8)
            .Bytes(new(0x0028, 0x0106), Vr.SS, [0xFF, 0xFF])
            .ToArray();
        return SampleFiles.File(SampleFiles.Explicit, dataSet);
    }
}
