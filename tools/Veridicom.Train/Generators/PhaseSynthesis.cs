using System.Numerics;
using Veridicom.Forensics;

namespace Veridicom.Train.Generators;

/// <summary>
/// Tiles of 64 x 64 whose fine frequencies keep their strength, averaged over directions, and lose their phases: texture with the right spectrum and without the
/// structure that made it. Coarse frequencies stay. Tiles overlap by half under a window.
/// </summary>
internal sealed class PhaseSynthesis : SimulatedGenerator
{
    private const int Side = 64;

    private static readonly Complex[] Turns = [.. Enumerable.Range(0, Side / 2).Select(i => Complex.FromPolarCoordinates(1, -2 * Math.PI * i / Side))];

    private static readonly double[] Rings = [.. Enumerable.Range(0, Side * Side).Select(Radius)];

    public override string Name => "phase-synthesis";

    protected override GrayPicture Synthesise(GrayPicture real, SeededRandom random)
    {
        double cut = random.Between(4, 16), gain = random.Between(0.5, 1.05), slope = random.Between(-0.6, 0.2);
        int rows = real.Rows, columns = real.Columns;
        var sums = new float[rows * columns];
        var weights = new float[rows * columns];
        var tile = new Complex[Side * Side];
        double[] windows = [.. Enumerable.Range(0, Side).Select(i => Math.Sin(Math.PI * (i + 0.5) / Side))];
        // twice the energy: of what has no symmetry the real part alone is taken
        double[] gains = [.. Rings.Select(ring => ring < cut ? 0 : gain * Math.Sqrt(2) * Math.Pow(ring / cut, slope))];
        for (int top = -Side / 2; top < rows; top += Side / 2)
        {
            for (int left = -Side / 2; left < columns; left += Side / 2)
            {
                for (int i = 0; i < tile.Length; i++)
                {
                    tile[i] = real.Row(Math.Clamp(top + i / Side, 0, rows - 1))[Math.Clamp(left + i % Side, 0, columns - 1)] * windows[i / Side] * windows[i % Side];
                }
                Transform(tile);
                Replace(tile, gains, random);
                // the inverse by conjugates
                for (int i = 0; i < tile.Length; i++) tile[i] = Complex.Conjugate(tile[i]);
                Transform(tile);
                for (int i = 0; i < tile.Length; i++)
                {
                    int row = top + i / Side, column = left + i % Side;
                    if (row < 0 || column < 0 || row >= rows || column >= columns) continue;
                    double window = windows[i / Side] * windows[i % Side];
                    sums[row * columns + column] += (float)(tile[i].Real / tile.Length * window);
                    weights[row * columns + column] += (float)(window * window);
                }
            }
        }
        return Plane.Of(rows, columns, (row, column) => sums[row * columns + column] / weights[row * columns + column]);
    }

    private static void Replace(Complex[] tile, double[] gains, SeededRandom random)
    {
        Span<double> strengths = stackalloc double[Side];
        Span<int> counts = stackalloc int[Side];
        strengths.Clear();
        counts.Clear();
        for (int i = 0; i < tile.Length; i++)
        {
            int ring = (int)Rings[i];
            strengths[ring] += tile[i].Magnitude;
            counts[ring]++;
        }
        for (int i = 0; i < tile.Length; i++)
        {
            if (gains[i] == 0) continue;
            int ring = (int)Rings[i];
            tile[i] = Complex.FromPolarCoordinates(strengths[ring] / counts[ring] * gains[i], 2 * Math.PI * random.Fraction());
        }
    }

    private static double Radius(int i)
    {
        int y = Math.Min(i / Side, Side - i / Side), x = Math.Min(i % Side, Side - i % Side);
        return Math.Sqrt(x * x + y * y);
    }

    private static void Transform(Complex[] tile)
    {
        for (int row = 0; row < Side; row++) Transform(tile, row * Side, 1);
        for (int column = 0; column < Side; column++) Transform(tile, column, Side);
    }

    /// <summary>The radix-2 Fourier transform of 64 values that stand <paramref name="step"/> apart.</summary>
    private static void Transform(Complex[] values, int start, int step)
    {
        for (int i = 1, j = 0; i < Side; i++)
        {
            int bit = Side >> 1;
            for (; (j & bit) != 0; bit >>= 1) j ^= bit;
            j |= bit;
            if (i < j) (values[start + i * step], values[start + j * step]) = (values[start + j * step], values[start + i * step]);
        }
        for (int length = 2; length <= Side; length <<= 1)
        {
            for (int block = 0; block < Side; block += length)
            {
                for (int i = 0; i < length / 2; i++)
                {
                    int low = start + (block + i) * step, high = low + length / 2 * step;
                    Complex turned = values[high] * Turns[i * (Side / length)];
                    (values[low], values[high]) = (values[low] + turned, values[low] - turned);
                }
            }
        }
    }
}
