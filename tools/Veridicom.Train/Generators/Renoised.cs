using Veridicom.Forensics;

namespace Veridicom.Train.Generators;

/// <summary>The image without its own noise, and with noise of another kind: white or a little smoothed, the same everywhere or following brightness by the wrong law.</summary>
internal sealed class Renoised : SimulatedGenerator
{
    public override string Name => "renoised";

    protected override GrayPicture Synthesise(GrayPicture real, SeededRandom random)
    {
        double sigma = random.Between(0.8, 2.5);
        GrayPicture smooth = Plane.Smooth(real, sigma), residual = Plane.Combine(real, smooth, (a, b) => a - b), strength = Plane.Strength(residual, 4);
        double[] sorted = [.. strength.Values.ToArray().Select(value => (double)value)];
        Array.Sort(sorted);
        // edges stay: where the residual swings more than noise does, part of it is kept (a local Wiener filter)
        float noise = (float)sorted[sorted.Length / 2], square = Math.Max(noise * noise, 0.01f);
        GrayPicture kept = Plane.Combine(residual, strength, (r, s) => r * Math.Max(0, s * s - square) / (s * s + 1e-3f));
        GrayPicture clean = Plane.Combine(smooth, kept, (a, b) => a + b);
        float level = noise * (float)random.Between(0.2, 1.1), power = random.Below(2) == 0 ? 0 : (float)random.Between(-0.5, 1);
        GrayPicture white = Plane.Noise(real.Rows, real.Columns, random);
        GrayPicture made = random.Below(2) == 0 ? white : Plane.Smooth(white, random.Between(0.35, 0.7));
        return Plane.Combine(clean, made, (value, n) => value + level * MathF.Pow(Math.Clamp(value, 8, 255) / 128, power) * n);
    }
}
