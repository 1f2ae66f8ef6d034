using Veridicom.Forensics;
using Veridicom.Forensics.Manipulation;
using Veridicom.Train.Evaluation;
using Veridicom.Train.Tampering;
using Xunit;

namespace Veridicom.Tests.Forensics.Manipulation;

public sealed class SliceConsistencyTests
{
    [Fact]
    public void An_untouched_series_has_no_finding() => Assert.Empty(SliceConsistency.Examine(PhantomSlices.Series));

    [Fact]
    public void A_part_that_two_slices_share_is_found_in_both()
    {
        List<GrayPicture> series = [.. PhantomSlices.Series];
        TamperedPicture tampered = LocalTampering.Apply(series[4], series[6], TamperKind.Splice, 12)!;
        series[4] = tampered.Picture;

        IReadOnlyList<LocalFinding> findings = SliceConsistency.Examine(series);

        Assert.Contains(findings, finding => finding is { Code: SliceConsistency.SharedCode, Frame: 4 } && LocalEvaluation.IntersectionOverUnion(finding.Area, tampered.Box) > 0.3);
        Assert.Contains(findings, finding => finding is { Code: SliceConsistency.SharedCode, Frame: 6 });
    }

    [Fact]
    public void A_slice_that_occurs_twice_is_found()
    {
        List<GrayPicture> series = [.. PhantomSlices.Series];
        series[5] = series[2];

        Assert.Contains(SliceConsistency.Examine(series), finding => finding is { Code: SliceConsistency.SharedCode, Frame: 5 } && finding.Area.Width > 200);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_part_without_noise_is_found_in_its_slice(int seed)
    {
        List<GrayPicture> series = [.. PhantomSlices.Series];
        TamperedPicture tampered = LocalTampering.Apply(series[4], null, TamperKind.InpaintDiffusion, seed)!;
        series[4] = tampered.Picture;

        IReadOnlyList<LocalFinding> findings = SliceConsistency.Examine(series);

        Assert.Contains(findings, finding => finding is { Code: SliceConsistency.NoiseCode, Frame: 4 } && LocalEvaluation.IntersectionOverUnion(finding.Area, tampered.Box) > 0.3);
        Assert.All(findings, finding => Assert.Equal(4, finding.Frame));
    }

    [Fact]
    public void Nothing_one_slice_and_slices_of_other_sizes_are_taken()
    {
        Assert.Empty(SliceConsistency.Examine([]));
        Assert.Empty(SliceConsistency.Examine([PhantomSlices.Series[0]]));
        Assert.Empty(SliceConsistency.Examine([PhantomSlices.Series[0], PhantomSlices.Series[0].Crop(0, 0, 100, 100), PhantomSlices.Series[1]]));
    }
}
