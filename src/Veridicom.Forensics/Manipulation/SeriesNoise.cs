using System.Globalization;
using Veridicom.Pixels.Rendering;

namespace Veridicom.Forensics.Manipulation;

/// <summary>Noise that two slices of a series share, at the same place or another. Of all blocks a sample is kept that depends on their content only, so that equal blocks are kept or left together.</summary>
internal sealed class SeriesNoise
{
    private const int MostSlices = 4096, MostKept = 16_000_000, OneOf = 16, LeastBlocks = 6, MostFindings = 40, Grown = 3;
    private readonly Dictionary<ulong, (int Slice, int At)> _blocks = [];
    private readonly Dictionary<(int First, int Second, int Down, int Across), List<int>> _shared = [];
    private int _slices, _side, _columns, _rows;

    /// <summary>Takes the next slice.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="cells">The slice; all are of one size.</param>
    public void Add(int index, SliceCells cells)
    {
        if (_slices >= MostSlices || DuplicatedBlocks.Hashes.Of(cells.Rows, cells.Columns, cells.Values, _side) is not { } hashes) return;
        _slices++;
        (_side, _columns, _rows) = (hashes.Side, hashes.Columns, cells.Rows);
        for (int at = 0; at < hashes.Keys.Length; at++)
        {
            ulong key = hashes.Keys[at];
            if (key == 0 || (key >> 7) % OneOf != 0) continue;
            if (!_blocks.TryGetValue(key, out (int Slice, int At) first))
            {
                if (_blocks.Count < MostKept) _blocks[key] = (index, at);
                continue;
            }
            if (first.Slice == index) continue;
            var way = (first.Slice, index, at / _columns - first.At / _columns, at % _columns - first.At % _columns);
            if (!_shared.TryGetValue(way, out List<int>? places)) _shared[way] = places = [];
            places.Add(at);
        }
    }

    /// <summary>What was found.</summary>
    public IEnumerable<LocalFinding> Findings()
    {
        foreach (((int first, int second, int down, int across), List<int> places) in _shared.Where(one => one.Value.Count >= LeastBlocks).OrderByDescending(one => one.Value.Count).ThenBy(one => one.Key).Take(MostFindings))
        {
            int top = places.Min(at => at / _columns), left = places.Min(at => at % _columns);
            int height = places.Max(at => at / _columns) - top + _side, width = places.Max(at => at % _columns) - left + _side;
            // a few equal blocks all over a slice are chance, not a copy
            if (places.Count * (double)OneOf < 0.05 * height * width) continue;
            double score = 1 - 1.0 / (100 + 100 * places.Count);
            // the outermost blocks are seldom in the sample, and those on a blended edge never equal
            PixelArea there = Grow(left, top, width, height);
            PixelArea here = Grow(left - across, top - down, width, height);
            string text = string.Create(CultureInfo.InvariantCulture, $"slice {first + 1} in {LocalManipulation.Place(here)} and slice {second + 1} in {LocalManipulation.Place(there)} have the same noise");
            yield return new LocalFinding(second, there, SliceConsistency.SharedCode, score, text);
            yield return new LocalFinding(first, here, SliceConsistency.SharedCode, score, text);
        }
    }

    private PixelArea Grow(int left, int top, int width, int height)
    {
        int x = Math.Max(0, left - Grown), y = Math.Max(0, top - Grown);
        return new PixelArea(x, y, Math.Min(_columns, left + width + Grown) - x, Math.Min(_rows, top + height + Grown) - y);
    }
}
