namespace Veridicom.Cli.Demo;

/// <summary>
/// What a scanner adds to the anatomy: blur of the reconstruction kernel, and quantum noise whose strength follows the attenuation of the rays through
/// each point and whose texture is that of filtered back-projection: neighbours alike, slow variations suppressed.
/// </summary>
internal static class PhantomNoise
{
    private const double WaterPerMm = 0.0195; // linear attenuation at 120 kVp
    private const double CentreNoise = 13; // HU behind a path of ReferencePath
    private const double ReferencePath = 4.3; // mean attenuation through the middle of a chest

    // A white field of variance 1 comes out of Texture with this standard deviation.
    private static readonly float Gain = Measure();

    /// <summary>Blurs the slice by about one pixel.</summary>
    public static void Blur(float[] values, int size)
    {
        float[] spare = new float[values.Length];
        Smooth3(values, spare, size);
    }

    /// <summary>Adds noise to the slice.</summary>
    public static void Add(PhantomCanvas canvas, double fieldOfView, PhantomRandom random)
    {
        int size = canvas.Size;
        float[] values = canvas.Values;
        float[] noise = new float[values.Length];
        for (int i = 0; i < noise.Length; i++) noise[i] = random.Normal();
        Texture(noise, size);

        float[] across = new float[size], down = new float[size];
        double step = fieldOfView / size * WaterPerMm / 1000;
        for (int row = 0; row < size; row++)
        {
            ReadOnlySpan<float> line = values.AsSpan(row * size, size);
            double sum = 0;
            for (int column = 0; column < size; column++)
            {
                double density = Math.Max(0, line[column] + 1000) * step;
                sum += density;
                down[column] += (float)density;
            }
            across[row] = (float)sum;
        }
        // The variance of a reconstructed point is the mean of exp(path) over the rays through it: here those along its row and column.
        float[] rowPart = [.. across.Select(Strength)], columnPart = [.. down.Select(Strength)];
        for (int row = 0; row < size; row++)
        {
            for (int column = 0; column < size; column++)
            {
                int at = row * size + column;
                values[at] += noise[at] * MathF.Sqrt(rowPart[row] + columnPart[column]);
            }
        }
    }

    // Half of the variance that a ray of this attenuation brings. The square root of exp: rays at other angles even it out.
    private static float Strength(float path)
    {
        double x = 1 + (path - ReferencePath) / 2 / 1024;
        for (int i = 0; i < 10; i++) x *= x;
        return (float)(CentreNoise * CentreNoise / 2 * x);
    }

    // A band-pass: a narrow blur less a wide one.
    private static void Texture(float[] field, int size)
    {
        float[] wide = new float[field.Length], spare = new float[field.Length];
        Smooth3(field, spare, size);
        field.CopyTo(wide, 0);
        Smooth5(wide, spare, size);
        Smooth5(wide, spare, size);
        for (int i = 0; i < field.Length; i++) field[i] = (field[i] - wide[i]) * Gain;
    }

    private static float Measure()
    {
        const int size = 32;
        float[] impulse = new float[size * size], wide = new float[size * size], spare = new float[size * size];
        impulse[size * size / 2 + size / 2] = 1;
        Smooth3(impulse, spare, size);
        impulse.CopyTo(wide, 0);
        Smooth5(wide, spare, size);
        Smooth5(wide, spare, size);
        double energy = 0;
        for (int i = 0; i < impulse.Length; i++) energy += (impulse[i] - wide[i]) * (double)(impulse[i] - wide[i]);
        return (float)(1 / Math.Sqrt(energy));
    }

    // 1 2 1 along rows and columns; the edge repeats.
    private static void Smooth3(float[] field, float[] spare, int size)
    {
        for (int row = 0; row < size; row++)
        {
            ReadOnlySpan<float> from = field.AsSpan(row * size, size);
            Span<float> to = spare.AsSpan(row * size, size);
            to[0] = from[0];
            to[size - 1] = from[size - 1];
            for (int i = 1; i < size - 1; i++) to[i] = 0.25f * (from[i - 1] + from[i + 1]) + 0.5f * from[i];
        }
        for (int row = 0; row < size; row++)
        {
            ReadOnlySpan<float> above = Line(spare, row - 1, size), at = Line(spare, row, size), below = Line(spare, row + 1, size);
            Span<float> to = field.AsSpan(row * size, size);
            for (int i = 0; i < to.Length; i++) to[i] = 0.25f * (above[i] + below[i]) + 0.5f * at[i];
        }
    }

    // 1 4 6 4 1 along rows and columns.
    private static void Smooth5(float[] field, float[] spare, int size)
    {
        for (int row = 0; row < size; row++)
        {
            ReadOnlySpan<float> from = field.AsSpan(row * size, size);
            Span<float> to = spare.AsSpan(row * size, size);
            to[0] = from[0];
            to[1] = from[1];
            to[size - 2] = from[size - 2];
            to[size - 1] = from[size - 1];
            for (int i = 2; i < size - 2; i++) to[i] = 0.0625f * (from[i - 2] + from[i + 2]) + 0.25f * (from[i - 1] + from[i + 1]) + 0.375f * from[i];
        }
        for (int row = 0; row < size; row++)
        {
            ReadOnlySpan<float> a = Line(spare, row - 2, size), b = Line(spare, row - 1, size), c = Line(spare, row, size);
            ReadOnlySpan<float> d = Line(spare, row + 1, size), e = Line(spare, row + 2, size);
            Span<float> to = field.AsSpan(row * size, size);
            for (int i = 0; i < to.Length; i++) to[i] = 0.0625f * (a[i] + e[i]) + 0.25f * (b[i] + d[i]) + 0.375f * c[i];
        }
    }

    private static ReadOnlySpan<float> Line(float[] field, int row, int size) => field.AsSpan(Math.Clamp(row, 0, size - 1) * size, size);
}
