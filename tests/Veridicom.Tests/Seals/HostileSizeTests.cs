using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Seals;

/// <summary>Files made to cost more than they are worth: each gets a verdict within bounded memory.</summary>
public sealed class HostileSizeTests
{
    private const long Allowed = 200L << 20;

    [Fact]
    public void Twenty_thousand_nested_items_are_refused_cheaply()
    {
        var nest = new ElementWriter();
        for (int i = 0; i < 20_000; i++) nest.BeginSequence(new(0x00081140)).BeginItem();
        for (int i = 0; i < 20_000; i++) nest.EndItem().EndSequence();
        byte[] closed = [.. SealKit.Head(SampleFiles.Explicit), .. nest.ToArray()];
        foreach (byte[] file in (byte[][])[closed, closed[..(closed.Length / 2)], SealKit.Splice(SealKit.Seal(SealKit.Tiny(SampleFiles.Explicit)), (SealKit.Head(SampleFiles.Explicit).Length, 0, nest.ToArray()))])
        {
            Verdict verdict = Measured(file, 8L << 20);
            Assert.Equal((VerdictKind.Unverifiable, 5), (verdict.Kind, verdict.ExitCode));
            Assert.Equal(ReasonCode.LimitExceeded, Assert.Single(verdict.Reasons).Code);
        }
    }

    [Fact]
    public void A_megabyte_that_inflates_to_a_gigabyte_is_refused_within_bounds()
    {
        // a deflate stream of zeros: 1,000 to 1
        byte[] bomb = SampleFiles.Deflate(new ElementWriter().Text(new(0x00080016), Vr.UI, SealKit.SopClass).Bytes(new(0x00420011), Vr.OB, new byte[256 << 20]).ToArray());
        byte[] file = [.. SealKit.Head(SampleFiles.Deflated), .. bomb, .. new byte[(1 << 20) - bomb.Length % (1 << 20)]];
        Verdict verdict = Measured(file, Allowed);
        Assert.Equal(VerdictKind.Unverifiable, verdict.Kind);
        Assert.Equal(ReasonCode.LimitExceeded, Assert.Single(verdict.Reasons).Code);
    }

    [Fact]
    public void A_quarter_of_a_million_items_signatures_or_seals_cost_no_more_than_they_weigh()
    {
        var items = new ElementWriter().BeginSequence(new(0xFFFAFFFA));
        for (int i = 0; i < 100_000; i++) items.BeginItem().EndItem();
        byte[] signatures = [.. SealKit.Tiny(SampleFiles.Explicit), .. items.EndSequence().ToArray()];
        Assert.NotEqual(VerdictKind.Authentic, Measured(signatures, Allowed).Kind);

        // the same sealed first: every item without a name is an addition
        byte[] file = SealKit.Seal(SealKit.Tiny(SampleFiles.Explicit));
        Verdict verdict = Measured([.. file, .. items.ToArray()], Allowed);
        Assert.Equal(VerdictKind.Extended, verdict.Kind);
        Assert.True(verdict.Reasons.Count <= Verdict.MaxReasons && verdict.MoreReasons > 90_000);

        var fragments = new ElementWriter().Header(new(0x7FE00010), Vr.OB, 0xFFFFFFFF);
        for (int i = 0; i < 100_000; i++) fragments.Raw(SealKit.Fragment([]));
        byte[] encapsulated = [.. SealKit.Head(SampleFiles.Rle), .. new ElementWriter().Text(new(0x00080016), Vr.UI, SealKit.SopClass).ToArray(), .. fragments.EndSequence().ToArray()];
        Assert.Equal(VerdictKind.Authentic, Measured(SealKit.Seal(encapsulated), Allowed).Kind);
    }

    [Fact]
    public void Copies_of_a_seal_in_every_block_change_nothing_and_are_bounded()
    {
        byte[] file = SealKit.Seal(SealKit.Tiny(SampleFiles.Explicit));
        SealBlock own = SealKit.Block(file);
        ElementWriter creators = new(), data = new();
        for (int number = 0x11; number <= 0xFF; number++)
        {
            SealBlock.Write(creators, (byte)number, own.Cms.Span, own.Opening.Span, part: 0);
            SealBlock.Write(data, (byte)number, own.Cms.Span, own.Opening.Span, part: 1);
        }
        DicomNode first = SealKit.Find(file, 0x7FF11001), last = SealKit.Find(file, 0x7FF1100F);
        byte[] many = SealKit.Splice(file, (first.HeaderOffset, 0, creators.ToArray()), (last.EndOffset, 0, data.ToArray()));
        Verdict verdict = Measured(many, Allowed);
        Assert.Equal(VerdictKind.Extended, verdict.Kind);
        // only two of them were compared with the file
        Assert.Equal(2, verdict.Seals.Count(s => s.Verdict != VerdictKind.Unverifiable));
        Assert.Throws<SealRefusedException>(() => SealKit.Seal(many, "second", SealPurpose.Amendment));
    }

    [Fact]
    public void The_latest_of_many_seals_of_strangers_is_judged()
    {
        byte[] file = SealKit.Tiny(SampleFiles.Explicit);
        var previous = new List<byte[]>();
        for (int i = 0; i < 12; i++)
        {
            file = HandSeal.Embed(SealKit.With(file, 0x00100010, $"N{i}"), "unknown", SealPurpose.Amendment, [.. previous]);
            previous.Add(Convert.FromHexString(SealKit.Verify(file).Seals[^1].Identity));
        }
        Assert.Equal(VerdictKind.Untrusted, SealKit.Verify(file).Kind);
    }

    [Fact]
    public void The_bytes_of_an_embedded_seal_may_stand_beside_the_file_too()
    {
        SealOutcome outcome = SealKit.SealOutcome(SealKit.Tiny(SampleFiles.Explicit), SealKit.SealOptions());
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(SealKit.Bytes(outcome), outcome.Block.ToArray()).Kind);
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(SealKit.Tiny(SampleFiles.Explicit), outcome.Block.ToArray()).Kind);
        // spoilt in the file and whole beside it: what is in the file is an addition to the other
        byte[] file = SealKit.Bytes(outcome), opening = SealKit.Block(file).Opening.ToArray();
        opening[2] ^= 1;
        byte[] spoilt = SealKit.WithBlock(file, SealKit.Block(file).Cms.Span, opening);
        Assert.Equal(VerdictKind.Altered, SealKit.Verify(spoilt).Kind);
        Assert.Equal(VerdictKind.Extended, SealKit.Verify(spoilt, outcome.Block.ToArray()).Kind);
    }

    [Fact]
    public void A_crowd_of_strangers_hides_no_trusted_seal()
    {
        byte[] file = SealKit.Tiny(SampleFiles.Explicit);
        for (int i = 0; i < 12; i++) file = HandSeal.Embed(file, "unknown", change: s => s with { Claims = s.Claims with { Note = $"stranger {i}" } });
        Assert.Equal(VerdictKind.Untrusted, SealKit.Verify(file).Kind);
        file = HandSeal.Embed(file, "p256");
        Verdict verdict = SealKit.Verify(file);
        Assert.Equal(VerdictKind.Authentic, verdict.Kind);
        Assert.Equal(4, verdict.Seals.Count(s => s.Verdict == VerdictKind.Unverifiable));
        for (int i = 0; i < 12; i++) file = HandSeal.Embed(file, "unknown", change: s => s with { Claims = s.Claims with { Note = $"later {i}" } });
        Assert.Equal((VerdictKind.Extended, verdict.SealIdentity), (SealKit.Verify(file).Kind, SealKit.Verify(file).SealIdentity));
    }

    [Fact]
    public void A_statement_that_promises_more_leaves_than_there_are_bytes_allocates_none()
    {
        byte[] file = HandSeal.Embed(SealKit.Tiny(SampleFiles.Explicit), "p256", change: s => s with { ElementLeaves = int.MaxValue });
        Assert.Equal(VerdictKind.Unverifiable, Measured(file, 8L << 20).Kind);
        Statement huge = SealKit.Open(SealKit.Seal(SealKit.Tiny(SampleFiles.Explicit))).Statement;
        huge = huge with { Pixels = huge.Pixels! with { Frames = 4_000_000, Leaves = 4_000_000 } };
        byte[] promised = HandSeal.Embed(SealKit.Tiny(SampleFiles.Explicit), "p256", change: s => s with { Pixels = huge.Pixels });
        Assert.False(SealKit.Passes(Measured(promised, 8L << 20)));
    }

    [Fact]
    public void Random_bytes_behind_a_sealed_file_or_in_its_place_are_never_authentic()
    {
        byte[] file = SealKit.Seal(SealKit.Tiny(SampleFiles.Explicit));
        for (int i = 0; i < 200; i++)
        {
            byte[] noise = SHA256.HashData(BitConverter.GetBytes(i));
            Assert.False(SealKit.Passes(SealKit.Verify([.. file, .. noise[..(1 + i % 32)]])));
            byte[] cut = file[..(file.Length * i / 200)];
            Assert.False(SealKit.Passes(SealKit.Verify(cut)));
        }
    }

    /// <summary>The verdict, once what was allocated for it is seen to be within a bound.</summary>
    private static Verdict Measured(byte[] file, long bound)
    {
        SealKit.Verify(SealKit.Tiny(SampleFiles.Explicit));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Verdict verdict = SealKit.Verify(file);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, bound);
        return verdict;
    }
}
