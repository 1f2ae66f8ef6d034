using System.Globalization;
using System.Numerics;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Pixels;
using Xunit;

namespace Veridicom.Tests.Pixels;

/// <summary>Canonical cells against a slow reading of the same bytes, sample by sample, for every way in which they may be stored.</summary>
public sealed class NativePixelsTests
{
    private const int Rows = 5, Columns = 7, Frames = 3;

    public static TheoryData<int, int, bool, bool, string> Shapes
    {
        get
        {
            var shapes = new TheoryData<int, int, bool, bool, string>();
            foreach (int bits in new[] { 1, 8, 16, 32, 64 })
            {
                foreach (int samples in bits == 1 ? [1] : new[] { 1, 3, 4 })
                {
                    foreach (bool planar in samples == 1 ? [false] : new[] { false, true })
                    {
                        foreach (bool big in new[] { false, true })
                        {
                            foreach (string vr in bits <= 8 ? ["OB", "OW"] : new[] { "OW" }) shapes.Add(bits, samples, planar, big, vr);
                        }
                    }
                }
            }
            return shapes;
        }
    }

    private static byte[] Stored(int bits, int samples)
    {
        byte[] bytes = new byte[((long)Rows * Columns * Frames * samples * bits + 7) / 8];
        new Random(bits + samples).NextBytes(bytes);
        if (bits == 1) bytes[^1] &= (byte)(0xFF >> (8 * bytes.Length - Rows * Columns * Frames));
        return bytes;
    }

    internal static DicomDataSet Image(NodeForm form, Vr vr, byte[] value, int rows, int columns, int frames, int samples, int bits, int? stored = null, bool planar = false,
        bool signed = false, int? high = null, string photometric = "")
    {
        byte[] bytes = new ElementWriter(form)
            .UInt16(new(0x0028, 0x0002), (ushort)samples)
            .Text(new(0x0028, 0x0004), Vr.CS, photometric)
            .UInt16(new(0x0028, 0x0006), planar ? (ushort)1 : (ushort)0)
            .Text(new(0x0028, 0x0008), Vr.IS, frames.ToString(CultureInfo.InvariantCulture))
            .UInt16(new(0x0028, 0x0010), (ushort)rows)
            .UInt16(new(0x0028, 0x0011), (ushort)columns)
            .UInt16(new(0x0028, 0x0100), (ushort)bits)
            .UInt16(new(0x0028, 0x0101), (ushort)(stored ?? bits))
            .UInt16(new(0x0028, 0x0102), (ushort)(high ?? (stored ?? bits) - 1))
            .UInt16(new(0x0028, 0x0103), signed ? (ushort)1 : (ushort)0)
            .Bytes(new(0x7FE0, 0x0010), vr, value)
            .ToArray();
        return DicomDataSet.Parse(new PoisonedSource(new MemorySource(bytes)), form);
    }

    private static NativePixels Open(DicomDataSet set)
    {
        Assert.True(PixelGeometry.TryFindPixels(set, out DicomNode node));
        PixelGeometry? geometry = PixelGeometry.Read(set, node, out string reason);
        Assert.True(geometry is not null, reason);
        NativePixels? pixels = NativePixels.Open(node, geometry, out reason);
        Assert.True(pixels is not null, reason);
        return pixels;
    }

    /// <summary>One sample of little endian bytes, as PS3.5 8.1.1 and PS3.3 C.7.6.3.1.3 say, with nothing clever.</summary>
    private static BigInteger Sample(byte[] stored, int bits, int samples, bool planar, int frame, int row, int column, int sample)
    {
        long pixel = (long)row * Columns + column, pixels = Rows * Columns;
        long index = (long)frame * pixels * samples + (planar ? sample * pixels + pixel : pixel * samples + sample);
        BigInteger value = 0;
        for (int bit = 0; bit < bits; bit++)
        {
            long at = index * bits + bit;
            if ((stored[at / 8] >> (int)(at % 8) & 1) != 0) value |= BigInteger.One << bit;
        }
        return value;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_cell_is_what_a_slow_reading_finds(int bits, int samples, bool planar, bool big, string vr)
    {
        byte[] stored = Stored(bits, samples);
        NativePixels pixels = Open(Image(big ? NodeForm.BigEndian : NodeForm.None, vr == "OB" ? Vr.OB : Vr.OW, stored, Rows, Columns, Frames, samples, bits, planar: planar));
        int cell = Math.Max(1, bits / 8);

        Assert.Equal(Columns * samples * cell, pixels.Geometry.RowBytes);
        foreach (int count in new[] { 1, 2, Rows })
        {
            for (int frame = 0; frame < Frames; frame++)
            {
                for (int row = 0; row + count <= Rows; row++)
                {
                    byte[] cells = pixels.Rows(frame, row, count).ToArray();
                    Assert.Equal(count * pixels.Geometry.RowBytes, cells.Length);
                    for (int i = 0; i < count * Columns * samples; i++)
                    {
                        var found = new BigInteger(cells.AsSpan(i * cell, cell), isUnsigned: true);
                        Assert.Equal(Sample(stored, bits, samples, planar, frame, row + i / samples / Columns, i / samples % Columns, i % samples), found);
                    }
                }
            }
        }
    }

    [Fact]
    public void The_bytes_of_a_big_endian_image_are_swapped_as_their_VR_says()
    {
        byte[] cells = [1, 2, 3, 4];
        // OW: words; OB: not at all (PS3.5 7.3)
        Assert.Equal([2, 1, 4, 3], Image(NodeForm.BigEndian, Vr.OW, cells, 1, 4, 1, 1, 8).Root.TryFind(new(0x7FE0, 0x0010), out DicomNode ow) ? ow.Value.ToArray() : []);
        Assert.Equal(cells, Image(NodeForm.BigEndian, Vr.OB, cells, 1, 4, 1, 1, 8).Root.TryFind(new(0x7FE0, 0x0010), out DicomNode ob) ? ob.Value.ToArray() : []);
        Assert.Equal(cells, Open(Image(NodeForm.BigEndian, Vr.OW, cells, 1, 4, 1, 1, 8)).Rows(0, 0, 1));
        Assert.Equal(cells, Open(Image(NodeForm.BigEndian, Vr.OB, cells, 1, 4, 1, 1, 8)).Rows(0, 0, 1));
    }

    [Theory]
    [InlineData(10, "the pixel data is shorter than its shape")]
    [InlineData(14, "the pixel data is longer than its shape")]
    [InlineData(12, "")]
    public void A_length_that_is_not_the_shapes_is_refused(int bytes, string reason)
    {
        DicomDataSet set = Image(NodeForm.None, Vr.OB, new byte[bytes], 3, 4, 1, 1, 8);
        Assert.True(PixelGeometry.TryFindPixels(set, out DicomNode node));

        Assert.Equal(reason == "", NativePixels.Open(node, PixelGeometry.Read(set, node, out _)!, out string found) is not null);
        Assert.Equal(reason, found);
    }

    [Theory]
    [InlineData(NodeForm.None, 5, false)]
    [InlineData(NodeForm.BigEndian, 5, false)]
    [InlineData(NodeForm.BigEndian, 5, true)]
    public void One_byte_of_padding_must_be_zero(NodeForm form, int cells, bool words)
    {
        Vr vr = words ? Vr.OW : Vr.OB;
        byte[] good = [1, 2, 3, 4, 5, 0], bad = [1, 2, 3, 4, 5, 6];
        DicomDataSet sound = Image(form, vr, good, 1, cells, 1, 1, 8), hidden = Image(form, vr, bad, 1, cells, 1, 1, 8);
        Assert.True(PixelGeometry.TryFindPixels(hidden, out DicomNode node));

        Assert.Equal(good[..5], Open(sound).Rows(0, 0, 1));
        Assert.Null(NativePixels.Open(node, PixelGeometry.Read(hidden, node, out _)!, out string reason));
        Assert.Equal("the padding of the pixel data is not zero", reason);
    }

    [Theory]
    [InlineData(NodeForm.None, "OB", new byte[] { 0xFF, 0x01 }, true)]
    [InlineData(NodeForm.None, "OB", new byte[] { 0xFF, 0x03 }, false)]
    [InlineData(NodeForm.BigEndian, "OW", new byte[] { 0xFF, 0x01 }, true)]
    [InlineData(NodeForm.BigEndian, "OW", new byte[] { 0xFF, 0x81 }, false)]
    [InlineData(NodeForm.BigEndian, "OB", new byte[] { 0xFF, 0x11 }, false)]
    public void Unused_bits_of_the_last_byte_of_a_bitmap_must_be_zero(NodeForm form, string vr, byte[] stored, bool accepted)
    {
        DicomDataSet set = Image(form, vr == "OW" ? Vr.OW : Vr.OB, stored, 3, 3, 1, 1, 1);
        Assert.True(PixelGeometry.TryFindPixels(set, out DicomNode node));
        NativePixels? pixels = NativePixels.Open(node, PixelGeometry.Read(set, node, out _)!, out string reason);

        Assert.Equal(accepted ? "" : "bits behind the last pixel are set", reason);
        Assert.Equal(accepted ? Enumerable.Repeat((byte)1, 9) : [], pixels is null ? [] : pixels.Rows(0, 0, 3).ToArray());
    }

    [Fact]
    public void What_is_no_native_image_is_refused_with_a_reason()
    {
        DicomDataSet subsampled = Image(NodeForm.None, Vr.OB, new byte[8], 2, 2, 1, 3, 8, photometric: "YBR_FULL_422");
        DicomDataSet bits = Image(NodeForm.None, Vr.OB, new byte[2], 2, 2, 1, 3, 1);
        DicomDataSet fragments = DicomFile.Parse(new MemorySource(SampleFiles.All().Single(sample => sample.Name == "fragments").Bytes)).DataSet;
        var reasons = new List<string>();
        foreach (DicomDataSet set in new[] { subsampled, bits, fragments })
        {
            Assert.True(PixelGeometry.TryFindPixels(set, out DicomNode node));
            Assert.Null(NativePixels.Open(node, PixelGeometry.Read(set, node, out _)!, out string reason));
            reasons.Add(reason);
        }

        Assert.Equal(["chrominance is subsampled", "more than one sample of one bit", "encapsulated"], reasons);
    }

    [Fact]
    public void Rows_that_are_not_there_are_refused()
    {
        NativePixels pixels = Open(Image(NodeForm.None, Vr.OB, new byte[12], 3, 4, 1, 1, 8));

        foreach ((int frame, int row, int count) in new[] { (1, 0, 1), (-1, 0, 1), (0, 3, 1), (0, -1, 1), (0, 2, 2), (0, 0, -1), (0, int.MaxValue, 1) })
            Assert.Throws<ArgumentOutOfRangeException>(() => pixels.Rows(frame, row, count).Length);
        Assert.Equal(0, pixels.Rows(0, 3, 0).Length);
    }

    [Theory]
    [InlineData(8, false)]
    [InlineData(8, true)]
    [InlineData(16, false)]
    [InlineData(16, true)]
    [InlineData(32, false)]
    [InlineData(32, true)]
    public void A_cell_is_clean_where_it_is_its_own_extension(int bits, bool signed)
    {
        const int Cells = 67; // more than a vector of bytes, and a rest
        foreach (int stored in new[] { 1, 2, bits / 2, bits - 1, bits })
        {
            long low = signed ? -(1L << (stored - 1)) : 0, high = signed ? (1L << (stored - 1)) - 1 : (1L << stored) - 1;
            foreach ((long value, bool clean) in new[] { (low, true), (high, true), (0, true), (low - 1, stored == bits), (high + 1, stored == bits) })
            {
                foreach (int place in new[] { 0, 31, Cells - 1 })
                {
                    byte[] cells = new byte[Cells * bits / 8];
                    unchecked
                    {
                        for (int i = 0; i < bits / 8; i++) cells[place * bits / 8 + i] = (byte)(value >> (8 * i));
                    }
                    NativePixels pixels = Open(Image(NodeForm.None, Vr.OW, cells, 1, Cells, 1, 1, bits, stored, signed: signed));
                    Assert.True(clean == pixels.CellsAreClean(), $"{value} of {stored} in {bits} bits at {place}");
                }
            }
        }
    }

    [Fact]
    public void Cells_are_looked_at_in_every_frame_and_not_where_bits_stand_elsewhere()
    {
        byte[] cells = new byte[3 * 2 * 2 * 2];
        cells[^1] = 0x10;
        Assert.False(Open(Image(NodeForm.None, Vr.OW, cells, 2, 2, 3, 1, 16, 12)).CellsAreClean());
        Assert.True(Open(Image(NodeForm.None, Vr.OW, cells, 2, 2, 3, 1, 16, 13)).CellsAreClean());
        Assert.False(Open(Image(NodeForm.None, Vr.OW, new byte[24], 2, 2, 3, 1, 16, 12, high: 15)).CellsAreClean());
        Assert.True(Open(Image(NodeForm.None, Vr.OB, [0xFF, 0xFF], 4, 4, 1, 1, 1)).CellsAreClean());
        Assert.True(Open(Image(NodeForm.None, Vr.OW, new byte[8], 1, 1, 1, 1, 64, 60)).CellsAreClean());
    }
}
