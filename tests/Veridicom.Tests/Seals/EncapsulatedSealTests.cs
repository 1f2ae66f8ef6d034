using System.Buffers.Binary;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Tree;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Seals;

/// <summary>
/// Seals over the cells of encapsulated pictures: what honest tools do to labels, tables and icons passes, what would show another picture to another reader does
/// not. The decoder of JPEG 2000 is one of these tests: its codestreams say openly what a real one says in its headers.
/// </summary>
public sealed class EncapsulatedSealTests
{
    private const string J2k = "1.2.840.10008.1.2.4.90", LossyJ2k = "1.2.840.10008.1.2.4.91", Native = SampleFiles.Explicit;
    private static readonly byte[] Rgb = [.. Enumerable.Range(0, 12).Select(i => (byte)(i * 20))];
    private static readonly Codec Jpeg2000 = new();
    private static readonly VerifyOptions Options = SealKit.Options with { Jpeg2000 = Jpeg2000 };

    /// <summary>FF4F FF51, precision, signed, colour, near, and the cells: a codestream that anybody can read.</summary>
    private sealed class Codec : IJpeg2000
    {
        public int Decoded { get; private set; }

        public CodestreamFacts Decode(ReadOnlySpan<byte> code, FrameShape shape, Span<byte> cells)
        {
            Decoded++;
            if (code[4] == 0) throw new PixelException(PixelError.LibraryMissing, -1, "libopenjp2 is not installed: apt-get install libopenjp2-7");
            if (code.Length - 8 != cells.Length + (cells.Length & 1)) throw new PixelException(PixelError.Truncated, code.Length, "the codestream has no end");
            code.Slice(8, cells.Length).CopyTo(cells);
            return new CodestreamFacts(code[4], code[5] == 1, (CodestreamColour)code[6], unchecked((sbyte)code[7]));
        }
    }

    private static byte[] Code(byte[] cells, byte precision = 8, bool signed = false, CodestreamColour colour = CodestreamColour.Unstated, int near = 0) =>
        [0xFF, 0x4F, 0xFF, 0x51, precision, (byte)(signed ? 1 : 0), (byte)colour, (byte)(near & 0xFF), .. cells, .. new byte[cells.Length & 1]];

    private static ElementWriter Encapsulated(ElementWriter w, params byte[][] items)
    {
        w.Header(new(0x7FE00010), Vr.OB, 0xFFFFFFFF);
        foreach (byte[] item in items) w.Raw(SealKit.Fragment(item));
        return w.EndSequence();
    }

    private static byte[] Image(string syntax, Action<ElementWriter> pixels, string label = "RGB", ushort samples = 3, ushort allocated = 8, ushort stored = 8, ushort signed = 0, ushort planar = 0, int frames = 1, Action<ElementWriter>? icon = null)
    {
        var w = new ElementWriter().Text(new(0x00080016), Vr.UI, SealKit.SopClass).Text(new(0x00080018), Vr.UI, SealKit.Instance).UInt16(new(0x00280002), samples).Text(new(0x00280004), Vr.CS, label);
        if (samples > 1) w.UInt16(new(0x00280006), planar);
        if (frames > 1) w.Text(new(0x00280008), Vr.IS, frames.ToString(System.Globalization.CultureInfo.InvariantCulture));
        w.UInt16(new(0x00280010), 2).UInt16(new(0x00280011), 2).UInt16(new(0x00280100), allocated).UInt16(new(0x00280101), stored).UInt16(new(0x00280102), (ushort)(stored - 1)).UInt16(new(0x00280103), signed);
        if (icon is not null)
        {
            w.BeginSequence(new(0x00880200)).BeginItem();
            icon(w);
            w.EndItem().EndSequence();
        }
        pixels(w);
        return [.. SealKit.Head(syntax), .. w.ToArray()];
    }

    private static byte[] Colour(string syntax, string label, byte[] code, ushort planar = 0) => Image(syntax, w => Encapsulated(w, [], code), label, planar: planar);

    private static byte[] ColourNative(string label = "RGB") => Image(Native, w => w.Bytes(new(0x7FE00010), Vr.OB, Rgb), label);

    private static SealOutcome Outcome(byte[] file, bool detached = true) =>
        SealKit.SealOutcome(file, SealKit.SealOptions(detached: detached) with { Jpeg2000 = Jpeg2000 });

    /// <summary>Seals one file and verifies another in its place.</summary>
    private static Verdict Instead(byte[] wasSealed, byte[] now) => SealKit.Verify(now, Outcome(wasSealed).Block.ToArray(), Options);

    private static PixelBinding Binding(byte[] file) =>
        Statement.Read(Veridicom.Seals.Trust.SealCms.Read(SealBlock.ReadDetached(Outcome(file).Block.ToArray()).Cms, Veridicom.Seals.Trust.Oids.SealStatement, new Veridicom.Seals.Trust.CertificateCache()).Statement).Pixels!;

    private static byte[] Written(DicomFile file)
    {
        using var output = new MemoryStream();
        file.WriteTo(output);
        return output.ToArray();
    }

    [Theory]
    [InlineData("RGB", CodestreamColour.Unstated, VerdictKind.Authentic)]
    [InlineData("RGB", CodestreamColour.Undone, VerdictKind.Authentic)] // GDCM and others leave RGB beside a transform
    [InlineData("YBR_RCT", CodestreamColour.Undone, VerdictKind.Authentic)]
    [InlineData("YBR_RCT", CodestreamColour.Unstated, VerdictKind.Unverifiable)] // a reader that goes by the label makes other colours
    [InlineData("YBR_FULL", CodestreamColour.Undone, VerdictKind.Unverifiable)]
    [InlineData("YBR_FULL", CodestreamColour.Unstated, VerdictKind.Altered)]
    [InlineData("RGB", CodestreamColour.Ycc, VerdictKind.Unverifiable)]
    [InlineData("YBR_ICT", CodestreamColour.Undone, VerdictKind.Altered)]
    public void Colours_pass_by_the_label_of_what_the_cells_are(string label, CodestreamColour colour, VerdictKind expected)
    {
        Verdict verdict = Instead(ColourNative(), Colour(J2k, label, Code(Rgb, colour: colour)));

        Assert.True(expected == verdict.Kind, SealKit.Say(verdict));
        if (expected == VerdictKind.Unverifiable) Assert.Contains(verdict.Reasons, r => r.Code == ReasonCode.PixelsNotDecodable && r.Text.Contains("frame 1", StringComparison.Ordinal));
    }

    [Fact]
    public void A_transform_that_was_sealed_as_undone_comes_back_as_red_green_and_blue_and_as_nothing_else()
    {
        byte[] jpeg2000 = Colour(J2k, "YBR_RCT", Code(Rgb, colour: CodestreamColour.Undone));
        Assert.Equal(PixelBindingKind.Samples, Binding(jpeg2000).Kind);
        Assert.Equal(VerdictKind.Authentic, Instead(jpeg2000, ColourNative()).Kind);
        Assert.Equal(VerdictKind.Altered, Instead(jpeg2000, ColourNative("YBR_RCT")).Kind);
        Assert.Equal(VerdictKind.Altered, Instead(jpeg2000, ColourNative("YBR_FULL")).Kind);
        // a label of the native file that only looks like one of JPEG 2000
        Assert.Equal(VerdictKind.Altered, Instead(ColourNative("YBR_RCT"), ColourNative()).Kind);
    }

    [Theory]
    [InlineData("YBR_RCT", CodestreamColour.Unstated, 0, "colour transform")]
    [InlineData("RGB", CodestreamColour.Ycc, 0, "luminance")]
    [InlineData("YBR_FULL", CodestreamColour.Rgb, 0, "red, green and blue")]
    [InlineData("RGB", CodestreamColour.Unstated, 2, "lost")]
    [InlineData("YBR_FULL_422", CodestreamColour.Unstated, 0, "subsampled")]
    public void What_readers_differ_on_is_sealed_as_bytes_and_says_why(string label, CodestreamColour colour, int near, string why)
    {
        PixelBinding binding = Binding(Colour(J2k, label, Code(Rgb, colour: colour, near: near)));

        Assert.Equal(PixelBindingKind.Encoded, binding.Kind);
        Assert.Contains(why, binding.Reason, StringComparison.Ordinal);
        Assert.Equal(0, binding.DecodedLeaves);
    }

    [Theory]
    [InlineData(12, false, 0, VerdictKind.Authentic)]
    [InlineData(16, false, 0, VerdictKind.Authentic)] // GDCM codes 12 bits as 16
    [InlineData(12, true, 0, VerdictKind.Unverifiable)]
    [InlineData(12, false, 1, VerdictKind.Unverifiable)]
    [InlineData(12, true, 1, VerdictKind.Authentic)]
    [InlineData(16, false, 1, VerdictKind.Authentic)]
    [InlineData(11, true, 1, VerdictKind.Unverifiable)]
    public void Precision_may_change_and_signs_may_not(int precision, bool codeSigned, int signed, VerdictKind expected)
    {
        short[] values = signed == 1 ? [-5, 3, -1, 7] : [5, 3, 1, 7];
        byte[] cells = new byte[8], pattern = new byte[8];
        for (int i = 0; i < 4; i++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(cells.AsSpan(2 * i), values[i]);
            BinaryPrimitives.WriteUInt16LittleEndian(pattern.AsSpan(2 * i), (ushort)(values[i] & ((1 << precision) - 1)));
        }
        byte[] native = Image(Native, w => w.Bytes(new(0x7FE00010), Vr.OW, cells), "MONOCHROME2", 1, 16, 12, (ushort)signed);
        byte[] coded = Image(J2k, w => Encapsulated(w, [], Code(pattern, (byte)precision, codeSigned)), "MONOCHROME2", 1, 16, 12, (ushort)signed);

        Verdict verdict = Instead(native, coded);

        Assert.True(expected == verdict.Kind, SealKit.Say(verdict));
    }

    [Fact]
    public void A_lossy_copy_is_altered_where_it_differs_and_says_that_it_is_lossy()
    {
        byte[] other = [.. Rgb];
        other[4]++;
        Verdict verdict = Instead(ColourNative(), Colour(LossyJ2k, "RGB", Code(other, near: -1)));

        Assert.Equal(VerdictKind.Altered, verdict.Kind);
        Assert.Contains(verdict.Reasons, r => r.Code == ReasonCode.PixelsChanged && r.Text.Contains("with loss", StringComparison.Ordinal));
        Assert.Equal(new PixelBox(1, 0, 0, 2, 2), Assert.Single(verdict.Reasons, r => r.Box is not null).Box);
        Assert.Equal(VerdictKind.Authentic, Instead(ColourNative(), Colour(LossyJ2k, "RGB", Code(Rgb))).Kind);
    }

    [Fact]
    public void What_cannot_be_decoded_is_unverifiable_and_says_what_is_missing()
    {
        byte[] coded = Colour(J2k, "RGB", Code(Rgb)), seal = SealKit.SealFile(ColourNative());
        Verdict without = SealKit.Verify(coded, seal), library = SealKit.Verify(Colour(J2k, "RGB", Code(Rgb, precision: 0)), seal, Options), cut = SealKit.Verify(Colour(J2k, "RGB", Code(Rgb[..6])), seal, Options);

        Assert.All([without, library, cut], v =>
        {
            Assert.Equal(VerdictKind.Unverifiable, v.Kind);
            Assert.Equal(PartState.NotChecked, v.Parts[Part.Pixels]);
        });
        Assert.Contains(without.Reasons, r => r.Code == ReasonCode.PixelsNotDecodable && r.Text.Contains("not decoded here", StringComparison.Ordinal));
        Assert.Contains(library.Reasons, r => r.Text.Contains("libopenjp2-7", StringComparison.Ordinal));
        Assert.Contains(cut.Reasons, r => r.Text.Contains("frame 1", StringComparison.Ordinal));
    }

    [Fact]
    public void A_codestream_in_a_jp2_file_is_one_that_readers_differ_on()
    {
        byte[] boxed = [0, 0, 0, 12, .. "jP  "u8, .. Code(Rgb)[8..]];
        boxed[4] = (byte)'j';
        Assert.Equal(PixelBindingKind.Encoded, Binding(Colour(J2k, "RGB", boxed)).Kind);
        Assert.Equal(VerdictKind.Unverifiable, Instead(ColourNative(), Colour(J2k, "RGB", boxed)).Kind);
    }

    [Fact]
    public void Planes_are_of_rle_only_and_planar_configuration_must_stand()
    {
        Assert.Equal(VerdictKind.Unverifiable, Instead(ColourNative(), Colour(J2k, "RGB", Code(Rgb), planar: 1)).Kind);
        byte[] without = SealKit.Without(Colour(J2k, "RGB", Code(Rgb)), 0x00280006);
        Assert.Equal(VerdictKind.Altered, Instead(ColourNative(), without).Kind);
        Assert.Equal(PixelBindingKind.Encoded, Binding(without).Kind);
    }

    [Fact]
    public void Frames_stand_in_their_places_and_each_is_decoded_once()
    {
        byte[][] cells = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]];
        byte[] Frames(params int[] order) => Image(J2k, w => Encapsulated(w, [[], .. order.Select(i => Code(cells[i]))]), "MONOCHROME2", 1, frames: 3);
        byte[] seal = Outcome(Frames(0, 1, 2)).Block.ToArray();
        int before = Jpeg2000.Decoded;

        Verdict verdict = SealKit.Verify(Frames(0, 1, 2), seal, Options);

        Assert.Equal(VerdictKind.Authentic, verdict.Kind);
        Assert.Equal(3, Jpeg2000.Decoded - before);
        Assert.Equal([2, 3], SealKit.Verify(Frames(0, 2, 1), seal, Options).Reasons.Where(r => r.Box is not null).Select(r => r.Box!.Value.Frame));
        Assert.Equal([2], SealKit.Verify(Frames(0, 0, 2), seal, Options).Reasons.Where(r => r.Box is not null).Select(r => r.Box!.Value.Frame));
        // one frame too many by the fragments, and one too few
        Assert.Equal(VerdictKind.Unverifiable, SealKit.Verify(Frames(0, 1, 2, 2), seal, Options).Kind);
        Assert.Equal(VerdictKind.Unverifiable, SealKit.Verify(Frames(0, 1), seal, Options).Kind);
    }

    [Fact]
    public void An_extended_offset_table_may_come_and_go_and_must_be_right()
    {
        byte[] one = Code([1, 2, 3, 4]), two = Code([5, 6, 7, 8]);
        byte[] Numbers(params ulong[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
        byte[] With(byte[]? offsets, byte[]? lengths, byte[]? total, byte[]? basic = null) => Image(J2k, w =>
        {
            if (offsets is not null) w.Bytes(new(0x7FE00001), Vr.OV, offsets);
            if (lengths is not null) w.Bytes(new(0x7FE00002), Vr.OV, lengths);
            if (total is not null) w.Bytes(new(0x7FE00003), Vr.UV, total);
            Encapsulated(w, basic ?? [], one, two);
        }, "MONOCHROME2", 1, frames: 2);
        ulong place = (ulong)one.Length + 8, length = (ulong)one.Length;
        byte[] plain = With(null, null, null), right = With(Numbers(0, place), Numbers(length, length), Numbers(2 * length));
        byte[] native = Image(Native, w => w.Bytes(new(0x7FE00010), Vr.OB, [1, 2, 3, 4, 5, 6, 7, 8]), "MONOCHROME2", 1, frames: 2);

        Assert.All([(plain, right), (right, plain), (right, native), (native, right), (plain, With(null, null, null, [0, 0, 0, 0, (byte)place, 0, 0, 0]))],
            pair => Assert.Equal(VerdictKind.Authentic, Instead(pair.Item1, pair.Item2).Kind));
        byte[][] wrong =
        [
            With(Numbers(0, 0), null, null), With(Numbers(0, place + 1), null, null), With(Numbers(0), null, null), With(Numbers(0, place), Numbers(length, length - 2), null),
            With(null, Numbers(length, length), null), With(null, null, Numbers(length)), With(Numbers(0, place), null, null, [0, 0, 0, 0, (byte)place, 0, 0, 0]),
        ];
        Assert.All(wrong, file =>
        {
            Assert.Equal(VerdictKind.Unverifiable, Instead(plain, file).Kind);
            Assert.Equal(PixelBindingKind.Encoded, Binding(file).Kind);
        });
        // beside native pixel data the tables are nothing that a tool leaves out
        Assert.Equal(VerdictKind.Altered, Instead(native, SealKit.Added(native, new ElementWriter().Bytes(new(0x7FE00001), Vr.OV, new byte[16]).ToArray())).Kind);
    }

    [Theory]
    [InlineData(null, "RGB", "YBR_RCT", CodestreamColour.Undone, true)]
    [InlineData(null, "RGB", "RGB", CodestreamColour.Unstated, true)]
    [InlineData(null, "RGB", "YBR_RCT", CodestreamColour.Unstated, false)]
    [InlineData(null, "RGB", "YBR_FULL", CodestreamColour.Unstated, false)]
    [InlineData(CodestreamColour.Undone, "YBR_RCT", "RGB", null, true)]
    [InlineData(CodestreamColour.Undone, "YBR_RCT", "YBR_FULL", null, false)]
    [InlineData(CodestreamColour.Ycc, "RGB", "YBR_RCT", CodestreamColour.Ycc, false)] // sealed as bytes: its label is no other's
    public void Icons_are_compressed_and_decompressed_with_their_labels(CodestreamColour? sealedAs, string sealedLabel, string label, CodestreamColour? colour, bool passes)
    {
        byte[] With(string named, CodestreamColour? coded) => Image(J2k, w => Encapsulated(w, [], Code(Rgb)), icon: w =>
        {
            w.UInt16(new(0x00280002), 3).Text(new(0x00280004), Vr.CS, named).UInt16(new(0x00280006), 0).UInt16(new(0x00280010), 2).UInt16(new(0x00280011), 2).UInt16(new(0x00280100), 8)
                .UInt16(new(0x00280101), 8).UInt16(new(0x00280102), 7).UInt16(new(0x00280103), 0);
            if (coded is { } c) Encapsulated(w, [], Code(Rgb, colour: c));
            else w.Bytes(new(0x7FE00010), Vr.OB, Rgb);
        });
        byte[] was = With(sealedLabel, sealedAs);

        Assert.Equal(VerdictKind.Authentic, Instead(was, was).Kind);
        Verdict verdict = Instead(was, With(label, colour));

        Assert.True(passes == SealKit.Passes(verdict), SealKit.Say(verdict));
    }

    [Fact]
    public void An_icon_of_other_cells_or_planes_is_another_icon()
    {
        byte[] With(byte[] cells, ushort planar, bool coded) => Image(J2k, w => Encapsulated(w, [], Code(Rgb)), icon: w =>
        {
            w.UInt16(new(0x00280002), 3).Text(new(0x00280004), Vr.CS, "RGB").UInt16(new(0x00280006), planar).UInt16(new(0x00280010), 2).UInt16(new(0x00280011), 2).UInt16(new(0x00280100), 8)
                .UInt16(new(0x00280101), 8).UInt16(new(0x00280102), 7).UInt16(new(0x00280103), 0);
            if (coded) Encapsulated(w, [], Code(cells));
            else w.Bytes(new(0x7FE00010), Vr.OB, cells);
        });
        byte[] native = With(Rgb, 0, coded: false);
        Assert.Equal(VerdictKind.Authentic, Instead(native, With(Rgb, 0, coded: true)).Kind);
        Assert.Equal(VerdictKind.Altered, Instead(native, With([.. Rgb.Reverse()], 0, coded: true)).Kind);
        Assert.Equal(VerdictKind.Altered, Instead(native, With(Rgb, 1, coded: true)).Kind);
    }

    [Theory]
    [InlineData(null, "Lossless JPEG compression, selection value 1, point transform 0, compression ratio 2.129", VerdictKind.Authentic)]
    [InlineData("mine", "Lossless JPEG compression, selection value 6, point transform 0, compression ratio 12 [mine]", VerdictKind.Authentic)]
    [InlineData("mine", "Lossless JPEG compression, selection value 6, point transform 0, compression ratio 2 [Lossless JPEG compression, selection value 1, point transform 0, compression ratio 3.14159 [mine]]", VerdictKind.Authentic)]
    [InlineData("mine", "Lossless JPEG compression, selection value 6, point transform 0, compression ratio 2 [mine] ", VerdictKind.Authentic)]
    [InlineData("mine", "Lossless JPEG compression, selection value 6, point transform 0, compression ratio 2", VerdictKind.Altered)]
    [InlineData("mine", "Lossless JPEG compression, selection value 6, point transform 0, compression ratio 2 [yours]", VerdictKind.Altered)]
    [InlineData("mine", "Lossless JPEG compression, selection value 8, point transform 0, compression ratio 2 [mine]", VerdictKind.Altered)]
    [InlineData("mine", "Lossless JPEG compression, selection value 1, point transform 2, compression ratio 2 [mine]", VerdictKind.Altered)]
    [InlineData("mine", "Lossless JPEG compression, selection value 1, point transform 0, compression ratio 123456 [mine]", VerdictKind.Altered)]
    [InlineData("mine", "Lossless JPEG compression, selection value 1, point transform 0, compression ratio 2. [mine]", VerdictKind.Altered)]
    [InlineData("mine", "Lossless JPEG compression, selection value 1, point transform 0, compression ratio 2 call 555 [mine]", VerdictKind.Altered)]
    [InlineData("Lossless JPEG compression, selection value 1, point transform 0, compression ratio 2 [mine]", "mine", VerdictKind.Altered)]
    [InlineData(null, "Lossless JPEG compression, selection value 1, point transform 0, compression ratio 2.129 [not mine]", VerdictKind.Extended)]
    [InlineData(null, "", VerdictKind.Extended)]
    public void The_words_of_dcmtk_are_no_part_of_a_description_and_nothing_else_is_free(string? was, string now, VerdictKind expected)
    {
        byte[] With(string? text) => text is null ? ColourNative() : SealKit.Added(ColourNative(), new ElementWriter().Text(new(0x00082111), Vr.ST, text).ToArray());

        Assert.Equal(expected, Instead(With(was), With(now)).Kind);
    }

    [Fact]
    public void The_words_of_dcmtk_count_where_bytes_are_sealed()
    {
        byte[] dirty = Image(Native, w => w.Bytes(new(0x7FE00010), Vr.OW, [0xFF, 0xFF, 0, 0, 0, 0, 0, 0]), "MONOCHROME2", 1, 16, 12);
        byte[] words = SealKit.Added(dirty, new ElementWriter().Text(new(0x00082111), Vr.ST, "Lossless JPEG compression, selection value 1, point transform 0, compression ratio 2").ToArray());

        Assert.Equal(VerdictKind.Extended, Instead(dirty, words).Kind);
    }

    [Fact]
    public void A_compressed_file_can_be_redacted_after_it_was_converted()
    {
        byte[] named = SealKit.Added(ColourNative(), new ElementWriter().Text(new(0x00100010), Vr.PN, "Probe^Anna").ToArray());
        byte[] file = SealKit.Bytes(Outcome(named, detached: false));
        // what DCMTK and an encoder of JPEG 2000 would make of it
        DicomNode pixels = SealKit.Find(file, 0x7FE00010);
        byte[] coded = SealKit.Splice(file, (pixels.HeaderOffset, pixels.EndOffset - pixels.HeaderOffset, Encapsulated(new ElementWriter(), [], Code(Rgb, colour: CodestreamColour.Undone)).ToArray()));
        coded = SealKit.Added(SealKit.With(coded, 0x00280004, "YBR_RCT "), new ElementWriter().Text(new(0x00082111), Vr.ST, "Lossless JPEG compression, selection value 1, point transform 0, compression ratio 2").ToArray());
        coded = [.. SealKit.Head(J2k), .. coded[(int)SealKit.Parse(coded).DataSetOffset..]];
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(coded, options: Options).Kind);

        byte[] redacted = Written(Veridicom.Seals.Disclosure.Redaction.Withhold(SealKit.Parse(coded), ["(0010,0010)"], jpeg2000: Jpeg2000));

        Assert.Equal(VerdictKind.Redacted, SealKit.Verify(redacted, options: Options).Kind);
        Assert.Equal(VerdictKind.Altered, SealKit.Verify(SealKit.With(redacted, 0x00280004, "YBR_ICT "), options: Options).Kind);
    }
}
