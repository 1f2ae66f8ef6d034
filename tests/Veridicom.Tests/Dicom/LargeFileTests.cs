using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Pixels;
using Xunit;

namespace Veridicom.Tests.Dicom;

/// <summary>Offsets beyond 2 and 4 GB, on files that are never materialised.</summary>
public sealed class LargeFileTests
{
    private static byte[] Head(uint length, int frames) => SampleFiles.File(SampleFiles.Explicit, new ElementWriter()
        .UInt16(new(0x0028, 0x0002), 1)
        .Text(new(0x0028, 0x0004), Vr.CS, "MONOCHROME2")
        .Text(new(0x0028, 0x0008), Vr.IS, frames.ToString(System.Globalization.CultureInfo.InvariantCulture))
        .UInt16(new(0x0028, 0x0010), 2048)
        .UInt16(new(0x0028, 0x0011), 2048)
        .UInt16(new(0x0028, 0x0100), 16)
        .UInt16(new(0x0028, 0x0101), 16)
        .UInt16(new(0x0028, 0x0102), 15)
        .UInt16(new(0x0028, 0x0103), 0)
        .Header(new(0x7FE0, 0x0010), Vr.OW, length).ToArray());

    [Fact]
    public void Rows_of_a_native_image_of_almost_4_GB_are_read_where_they_are()
    {
        const int Frames = 511; // of 8 MB
        const uint Length = 511u * 2048 * 2048 * 2;
        byte[] head = Head(Length, Frames), tail = new ElementWriter().Bytes(new(0xFFFC, 0xFFFC), Vr.OB, new byte[2]).ToArray();
        var source = new SparseSource(head, head.Length + (long)Length + tail.Length, tail);
        DicomFile file = DicomFile.Parse(source);
        Assert.True(PixelGeometry.TryFindPixels(file.DataSet, out DicomNode pixels));
        PixelGeometry geometry = PixelGeometry.Read(file.DataSet, pixels, out _)!;
        NativePixels native = NativePixels.Open(pixels, geometry, out _)!;

        Assert.True(file.IsSound);
        Assert.Equal(head.Length, pixels.ValueOffset);
        Assert.Equal(head.Length + (long)Length, pixels.EndOffset);
        Assert.True(file.DataSet.TryFind(new(0xFFFC, 0xFFFC), out DicomNode last));
        Assert.Equal(pixels.EndOffset, last.HeaderOffset);
        foreach ((int frame, int row) in new[] { (0, 0), (255, 2047), (256, 0), (510, 2047) })
        {
            ReadOnlySpan<byte> cells = native.Rows(frame, row, 1);
            long at = pixels.ValueOffset + ((frame * 2048L) + row) * 4096;
            Assert.Equal(4096, cells.Length);
            for (int i = 0; i < cells.Length; i++) Assert.Equal(source.At(at + i), cells[i]);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => native.Rows(511, 0, 1).Length);
    }

    [Fact]
    public void Elements_behind_5_GB_are_found()
    {
        // two values, each longer than an int counts, one behind the other
        byte[] first = SampleFiles.File(SampleFiles.Explicit, new ElementWriter().Header(new(0x0011, 0x1001), Vr.OB, 3_000_000_000).ToArray());
        byte[] second = new ElementWriter().Header(new(0x0011, 0x1002), Vr.OB, 3_000_000_000).ToArray();
        byte[] last = new ElementWriter().Text(new(0x0011, 0x1003), Vr.LO, "behind").ToArray();
        var source = new StackedSource((first, 3_000_000_000), (second, 3_000_000_000), (last, 0));
        DicomDataSet set = DicomFile.Parse(source).DataSet;

        Assert.Equal(4, set.NodeCount);
        Assert.Equal(first.Length + 3_000_000_000L, set[2].HeaderOffset);
        Assert.Equal(first.Length + 3_000_000_000L + 12, set[2].ValueOffset);
        Assert.Equal(6_000_000_000L + first.Length + second.Length, set[3].HeaderOffset);
        Assert.Equal("behind", set[3].Ascii());
        Assert.Equal(source.Length, set[3].EndOffset);
    }

    [Fact]
    public void Fragments_beyond_5_GB_keep_their_places()
    {
        byte[] head = SampleFiles.File(SampleFiles.Rle, [.. new ElementWriter().Header(new(0x7FE0, 0x0010), Vr.OB, uint.MaxValue).ToArray(),
            .. SampleFiles.ItemHeader(NodeForm.None, 0), .. SampleFiles.ItemHeader(NodeForm.None, 4_294_967_294)]);
        byte[] next = SampleFiles.ItemHeader(NodeForm.None, 1_000_000_000);
        byte[] end = new ElementWriter().EndSequence().ToArray();
        var source = new StackedSource((head, 4_294_967_294), (next, 1_000_000_000), (end, 0));
        DicomFile file = DicomFile.Parse(source);
        Assert.True(file.DataSet.TryFind(new(0x7FE0, 0x0010), out DicomNode pixels));
        DicomNode last = ParserTests.Children(pixels).Last();

        Assert.True(file.IsSound);
        Assert.Equal(3, last.Ordinal);
        Assert.Equal(head.Length + 4_294_967_294 + 8, last.ValueOffset);
        Assert.Equal(source.Length, pixels.EndOffset);
    }

    [Fact]
    public void An_edit_beyond_4_GB_is_seen_at_its_place()
    {
        byte[] head = Head(100, 1);
        var source = new SparseSource(head, 5_000_000_000, []);
        var splice = new Splice(source);
        splice.Replace(4_500_000_000, 10, "edited"u8.ToArray());
        ByteSource edited = splice.ToSource();

        Assert.Equal(4_999_999_996, edited.Length);
        Assert.Equal("edited"u8, edited.Window(4_500_000_000, 6));
        Assert.Equal(source.At(4_500_000_010), edited.Window(4_500_000_006, 1)[0]);
        Assert.Equal(source.At(4_499_999_999), edited.Window(4_499_999_999, 3)[0]);
    }

    [Fact]
    public void A_shape_that_no_file_can_have_is_no_shape()
    {
        byte[] bytes = new ElementWriter()
            .UInt16(new(0x0028, 0x0002), 4)
            .Text(new(0x0028, 0x0008), Vr.IS, "2147483647")
            .UInt16(new(0x0028, 0x0010), 65535)
            .UInt16(new(0x0028, 0x0011), 65535)
            .UInt16(new(0x0028, 0x0100), 64)
            .Bytes(new(0x7FE0, 0x0010), Vr.OW, [0, 0]).ToArray();
        DicomDataSet set = DicomDataSet.Parse(new MemorySource(bytes), NodeForm.None);
        Assert.True(PixelGeometry.TryFindPixels(set, out DicomNode pixels));

        Assert.Null(PixelGeometry.Read(set, pixels, out string reason));
        Assert.Equal("the pixel data would be longer than any file", reason);
    }

    /// <summary>Runs of bytes, each followed by zeros that are not held.</summary>
    private sealed class StackedSource : ByteSource
    {
        private readonly (byte[] Head, long Zeros)[] _runs;
        private byte[] _window = [];

        public StackedSource(params (byte[] Head, long Zeros)[] runs)
        {
            _runs = runs;
            Length = runs.Sum(run => run.Head.Length + run.Zeros);
        }

        public override long Length { get; }

        public override ReadOnlySpan<byte> Window(long offset, int count)
        {
            CheckWindow(offset, count);
            _window = new byte[count];
            long start = 0;
            foreach ((byte[] head, long zeros) in _runs)
            {
                for (int i = 0; i < count; i++)
                {
                    long at = offset + i - start;
                    if (at >= 0 && at < head.Length) _window[i] = head[at];
                }
                start += head.Length + zeros;
            }
            return _window;
        }
    }
}
