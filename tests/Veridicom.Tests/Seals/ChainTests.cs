using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Seals;

/// <summary>Several seals on one file: a later one counts if it is trusted and continues the earlier ones, and never changes what these prove.</summary>
public sealed class ChainTests
{
    private static readonly byte[] Image = SealKit.Rich(SampleFiles.Explicit);
    private static readonly byte[] First = SealKit.Seal(Image), Corrected = SealKit.With(First, 0x00100010, "Miller^George"),
        Amended = SealKit.Seal(Corrected, "second", SealPurpose.Amendment);

    [Fact]
    public void A_correction_under_a_later_trusted_seal_is_amended_and_named()
    {
        Verdict verdict = SealKit.Verify(Amended);
        Assert.Equal((VerdictKind.Amended, 0), (verdict.Kind, verdict.ExitCode));
        Assert.Contains(verdict.Reasons, r => r is { Code: ReasonCode.AmendedElement, Path: "(0010,0010)" });
        Assert.Equal(2, verdict.Seals.Count);
        Assert.Equal(verdict.SealIdentity, verdict.Seals[1].Identity);
        Assert.Equal(VerdictKind.Altered, SealKit.Verify(Corrected).Kind);
    }

    [Fact]
    public void A_third_seal_names_both()
    {
        byte[] third = SealKit.Seal(SealKit.With(Amended, 0x00101000, "X"), "p384", SealPurpose.AiProcessing);
        Verdict verdict = SealKit.Verify(third);
        Assert.Equal(VerdictKind.Amended, verdict.Kind);
        Assert.Equal(2, verdict.Seals[2].Statement!.Previous.Count);
    }

    [Fact]
    public void Sealing_what_is_sealed_does_nothing()
    {
        SealOutcome outcome = Sealer.Seal(SealKit.Parse(Amended), SealKit.SealOptions(purpose: SealPurpose.Amendment));
        Assert.True(outcome.AlreadySealed);
        Assert.Equal(Amended, SealKit.Bytes(outcome));
    }

    [Theory]
    [InlineData(SealPurpose.AsFound)]
    [InlineData(SealPurpose.Acquisition)]
    public void A_changed_file_is_not_sealed_again_without_a_purpose_that_allows_it(SealPurpose purpose) =>
        Assert.Equal("changed-since-sealed", Assert.Throws<SealRefusedException>(() => SealKit.Seal(Corrected, "second", purpose)).Refusals[0].Code);

    [Fact]
    public void A_seal_as_found_launders_no_change()
    {
        // a trusted signer without our sealer names the earlier seal over the changed file
        Verdict verdict = SealKit.Verify(Stacked(Corrected, "second", SealPurpose.AsFound));
        Assert.Equal(VerdictKind.Altered, verdict.Kind);
        Assert.Contains(verdict.Reasons, r => r.Code == ReasonCode.ElementChanged);
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("expired")]
    [InlineData("web")]
    public void A_later_seal_that_is_not_trusted_changes_nothing_of_what_the_earlier_proves(string signer)
    {
        byte[] unchanged = Stacked(First, signer);
        Verdict verdict = SealKit.Verify(unchanged);
        Assert.Equal(VerdictKind.Extended, verdict.Kind);
        Assert.Equal(SealKit.Verify(First).SealIdentity, verdict.SealIdentity);
        Assert.Contains(verdict.Reasons, r => r.Code == ReasonCode.LaterSealInvalid);

        byte[] forged = SealKit.Seal(Corrected, signer, SealPurpose.Amendment);
        verdict = SealKit.Verify(forged);
        Assert.Equal(VerdictKind.Altered, verdict.Kind);
        Assert.Contains(verdict.Reasons, r => r is { Code: ReasonCode.ElementChanged, Path: "(0010,0010)" });
    }

    [Fact]
    public void A_seal_of_an_unknown_signer_put_before_changes_nothing_either()
    {
        // the stranger's block takes the lower number; the trusted one is carried to the next
        byte[] strange = HandSeal.Embed(Image, "unknown");
        SealBlock own = SealKit.Block(First);
        ElementWriter creator = new(), data = new();
        SealBlock.Write(creator, 0x11, own.Cms.Span, own.Opening.Span, part: 0);
        SealBlock.Write(data, 0x11, own.Cms.Span, own.Opening.Span, part: 1);
        DicomNode first = SealKit.Find(strange, 0x7FF11001), last = SealKit.Find(strange, 0x7FF1100F);
        byte[] both = SealKit.Splice(strange, (first.HeaderOffset, 0, creator.ToArray()), (last.EndOffset, 0, data.ToArray()));
        Verdict verdict = SealKit.Verify(both);
        Assert.Equal(VerdictKind.Extended, verdict.Kind);
        Assert.Equal(SealKit.Verify(First).SealIdentity, verdict.SealIdentity);
    }

    [Fact]
    public void A_trusted_seal_of_another_file_pasted_before_or_behind_changes_nothing()
    {
        byte[] other = SealKit.Seal(SealKit.With(Image, 0x00100020, "9"), "second");
        foreach ((byte[] host, SealBlock pasted) in ((byte[], SealBlock)[])[(First, SealKit.Block(other)), (Renumbered(First), SealKit.Block(other))])
        {
            byte number = (byte)(SealKit.Block(host).Number == 0x10 ? 0x11 : 0x10);
            Verdict verdict = SealKit.Verify(Pasted(host, pasted, number));
            Assert.Equal(VerdictKind.Extended, verdict.Kind);
            Assert.Equal(SealKit.Verify(First).SealIdentity, verdict.SealIdentity);
        }
    }

    /// <summary>The same file with its only seal in block 11.</summary>
    private static byte[] Renumbered(byte[] file)
    {
        SealBlock own = SealKit.Block(file);
        byte[] bare = file;
        foreach (uint tag in (uint[])[0x7FF1100F, 0x7FF11002, 0x7FF11001, 0x7FF10010]) bare = SealKit.Without(bare, tag);
        return Pasted(bare, own, 0x11);
    }

    private static byte[] Pasted(byte[] file, SealBlock block, byte number)
    {
        ElementWriter creator = new(), data = new();
        SealBlock.Write(creator, number, block.Cms.Span, block.Opening.Span, part: 0);
        SealBlock.Write(data, number, block.Cms.Span, block.Opening.Span, part: 1);
        DicomNode[] own = [.. SealKit.Elements(file).Where(n => n.Tag.Group == 0x7FF1)], creators = [.. own.Where(n => n.Tag.IsPrivateCreator)];
        if (own.Length == 0) return [.. file, .. creator.Written, .. data.Written];
        long creatorAt = creators[0].Tag.Element < number ? creators[^1].EndOffset : creators[0].HeaderOffset;
        long dataAt = creators[0].Tag.Element < number ? own[^1].EndOffset : own[creators.Length].HeaderOffset;
        return SealKit.Splice(file, (creatorAt, 0, creator.ToArray()), (dataAt, 0, data.ToArray()));
    }

    [Fact]
    public void A_later_trusted_seal_that_does_not_name_the_earlier_one_does_not_continue_it()
    {
        Verdict verdict = SealKit.Verify(HandSeal.Embed(First, "second"));
        Assert.Equal(VerdictKind.Extended, verdict.Kind);
        Assert.Equal(SealKit.Verify(First).SealIdentity, verdict.SealIdentity);
    }

    [Fact]
    public void An_earlier_seal_stripped_from_under_a_later_one_is_missed()
    {
        byte[] stripped = Amended;
        foreach (uint tag in (uint[])[0x7FF1100F, 0x7FF11002, 0x7FF11001, 0x7FF10010]) stripped = SealKit.Without(stripped, tag);
        Verdict verdict = SealKit.Verify(stripped);
        Assert.Equal(VerdictKind.Altered, verdict.Kind);
        Assert.Contains(verdict.Reasons, r => r.Code == ReasonCode.ElementMissing);
    }

    [Fact]
    public void A_later_seal_stripped_leaves_what_the_earlier_says()
    {
        byte[] stripped = Amended;
        foreach (uint tag in (uint[])[0x7FF1110F, 0x7FF11102, 0x7FF11101, 0x7FF10011]) stripped = SealKit.Without(stripped, tag);
        Assert.Equal(VerdictKind.Altered, SealKit.Verify(stripped).Kind);
    }

    [Fact]
    public void A_change_after_the_later_seal_is_altered_though_the_earlier_one_does_not_mind()
    {
        // the later seal vouches for an element that the earlier one only sees as added
        byte[] extended = SealKit.Added(First, new ElementWriter().Text(new(0x00180015), Vr.CS, "CHEST").ToArray());
        byte[] later = SealKit.Seal(extended, "second", SealPurpose.AiProcessing);
        Assert.Equal(VerdictKind.Amended, SealKit.Verify(later).Kind);
        Verdict verdict = SealKit.Verify(SealKit.With(later, 0x00180015, "HEAD"));
        Assert.Equal(VerdictKind.Altered, verdict.Kind);
        Assert.Contains(verdict.Reasons, r => r is { Code: ReasonCode.ElementChanged, Path: "(0018,0015)" });
    }

    [Fact]
    public void A_damaged_later_seal_changes_nothing()
    {
        byte[] unchanged = Stacked(First, "second");
        DicomNode digest = SealKit.Find(unchanged, 0x7FF1110F);
        unchanged[(int)digest.ValueOffset] ^= 1;
        Verdict verdict = SealKit.Verify(unchanged);
        Assert.Equal(VerdictKind.Extended, verdict.Kind);
        Assert.Equal(SealKit.Verify(First).SealIdentity, verdict.SealIdentity);
    }

    [Fact]
    public void A_detached_seal_that_is_none_changes_nothing_of_an_embedded_one()
    {
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(First, [1, 2, 3]).Kind);
        Assert.Equal(VerdictKind.Unverifiable, SealKit.Verify(Image, [1, 2, 3]).Kind);
        Assert.Equal(VerdictKind.Altered, SealKit.Verify(Corrected, SealKit.SealFile(Image)).Kind);
    }

    [Fact]
    public void A_detached_seal_follows_an_embedded_one()
    {
        byte[] later = SealKit.SealOutcome(Corrected, SealKit.SealOptions("second", SealPurpose.Amendment, detached: true)).Block.ToArray();
        Assert.Equal(VerdictKind.Amended, SealKit.Verify(Corrected, later).Kind);
        // set back to the first state: the later seal, which names the first, says that something is gone
        Assert.Equal(VerdictKind.Altered, SealKit.Verify(First, later).Kind);
    }

    /// <summary>A second seal that names those before it, whatever a sealer would say.</summary>
    private static byte[] Stacked(byte[] file, string signer, SealPurpose purpose = SealPurpose.Amendment) => HandSeal.Embed(file, signer, purpose, HandSeal.Identities(file));
}
