using System.Globalization;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Interop.Seals;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Interop.Location;

/// <summary>
/// Files compressed with loss by others, changed as a forger does it: one frame is decoded, edited and compressed again. The frame is named, and no other; for
/// JPEG also tiles, the changed ones among them.
/// </summary>
public sealed class LossyLocationTests(ITestOutputHelper output)
{
    private const int Rows = 96, Columns = 160, Frames = 4, Tampers = 24;

    [Theory]
    [InlineData("dcmcjpeg", "+eb", "dcmdjpeg", 3, true)]
    [InlineData("dcmcjpeg", "+eb", "dcmdjpeg", 1, true)]
    [InlineData("dcmcjpeg", "+ee", "dcmdjpeg", 1, true)]
    [InlineData("dcmcjpls", "+en", "dcmdjpls", 1, false)]
    public void The_frame_that_was_changed_is_named(string compressor, string process, string decompressor, int samples, bool tiles)
    {
        Peer compress = Peer.Require(compressor), decompress = Peer.Require(decompressor);
        using var scratch = new ScratchFolder();
        byte[] original = Compressed(compress, process, scratch, Phantom(samples)), sealedFile = SealWorkshop.Seal(original);
        Assert.Equal(VerdictKind.Authentic, SealWorkshop.Verify(sealedFile).Kind);
        byte[] native = Native(decompress, scratch, original);
        var random = new Random(samples);
        for (int i = 0; i < Tampers; i++)
        {
            int frame = random.Next(Frames), width = random.Next(4, 40), height = random.Next(4, 40), x = random.Next(Columns - width), y = random.Next(Rows - height);
            byte[] edited = [.. native];
            long at = Pixels(native).ValueOffset + (long)frame * Rows * Columns * samples;
            for (int row = y; row < y + height; row++)
            {
                for (int cell = x * samples; cell < (x + width) * samples; cell++) edited[at + row * Columns * samples + cell] ^= 0x60;
            }
            byte[] tampered = WithFragment(sealedFile, frame, Fragment(Compressed(compress, process, scratch, edited), frame));
            Verdict verdict = SealWorkshop.Verify(tampered);
            Assert.Equal((VerdictKind.Altered, PartState.Altered), (verdict.Kind, verdict.Parts[Part.Pixels]));
            List<PixelBox> boxes = [.. verdict.Reasons.Where(r => r.Box is not null).Select(r => r.Box!.Value)];
            Assert.NotEmpty(boxes);
            Assert.All(boxes, box => Assert.Equal(frame + 1, box.Frame));
            // every tile of the edit is among those named: an edit of this strength survives compression
            Assert.Contains(boxes, box => x + width / 2 >= box.Column && x + width / 2 < box.Column + box.Width && y + height / 2 >= box.Row && y + height / 2 < box.Row + box.Height);
            Assert.Equal(!tiles, boxes is [{ Column: 0, Row: 0, Width: Columns, Height: Rows }]);
        }
        output.WriteLine($"{compressor} {process}: {Tampers} tampers, {Tampers} named by frame{(tiles ? " and tiles" : "")}");
    }

    private static byte[] Phantom(int samples)
    {
        byte[] cells = new byte[Rows * Columns * Frames * samples];
        for (int i = 0; i < cells.Length; i++)
        {
            int pixel = i / samples, x = pixel % Columns, y = pixel / Columns % Rows, frame = pixel / Columns / Rows;
            cells[i] = (byte)(120 + 80 * Math.Sin((x + 9 * frame) / 11.0 + i % samples) * Math.Cos(y / 13.0));
        }
        var set = new ElementWriter()
            .Text(new(0x00080016), Vr.UI, "1.2.840.10008.5.1.4.1.1.7").Text(new(0x00080018), Vr.UI, "2.25.5")
            .Text(new(0x0008, 0x0060), Vr.CS, "XC").Text(new(0x00100010), Vr.PN, "Phantom^Petra").Text(new(0x0020000D), Vr.UI, "2.25.6").Text(new(0x0020000E), Vr.UI, "2.25.7")
            .UInt16(new(0x00280002), (ushort)samples).Text(new(0x00280004), Vr.CS, samples == 3 ? "RGB" : "MONOCHROME2");
        if (samples > 1) set.UInt16(new(0x00280006), 0);
        return SampleFiles.File(SampleFiles.Explicit, set.Text(new(0x00280008), Vr.IS, Frames.ToString(CultureInfo.InvariantCulture)).UInt16(new(0x00280010), Rows).UInt16(new(0x00280011), Columns)
            .UInt16(new(0x00280100), 8).UInt16(new(0x00280101), 8).UInt16(new(0x00280102), 7).UInt16(new(0x00280103), 0).Bytes(new(0x7FE00010), Vr.OB, cells).ToArray());
    }

    private static byte[] Compressed(Peer tool, string process, ScratchFolder scratch, byte[] native)
    {
        string from = scratch.Write("native.dcm", native), to = scratch.PathOf("compressed.dcm");
        tool.Run(process, from, to).Succeeded();
        return File.ReadAllBytes(to);
    }

    private static byte[] Native(Peer tool, ScratchFolder scratch, byte[] compressed)
    {
        string from = scratch.Write("lossy.dcm", compressed), to = scratch.PathOf("decoded.dcm");
        tool.Run("+te", from, to).Succeeded();
        return File.ReadAllBytes(to);
    }

    private static DicomNode Pixels(byte[] file) => DicomFile.Parse(new MemorySource(file)).DataSet.TryFind(new(0x7FE00010), out DicomNode pixels) ? pixels : throw new InvalidOperationException("no pixels");

    private static DicomNode FragmentOf(byte[] file, int frame)
    {
        int number = -1;
        foreach (DicomNode fragment in Pixels(file))
        {
            if (number++ == frame) return fragment;
        }
        throw new InvalidOperationException("no such frame");
    }

    private static byte[] Fragment(byte[] file, int frame)
    {
        Assert.Equal(Frames + 1, Pixels(file).ChildCount);
        return FragmentOf(file, frame).Value.ToArray();
    }

    /// <summary>The sealed file with other bytes in one frame, its offset table kept true.</summary>
    private static byte[] WithFragment(byte[] file, int frame, byte[] code)
    {
        DicomNode old = FragmentOf(file, frame);
        byte[] changed = [.. file[..(int)old.HeaderOffset], .. SampleFiles.ItemHeader(NodeForm.None, (uint)code.Length), .. code, .. file[(int)old.EndOffset..]];
        DicomNode table = FragmentOf(changed, -1);
        if (table.ValueLength == 0) return changed;
        int offset = 0;
        for (int f = 0; f < Frames; f++)
        {
            BitConverter.TryWriteBytes(changed.AsSpan((int)table.ValueOffset + 4 * f), offset);
            offset += 8 + (int)FragmentOf(changed, f).ValueLength;
        }
        return changed;
    }
}
