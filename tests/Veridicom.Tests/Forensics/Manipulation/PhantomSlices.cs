using Veridicom.Cli.Demo;
using Veridicom.Forensics;

namespace Veridicom.Tests.Forensics.Manipulation;

/// <summary>CT slices that are computed, so that nobody's are needed.</summary>
internal static class PhantomSlices
{
    private static readonly Lazy<IReadOnlyList<GrayPicture>> Made = new(() => [.. Enumerable.Range(0, 9).Select(i => Slice(1, i))]);

    /// <summary>Nine slices in order.</summary>
    public static IReadOnlyList<GrayPicture> Series => Made.Value;

    /// <summary>One slice.</summary>
    public static GrayPicture Slice(int seed, int index)
    {
        short[] samples = PhantomStudy.Samples(index, new PhantomOptions { Seed = seed, Slices = 9, Size = 384, SliceSpacing = 2.5 });
        return new GrayPicture(384, 384, [.. samples.Select(sample => (float)sample)], 65536);
    }
}
