namespace Veridicom.Seals.Manifest;

/// <summary>The order of the instances of a series, and what left it (spec/manifest.md 3).</summary>
public static class SeriesOrder
{
    private const double SameNormal = 0.999;

    /// <summary>Indices into <paramref name="slices"/> by geometry; those without it last.</summary>
    public static int[] ByGeometry(IReadOnlyList<Slice> slices)
    {
        var planes = new SlicePlane[slices.Count];
        var stacks = new List<SlicePlane>();
        var keys = new (int Stack, long Place, int Ordinal)[slices.Count];
        int[] order = ByNumber(slices);
        for (int ordinal = 0; ordinal < order.Length; ordinal++)
        {
            int i = order[ordinal];
            if (!slices[i].TryPlane(out planes[i]))
            {
                keys[i] = (int.MaxValue, 0, ordinal);
                continue;
            }
            int stack = 0;
            while (stack < stacks.Count && stacks[stack].Along(planes[i]) < SameNormal) stack++;
            if (stack == stacks.Count) stacks.Add(planes[i]);
            keys[i] = (stack, stacks[stack].Project(planes[i]), ordinal);
        }
        Array.Sort(order, (a, b) => keys[a].CompareTo(keys[b]));
        return order;
    }

    /// <summary>Indices into <paramref name="slices"/> by Instance Number, then SOP Instance UID; those without a number last.</summary>
    public static int[] ByNumber(IReadOnlyList<Slice> slices)
    {
        int[] order = new int[slices.Count];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        Array.Sort(order, (a, b) =>
        {
            int number = (slices[a].Number ?? long.MaxValue).CompareTo(slices[b].Number ?? long.MaxValue);
            return number != 0 ? number : string.CompareOrdinal(slices[a].Instance, slices[b].Instance);
        });
        return order;
    }

    /// <summary>
    /// The fewest indices whose removal leaves both orders the same: what moved between them. Ascending in <paramref name="before"/>; empty where
    /// the orders agree.
    /// </summary>
    /// <param name="before">A permutation of 0 to n-1.</param>
    /// <param name="after">Another.</param>
    public static IReadOnlyList<int> Moved(int[] before, int[] after)
    {
        if (before.AsSpan().SequenceEqual(after)) return [];
        int[] place = new int[before.Length];
        for (int i = 0; i < before.Length; i++) place[before[i]] = i;
        // the longest run of those that kept their order, by patience: heaps[k] ends the best run of length k + 1
        var heaps = new List<int>();
        int[] earlier = new int[after.Length];
        for (int i = 0; i < after.Length; i++)
        {
            int p = place[after[i]], low = 0, high = heaps.Count;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (place[after[heaps[middle]]] < p) low = middle + 1;
                else high = middle;
            }
            earlier[i] = low == 0 ? -1 : heaps[low - 1];
            if (low == heaps.Count) heaps.Add(i);
            else heaps[low] = i;
        }
        bool[] kept = new bool[after.Length];
        for (int i = heaps[^1]; i >= 0; i = earlier[i]) kept[place[after[i]]] = true;
        var moved = new List<int>();
        for (int i = 0; i < before.Length; i++)
        {
            if (!kept[i]) moved.Add(before[i]);
        }
        return moved;
    }
}
