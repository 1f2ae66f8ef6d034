using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Seals;

/// <summary>What honest tools change without changing anything passes; what only looks like it does not.</summary>
public sealed class NormalisationTests
{
    private static readonly byte[] Image = SealKit.Rich(SampleFiles.Explicit);

    public static TheoryData<string, string> Conversions
    {
        get
        {
            string[] forms = [SampleFiles.Explicit, SampleFiles.Implicit, SampleFiles.BigEndian, SampleFiles.Deflated];
            var data = new TheoryData<string, string>();
            foreach (string from in forms)
            {
                foreach (string to in forms) data.Add(from, to);
            }
            return data;
        }
    }

    /// <summary>The sealed data set written again in another encoding: by its elements, private values as their representation asks.</summary>
    [Theory]
    [MemberData(nameof(Conversions))]
    public void A_file_passes_in_every_native_encoding(string from, string to)
    {
        byte[] file = SealKit.Seal(SealKit.Rich(from));
        byte[] converted = Converted(file, to);
        Verdict verdict = SealKit.Verify(converted);
        // implicit VR loses private VRs, and with them what to swap: those values alone cannot be judged
        bool lost = from == SampleFiles.Implicit && to == SampleFiles.BigEndian;
        Assert.True(verdict.Kind == VerdictKind.Authentic || (lost && verdict.Kind == VerdictKind.Unverifiable && verdict.Reasons.All(r => r.Code is ReasonCode.VrLost or ReasonCode.CarrierRewritten)), SealKit.Say(verdict));
    }

    [Theory]
    [InlineData(SampleFiles.Implicit)]
    [InlineData(SampleFiles.BigEndian)]
    [InlineData(SampleFiles.Deflated)]
    public void A_chain_and_a_standard_signature_pass_in_every_native_encoding(string to)
    {
        byte[] first = SealKit.Seal(Image, standard: true);
        byte[] second = SealKit.Seal(SealKit.With(first, 0x00100020, "9"), "second", SealPurpose.Amendment, standard: true);
        byte[] converted = Converted(second, to);
        Verdict verdict = SealKit.Verify(converted);
        Assert.True(verdict.Kind == VerdictKind.Amended, SealKit.Say(verdict));
        // there and back: private representations are lost on the way and stay lost
        Assert.Equal(VerdictKind.Amended, SealKit.Verify(Converted(Converted(second, SampleFiles.Implicit), SampleFiles.Explicit)).Kind);
        // the signature of the standard, checked on demand, does not outlive the loss of private representations; the seal does
        Verdict own = SealKit.Verify(converted, options: SealKit.Options with { CheckOwnSignatures = true });
        Assert.Equal(VerdictKind.Amended, own.Kind);
        Assert.Equal(to == SampleFiles.Implicit ? VerdictKind.Unverifiable : VerdictKind.Partial, Assert.Single(own.Signatures, s => s.OfSeal).Verdict);
    }

    [Fact]
    public void Defined_and_undefined_lengths_are_the_same()
    {
        foreach ((string name, byte[] bytes) in SampleFiles.All().Where(s => s.Name != "no data set")) Assert.True(SealKit.Passes(SealKit.Verify(SealKit.Seal(bytes))), name);
        byte[] undefined = SampleFiles.File(SampleFiles.Explicit, SampleFiles.DataSet(NodeForm.None)), defined = SampleFiles.File(SampleFiles.Explicit, SampleFiles.DataSet(NodeForm.None, defined: true));
        byte[] seal = SealKit.SealFile(undefined);
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(defined, seal).Kind);
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(SampleFiles.File(SampleFiles.BigEndian, SampleFiles.DataSet(NodeForm.BigEndian)), seal).Kind);
    }

    [Fact]
    public void One_frame_may_be_said_or_not()
    {
        byte[] element = new ElementWriter().Text(new(0x00280008), Vr.IS, "1").ToArray();
        byte[] with = SealKit.Added(Image, element);
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(SealKit.Added(SealKit.Seal(Image), element)).Kind);
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(SealKit.Without(SealKit.Seal(with), 0x00280008)).Kind);
    }

    [Theory]
    [InlineData("01")]
    [InlineData("1 \0\0")]
    [InlineData("1\t")]
    [InlineData("2")]
    public void Another_way_to_say_one_frame_is_noticed(string value)
    {
        byte[] element = new ElementWriter().Text(new(0x00280008), Vr.IS, value).ToArray();
        Assert.False(SealKit.Passes(SealKit.Verify(SealKit.Added(SealKit.Seal(Image), element))));
        Assert.False(SealKit.Passes(SealKit.Verify(SealKit.Added(SealKit.Seal(Image), new ElementWriter().Bytes(new(0x00280008), Vr.OB, "1 "u8).ToArray()))));
    }

    [Fact]
    public void Colours_by_plane_and_by_pixel_are_the_same_picture()
    {
        byte[] byPixel = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], byPlane = [1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12];
        byte[] file = SealKit.Seal(Colour(0, byPixel));
        byte[] swapped = SealKit.With(SealKit.With(file, 0x00280006, [1, 0]), 0x7FE00010, byPlane);
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(swapped).Kind);
        // required for colour: without it readers differ
        Assert.Equal(VerdictKind.Altered, SealKit.Verify(SealKit.Without(file, 0x00280006)).Kind);
        Assert.Equal(VerdictKind.Altered, SealKit.Verify(SealKit.With(file, 0x00280006, [1, 0])).Kind);
        Assert.Equal(VerdictKind.Altered, SealKit.Verify(SealKit.With(file, 0x7FE00010, byPlane)).Kind);
        // a second value behind the first is no part of the choice
        Assert.False(SealKit.Passes(SealKit.Verify(SealKit.With(file, 0x00280006, [0, 0, 1, 2]))));
    }

    [Fact]
    public void Pixels_in_bytes_or_words_are_the_same_but_nothing_else_is()
    {
        byte[] file = SealKit.Seal(Image);
        DicomNode pixels = SealKit.Find(file, 0x7FE00010);
        byte[] As(Vr vr) => SealKit.Splice(file, (pixels.HeaderOffset, pixels.EndOffset - pixels.HeaderOffset, new ElementWriter().Bytes(pixels.Tag, vr, SealKit.Raw(file, pixels).AsSpan(12)).ToArray()));
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(As(Vr.OB)).Kind);
        Assert.All((Vr[])[Vr.OL, Vr.UT, Vr.UN], vr => Assert.Equal(VerdictKind.Altered, SealKit.Verify(As(vr)).Kind));
    }

    [Theory]
    [InlineData(1, Vr.SS, true)]
    [InlineData(1, Vr.US, false)]
    [InlineData(0, Vr.US, true)]
    [InlineData(0, Vr.SS, false)]
    [InlineData(1, Vr.OW, false)]
    [InlineData(1, Vr.DS, false)]
    public void What_implicit_vr_left_open_is_signed_as_the_pixels_are(ushort representation, Vr vr, bool passes)
    {
        byte[] Padded(NodeForm form, Vr named) =>
        [
            .. SealKit.Head(form == NodeForm.Implicit ? SampleFiles.Implicit : SampleFiles.Explicit),
            .. new ElementWriter(form).Text(new(0x00080016), Vr.UI, SealKit.SopClass).Text(new(0x00080018), Vr.UI, SealKit.Instance).UInt16(new(0x00280002), 1).UInt16(new(0x00280010), 1)
                .UInt16(new(0x00280011), 2).UInt16(new(0x00280100), 16).UInt16(new(0x00280103), representation).Bytes(new(0x00280120), named, [0x24, 0xFA])
                .Bytes(new(0x7FE00010), Vr.OW, [1, 0, 2, 0]).ToArray(),
        ];
        byte[] seal = SealKit.SealFile(Padded(NodeForm.Implicit, Vr.US));
        Verdict verdict = SealKit.Verify(Padded(NodeForm.None, vr), seal);
        Assert.Equal(passes ? VerdictKind.Authentic : VerdictKind.Altered, verdict.Kind);
    }

    [Fact]
    public void Unused_bits_of_one_bit_pixels_say_nothing()
    {
        // 9 pixels of one bit: 7 bits of the second byte are unused
        byte[] set = SealKit.With(SealKit.With(SealKit.Tiny(SampleFiles.Explicit), 0x00280100, [1, 0]), 0x7FE00010, [0x55, 0x01]);
        byte[] file = SealKit.Seal(set);
        Assert.DoesNotContain(SealKit.Verify(file).Reasons, r => r.Code == ReasonCode.BoundAsEncoded);
        Assert.Equal(VerdictKind.Altered, SealKit.Verify(SealKit.With(file, 0x7FE00010, [0x55, 0x03])).Kind);
        Assert.Equal(VerdictKind.Altered, SealKit.Verify(SealKit.With(file, 0x7FE00010, [0x55, 0x00])).Kind);
        byte[] dirty = SealKit.Seal(SealKit.With(set, 0x7FE00010, [0x55, 0x81]));
        Assert.Contains(SealKit.Verify(dirty).Reasons, r => r.Code == ReasonCode.BoundAsEncoded);
    }

    [Theory]
    [InlineData("Doe^Jon\0", "Doe^Jon ", true)]
    [InlineData("Doe^Jon\0", "Doe^Jon\0", true)]
    [InlineData("Doe^Jon ", "Doe^Jon\0", false)]
    [InlineData("Doe^John", "Doe^John  ", true)] // DCMTK writes one padding where there were several
    [InlineData("Doe^John    ", "Doe^John", true)]
    [InlineData("Doe^John", "Doe^John \0", false)]
    [InlineData("Doe^John", " Doe^John ", false)]
    public void Padding_is_as_sealed_or_proper(string was, string now, bool passes)
    {
        byte[] file = SealKit.Seal(SealKit.With(Image, 0x00100010, was));
        Verdict verdict = SealKit.Verify(SealKit.With(file, 0x00100010, now));
        Assert.Equal(passes, SealKit.Passes(verdict));
    }

    [Fact]
    public void Private_blocks_may_be_renumbered_but_not_renamed()
    {
        byte[] data = new ElementWriter().Text(new(0x0009, 0x0010), Vr.LO, "KIT").Bytes(new(0x0009, 0x1001), Vr.US, [1, 2]).ToArray();
        byte[] moved = new ElementWriter().Text(new(0x0009, 0x0033), Vr.LO, "KIT").Bytes(new(0x0009, 0x3301), Vr.US, [1, 2]).ToArray();
        byte[] renamed = new ElementWriter().Text(new(0x0009, 0x0010), Vr.LO, "KIX").Bytes(new(0x0009, 0x1001), Vr.US, [1, 2]).ToArray();
        byte[] file = SealKit.Seal(SealKit.Tiny(SampleFiles.Explicit));
        DicomNode first = SealKit.Find(file, 0x00090010);
        Assert.Equal(data, file[(int)first.HeaderOffset..(int)(first.HeaderOffset + data.Length)]);
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(SealKit.Splice(file, (first.HeaderOffset, data.Length, moved))).Kind);
        Assert.False(SealKit.Passes(SealKit.Verify(SealKit.Splice(file, (first.HeaderOffset, data.Length, renamed)))));
    }

    [Fact]
    public void Preamble_and_meta_elements_may_go_together_and_the_preamble_may_be_cleared()
    {
        byte[] tiff = new byte[128];
        "II*\0"u8.CopyTo(tiff);
        byte[] file = SealKit.Seal([.. SealKit.Head(SampleFiles.Explicit, tiff), .. Image[SealKit.Head(SampleFiles.Explicit).Length..]]);
        Assert.Equal(PartState.Intact, SealKit.Verify(file).Parts[Part.Carrier]);
        byte[] bare = file[(int)SealKit.Parse(file).DataSetOffset..], cleared = [.. new byte[128], .. file[128..]];
        Assert.All((byte[][])[bare, cleared], bytes =>
        {
            Verdict verdict = SealKit.Verify(bytes);
            Assert.Equal(VerdictKind.Authentic, verdict.Kind);
            Assert.Equal(PartState.Rewritten, verdict.Parts[Part.Carrier]);
        });
        byte[] program = [.. "MZ"u8, .. new byte[126], .. file[128..]];
        Assert.Equal(VerdictKind.Altered, SealKit.Verify(program).Kind);
        Assert.Contains(SealKit.Verify(program).Reasons, r => r.Code == ReasonCode.PreambleChanged);
    }

    // C-STORE drops it, dcmconv +p puts zeros there (PS3.10-2023b 7.2)
    [Theory]
    [InlineData("sealed", null, VerdictKind.Authentic, PartState.Rewritten)]
    [InlineData("sealed", "sealed", VerdictKind.Authentic, PartState.Intact)]
    [InlineData("sealed", "\0\0\0\0", VerdictKind.Authentic, PartState.Rewritten)]
    [InlineData("sealed", "forged", VerdictKind.Altered, PartState.Altered)]
    [InlineData("sealed", "sealed\0\0", VerdictKind.Altered, PartState.Altered)]
    [InlineData(null, "\0\0", VerdictKind.Authentic, PartState.Rewritten)]
    [InlineData(null, "payload!", VerdictKind.Extended, PartState.Intact)]
    public void Padding_behind_the_data_set_belongs_to_the_carrier(string? was, string? now, VerdictKind kind, PartState carrier)
    {
        byte[] image = SealKit.Tiny(SampleFiles.Explicit), file = SealKit.Seal(WithPadding(image, was));

        Verdict verdict = SealKit.Verify(WithPadding(file, now));

        Assert.Equal(kind, verdict.Kind);
        Assert.Equal(carrier, verdict.Parts[Part.Carrier]);
        Assert.Equal(kind == VerdictKind.Extended ? PartState.Extended : PartState.Intact, verdict.Parts[Part.Structure]);
    }

    [Fact]
    public void Padding_that_an_older_seal_bound_as_an_element_stays_bound()
    {
        byte[] file = HandSeal.Embed(WithPadding(SealKit.Tiny(SampleFiles.Explicit), "sealed"), "p256", paddingIsElement: true);

        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(file).Kind);
        Assert.Equal(VerdictKind.Altered, SealKit.Verify(WithPadding(file, "forged")).Kind);
        Assert.Equal(VerdictKind.Altered, SealKit.Verify(WithPadding(file, null)).Kind);
    }

    [Fact]
    public void Padding_behind_the_data_set_can_be_withheld()
    {
        byte[] file = SealKit.Seal(WithPadding(SealKit.With(Image, 0x00100020, "4711"), "sealed"));

        using var output = new MemoryStream();
        Veridicom.Seals.Disclosure.Redaction.Withhold(SealKit.Parse(file), ["(FFFC,FFFC)", "(0010,0020)"]).WriteTo(output);

        Verdict verdict = SealKit.Verify(output.ToArray());
        Assert.Equal(VerdictKind.Redacted, verdict.Kind);
        Assert.DoesNotContain(SealKit.Elements(output.ToArray()), node => node.Tag.Value == 0xFFFCFFFC);
    }

    private static byte[] WithPadding(byte[] file, string? value)
    {
        DicomNode? old = SealKit.Elements(file).Cast<DicomNode?>().FirstOrDefault(node => node!.Value.Tag.Value == 0xFFFCFFFC);
        byte[] rest = old is { } node ? file[..(int)node.HeaderOffset] : file;
        return value is null ? rest : [.. rest, .. new ElementWriter().Bytes(new(0xFFFCFFFC), Vr.OB, System.Text.Encoding.ASCII.GetBytes(value)).Written];
    }

    private static byte[] Colour(ushort planar, byte[] samples) =>
    [
        .. SealKit.Head(SampleFiles.Explicit),
        .. new ElementWriter().Text(new(0x00080016), Vr.UI, SealKit.SopClass).Text(new(0x00080018), Vr.UI, SealKit.Instance)
            .UInt16(new(0x00280002), 3).Text(new(0x00280004), Vr.CS, "RGB").UInt16(new(0x00280006), planar).UInt16(new(0x00280010), 2).UInt16(new(0x00280011), 2)
            .UInt16(new(0x00280100), 8).Bytes(new(0x7FE00010), Vr.OB, samples).ToArray(),
    ];

    private static byte[] Converted(byte[] file, string syntax)
    {
        DicomFile parsed = SealKit.Parse(file);
        var w = new ElementWriter(SealKit.Form(syntax));
        foreach (DicomNode node in parsed.DataSet.Root) Write(w, node, SealKit.Form(syntax));
        byte[] set = syntax == SampleFiles.Deflated ? SampleFiles.Deflate(w.ToArray()) : w.ToArray();
        return [.. SealKit.Head(syntax), .. set];
    }

    private static void Write(ElementWriter w, DicomNode node, NodeForm form)
    {
        if (node.Kind == NodeKind.Element)
        {
            byte[] value = node.Value.ToArray();
            if (node.BigEndian) ElementWriter.SwapUnits(value, node.Vr.SwapUnit());
            // a VR that nobody knows any more is UN
            w.Bytes(node.Tag, node.Vr, value);
            return;
        }
        if ((node.Form & NodeForm.FromUnknown) != 0 && (form & NodeForm.Implicit) == 0)
        {
            // what is inside stays implicit VR little endian (PS3.5-2023b 6.2.2)
            var inner = new ElementWriter(NodeForm.Implicit);
            foreach (DicomNode item in node) Item(inner, item, NodeForm.Implicit);
            w.Header(node.Tag, Vr.UN, (uint)inner.Written.Length).Raw(inner.Written);
            return;
        }
        w.BeginSequence(node.Tag);
        foreach (DicomNode item in node) Item(w, item, form);
        w.EndSequence();
    }

    private static void Item(ElementWriter w, DicomNode item, NodeForm form)
    {
        w.BeginItem();
        foreach (DicomNode child in item) Write(w, child, form);
        w.EndItem();
    }
}
