namespace Veridicom.Forensics.Similarity;

/// <summary>Two pictures that look the same.</summary>
/// <param name="First">Index of the one, as it was added.</param>
/// <param name="Second">Index of the other, larger.</param>
/// <param name="Distance">Bits of 255 in which their hashes differ.</param>
/// <param name="Correlation">Of their small versions, up to 1.</param>
/// <param name="Mirrored">Left and right are exchanged.</param>
/// <param name="Inverted">Black and white are exchanged.</param>
public sealed record SimilarPair(int First, int Second, int Distance, double Correlation, bool Mirrored, bool Inverted);

/// <summary>
/// Finds all pairs of pictures that look the same without comparing each with each: hashes that differ in at most <see cref="MostDistance"/> bits agree in one of their 16
/// parts but for one bit at most, so only those with such a part are looked at; what is found is confirmed in the small versions. Filled by one thread.
/// </summary>
public sealed class SimilarityIndex
{
    /// <summary>The most bits that may differ. With 16 parts and one bit of tolerance in each no pair up to here is missed.</summary>
    public const int MostDistance = 31;

    /// <summary>The least correlation of the small versions.</summary>
    public const double LeastCorrelation = 0.8;

    /// <summary>The most pairs in which one picture stands as the first; beyond it the picture is one of a great many that are alike, and those found connect them.</summary>
    public const int MostPairsEach = 1000;

    private static readonly double[] Crops = [0, 0.02, 0.04];
    private readonly List<PictureSketch> _sketches = [];

    /// <summary>Pictures in it.</summary>
    public int Count => _sketches.Count;

    /// <summary>Adds a picture and returns its index, from 0. Of pictures that are equal add one only.</summary>
    public int Add(PictureSketch sketch)
    {
        _sketches.Add(sketch);
        return _sketches.Count - 1;
    }

    /// <summary>Every pair once, in a fixed order.</summary>
    /// <param name="stop">Asked for each picture.</param>
    public IEnumerable<SimilarPair> Pairs(CancellationToken stop = default)
    {
        if (_sketches.Count < 2) yield break;
        (int[][] starts, int[][] members) = MakeBands();
        var seen = new int[_sketches.Count];
        var looked = new int[_sketches.Count];
        var found = new SortedDictionary<int, SimilarPair>();
        int stamp = 0;
        for (int i = 0; i < _sketches.Count; i++)
        {
            stop.ThrowIfCancellationRequested();
            found.Clear();
            foreach (Question question in Questions(_sketches[i])) Ask(i, question);
            foreach (SimilarPair pair in found.Values) yield return pair;
        }

        void Ask(int i, Question question)
        {
            stamp++;
            for (int band = 0; band < PictureHash.Bands; band++)
            {
                int part = question.Hash.Band(band);
                int[] inBand = members[band];
                for (int flip = -1; flip < PictureHash.Bands; flip++)
                {
                    int bucket = flip < 0 ? part : part ^ 1 << flip;
                    for (int at = starts[band][bucket], end = starts[band][bucket + 1]; at < end; at++)
                    {
                        int j = inBand[at];
                        if (seen[j] == stamp || j == i || looked[j] == i + 1) continue;
                        seen[j] = stamp;
                        if (Distance(question, _sketches[j]) > MostDistance || found.Count >= MostPairsEach) continue;
                        looked[j] = i + 1;
                        // what the other one found from its side was told then
                        if ((j > i || Match(j, i) is null) && Match(i, j) is { } pair) found[j] = pair;
                    }
                }
            }
        }
    }

    /// <summary>What is asked of the index for a picture: how its copies may look.</summary>
    private readonly record struct Question(PictureHash Hash, double Crop, bool Mirrored, bool Inverted);

    private static IEnumerable<Question> Questions(PictureSketch sketch)
    {
        for (int i = 0; i < Crops.Length; i++)
        {
            yield return new Question(sketch.Hashes[i], Crops[i], false, false);
            yield return new Question(sketch.Hashes[i].Mirrored, Crops[i], true, false);
        }
        yield return new Question(sketch.Hash.Inverted, 0, false, true);
        if (sketch.Whole != sketch.Hash) yield return new Question(sketch.Whole, 0, false, false);
    }

    private static int Distance(Question question, PictureSketch other) => Math.Min(question.Hash.Distance(other.Hash), question.Hash.Distance(other.Whole));

    /// <summary>The best answer to what is asked for the one in the other; null where there is none.</summary>
    private SimilarPair? Match(int one, int other)
    {
        SimilarPair? best = null;
        foreach (Question question in Questions(_sketches[one]))
        {
            int distance = Distance(question, _sketches[other]);
            if (distance > MostDistance || best?.Distance <= distance) continue;
            double correlation = (question.Inverted ? -1 : 1) * PictureSketch.Correlation(_sketches[other], _sketches[one], question.Crop, question.Mirrored);
            if (correlation >= LeastCorrelation) best = new SimilarPair(Math.Min(one, other), Math.Max(one, other), distance, correlation, question.Mirrored, question.Inverted);
        }
        return best;
    }

    /// <summary>For each part and each of its values which pictures have it, by counting.</summary>
    private (int[][] Starts, int[][] Members) MakeBands()
    {
        const int values = 1 << 16;
        var starts = new int[PictureHash.Bands][];
        var members = new int[PictureHash.Bands][];
        for (int band = 0; band < PictureHash.Bands; band++)
        {
            var start = new int[values + 1];
            foreach (PictureSketch sketch in _sketches)
            {
                start[sketch.Hash.Band(band) + 1]++;
                if (sketch.Whole != sketch.Hash) start[sketch.Whole.Band(band) + 1]++;
            }
            for (int i = 0; i < values; i++) start[i + 1] += start[i];
            var next = start.AsSpan(0, values).ToArray();
            var list = new int[start[values]];
            for (int j = 0; j < _sketches.Count; j++)
            {
                PictureSketch sketch = _sketches[j];
                list[next[sketch.Hash.Band(band)]++] = j;
                if (sketch.Whole != sketch.Hash) list[next[sketch.Whole.Band(band)]++] = j;
            }
            (starts[band], members[band]) = (start, list);
        }
        return (starts, members);
    }
}
