using Veridicom.Forensics;
using Veridicom.Train.Degradations;
using Veridicom.Train.Tampering;

namespace Veridicom.Train.Local;

/// <summary>
/// Of one slice others, as another scanner, kernel, field of view or window would have given it: so that few series stand for many. The whole slice is treated alike, before
/// anything in it is changed.
/// </summary>
internal static class SliceVariety
{
    /// <summary>Another slice by chance.</summary>
    public static GrayPicture Vary(GrayPicture picture, SeededRandom random)
    {
        GrayPicture result = Turned(picture, random.Below(8));
        if (random.Fraction() < 0.4) result = Zoomed(result, random.Between(0.75, 1.6), random);
        if (random.Fraction() < 0.5) result = Sharpened(result, random.Between(-0.6, 1.2), random.Between(0.7, 1.6));
        if (random.Fraction() < 0.5) result = Noised(result, random);
        if (result.Levels > 256 && random.Fraction() < 0.5) result = Windowed(result, random);
        else if (result.Levels > 256 && random.Fraction() < 0.3) result = Mapped(result, value => value * (float)random.Between(0.999, 1.001), result.Levels);
        return result;
    }

    /// <summary>In 8 bits: a window around soft tissue or lung, by chance.</summary>
    public static GrayPicture Windowed(GrayPicture picture, SeededRandom random)
    {
        float[] sorted = picture.Values.ToArray();
        Array.Sort(sorted);
        // stored values have an unknown intercept: the body's median lies within soft tissue or lung, and windows are 350 to 2000 wide
        float centre = sorted[(int)(sorted.Length * random.Between(0.55, 0.8))], width = (float)random.Between(350, 2000);
        return Mapped(picture, value => Math.Clamp((value - centre) / width * 255 + 127.5f, 0, 255), 256);
    }

    private static GrayPicture Mapped(GrayPicture picture, Func<float, float> map, int levels)
    {
        float[] values = picture.Values.ToArray();
        for (int i = 0; i < values.Length; i++) values[i] = MathF.Round(map(values[i]));
        return new GrayPicture(picture.Rows, picture.Columns, values, levels);
    }

    private static GrayPicture Turned(GrayPicture picture, int way)
    {
        int rows = way < 4 ? picture.Rows : picture.Columns, columns = way < 4 ? picture.Columns : picture.Rows;
        var values = new float[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                int r = (way & 1) == 0 ? row : rows - 1 - row, c = (way & 2) == 0 ? column : columns - 1 - column;
                values[row * columns + column] = way < 4 ? picture.Values[r * picture.Columns + c] : picture.Values[c * picture.Columns + r];
            }
        }
        return new GrayPicture(rows, columns, values, picture.Levels);
    }

    // The middle of the slice on as many pixels: cubic convolution.
    private static GrayPicture Zoomed(GrayPicture picture, double factor, SeededRandom random)
    {
        int rows = picture.Rows, columns = picture.Columns;
        double top = (rows - rows / factor) * random.Between(0.3, 0.7), left = (columns - columns / factor) * random.Between(0.3, 0.7);
        float[] across = new float[rows * columns], values = new float[rows * columns];
        Span<float> taps = stackalloc float[4];
        for (int column = 0; column < columns; column++)
        {
            double at = left + column / factor;
            int first = (int)Math.Floor(at) - 1;
            Cubic(at - Math.Floor(at), taps);
            for (int row = 0; row < rows; row++)
            {
                ReadOnlySpan<float> line = picture.Row(row);
                float sum = 0;
                for (int i = 0; i < 4; i++) sum += taps[i] * line[Math.Clamp(first + i, 0, columns - 1)];
                across[row * columns + column] = sum;
            }
        }
        for (int row = 0; row < rows; row++)
        {
            double at = top + row / factor;
            int first = (int)Math.Floor(at) - 1;
            Cubic(at - Math.Floor(at), taps);
            for (int column = 0; column < columns; column++)
            {
                float sum = 0;
                for (int i = 0; i < 4; i++) sum += taps[i] * across[Math.Clamp(first + i, 0, rows - 1) * columns + column];
                values[row * columns + column] = sum;
            }
        }
        return Whole(picture, values);
    }

    private static void Cubic(double t, Span<float> taps)
    {
        taps[0] = (float)(-0.5 * t * (1 - t) * (1 - t));
        taps[1] = (float)(1 + t * t * (1.5 * t - 2.5));
        taps[2] = (float)(t * (0.5 + t * (2 - 1.5 * t)));
        taps[3] = (float)(-0.5 * t * t * (1 - t));
    }

    private static GrayPicture Sharpened(GrayPicture picture, double amount, double sigma)
    {
        float[] smooth = LocalNoise.Blur(picture.Values, picture.Rows, picture.Columns, sigma);
        for (int i = 0; i < smooth.Length; i++) smooth[i] = picture.Values[i] + (float)amount * (picture.Values[i] - smooth[i]);
        return Whole(picture, smooth);
    }

    // More noise, of the texture of filtered back-projection: white noise blurred a little, without its slow part; less of it in air.
    private static GrayPicture Noised(GrayPicture picture, SeededRandom random)
    {
        int rows = picture.Rows, columns = picture.Columns;
        var white = new float[rows * columns];
        for (int i = 0; i < white.Length; i++) white[i] = (float)random.Normal();
        float[] noise = LocalNoise.Blur(white, rows, columns, random.Between(0.4, 1.1)), slow = LocalNoise.Blur(noise, rows, columns, 4);
        double energy = 0;
        for (int i = 0; i < noise.Length; i++) energy += (noise[i] - slow[i]) * (double)(noise[i] - slow[i]);
        double residue = 0;
        for (int i = columns + 1; i < noise.Length; i += 7) residue += Math.Abs(picture.Values[i] - picture.Values[i - 1]);
        float scale = (float)(random.Between(0.1, 0.8) * Math.Max(0.7, Math.Min(20, residue * 7 / noise.Length)) / Math.Sqrt(energy / noise.Length));
        float[] sorted = picture.Values.ToArray();
        Array.Sort(sorted);
        float least = sorted[0];
        for (int i = 0; i < noise.Length; i++) noise[i] = picture.Values[i] == least ? least : Math.Max(least, picture.Values[i] + scale * (noise[i] - slow[i]));
        return Whole(picture, noise);
    }

    private static GrayPicture Whole(GrayPicture picture, float[] values)
    {
        float least = float.MaxValue, most = float.MinValue;
        foreach (float value in picture.Values) (least, most) = (Math.Min(least, value), Math.Max(most, value));
        for (int i = 0; i < values.Length; i++) values[i] = Math.Clamp(MathF.Round(values[i]), least, most);
        return new GrayPicture(picture.Rows, picture.Columns, values, picture.Levels);
    }
}
