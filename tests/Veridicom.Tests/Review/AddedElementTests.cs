using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;
using Veridicom.Tests.Seals;
using Veridicom.Testing;
using Xunit;

namespace Veridicom.Tests.Review;

/// <summary>What an adversary adds to a sealed file shows, wherever it is put.</summary>
public sealed class AddedElementTests
{
    [Fact]
    public void An_element_put_into_the_block_of_an_earlier_seal_is_an_addition()
    {
        byte[] first = SealKit.Seal(SealKit.Tiny(SampleFiles.Explicit));
        byte[] amended = SealKit.Seal(SealKit.With(first, 0x00100010, "C^D "), purpose: SealPurpose.Amendment);
        Assert.Equal(VerdictKind.Amended, SealKit.Verify(amended).Kind);

        Verdict verdict = SealKit.Verify(SealKit.Added(amended, new ElementWriter().Text(new(0x7FF1, 0x1003), Vr.UT, "smuggled").ToArray()));

        Assert.False(SealKit.Passes(verdict), SealKit.Say(verdict));
        Assert.NotEqual(0, verdict.ExitCode);
    }
}
