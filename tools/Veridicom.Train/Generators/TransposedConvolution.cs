using Veridicom.Forensics;
using Veridicom.Train.Degradations;

namespace Veridicom.Train.Generators;

/// <summary>
/// The last stages of a decoder: one to three doublings by transposed convolution (stride 2) with a random kernel of 3 x 3 or 4 x 4, each followed by noise that the next
/// stage spreads. Where kernels overlap unevenly the known checkerboard is left.
/// </summary>
internal sealed class TransposedConvolution : SimulatedGenerator
{
    public override string Name => "transposed-convolution";

    protected override GrayPicture Synthesise(GrayPicture real, SeededRandom random)
    {
        int stages = 1 + random.Below(3);
        int unit = 1 << stages, rows = Math.Max(1, real.Rows / unit), columns = Math.Max(1, real.Columns / unit);
        GrayPicture coarse = Degradation.Reduced(real, Math.Min(rows, real.Rows), Math.Min(columns, real.Columns));
        GrayPicture picture = coarse;
        for (int stage = 0; stage < stages; stage++)
        {
            GrayPicture doubled = Doubled(picture, Kernel(3 + random.Below(2), random));
            // noise follows the structure, as details that a network invents do
            GrayPicture strength = Plane.Strength(Plane.Combine(doubled, Plane.Smooth(doubled, 1.5), (a, b) => a - b), 3);
            float share = (float)random.Between(0.2, 0.9), floor = (float)random.Between(0.1, 1.2);
            GrayPicture noise = Plane.Combine(Plane.Noise(doubled.Rows, doubled.Columns, random), strength, (n, s) => n * (floor + share * s));
            picture = Plane.Combine(doubled, noise, (a, b) => a + b);
        }
        return Plane.Of(real.Rows, real.Columns, (row, column) => picture.Row(Math.Min(row, picture.Rows - 1))[Math.Min(column, picture.Columns - 1)]);
    }

    /// <summary>A bell that chance bends; each of the four phases sums to nearly 1, as training makes them.</summary>
    private static float[,] Kernel(int side, SeededRandom random)
    {
        var kernel = new float[side, side];
        double width = random.Between(0.6, 1.3), roughness = random.Between(0.02, 0.2);
        Span<float> sums = stackalloc float[4];
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
            {
                double dy = y - (side - 1) / 2.0, dx = x - (side - 1) / 2.0;
                kernel[y, x] = (float)(Math.Exp(-(dx * dx + dy * dy) / (2 * width * width)) * (1 + roughness * random.Normal()));
                sums[y % 2 * 2 + x % 2] += kernel[y, x];
            }
        }
        double uneven = random.Between(0, 0.02);
        Span<float> scales = stackalloc float[4];
        for (int i = 0; i < 4; i++) scales[i] = (float)(1 + uneven * random.Normal()) / sums[i];
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++) kernel[y, x] *= scales[y % 2 * 2 + x % 2];
        }
        return kernel;
    }

    private static GrayPicture Doubled(GrayPicture picture, float[,] kernel)
    {
        int rows = 2 * picture.Rows, columns = 2 * picture.Columns, side = kernel.GetLength(0);
        return Plane.Of(rows, columns, (row, column) =>
        {
            float sum = 0;
            for (int y = row % 2; y < side; y += 2)
            {
                ReadOnlySpan<float> source = picture.Row(Math.Clamp((row - y) / 2 + (side > 3 ? 1 : 0), 0, picture.Rows - 1));
                for (int x = column % 2; x < side; x += 2) sum += kernel[y, x] * source[Math.Clamp((column - x) / 2 + (side > 3 ? 1 : 0), 0, picture.Columns - 1)];
            }
            return sum;
        });
    }
}
