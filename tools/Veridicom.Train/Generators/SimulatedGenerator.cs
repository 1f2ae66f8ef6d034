using Veridicom.Forensics;

namespace Veridicom.Train.Generators;

/// <summary>
/// Stands in for a generator that nobody has shown us: takes a real image and makes its pixels anew the way networks do, so that what is learned from it is the traces
/// of synthesis and not the subject. What is kept of the real image is coarse; what is new is fine.
/// </summary>
internal abstract class SimulatedGenerator
{
    /// <summary>As tables name it.</summary>
    public abstract string Name { get; }

    /// <summary>All of them, in the order in which images are dealt out to them.</summary>
    public static IReadOnlyList<SimulatedGenerator> All { get; } =
        [new UpSampler(), new TransposedConvolution(), new PyramidSynthesis(), new Renoised(), new Quilt(), new PatchAutoEncoder(), new PhaseSynthesis(), new IteratedDenoiser()];

    /// <summary>A new image of the same size in 8 bits; all chance comes from the source given.</summary>
    public GrayPicture Make(GrayPicture real, SeededRandom random) => Plane.Rounded(Synthesise(real, random));

    /// <summary>The new image before it is rounded.</summary>
    protected abstract GrayPicture Synthesise(GrayPicture real, SeededRandom random);
}
