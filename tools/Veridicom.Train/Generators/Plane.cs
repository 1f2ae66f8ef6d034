using Veridicom.Forensics;

namespace Veridicom.Train.Generators;

/// <summary>What generators do to pictures between input and output, where values are not rounded. Edges repeat.</summary>
internal static class Plane
{
    /// <summary>Of new values.</summary>
    public static GrayPicture Of(int rows, int columns, Func<int, int, float> value)
    {
        var values = new float[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++) values[row * columns + column] = value(row, column);
        }
        return new GrayPicture(rows, columns, values, 256);
    }

    /// <summary>Two of the same size, value by value.</summary>
    public static GrayPicture Combine(GrayPicture one, GrayPicture other, Func<float, float, float> combined)
    {
        ReadOnlySpan<float> a = one.Values, b = other.Values;
        var values = new float[a.Length];
        for (int i = 0; i < values.Length; i++) values[i] = combined(a[i], b[i]);
        return new GrayPicture(one.Rows, one.Columns, values, 256);
    }

    /// <summary>As a file holds it: whole numbers from 0 to 255.</summary>
    public static GrayPicture Rounded(GrayPicture picture)
    {
        var values = new float[picture.Values.Length];
        for (int i = 0; i < values.Length; i++) values[i] = Math.Clamp(MathF.Round(picture.Values[i]), 0, 255);
        return new GrayPicture(picture.Rows, picture.Columns, values, 256);
    }

    /// <summary>Smoothed by a bell curve of this standard deviation in pixels.</summary>
    public static GrayPicture Smooth(GrayPicture picture, double sigma)
    {
        int reach = Math.Max(1, (int)Math.Ceiling(3 * sigma));
        var kernel = new float[2 * reach + 1];
        for (int i = -reach; i <= reach; i++) kernel[i + reach] = (float)Math.Exp(-i * i / (2 * sigma * sigma));
        float sum = kernel.Sum();
        for (int i = 0; i < kernel.Length; i++) kernel[i] /= sum;
        return Separable(picture, kernel);
    }

    /// <summary>Convolved by the same odd kernel along rows and along columns.</summary>
    public static GrayPicture Separable(GrayPicture picture, float[] kernel)
    {
        int rows = picture.Rows, columns = picture.Columns, reach = kernel.Length / 2;
        var across = new float[rows * columns];
        var line = new float[columns + 2 * reach];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> source = picture.Row(row);
            line.AsSpan(0, reach).Fill(source[0]);
            source.CopyTo(line.AsSpan(reach));
            line.AsSpan(reach + columns).Fill(source[^1]);
            Span<float> target = across.AsSpan(row * columns, columns);
            for (int k = 0; k < kernel.Length; k++)
            {
                float weight = kernel[k];
                for (int column = 0; column < columns; column++) target[column] += weight * line[column + k];
            }
        }
        var both = new float[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            Span<float> target = both.AsSpan(row * columns, columns);
            for (int k = 0; k < kernel.Length; k++)
            {
                float weight = kernel[k];
                ReadOnlySpan<float> source = across.AsSpan(Math.Clamp(row + k - reach, 0, rows - 1) * columns, columns);
                for (int column = 0; column < columns; column++) target[column] += weight * source[column];
            }
        }
        return new GrayPicture(rows, columns, both, 256);
    }

    /// <summary>A larger picture: each value weighs the four (<paramref name="cubic"/>: sixteen) around its place.</summary>
    public static GrayPicture Enlarged(GrayPicture picture, int rows, int columns, bool cubic)
    {
        (int[] Places, float[] Weights) down = Taps(picture.Rows, rows, cubic), across = Taps(picture.Columns, columns, cubic);
        int taps = cubic ? 4 : 2;
        var wide = new float[picture.Rows * columns];
        for (int row = 0; row < picture.Rows; row++)
        {
            ReadOnlySpan<float> source = picture.Row(row);
            for (int column = 0; column < columns; column++)
            {
                float sum = 0;
                for (int t = 0; t < taps; t++) sum += across.Weights[column * taps + t] * source[across.Places[column * taps + t]];
                wide[row * columns + column] = sum;
            }
        }
        var values = new float[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            Span<float> target = values.AsSpan(row * columns, columns);
            for (int t = 0; t < taps; t++)
            {
                float weight = down.Weights[row * taps + t];
                ReadOnlySpan<float> source = wide.AsSpan(down.Places[row * taps + t] * columns, columns);
                for (int column = 0; column < columns; column++) target[column] += weight * source[column];
            }
        }
        return new GrayPicture(rows, columns, values, 256);
    }

    private static (int[] Places, float[] Weights) Taps(int small, int large, bool cubic)
    {
        int taps = cubic ? 4 : 2;
        var places = new int[large * taps];
        var weights = new float[large * taps];
        for (int i = 0; i < large; i++)
        {
            double at = (i + 0.5) * small / large - 0.5;
            int first = (int)Math.Floor(at) - (cubic ? 1 : 0);
            for (int t = 0; t < taps; t++)
            {
                places[i * taps + t] = Math.Clamp(first + t, 0, small - 1);
                weights[i * taps + t] = (float)Weight(Math.Abs(at - first - t), cubic);
            }
        }
        return (places, weights);
    }

    // Cubic: the kernel of Keys with a = -0.5.
    private static double Weight(double far, bool cubic) => !cubic ? Math.Max(0, 1 - far)
        : far < 1 ? (1.5 * far - 2.5) * far * far + 1
        : far < 2 ? ((-0.5 * far + 2.5) * far - 4) * far + 2 : 0;

    /// <summary>Normal noise of deviation 1, independent from pixel to pixel.</summary>
    public static GrayPicture Noise(int rows, int columns, SeededRandom random) => Of(rows, columns, (_, _) => (float)random.Normal());

    /// <summary>How strongly a picture of mean 0 swings around each place: the root of its smoothed square.</summary>
    public static GrayPicture Strength(GrayPicture swings, double sigma) =>
        Combine(Smooth(Combine(swings, swings, (a, b) => a * b), sigma), swings, (square, _) => MathF.Sqrt(Math.Max(square, 0)));
}
