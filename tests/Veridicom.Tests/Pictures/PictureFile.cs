using System.Globalization;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Pixels.Rendering;
using Xunit;

namespace Veridicom.Tests.Pictures;

/// <summary>A small image with the attributes that say how it is shown.</summary>
internal sealed record PictureFile
{
    private readonly SortedDictionary<uint, byte[]> _more = [];

    public int Rows { get; init; } = 1;
    public int Columns { get; init; }
    public int Frames { get; init; } = 1;
    public int Samples { get; init; } = 1;
    public int Allocated { get; init; } = 8;
    public int? Stored { get; init; }
    public int? High { get; init; }
    public bool Signed { get; init; }
    public bool Planar { get; init; }
    public string Photometric { get; init; } = "MONOCHROME2";
    public string Syntax { get; init; } = SampleFiles.Explicit;
    public uint Element { get; init; } = 0x7FE00010;
    public byte[] Pixels { get; init; } = [];

    /// <summary>Adds an element, written by the caller.</summary>
    public PictureFile With(uint tag, Action<ElementWriter> write)
    {
        var writer = new ElementWriter(Form);
        write(writer);
        _more[tag] = writer.ToArray();
        return this;
    }

    public PictureFile Text(uint tag, string value) => With(tag, w => w.Text(new(tag), Vr.DS, value));

    public PictureFile Words(uint tag, params ushort[] values) => With(tag, w => w.Bytes(new(tag), Vr.US, Bytes(values)));

    /// <summary>A sequence of one item that holds a lookup table.</summary>
    public PictureFile Table(uint sequence, ushort first, ushort bits, params ushort[] entries) => With(sequence, w => w.BeginSequence(new(sequence)).BeginItem()
        .Bytes(new(0x00283002), Vr.US, Bytes((ushort)entries.Length, first, bits)).Bytes(new(0x00283006), Vr.OW, Bytes(entries)).EndItem().EndSequence());

    /// <summary>Words in little endian, as the writer wants them.</summary>
    public static byte[] Bytes(params ushort[] values) => [.. values.SelectMany(v => new[] { (byte)(v & 0xFF), (byte)(v >> 8) })];

    private NodeForm Form => Syntax == SampleFiles.BigEndian ? NodeForm.BigEndian : NodeForm.None;

    public byte[] File()
    {
        var all = new SortedDictionary<uint, byte[]>(_more);
        int stored = Stored ?? Allocated;
        void Put(uint tag, Action<ElementWriter> write)
        {
            var writer = new ElementWriter(Form);
            write(writer);
            all[tag] = writer.ToArray();
        }
        Put(0x00080016, w => w.Text(new(0x00080016), Vr.UI, "1.2.840.10008.5.1.4.1.1.7"));
        Put(0x00080018, w => w.Text(new(0x00080018), Vr.UI, "2.25.1"));
        Put(0x00100010, w => w.Text(new(0x00100010), Vr.PN, "Probe^Paul"));
        Put(0x00280002, w => w.UInt16(new(0x00280002), (ushort)Samples));
        Put(0x00280004, w => w.Text(new(0x00280004), Vr.CS, Photometric));
        if (Samples > 1) Put(0x00280006, w => w.UInt16(new(0x00280006), Planar ? (ushort)1 : (ushort)0));
        Put(0x00280008, w => w.Text(new(0x00280008), Vr.IS, Frames.ToString(CultureInfo.InvariantCulture)));
        Put(0x00280010, w => w.UInt16(new(0x00280010), (ushort)Rows));
        Put(0x00280011, w => w.UInt16(new(0x00280011), (ushort)(Columns == 0 ? Pixels.Length * 8 / Allocated / Samples / Rows / Frames : Columns)));
        Put(0x00280100, w => w.UInt16(new(0x00280100), (ushort)Allocated));
        Put(0x00280101, w => w.UInt16(new(0x00280101), (ushort)stored));
        Put(0x00280102, w => w.UInt16(new(0x00280102), (ushort)(High ?? stored - 1)));
        Put(0x00280103, w => w.UInt16(new(0x00280103), Signed ? (ushort)1 : (ushort)0));
        Put(Element, w => w.Bytes(new(Element), Element == 0x7FE00010 ? Allocated > 8 ? Vr.OW : Vr.OB : Element == 0x7FE00008 ? Vr.OF : Vr.OD, Pixels.Length % 2 == 0 ? Pixels : [.. Pixels, 0]));
        return SampleFiles.File(Syntax, all.Values.SelectMany(b => b).ToArray());
    }

    /// <summary>The picture of a frame.</summary>
    public RenderedFrame Render(int frame = 0, Window? window = null)
    {
        FrameRendering? rendering = FrameRendering.Open(DicomFile.Parse(new MemorySource(File())), null, out string reason);
        Assert.True(rendering is not null, reason);
        return rendering.Render(frame, window);
    }

    /// <summary>The samples of the picture of a frame.</summary>
    public byte[] Shades(int frame = 0, Window? window = null) => Render(frame, window).Picture.Samples;
}
