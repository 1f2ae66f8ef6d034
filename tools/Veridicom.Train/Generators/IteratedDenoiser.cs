using Veridicom.Forensics;

namespace Veridicom.Train.Generators;

/// <summary>
/// A small relative of diffusion: the blurred image under strong noise, denoised and given less noise again, step by step. The denoiser shrinks what is weak among the
/// frequencies of overlapping patches of 8 x 8.
/// </summary>
internal sealed class IteratedDenoiser : SimulatedGenerator
{
    private static readonly float[] Cosines = [.. Enumerable.Range(0, 64).Select(i => (float)((i < 8 ? Math.Sqrt(0.125) : 0.5) * Math.Cos((2 * (i % 8) + 1) * (i / 8) * Math.PI / 16)))];

    public override string Name => "iterated-denoiser";

    protected override GrayPicture Synthesise(GrayPicture real, SeededRandom random)
    {
        int steps = 3 + random.Below(3);
        double first = random.Between(6, 20), last = random.Between(0.3, 2), strictness = random.Between(1.2, 2.5);
        GrayPicture picture = Plane.Smooth(real, random.Between(0.5, 2));
        for (int step = 0; step < steps; step++)
        {
            float level = (float)(first * Math.Pow(last / first, step / (double)(steps - 1)));
            GrayPicture noisy = Plane.Combine(picture, Plane.Noise(real.Rows, real.Columns, random), (value, noise) => value + level * noise);
            picture = Denoised(noisy, (float)strictness * level);
        }
        float rest = (float)(last * random.Between(0.2, 1));
        return Plane.Combine(picture, Plane.Noise(real.Rows, real.Columns, random), (value, noise) => value + rest * noise);
    }

    private static GrayPicture Denoised(GrayPicture picture, float threshold) => Patches.Remade(picture, patch =>
    {
        Span<float> half = stackalloc float[64];
        Multiply(patch, half, forward: true);
        Multiply(half, patch, forward: true);
        for (int i = 1; i < 64; i++)
        {
            float size = Math.Abs(patch[i]);
            // smooth shrinkage: weak goes, strong stays
            patch[i] *= size * size / (size * size + threshold * threshold);
        }
        Multiply(patch, half, forward: false);
        Multiply(half, patch, forward: false);
    });

    /// <summary>One of the two passes of a cosine transform; it transposes, so that two passes are the whole of it.</summary>
    private static void Multiply(ReadOnlySpan<float> from, Span<float> to, bool forward)
    {
        for (int y = 0; y < 8; y++)
        {
            for (int u = 0; u < 8; u++)
            {
                float sum = 0;
                for (int x = 0; x < 8; x++) sum += (forward ? Cosines[u * 8 + x] : Cosines[x * 8 + u]) * from[y * 8 + x];
                to[u * 8 + y] = sum;
            }
        }
    }
}
