using System.IO.Compression;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Xunit;

namespace Veridicom.Tests.Dicom;

/// <summary>Hostile bytes cost no more than they may. Memory is what this thread allocated, so that other tests do not count.</summary>
public sealed class LimitTests
{
    private const long MostBytes = 200_000_000;

    private static DicomException Refused(byte[] bytes, ParseLimits? limits = null) =>
        Assert.Throws<DicomException>(() => DicomFile.Parse(new MemorySource(bytes), limits));

    private static long Allocated(Action action)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static byte[] Nested(int levels)
    {
        byte[] level = new ElementWriter().BeginSequence(new(0x0040, 0xA730)).BeginItem().ToArray();
        return SampleFiles.File(SampleFiles.Explicit, [.. Enumerable.Repeat(level, levels).SelectMany(bytes => bytes)]);
    }

    [Fact]
    public void Sixty_four_levels_are_read_and_one_more_is_not()
    {
        byte[] deep = SampleFiles.DataSet(NodeForm.None); // two levels
        for (int level = 0; level < 62; level++) deep = SampleFiles.Sequence(NodeForm.None, new(0x0040, 0xA730), level % 2 == 0, deep);
        DicomDataSet set = DicomFile.Parse(new MemorySource(SampleFiles.File(SampleFiles.Explicit, deep))).DataSet;
        DicomException error = Refused(SampleFiles.File(SampleFiles.Explicit, SampleFiles.Sequence(NodeForm.None, new(0x0040, 0xA730), true, deep)));

        Assert.Equal(0, set.DefectCount);
        Assert.Equal(DicomError.TooDeep, error.Code);
        Assert.StartsWith("(0040,A730)[1].(0040,A730)[1].", error.Path, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(1_000_000)]
    public void Nested_items_cost_next_to_nothing(int levels)
    {
        byte[] bytes = Nested(levels);

        Assert.InRange(Allocated(() => Assert.Equal(DicomError.TooDeep, Refused(bytes).Code)), 0, 1_000_000);
    }

    [Fact]
    public void A_deflate_bomb_is_left_before_it_bursts()
    {
        using var output = new MemoryStream();
        using (var deflater = new DeflateStream(output, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflater.Write(new ElementWriter().Header(new(0x7FE0, 0x0010), Vr.OB, 1_073_741_824).Written);
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 1024; i++) deflater.Write(zeros);
        }
        byte[] bomb = SampleFiles.File(SampleFiles.Deflated, output.ToArray());

        Assert.InRange(bomb.Length, 900_000, 1_300_000);
        Assert.InRange(Allocated(() => Assert.Equal(DicomError.InflateLimit, Refused(bomb).Code)), 0, MostBytes);
    }

    [Fact]
    public void A_deflated_file_of_nothing_but_headers_stays_within_memory_too()
    {
        byte[] headers = new ElementWriter().Text(new(0x0008, 0x0060), Vr.CS, "").ToArray();
        byte[] data = new byte[125_000_000 / 8 * 8];
        for (int at = 0; at < data.Length; at += 8) headers.CopyTo(data, at);
        byte[] bomb = SampleFiles.File(SampleFiles.Deflated, [.. SampleFiles.Deflate(data), .. new byte[1_000_000]]);

        Assert.InRange(Allocated(() => Assert.Equal(DicomError.TooMany, Refused(bomb).Code)), 0, MostBytes);
    }

    [Fact]
    public void A_small_deflated_file_may_inflate_well_and_a_large_one_as_the_ratio_says()
    {
        byte[] data = new ElementWriter().Bytes(new(0x7FE0, 0x0010), Vr.OB, new byte[10_000_000]).ToArray();
        byte[] file = SampleFiles.File(SampleFiles.Deflated, SampleFiles.Deflate(data));

        Assert.True(DicomFile.Parse(new MemorySource(file)).IsSound);
        Assert.Equal(DicomError.InflateLimit, Refused(file, new ParseLimits { InflateFloor = 1 << 20, MaxInflateRatio = 100 }).Code);
        Assert.Equal(DicomError.InflateLimit, Refused(file, new ParseLimits { MaxInflated = 9_000_000 }).Code);
    }

    [Fact]
    public void More_nodes_than_the_limit_are_refused_wherever_they_are()
    {
        var limits = new ParseLimits { MaxNodes = 10 };
        byte[] sample = SampleFiles.DataSet(NodeForm.None);
        byte[] guessed = new ElementWriter().Raw(SampleFiles.UnknownSequence(NodeForm.None, new(0x0009, 0x1003), defined: true)).ToArray();

        Assert.Equal(DicomError.TooMany, Refused(SampleFiles.File(SampleFiles.Explicit, sample), limits).Code);
        // a limit is no reason to read a UN as one value
        Assert.Equal(DicomError.TooMany, Refused(SampleFiles.File(SampleFiles.Explicit, guessed), new ParseLimits { MaxNodes = 7 }).Code);
        Assert.Equal(DicomError.TooMany, Refused(SampleFiles.File(SampleFiles.Explicit, guessed), new ParseLimits { MaxNodes = 2 }).Code);
    }

    [Fact]
    public void Many_nodes_take_their_own_room_and_no_more()
    {
        byte[] element = new ElementWriter().Text(new(0x0008, 0x0060), Vr.CS, "").ToArray();
        byte[] bytes = new byte[1_900_000 * 8];
        for (int at = 0; at < bytes.Length; at += 8) element.CopyTo(bytes, at);
        DicomDataSet? set = null;

        Assert.InRange(Allocated(() => set = DicomDataSet.Parse(new MemorySource(bytes), NodeForm.None)), 0, 64_000_000);
        Assert.Equal(1_900_001, set!.NodeCount);
        Assert.Equal(1_899_999, set.DefectCount);
        Assert.Equal(bytes.Length - 8, set[1_900_000].HeaderOffset);
    }

    [Fact]
    public void Guesses_that_fail_one_after_the_other_are_made_without_garbage()
    {
        // UN after UN, each with the header of an item that is longer than the value
        byte[] one = [9, 0, 1, 0x10, (byte)'U', (byte)'N', 0, 0, 8, 0, 0, 0, 0xFE, 0xFF, 0, 0xE0, 0xFF, 0, 0, 0];
        byte[] bytes = new byte[one.Length * 500_000];
        for (int at = 0; at < bytes.Length; at += one.Length) one.CopyTo(bytes, at);
        DicomDataSet? set = null;

        Assert.InRange(Allocated(() => set = DicomDataSet.Parse(new MemorySource(bytes), NodeForm.None)), 0, 20_000_000);
        Assert.Equal(500_001, set!.NodeCount);
    }

    [Fact]
    public void Guesses_within_guesses_read_each_byte_once()
    {
        // thirty UN in each other, the innermost broken: every level gives up in turn
        byte[] content = [.. Enumerable.Repeat((byte)0x41, 100_001)];
        for (int level = 0; level < 30; level++)
        {
            byte[] element = new ElementWriter(NodeForm.Implicit).Header(new(0x0009, 0x1001), Vr.UN, (uint)content.Length).Raw(content).ToArray();
            content = SampleFiles.Item(NodeForm.Implicit, defined: true, element);
        }
        byte[] bytes = new ElementWriter().Header(new(0x0009, 0x1001), Vr.UN, (uint)content.Length).Raw(content).ToArray();
        var source = new CountingSource(bytes);
        DicomDataSet set = DicomDataSet.Parse(source, NodeForm.None);

        Assert.Equal(NodeKind.Element, set[1].Kind);
        Assert.InRange(source.Windows, 1, 200);
    }

    private sealed class CountingSource(byte[] bytes) : ByteSource
    {
        public int Windows { get; private set; }

        public override long Length => bytes.Length;

        public override ReadOnlySpan<byte> Window(long offset, int length)
        {
            Windows++;
            return bytes.AsSpan((int)offset, length);
        }
    }
}
