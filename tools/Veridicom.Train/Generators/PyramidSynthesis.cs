using Veridicom.Forensics;
using Veridicom.Train.Degradations;

namespace Veridicom.Train.Generators;

/// <summary>
/// Coarse structure of the image, with finer bands invented one after the other as a cascade of super-resolution networks does: each band is noise, shaped by a random
/// kernel and as strong, place by place, as the band of the real image was.
/// </summary>
internal sealed class PyramidSynthesis : SimulatedGenerator
{
    public override string Name => "pyramid-synthesis";

    protected override GrayPicture Synthesise(GrayPicture real, SeededRandom random)
    {
        int bands = 1 + random.Below(3);
        var pyramid = new List<GrayPicture> { real };
        for (int i = 0; i < bands; i++) pyramid.Add(Degradation.Reduced(pyramid[^1], Math.Max(1, pyramid[^1].Rows / 2), Math.Max(1, pyramid[^1].Columns / 2)));
        GrayPicture picture = pyramid[^1];
        for (int i = bands - 1; i >= 0; i--)
        {
            GrayPicture target = pyramid[i], enlarged = Plane.Enlarged(picture, target.Rows, target.Columns, cubic: true);
            GrayPicture original = Plane.Enlarged(pyramid[i + 1], target.Rows, target.Columns, cubic: true);
            GrayPicture strength = Plane.Strength(Plane.Combine(target, original, (a, b) => a - b), random.Between(2, 5));
            float middle = (float)random.Between(0.2, 1.2), kept = (float)random.Between(0, 0.6), gain = (float)random.Between(0.6, 1.1);
            GrayPicture noise = Plane.Separable(Plane.Noise(target.Rows, target.Columns, random), Shape(middle));
            GrayPicture detail = Plane.Combine(noise, strength, (n, s) => n * s * gain);
            GrayPicture band = Plane.Combine(target, original, (a, b) => kept * (a - b));
            picture = Plane.Combine(enlarged, Plane.Combine(detail, band, (a, b) => a + MathF.Sqrt(1 - kept) * b), (a, b) => a + b);
        }
        return picture;
    }

    // Of unit energy, so that the noise keeps its deviation.
    private static float[] Shape(float side)
    {
        float norm = MathF.Sqrt(1 + 2 * side * side / 9);
        return [side / 3 / norm, 1 / norm, side / 3 / norm];
    }
}
