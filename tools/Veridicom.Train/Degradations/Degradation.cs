using Veridicom.Forensics;
using Veridicom.Pixels.Jpeg;

namespace Veridicom.Train.Degradations;

/// <summary>What happens to images on their way, to real ones and generated ones alike.</summary>
/// <param name="Name">As tables name it.</param>
/// <param name="Apply">Of a picture of 8 bits another of 8 bits. Chance comes from the source given only.</param>
internal sealed record Degradation(string Name, Func<GrayPicture, SeededRandom, GrayPicture> Apply)
{
    /// <summary>As it is.</summary>
    public static Degradation Clean { get; } = new("clean", (picture, _) => picture);

    /// <summary>What is measured and promised: as it is, JPEG of quality 90 and 75, half as wide and high.</summary>
    public static IReadOnlyList<Degradation> Measured { get; } =
    [
        Clean,
        new("jpeg-90", (picture, _) => Jpeg(picture, 90)),
        new("jpeg-75", (picture, _) => Jpeg(picture, 75)),
        new("half-size", (picture, _) => Half(picture)),
    ];

    /// <summary>For training only: any JPEG quality, any size from half to whole, a change of brightness, in the order in which portals do it.</summary>
    public static Degradation Mixed { get; } = new("mixed", (picture, random) =>
    {
        double smaller = random.Between(0.5, 1), gamma = Math.Exp(random.Between(-0.35, 0.35)), gain = random.Between(0.75, 1.1);
        int quality = 55 + random.Below(44);
        GrayPicture result = random.Below(2) == 0 ? picture : Reduced(picture, Math.Max(1, (int)(picture.Rows * smaller)), Math.Max(1, (int)(picture.Columns * smaller)));
        if (random.Below(2) == 0) result = Map(result, value => (float)(255 * gain * Math.Pow(value / 255, gamma)));
        return random.Below(3) == 0 ? result : Jpeg(result, quality);
    });

    /// <summary>Encoded and decoded again.</summary>
    public static GrayPicture Jpeg(GrayPicture picture, int quality)
    {
        byte[] samples = new byte[picture.Values.Length];
        for (int i = 0; i < samples.Length; i++) samples[i] = (byte)Math.Clamp(MathF.Round(picture.Values[i]), 0, 255);
        JpegPicture decoded = JpegPicture.Read(JpegWriter.Write(picture.Rows, picture.Columns, 1, samples, quality));
        ReadOnlySpan<byte> pixels = decoded.Pixels;
        var values = new float[pixels.Length];
        for (int i = 0; i < values.Length; i++) values[i] = pixels[i];
        return new GrayPicture(decoded.Rows, decoded.Columns, values, 256);
    }

    /// <summary>Half as many rows and columns: each value the mean of four, rounded; an odd last row or column is left out.</summary>
    public static GrayPicture Half(GrayPicture picture)
    {
        int rows = Math.Max(1, picture.Rows / 2), columns = Math.Max(1, picture.Columns / 2);
        return Reduced(picture.Crop(0, 0, Math.Min(2 * rows, picture.Rows), Math.Min(2 * columns, picture.Columns)), rows, columns);
    }

    /// <summary>A smaller picture by area averaging: each value is the mean of what lies under it, with parts of pixels counted as parts.</summary>
    /// <exception cref="ArgumentException">Larger than the picture, or nothing.</exception>
    public static GrayPicture Reduced(GrayPicture picture, int rows, int columns)
    {
        if (rows < 1 || columns < 1 || rows > picture.Rows || columns > picture.Columns) throw new ArgumentException("at least one pixel, and no more than the picture has");
        (int From, float[] Weights)[] down = Shares(picture.Rows, rows), across = Shares(picture.Columns, columns);
        var values = new float[rows * columns];
        var line = new float[columns];
        for (int row = 0; row < rows; row++)
        {
            Span<float> sums = values.AsSpan(row * columns, columns);
            for (int i = 0; i < down[row].Weights.Length; i++)
            {
                ReadOnlySpan<float> source = picture.Row(down[row].From + i);
                for (int column = 0; column < columns; column++)
                {
                    float sum = 0;
                    (int from, float[] weights) = across[column];
                    for (int j = 0; j < weights.Length; j++) sum += weights[j] * source[from + j];
                    line[column] = sum;
                }
                for (int column = 0; column < columns; column++) sums[column] += down[row].Weights[i] * line[column];
            }
            for (int column = 0; column < columns; column++) sums[column] = MathF.Round(sums[column]);
        }
        return new GrayPicture(rows, columns, values, picture.Levels);
    }

    private static (int From, float[] Weights)[] Shares(int large, int small)
    {
        var shares = new (int, float[])[small];
        for (int i = 0; i < small; i++)
        {
            double start = (double)i * large / small, end = (double)(i + 1) * large / small;
            int first = (int)start, last = Math.Min(large, (int)Math.Ceiling(end - 1e-9));
            var weights = new float[Math.Max(1, last - first)];
            for (int j = 0; j < weights.Length; j++) weights[j] = (float)((Math.Min(end, first + j + 1) - Math.Max(start, first + j)) / (end - start));
            shares[i] = (first, weights);
        }
        return shares;
    }

    /// <summary>Each value by itself, rounded and kept within 8 bits.</summary>
    public static GrayPicture Map(GrayPicture picture, Func<float, float> change)
    {
        var values = new float[picture.Values.Length];
        for (int i = 0; i < values.Length; i++) values[i] = Math.Clamp(MathF.Round(change(picture.Values[i])), 0, 255);
        return new GrayPicture(picture.Rows, picture.Columns, values, 256);
    }
}
