using System.Globalization;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.JpegLs;
using Veridicom.Testing;
using Xunit;

namespace Veridicom.Tests.Pixels.JpegLs;

/// <summary>JPEG-LS against the standard's own example, against another's encoder, and there and back for every precision, number of components and error allowed.</summary>
public sealed class JpegLsTests
{
    /// <summary>The picture of tests/vectors/jpeg-ls: a function of place with flat parts, so that runs and their ends occur.</summary>
    private static byte[] Picture(int bits)
    {
        const int rows = 9, columns = 13;
        int cellBytes = bits > 8 ? 2 : 1, max = (1 << bits) - 1;
        byte[] cells = new byte[rows * columns * 3 * cellBytes];
        for (int y = 0; y < rows; y++)
        {
            for (int x = 0; x < columns; x++)
            {
                for (int c = 0; c < 3; c++)
                {
                    int value = y is 3 or 4 && x < 11 ? max / 2 : (x * x * 7 + y * 31 * (c + 1) + (x ^ y) * 5) & max, at = ((y * columns + x) * 3 + c) * cellBytes;
                    cells[at] = (byte)(value & 0xFF);
                    if (cellBytes == 2) cells[at + 1] = (byte)(value >> 8);
                }
            }
        }
        return cells;
    }

    internal static int Sample(ReadOnlySpan<byte> cells, int index, int cellBytes) => cellBytes == 1 ? cells[index] : cells[index * cellBytes] | cells[index * cellBytes + 1] << 8;

    private static int LargestError(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, int cellBytes)
    {
        int largest = 0;
        for (int i = 0; i < a.Length / cellBytes; i++) largest = Math.Max(largest, Math.Abs(Sample(a, i, cellBytes) - Sample(b, i, cellBytes)));
        return largest;
    }

    private static byte[] Encode(byte[] cells, FrameShape shape, int precision, int near)
    {
        using var output = new MemoryStream();
        JpegLsEncoder.Encode(cells, shape, precision, near, output);
        return output.ToArray();
    }

    // ISO/IEC 14495-1 H.3: an image of 4 x 4 samples of 8 bits, with all that is coded of it
    [Fact]
    public void The_example_of_the_standard_is_coded_and_decoded()
    {
        byte[] cells = [0, 0, 90, 74, 68, 50, 43, 205, 64, 145, 145, 145, 100, 145, 145, 145];
        byte[] code = Convert.FromHexString("FFD8FFF7000B080004000401011100FFDA0008010100000000C000006C80208E01C00000574000006EE6000001BC18000005D800009160FFD9");
        var shape = new FrameShape(4, 4, 1, 1);
        Assert.Equal([.. code[..^2], 0xFF, 0xFF, 0xD9], Encode(cells, shape, 8, 0));
        byte[] decoded = new byte[16];
        Assert.Equal(new CodestreamFacts(8, false, CodestreamColour.Unstated, 0), JpegLsDecoder.Decode(code, shape, decoded));
        Assert.Equal(cells, decoded);
    }

    [Fact]
    public void Another_encoders_interleavings_are_decoded()
    {
        string[] lines = [.. File.ReadAllLines(Repository.PathOf("tests", "vectors", "jpeg-ls", "interleaved.txt")).Where(line => !line.StartsWith('#'))];
        Assert.Equal(12, lines.Length);
        foreach (string line in lines)
        {
            string[] parts = line.Split(' ');
            int bits = int.Parse(parts[0], CultureInfo.InvariantCulture), near = int.Parse(parts[1], CultureInfo.InvariantCulture), cellBytes = bits > 8 ? 2 : 1;
            byte[] expected = Picture(bits), cells = new byte[expected.Length];
            CodestreamFacts facts = JpegLsDecoder.Decode(Convert.FromBase64String(parts[3]), new FrameShape(9, 13, 3, cellBytes), cells);
            Assert.Equal((bits, near), (facts.Precision, facts.NearLossless));
            int error = LargestError(cells, expected, cellBytes);
            Assert.True(near == 0 ? error == 0 : error > 0 && error <= near, $"{parts[0]} bits, error {near}, interleaving {parts[2]}: off by {error}");
        }
    }

    public static TheoryData<int, int> Precisions
    {
        get
        {
            var data = new TheoryData<int, int>();
            for (int bits = 2; bits <= 16; bits++)
            {
                foreach (int near in new[] { 0, 1, 2, 3, 255 })
                {
                    if (near <= ((1 << bits) - 1) / 2) data.Add(bits, near);
                }
            }
            return data;
        }
    }

    /// <summary>Noise, waves, stairs, grain on waves, and rare dots on flat ground, in widths of one up, with one to four components.</summary>
    [Theory]
    [MemberData(nameof(Precisions))]
    public void What_is_encoded_comes_back(int bits, int near)
    {
        var random = new Random(100 * bits + near);
        int max = (1 << bits) - 1;
        foreach ((int rows, int columns) in new[] { (1, 1), (1, 33), (40, 1), (5, 7), (47, 61), (20, 300) })
        {
            for (int samples = 1; samples <= 4; samples++)
            {
                for (int kind = 0; kind < 5; kind++)
                {
                    var shape = new FrameShape(rows, columns, samples, bits > 8 ? 2 : kind == 0 ? 4 : 1);
                    byte[] cells = new byte[shape.Bytes];
                    for (int i = 0; i < rows * columns * samples; i++)
                    {
                        int x = i / samples % columns, y = i / samples / columns, c = i % samples;
                        int value = kind switch
                        {
                            0 => random.Next(max + 1),
                            1 => (int)(max * (0.5 + 0.5 * Math.Sin(x * 0.1 + y * 0.07 + c))),
                            2 => (x / 17 + y / 5) % 3 == 0 ? max : x / 9 % 2 * max / 3,
                            3 => Math.Clamp((int)(max * (0.5 + 0.4 * Math.Sin(x * 0.05 + y * 0.03))) + random.Next(-2, 3), 0, max),
                            _ => random.Next(20) == 0 ? random.Next(max + 1) : 0,
                        };
                        cells[i * shape.CellBytes] = (byte)(value & 0xFF);
                        if (shape.CellBytes > 1) cells[i * shape.CellBytes + 1] = (byte)(value >> 8);
                    }
                    byte[] code = Encode(cells, shape, bits, near), decoded = new byte[cells.Length];
                    decoded.AsSpan().Fill(0xEE);
                    Assert.Equal(0, code.Length % 2);
                    Assert.Equal(new CodestreamFacts(bits, false, CodestreamColour.Unstated, near), JpegLsDecoder.Decode(code, shape, decoded));
                    if (near == 0) Assert.Equal(cells, decoded);
                    else Assert.InRange(LargestError(decoded, cells, shape.CellBytes), 0, near);
                }
            }
        }
    }

    /// <summary>Signed samples are patterns of Bits Stored bits; what stands above in the cells is no part of them.</summary>
    [Fact]
    public void Bits_above_the_precision_are_left_out()
    {
        var shape = new FrameShape(2, 2, 1, 2);
        byte[] decoded = new byte[8];
        JpegLsDecoder.Decode(Encode([0xFF, 0xFF, 0x01, 0xF8, 0x34, 0x12, 0x00, 0x80], shape, 12, 0), shape, decoded);
        Assert.Equal<byte>([0xFF, 0x0F, 0x01, 0x08, 0x34, 0x02, 0x00, 0x00], decoded);
    }

    [Fact]
    public void What_cannot_be_encoded_is_refused()
    {
        using var output = new MemoryStream();
        var shape = new FrameShape(1, 1, 1, 1);
        foreach ((int precision, int near) in new[] { (1, 0), (9, 0), (17, 0), (8, -1), (8, 128), (4, 8) })
            Assert.Throws<ArgumentOutOfRangeException>(() => JpegLsEncoder.Encode(new byte[1], shape, precision, near, output));
    }
}
