using System.Buffers.Binary;
using System.Globalization;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.JpegLs;
using Veridicom.Pixels.Transcoding;
using Veridicom.Testing;
using Xunit;

namespace Veridicom.Tests.Pixels.Transcoding;

/// <summary>Files of every form into every other: the same cells, the same elements, and nothing changed that need not be.</summary>
public sealed class TranscoderTests
{
    private static readonly DicomTag PixelData = new(0x7FE0, 0x0010);

    private sealed record Image(int Samples, int Allocated, int Stored, bool Signed = false, bool Planar = false, int Frames = 1, int Rows = 5, int Columns = 7, bool Bytes = false)
    {
        public byte[] Cells()
        {
            byte[] cells = new byte[Rows * Columns * Samples * Frames * Allocated / 8];
            var random = new Random(Samples * 1000 + Stored);
            for (int i = 0; i < cells.Length / (Allocated / 8); i++)
            {
                int value = i % 9 < 4 ? 1 : random.Next(1 << Math.Min(30, Stored)), width = Allocated / 8;
                if (Signed && Stored < 32) value = value << (32 - Stored) >> (32 - Stored);
                for (int b = 0; b < width; b++) cells[i * width + b] = (byte)(value >> (8 * b) & 0xFF);
            }
            return cells;
        }

        public byte[] File(byte[]? cells = null, ElementWriter? before = null, string photometric = "")
        {
            ElementWriter writer = (before ?? new ElementWriter())
                .UInt16(new(0x0028, 0x0002), (ushort)Samples)
                .Text(new(0x0028, 0x0004), Vr.CS, photometric.Length > 0 ? photometric : Samples == 3 ? "RGB" : "MONOCHROME2");
            if (Samples > 1) writer.UInt16(new(0x0028, 0x0006), Planar ? (ushort)1 : (ushort)0);
            if (Frames > 1) writer.Text(new(0x0028, 0x0008), Vr.IS, Frames.ToString(CultureInfo.InvariantCulture));
            writer.UInt16(new(0x0028, 0x0010), (ushort)Rows).UInt16(new(0x0028, 0x0011), (ushort)Columns)
                .UInt16(new(0x0028, 0x0100), (ushort)Allocated).UInt16(new(0x0028, 0x0101), (ushort)Stored).UInt16(new(0x0028, 0x0102), (ushort)(Stored - 1))
                .UInt16(new(0x0028, 0x0103), Signed ? (ushort)1 : (ushort)0)
                .Bytes(PixelData, Bytes ? Vr.OB : Vr.OW, cells ?? Cells());
            return SampleFiles.File(SampleFiles.Explicit, writer.ToArray());
        }
    }

    private static DicomFile Parse(byte[] file) => DicomFile.Parse(new MemorySource(file));

    private static byte[] Convert(byte[] file, TransferSyntax target, bool lossyAllowed = false)
    {
        using var output = new MemoryStream();
        Transcoder.Open(Parse(file), target, lossyAllowed, null).WriteTo(output);
        DicomFile result = Parse(output.ToArray());
        Assert.True(result.IsSound, target.Name);
        Assert.Equal(target, result.TransferSyntax);
        return output.ToArray();
    }

    private static TranscodingError Refusal(byte[] file, TransferSyntax target) => Assert.Throws<TranscodingException>(() => Convert(file, target)).Code;

    private static byte[] Canonical(byte[] file)
    {
        DicomFile parsed = Parse(file);
        Assert.True(PixelGeometry.TryFindPixels(parsed.DataSet, out DicomNode pixels));
        PixelGeometry? geometry = PixelGeometry.Read(parsed.DataSet, pixels, out string reason);
        Assert.True(geometry is not null, reason);
        PixelReader? reader = PixelReader.Open(parsed.TransferSyntax, pixels, geometry, null, out reason);
        Assert.True(reader is not null, reason);
        return [.. Enumerable.Range(0, geometry.Frames).SelectMany(frame => reader.Rows(frame, 0, geometry.Rows).ToArray())];
    }

    public static TheoryData<int, int, int, bool, bool, int, string> Images => new()
    {
        { 1, 8, 8, false, false, 1, "OB" }, { 1, 8, 8, false, false, 3, "OW" }, { 1, 8, 5, true, false, 1, "OB" }, { 1, 16, 12, false, false, 1, "OW" }, { 1, 16, 12, true, false, 4, "OW" },
        { 1, 16, 16, true, false, 1, "OW" }, { 3, 8, 8, false, false, 1, "OB" }, { 3, 8, 8, false, true, 2, "OW" }, { 3, 16, 10, false, true, 2, "OW" }, { 1, 32, 32, false, false, 2, "OW" },
        { 1, 8, 1, false, false, 1, "OB" },
    };

    /// <summary>From each form into each other and back: the cells stay, and the last file is the first one but for what compression leaves changed.</summary>
    [Theory]
    [MemberData(nameof(Images))]
    public void Cells_stay_on_every_way(int samples, int allocated, int stored, bool signed, bool planar, int frames, string vr)
    {
        var image = new Image(samples, allocated, stored, signed, planar, frames, Bytes: vr == "OB");
        byte[] original = image.File(), cells = Canonical(original);
        foreach (TransferSyntax first in Transcoder.Targets)
        {
            if (first == TransferSyntax.JpegLsLossless && allocated > 16) continue;
            byte[] once = Convert(original, first);
            Assert.Equal(cells, Canonical(once));
            foreach (TransferSyntax second in Transcoder.Targets)
            {
                if (second == TransferSyntax.JpegLsLossless && allocated > 16) continue;
                byte[] twice = Convert(once, second);
                Assert.True(cells.AsSpan().SequenceEqual(Canonical(twice)), $"{first.Name}, {second.Name}");
                byte[] back = Convert(twice, TransferSyntax.ExplicitVrLittleEndian);
                Assert.Equal(cells, Canonical(back));
                if (!first.IsEncapsulated && !second.IsEncapsulated && !first.IsBigEndian && !second.IsBigEndian && vr == "OW") Assert.Equal(original, back);
            }
        }
    }

    /// <summary>All elements of all the samples: tag, nesting and values stay, through forms that name no representation and through both orders of bytes.</summary>
    [Fact]
    public void Elements_stay_in_every_form()
    {
        int converted = 0;
        foreach ((string name, byte[] bytes) in SampleFiles.All())
        {
            if (name.StartsWith("bare", StringComparison.Ordinal) || name == "fragments") continue;
            DicomFile file = Parse(bytes);
            Assert.True(file.IsSound, name);
            foreach (TransferSyntax first in Transcoder.Targets.Where(t => !t.IsEncapsulated))
            {
                byte[] once = Convert(bytes, first);
                byte[] twice = Convert(once, TransferSyntax.ExplicitVrLittleEndian);
                if (first == file.TransferSyntax) Assert.Equal(bytes, once);
                Assert.True(Values(file).SequenceEqual(Values(Parse(once))), $"{name}, {first.Name}");
                Assert.True(Values(file).SequenceEqual(Values(Parse(twice))), $"{name}, {first.Name} and back");
                converted++;
            }
        }
        Assert.Equal(40, converted);
    }

    // what UN holds is opaque, and group lengths may go
    private static IEnumerable<string> Values(DicomFile file)
    {
        for (int i = 1; i < file.DataSet.NodeCount; i++)
        {
            DicomNode node = file.DataSet[i];
            if (node.Kind != NodeKind.Element || node.Tag.IsGroupLength) continue;
            byte[] value = node.Value.ToArray();
            // of the private elements implicit VR leaves no representation; the samples hold bytes in them
            if (node.BigEndian) ElementWriter.SwapUnits(value, node.Vr.SwapUnit());
            yield return $"{node.Path} {System.Convert.ToHexString(value)}";
        }
    }

    /// <summary>PS3.5 A.1: what implicit VR leaves open, Pixel Representation closes, the nearest one.</summary>
    [Fact]
    public void Numbers_get_the_sign_of_the_pixels()
    {
        foreach (bool signed in new[] { false, true })
        {
            byte[] inner = new ElementWriter().UInt16(new(0x0028, 0x0103), signed ? (ushort)0 : (ushort)1).Bytes(new(0x0028, 0x0106), signed ? Vr.US : Vr.SS, [1, 0]).ToArray();
            ElementWriter before = new ElementWriter().Raw(SampleFiles.Sequence(NodeForm.None, new(0x0008, 0x1140), false, inner));
            byte[] file = new Image(1, 16, 12, signed).File(null, before);
            DicomFile parsed = Parse(file);
            var edits = new Splice(parsed.DataSet.Source);
            Assert.True(parsed.DataSet.TryFind(PixelData, out DicomNode pixels));
            edits.Replace(pixels.HeaderOffset, 0, new ElementWriter().Bytes(new(0x0028, 0x0120), signed ? Vr.SS : Vr.US, [0xFF, 0xFF]).ToArray());
            using var output = new MemoryStream();
            parsed.Respliced(edits).WriteTo(output);
            Assert.Equal(output.ToArray(), Convert(Convert(output.ToArray(), TransferSyntax.ImplicitVrLittleEndian), TransferSyntax.ExplicitVrLittleEndian));
        }
    }

    /// <summary>Compressed: one fragment for each frame, a table that finds it, and no other byte changed than those of the pixels and of the transfer syntax.</summary>
    [Theory]
    [InlineData("1.2.840.10008.1.2.5")]
    [InlineData("1.2.840.10008.1.2.4.80")]
    public void Fragments_stand_behind_their_table_and_all_else_as_it_was(string uid)
    {
        Assert.True(TransferSyntax.TryFind(uid, out TransferSyntax? target));
        byte[] original = new Image(1, 16, 12, Frames: 5).File(), encoded = Convert(original, target);
        DicomFile before = Parse(original), after = Parse(encoded);
        Assert.True(after.DataSet.TryFind(PixelData, out DicomNode pixels) && before.DataSet.TryFind(PixelData, out DicomNode cells) && pixels.Kind == NodeKind.Encapsulated && cells.Kind == NodeKind.Element);
        EncapsulatedFrames? frames = EncapsulatedFrames.Find(pixels, 5, out string reason);
        Assert.True(frames is not null, reason);
        Assert.Null(frames.Contradiction);
        Assert.Equal(6, pixels.ChildCount);
        Assert.Equal(20, pixels.DataSet[pixels.Index + 1].ValueLength);
        Assert.True(before.DataSet.TryFind(PixelData, out DicomNode native));
        Assert.Equal(original[(int)before.DataSetOffset..(int)native.HeaderOffset], encoded[(int)after.DataSetOffset..(int)pixels.HeaderOffset]);
        Assert.Equal(original[..132], encoded[..132]);
        foreach (DicomNode node in before.Meta!.Root)
        {
            if (node.Tag.Value is 0x00020000 or 0x00020010) continue;
            Assert.True(after.Meta!.TryFind(node.Tag, out DicomNode same) && same.Value.SequenceEqual(node.Value), node.Path);
        }
        Assert.Equal(original, Convert(encoded, TransferSyntax.ExplicitVrLittleEndian));
    }

    [Fact]
    public void Planar_configuration_tables_and_group_lengths_go_with_the_old_encoding()
    {
        byte[] planar = new Image(3, 8, 8, Planar: true).File(null, new ElementWriter().UInt32(new(0x0028, 0x0000), 92));
        DicomFile rle = Parse(Convert(planar, TransferSyntax.RleLossless));
        Assert.True(rle.DataSet.TryUInt16(new(0x0028, 0x0006), out ushort configuration) && configuration == 0);
        Assert.False(rle.DataSet.TryFind(new(0x0028, 0x0000), out _));

        // the same fragments behind an extended offset table
        Assert.True(rle.DataSet.TryFind(PixelData, out DicomNode pixels));
        var edits = new Splice(rle.DataSet.Source);
        DicomNode table = rle.DataSet[pixels.Index + 1];
        edits.Replace(pixels.HeaderOffset, 0, new ElementWriter().Bytes(new(0x7FE0, 0x0001), Vr.OV, new byte[8]).Bytes(new(0x7FE0, 0x0002), Vr.OV, new byte[8]).ToArray());
        edits.Replace(table.HeaderOffset, 12, SampleFiles.ItemHeader(NodeForm.None, 0));
        using var output = new MemoryStream();
        rle.Respliced(edits).WriteTo(output);
        foreach (TransferSyntax target in new[] { TransferSyntax.JpegLsLossless, TransferSyntax.ExplicitVrLittleEndian })
        {
            byte[] converted = Convert(output.ToArray(), target);
            Assert.False(Parse(converted).DataSet.TryFind(new(0x7FE0, 0x0001), out _) || Parse(converted).DataSet.TryFind(new(0x7FE0, 0x0002), out _));
            Assert.Equal(Canonical(planar), Canonical(converted));
        }
    }

    /// <summary>Near-lossless JPEG-LS is loss unless its error is zero; what had it says so.</summary>
    [Fact]
    public void Loss_is_not_hidden()
    {
        var image = new Image(1, 8, 8, Bytes: true);
        foreach (int near in new[] { 0, 2 })
        {
            using var code = new MemoryStream();
            JpegLsEncoder.Encode(image.Cells(), new FrameShape(5, 7, 1, 1), 8, near, code);
            byte[] lossy = Encapsulated(image, "1.2.840.10008.1.2.4.81", code.ToArray());
            if (near > 0) Assert.Equal(TranscodingError.Lossy, Refusal(lossy, TransferSyntax.ExplicitVrLittleEndian));
            byte[] decoded = Convert(lossy, TransferSyntax.ExplicitVrLittleEndian, lossyAllowed: near > 0);
            Assert.Equal(near > 0 ? "01" : null, Parse(decoded).DataSet.Ascii(new(0x0028, 0x2110)));
            Assert.Equal(Canonical(lossy), Canonical(decoded));
            if (near == 0) Assert.Equal(image.File(), decoded);
        }
    }

    [Fact]
    public void What_would_be_lost_or_is_not_defined_is_refused()
    {
        var image = new Image(1, 16, 12);
        byte[] dirty = image.Cells();
        dirty[31] |= 0x80;
        Assert.Equal(TranscodingError.BitsOutside, Refusal(image.File(dirty), TransferSyntax.JpegLsLossless));
        Assert.Equal(Canonical(image.File(dirty)), Canonical(Convert(image.File(dirty), TransferSyntax.RleLossless)));
        Assert.Equal(TranscodingError.NotEncodable, Refusal(new Image(1, 32, 32).File(), TransferSyntax.JpegLsLossless));
        Assert.Equal(TranscodingError.NotEncodable, Refusal(new Image(4, 8, 8).File(), TransferSyntax.RleLossless));
        Assert.Equal(TranscodingError.NotDecoded, Refusal(new Image(3, 8, 8).File(null, null, "YBR_FULL_422"), TransferSyntax.RleLossless));
        Assert.Equal(TranscodingError.NotDecoded, Refusal(image.File(new byte[68]), TransferSyntax.RleLossless));
        byte[] bare = SampleFiles.File(SampleFiles.Explicit, new ElementWriter().Text(new(0x0008, 0x0060), Vr.CS, "SR").ToArray());
        Assert.Equal(TranscodingError.NoPixels, Refusal(bare, TransferSyntax.RleLossless));
        Assert.Equal(TranscodingError.NoMeta, Refusal(SampleFiles.DataSet(NodeForm.None), TransferSyntax.RleLossless));
        Assert.Equal(TranscodingError.NotDecoded, Refusal(Encapsulated(image, "1.2.840.10008.1.2.4.100", [1, 2]), TransferSyntax.ExplicitVrLittleEndian));
        Assert.Equal(TranscodingError.Directory, Refusal(SampleFiles.File(SampleFiles.Explicit, [], "1.2.840.10008.1.3.10"), TransferSyntax.ImplicitVrLittleEndian));
        byte[] twice = SampleFiles.File(SampleFiles.Explicit, new ElementWriter().Text(new(0x0008, 0x0060), Vr.CS, "SR").Text(new(0x0008, 0x0060), Vr.CS, "CT").ToArray());
        Assert.Equal(TranscodingError.Unsound, Refusal(twice, TransferSyntax.ImplicitVrLittleEndian));
        byte[] icon = SampleFiles.Sequence(NodeForm.None, new(0x0088, 0x0200), false, new ElementWriter().Header(PixelData, Vr.OB, 0xFFFFFFFF).Raw(SampleFiles.ItemHeader(NodeForm.None, 0)).EndSequence().ToArray());
        Assert.Equal(TranscodingError.NestedPixels, Refusal(SampleFiles.File(SampleFiles.Rle, icon), TransferSyntax.ExplicitVrLittleEndian));
        Assert.Throws<ArgumentOutOfRangeException>(() => Transcoder.Open(Parse(image.File()), TransferSyntax.JpegBaseline, false, null));
        byte[] broken = Convert(image.File(), TransferSyntax.RleLossless);
        broken[broken.AsSpan().LastIndexOf((byte[])[0xFE, 0xFF, 0xDD, 0xE0]) - 40] ^= 0x55;
        Assert.Throws<PixelException>(() => Convert(broken, TransferSyntax.ExplicitVrLittleEndian));
    }

    private static byte[] Encapsulated(Image image, string syntax, byte[] code)
    {
        DicomFile native = Parse(image.File());
        Assert.True(native.DataSet.TryFind(PixelData, out DicomNode pixels));
        byte[] data = native.DataSet.Source.Window(native.DataSetOffset, (int)(pixels.HeaderOffset - native.DataSetOffset)).ToArray();
        return SampleFiles.File(syntax, [.. data, .. new ElementWriter().Header(PixelData, Vr.OB, 0xFFFFFFFF).Raw(SampleFiles.ItemHeader(NodeForm.None, 0))
            .Raw(SampleFiles.ItemHeader(NodeForm.None, (uint)code.Length)).Raw(code).EndSequence().Written]);
    }
}
