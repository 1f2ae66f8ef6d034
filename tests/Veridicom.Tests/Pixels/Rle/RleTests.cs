using System.Buffers.Binary;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Rle;
using Xunit;

namespace Veridicom.Tests.Pixels.Rle;

/// <summary>RLE frames against the rules of PS3.5 annex G: made here byte by byte, there and back, and broken in every way.</summary>
public sealed class RleTests
{
    private static byte[] Frame(params byte[][] segments)
    {
        byte[] header = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)segments.Length);
        int at = 64;
        for (int i = 0; i < segments.Length; at += segments[i++].Length) BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4 + 4 * i), (uint)at);
        return [.. header, .. segments.SelectMany(segment => segment)];
    }

    private static byte[] Decode(byte[] code, FrameShape shape)
    {
        byte[] cells = new byte[shape.Bytes];
        CodestreamFacts facts = RleDecoder.Decode(code, shape, cells);
        Assert.Equal(new CodestreamFacts(8 * shape.CellBytes, false, CodestreamColour.Unstated, 0), facts with { Extreme = false });
        return cells;
    }

    private static PixelError Refusal(byte[] code, FrameShape shape) => Assert.Throws<PixelException>(() => Decode(code, shape)).Code;

    /// <summary>Literal and replicate runs, runs that go over the end of a row, control bytes that give nothing.</summary>
    [Fact]
    public void Packets_are_unpacked()
    {
        byte[] segment = [2, 10, 11, 12, 128, 0xFD, 7, 128, 0, 9];
        Assert.Equal<byte>([10, 11, 12, 7, 7, 7, 7, 9], Decode(Frame(segment), new FrameShape(2, 4, 1, 1)));
    }

    /// <summary>The most significant byte of the first sample comes first, whatever the width of a cell.</summary>
    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 1)]
    [InlineData(3, 2)]
    [InlineData(3, 4)]
    [InlineData(1, 8)]
    [InlineData(4, 1)]
    public void Segments_go_from_the_most_significant_byte_of_the_first_sample(int samples, int cellBytes)
    {
        var segments = new List<byte[]>();
        for (int i = 0; i < samples * cellBytes; i++) segments.Add([1, (byte)(10 * i), (byte)(10 * i + 1)]);
        byte[] cells = Decode(Frame([.. segments.Select(s => (byte[])[.. s, 0])]), new FrameShape(1, 2, samples, cellBytes));
        for (int pixel = 0; pixel < 2; pixel++)
        {
            for (int i = 0; i < samples * cellBytes; i++)
            {
                int sample = i / cellBytes, fromTop = i % cellBytes;
                Assert.Equal(10 * i + pixel, cells[pixel * samples * cellBytes + sample * cellBytes + cellBytes - 1 - fromTop]);
            }
        }
    }

    public static TheoryData<int, int, int, int> Shapes
    {
        get
        {
            var shapes = new TheoryData<int, int, int, int>();
            foreach ((int samples, int cellBytes) in new[] { (1, 1), (1, 2), (1, 4), (1, 8), (3, 1), (3, 2), (3, 4), (4, 1), (4, 2), (2, 1) })
            {
                foreach ((int rows, int columns) in new[] { (1, 1), (1, 130), (300, 1), (5, 7), (33, 129), (64, 512) }) shapes.Add(rows, columns, samples, cellBytes);
            }
            return shapes;
        }
    }

    /// <summary>Noise, flat areas and single runs come back, each row packed by itself, every segment of even length.</summary>
    [Theory]
    [MemberData(nameof(Shapes))]
    public void What_is_encoded_comes_back(int rows, int columns, int samples, int cellBytes)
    {
        var shape = new FrameShape(rows, columns, samples, cellBytes);
        var random = new Random(rows + columns * samples + cellBytes);
        for (int kind = 0; kind < 4; kind++)
        {
            byte[] cells = new byte[shape.Bytes];
            if (kind == 1) random.NextBytes(cells);
            if (kind == 2) cells.AsSpan().Fill(200);
            if (kind == 3)
            {
                for (int i = 0; i < cells.Length;)
                {
                    int run = Math.Min(1 + random.Next(5) * random.Next(60), cells.Length - i);
                    cells.AsSpan(i, run).Fill((byte)random.Next(3));
                    i += run;
                }
            }
            using var output = new MemoryStream();
            RleEncoder.Encode(cells, shape, output);
            byte[] code = output.ToArray();
            Assert.Equal(0, code.Length % 2);
            Assert.Equal(samples * cellBytes, code[0]);
            for (int segment = 0; segment < samples * cellBytes; segment++)
            {
                int from = BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(4 + 4 * segment));
                Assert.Equal(0, from % 2);
                RowsEndWithPackets(code.AsSpan(from), rows, columns);
            }
            Assert.Equal(cells, Decode(code, shape));
        }
    }

    // PS3.5-2023b G.3.1: no packet goes over the end of a row
    private static void RowsEndWithPackets(ReadOnlySpan<byte> segment, int rows, int columns)
    {
        int at = 0;
        for (int row = 0; row < rows; row++)
        {
            int given = 0;
            while (given < columns)
            {
                int control = segment[at];
                Assert.NotEqual(128, control);
                given += control < 128 ? control + 1 : 257 - control;
                at += control < 128 ? control + 2 : 2;
            }
            Assert.Equal(columns, given);
        }
    }

    [Fact]
    public void Broken_frames_are_refused_by_kind()
    {
        var shape = new FrameShape(1, 4, 1, 1);
        byte[] good = Frame([3, 1, 2, 3, 4, 0]);
        Assert.Equal(PixelError.Truncated, Refusal(good[..63], shape));
        Assert.Equal(PixelError.Truncated, Refusal(good[..64], shape));
        Assert.Equal(PixelError.Truncated, Refusal(good[..67], shape));
        Assert.Equal(PixelError.Truncated, Refusal(Frame([2, 1, 2, 3]), shape));
        Assert.Equal(PixelError.Truncated, Refusal(Frame([0xFD]), shape));
        Assert.Equal(PixelError.Malformed, Refusal(Frame([4, 1, 2, 3, 4, 5]), shape));
        Assert.Equal(PixelError.Malformed, Refusal(Frame([0xFC, 1]), shape));
        Assert.Equal(PixelError.Malformed, Refusal(Frame([3, 1, 2, 3, 4, 7, 1]), shape));
        Assert.Equal(PixelError.Unsupported, Refusal(good, new FrameShape(1, 4, 4, 4)));
        for (uint segments = 0; segments < 17; segments++)
        {
            if (segments == 1) continue;
            byte[] other = [.. good];
            BinaryPrimitives.WriteUInt32LittleEndian(other, segments);
            Assert.Equal(PixelError.ShapeMismatch, Refusal(other, shape));
        }
        foreach (uint offset in new uint[] { 0, 63, 71, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF })
        {
            byte[] other = [.. good];
            BinaryPrimitives.WriteUInt32LittleEndian(other.AsSpan(4), offset);
            Assert.Equal(PixelError.Malformed, Refusal(other, shape));
        }
        byte[] descending = Frame([3, 1, 2, 3, 4, 0], [3, 1, 2, 3, 4, 0]);
        (descending[4], descending[8]) = (descending[8], descending[4]);
        Assert.Equal(PixelError.Malformed, Refusal(descending, new FrameShape(1, 4, 1, 2)));
    }

    /// <summary>One zero makes a segment even; the fragment behind the last one may be padded.</summary>
    [Fact]
    public void Padding_is_no_excess()
    {
        var shape = new FrameShape(1, 3, 1, 2);
        Assert.Equal<byte>([4, 1, 5, 2, 6, 3], Decode(Frame([2, 1, 2, 3], [2, 4, 5, 6]), shape));
        Assert.Equal<byte>([4, 1, 5, 2, 6, 3], Decode(Frame([2, 1, 2, 3, 0], [2, 4, 5, 6, 0, 0, 0xFF, 0]), shape));
        Assert.Equal<byte>([4, 1, 5, 2, 6, 3], Decode(Frame([2, 1, 2, 3, 128, 128, 0], [2, 4, 5, 6, 128]), shape));
        Assert.Equal(PixelError.Malformed, Refusal(Frame([2, 1, 2, 3, 0, 0], [2, 4, 5, 6]), shape));
        Assert.Equal(PixelError.Malformed, Refusal(Frame([2, 1, 2, 3], [2, 4, 5, 6, 0, 1]), shape));
    }

    /// <summary>Changed bytes give other cells or a refusal, and nothing else, however the frame is cut or scrambled.</summary>
    [Fact]
    public void Mutated_frames_decode_or_are_refused()
    {
        var random = new Random(20231);
        int decoded = 0, refused = 0;
        foreach ((int rows, int columns, int samples, int cellBytes) in new[] { (40, 37, 1, 1), (30, 33, 1, 2), (21, 40, 3, 1), (9, 50, 3, 2) })
        {
            var shape = new FrameShape(rows, columns, samples, cellBytes);
            byte[] cells = new byte[shape.Bytes];
            for (int i = 0; i < cells.Length; i++) cells[i] = (byte)(random.Next(4) == 0 ? random.Next(256) : i / 97);
            using var output = new MemoryStream();
            RleEncoder.Encode(cells, shape, output);
            byte[] original = output.ToArray();
            for (int round = 0; round < 1500; round++)
            {
                byte[] code = [.. original];
                for (int changes = 1 + random.Next(4); changes > 0; changes--)
                {
                    int at = random.Next(3) == 0 ? random.Next(68) : random.Next(code.Length);
                    code[at] = random.Next(3) switch { 0 => (byte)random.Next(256), 1 => (byte)(code[at] ^ (1 << random.Next(8))), _ => 128 };
                }
                if (random.Next(4) == 0) code = code[..random.Next(code.Length)];
                try
                {
                    RleDecoder.Decode(code, shape, cells);
                    decoded++;
                }
                catch (PixelException)
                {
                    refused++;
                }
            }
        }
        Assert.True(decoded > 100 && refused > 100, $"{decoded} decoded, {refused} refused");
    }
}
