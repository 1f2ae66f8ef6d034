namespace Veridicom.Forensics.Manipulation;

/// <summary>
/// How the noise of each cell of a slice compares with that of cells around it and of cells as bright as it: strength in several octaves, texture, and how much
/// of it is structure. Everything is relative to the same slice, so that a scanner's kernel, dose and scale fall out.
/// </summary>
internal sealed class CellFeatures
{
    /// <summary>Numbers for each cell.</summary>
    public const int Count = 33;

    private const int Derived = NoiseBands.Channels + 3; // the channels, two ratios between octaves, and the zeros
    private const int LevelBins = 12;

    private CellFeatures(int rows, int columns) => (Rows, Columns, Values, Counts, Strengths) = (rows, columns, new float[rows * columns * Count], new bool[rows * columns], []);

    /// <summary>Rows of cells.</summary>
    public int Rows { get; }

    /// <summary>Columns of cells.</summary>
    public int Columns { get; }

    /// <summary>[row, column, feature].</summary>
    public float[] Values { get; }

    /// <summary>Which cells can be judged: those of the body that are not of one value, and islands of such.</summary>
    public bool[] Counts { get; }

    /// <summary>Logarithms of the mean roots of each channel of <see cref="NoiseBands"/>, over 24 pixels, then the two ratios between octaves.</summary>
    public float[][] Strengths { get; private set; }

    /// <summary>Of the bands of a slice.</summary>
    /// <param name="bands">Of at least 3 x 3 cells.</param>
    /// <param name="unit">Smallest difference between values: 1 for whole numbers.</param>
    public static CellFeatures Of(NoiseBands bands, float unit)
    {
        int rows = bands.Rows, columns = bands.Columns, cells = rows * columns;
        var result = new CellFeatures(rows, columns);
        Judged(bands, result.Counts);
        Body(bands.Level, rows, columns, result.Counts);
        float floor = 0.15f * MathF.Sqrt(unit);
        var narrow = new float[Derived][];
        var wide = new float[Derived][];
        for (int channel = 0; channel < NoiseBands.Channels; channel++)
        {
            narrow[channel] = Logs(Averaged(bands.Roots[channel], rows, columns, 1), floor);
            wide[channel] = Logs(Averaged(bands.Roots[channel], rows, columns, 2), floor);
        }
        foreach (float[][] scale in (ReadOnlySpan<float[][]>)[narrow, wide])
        {
            scale[5] = Difference(scale[0], scale[1]);
            scale[6] = Difference(scale[1], scale[2]);
        }
        result.Strengths = narrow[..7];
        narrow[7] = Averaged(bands.Zero, rows, columns, 1);
        wide[7] = Averaged(bands.Zero, rows, columns, 2);
        float[] structure0 = Difference(Logs(Averaged(bands.Plain[0], rows, columns, 1), floor * floor), Twice(narrow[0]));
        float[] structure1 = Difference(Logs(Averaged(bands.Plain[1], rows, columns, 1), floor * floor), Twice(narrow[1]));
        float[] clipped = Averaged(bands.Clipped, rows, columns, 1), rank = Ranks(bands.Level, result.Counts), rough = Roughness(bands.Level, narrow[1], rows, columns);
        float spread = Spread(bands.Level, result.Counts);

        var around = new float[2 * Derived];
        float[][] expected = [.. Enumerable.Range(0, NoiseBands.Channels).Select(channel => ByLevel(narrow[channel], rank, result.Counts))];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                int cell = row * columns + column;
                if (!result.Counts[cell]) continue;
                Span<float> to = result.Values.AsSpan(cell * Count, Count);
                Ring(result.Counts, bands.Level, narrow, row, column, rows, columns, 2, 4, 1, spread, around.AsSpan(0, Derived));
                Ring(result.Counts, bands.Level, wide, row, column, rows, columns, 4, 8, 2, spread, around.AsSpan(Derived));
                int at = 0;
                for (int i = 0; i < Derived; i++) to[at++] = narrow[i][cell] - around[i];
                for (int i = 0; i < Derived; i++) to[at++] = wide[i][cell] - around[Derived + i];
                for (int i = 0; i < NoiseBands.Channels; i++) to[at++] = narrow[i][cell] - expected[i][cell];
                (to[at], to[at + 1], to[at + 2]) = (wide[5][cell], wide[6][cell], narrow[3][cell] - narrow[4][cell]);
                (to[at + 3], to[at + 4], to[at + 5], to[at + 6]) = (structure0[cell], structure1[cell], clipped[cell], rank[cell]);
                (to[at + 7], to[at + 8], to[at + 9]) = (rough[cell], narrow[7][cell], wide[0][cell] - (wide[3][cell] + wide[4][cell]) / 2);
                to[at + 10] = 0.5f * (narrow[3][cell] + narrow[4][cell]) - narrow[1][cell];
                to[at + 11] = result.Counts.Length > 0 ? Neighbours(result.Counts, row, column, rows, columns) : 0;
            }
        }
        return result;
    }

    // Cells of one value count where they are a small island among others: that is what a fill leaves, and also the air in a trachea.
    private static void Judged(NoiseBands bands, bool[] counts)
    {
        int rows = bands.Rows, columns = bands.Columns;
        var seen = new bool[counts.Length];
        var island = new List<int>();
        for (int start = 0; start < counts.Length; start++)
        {
            if (!bands.Constant[start]) counts[start] = true;
            if (seen[start] || !bands.Constant[start]) continue;
            island.Clear();
            island.Add(start);
            seen[start] = true;
            bool atEdge = false;
            for (int i = 0; i < island.Count; i++)
            {
                int row = island[i] / columns, column = island[i] % columns;
                if (row == 0 || column == 0 || row == rows - 1 || column == columns - 1) atEdge = true;
                foreach ((int r, int c) in (ReadOnlySpan<(int, int)>)[(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)])
                {
                    if (r < 0 || c < 0 || r >= rows || c >= columns || seen[r * columns + c] || !bands.Constant[r * columns + c]) continue;
                    seen[r * columns + c] = true;
                    island.Add(r * columns + c);
                }
            }
            if (!atEdge && island.Count <= counts.Length / 20) foreach (int cell in island) counts[cell] = true;
        }
    }

    // The body: tissue, and what has tissue on all four sides. In the air around it noise follows other rules, and nobody forges there. Where there is hardly a body, everything counts.
    private static void Body(float[] level, int rows, int columns, bool[] counts)
    {
        float border = Border(level);
        bool[] across = new bool[counts.Length], body = new bool[counts.Length];
        for (int row = 0; row < rows; row++)
        {
            int first = 0, last = columns - 1;
            while (first < columns && level[row * columns + first] <= border) first++;
            while (last > first && level[row * columns + last] <= border) last--;
            if (first < columns) across.AsSpan(row * columns + first, last - first + 1).Fill(true);
        }
        int inside = 0;
        for (int column = 0; column < columns; column++)
        {
            int first = 0, last = rows - 1;
            while (first < rows && level[first * columns + column] <= border) first++;
            while (last > first && level[last * columns + column] <= border) last--;
            for (int row = first; row <= last; row++)
            {
                body[row * columns + column] = across[row * columns + column];
                if (body[row * columns + column] && counts[row * columns + column]) inside++;
            }
        }
        if (inside * 20 < counts.Length) return;
        for (int cell = 0; cell < counts.Length; cell++) counts[cell] &= body[cell];
    }

    // The value that parts the cells into two classes best (Otsu), of the middle 98 %.
    private static float Border(float[] level)
    {
        float[] sorted = [.. level];
        Array.Sort(sorted);
        float low = sorted[sorted.Length / 100], high = sorted[sorted.Length - 1 - sorted.Length / 100];
        if (!(high > low)) return low;
        Span<int> histogram = stackalloc int[256];
        histogram.Clear();
        double sum = 0;
        foreach (float value in level)
        {
            int bin = (int)Math.Clamp((value - low) / (high - low) * 255, 0, 255);
            histogram[bin]++;
            sum += bin;
        }
        double below = 0, sumBelow = 0, best = -1;
        int at = 0;
        for (int i = 0; i < 255; i++)
        {
            below += histogram[i];
            sumBelow += i * (double)histogram[i];
            if (below == 0 || below == level.Length) continue;
            double apart = sumBelow / below - (sum - sumBelow) / (level.Length - below), between = below * (level.Length - below) * apart * apart;
            if (between > best) (best, at) = (between, i);
        }
        return low + (high - low) * (at + 1) / 256;
    }

    private static float[] Averaged(float[] cells, int rows, int columns, int reach)
    {
        // reach 1: 3 x 3 cells weighted 1 2 1, so that the middle of 24 pixels leads; reach 2: 5 x 5
        var sums = new float[cells.Length];
        var across = new float[cells.Length];
        float total = (reach + 1) * (reach + 1);
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                float sum = 0;
                for (int i = -reach; i <= reach; i++) sum += (reach + 1 - Math.Abs(i)) * cells[row * columns + Math.Clamp(column + i, 0, columns - 1)];
                across[row * columns + column] = sum / total;
            }
        }
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                float sum = 0;
                for (int i = -reach; i <= reach; i++) sum += (reach + 1 - Math.Abs(i)) * across[Math.Clamp(row + i, 0, rows - 1) * columns + column];
                sums[row * columns + column] = sum / total;
            }
        }
        return sums;
    }

    private static float[] Logs(float[] values, float floor)
    {
        var logs = new float[values.Length];
        for (int i = 0; i < logs.Length; i++) logs[i] = MathF.Log(values[i] + floor);
        return logs;
    }

    private static float[] Difference(float[] a, float[] b)
    {
        var result = new float[a.Length];
        for (int i = 0; i < result.Length; i++) result[i] = a[i] - b[i];
        return result;
    }

    private static float[] Twice(float[] values) => [.. values.Select(value => 2 * value)];

    // Share of judged cells that are darker.
    private static float[] Ranks(float[] level, bool[] counts)
    {
        float[] sorted = [.. level.Where((_, cell) => counts[cell])];
        Array.Sort(sorted);
        var ranks = new float[level.Length];
        for (int cell = 0; cell < ranks.Length; cell++)
        {
            int at = Array.BinarySearch(sorted, level[cell]);
            ranks[cell] = sorted.Length == 0 ? 0 : (at < 0 ? ~at : at) / (float)sorted.Length;
        }
        return ranks;
    }

    private static float Spread(float[] level, bool[] counts)
    {
        float[] sorted = [.. level.Where((_, cell) => counts[cell])];
        Array.Sort(sorted);
        return sorted.Length == 0 ? 1 : Math.Max(1e-3f, 0.1f * (sorted[sorted.Length * 19 / 20] - sorted[sorted.Length / 20]));
    }

    // How much the brightness changes from cell to cell, over the noise.
    private static float[] Roughness(float[] level, float[] noise, int rows, int columns)
    {
        var rough = new float[level.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                float least = float.MaxValue, most = float.MinValue;
                for (int r = Math.Max(0, row - 1); r <= Math.Min(rows - 1, row + 1); r++)
                {
                    for (int c = Math.Max(0, column - 1); c <= Math.Min(columns - 1, column + 1); c++)
                        (least, most) = (Math.Min(least, level[r * columns + c]), Math.Max(most, level[r * columns + c]));
                }
                rough[row * columns + column] = MathF.Log(1e-3f + most - least) - 2 * noise[row * columns + column];
            }
        }
        return rough;
    }

    // What cells of the same brightness have, by the median of bins.
    private static float[] ByLevel(float[] values, float[] rank, bool[] counts)
    {
        var bins = new List<float>[LevelBins];
        for (int i = 0; i < LevelBins; i++) bins[i] = [];
        for (int cell = 0; cell < values.Length; cell++) if (counts[cell]) bins[Math.Min(LevelBins - 1, (int)(rank[cell] * LevelBins))].Add(values[cell]);
        var medians = new float[LevelBins];
        for (int i = 0; i < LevelBins; i++)
        {
            bins[i].Sort();
            medians[i] = bins[i].Count == 0 ? 0 : bins[i][bins[i].Count / 2];
        }
        return [.. rank.Select(r => medians[Math.Min(LevelBins - 1, (int)(r * LevelBins))])];
    }

    // The mean over a square ring around a cell, cells of like brightness above all; the cell's own values where the ring is empty.
    private static void Ring(bool[] counts, float[] level, float[][] values, int row, int column, int rows, int columns, int inner, int outer, int step, float spread, Span<float> to)
    {
        to.Clear();
        float total = 0, own = level[row * columns + column];
        for (int i = -outer; i <= outer; i += step)
        {
            int r = row + i;
            if (r < 0 || r >= rows) continue;
            for (int j = -outer; j <= outer; j += step)
            {
                int c = column + j, cell = r * columns + c;
                if (c < 0 || c >= columns || (Math.Abs(i) < inner && Math.Abs(j) < inner) || !counts[cell]) continue;
                float off = (level[cell] - own) / spread, weight = 1 / (1 + off * off) + 0.01f;
                total += weight;
                for (int k = 0; k < Derived; k++) to[k] += weight * values[k][cell];
            }
        }
        for (int k = 0; k < Derived; k++) to[k] = total > 0.05f ? to[k] / total : values[k][row * columns + column];
    }

    private static float Neighbours(bool[] counts, int row, int column, int rows, int columns)
    {
        int seen = 0;
        for (int r = Math.Max(0, row - 2); r <= Math.Min(rows - 1, row + 2); r++) for (int c = Math.Max(0, column - 2); c <= Math.Min(columns - 1, column + 2); c++) if (counts[r * columns + c]) seen++;
        return seen / 25f;
    }
}
