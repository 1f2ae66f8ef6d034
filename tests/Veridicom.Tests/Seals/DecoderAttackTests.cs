using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg.Dct;
using Veridicom.Pixels.JpegLs;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Tree;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;
using Veridicom.Testing;
using Xunit;

namespace Veridicom.Tests.Seals;

/// <summary>Sealed pictures in other codestreams that give the sealed cells here and another picture elsewhere: DCMTK and GDCM show what the comments say.</summary>
public sealed class DecoderAttackTests
{
    private const string Baseline = "1.2.840.10008.1.2.4.50", Extended = "1.2.840.10008.1.2.4.51", LosslessJpeg = "1.2.840.10008.1.2.4.70", JpegLs = "1.2.840.10008.1.2.4.80", Native = SampleFiles.Explicit;

    private static byte[] Image(string syntax, byte[] pixels, int side = 32, int samples = 1, int allocated = 8, int stored = 8, int signed = 0, Action<ElementWriter>? icon = null, byte[]? second = null)
    {
        var w = new ElementWriter().Text(new(0x00080016), Vr.UI, SealKit.SopClass).Text(new(0x00080018), Vr.UI, SealKit.Instance);
        Shape(w, side, samples, allocated, stored, signed, second is null ? 1 : 2);
        if (icon is not null)
        {
            w.BeginSequence(new(0x00880200)).BeginItem();
            icon(w);
            w.EndItem().EndSequence();
        }
        return [.. SealKit.Head(syntax), .. Pixels(w, syntax != Native, pixels, second).ToArray()];
    }

    private static ElementWriter Shape(ElementWriter w, int side, int samples, int allocated, int stored, int signed, int frames = 1)
    {
        w.UInt16(new(0x00280002), (ushort)samples).Text(new(0x00280004), Vr.CS, samples > 1 ? "RGB" : "MONOCHROME2");
        if (samples > 1) w.UInt16(new(0x00280006), 0);
        if (frames > 1) w.Text(new(0x00280008), Vr.IS, "2");
        return w.UInt16(new(0x00280010), (ushort)side).UInt16(new(0x00280011), (ushort)side).UInt16(new(0x00280100), (ushort)allocated).UInt16(new(0x00280101), (ushort)stored)
            .UInt16(new(0x00280102), (ushort)(stored - 1)).UInt16(new(0x00280103), (ushort)signed);
    }

    private static ElementWriter Pixels(ElementWriter w, bool encapsulated, byte[] bytes, byte[]? second = null)
    {
        if (!encapsulated) return w.Bytes(new(0x7FE00010), Vr.OW, [.. bytes, .. second ?? []]);
        w.Header(new(0x7FE00010), Vr.OB, 0xFFFFFFFF).Raw(SealKit.Fragment([]));
        foreach (byte[] frame in second is null ? (byte[][])[bytes] : [bytes, second]) w.Raw(SealKit.Fragment([.. frame, .. new byte[frame.Length & 1]]));
        return w.EndSequence();
    }

    private static Verdict Instead(byte[] wasSealed, byte[] now) => SealKit.Verify(now, SealKit.SealFile(wasSealed));

    private static PixelBinding Binding(byte[] file) =>
        Statement.Read(SealCms.Read(SealBlock.ReadDetached(SealKit.SealFile(file)).Cms, Oids.SealStatement, new CertificateCache()).Statement).Pixels!;

    /// <summary>32 x 32 samples in blocks of one grey each: DC coefficients with a step of 16.</summary>
    private static byte[] Flat(byte process, params int[] blocks)
    {
        var code = new List<byte> { 0xFF, 0xD8 };
        void Segment(byte marker, params byte[] content) => code.AddRange([0xFF, marker, 0, (byte)(content.Length + 2), .. content]);
        Segment(0xDB, [0, .. Enumerable.Repeat((byte)16, 64)]);
        Segment(process, 8, 0, 32, 0, 32, 1, 1, 0x11, 0);
        Segment(0xC4, [0x00, 0, 0, 0, 12, .. new byte[12], .. Enumerable.Range(0, 12).Select(i => (byte)i)]);
        Segment(0xC4, [0x10, 1, .. new byte[15], 0]);
        Segment(0xDA, 1, 1, 0, 0, 63, 0);
        var bits = new List<bool>();
        void Put(int value, int count)
        {
            for (int i = count - 1; i >= 0; i--) bits.Add((value >> i & 1) == 1);
        }
        int last = 0;
        foreach (int dc in blocks)
        {
            int difference = dc - last, category = difference == 0 ? 0 : 1 + (int)Math.Log2(Math.Abs(difference));
            Put(category, 4);
            Put(difference > 0 ? difference : difference + (1 << category) - 1, category);
            Put(0, 1);
            last = dc;
        }
        while (bits.Count % 8 != 0) bits.Add(true);
        foreach (bool[] eight in bits.Chunk(8))
        {
            code.Add((byte)eight.Aggregate(0, (value, bit) => value << 1 | (bit ? 1 : 0)));
            if (code[^1] == 0xFF) code.Add(0);
        }
        return [.. code, 0xFF, 0xD9];
    }

    // -64 is black. -320 is black too where samples are clamped; DCMTK and GDCM look them up in a table, and show white.
    private static readonly int[] Black = [.. Enumerable.Repeat(-64, 16)], Written = [.. Enumerable.Range(0, 16).Select(i => i is 5 or 6 ? -320 : -64)];

    [Fact]
    public void White_letters_that_are_black_where_samples_are_clamped_do_not_pass_in_a_lossy_encoding()
    {
        byte[] evil = Image(Extended, Flat(0xC1, Written));

        foreach (byte[] wasSealed in new[] { Image(Native, new byte[32 * 32]), Image(Baseline, Flat(0xC0, Black)) })
        {
            Verdict verdict = Instead(wasSealed, evil);
            Assert.True(verdict.Kind == VerdictKind.Unverifiable, SealKit.Say(verdict));
            Assert.Contains(verdict.Reasons, r => r.Code == ReasonCode.PixelsNotDecodable && r.Text.Contains("loss", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Changed_bytes_that_no_longer_decode_are_placed_in_their_frame()
    {
        byte[] code = Flat(0xC0, Black), broken = [.. code];
        (broken[^6], broken[^5]) = (0xFF, 0xD9); // the end of the image, before its last blocks
        Verdict verdict = Instead(Image(Baseline, code), Image(Baseline, broken));
        Assert.Equal(VerdictKind.Altered, verdict.Kind);
        Assert.Contains(verdict.Reasons, r => r.Code == ReasonCode.PixelBytesChanged && r.Box == new PixelBox(1, 0, 0, 32, 32));
        Assert.Contains(verdict.Reasons, r => r.Text.StartsWith("what changed in the picture cannot be told in full: frame 1: ", StringComparison.Ordinal));

        // the same cells in other bytes: nothing to outline
        Verdict rewritten = Instead(Image(Baseline, code), Image(Baseline, [.. code[..2], 0xFF, 0xFE, 0, 4, 0, 0, .. code[2..]]));
        Assert.Equal(VerdictKind.Altered, rewritten.Kind);
        Assert.DoesNotContain(rewritten.Reasons, r => r.Box is not null);
    }

    [Fact]
    public void A_lossy_picture_on_which_decoders_differ_is_sealed_as_bytes_alone()
    {
        Assert.NotNull(Binding(Image(Baseline, Flat(0xC0, Black))).Decoded);
        Assert.Null(Binding(Image(Baseline, Flat(0xC0, Written))).Decoded);
        Assert.Equal(VerdictKind.Authentic, Instead(Image(Baseline, Flat(0xC0, Black)), Image(Native, new byte[32 * 32])).Kind);
        // those who saw the letters must not be told that black is what they saw
        Assert.Equal(VerdictKind.Unverifiable, Instead(Image(Baseline, Flat(0xC0, Written)), Image(Native, new byte[32 * 32])).Kind);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(12)]
    public void What_samples_have_is_not_extreme_and_what_leaves_the_table_is(int precision)
    {
        int edge = 2 << precision;
        short[] block = new short[64];
        int[] steps = [.. Enumerable.Repeat(1, 64)];
        int most = precision == 8 ? edge + 9 : short.MaxValue / 8;
        foreach (int o in Enumerable.Range(-most, 2 * most))
        {
            block[0] = (short)(8 * o);
            Assert.Equal(o < -edge || o >= edge, InverseDct.IsExtreme(block, steps, precision));
            Assert.Equal(o < -edge || o >= edge, InverseDct.IsExtremeConstant(block[0], 1, precision));
        }
        // where the modulus brings a sum back into the range it is no sample's either
        block[0] = 1;
        steps[0] = 1 << 22;
        Assert.True(InverseDct.IsExtreme(block, steps, precision));
        // noise at the edges of the range, through the transform that an encoder has
        var random = new Random(precision);
        double[] samples = new double[64];
        Array.Fill(steps, 1);
        for (int round = 0; round < 200; round++)
        {
            for (int i = 0; i < 64; i++) samples[i] = (random.Next(2) == 0 ? -1 : 1) * (1 << (precision - 1));
            for (int v = 0; v < 8; v++)
            {
                for (int u = 0; u < 8; u++)
                {
                    double sum = 0;
                    for (int i = 0; i < 64; i++) sum += samples[i] * Math.Cos((2 * (i & 7) + 1) * u * Math.PI / 16) * Math.Cos((2 * (i >> 3) + 1) * v * Math.PI / 16);
                    block[8 * v + u] = (short)Math.Round(sum / 4 * (u == 0 ? Math.Sqrt(0.5) : 1) * (v == 0 ? Math.Sqrt(0.5) : 1));
                }
            }
            Assert.False(InverseDct.IsExtreme(block, steps, precision));
        }
    }

    [Fact]
    public void Signed_cells_in_a_codestream_of_fewer_bits_do_not_pass()
    {
        short[] values = [.. Enumerable.Range(0, 1024).Select(i => (short)(i % 256))];
        byte[] cells = new byte[2 * values.Length];
        Buffer.BlockCopy(values, 0, cells, 0, cells.Length);
        var shape = new FrameShape(32, 32, 1, 2);
        byte[] Code(int precision)
        {
            using var output = new MemoryStream();
            JpegLsEncoder.Encode(cells, shape, precision, 0, output);
            return output.ToArray();
        }
        byte[] native = Image(Native, cells, allocated: 16, stored: 12, signed: 1);
        byte[] lossless = new LosslessJpegWriter(32, 32, 1, 8, 1).Encode([.. values.Select(v => (ushort)v)]);

        Assert.Equal(VerdictKind.Authentic, Instead(native, Image(JpegLs, Code(12), allocated: 16, stored: 12, signed: 1)).Kind);
        // DCMTK and GDCM make it a picture of 8 bits, in which 200 is -56
        Assert.Equal(VerdictKind.Unverifiable, Instead(native, Image(JpegLs, Code(8), allocated: 16, stored: 12, signed: 1)).Kind);
        Assert.Equal(VerdictKind.Unverifiable, Instead(native, Image(LosslessJpeg, lossless, allocated: 16, stored: 12, signed: 1)).Kind);
    }

    [Fact]
    public void A_word_on_colours_counts_wherever_it_stands()
    {
        byte[] rgb = [.. Enumerable.Range(0, 32 * 32 * 3).Select(i => (byte)(i * 7 & 255))];
        byte[] plain = new LosslessJpegWriter(32, 32, 3, 8, 1).Encode([.. rgb.Select(b => (ushort)b)]);
        int frame = plain.AsSpan().IndexOf<byte>([0xFF, 0xC3]), behind = frame + 2 + plain[frame + 3];
        byte[] Marked(params byte[] segment) => [.. plain.AsSpan(0, behind), .. segment, .. plain.AsSpan(behind)];
        byte[] native = Image(Native, rgb, samples: 3);

        Assert.Equal(VerdictKind.Authentic, Instead(native, Image(LosslessJpeg, plain, samples: 3)).Kind);
        Assert.Equal(VerdictKind.Authentic, Instead(native, Image(LosslessJpeg, Marked([0xFF, 0xEE, 0, 14, .. "Adobe"u8, 0, 100, 0, 0, 0, 0, 0]), samples: 3)).Kind);
        Assert.Equal(VerdictKind.Unverifiable, Instead(native, Image(LosslessJpeg, Marked([0xFF, 0xEE, 0, 14, .. "Adobe"u8, 0, 100, 0, 0, 0, 0, 1]), samples: 3)).Kind);
        Assert.Equal(VerdictKind.Unverifiable, Instead(native, Image(LosslessJpeg, Marked([0xFF, 0xE0, 0, 16, .. "JFIF"u8, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]), samples: 3)).Kind);
    }

    [Fact]
    public void An_icon_counts_as_its_cells_only_without_loss_and_with_clean_cells()
    {
        byte[] With(string syntax, byte[] icon, int stored = 8) => Image(syntax, syntax == Native ? new byte[32 * 32] : syntax == Extended ? Flat(0xC1, Black) : JpegLsOf(new byte[32 * 32]),
            icon: w => Pixels(Shape(w, 32, 1, 8, stored, 0), syntax != Native, icon));
        static byte[] JpegLsOf(byte[] cells)
        {
            using var output = new MemoryStream();
            JpegLsEncoder.Encode(cells, new FrameShape(32, 32, 1, 1), 8, 0, output);
            return output.ToArray();
        }
        byte[] black = new byte[32 * 32], bright = [.. Enumerable.Repeat((byte)200, 32 * 32)];

        Assert.Equal(VerdictKind.Authentic, Instead(With(Native, black), With(JpegLs, JpegLsOf(black))).Kind);
        Assert.Contains(Instead(With(Native, black), With(Extended, Flat(0xC1, Written))).Reasons, r => r.Code == ReasonCode.ElementChanged && r.Path!.StartsWith("(0088,0200)", StringComparison.Ordinal));
        Assert.Equal(VerdictKind.Altered, Instead(With(Native, bright, 7), With(JpegLs, JpegLsOf(bright), 7)).Kind);
    }

    [Theory]
    [InlineData(new byte[] { }, VerdictKind.Authentic)]
    [InlineData(new byte[] { 0x80 }, VerdictKind.Unverifiable)] // DCMTK makes it 129 times the byte that follows
    public void Control_bytes_of_rle_that_some_readers_take_for_runs_do_not_pass(byte[] idle, VerdictKind expected)
    {
        byte[] cells = [.. Enumerable.Range(0, 32 * 32).Select(i => (byte)(i * 5 & 255))];
        byte[] code = [1, 0, 0, 0, 64, .. new byte[59], .. cells.Chunk(64).SelectMany((part, i) => (byte[])[.. i == 9 ? idle : [], 63, .. part])];

        Assert.Equal(expected, Instead(Image(Native, cells), Image(SampleFiles.Rle, code)).Kind);
    }

    [Fact]
    public void Samples_of_lossless_jpeg_below_zero_pass_where_pixels_are_signed_only()
    {
        ushort[] samples = [.. Enumerable.Range(0, 32 * 32).Select(i => (ushort)(i * 4 & 0x0FFF))], continued = [.. samples.Select(s => (ushort)(s < 0x800 ? s : s | 0xF000))];
        byte[] Cells(ushort[] of) => [.. of.SelectMany(s => new[] { (byte)(s & 255), (byte)(s >> 8) })];
        byte[] Code(ushort[] of) => new LosslessJpegWriter(32, 32, 1, 12, 1).Encode(of);
        byte[] native = Image(Native, Cells(samples), allocated: 16, stored: 12), signed = Image(Native, Cells(continued), allocated: 16, stored: 12, signed: 1);

        Assert.Equal(VerdictKind.Authentic, Instead(native, Image(LosslessJpeg, Code(samples), allocated: 16, stored: 12)).Kind);
        // DCMTK writes F801 where 801 was sealed
        Assert.Equal(VerdictKind.Unverifiable, Instead(native, Image(LosslessJpeg, Code(continued), allocated: 16, stored: 12)).Kind);
        Assert.Equal(VerdictKind.Authentic, Instead(signed, Image(LosslessJpeg, Code(samples), allocated: 16, stored: 12, signed: 1)).Kind);
        Assert.Equal(VerdictKind.Authentic, Instead(signed, Image(LosslessJpeg, Code(continued), allocated: 16, stored: 12, signed: 1)).Kind);
    }

    [Fact]
    public void Frames_of_different_precisions_do_not_pass()
    {
        ushort[] samples = [.. Enumerable.Range(0, 32 * 32).Select(i => (ushort)(i * 4 & 0x0FFF))];
        byte[] cells = [.. samples.SelectMany(s => new[] { (byte)(s & 255), (byte)(s >> 8) })];
        byte[] Code(int precision) => new LosslessJpegWriter(32, 32, 1, precision, 1).Encode(samples);
        byte[] native = Image(Native, cells, allocated: 16, stored: 12, second: cells);

        Assert.Equal(VerdictKind.Authentic, Instead(native, Image(LosslessJpeg, Code(13), allocated: 16, stored: 12, second: Code(13))).Kind);
        // DCMTK halves the second frame
        Assert.Equal(VerdictKind.Unverifiable, Instead(native, Image(LosslessJpeg, Code(12), allocated: 16, stored: 12, second: Code(13))).Kind);
    }

    [Theory]
    [InlineData(0, 1, 2, VerdictKind.Authentic)]
    [InlineData(2, 1, 0, VerdictKind.Unverifiable)] // DCMTK and GDCM exchange red and blue
    [InlineData(1, 2, 0, VerdictKind.Unverifiable)]
    public void Scans_of_jpeg_ls_stand_in_the_order_of_their_components(int first, int second, int third, VerdictKind expected)
    {
        byte[] cells = [.. Enumerable.Range(0, 32 * 32 * 3).Select(i => (byte)(i * 7 & 255))];
        byte[] Scan(int component)
        {
            using var output = new MemoryStream();
            JpegLsEncoder.Encode([.. Enumerable.Range(0, 32 * 32).Select(i => cells[3 * i + component])], new FrameShape(32, 32, 1, 1), 8, 0, output);
            byte[] code = output.ToArray();
            int sos = code.AsSpan().IndexOf<byte>([0xFF, 0xDA]), end = code.AsSpan().LastIndexOf<byte>([0xFF, 0xD9]);
            code[sos + 5] = (byte)(component + 1);
            return code[sos..end];
        }
        byte[] joined = [0xFF, 0xD8, 0xFF, 0xF7, 0, 17, 8, 0, 32, 0, 32, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, .. Scan(first), .. Scan(second), .. Scan(third), 0xFF, 0xD9];

        Assert.Equal(expected, Instead(Image(Native, cells, samples: 3), Image(JpegLs, joined, samples: 3)).Kind);
    }

    [Fact]
    public void A_few_bytes_do_not_keep_the_verifier_busy_for_hours()
    {
        // nine frames of a gibibyte, each of which a few kilobytes of runs could fill
        byte[] Frames(int count, int fragment)
        {
            ElementWriter w = new ElementWriter().Text(new(0x00280008), Vr.IS, count.ToString(System.Globalization.CultureInfo.InvariantCulture)).UInt16(new(0x00280010), 32768).UInt16(new(0x00280011), 32768)
                .UInt16(new(0x00280100), 8).Header(new(0x7FE00010), Vr.OB, 0xFFFFFFFF).Raw(SealKit.Fragment([]));
            for (int i = 0; i < count; i++) w.Raw(SealKit.Fragment(new byte[fragment]));
            return [.. SealKit.Head(JpegLs), .. w.EndSequence().ToArray()];
        }
        PixelReader? Open(byte[] bytes, out string reason)
        {
            DicomFile file = SealKit.Parse(bytes);
            Assert.True(PixelGeometry.TryFindPixels(file.DataSet, out DicomNode pixels));
            return PixelReader.Open(file.TransferSyntax, pixels, PixelGeometry.Read(file.DataSet, pixels, out _)!, null, out reason);
        }

        Assert.Null(Open(Frames(9, 1000), out string why));
        Assert.Contains("2000 times", why, StringComparison.Ordinal);
        Assert.NotNull(Open(Frames(8, 1000), out _));
        Assert.NotNull(Open(Frames(9, 1 << 20), out _));
    }
}
