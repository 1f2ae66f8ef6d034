using System.Runtime.Intrinsics;
using Veridicom.Forensics;

namespace Veridicom.Train.Generators;

/// <summary>
/// A small relative of diffusion: the blurred image under strong noise, denoised and given less noise again, step by step. The denoiser shrinks what is weak among the
/// frequencies of overlapping patches of 8 x 8.
/// </summary>
internal sealed class IteratedDenoiser : SimulatedGenerator
{
    // Eight at a time: the rows of the transform, and of its transpose.
    private static readonly Vector256<float>[] Rows = [.. Enumerable.Range(0, 8).Select(u => Vector256.Create([.. Enumerable.Range(0, 8).Select(x => Cosine(u, x))]))];
    private static readonly Vector256<float>[] Columns = [.. Enumerable.Range(0, 8).Select(x => Vector256.Create([.. Enumerable.Range(0, 8).Select(u => Cosine(u, x))]))];

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
        Multiply(patch, Columns, Rows);
        for (int i = 1; i < 64; i++)
        {
            float size = Math.Abs(patch[i]);
            // smooth shrinkage: weak goes, strong stays
            patch[i] *= size * size / (size * size + threshold * threshold);
        }
        Multiply(patch, Rows, Columns);
    });

    /// <summary>The patch times one matrix from the right and its transpose from the left: the cosine transform, or its inverse. Products are not fused, so that all machines agree.</summary>
    private static void Multiply(Span<float> patch, Vector256<float>[] right, Vector256<float>[] left)
    {
        Span<Vector256<float>> half = stackalloc Vector256<float>[8];
        for (int y = 0; y < 8; y++)
        {
            Vector256<float> sum = right[0] * patch[y * 8];
            for (int x = 1; x < 8; x++) sum += right[x] * patch[y * 8 + x];
            half[y] = sum;
        }
        for (int v = 0; v < 8; v++)
        {
            Vector256<float> sum = half[0] * left[v][0];
            for (int y = 1; y < 8; y++) sum += half[y] * left[v][y];
            sum.CopyTo(patch[(v * 8)..]);
        }
    }

    private static float Cosine(int u, int x) => (float)((u == 0 ? Math.Sqrt(0.125) : 0.5) * Math.Cos((2 * x + 1) * u * Math.PI / 16));
}
