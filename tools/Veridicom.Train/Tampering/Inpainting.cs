using Veridicom.Forensics;

namespace Veridicom.Train.Tampering;

/// <summary>Fills a site from its surroundings.</summary>
internal static class Inpainting
{
    /// <summary>By diffusion from the border: the harmonic course.</summary>
    public static float[] Diffused(GrayPicture picture, TamperSite site)
    {
        int rows = site.Rows + 2, columns = site.Columns + 2;
        float[] field = LocalNoise.Part(picture, site.Top - 1, site.Left - 1, rows, columns);
        bool[] open = new bool[field.Length];
        double border = 0;
        int known = 0;
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                int at = row * columns + column;
                open[at] = row > 0 && column > 0 && row < rows - 1 && column < columns - 1 && site.Weight[(row - 1) * site.Columns + column - 1] > 0;
                if (!open[at]) (border, known) = (border + field[at], known + 1);
            }
        }
        for (int i = 0; i < field.Length; i++) if (open[i]) field[i] = (float)(border / known);
        // Over-relaxed, so that a site of 80 pixels settles.
        for (int round = 0; round < 250; round++)
        {
            for (int row = 1; row < rows - 1; row++)
            {
                for (int column = 1; column < columns - 1; column++)
                {
                    int at = row * columns + column;
                    if (open[at]) field[at] += 1.85f * (0.25f * (field[at - 1] + field[at + 1] + field[at - columns] + field[at + columns]) - field[at]);
                }
            }
        }
        var inner = new float[site.Rows * site.Columns];
        for (int row = 0; row < site.Rows; row++) field.AsSpan((row + 1) * columns + 1, site.Columns).CopyTo(inner.AsSpan(row * site.Columns));
        return inner;
    }

    /// <summary>With patches of the surroundings that fit what is known already, overlaps blended.</summary>
    public static float[] Patched(GrayPicture picture, TamperSite site, SeededRandom random)
    {
        int patch = random.Whole(11, 20), step = patch - 4;
        float[] smooth = Diffused(picture, site), sum = new float[smooth.Length], mass = new float[smooth.Length];
        int reach = 40 + patch;
        for (int row = -2; row < site.Rows; row += step)
        {
            for (int column = -2; column < site.Columns; column += step)
            {
                (int Row, int Column, double Cost) best = (0, 0, double.MaxValue);
                for (int attempt = 0; attempt < 120; attempt++)
                {
                    int r = random.Whole(Math.Max(0, site.Top - reach), Math.Max(1, Math.Min(picture.Rows - patch, site.Top + site.Rows + reach - patch)));
                    int c = random.Whole(Math.Max(0, site.Left - reach), Math.Max(1, Math.Min(picture.Columns - patch, site.Left + site.Columns + reach - patch)));
                    bool overlaps = r + patch > site.Top && r < site.Top + site.Rows && c + patch > site.Left && c < site.Left + site.Columns;
                    if (overlaps) continue;
                    double cost = Cost(r, c, row, column);
                    if (cost < best.Cost) best = (r, c, cost);
                }
                if (best.Cost < double.MaxValue) Lay(best.Row, best.Column, row, column);
            }
        }
        for (int i = 0; i < sum.Length; i++) sum[i] = mass[i] > 0 ? sum[i] / mass[i] : smooth[i];
        return sum;

        double Cost(int r, int c, int row, int column)
        {
            double cost = 0;
            for (int i = 0; i < patch; i += 2)
            {
                for (int j = 0; j < patch; j += 2)
                {
                    int y = row + i, x = column + j;
                    if (y < 0 || x < 0 || y >= site.Rows || x >= site.Columns) continue;
                    int at = y * site.Columns + x;
                    double off = picture.Values[(r + i) * picture.Columns + c + j] - (mass[at] > 0 ? sum[at] / mass[at] : smooth[at]);
                    cost += off * off;
                }
            }
            return cost;
        }

        void Lay(int r, int c, int row, int column)
        {
            for (int i = 0; i < patch; i++)
            {
                for (int j = 0; j < patch; j++)
                {
                    int y = row + i, x = column + j;
                    if (y < 0 || x < 0 || y >= site.Rows || x >= site.Columns) continue;
                    float edge = Math.Min(Math.Min(i, j), Math.Min(patch - 1 - i, patch - 1 - j)), part = edge >= 2 ? 1 : 0.02f + 0.2f * edge;
                    sum[y * site.Columns + x] += part * picture.Values[(r + i) * picture.Columns + c + j];
                    mass[y * site.Columns + x] += part;
                }
            }
        }
    }
}
