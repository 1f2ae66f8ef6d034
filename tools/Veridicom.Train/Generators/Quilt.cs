using Veridicom.Forensics;

namespace Veridicom.Train.Generators;

/// <summary>
/// Texture quilting: coarse structure stays, and the fine texture of each patch is that of another place of the same image, the best of a few that chance
/// proposes, blended where patches overlap.
/// </summary>
internal sealed class Quilt : SimulatedGenerator
{
    public override string Name => "quilt";

    protected override GrayPicture Synthesise(GrayPicture real, SeededRandom random)
    {
        int side = Math.Min(8 << random.Below(3), Math.Min(real.Rows, real.Columns)), step = Math.Max(1, side * 3 / 4), tries = 4 + random.Below(12);
        GrayPicture coarse = Plane.Smooth(real, random.Between(1.5, 4)), fine = Plane.Combine(real, coarse, (a, b) => a - b);
        var sums = new float[real.Rows * real.Columns];
        var weights = new float[real.Rows * real.Columns];
        for (int top = 0; ; top = Math.Min(top + step, real.Rows - side))
        {
            for (int left = 0; ; left = Math.Min(left + step, real.Columns - side))
            {
                (int row, int column) = Best(coarse, top, left, side, tries, random);
                Add(fine, row, column, top, left, side, sums, weights);
                if (left >= real.Columns - side) break;
            }
            if (top >= real.Rows - side) break;
        }
        return Plane.Of(real.Rows, real.Columns, (row, column) => coarse.Row(row)[column] + sums[row * real.Columns + column] / weights[row * real.Columns + column]);
    }

    /// <summary>Where the coarse picture is most alike, by brightness and slope.</summary>
    private static (int Row, int Column) Best(GrayPicture coarse, int top, int left, int side, int tries, SeededRandom random)
    {
        (int, int) best = (0, 0);
        float least = float.MaxValue;
        for (int i = 0; i < tries; i++)
        {
            int row = random.Below(coarse.Rows - side + 1), column = random.Below(coarse.Columns - side + 1);
            float difference = 0;
            for (int y = 0; y < side; y += 4)
            {
                ReadOnlySpan<float> one = coarse.Row(top + y), other = coarse.Row(row + y);
                for (int x = 0; x < side; x += 4) difference += Math.Abs(one[left + x] - other[column + x]);
            }
            if (difference >= least) continue;
            (least, best) = (difference, (row, column));
        }
        return best;
    }

    private static void Add(GrayPicture fine, int row, int column, int top, int left, int side, float[] sums, float[] weights)
    {
        for (int y = 0; y < side; y++)
        {
            ReadOnlySpan<float> source = fine.Row(row + y).Slice(column, side);
            float down = Math.Min(y + 1, side - y);
            int place = (top + y) * fine.Columns + left;
            for (int x = 0; x < side; x++)
            {
                float weight = down * Math.Min(x + 1, side - x);
                sums[place + x] += weight * source[x];
                weights[place + x] += weight;
            }
        }
    }
}
