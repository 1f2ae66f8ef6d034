using Veridicom.Pixels.Rendering;

namespace Veridicom.Forensics.Manipulation;

/// <summary>
/// Noise that occurs twice. Of each small block the mixed second differences are hashed, so that a change of brightness, or a slope of it, is no hindrance; blocks
/// count only where they carry so much information, by the slice's own statistics, that no two of them should be equal by chance. Equal blocks that agree on
/// an offset are a copy. Air, beds, padding, fills, ramps and letters carry too little, or are mostly of one value.
/// </summary>
internal static class DuplicatedBlocks
{
    /// <summary>Two parts of a slice with the same noise.</summary>
    /// <param name="A">The one.</param>
    /// <param name="B">The other.</param>
    /// <param name="Blocks">How many blocks are equal.</param>
    /// <param name="Bits">How much information a block carries.</param>
    public sealed record Pair(PixelArea A, PixelArea B, int Blocks, double Bits);

    private const int MostPairs = 64, LeastBlocks = 8, LeastOfPatch = 4, LeastPatches = 3, MostTimes = 4;
    private const double WantedBits = 72; // two of 2^18 blocks agree by chance once in 2^37 slices, were the differences independent; they are nearly

    /// <summary>Copies within one slice, the largest first, also those of as few as four blocks.</summary>
    public static IReadOnlyList<Pair> Within(int rows, int columns, float[] values) =>
        Hashes.Of(rows, columns, values) is { } hashes ? Find(hashes) : [];

    /// <summary>Those that are large enough to be told one by one.</summary>
    public static IEnumerable<Pair> Copies(IReadOnlyList<Pair> pairs) => pairs.Where(pair => pair.Blocks >= LeastBlocks);

    /// <summary>
    /// The part that was filled with small patches from here and there: many small copies, one end of each close to the others. Null where there is none.
    /// </summary>
    /// <param name="pairs">All copies of a slice.</param>
    /// <param name="rows">Rows of the slice.</param>
    /// <param name="columns">Columns of the slice.</param>
    public static PixelArea? Filled(IReadOnlyList<Pair> pairs, int rows, int columns)
    {
        if (pairs.Count < LeastPatches || pairs[0].Blocks >= 100) return null;
        const int side = NoiseBands.Side;
        int down = rows / side, across = columns / side;
        var map = new float[down * across];
        Array.Fill(map, -0.5f);
        foreach (PixelArea area in pairs.SelectMany(pair => (PixelArea[])[pair.A, pair.B]))
        {
            for (int row = Math.Max(0, area.Y / side); row <= Math.Min(down - 1, (area.Y + area.Height - 1) / side); row++)
                for (int column = Math.Max(0, area.X / side); column <= Math.Min(across - 1, (area.X + area.Width - 1) / side); column++) map[row * across + column] = 1;
        }
        var all = new bool[map.Length];
        Array.Fill(all, true);
        return BoxSearch.Best(down, across, map, all, []) is { Contrast: > 0 } best ? best.Cells.Times(side) : null;
    }

    private static List<Pair> Find(Hashes hashes)
    {
        int bits = 64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)Math.Max(16, hashes.Keys.Length));
        var table = new int[1 << (bits + 1)];
        int mask = table.Length - 1;
        var votes = new Dictionary<long, int>();
        var times = new byte[hashes.Keys.Length];
        var matches = new List<(int A, int B, long Offset)>();
        for (int at = 0; at < hashes.Keys.Length; at++)
        {
            if (hashes.Keys[at] == 0) continue;
            int found = Place(hashes.Keys, at);
            if (found < 0) continue;
            int down = at / hashes.Columns - found / hashes.Columns, across = at % hashes.Columns - found % hashes.Columns;
            // blocks that overlap their own copy are a texture, not a copy
            if (Math.Abs(down) < hashes.Side && Math.Abs(across) < hashes.Side) continue;
            if (times[found] < byte.MaxValue) times[found]++;
            long offset = unchecked((long)down << 32 | (uint)across);
            matches.Add((found, at, offset));
        }
        // what occurs again and again is a pattern that something made, such as a test image or a grid
        matches.RemoveAll(match => times[match.A] > MostTimes);
        foreach ((_, _, long offset) in matches) votes[offset] = votes.GetValueOrDefault(offset) + 1;
        if (matches.Count < LeastOfPatch) return [];
        var chosen = votes.Where(v => v.Value >= LeastOfPatch).OrderByDescending(v => v.Value).ThenBy(v => v.Key).Take(MostPairs).Select(v => v.Key).ToList();
        var pairs = new List<Pair>();
        foreach (long offset in chosen)
        {
            var members = matches.Where(m => m.Offset == offset).ToList();
            if (Compact(members.Select(m => m.A), hashes.Columns) is not { } box) continue;
            int count = members.Count(m => m.A / hashes.Columns >= box.Y && m.A / hashes.Columns < box.Y + box.Height && m.A % hashes.Columns >= box.X && m.A % hashes.Columns < box.X + box.Width);
            if (count < LeastOfPatch) continue;
            int reach = hashes.Side, down = (int)(offset >> 32), across = unchecked((int)(uint)offset);
            var a = new PixelArea(box.X, box.Y, box.Width + reach, box.Height + reach);
            pairs.Add(new Pair(a, new PixelArea(a.X + across, a.Y + down, a.Width, a.Height), count, hashes.Bits));
        }
        return [.. pairs.OrderByDescending(p => p.Blocks)];

        int Place(ulong[] keys, int at)
        {
            ulong key = keys[at];
            for (int slot = (int)(key >> 33) & mask; ; slot = (slot + 1) & mask)
            {
                int other = table[slot] - 1;
                if (other < 0)
                {
                    table[slot] = at + 1;
                    return -1;
                }
                if (keys[other] == key) return other;
            }
        }
    }

    // The box around what lies together: of corners, those within the densest part. Stray members, equal by chance elsewhere, fall away.
    private static PixelArea? Compact(IEnumerable<int> corners, int columns)
    {
        const int cell = 8;
        var cells = new Dictionary<(int Row, int Column), int>();
        var all = corners.Select(at => (Row: at / columns, Column: at % columns)).ToList();
        foreach ((int row, int column) in all) cells[(row / cell, column / cell)] = cells.GetValueOrDefault((row / cell, column / cell)) + 1;
        HashSet<(int, int)> best = [];
        int most = 0;
        var seen = new HashSet<(int, int)>();
        foreach ((int Row, int Column) start in cells.Keys)
        {
            if (!seen.Add(start)) continue;
            var group = new List<(int Row, int Column)> { start };
            int count = 0;
            for (int i = 0; i < group.Count; i++)
            {
                count += cells[group[i]];
                for (int r = -2; r <= 2; r++)
                {
                    for (int c = -2; c <= 2; c++)
                    {
                        (int, int) next = (group[i].Row + r, group[i].Column + c);
                        if (cells.ContainsKey(next) && seen.Add(next)) group.Add(next);
                    }
                }
            }
            if (count > most) (most, best) = (count, [.. group]);
        }
        var kept = all.Where(p => best.Contains((p.Row / cell, p.Column / cell))).ToList();
        if (kept.Count == 0) return null;
        int top = kept.Min(p => p.Row), left = kept.Min(p => p.Column);
        return new PixelArea(left, top, kept.Max(p => p.Column) - left + 1, kept.Max(p => p.Row) - top + 1);
    }

    /// <summary>Hashes of all blocks of a slice that carry enough information.</summary>
    internal sealed class Hashes
    {
        private const int Range = 1 << 15;

        private Hashes(int columns, int side, double bits, ulong[] keys) => (Columns, Side, Bits, Keys) = (columns, side, bits, keys);

        /// <summary>Columns of the slice.</summary>
        public int Columns { get; }

        /// <summary>Pixels along one side of a block, without the one before.</summary>
        public int Side { get; }

        /// <summary>Information of a block that counts, at least.</summary>
        public double Bits { get; }

        /// <summary>By the upper left pixel of the block; 0 for blocks that do not count.</summary>
        public ulong[] Keys { get; }

        /// <summary>Null where no block of a useful size carries enough.</summary>
        /// <param name="side">A size that must be taken; 0 to choose.</param>
        public static Hashes? Of(int rows, int columns, float[] values, int side = 0)
        {
            if (rows < 32 || columns < 32) return null;
            int[] mixed = Mixed(rows, columns, values);
            if (Information(mixed) is not { } information) return null;
            (float[] bits, double typical) = information;
            if (typical < 0.4) return null;
            // Correlated noise carries less than its parts: half of it is believed.
            if (side == 0) side = Math.Max(5, (int)Math.Ceiling(Math.Sqrt(WantedBits / (0.5 * typical))));
            if (side > 16) return null;
            return new Hashes(columns, side, WantedBits, Keyed(rows, columns, mixed, bits, side));
        }

        private static int[] Mixed(int rows, int columns, float[] values)
        {
            var mixed = new int[values.Length];
            for (int row = 1; row < rows; row++)
            {
                ReadOnlySpan<float> line = values.AsSpan(row * columns, columns), above = values.AsSpan((row - 1) * columns, columns);
                Span<int> to = mixed.AsSpan(row * columns, columns);
                for (int column = 1; column < columns; column++)
                    to[column] = (int)Math.Clamp(line[column] - line[column - 1] - above[column] + above[column - 1], -1e6f, 1e6f);
            }
            return mixed;
        }

        // Bits of each difference, by how often it occurs where something is going on; and their mean there.
        private static (float[] Bits, double Typical)? Information(int[] mixed)
        {
            var counts = new int[2 * Range + 1];
            long all = 0;
            for (int i = 1; i < mixed.Length - 1; i++)
            {
                if (mixed[i] == 0 && mixed[i - 1] == 0 && mixed[i + 1] == 0) continue;
                counts[Math.Clamp(mixed[i], -Range, Range) + Range]++;
                all++;
            }
            if (all < 1024) return null;
            var bits = new float[counts.Length];
            double sum = 0;
            for (int i = 0; i < counts.Length; i++)
            {
                // a large difference is an edge: it tells no more than a rare one of noise
                bits[i] = (float)Math.Min(8, -Math.Log2((counts[i] + 0.5) / all));
                sum += counts[i] * (double)bits[i];
            }
            return (bits, sum / all);
        }

        private static ulong[] Keyed(int rows, int columns, int[] mixed, float[] bits, int side)
        {
            var keys = new ulong[mixed.Length];
            var hash = new ulong[mixed.Length];
            var weight = new float[mixed.Length];
            var lively = new int[mixed.Length];
            ulong[] across = Multipliers(side, 0x9E3779B97F4A7C15), down = Multipliers(side, 0xC2B2AE3D27D4EB4F);
            for (int row = 1; row < rows; row++)
            {
                float sum = 0;
                int live = 0;
                for (int column = 1; column < columns; column++)
                {
                    int at = row * columns + column, value = mixed[at];
                    sum += bits[Math.Clamp(value, -Range, Range) + Range];
                    if (value != 0) live++;
                    int start = column - side + 1;
                    if (start < 1) continue;
                    ulong key = 0;
                    for (int i = 0; i < side; i++) key = unchecked(key + across[i] * (ulong)(long)mixed[row * columns + start + i]);
                    int to = row * columns + start;
                    (hash[to], weight[to], lively[to]) = (key, sum, live);
                    sum -= bits[Math.Clamp(mixed[to], -Range, Range) + Range];
                    if (mixed[to] != 0) live--;
                }
            }
            for (int row = 1; row + side <= rows; row++)
            {
                for (int column = 1; column + side <= columns; column++)
                {
                    int at = row * columns + column, live = 0;
                    float sum = 0;
                    for (int i = 0; i < side; i++) (sum, live) = (sum + weight[at + i * columns], live + lively[at + i * columns]);
                    if (sum < WantedBits || live * 5 < side * side * 3) continue;
                    ulong key = 0;
                    for (int i = 0; i < side; i++) key = unchecked(key + down[i] * Stirred(hash[at + i * columns]));
                    keys[at] = key == 0 ? 1 : key;
                }
            }
            return keys;
        }

        private static ulong[] Multipliers(int side, ulong seed) => [.. Enumerable.Range(1, side).Select(i => Stirred(unchecked(seed * (ulong)i)) | 1)];

        private static ulong Stirred(ulong z)
        {
            unchecked
            {
                z = (z ^ (z >> 31)) * 0x7FB5D329728EA185;
                return z ^ (z >> 29);
            }
        }
    }
}
