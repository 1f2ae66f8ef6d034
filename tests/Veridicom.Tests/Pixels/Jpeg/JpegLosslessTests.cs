using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg.Lossless;
using Xunit;

namespace Veridicom.Tests.Pixels.Jpeg;

/// <summary>Lossless JPEG: what a slow encoder wrote comes back; what is cut off, left over or out of its rules does not.</summary>
public sealed class JpegLosslessTests
{
    private enum Picture
    {
        Noise,
        Extremes,
        Smooth,
        Flat,
    }

    private static ushort[] Samples(Picture picture, int rows, int columns, int components, int precision)
    {
        var random = new Random(precision);
        int most = (1 << precision) - 1;
        var samples = new ushort[rows * columns * components];
        for (int i = 0; i < samples.Length; i++)
        {
            int row = i / components / columns, column = i / components % columns;
            samples[i] = picture switch
            {
                Picture.Noise => (ushort)random.Next(most + 1),
                Picture.Extremes => (ushort)(random.Next(2) * (random.Next(2) == 0 ? most : 1 << (precision - 1))),
                Picture.Smooth => (ushort)(Math.Abs(row * row + 7 * column + random.Next(3)) & most),
                _ => (ushort)most,
            };
        }
        return samples;
    }

    private static byte[] Cells(ushort[] samples, int cellBytes, int shift = 0)
    {
        byte[] cells = new byte[samples.Length * cellBytes];
        for (int i = 0; i < samples.Length; i++)
        {
            int value = samples[i] >> shift << shift;
            cells[i * cellBytes] = (byte)(value & 0xFF);
            if (cellBytes > 1) cells[i * cellBytes + 1] = (byte)(value >> 8);
        }
        return cells;
    }

    private static byte[] Decode(byte[] code, FrameShape shape, out CodestreamFacts facts)
    {
        // between two walls, and full of something else
        byte[] cells = new byte[shape.Bytes + 64];
        Array.Fill(cells, (byte)0xC5);
        facts = JpegLossless.Decode(code, shape, cells.AsSpan(32, (int)shape.Bytes));
        Assert.Equal(-1, cells.AsSpan(0, 32).IndexOfAnyExcept((byte)0xC5));
        Assert.Equal(-1, cells.AsSpan(cells.Length - 32).IndexOfAnyExcept((byte)0xC5));
        return cells[32..^32];
    }

    private static PixelError Refusal(byte[] code, FrameShape shape) => Assert.Throws<PixelException>(() => Decode(code, shape, out _)).Code;

    public static TheoryData<int, int> PredictorsAndPrecisions
    {
        get
        {
            var data = new TheoryData<int, int>();
            for (int predictor = 1; predictor <= 7; predictor++)
            {
                for (int precision = 2; precision <= 16; precision++) data.Add(predictor, precision);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(PredictorsAndPrecisions))]
    public void Every_predictor_and_precision_comes_back(int predictor, int precision)
    {
        const int Rows = 11, Columns = 37;
        foreach (Picture picture in Enum.GetValues<Picture>())
        {
            foreach ((int restart, int table, int shift) in new[] { (0, 0, 0), (1, 1, 0), (3, 2, 0), (0, 2, 1), (11, 1, precision - 1) })
            {
                ushort[] samples = Samples(picture, Rows, Columns, 1, precision);
                byte[] code = new LosslessJpegWriter(Rows, Columns, 1, precision, predictor) { RestartRows = restart, Table = table, Shift = shift }.Encode(samples);
                foreach (int cell in precision <= 8 ? new[] { 1, 2 } : [2, 4])
                {
                    byte[] cells = Decode(code, new FrameShape(Rows, Columns, 1, cell), out CodestreamFacts facts);
                    Assert.Equal(Cells(samples, cell, shift), cells);
                    Assert.Equal(new CodestreamFacts(precision, false, CodestreamColour.Unstated, (1 << shift) - 1), facts);
                }
            }
        }
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(4, false)]
    public void Components_come_back_interleaved_or_each_in_its_scan(int components, bool interleaved)
    {
        const int Rows = 5, Columns = 18;
        foreach (int precision in new[] { 8, 12, 16 })
        {
            foreach (int predictor in new[] { 1, 4, 7 })
            {
                foreach ((Picture picture, int restart, bool many) in new[] { (Picture.Noise, 0, true), (Picture.Extremes, 2, false), (Picture.Smooth, 1, true) })
                {
                    ushort[] samples = Samples(picture, Rows, Columns, components, precision);
                    byte[] code = new LosslessJpegWriter(Rows, Columns, components, precision, predictor) { RestartRows = restart, Interleaved = interleaved, ManyTables = many }.Encode(samples);
                    foreach (int cell in precision == 8 ? new[] { 1, 2, 4 } : [2, 4])
                        Assert.Equal(Cells(samples, cell), Decode(code, new FrameShape(Rows, Columns, components, cell), out _));
                }
            }
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    [InlineData(40, 1)]
    [InlineData(3, 4)]
    [InlineData(3, 5)]
    public void The_smallest_pictures_come_back(int rows, int columns)
    {
        for (int predictor = 1; predictor <= 7; predictor++)
        {
            ushort[] samples = Samples(Picture.Noise, rows, columns, 1, 16);
            Assert.Equal(Cells(samples, 2), Decode(new LosslessJpegWriter(rows, columns, 1, 16, predictor).Encode(samples), new FrameShape(rows, columns, 1, 2), out _));
        }
    }

    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    // 2 bits each: 00 is category 0, 01 category 1, 10 category 16
    private const string Start = "FFD8 FFC4 0016 00 0003 0000000000000000000000000000 000110 FFC3 000B";
    private const string OneRow = Start + "10 0001 0004 01 01 11 00 FFDA 0008 01 01 00 01 00 00";

    [Fact]
    public void A_picture_made_by_hand_is_read()
    {
        // 32768 + 0, + 1, + 32768 modulo 65536, - 1: 00, 01 1, 10, 01 0, and ones to the end of the byte
        byte[] code = Hex(OneRow + "1CBF FFD9");

        Assert.Equal([0x00, 0x80, 0x01, 0x80, 0x01, 0x00, 0x00, 0x00], Decode(code, new FrameShape(1, 4, 1, 2), out CodestreamFacts facts));
        Assert.Equal(new CodestreamFacts(16, false, CodestreamColour.Unstated, 0), facts);
        Assert.Equal([0x00, 0x80, 0x01, 0x80, 0x01, 0x00, 0x00, 0x00], Decode([.. code, 0, 0xFF], new FrameShape(1, 4, 1, 2), out _));
    }

    [Theory]
    [InlineData(PixelError.Truncated, OneRow + "1CBF")]
    [InlineData(PixelError.Truncated, OneRow + "1CBF FF")]
    [InlineData(PixelError.Truncated, OneRow + "1CBF 00")]
    [InlineData(PixelError.Truncated, OneRow + "1C FFD9")]
    [InlineData(PixelError.Truncated, OneRow + "FFD9")]
    [InlineData(PixelError.Malformed, OneRow + "1CBF00 FFD9")]
    [InlineData(PixelError.Malformed, OneRow + "1CBF FFD0 FFD9")]
    [InlineData(PixelError.Malformed, OneRow + "1CBF FFD9 0001")]
    [InlineData(PixelError.Malformed, OneRow + "1CBF FF00 FFD9")]
    [InlineData(PixelError.Malformed, OneRow + "FF00BF FFD9")]
    [InlineData(PixelError.Malformed, Start + "10 0001 0004 01 01 11 00 FFDA 0008 01 01 10 01 00 00 1CBF FFD9")]
    [InlineData(PixelError.Malformed, Start + "10 0001 0004 01 01 11 00 FFDA 0008 01 01 00 00 00 00 1CBF FFD9")]
    [InlineData(PixelError.Malformed, Start + "10 0001 0004 01 01 11 00 FFDA 0008 01 01 00 08 00 00 1CBF FFD9")]
    [InlineData(PixelError.Malformed, Start + "10 0001 0004 01 01 11 00 FFDA 0008 01 01 00 01 01 00 1CBF FFD9")]
    [InlineData(PixelError.Malformed, Start + "10 0001 0004 01 01 11 00 FFDA 0008 01 01 00 01 00 10 1CBF FFD9")]
    [InlineData(PixelError.Malformed, Start + "0C 0001 0004 01 01 11 00 FFDA 0008 01 01 00 01 00 0C 1CBF FFD9")]
    [InlineData(PixelError.Malformed, Start + "08 0001 0004 01 01 11 00 FFDA 0008 01 01 00 01 00 00 1CBF FFD9")]
    [InlineData(PixelError.Malformed, "FFDD 0004 0003" + OneRow + "1CBF FFD9")]
    [InlineData(PixelError.Malformed, OneRow + "1CBF FFDA 0008 01 01 00 01 00 00 1CBF FFD9")]
    public void What_breaks_the_rules_is_refused(PixelError error, string code)
    {
        if (code.StartsWith("FFDD", StringComparison.Ordinal)) code = "FFD8" + code[..14] + code[18..];
        Assert.Equal(error, Refusal(Hex(code), new FrameShape(1, 4, 1, 2)));
    }

    [Fact]
    public void Another_process_is_no_lossless_picture()
    {
        foreach (string process in new[] { "FFC0", "FFC1", "FFC2" })
            Assert.Equal(PixelError.Malformed, Refusal(Hex(OneRow.Replace("FFC3", process, StringComparison.Ordinal) + "1CBF FFD9"), new FrameShape(1, 4, 1, 2)));
    }

    [Fact]
    public void Every_component_stands_in_one_scan_and_none_is_subsampled()
    {
        const string Two = Start + "10 0001 0004 02 01 11 00 02 11 00";
        string two = Two.Replace("FFC3 000B", "FFC3 000E", StringComparison.Ordinal);
        var shape = new FrameShape(1, 4, 2, 2);

        Assert.Equal(16, Decode(Hex(two + "FFDA 0008 01 01 00 01 00 00 1CBF FFDA 0008 01 02 00 01 00 00 1CBF FFD9"), shape, out _).Length);
        Assert.Equal(PixelError.Malformed, Refusal(Hex(two + "FFDA 0008 01 01 00 01 00 00 1CBF FFD9"), shape));
        Assert.Equal(PixelError.Malformed, Refusal(Hex(two + "FFDA 0008 01 01 00 01 00 00 1CBF FFDA 0008 01 01 00 01 00 00 1CBF FFD9"), shape));
        Assert.Equal(PixelError.Unsupported, Refusal(Hex(two.Replace("01 11 00 02", "01 21 00 02", StringComparison.Ordinal) + "FFDA 0008 01 01 00 01 00 00 1CBF FFDA 0008 01 02 00 01 00 00 1CBF FFD9"), shape));
        Assert.Equal(8, Decode(Hex(OneRow.Replace("01 01 11 00", "01 01 22 00", StringComparison.Ordinal) + "1CBF FFD9"), new FrameShape(1, 4, 1, 2), out _).Length);
    }

    [Fact]
    public void A_signed_sample_may_be_continued_by_its_sign_but_no_further()
    {
        // 8 bits, so 128 first: categories 0, 8 and 9 have 2 bits; the second difference is what its bits say
        string open = (Start + "08 0001 0002 01 01 11 00 FFDA 0008 01 01 00 01 00 00").Replace("000110 FFC3", "000809 FFC3", StringComparison.Ordinal);
        var shape = new FrameShape(1, 2, 1, 1);

        Assert.Equal([128, 0xFF], Decode(Hex(open + "17EF FFD9"), shape, out _)); // - 129
        Assert.Equal([128, 0x80], Decode(Hex(open + "27FF00 FFD9"), shape, out _)); // - 256
        Assert.Equal(PixelError.Malformed, Refusal(Hex(open + "27F7 FFD9"), shape)); // - 257
        Assert.Equal(PixelError.Malformed, Refusal(Hex(open + "180F FFD9"), shape)); // + 128
    }

    [Fact]
    public void The_WG04_images_are_those_that_were_encoded()
    {
        foreach (string name in new[] { "CT1", "MR1", "MR2", "NM1", "RG3" })
        {
            DicomFile native = DicomFile.Parse(new MemorySource(File.ReadAllBytes(RealFiles.PathOf("dicom", "wg04", "REF", name + "_UNC.dcm"))));
            DicomFile encoded = DicomFile.Parse(new MemorySource(File.ReadAllBytes(RealFiles.PathOf("dicom", "wg04", "JPLL", name + "_JPLL.dcm"))));
            PixelReader expected = Open(native), found = Open(encoded);
            Assert.IsType<DecodedPixels>(found);
            for (int frame = 0; frame < expected.Geometry.Frames; frame++)
                Assert.True(expected.Rows(frame, 0, expected.Geometry.Rows).SequenceEqual(found.Rows(frame, 0, expected.Geometry.Rows)), $"{name}, frame {frame}");
        }
    }

    private static PixelReader Open(DicomFile file)
    {
        Assert.True(PixelGeometry.TryFindPixels(file.DataSet, out DicomNode node));
        PixelReader? reader = PixelReader.Open(file.TransferSyntax, node, PixelGeometry.Read(file.DataSet, node, out _)!, null, out string reason);
        Assert.True(reader is not null, reason);
        return reader;
    }

    [Fact]
    public void No_part_of_a_picture_is_a_picture()
    {
        ushort[] samples = Samples(Picture.Smooth, 6, 9, 3, 12);
        var shape = new FrameShape(6, 9, 3, 2);
        foreach (bool interleaved in new[] { true, false })
        {
            byte[] code = new LosslessJpegWriter(6, 9, 3, 12, 5) { RestartRows = 2, Interleaved = interleaved }.Encode(samples);
            for (int length = 0; length < code.Length; length++) Assert.Equal(PixelError.Truncated, Refusal(code[..length], shape));
        }
    }

    [Fact]
    public void Whatever_bytes_are_changed_only_the_documented_error_comes()
    {
        var random = new Random(7);
        var shape = new FrameShape(9, 21, 1, 2);
        byte[] code = new LosslessJpegWriter(9, 21, 1, 16, 6) { RestartRows = 4 }.Encode(Samples(Picture.Noise, 9, 21, 1, 16));
        int refused = 0;
        for (int round = 0; round < 3000; round++)
        {
            byte[] changed = [.. code];
            for (int i = random.Next(1, 4); i > 0; i--) changed[random.Next(changed.Length)] = (byte)random.Next(256);
            try
            {
                Decode(changed, shape, out _);
            }
            catch (PixelException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 1, 2999);
    }
}
