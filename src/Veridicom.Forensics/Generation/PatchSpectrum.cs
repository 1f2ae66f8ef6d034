using System.Numerics;

namespace Veridicom.Forensics.Generation;

/// <summary>
/// Power spectrum of square patches of 64 x 64 values, and what of it is a feature: mean power in rings, and how it differs by direction. Keeps its
/// buffers: one for each thread. Every operation is by element, so that the width of the processor's vectors changes no bit.
/// </summary>
internal sealed class PatchSpectrum
{
    /// <summary>Rows and columns of a patch.</summary>
    public const int Side = 64;

    // Rings of radius in cycles per 64 pixels: fine where images are told from noise, coarser where noise is alone.
    private static readonly int[] s_ringEdges = [1, 2, 3, 4, 6, 8, 11, 14, 18, 22, 26, 30, 33, 38, 46];

    /// <summary>How many rings there are.</summary>
    public static int Rings => s_ringEdges.Length - 1;

    private static readonly float[] s_window = Window();
    private static readonly int[] s_reversed = Reversed();
    private static readonly (float Cos, float Sin)[] s_turns = Turns();
    private static readonly sbyte[] s_ringOf = RingOf();
    private static readonly sbyte[] s_sectorOf = SectorOf();

    /// <summary>Sums by direction: along rows, along columns, diagonal; each for the middle and for the high frequencies.</summary>
    public const int Sectors = 6;

    private readonly float[] _real = new float[Side * Side], _imaginary = new float[Side * Side], _other = new float[Side * Side];

    /// <summary>Where a ring begins, in cycles per 64 pixels.</summary>
    public static int EdgeOf(int ring) => s_ringEdges[ring];

    /// <summary>First ring, from 0, of radius at least this.</summary>
    public static int RingAt(int radius) => Array.FindIndex(s_ringEdges, e => e >= radius);

    /// <summary>Mean power of a patch in each ring and in each sector.</summary>
    /// <param name="patch">64 x 64 values.</param>
    /// <param name="rings">As many as there are rings.</param>
    /// <param name="sectors">Six.</param>
    public void Measure(ReadOnlySpan<float> patch, Span<double> rings, Span<double> sectors)
    {
        ReadOnlySpan<float> power = Power(patch);
        rings.Clear();
        sectors.Clear();
        Span<int> inRing = stackalloc int[rings.Length], inSector = stackalloc int[sectors.Length];
        inRing.Clear();
        inSector.Clear();
        // A real signal's spectrum is symmetric: half of it says all.
        for (int i = 0; i < Side * (Side / 2 + 1); i++)
        {
            if (s_ringOf[i] >= 0)
            {
                rings[s_ringOf[i]] += power[i];
                inRing[s_ringOf[i]]++;
            }
            if (s_sectorOf[i] >= 0)
            {
                sectors[s_sectorOf[i]] += power[i];
                inSector[s_sectorOf[i]]++;
            }
        }
        for (int i = 0; i < rings.Length; i++) rings[i] /= inRing[i];
        for (int i = 0; i < sectors.Length; i++) sectors[i] /= inSector[i];
    }

    /// <summary>Power of a patch, without its mean and under a Hann window, divided by the energy of the window: white noise of variance 1 has power 1 everywhere. [horizontal, vertical] frequency.</summary>
    public ReadOnlySpan<float> Power(ReadOnlySpan<float> patch)
    {
        double sum = 0;
        foreach (float value in patch) sum += value;
        float mean = (float)(sum / (Side * Side));
        for (int row = 0; row < Side; row++)
        {
            // The first pass wants its rows in the order of reversed bits.
            int to = s_reversed[row] * Side;
            for (int column = 0; column < Side; column++) _real[to + column] = (patch[row * Side + column] - mean) * s_window[row] * s_window[column];
        }
        Array.Clear(_imaginary);
        Columns();
        Turn(_real);
        Turn(_imaginary);
        Columns();
        for (int i = 0; i < _real.Length; i++) _other[i] = _real[i] * _real[i] + _imaginary[i] * _imaginary[i];
        return _other;
    }

    /// <summary>Transforms all columns at once, in place.</summary>
    private void Columns()
    {
        int width = Vector<float>.Count;
        for (int half = 1; half < Side; half *= 2)
        {
            for (int start = 0; start < Side; start += 2 * half)
            {
                for (int k = 0; k < half; k++)
                {
                    (float cos, float sin) = s_turns[half + k];
                    int a = (start + k) * Side, b = (start + k + half) * Side;
                    for (int c = 0; c < Side; c += width)
                    {
                        Vector<float> br = new(_real, b + c), bi = new(_imaginary, b + c), ar = new(_real, a + c), ai = new(_imaginary, a + c);
                        Vector<float> tr = br * cos - bi * sin, ti = br * sin + bi * cos;
                        (ar + tr).CopyTo(_real, a + c);
                        (ai + ti).CopyTo(_imaginary, a + c);
                        (ar - tr).CopyTo(_real, b + c);
                        (ai - ti).CopyTo(_imaginary, b + c);
                    }
                }
            }
        }
    }

    /// <summary>Swaps rows and columns, and brings the new rows into the order of reversed bits.</summary>
    private void Turn(float[] values)
    {
        for (int row = 0; row < Side; row++)
        {
            int to = s_reversed[row] * Side;
            for (int column = 0; column < Side; column++) _other[to + column] = values[column * Side + row];
        }
        _other.CopyTo(values, 0);
    }

    private static float[] Window()
    {
        var window = new float[Side];
        double energy = 0;
        for (int i = 0; i < Side; i++)
        {
            double w = 0.5 - 0.5 * Math.Cos(2 * Math.PI * (i + 0.5) / Side);
            energy += w * w;
            window[i] = (float)w;
        }
        for (int i = 0; i < Side; i++) window[i] = (float)(window[i] / Math.Sqrt(energy));
        return window;
    }

    private static int[] Reversed()
    {
        var reversed = new int[Side];
        for (int i = 0; i < Side; i++)
        {
            for (int bit = 1, mirror = Side / 2; bit < Side; bit *= 2, mirror /= 2)
                if ((i & bit) != 0) reversed[i] |= mirror;
        }
        return reversed;
    }

    private static (float, float)[] Turns()
    {
        var turns = new (float, float)[Side];
        for (int half = 1; half < Side; half *= 2)
        {
            for (int k = 0; k < half; k++) turns[half + k] = ((float)Math.Cos(Math.PI * k / half), (float)-Math.Sin(Math.PI * k / half));
        }
        return turns;
    }

    private static int Frequency(int index) => index <= Side / 2 ? index : index - Side;

    private static sbyte[] RingOf()
    {
        var rings = new sbyte[Side * Side];
        for (int i = 0; i < rings.Length; i++)
        {
            double radius = Math.Sqrt(Math.Pow(Frequency(i / Side), 2) + Math.Pow(Frequency(i % Side), 2));
            rings[i] = (sbyte)(Array.FindLastIndex(s_ringEdges, e => e <= radius) is int ring && ring < s_ringEdges.Length - 1 ? ring : -1);
        }
        return rings;
    }

    private static sbyte[] SectorOf()
    {
        var sectors = new sbyte[Side * Side];
        for (int i = 0; i < sectors.Length; i++)
        {
            (int horizontal, int vertical) = (Math.Abs(Frequency(i / Side)), Math.Abs(Frequency(i % Side)));
            double radius = Math.Sqrt(horizontal * horizontal + vertical * vertical), angle = Math.Atan2(vertical, horizontal) * 180 / Math.PI;
            int direction = angle < 22.5 ? 0 : angle > 67.5 ? 1 : 2;
            sectors[i] = (sbyte)(radius is >= 8 and < 18 ? direction : radius is >= 18 and <= 32 ? 3 + direction : -1);
        }
        return sectors;
    }
}
