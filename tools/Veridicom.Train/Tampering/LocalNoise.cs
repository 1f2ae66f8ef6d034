using Veridicom.Forensics;

namespace Veridicom.Train.Tampering;

/// <summary>The noise of a slice around a place, and noise made after it.</summary>
internal static class LocalNoise
{
    private const int Grain = 17;

    /// <summary>Gaussian blur; edges repeat.</summary>
    public static float[] Blur(ReadOnlySpan<float> values, int rows, int columns, double sigma)
    {
        if (sigma < 0.2) return values.ToArray();
        int radius = (int)Math.Ceiling(3 * sigma);
        var kernel = new float[2 * radius + 1];
        float sum = 0;
        for (int i = -radius; i <= radius; i++) sum += kernel[i + radius] = (float)Math.Exp(-i * i / (2 * sigma * sigma));
        var across = new float[values.Length];
        var down = new float[values.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                float total = 0;
                for (int i = -radius; i <= radius; i++) total += kernel[i + radius] * values[row * columns + Math.Clamp(column + i, 0, columns - 1)];
                across[row * columns + column] = total / sum;
            }
        }
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                float total = 0;
                for (int i = -radius; i <= radius; i++) total += kernel[i + radius] * across[Math.Clamp(row + i, 0, rows - 1) * columns + column];
                down[row * columns + column] = total / sum;
            }
        }
        return down;
    }

    /// <summary>A part of the slice, its edges repeated.</summary>
    public static float[] Part(GrayPicture picture, int top, int left, int rows, int columns)
    {
        var part = new float[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> line = picture.Row(Math.Clamp(top + row, 0, picture.Rows - 1));
            for (int column = 0; column < columns; column++) part[row * columns + column] = line[Math.Clamp(left + column, 0, picture.Columns - 1)];
        }
        return part;
    }

    /// <summary>
    /// Noise with the strength and the texture of the quietest piece of tissue at the site: white noise through that piece's own residue, which gives the
    /// spectrum of the residue.
    /// </summary>
    public static float[] Matched(GrayPicture picture, TamperSite site, SeededRandom random)
    {
        (float[] grain, _) = Sample(picture, site);
        int rows = site.Rows, columns = site.Columns, wide = columns + Grain;
        var white = new float[(rows + Grain) * wide];
        for (int i = 0; i < white.Length; i++) white[i] = (float)random.Normal();
        var noise = new float[rows * columns];
        float scale = 1f / Grain;
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                float total = 0;
                for (int i = 0; i < Grain; i++)
                {
                    ReadOnlySpan<float> line = white.AsSpan((row + i) * wide + column, Grain), kernel = grain.AsSpan(i * Grain, Grain);
                    for (int j = 0; j < Grain; j++) total += line[j] * kernel[j];
                }
                noise[row * columns + column] = total * scale;
            }
        }
        return noise;
    }

    /// <summary>Standard deviation of the noise at the site.</summary>
    public static float Strength(GrayPicture picture, TamperSite site) => Sample(picture, site).Strength;

    // Among pieces in and around the site the one whose residue is in the lower third: structures make residues large, clipping makes them vanish.
    private static (float[] Grain, float Strength) Sample(GrayPicture picture, TamperSite site)
    {
        int margin = 24, top = Math.Max(0, site.Top - margin), left = Math.Max(0, site.Left - margin);
        int rows = Math.Min(picture.Rows - top, site.Rows + 2 * margin), columns = Math.Min(picture.Columns - left, site.Columns + 2 * margin);
        float[] part = Part(picture, top, left, rows, columns), smooth = Blur(part, rows, columns, 2.5), residue = new float[part.Length];
        for (int i = 0; i < part.Length; i++) residue[i] = part[i] - smooth[i];
        var pieces = new List<(float Strength, int Row, int Column)>();
        for (int row = 0; row + Grain <= rows; row += 6)
        {
            for (int column = 0; column + Grain <= columns; column += 6)
            {
                double sum = 0;
                for (int i = 0; i < Grain; i++) for (int j = 0; j < Grain; j++) sum += residue[(row + i) * columns + column + j] * (double)residue[(row + i) * columns + column + j];
                pieces.Add(((float)Math.Sqrt(sum / (Grain * Grain)), row, column));
            }
        }
        pieces.Sort();
        (float strength, int r, int c) = pieces[pieces.Count / 3];
        var grain = new float[Grain * Grain];
        for (int i = 0; i < Grain; i++) residue.AsSpan((r + i) * columns + c, Grain).CopyTo(grain.AsSpan(i * Grain));
        return (grain, strength);
    }
}
