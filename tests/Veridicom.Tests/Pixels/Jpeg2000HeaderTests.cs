using System.Buffers.Binary;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg2000;
using Xunit;

namespace Veridicom.Tests.Pixels;

/// <summary>What the headers of a codestream say, and what is refused on their word alone.</summary>
public sealed class Jpeg2000HeaderTests
{
    private static Jpeg2000Vector Vector(string name) => Jpeg2000Vector.All.Single(vector => vector.Name == name);

    public static TheoryData<string> Vectors => [.. Jpeg2000Vector.All.Select(vector => vector.Name)];

    [Theory]
    [MemberData(nameof(Vectors))]
    public void The_headers_say_what_the_encoder_was_told(string name)
    {
        Jpeg2000Vector vector = Vector(name);

        Jpeg2000Header header = Jpeg2000Header.Read(vector.Code());

        Assert.Equal(new Jpeg2000Header(Jpeg2000Vector.Columns, Jpeg2000Vector.Rows, vector.Samples, vector.Precision, vector.Signed,
            name.Contains("tile", StringComparison.Ordinal) ? 12 : 1, vector.HighThroughput, vector.Error == 0, vector.Transform), header);
        header.Require(vector.Shape);
        Assert.Equal(new CodestreamFacts(vector.Precision, vector.Signed, vector.Transform ? CodestreamColour.Undone : CodestreamColour.Unstated,
            vector.Error == 0 ? 0 : -1), header.Facts);
    }

    [Fact]
    public void Another_shape_is_refused()
    {
        Jpeg2000Header header = Jpeg2000Header.Read(Vector("plain-12-tile-parts").Code());
        FrameShape shape = Vector("plain-12-tile-parts").Shape;
        foreach (FrameShape other in new[] { shape with { Rows = 44 }, shape with { Columns = 60 }, shape with { Samples = 3 }, shape with { CellBytes = 1 } })
            Assert.Equal(PixelError.ShapeMismatch, Assert.Throws<PixelException>(() => header.Require(other)).Code);
        header.Require(shape with { CellBytes = 4 });
    }

    [Theory]
    [InlineData(0, 0xFF, 0xD8, PixelError.Malformed)] // JPEG
    [InlineData(6, 0x80, 0x00, PixelError.Unsupported)] // part 2
    [InlineData(8, 0x00, 0x01, PixelError.ShapeMismatch)] // wider than 65,535
    [InlineData(18, 0x00, 0x3D, PixelError.ShapeMismatch)] // begins where it ends
    [InlineData(26, 0x00, 0x00, PixelError.Malformed)] // tiles of no width
    [InlineData(36, 0x00, 0x3E, PixelError.Malformed)] // the first tile begins behind the image
    [InlineData(40, 0x00, 0x02, PixelError.Malformed)] // components that are not there
    [InlineData(40, 0x00, 0x00, PixelError.Malformed)] // none
    [InlineData(42, 0x1F, 0x01, PixelError.Unsupported)] // 32 bits
    [InlineData(43, 0x02, 0x01, PixelError.Unsupported)] // subsampled
    public void A_size_that_is_not_decoded_is_refused(int at, byte high, byte low, PixelError expected)
    {
        byte[] code = Vector("plain-8").Code();
        code[at] = high;
        code[at + 1] = low;
        // the tile stays as wide as the image
        if (at == 18) code[21] = 0x3D;
        if (at == 36) code[37] = 0x01;

        Assert.Equal(expected, Assert.Throws<PixelException>(() => Jpeg2000Header.Read(code)).Code);
    }

    [Theory]
    [InlineData(0x74)] // a transform of its own
    [InlineData(0x78)] // other precisions and signs than SIZ has: libopenjp2 goes by it, whatever SIZ announces
    public void What_only_part_2_knows_is_refused(byte marker)
    {
        byte[] code = Vector("plain-8").Code();
        int behind = 4 + BinaryPrimitives.ReadUInt16BigEndian(code.AsSpan(4));
        byte[] changed = [.. code.AsSpan(0, behind), 0xFF, marker, 0, 5, 0, 1, 0x87, .. code.AsSpan(behind)];

        Assert.Equal(PixelError.Unsupported, Assert.Throws<PixelException>(() => Jpeg2000Header.Read(changed)).Code);
    }

    [Fact]
    public void Components_that_differ_are_refused()
    {
        byte[] code = Vector("plain-8-rgb").Code();
        code[45] = 0x87;

        Assert.Equal(PixelError.Unsupported, Assert.Throws<PixelException>(() => Jpeg2000Header.Read(code)).Code);
    }

    [Fact]
    public void One_tile_or_component_that_is_irreversible_makes_the_whole_so()
    {
        byte[] code = Vector("plain-12-tile-parts").Code();
        int sot = code.AsSpan().LastIndexOf<byte>([0xFF, 0x90, 0x00, 0x0A]);
        Assert.True(code.AsSpan(sot + 12, 2).SequenceEqual<byte>([0xFF, 0x93]));
        byte[] coc = [0xFF, 0x53, 0, 9, 0, 0, 5, 4, 4, 0, 0];
        byte[] changed = [.. code.AsSpan(0, sot + 12), .. coc, .. code.AsSpan(sot + 12)];
        BinaryPrimitives.WriteInt32BigEndian(changed.AsSpan(sot + 6), BinaryPrimitives.ReadInt32BigEndian(code.AsSpan(sot + 6)) + coc.Length);

        Assert.True(Jpeg2000Header.Read(code).Reversible);
        Assert.False(Jpeg2000Header.Read(changed).Reversible);
    }

    [Fact]
    public void The_last_tile_part_may_leave_its_length_to_the_end_and_padding_may_follow()
    {
        byte[] code = [.. Vector("plain-12-layers").Code(), 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(code.AsSpan(code.AsSpan().LastIndexOf<byte>([0xFF, 0x90, 0x00, 0x0A]) + 6), 0);

        Assert.Equal(12, Jpeg2000Header.Read(code).Precision);
        Assert.Equal(PixelError.Truncated, Assert.Throws<PixelException>(() => Jpeg2000Header.Read(code.AsSpan(0, code.Length - 5))).Code);
    }

    [Fact]
    public void A_tile_without_data_is_refused()
    {
        byte[] code = Vector("plain-12-tile-parts").Code();
        int sot = code.AsSpan().LastIndexOf<byte>([0xFF, 0x90, 0x00, 0x0A]);
        int tile = BinaryPrimitives.ReadUInt16BigEndian(code.AsSpan(sot + 4));
        byte[] all = code;
        // every part of that tile is given to another one
        for (int at = code.AsSpan().IndexOf<byte>([0xFF, 0x90, 0x00, 0x0A]); at < code.Length - 2; at += BinaryPrimitives.ReadInt32BigEndian(all.AsSpan(at + 6)))
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(code.AsSpan(at + 4)) == tile) code[at + 5] = 0;
        }

        Assert.Equal(PixelError.Truncated, Assert.Throws<PixelException>(() => Jpeg2000Header.Read(code)).Code);
    }

    [Fact]
    public void Every_end_and_every_changed_byte_is_read_or_refused()
    {
        foreach (Jpeg2000Vector vector in Jpeg2000Vector.All)
        {
            byte[] code = vector.Code();
            for (int length = 0; length < code.Length; length++)
                Assert.IsType<PixelException>(Record.Exception(() => Jpeg2000Header.Read(code.AsSpan(0, length))));
            for (int at = 0; at < code.Length; at++)
            {
                foreach (byte value in new byte[] { 0, 1, 0x7F, 0xFF })
                {
                    byte was = code[at];
                    code[at] = value;
                    if (Record.Exception(() => Jpeg2000Header.Codestream(code)) is { } boxes) Assert.IsType<PixelException>(boxes);
                    if (Record.Exception(() => Jpeg2000Header.Read(code)) is { } error) Assert.IsType<PixelException>(error);
                    code[at] = was;
                }
            }
        }
    }
}
