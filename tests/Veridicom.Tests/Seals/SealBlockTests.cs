using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Inventory;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Tree;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;
using Veridicom.Tests.Trust;
using Xunit;

namespace Veridicom.Tests.Seals;

/// <summary>A seal block that was cut, mixed, forged by hand or carried to another file, with its digest made right again.</summary>
public sealed class SealBlockTests
{
    private static readonly byte[] Image = SealKit.Rich(SampleFiles.Explicit);
    private static readonly byte[] Sealed = SealKit.Seal(Image), Other = SealKit.Seal(SealKit.With(Image, 0x00100020, "4712"), "second");

    [Theory]
    [InlineData(0x7FF10010u, VerdictKind.Unsealed)]
    [InlineData(0x7FF11001u, VerdictKind.Unverifiable)]
    [InlineData(0x7FF11002u, VerdictKind.Unverifiable)]
    [InlineData(0x7FF1100Fu, VerdictKind.Unverifiable)]
    public void A_block_without_one_of_its_elements_proves_nothing(uint tag, VerdictKind kind) => Assert.Equal(kind, SealKit.Verify(SealKit.Without(Sealed, tag)).Kind);

    [Theory]
    [InlineData(0x7FF11003u)]
    [InlineData(0x7FF110FFu)]
    public void An_element_that_belongs_to_no_seal_damages_the_block(uint tag) =>
        Assert.Equal(VerdictKind.Unverifiable, SealKit.Verify(SealKit.Added(Sealed, new ElementWriter().Bytes(new(tag), Vr.OB, [1, 2]).ToArray())).Kind);

    [Fact]
    public void Blocks_exchanged_between_two_files_leave_both_altered()
    {
        SealBlock a = SealKit.Block(Sealed), b = SealKit.Block(Other);
        Assert.Equal(VerdictKind.Altered, SealKit.Verify(SealKit.WithBlock(Sealed, b.Cms.Span, b.Opening.Span)).Kind);
        Assert.Equal(VerdictKind.Altered, SealKit.Verify(SealKit.WithBlock(Other, a.Cms.Span, a.Opening.Span)).Kind);
    }

    [Fact]
    public void Message_and_opening_of_two_seals_do_not_go_together()
    {
        // the same file sealed twice: the secrets differ, and with them all that is signed
        var randomness = new CountingRandomness();
        randomness.Fill(new byte[1]);
        SealBlock a = SealKit.Block(Sealed), b = SealKit.Block(SealKit.Bytes(SealKit.SealOutcome(Image, SealKit.SealOptions() with { Randomness = randomness })));
        Assert.Equal(VerdictKind.Unverifiable, SealKit.Verify(SealKit.WithBlock(Sealed, b.Cms.Span, a.Opening.Span)).Kind);
        Assert.Equal(VerdictKind.Unverifiable, SealKit.Verify(SealKit.WithBlock(Sealed, a.Cms.Span, SealKit.Block(Other).Opening.Span)).Kind);
    }

    [Fact]
    public void Another_secret_opens_nothing()
    {
        SealBlock block = SealKit.Block(Sealed);
        byte[] opening = block.Opening.ToArray();
        opening[2] ^= 1;
        Assert.False(SealKit.Passes(SealKit.Verify(SealKit.WithBlock(Sealed, block.Cms.Span, opening))));
    }

    /// <summary>Every change of the index that keeps its form: paths, VR numbers, padding, leave to withhold, hashes, order, number.</summary>
    [Fact]
    public void An_index_that_was_changed_does_not_belong_to_the_statement()
    {
        (_, Opening opening) = SealKit.Open(Sealed);
        byte[] cms = SealKit.Block(Sealed).Cms.ToArray();
        IndexEntry[] entries = [.. opening.Elements];
        var forgeries = new List<IndexEntry[]>();
        for (int i = 0; i < entries.Length; i++)
        {
            forgeries.Add(Changed(entries, i, e => e with { Vr = (byte)(e.Vr ^ 1) }));
            forgeries.Add(Changed(entries, i, e => e with { MayWithhold = !e.MayWithhold }));
            forgeries.Add(Changed(entries, i, e => e with { Padding = e.Padding == Padding.Proper ? Padding.Nul : Padding.Proper }));
            forgeries.Add(Changed(entries, i, e => e with { Hash = e.Hash.ToArray().Select(b => (byte)(b ^ 0xFF)).ToArray() }));
            forgeries.Add(Changed(entries, i, e => e with { Path = e.Path.ToArray().Select((b, at) => at == e.Path.Length - 1 ? (byte)(b ^ 1) : b).ToArray() }));
        }
        forgeries.Add([.. entries.Reverse()]);
        foreach (IndexEntry[] forged in forgeries)
        {
            Verdict verdict = SealKit.Verify(SealKit.WithBlock(Sealed, cms, Opening.OfFull(opening.Secret!, opening.Carrier, forged, opening.Pixels).Encode()));
            Assert.Equal(VerdictKind.Unverifiable, verdict.Kind);
            Assert.Contains(verdict.Reasons, r => r.Code == ReasonCode.SealDamaged);
        }
        IndexEntry[] shorter = [.. entries.Skip(1)];
        Assert.Equal(VerdictKind.Unverifiable, SealKit.Verify(SealKit.WithBlock(Sealed, cms, Opening.OfFull(opening.Secret!, opening.Carrier, shorter, opening.Pixels).Encode())).Kind);
    }

    [Fact]
    public void Every_prefix_and_every_longer_form_of_an_opening_is_refused()
    {
        SealBlock block = SealKit.Block(Sealed);
        byte[] opening = block.Opening.ToArray();
        for (int length = 0; length < opening.Length - 1; length += 2) Assert.Equal(VerdictKind.Unverifiable, SealKit.Verify(SealKit.WithBlock(Sealed, block.Cms.Span, opening.AsSpan(0, length))).Kind);
        Assert.Equal(VerdictKind.Unverifiable, SealKit.Verify(SealKit.WithBlock(Sealed, block.Cms.Span, (byte[])[.. opening, 0, 0])).Kind);
    }

    [Fact]
    public void A_statement_signed_by_hand_with_another_opening_is_the_forgers_own()
    {
        // an unknown signer signs the true statement again: intact, but nobody trusts the signer
        (Statement statement, _) = SealKit.Open(Sealed);
        byte[] cms = SealCms.Write(statement.Encode(), Oids.SealStatement, SealKit.Signer("unknown"), SealKit.At);
        Verdict verdict = SealKit.Verify(SealKit.WithBlock(Sealed, cms, SealKit.Block(Sealed).Opening.Span));
        Assert.Equal(VerdictKind.Untrusted, verdict.Kind);
    }

    [Fact]
    public void A_trusted_signer_who_is_not_the_required_one_is_untrusted()
    {
        (Statement statement, _) = SealKit.Open(Sealed);
        byte[] cms = SealCms.Write(statement.Encode(), Oids.SealStatement, SealKit.Signer("second"), SealKit.At);
        Verdict verdict = SealKit.Verify(SealKit.WithBlock(Sealed, cms, SealKit.Block(Sealed).Opening.Span));
        Assert.Equal(VerdictKind.Untrusted, verdict.Kind);
        Assert.Contains(verdict.Reasons, r => r.Code == ReasonCode.RequiredSignerMissing);
    }

    [Theory]
    [InlineData("expired", ReasonCode.Expired)]
    [InlineData("web", ReasonCode.NotAllowed)]
    [InlineData("unknown", ReasonCode.UnknownSigner)]
    public void A_signer_who_is_not_to_be_trusted_is_named(string signer, ReasonCode code)
    {
        Verdict verdict = SealKit.Verify(SealKit.Seal(Image, signer));
        Assert.Equal(VerdictKind.Untrusted, verdict.Kind);
        Assert.Contains(verdict.Reasons, r => r.Code == code);
        Assert.Equal(4, verdict.ExitCode);
    }

    [Theory]
    [InlineData("p384")]
    [InlineData("rsa")]
    [InlineData("intermediate")]
    public void Every_kind_of_key_and_path_seals(string signer) => Assert.Equal(VerdictKind.Authentic, SealKit.Verify(SealKit.Seal(Image, signer)).Kind);

    [Fact]
    public void Another_certificate_for_the_same_key_is_not_the_one_that_was_signed_with()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        KeySigner own = TrustKit.Signer(SealKit.Root, "Scanner 11", key, until: SealKit.Far).Signer();
        byte[] file = HandSeal.Embed(Image, own), was = own.Certificate.Der.ToArray(), other;
        // signatures on certificates differ in length by a byte or two: the message around it must stay as it is
        do other = TrustKit.Signer(SealKit.Root, "Dr Mallory", key, until: SealKit.Far).Der.ToArray();
        while (other.Length != was.Length);
        SealBlock block = SealKit.Block(file);
        byte[] cms = block.Cms.ToArray();
        other.CopyTo(cms, cms.AsSpan().IndexOf(was));
        Verdict verdict = SealKit.Verify(SealKit.WithBlock(file, cms, block.Opening.Span));
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(file).Kind);
        Assert.Equal(VerdictKind.Unverifiable, verdict.Kind);
        Assert.Null(verdict.Signer);
    }

    [Theory]
    [InlineData(-1, VerdictKind.Untrusted)]
    [InlineData(1, VerdictKind.Authentic)]
    public void A_time_that_has_not_come_is_no_time_of_sealing(int days, VerdictKind kind) =>
        Assert.Equal(kind, SealKit.Verify(Sealed, options: SealKit.Options with { Now = SealKit.At.AddDays(days) }).Kind);

    [Fact]
    public void A_token_proves_the_time_at_which_an_expired_signer_was_valid()
    {
        byte[] file = SealKit.Seal(Image, "expired");
        Party authority = TrustKit.TimestampAuthority(SealKit.Root, until: SealKit.Far);
        byte[] Stamped(DateTimeOffset at, byte[]? what = null)
        {
            SealBlock block = SealKit.Block(file);
            SealMessage message = SealCms.Read(block.Cms, Oids.SealStatement, new CertificateCache());
            return SealKit.WithBlock(file, SealCms.WithToken(message, TrustKit.Token(authority, what ?? message.Signature.ToArray(), at)), block.Opening.Span);
        }
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(Stamped(SealKit.At.AddMinutes(1))).Kind);
        Assert.Equal(VerdictKind.Untrusted, SealKit.Verify(Stamped(SealKit.At.AddHours(2))).Kind);
        Assert.Contains(SealKit.Verify(Stamped(SealKit.At, [1, 2, 3])).Reasons, r => r.Code == ReasonCode.BadTimestamp);
        // what a token stamps is the signature only: taking it away again leaves a seal that is judged by the present
        Assert.Equal(VerdictKind.Untrusted, SealKit.Verify(file).Kind);
    }

    [Fact]
    public void A_revoked_signer_is_untrusted()
    {
        byte[] list = TrustKit.RevocationList(SealKit.Root, SealKit.At.AddDays(-1), SealKit.Far, (new Party(null!, SealKit.Signer("p256").Certificate, SealKit.Root), SealKit.At.AddHours(-1)));
        TrustList trust = TrustList.Create([SealKit.Root.Der], revocationLists: [list]);
        Verdict verdict = SealKit.Verify(Sealed, options: SealKit.Options with { Trust = trust });
        Assert.Equal(VerdictKind.Untrusted, verdict.Kind);
        Assert.Contains(verdict.Reasons, r => r.Code == ReasonCode.Revoked);
    }

    [Fact]
    public void A_block_of_a_later_format_alone_is_not_judged_and_beside_a_seal_is_an_addition()
    {
        byte[] block = new ElementWriter().Text(new(0x7FF1, 0x0080), Vr.LO, "VERIDICOM SEAL 2").ToArray();
        Assert.Equal(VerdictKind.Unverifiable, SealKit.Verify([.. Image, .. block]).Kind);
        byte[] beside = SealKit.Added(Sealed, block);
        Assert.Equal(VerdictKind.Extended, SealKit.Verify(beside).Kind);
    }

    [Theory]
    [InlineData(0x7FF10010u)]
    [InlineData(0x7FF11001u)]
    public void Elements_of_a_block_in_another_representation_are_no_seal(uint tag)
    {
        DicomNode node = SealKit.Find(Sealed, tag);
        byte[] raw = SealKit.Raw(Sealed, node), value = raw[(int)(node.ValueOffset - node.HeaderOffset)..];
        byte[] other = SealKit.Splice(Sealed, (node.HeaderOffset, raw.Length, new ElementWriter().Bytes(node.Tag, tag == 0x7FF10010 ? Vr.ST : Vr.OL, value).ToArray()));
        Assert.False(SealKit.Passes(SealKit.Verify(other)));
    }

    private static IndexEntry[] Changed(IndexEntry[] entries, int index, Func<IndexEntry, IndexEntry> change)
    {
        IndexEntry[] copy = [.. entries];
        copy[index] = change(copy[index]);
        return copy;
    }
}
