using Veridicom.Forensics.Similarity;

namespace Veridicom.Cli.Audits;

/// <summary>How two files are alike.</summary>
internal enum Likeness
{
    /// <summary>Every byte.</summary>
    Bytes,
    /// <summary>Every sample, in files that differ.</summary>
    Pixels,
    /// <summary>To the eye: compressed again, resized, cropped, brightened, mirrored or inverted.</summary>
    Near,
}

/// <summary>Two files that are alike.</summary>
/// <param name="First">Index of a file.</param>
/// <param name="Second">Index of a later one.</param>
/// <param name="Likeness">How.</param>
/// <param name="Distance">Bits of their hashes that differ, 0 for exact ones.</param>
/// <param name="Correlation">Of small versions, 1 for exact ones.</param>
/// <param name="Mirrored">Left and right are exchanged.</param>
/// <param name="Inverted">Black and white are exchanged.</param>
internal sealed record LikePair(int First, int Second, Likeness Likeness, int Distance, double Correlation, bool Mirrored, bool Inverted);

/// <summary>
/// Files that are alike, in groups: each file stands in one group at most. Pairs lead from a file to the earliest one that it is alike to exactly, and between those to the eye.
/// </summary>
internal sealed class Duplicates
{
    /// <summary>The most pairs that are kept; all are counted.</summary>
    public const int MostPairs = 20_000;

    private readonly Dictionary<Digest, int> _bytes = [], _pixels = [];
    private readonly SimilarityIndex _index = new();
    private readonly List<int> _indexed = [];
    private readonly List<int> _above = []; // union-find over files

    /// <summary>Pairs, the first ones found.</summary>
    public List<LikePair> Pairs { get; } = [];

    /// <summary>Pairs by likeness, all of them.</summary>
    public long[] Counts { get; } = new long[3];

    /// <summary>Takes in the next file; returns nothing of its sketch behind.</summary>
    public void Add(int index, AuditedFile file)
    {
        _above.Add(index);
        PictureSketch? sketch = file.Sketch;
        file.Sketch = null;
        if (file.Bytes is { } bytes && !_bytes.TryAdd(bytes, index))
        {
            Keep(new LikePair(_bytes[bytes], index, Likeness.Bytes, 0, 1, false, false));
            return;
        }
        if (file.Pixels is { } pixels && !_pixels.TryAdd(pixels, index))
        {
            Keep(new LikePair(_pixels[pixels], index, Likeness.Pixels, 0, 1, false, false));
            return;
        }
        if (sketch is null) return;
        _index.Add(sketch);
        _indexed.Add(index);
    }

    /// <summary>Finds what is alike to the eye, and numbers the groups.</summary>
    /// <param name="files">All files, in the order in which they were added.</param>
    /// <param name="isOrdinary">True for two files that may well look alike, such as neighbouring slices of one patient in one part of the data set: they are neither counted nor joined.</param>
    /// <param name="stop">Asked now and then.</param>
    public void Finish(IReadOnlyList<AuditedFile> files, Func<AuditedFile, AuditedFile, bool> isOrdinary, CancellationToken stop)
    {
        foreach (SimilarPair pair in _index.Pairs(stop))
        {
            int first = _indexed[pair.First], second = _indexed[pair.Second];
            if (isOrdinary(files[first], files[second])) continue;
            Keep(new LikePair(first, second, Likeness.Near, pair.Distance, pair.Correlation, pair.Mirrored, pair.Inverted));
        }
        var groups = 0;
        for (int i = 0; i < files.Count; i++)
        {
            int top = Top(i);
            if (top == i) continue;
            if (files[top].Group == 0) files[top].Group = ++groups;
            files[i].Group = files[top].Group;
        }
    }

    private void Keep(LikePair pair)
    {
        Counts[(int)pair.Likeness]++;
        if (Pairs.Count < MostPairs) Pairs.Add(pair);
        int a = Top(pair.First), b = Top(pair.Second);
        if (a != b) _above[Math.Max(a, b)] = Math.Min(a, b);
    }

    private int Top(int file)
    {
        while (_above[file] != file) file = _above[file] = _above[_above[file]];
        return file;
    }
}
