using Veridicom.Pixels.Rendering;

namespace Veridicom.Pixels.Registration;

/// <summary>How a picture B lies on a picture A: the pixel of B in column x and row y is that of A in column x + Columns and row y + Rows.</summary>
/// <param name="Columns">Columns.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Overlap">Pixels that both have.</param>
/// <param name="Equal">Pixels of these that are equal in all samples.</param>
/// <param name="Alike">Correlation of both in the overlap where few pixels are equal, as behind a compression with loss; 1 where the shift was found by equal ones.</param>
public readonly record struct PixelShift(int Columns, int Rows, long Overlap, long Equal, double Alike = 1)
{
    /// <summary>Share of the overlap that is equal, 0 to 1.</summary>
    public double EqualShare => Overlap == 0 ? 0 : (double)Equal / Overlap;
}

/// <summary>
/// Finds by how many whole pixels a picture was shifted, or where it was cropped out of another: small blocks of the one that hold something are looked up at every
/// place of the other, each vote for the shift that brings them together, and the winner is checked pixel by pixel. A picture that was changed in places still
/// finds its way by the others. Where samples were not kept, correlation finds what is nearly the same.
/// </summary>
public static class WholePixelRegistration
{
    private const int Block = 8, Anchors = 24, MostPlaces = 64, Candidates = 4, Fewest = 3;
    private const long MostPixels = 1 << 25;
    private const ulong AlongRow = 0x9E3779B97F4A7C15, AlongColumn = 0xC2B2AE3D27D4EB4F;

    /// <summary>Finds the shift of a frame. Null where there is none under which half of what both share is equal, or all of it nearly the same.</summary>
    /// <param name="a">One picture.</param>
    /// <param name="b">The other, of as many samples a pixel.</param>
    /// <param name="frame">From 0, a frame of both.</param>
    /// <exception cref="PixelException">A frame cannot be decoded.</exception>
    public static PixelShift? Find(PixelReader a, PixelReader b, int frame)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (!IsSmallEnough(a.Geometry) || !IsSmallEnough(b.Geometry) || a.Geometry.Samples != b.Geometry.Samples) return null;
        Picture ofA = Picture.Of(a, frame), ofB = Picture.Of(b, frame);
        if (Find(ofA, ofB) is { } exact) return exact;
        return CorrelationSearch.Find(a, b, frame) is { } near ? Picture.Compare(ofA, ofB, near.Columns, near.Rows) with { Alike = near.Alike } : null;

        static bool IsSmallEnough(PixelGeometry g) => g.Rows >= Block && g.Columns >= Block && (long)g.Rows * g.Columns <= MostPixels;
    }

    private static PixelShift? Find(Picture a, Picture b)
    {
        Dictionary<ulong, List<(int X, int Y)>> anchors = AnchorsOf(b);
        if (anchors.Count == 0) return null;
        var votes = new Dictionary<(int Columns, int Rows), int>();
        foreach ((ulong hash, List<(int X, int Y)> places) in PlacesIn(a, anchors))
        {
            // what is found all over the place tells nothing
            if (places.Count > MostPlaces || anchors[hash].Count > MostPlaces / 8) continue;
            foreach ((int x, int y) in places)
            {
                foreach ((int ofX, int ofY) in anchors[hash])
                {
                    (int, int) shift = (x - ofX, y - ofY);
                    votes[shift] = votes.GetValueOrDefault(shift) + 1;
                }
            }
        }
        PixelShift? best = null;
        foreach (((int columns, int rows), int count) in votes.OrderByDescending(v => v.Value).ThenBy(v => v.Key.Rows).ThenBy(v => v.Key.Columns).Take(Candidates))
        {
            if (count < Math.Min(Fewest, anchors.Count)) continue;
            PixelShift shift = Picture.Compare(a, b, columns, rows);
            if (shift.EqualShare >= 0.5 && (best is null || shift.Equal > best.Value.Equal)) best = shift;
        }
        return best;
    }

    /// <summary>Of each part of the picture the block with the most changes between neighbours; parts without any give none.</summary>
    private static Dictionary<ulong, List<(int X, int Y)>> AnchorsOf(Picture picture)
    {
        var anchors = new Dictionary<ulong, List<(int X, int Y)>>();
        int partWidth = Math.Max(Block, picture.Width / Anchors), partHeight = Math.Max(Block, picture.Height / Anchors);
        for (int top = 0; top + Block <= picture.Height; top += partHeight)
        {
            for (int left = 0; left + Block <= picture.Width; left += partWidth)
            {
                int most = Block, atX = -1, atY = -1;
                for (int y = top; y < top + partHeight && y + Block <= picture.Height; y += Block / 2)
                {
                    for (int x = left; x < left + partWidth && x + Block <= picture.Width; x += Block / 2)
                    {
                        int changes = picture.Changes(x, y);
                        if (changes > most) (most, atX, atY) = (changes, x, y);
                    }
                }
                if (atX < 0) continue;
                ulong hash = picture.Hash(atX, atY);
                if (!anchors.TryGetValue(hash, out List<(int X, int Y)>? places)) anchors.Add(hash, places = []);
                places.Add((atX, atY));
            }
        }
        return anchors;
    }

    /// <summary>Where each anchor stands in a picture, by a hash that rolls along columns and then along rows.</summary>
    private static Dictionary<ulong, List<(int X, int Y)>> PlacesIn(Picture picture, Dictionary<ulong, List<(int X, int Y)>> anchors)
    {
        var found = new Dictionary<ulong, List<(int X, int Y)>>();
        // most places are none: a table of bits answers for them
        var maybe = new System.Collections.BitArray(1 << 16);
        foreach (ulong hash in anchors.Keys) maybe[(int)(hash >> 48)] = true;
        int across = picture.Width - Block + 1;
        ulong[][] rows = new ulong[Block][];
        ulong[] sums = new ulong[across];
        unchecked
        {
            ulong leaving = Power(AlongColumn, Block);
            for (int y = 0; y < picture.Height; y++)
            {
                ulong[] row = RowHashes(picture, y);
                ulong[]? gone = rows[y % Block];
                rows[y % Block] = row;
                for (int x = 0; x < across; x++)
                {
                    ulong hash = sums[x] * AlongColumn + row[x] - (gone is null ? 0 : gone[x] * leaving);
                    sums[x] = hash;
                    if (y < Block - 1 || !maybe[(int)(hash >> 48)] || !anchors.ContainsKey(hash)) continue;
                    if (!found.TryGetValue(hash, out List<(int X, int Y)>? places)) found.Add(hash, places = []);
                    if (places.Count <= MostPlaces) places.Add((x, y - Block + 1));
                }
            }
        }
        return found;
    }

    private static ulong[] RowHashes(Picture picture, int y)
    {
        ReadOnlySpan<uint> row = picture.Keys.AsSpan(y * picture.Width, picture.Width);
        ulong[] hashes = new ulong[row.Length - Block + 1];
        unchecked
        {
            ulong leaving = Power(AlongRow, Block), hash = 0;
            for (int x = 0; x < row.Length; x++)
            {
                hash = hash * AlongRow + (row[x] + 1UL);
                if (x >= Block) hash -= (row[x - Block] + 1UL) * leaving;
                if (x >= Block - 1) hashes[x - Block + 1] = hash;
            }
        }
        return hashes;
    }

    private static ulong Power(ulong number, int times)
    {
        ulong product = 1;
        for (int i = 0; i < times; i++) product = unchecked(product * number);
        return product;
    }

    /// <summary>A frame as one number for each pixel: its value where 32 bits hold all samples, else a hash of them.</summary>
    private sealed record Picture(int Width, int Height, uint[] Keys)
    {
        public static Picture Of(PixelReader reader, int frame)
        {
            PixelGeometry g = reader.Geometry;
            var values = new StoredValues(g);
            uint[] keys = new uint[g.Rows * g.Columns];
            int step = Math.Clamp((1 << 20) / g.RowBytes, 1, g.Rows), at = 0;
            for (int row = 0; row < g.Rows; row += step)
            {
                int count = Math.Min(step, g.Rows - row);
                ReadOnlySpan<byte> cells = reader.Rows(frame, row, count);
                for (int i = 0; i < count * g.Columns; i++)
                {
                    uint key = 0;
                    for (int s = 0; s < g.Samples; s++)
                    {
                        double value = values.Number(cells, i * g.Samples + s);
                        // one whole number of 32 bits, and up to four of 8 bits, stay what they are
                        uint part = !values.IsFloat && Math.Abs(value) < 4294967296.0 ? unchecked((uint)(long)value) : unchecked((uint)BitConverter.DoubleToInt64Bits(value).GetHashCode());
                        key = g.Samples == 1 ? part : g.BitsStored <= 8 ? (key << 8) | (part & 0xFF) : unchecked(key * 65599 + part);
                    }
                    keys[at++] = key;
                }
            }
            return new Picture(g.Columns, g.Rows, keys);
        }

        /// <summary>How many neighbours within a block differ.</summary>
        public int Changes(int x, int y)
        {
            int changes = 0;
            for (int row = y; row < y + Block; row++)
            {
                int at = row * Width + x;
                for (int i = 1; i < Block; i++) changes += Keys[at + i] != Keys[at + i - 1] ? 1 : 0;
            }
            return changes;
        }

        public ulong Hash(int x, int y)
        {
            ulong hash = 0;
            unchecked
            {
                for (int row = y; row < y + Block; row++)
                {
                    ulong ofRow = 0;
                    for (int i = 0; i < Block; i++) ofRow = ofRow * AlongRow + (Keys[row * Width + x + i] + 1UL);
                    hash = hash * AlongColumn + ofRow;
                }
            }
            return hash;
        }

        public static PixelShift Compare(Picture a, Picture b, int columns, int rows)
        {
            int left = Math.Max(0, -columns), right = Math.Min(b.Width, a.Width - columns), top = Math.Max(0, -rows), bottom = Math.Min(b.Height, a.Height - rows);
            if (right <= left || bottom <= top) return new PixelShift(columns, rows, 0, 0);
            long equal = 0;
            for (int y = top; y < bottom; y++)
            {
                ReadOnlySpan<uint> ofB = b.Keys.AsSpan(y * b.Width + left, right - left), ofA = a.Keys.AsSpan((y + rows) * a.Width + left + columns, right - left);
                for (int i = 0; i < ofB.Length; i++) equal += ofA[i] == ofB[i] ? 1 : 0;
            }
            return new PixelShift(columns, rows, (long)(right - left) * (bottom - top), equal);
        }
    }
}
