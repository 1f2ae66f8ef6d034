using System.Globalization;
using Veridicom.Cli.Demo;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.JpegLs;
using Veridicom.Pixels.Rle;
using Veridicom.Tests.Seals;
using Xunit;

namespace Veridicom.Tests.Location;

/// <summary>How the frames of a subject are stored.</summary>
public enum Storage
{
    Native,
    Rle,
    JpegLs,
}

/// <summary>A sealed file whose frames can be changed one by one, whatever their encoding.</summary>
internal sealed class LocationSubject
{
    public const string RleSyntax = "1.2.840.10008.1.2.5", JpegLsSyntax = "1.2.840.10008.1.2.4.80";

    private readonly byte[] _sealed;
    private readonly Storage _storage;
    private readonly byte[][] _frames;

    private LocationSubject(string name, byte[] file, Storage storage, PixelGeometry geometry, byte[][] frames)
    {
        (Name, _sealed, _storage, Geometry, _frames) = (name, SealKit.Seal(file), storage, geometry, frames);
        Assert.True(SealKit.Passes(SealKit.Verify(_sealed)), name + ": " + SealKit.Say(SealKit.Verify(_sealed)));
    }

    public string Name { get; }

    public PixelGeometry Geometry { get; }

    /// <summary>Cells of a frame as sealed.</summary>
    public ReadOnlySpan<byte> Frame(int frame) => _frames[frame];

    /// <summary>The sealed file with other cells in one frame.</summary>
    public byte[] With(int frame, byte[] cells)
    {
        DicomNode pixels = SealKit.Find(_sealed, 0x7FE00010);
        if (_storage == Storage.Native)
        {
            byte[] changed = [.. _sealed];
            cells.CopyTo(changed, pixels.ValueOffset + (long)frame * cells.Length);
            return changed;
        }
        int number = -1;
        foreach (DicomNode fragment in pixels)
        {
            if (number++ == frame) return SealKit.Splice(_sealed, (fragment.HeaderOffset, (int)(fragment.EndOffset - fragment.HeaderOffset), SealKit.Fragment(Encode(cells, Geometry, _storage))));
        }
        throw new ArgumentOutOfRangeException(nameof(frame));
    }

    /// <summary>A native file of any kind, stored so and sealed. Null where the encoding does not take its cells.</summary>
    public static LocationSubject? Of(string name, byte[] native, Storage storage)
    {
        DicomFile file = SealKit.Parse(native);
        if (!PixelGeometry.TryFindPixels(file.DataSet, out DicomNode pixels) || PixelGeometry.Read(file.DataSet, pixels, out _) is not { } geometry) return null;
        if (PixelReader.Open(file.TransferSyntax, pixels, geometry, null, out _) is not { } reader || geometry.BitsAllocated is not (8 or 16) || !reader.CellsAreClean() || geometry.Planar) return null;
        byte[][] frames = [.. Enumerable.Range(0, geometry.Frames).Select(f => reader.Rows(f, 0, geometry.Rows).ToArray())];
        if (storage == Storage.Native) return pixels.Kind == NodeKind.Element && !pixels.BigEndian ? new LocationSubject(name, native, storage, geometry, frames) : null;
        if (pixels.Kind != NodeKind.Element || file.TransferSyntax.Uid != SampleFiles.Explicit) return null;
        var writer = new ElementWriter().Header(new(0x7FE00010), Vr.OB, 0xFFFFFFFF).Raw(SealKit.Fragment([]));
        foreach (byte[] frame in frames) writer.Raw(SealKit.Fragment(Encode(frame, geometry, storage)));
        byte[] encoded = SealKit.Splice(native, (pixels.HeaderOffset, (int)(pixels.EndOffset - pixels.HeaderOffset), writer.EndSequence().ToArray()));
        return new LocationSubject(name, Renamed(encoded, storage == Storage.Rle ? RleSyntax : JpegLsSyntax), storage, geometry, frames);
    }

    /// <summary>Subjects that are computed: CT, MR, X-ray, multi-frame and colour.</summary>
    public static IEnumerable<(string Name, byte[] File)> Phantoms()
    {
        yield return ("CT", PhantomStudy.Slice(3, new PhantomOptions { Size = 256 }));
        yield return ("CT, 12 bits", PhantomStudy.Slice(11, new PhantomOptions { Size = 192, Samples = PhantomSamples.Unsigned12 }));
        yield return ("MR", Phantom("MR", 176, 140, 1, 1, 16, 12, "MONOCHROME2"));
        yield return ("X-ray", Phantom("DX", 330, 275, 1, 1, 16, 14, "MONOCHROME1"));
        yield return ("multi-frame", Phantom("US", 90, 121, 7, 1, 8, 8, "MONOCHROME2"));
        yield return ("colour", Phantom("XC", 150, 200, 2, 3, 8, 8, "RGB"));
    }

    private static byte[] Phantom(string modality, int rows, int columns, int frames, int samples, int allocated, int stored, string photometric)
    {
        var random = new Random(rows * columns);
        byte[] cells = new byte[rows * columns * frames * samples * allocated / 8];
        double most = Math.Pow(2, stored) - 1;
        for (int i = 0; i < rows * columns * frames * samples; i++)
        {
            int pixel = i / samples, x = pixel % columns, y = pixel / columns % rows, frame = pixel / columns / rows;
            double bright = 0.45 + 0.3 * Math.Sin(x / 17.0 + frame + i % samples) * Math.Cos(y / 13.0) + 0.03 * random.NextDouble();
            int value = (x - columns / 2) * (x - columns / 2) + (y - rows / 2) * (y - rows / 2) > rows * columns / 5 ? 0 : (int)(bright * most);
            cells[i * allocated / 8] = (byte)(value & 0xFF);
            if (allocated == 16) cells[2 * i + 1] = (byte)(value >> 8);
        }
        var set = new ElementWriter()
            .Text(new(0x00080016), Vr.UI, SealKit.SopClass).Text(new(0x00080018), Vr.UI, SealKit.Instance).Text(new(0x00080060), Vr.CS, modality)
            .Text(new(0x00100010), Vr.PN, "Phantom^Petra")
            .UInt16(new(0x00280002), (ushort)samples).Text(new(0x00280004), Vr.CS, photometric);
        if (samples > 1) set.UInt16(new(0x00280006), 0);
        return SampleFiles.File(SampleFiles.Explicit, set.Text(new(0x00280008), Vr.IS, frames.ToString(CultureInfo.InvariantCulture)).UInt16(new(0x00280010), (ushort)rows).UInt16(new(0x00280011), (ushort)columns)
            .UInt16(new(0x00280100), (ushort)allocated).UInt16(new(0x00280101), (ushort)stored).UInt16(new(0x00280102), (ushort)(stored - 1)).UInt16(new(0x00280103), 0)
            .Bytes(new(0x7FE00010), allocated > 8 ? Vr.OW : Vr.OB, cells).ToArray());
    }

    private static byte[] Encode(byte[] cells, PixelGeometry g, Storage storage)
    {
        using var output = new MemoryStream();
        var shape = new FrameShape(g.Rows, g.Columns, g.Samples, g.CellBytes);
        if (storage == Storage.Rle) RleEncoder.Encode(cells, shape, output);
        else JpegLsEncoder.Encode(cells, shape, g.BitsStored, 0, output);
        return output.Length % 2 == 0 ? output.ToArray() : [.. output.ToArray(), 0];
    }

    private static byte[] Renamed(byte[] file, string syntax)
    {
        DicomFile parsed = SealKit.Parse(file);
        parsed.Meta!.TryFind(new(0x00020010), out DicomNode old);
        parsed.Meta.TryFind(new(0x00020000), out DicomNode length);
        byte[] now = new ElementWriter().Text(new(0x00020010), Vr.UI, syntax).ToArray();
        uint total = BitConverter.ToUInt32(length.Value) + (uint)now.Length - (uint)(old.EndOffset - old.HeaderOffset);
        return SealKit.Splice(file, (length.HeaderOffset, (int)(length.EndOffset - length.HeaderOffset), new ElementWriter().UInt32(new(0x00020000), total).ToArray()),
            (old.HeaderOffset, (int)(old.EndOffset - old.HeaderOffset), now));
    }
}
