namespace Veridicom.Forensics.Metadata.JpegHistory;

/// <summary>Coefficients of the DCT of 8 x 8 blocks (ISO/IEC 10918-1 A.3.3), derived from decoded pixels at any offset of the grid. Only the lowest frequencies are wanted: higher ones are mostly 0 after compression.</summary>
internal static class BlockTransform
{
    /// <summary>Blocks at most, spread evenly.</summary>
    public const int MaxBlocks = 8192;

    /// <summary>Vertical and horizontal frequency of what is derived: the first nine AC coefficients in zigzag order.</summary>
    public static IReadOnlyList<(int Down, int Across)> Modes { get; } = [(0, 1), (1, 0), (2, 0), (1, 1), (0, 2), (0, 3), (1, 2), (2, 1), (3, 0)];

    private static readonly float[,] Waves = MakeWaves();

    /// <summary>[mode][block], of blocks whose first pixel stands at (row + 8 i, column + 8 j). Blocks without any difference between their pixels are left out.</summary>
    public static float[][] Coefficients(GrayPicture picture, int row, int column)
    {
        int down = (picture.Rows - row) / 8, across = (picture.Columns - column) / 8;
        // whole rows of blocks are passed over, evenly
        int stride = Math.Max(1, (int)(((long)down * across + MaxBlocks - 1) / MaxBlocks));
        var found = new List<float>[Modes.Count];
        for (int m = 0; m < found.Length; m++) found[m] = [];
        Span<float> lines = stackalloc float[8 * 4];
        for (int i = 0; i < down; i += stride)
        {
            for (int j = 0; j < across; j++)
            {
                bool flat = true;
                float first = picture.Row(row + 8 * i)[column + 8 * j];
                for (int y = 0; y < 8; y++)
                {
                    ReadOnlySpan<float> line = picture.Row(row + 8 * i + y).Slice(column + 8 * j, 8);
                    for (int u = 0; u < 4; u++)
                    {
                        float sum = 0;
                        for (int x = 0; x < 8; x++) sum += line[x] * Waves[u, x];
                        lines[4 * y + u] = sum;
                    }
                    for (int x = 0; x < 8 && flat; x++) flat = line[x] == first;
                }
                if (flat) continue;
                for (int m = 0; m < found.Length; m++)
                {
                    (int v, int u) = Modes[m];
                    float sum = 0;
                    for (int y = 0; y < 8; y++) sum += lines[4 * y + u] * Waves[v, y];
                    found[m].Add(sum);
                }
            }
        }
        return Array.ConvertAll(found, list => list.ToArray());
    }

    /// <summary>
    /// Where a grid of 8 x 8 blocks most likely begins: the offset at which pixels differ across borders more than their neighbourhood lets expect, and by how much more than
    /// at the other offsets (1: no grid).
    /// </summary>
    public static (int Row, int Column, double Strength) Grid(GrayPicture picture)
    {
        var across = new double[8];
        var down = new double[8];
        for (int row = 0; row < picture.Rows; row++)
        {
            ReadOnlySpan<float> line = picture.Row(row);
            for (int column = 2; column + 1 < line.Length; column++) across[column & 7] += Step(line[column - 2], line[column - 1], line[column], line[column + 1]);
        }
        for (int row = 2; row + 1 < picture.Rows; row++)
        {
            ReadOnlySpan<float> a = picture.Row(row - 2), b = picture.Row(row - 1), c = picture.Row(row), d = picture.Row(row + 1);
            for (int column = 0; column < a.Length; column++) down[row & 7] += Step(a[column], b[column], c[column], d[column]);
        }
        int bestColumn = Array.IndexOf(across, across.Max()), bestRow = Array.IndexOf(down, down.Max());
        double others = (across.Sum() - across[bestColumn] + down.Sum() - down[bestRow]) / 14;
        return (bestRow, bestColumn, others > 0 ? (across[bestColumn] + down[bestRow]) / 2 / others : 1);
    }

    // the step over a border less the slope on both sides; edges of the picture itself are bounded
    private static double Step(float a, float b, float c, float d) => Math.Min(16, Math.Max(0, Math.Abs(c - b) - (Math.Abs(b - a) + Math.Abs(d - c)) / 2));

    private static float[,] MakeWaves()
    {
        var waves = new float[4, 8];
        for (int u = 0; u < 4; u++)
        {
            for (int x = 0; x < 8; x++) waves[u, x] = (float)(Math.Cos((2 * x + 1) * u * Math.PI / 16) * (u == 0 ? Math.Sqrt(0.125) : 0.5));
        }
        return waves;
    }
}
