namespace Veridicom.Forensics.Generation;

/// <summary>
/// What is left of a patch of 64 x 64 values when everything smooth is taken away, at three sizes: how strong it is, how its values hang together, and
/// whether it is strong where the next coarser one is. Keeps its buffers: one for each thread.
/// </summary>
internal sealed class PatchResidual
{
    private const int Side = PatchSpectrum.Side;
    private const float Least = 0.05f;

    /// <summary>Names of what <see cref="Measure"/> gives, in its order.</summary>
    public static readonly string[] Names =
    [
        "sigma1", "sigma2", "sigma4", "kurtosis1", "kurtosis2", "lag01", "lag10", "lag11", "lag02", "lag20", "lag22", "lag12", "half-lag01", "half-lag10", "half-lag11",
        "magnitude12", "magnitude24", "brightness1", "gradient1", "brightness2", "neighbour",
    ];

    /// <summary>Kinds of three values in a row, where a value is low, middle or high, and neither direction nor sign counts.</summary>
    public const int Kinds = 10;

    private static readonly int[] s_kindOf = KindOf();

    private readonly float[] _half = new float[32 * 32], _quarter = new float[16 * 16];
    private readonly float[] _fine = new float[62 * 62], _middle = new float[30 * 30], _coarse = new float[14 * 14];
    private readonly float[] _magnitude = new float[31 * 31], _other = new float[31 * 31];
    private readonly byte[] _level = new byte[62 * 62];

    /// <summary>Measures one patch.</summary>
    /// <param name="patch">64 x 64 values.</param>
    /// <param name="measures">As many as there are names.</param>
    /// <param name="kinds">How often each kind occurs: added to.</param>
    /// <param name="phases">Mean square of the finest residual on even and odd rows and columns: four, added to, in units of the patch's own.</param>
    public void Measure(ReadOnlySpan<float> patch, Span<double> measures, Span<double> kinds, Span<double> phases)
    {
        Halve(patch, Side, _half);
        Halve(_half, 32, _quarter);
        (double sigma1, double kurtosis1) = Residual(patch, Side, _fine);
        (double sigma2, double kurtosis2) = Residual(_half, 32, _middle);
        (double sigma4, _) = Residual(_quarter, 16, _coarse);
        int i = 0;
        measures[i++] = Math.Log(Math.Max(sigma1, Least));
        measures[i++] = Math.Log(Math.Max(sigma2, Least));
        measures[i++] = Math.Log(Math.Max(sigma4, Least));
        measures[i++] = Math.Log(1 + kurtosis1);
        measures[i++] = Math.Log(1 + kurtosis2);
        foreach ((int row, int column) in (ReadOnlySpan<(int, int)>)[(0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (2, 2), (1, 2)]) measures[i++] = Lag(_fine, 62, row, column);
        foreach ((int row, int column) in (ReadOnlySpan<(int, int)>)[(0, 1), (1, 0), (1, 1)]) measures[i++] = Lag(_middle, 30, row, column);
        measures[i++] = Magnitudes(_fine, 62, _middle, 30);
        measures[i++] = Magnitudes(_middle, 30, _coarse, 14);
        (measures[i], measures[i + 1]) = Surroundings();
        i += 2;
        measures[i++] = CoarserBrightness();
        measures[i] = Neighbours(patch);
        AddKinds((float)(0.6 * sigma1), kinds);
        AddPhases(sigma1, phases);
    }

    /// <summary>Mean of four.</summary>
    private static void Halve(ReadOnlySpan<float> values, int side, Span<float> half)
    {
        for (int row = 0; row < side; row += 2)
        {
            ReadOnlySpan<float> a = values.Slice(row * side, side), b = values.Slice((row + 1) * side, side);
            for (int column = 0; column < side; column += 2) half[row / 2 * (side / 2) + column / 2] = (a[column] + a[column + 1] + b[column] + b[column + 1]) * 0.25f;
        }
    }

    /// <summary>The difference of two Laplacians (after Immerkaer 1996): blind to planes and to straight edges along the axes. Its mean of absolute values, in the unit of white noise, and its excess over a normal distribution's fourth moment.</summary>
    private static (double Sigma, double Kurtosis) Residual(ReadOnlySpan<float> values, int side, Span<float> residual)
    {
        int inner = side - 2;
        double absolute = 0, second = 0, fourth = 0;
        for (int row = 0; row < inner; row++)
        {
            ReadOnlySpan<float> a = values.Slice(row * side, side), b = values.Slice((row + 1) * side, side), c = values.Slice((row + 2) * side, side);
            Span<float> to = residual.Slice(row * inner, inner);
            float sum1 = 0, sum2 = 0, sum4 = 0;
            for (int k = 0; k < to.Length; k++)
            {
                // Divided by 6: white noise keeps its variance.
                float r = (a[k] + a[k + 2] + c[k] + c[k + 2] - 2 * (a[k + 1] + b[k] + b[k + 2] + c[k + 1]) + 4 * b[k + 1]) * (1f / 6);
                to[k] = r;
                float square = r * r;
                sum1 += MathF.Abs(r);
                sum2 += square;
                sum4 += square * square;
            }
            absolute += sum1;
            second += sum2;
            fourth += sum4;
        }
        int count = inner * inner;
        double variance = second / count;
        return (absolute / count * Math.Sqrt(Math.PI / 2), variance < 1e-6 ? 2 : fourth / count / (variance * variance));
    }

    private static double Lag(ReadOnlySpan<float> residual, int side, int rows, int columns)
    {
        double product = 0, square = 1e-6;
        for (int row = 0; row + rows < side; row++)
        {
            ReadOnlySpan<float> a = residual.Slice(row * side, side - columns), b = residual.Slice((row + rows) * side + columns, side - columns);
            float sumAb = 0, sumAa = 0, sumBb = 0;
            for (int k = 0; k < a.Length; k++)
            {
                sumAb += a[k] * b[k];
                sumAa += a[k] * a[k];
                sumBb += b[k] * b[k];
            }
            product += sumAb;
            square += 0.5 * ((double)sumAa + sumBb);
        }
        return product / square;
    }

    /// <summary>Correlation of the strengths of two residuals, one of half the size of the other, at the same places.</summary>
    private double Magnitudes(ReadOnlySpan<float> fine, int fineSide, ReadOnlySpan<float> coarse, int coarseSide)
    {
        int n = 0;
        for (int row = 0; row < coarseSide; row++)
        {
            for (int column = 0; column < coarseSide; column++, n++)
            {
                // A residual at k stands for the value at k + 1: coarse k covers fine values 2k + 2 and 2k + 3.
                int at = (2 * row + 1) * fineSide + 2 * column + 1;
                _magnitude[n] = MathF.Abs(fine[at]) + MathF.Abs(fine[at + 1]) + MathF.Abs(fine[at + fineSide]) + MathF.Abs(fine[at + fineSide + 1]);
                _other[n] = MathF.Abs(coarse[row * coarseSide + column]);
            }
        }
        return Statistics.Correlation(_magnitude.AsSpan(0, n), _other.AsSpan(0, n));
    }

    /// <summary>Correlation of the fine residual's strength with how bright, and how steep, its surroundings are.</summary>
    private (double Brightness, double Gradient) Surroundings()
    {
        int n = 0;
        for (int row = 1; row < 15; row++)
        {
            for (int column = 1; column < 15; column++, n++)
            {
                float sum = 0;
                for (int y = 4 * row; y < 4 * row + 4; y++)
                    for (int x = 4 * column; x < 4 * column + 4; x++) sum += MathF.Abs(_fine[(y - 1) * 62 + x - 1]);
                _magnitude[n] = sum;
                _other[n] = _quarter[row * 16 + column];
            }
        }
        double brightness = Statistics.Correlation(_magnitude.AsSpan(0, n), _other.AsSpan(0, n));
        n = 0;
        for (int row = 1; row < 15; row++)
        {
            for (int column = 1; column < 15; column++, n++)
            {
                float x = _quarter[row * 16 + column + 1] - _quarter[row * 16 + column - 1], y = _quarter[(row + 1) * 16 + column] - _quarter[(row - 1) * 16 + column];
                _other[n] = MathF.Sqrt(x * x + y * y);
            }
        }
        return (brightness, Statistics.Correlation(_magnitude.AsSpan(0, n), _other.AsSpan(0, n)));
    }

    /// <summary>The same correlation with brightness for the residual at half size.</summary>
    private double CoarserBrightness()
    {
        int n = 0;
        for (int row = 1; row < 15; row++)
        {
            for (int column = 1; column < 15; column++, n++)
            {
                int at = (2 * row - 1) * 30 + 2 * column - 1;
                _magnitude[n] = MathF.Abs(_middle[at]) + MathF.Abs(_middle[at + 1]) + MathF.Abs(_middle[at + 30]) + MathF.Abs(_middle[at + 31]);
                _other[n] = _quarter[row * 16 + column];
            }
        }
        return Statistics.Correlation(_magnitude.AsSpan(0, n), _other.AsSpan(0, n));
    }

    /// <summary>How much of the difference of two neighbours the difference of the next two takes back, by strength alone: 1 for noise without correlation, less for what a filter made.</summary>
    private static double Neighbours(ReadOnlySpan<float> patch)
    {
        double near = 1e-3, far = 1e-3;
        for (int row = 0; row < Side - 2; row++)
        {
            ReadOnlySpan<float> a = patch.Slice(row * Side, Side), b = patch.Slice((row + 1) * Side, Side), c = patch.Slice((row + 2) * Side, Side);
            float sumNear = 0, sumFar = 0;
            for (int k = 0; k < Side - 2; k++)
            {
                sumNear += MathF.Abs(a[k + 1] - a[k]) + MathF.Abs(b[k] - a[k]);
                sumFar += MathF.Abs(a[k + 2] - a[k]) + MathF.Abs(c[k] - a[k]);
            }
            near += sumNear;
            far += sumFar;
        }
        return Math.Log(near / far);
    }

    private void AddKinds(float limit, Span<double> kinds)
    {
        Span<int> counts = stackalloc int[27];
        counts.Clear();
        for (int k = 0; k < _level.Length; k++) _level[k] = _fine[k] > limit ? (byte)2 : _fine[k] < -limit ? (byte)0 : (byte)1;
        for (int row = 0; row < 62; row++)
            for (int column = 0; column < 60; column++) counts[_level[row * 62 + column] * 9 + _level[row * 62 + column + 1] * 3 + _level[row * 62 + column + 2]]++;
        for (int row = 0; row < 60; row++)
            for (int column = 0; column < 62; column++) counts[_level[row * 62 + column] * 9 + _level[(row + 1) * 62 + column] * 3 + _level[(row + 2) * 62 + column]]++;
        for (int k = 0; k < counts.Length; k++) kinds[s_kindOf[k]] += counts[k] / (2 * 62.0 * 60);
    }

    private void AddPhases(double sigma, Span<double> phases)
    {
        Span<double> sums = stackalloc double[4];
        sums.Clear();
        for (int row = 0; row < 62; row++)
            for (int column = 0; column < 62; column++) sums[(row & 1) * 2 + (column & 1)] += MathF.Abs(_fine[row * 62 + column]);
        for (int k = 0; k < 4; k++) phases[k] += sums[k] / Math.Max(sigma, Least);
    }

    private static int[] KindOf()
    {
        var kinds = new int[27];
        Array.Fill(kinds, -1);
        int next = 0;
        for (int k = 0; k < 27; k++)
        {
            if (kinds[k] >= 0) continue;
            (int a, int b, int c) = (k / 9, k / 3 % 3, k % 3);
            foreach (int same in (int[])[a * 9 + b * 3 + c, c * 9 + b * 3 + a, (2 - a) * 9 + (2 - b) * 3 + 2 - c, (2 - c) * 9 + (2 - b) * 3 + 2 - a]) kinds[same] = next;
            next++;
        }
        return kinds;
    }
}
