using Veridicom.Forensics;
using Veridicom.Train.Generators;

namespace Veridicom.Train.Degradations;

/// <summary>
/// What devices and archives of hospitals never seen may do to images, for training only. Two sources of real images are few: a model that knows no others takes
/// their processing for what makes an image real.
/// </summary>
internal static class OtherSources
{
    /// <summary>Another size, edges enhanced as viewing stations do it, another curve of brightness, black for white, another compression. For both classes.</summary>
    public static Degradation Reprocessed { get; } = new("mixed-reprocessed", (picture, random) =>
    {
        double smaller = random.Between(0.4, 1), larger = random.Between(1, 1.3), sigma = random.Between(0.7, 4), gamma = random.Between(0.6, 1.6);
        float gain = (float)random.Between(0.3, 2.5);
        int size = random.Below(10), quality = 70 + random.Below(28);
        bool sharper = random.Fraction() < 0.45, curved = random.Fraction() < 0.5, inverted = random.Fraction() < 0.3, compressed = random.Fraction() < 0.5;
        GrayPicture result = size < 7 ? Smaller(picture, smaller) : Plane.Enlarged(picture, (int)(picture.Rows * larger), (int)(picture.Columns * larger), size == 9);
        if (sharper) result = Plane.Combine(result, Plane.Smooth(result, sigma), (value, smooth) => value + gain * (value - smooth));
        result = Degradation.Map(result, value => (float)(255 * Math.Pow(Math.Clamp((inverted ? 255 - value : value) / 255, 0, 1), curved ? gamma : 1)));
        return compressed ? Degradation.Jpeg(result, quality) : result;
    });

    /// <summary>A low dose: more noise of a detector or of film, as strong everywhere or by the law of photons, white or blurred. For real images, which stay real with it.</summary>
    public static Degradation LowDose { get; } = new("mixed-low-dose", (picture, random) =>
    {
        double smaller = random.Between(0.5, 1), blur = random.Between(0, 1.2);
        float level = (float)Math.Exp(random.Between(0, Math.Log(8)));
        int quality = 75 + random.Below(23);
        bool photons = random.Fraction() < 0.5, compressed = random.Fraction() < 0.5;
        GrayPicture result = Smaller(picture, smaller), noise = Plane.Noise(result.Rows, result.Columns, random);
        // a blurred noise is weaker: brought back to deviation 1
        float scale = blur > 0.3 ? (float)(2 * Math.Sqrt(Math.PI) * blur) : 1;
        if (blur > 0.3) noise = Plane.Smooth(noise, blur);
        result = Plane.Combine(result, noise, (value, n) => value + level * scale * n * (photons ? MathF.Sqrt(Math.Clamp(value, 4, 255) / 128) : 1));
        result = Plane.Rounded(result);
        return compressed ? Degradation.Jpeg(result, quality) : result;
    });

    private static GrayPicture Smaller(GrayPicture picture, double factor) =>
        Degradation.Reduced(picture, Math.Clamp((int)(picture.Rows * factor), Math.Min(picture.Rows, 160), picture.Rows), Math.Clamp((int)(picture.Columns * factor), Math.Min(picture.Columns, 160), picture.Columns));
}
