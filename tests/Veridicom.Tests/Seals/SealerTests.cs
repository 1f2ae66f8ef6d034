using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Seals;

/// <summary>What sealing refuses and says, what a statement holds, and what unsealing gives back.</summary>
public sealed class SealerTests
{
    private static readonly byte[] Image = SealKit.Rich(SampleFiles.Explicit);

    [Fact]
    public void A_file_that_can_be_read_in_two_ways_is_refused_with_its_place()
    {
        byte[] twice = SealKit.Splice(Image, (SealKit.Find(Image, 0x00100010).EndOffset, 0, new ElementWriter().Text(new(0x00100010), Vr.PN, "Eve").ToArray()));
        SealRefusal refusal = Assert.Single(Assert.Throws<SealRefusedException>(() => SealKit.Seal(twice)).Refusals);
        Assert.Equal(("duplicate", "(0010,0010)", SealKit.Find(Image, 0x00100010).EndOffset), (refusal.Code, refusal.Path, refusal.Offset));
        Assert.NotEmpty(refusal.Remedy);
    }

    [Fact]
    public void Pixels_that_contradict_the_transfer_syntax_are_refused()
    {
        byte[] fragments = [.. SealKit.Head(SampleFiles.Explicit), .. SealKit.Tiny(SampleFiles.Rle)[SealKit.Head(SampleFiles.Rle).Length..]];
        Assert.Contains(Assert.Throws<SealRefusedException>(() => SealKit.Seal(fragments)).Refusals, r => r.Code == "pixels-contradict-syntax");
    }

    [Fact]
    public void Two_mac_items_with_one_number_are_refused()
    {
        byte[] file = SealKit.Seal(Image, standard: true);
        byte[] bare = WithoutSeal(file);
        DicomNode sequence = SealKit.Find(bare, 0x4FFE0001);
        foreach (DicomNode item in sequence)
        {
            byte[] twice = SealKit.Splice(bare, (item.EndOffset, 0, SealKit.Raw(bare, item)));
            Assert.Contains(Assert.Throws<SealRefusedException>(() => SealKit.Seal(twice)).Refusals, r => r.Code == "duplicate-mac-id");
            return;
        }
    }

    [Fact]
    public void A_file_with_a_damaged_seal_is_refused_until_it_is_taken_off()
    {
        byte[] file = SealKit.Seal(Image);
        file[SealKit.Find(file, 0x7FF1100F).ValueOffset] ^= 1;
        Assert.Equal("earlier-seal-unverifiable", Assert.Throws<SealRefusedException>(() => SealKit.Seal(file, "second", SealPurpose.Amendment)).Refusals[0].Code);
        UnsealOutcome outcome = Unsealer.Unseal(SealKit.Parse(file));
        Assert.False(outcome.Exact);
        using var output = new MemoryStream();
        outcome.WriteTo(output);
        Assert.Equal(Image, output.ToArray());
    }

    [Fact]
    public void Claims_stand_in_the_statement_as_they_were_made()
    {
        var claims = new Claims("Klinik für Radiologie", SealPurpose.AiProcessing, "Recon 3", "veridicom 1.0", SyntheticClaim.Yes, [new AiModel("denoise", "2.1"), new AiModel("upscale", "")], "a note");
        byte[] file = SealKit.Bytes(SealKit.SealOutcome(Image, SealKit.SealOptions() with { Claims = claims }));
        Claims read = SealKit.Verify(file).Seals[0].Statement!.Claims;
        Assert.Equal(claims with { Models = read.Models }, read);
        Assert.Equal(claims.Models, read.Models);
        Assert.Equal("yes", read.Synthetic.Word());
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\u0085b")]
    [InlineData("\ud83d\ude00")]
    public void A_claim_with_a_control_character_is_refused(string text) =>
        Assert.Throws<ArgumentException>(() => SealKit.SealOutcome(Image, SealKit.SealOptions() with { Claims = SealKit.Claims() with { Note = text } }));

    [Fact]
    public void A_claim_that_is_too_long_or_unknown_is_refused()
    {
        Claims claims = SealKit.Claims();
        Claims[] bad =
        [
            claims with { Organisation = new string('x', 257) }, claims with { Purpose = (SealPurpose)99 }, claims with { Synthetic = (SyntheticClaim)9 },
            claims with { Models = [.. Enumerable.Range(0, 17).Select(i => new AiModel("m", "1"))] }, claims with { Models = [new AiModel("m\u0001", "1")] },
        ];
        Assert.All(bad, c => Assert.Throws<ArgumentException>(() => SealKit.SealOutcome(Image, SealKit.SealOptions() with { Claims = c })));
    }

    [Fact]
    public void Every_purpose_has_a_word_and_every_word_a_purpose()
    {
        Assert.All(Enum.GetValues<SealPurpose>(), p => Assert.True(ClaimWords.TryPurpose(p.Word(), out SealPurpose found) && found == p));
        Assert.False(ClaimWords.TryPurpose("none", out _));
        Assert.Equal(Enum.GetValues<SealPurpose>().Length, ClaimWords.All.Count());
    }

    public static TheoryData<string, bool> Forms
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (string syntax in (string[])[SampleFiles.Explicit, SampleFiles.Implicit, SampleFiles.BigEndian, SampleFiles.Rle])
            {
                data.Add(syntax, false);
                data.Add(syntax, true);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Unsealing_gives_the_input_back_byte_for_byte(string syntax, bool standard)
    {
        byte[] input = SealKit.Rich(syntax);
        UnsealOutcome outcome = Unsealer.Unseal(SealKit.Parse(SealKit.Seal(input, standard: standard)));
        using var output = new MemoryStream();
        outcome.WriteTo(output);
        Assert.True(outcome.Exact, outcome.Note);
        Assert.Equal(input, output.ToArray());
    }

    [Fact]
    public void Unsealing_says_why_it_does_not_give_what_was_sealed()
    {
        byte[] file = SealKit.Seal(Image);
        byte[] cleared = [1, .. file[1..]];
        (byte[] Bytes, string Why)[] all =
        [
            (SealKit.With(file, 0x00100020, "9"), "changed since"), (cleared, "changed since"), (SealKit.Seal(SealKit.Rich(SampleFiles.Deflated)), "deflated"),
            (file[(int)SealKit.Parse(file).DataSetOffset..], "rewritten"),
        ];
        foreach ((byte[] bytes, string why) in all)
        {
            UnsealOutcome outcome = Unsealer.Unseal(SealKit.Parse(bytes));
            Assert.False(outcome.Exact);
            Assert.Contains(why, outcome.Note, StringComparison.Ordinal);
        }
        Assert.Equal("unsealed", Assert.Throws<SealRefusedException>(() => Unsealer.Unseal(SealKit.Parse(Image))).Refusals[0].Code);
        byte[] twice = SealKit.Splice(file, (SealKit.Find(file, 0x00100010).EndOffset, 0, new ElementWriter().Text(new(0x00100010), Vr.PN, "Eve").ToArray()));
        Assert.Equal("duplicate", Assert.Throws<SealRefusedException>(() => Unsealer.Unseal(SealKit.Parse(twice))).Refusals[0].Code);
    }

    [Fact]
    public void Unsealing_a_chain_takes_the_latest_seal_off()
    {
        byte[] first = SealKit.Seal(Image), corrected = SealKit.With(first, 0x00100020, "9"), second = SealKit.Seal(corrected, "second", SealPurpose.Amendment);
        UnsealOutcome outcome = Unsealer.Unseal(SealKit.Parse(second));
        using var output = new MemoryStream();
        outcome.WriteTo(output);
        Assert.True(outcome.Exact, outcome.Note);
        Assert.Equal(corrected, output.ToArray());
    }

    [Fact]
    public void The_worst_of_many_files_counts()
    {
        int[] order = [1, 5, 7, 4, 3, 6, 0];
        for (int i = 0; i < order.Length; i++)
        {
            for (int j = i; j < order.Length; j++) Assert.Equal((order[i], order[i]), (VerdictWords.Worse(order[i], order[j]), VerdictWords.Worse(order[j], order[i])));
        }
    }

    private static byte[] WithoutSeal(byte[] file)
    {
        foreach (uint tag in (uint[])[0x7FF1100F, 0x7FF11002, 0x7FF11001, 0x7FF10010]) file = SealKit.Without(file, tag);
        return file;
    }
}
