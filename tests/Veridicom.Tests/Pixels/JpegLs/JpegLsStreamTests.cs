using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.JpegLs;
using Xunit;

namespace Veridicom.Tests.Pixels.JpegLs;

/// <summary>Codestreams put together marker by marker: what the standard allows around the samples, what is refused, and damage of every kind.</summary>
public sealed class JpegLsStreamTests
{
    private static readonly FrameShape Grey = new(6, 11, 1, 1);

    private static byte[] Segment(byte marker, params byte[] content) => [0xFF, marker, 0, (byte)(content.Length + 2), .. content];

    private static byte[] Frame(int precision = 8, int rows = 6, int columns = 11, params byte[] components) => Segment(0xF7,
        [(byte)precision, 0, (byte)rows, 0, (byte)columns, (byte)(components.Length == 0 ? 1 : components.Length),
            .. (components.Length == 0 ? [1] : components).SelectMany(id => new byte[] { id, 0x11, 0 })]);

    private static byte[] Scan(byte near = 0, byte interleave = 0, byte transform = 0, params byte[] components) => Segment(0xDA,
        [(byte)(components.Length == 0 ? 1 : components.Length), .. (components.Length == 0 ? [1] : components).SelectMany(id => new byte[] { id, 0 }), near, interleave, transform]);

    private static byte[] Preset(params int[] values) => Segment(0xF8, [1, .. values.SelectMany(v => new[] { (byte)(v >> 8), (byte)(v & 0xFF) })]);

    private static byte[] Stream(params byte[][] parts) => [0xFF, 0xD8, .. parts.SelectMany(part => part), 0xFF, 0xD9];

    private static byte[] Cells(int max = 255)
    {
        byte[] cells = new byte[66];
        for (int i = 0; i < cells.Length; i++) cells[i] = (byte)Math.Min(max, i % 11 < 4 ? 9 : i * i % 251);
        return cells;
    }

    private static byte[] Samples(ReadOnlySpan<byte> cells, FrameShape shape, PresetParameters preset = default, int near = 0)
    {
        using var output = new MemoryStream();
        CodingParameters parameters = CodingParameters.For(8, near, preset)!;
        new ScanEncoder<NearLosslessRule>(parameters, new NearLosslessRule(parameters), new BitWriter(output)).Encode(cells, shape);
        return output.ToArray();
    }

    private static byte[] Decode(byte[] code, FrameShape? shape = null)
    {
        byte[] cells = new byte[(shape ?? Grey).Bytes];
        JpegLsDecoder.Decode(code, shape ?? Grey, cells);
        return cells;
    }

    private static PixelError Refusal(byte[] code, FrameShape? shape = null) => Assert.Throws<PixelException>(() => Decode(code, shape)).Code;

    [Fact]
    public void Other_segments_fill_bytes_and_padding_change_nothing()
    {
        byte[] samples = Samples(Cells(), Grey);
        Assert.Equal(Cells(), Decode(Stream(Frame(), Scan(), samples)));
        Assert.Equal(Cells(), Decode(Stream(Segment(0xE8, [.. "mrfx"u8, 0]), Segment(0xFE, 1, 2, 3), [0xFF, 0xFF], Frame(), Segment(0xEF), Scan(), samples, [0xFF, 0xFF])));
        Assert.Equal(Cells(), Decode([.. Stream(Frame(), Scan(), samples), 0, 0, 0xFF, 0]));
        Assert.Equal(PixelError.Malformed, Refusal([.. Stream(Frame(), Scan(), samples), 1, 1]));
    }

    /// <summary>Thresholds, interval of halving, and a largest sample that is not all ones.</summary>
    [Theory]
    [InlineData(0, 5, 9, 30, 31, 0)]
    [InlineData(200, 0, 0, 0, 0, 0)]
    [InlineData(200, 4, 4, 200, 3, 0)]
    [InlineData(130, 6, 8, 25, 255, 2)]
    [InlineData(100, 0, 0, 0, 0, 1)]
    public void Preset_parameters_are_used(int maxValue, int t1, int t2, int t3, int reset, int near)
    {
        byte[] cells = Cells(maxValue == 0 ? 255 : maxValue);
        byte[] code = Stream(Frame(), Preset(maxValue, t1, t2, t3, reset), Scan((byte)near), Samples(cells, Grey, new PresetParameters(maxValue, t1, t2, t3, reset), near));
        byte[] decoded = Decode(code);
        for (int i = 0; i < cells.Length; i++) Assert.InRange(decoded[i] - cells[i], -near, near);
        // other parameters make other codes: a decoder that passed over them would not come out even
        Assert.NotEqual(Samples(cells, Grey, default, near), Samples(cells, Grey, new PresetParameters(maxValue, t1, t2, t3, reset), near));
    }

    /// <summary>Each interval is coded as if it were a picture of its own; markers count from 0 to 7 and again.</summary>
    [Theory]
    [InlineData(1, 2)]
    [InlineData(4, 3)]
    [InlineData(6, 4)]
    [InlineData(100, 4)]
    public void Restart_intervals_start_anew(int interval, int lengthBytes)
    {
        byte[] cells = Cells(), dri = new byte[lengthBytes];
        dri[^1] = (byte)interval;
        var parts = new List<byte[]> { Segment(0xDD, dri), Frame(), Scan() };
        for (int row = 0, restart = 0; row < 6; row += interval)
        {
            if (row > 0) parts.Add([0xFF, (byte)(0xD0 + restart++ % 8)]);
            int rows = Math.Min(interval, 6 - row);
            parts.Add(Samples(cells.AsSpan(row * 11, rows * 11), Grey with { Rows = rows }));
        }
        Assert.Equal(cells, Decode(Stream([.. parts])));
        if (interval < 6)
        {
            parts[4] = [0xFF, 0xD1];
            Assert.Equal(PixelError.Malformed, Refusal(Stream([.. parts])));
            parts.RemoveRange(4, 2);
            Assert.NotEqual(PixelError.Unsupported, Refusal(Stream([.. parts])));
        }
    }

    /// <summary>Scans of one component each, in the order of the frame. DCMTK and GDCM put components down as they come, and take the first scan for all.</summary>
    [Fact]
    public void Components_come_in_scans_in_the_order_of_the_frame()
    {
        var shape = Grey with { Samples = 3 };
        byte[] first = Cells(), second = [.. Cells().Reverse()], third = Cells(100);
        byte[] expected = [.. Enumerable.Range(0, 66).SelectMany(i => new[] { first[i], second[i], third[i] })];
        byte[] frame = Frame(8, 6, 11, 7, 9, 3), scan7 = Stream(Scan(0, 0, 0, 7), Samples(first, Grey))[2..^2], scan9 = Stream(Scan(0, 0, 0, 9), Samples(second, Grey))[2..^2], scan3 = Stream(Scan(0, 0, 0, 3), Samples(third, Grey))[2..^2];
        Assert.Equal(expected, Decode(Stream(frame, scan7, scan9, scan3), shape));
        Assert.Equal(PixelError.Unsupported, Refusal(Stream(frame, scan3, scan7, scan9), shape));
        byte[] pair = [.. Enumerable.Range(0, 66).SelectMany(i => new[] { second[i], third[i] })];
        Assert.Equal(PixelError.Unsupported, Refusal(Stream(frame, scan7, Scan(0, 1, 0, 9, 3), Samples(pair, Grey with { Samples = 2 })), shape));
        Assert.Equal(PixelError.Unsupported, Refusal(Stream(frame, scan7, Scan(1, 0, 0, 9), Samples(second, Grey, near: 1), scan3), shape));
        Assert.Equal(PixelError.Truncated, Refusal(Stream(frame, scan7), shape));
        Assert.Equal(PixelError.Malformed, Refusal(Stream(frame, scan7, scan7), shape));
    }

    [Fact]
    public void What_is_not_decoded_is_named()
    {
        byte[] samples = Samples(Cells(), Grey);
        byte[] sampled = Frame();
        sampled[11] = 0x21;
        byte[] tables = Scan();
        tables[6] = 1;
        Assert.Equal(PixelError.Unsupported, Refusal(Stream(Segment(0xE8, [.. "mrfx"u8, 1]), Frame(), Scan(), samples)));
        Assert.Equal(PixelError.Unsupported, Refusal(Stream(Frame(), Segment(0xF8, 2, 1, 1, 0), Scan(), samples)));
        Assert.Equal(PixelError.Unsupported, Refusal(Stream(Frame(), Segment(0xF8, 3, 1, 1, 0), Scan(), samples)));
        Assert.Equal(PixelError.Unsupported, Refusal(Stream(Frame(), Segment(0xF8, 4, 2, 0, 6, 0, 11), Scan(), samples)));
        Assert.Equal(PixelError.Unsupported, Refusal(Stream(Frame(), Scan(transform: 1), samples)));
        Assert.Equal(PixelError.Unsupported, Refusal(Stream(Frame(rows: 0), Scan(), samples, Segment(0xDC, 0, 6))));
        Assert.Equal(PixelError.Unsupported, Refusal(Stream(Frame(), Scan(), samples, Segment(0xDC, 0, 6))));
        Assert.Equal(PixelError.Unsupported, Refusal(Stream(sampled, Scan(), samples)));
        Assert.Equal(PixelError.Unsupported, Refusal(Stream(Frame(), tables, samples)));
        Assert.Equal(PixelError.Unsupported, Refusal(Stream(Segment(0xC0, 8, 0, 6, 0, 11, 1, 1, 0x11, 0))));
    }

    [Fact]
    public void Another_shape_is_no_picture_of_this_one()
    {
        byte[] samples = Samples(Cells(), Grey);
        Assert.Equal(PixelError.ShapeMismatch, Refusal(Stream(Frame(rows: 5), Scan(), samples)));
        Assert.Equal(PixelError.ShapeMismatch, Refusal(Stream(Frame(columns: 12), Scan(), samples)));
        Assert.Equal(PixelError.ShapeMismatch, Refusal(Stream(Frame(precision: 9), Scan(), samples)));
        Assert.Equal(PixelError.ShapeMismatch, Refusal(Stream(Frame(8, 6, 11, 1, 2), Scan(), samples)));
        Assert.Equal(PixelError.ShapeMismatch, Refusal(Stream(Frame(), Scan(), samples), Grey with { Samples = 3 }));
    }

    [Fact]
    public void Broken_headers_and_samples_are_refused()
    {
        byte[] samples = Samples(Cells(), Grey), good = Stream(Frame(), Scan(), samples);
        foreach (byte[] code in new byte[][]
        {
            good[1..], good[2..], Stream(Scan(), samples), Stream(Frame(), Frame(), Scan(), samples), Stream(Frame(precision: 1), Scan(), samples),
            Stream(Frame(precision: 17), Scan(), samples), Stream(Frame(), Scan(interleave: 3), samples), Stream(Frame(), Scan(0, 0, 0, 2), samples), Stream(Frame(), Scan(near: 128), samples),
            Stream(Frame(), Preset(256, 0, 0, 0, 0), Scan(), samples), Stream(Frame(), Preset(0, 9, 8, 0, 0), Scan(), samples), Stream(Frame(), Preset(0, 0, 0, 0, 2), Scan(), samples),
            Stream(Frame(), Preset(0, 0, 0), Scan(), samples), Stream(Frame(), Segment(0xF8), Scan(), samples), Stream(Frame(), Segment(0xDD, 1), Scan(), samples),
            Stream(Segment(0xF7, 8, 0, 6, 0, 11, 2, 1, 0x11, 0), Scan(), samples), Stream(Frame(), [0xFF, 0xD3], Scan(), samples), Stream(Frame(), Segment(0xDB), Scan(), samples),
            Stream(Frame(), Scan(), samples, [0, 0, 0]), Stream(Frame(), [0xFF, 0xFE, 0, 1], Scan(), samples),
        }) Assert.Equal(PixelError.Malformed, Refusal(code));
        for (int length = 2; length < good.Length; length++)
        {
            PixelError error = Refusal(good[..length]);
            Assert.True(error is PixelError.Truncated or PixelError.Malformed, $"{length} bytes: {error}");
        }
        Assert.Equal(PixelError.Truncated, Refusal(good[..^2]));
        Assert.Equal(PixelError.Truncated, Refusal(Stream(Frame(), Scan(), samples[..^4])));
    }

    /// <summary>Changed bytes give other samples or a refusal, and nothing else; no sample passes the largest.</summary>
    [Fact]
    public void Mutated_streams_decode_or_are_refused()
    {
        var random = new Random(14495);
        int decoded = 0, refused = 0;
        foreach ((int bits, int samples, int near) in new[] { (8, 1, 0), (12, 1, 0), (8, 3, 0), (16, 1, 2), (5, 2, 1) })
        {
            var shape = new FrameShape(23, 31, samples, bits > 8 ? 2 : 1);
            byte[] cells = new byte[shape.Bytes];
            for (int i = 0; i < cells.Length / shape.CellBytes; i++) cells[i * shape.CellBytes] = (byte)((random.Next(3) == 0 ? random.Next(256) : i / 40) & ((1 << Math.Min(8, bits)) - 1));
            using var output = new MemoryStream();
            JpegLsEncoder.Encode(cells, shape, bits, near, output);
            byte[] original = output.ToArray();
            for (int round = 0; round < 1200; round++)
            {
                byte[] code = [.. original];
                for (int changes = 1 + random.Next(4); changes > 0; changes--)
                {
                    int at = random.Next(4) == 0 ? random.Next(40) : random.Next(code.Length);
                    code[at] = random.Next(4) switch { 0 => (byte)random.Next(256), 1 => (byte)(code[at] ^ (1 << random.Next(8))), 2 => 0xFF, _ => 0 };
                }
                if (samples > 1 && random.Next(2) == 0) code[17 + 3 * samples] = 2; // by sample instead of by line
                if (random.Next(5) == 0) code = code[..random.Next(code.Length)];
                try
                {
                    CodestreamFacts facts = JpegLsDecoder.Decode(code, shape, cells);
                    for (int i = 0; i < cells.Length / shape.CellBytes; i++) Assert.InRange(JpegLsTests.Sample(cells, i, shape.CellBytes), 0, (1 << facts.Precision) - 1);
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
