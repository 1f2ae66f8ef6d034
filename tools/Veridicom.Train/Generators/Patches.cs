using Veridicom.Forensics;

namespace Veridicom.Train.Generators;

/// <summary>Every patch of 8 x 8 made anew, with patches that overlap by half; where they do, they are averaged.</summary>
internal static class Patches
{
    /// <summary>Side of a patch.</summary>
    public const int Side = 8;

    /// <summary>Values of a patch.</summary>
    public const int Size = Side * Side;

    /// <summary>Changes 64 values, row by row, in place.</summary>
    public delegate void Change(Span<float> patch);

    /// <summary>All patches changed, from the top left on.</summary>
    public static GrayPicture Remade(GrayPicture picture, Change change)
    {
        int rows = picture.Rows, columns = picture.Columns;
        var sums = new float[rows * columns];
        var counts = new float[rows * columns];
        Span<float> patch = stackalloc float[Size];
        foreach (int top in Places(rows))
        {
            foreach (int left in Places(columns))
            {
                Take(picture, top, left, patch);
                change(patch);
                int height = Math.Min(Side, rows - top), width = Math.Min(Side, columns - left);
                for (int y = 0; y < height; y++)
                {
                    for (int x = 0; x < width; x++)
                    {
                        int place = (top + y) * columns + left + x;
                        sums[place] += patch[y * Side + x];
                        counts[place]++;
                    }
                }
            }
        }
        for (int i = 0; i < sums.Length; i++) sums[i] /= counts[i];
        return new GrayPicture(rows, columns, sums, 256);
    }

    /// <summary>One patch; edges repeat.</summary>
    public static void Take(GrayPicture picture, int top, int left, Span<float> patch)
    {
        for (int y = 0; y < Side; y++)
        {
            ReadOnlySpan<float> row = picture.Row(Math.Min(top + y, picture.Rows - 1));
            for (int x = 0; x < Side; x++) patch[y * Side + x] = row[Math.Min(left + x, picture.Columns - 1)];
        }
    }

    private static IEnumerable<int> Places(int size)
    {
        for (int place = 0; ; place += Side / 2)
        {
            if (place + Side >= size)
            {
                yield return Math.Max(0, size - Side);
                yield break;
            }
            yield return place;
        }
    }
}
