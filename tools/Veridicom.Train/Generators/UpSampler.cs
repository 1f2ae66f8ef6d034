using Veridicom.Forensics;
using Veridicom.Train.Degradations;

namespace Veridicom.Train.Generators;

/// <summary>
/// The image reduced 2 to 4 times and enlarged again: nearest, bilinear or bicubic, at once or by doubling, with what a network puts on top: sharpening and
/// noise that was enlarged in part itself.
/// </summary>
internal sealed class UpSampler : SimulatedGenerator
{
    public override string Name => "up-sampler";

    protected override GrayPicture Synthesise(GrayPicture real, SeededRandom random)
    {
        double factor = random.Between(2, 4);
        int method = random.Below(3);
        int rows = Math.Max(8, (int)(real.Rows / factor)), columns = Math.Max(8, (int)(real.Columns / factor));
        GrayPicture small = Degradation.Reduced(real, Math.Min(rows, real.Rows), Math.Min(columns, real.Columns));
        GrayPicture noisy = Noisy(small, random.Between(0.2, 2), random);
        GrayPicture large = method == 0 ? Plane.Smooth(Nearest(noisy, real.Rows, real.Columns), random.Between(0.3, 0.8)) : Plane.Enlarged(noisy, real.Rows, real.Columns, method == 2);
        float sharp = (float)random.Between(0, 1.5);
        GrayPicture sharpened = Plane.Combine(large, Plane.Smooth(large, 1), (a, b) => a + sharp * (a - b));
        return Noisy(sharpened, random.Between(0, 1.5), random);
    }

    private static GrayPicture Noisy(GrayPicture picture, double deviation, SeededRandom random)
    {
        var level = (float)deviation;
        return Plane.Combine(picture, Plane.Noise(picture.Rows, picture.Columns, random), (value, noise) => value + level * noise);
    }

    private static GrayPicture Nearest(GrayPicture small, int rows, int columns) =>
        Plane.Of(rows, columns, (row, column) => small.Row((int)((long)row * small.Rows / rows))[(int)((long)column * small.Columns / columns)]);
}
