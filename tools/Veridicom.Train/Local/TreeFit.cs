using Veridicom.Forensics.Manipulation;

namespace Veridicom.Train.Local;

/// <summary>Fits boosted trees to the logarithmic loss, with histograms of 64 bins. The same rows in the same order give the same trees.</summary>
internal static class TreeFit
{
    private const int Bins = 64;

    /// <summary>Fits.</summary>
    /// <param name="rows">Features of all rows, one behind the other.</param>
    /// <param name="features">Of each row.</param>
    /// <param name="labels">What is to be told.</param>
    /// <param name="weights">How much each row counts.</param>
    /// <param name="trees">How many.</param>
    /// <param name="depth">Questions until a leaf.</param>
    /// <param name="rate">How much of each step is taken.</param>
    public static BoostedTrees Fit(float[] rows, int features, bool[] labels, float[] weights, int trees, int depth, double rate)
    {
        int count = labels.Length, nodes = (1 << depth) - 1, leaves = nodes + 1;
        float[][] borders = Borders(rows, features, count);
        var binned = new byte[(long)count * features];
        for (int feature = 0; feature < features; feature++)
        {
            for (int i = 0; i < count; i++)
            {
                int bin = Array.BinarySearch(borders[feature], rows[i * features + feature]);
                // the first border that is greater than the value
                binned[i * features + feature] = (byte)(bin < 0 ? ~bin : bin + 1);
            }
        }
        double positive = 0, all = 0;
        for (int i = 0; i < count; i++) (positive, all) = (positive + (labels[i] ? weights[i] : 0), all + weights[i]);
        float bias = (float)Math.Log(positive / (all - positive));
        var score = new float[count];
        Array.Fill(score, bias);
        var chosen = new byte[trees * nodes];
        var limits = new float[trees * nodes];
        var values = new float[trees * leaves];
        float[] slope = new float[count], curve = new float[count];
        var place = new int[count];
        for (int tree = 0; tree < trees; tree++)
        {
            for (int i = 0; i < count; i++)
            {
                float p = 1 / (1 + MathF.Exp(-score[i]));
                slope[i] = ((labels[i] ? 1 : 0) - p) * weights[i];
                curve[i] = p * (1 - p) * weights[i];
                place[i] = 0;
            }
            for (int level = 0; level < depth; level++)
            {
                int width = 1 << level;
                var sums = new double[width * features * Bins * 2];
                for (int i = 0; i < count; i++)
                {
                    int start = place[i] * features * Bins * 2;
                    ReadOnlySpan<byte> row = binned.AsSpan(i * features, features);
                    for (int feature = 0; feature < features; feature++)
                    {
                        int at = start + (feature * Bins + row[feature]) * 2;
                        sums[at] += slope[i];
                        sums[at + 1] += curve[i];
                    }
                }
                for (int node = 0; node < width; node++)
                {
                    (int feature, int bin) = Split(sums.AsSpan(node * features * Bins * 2, features * Bins * 2), features);
                    int at = tree * nodes + width - 1 + node;
                    chosen[at] = (byte)feature;
                    limits[at] = bin - 1 < borders[feature].Length ? borders[feature][bin - 1] : float.MaxValue;
                }
                for (int i = 0; i < count; i++)
                {
                    int at = tree * nodes + width - 1 + place[i];
                    place[i] = 2 * place[i] + (rows[i * features + chosen[at]] >= limits[at] ? 1 : 0);
                }
            }
            double[] up = new double[leaves], down = new double[leaves];
            for (int i = 0; i < count; i++) (up[place[i]], down[place[i]]) = (up[place[i]] + slope[i], down[place[i]] + curve[i]);
            for (int leaf = 0; leaf < leaves; leaf++) values[tree * leaves + leaf] = (float)(rate * up[leaf] / (down[leaf] + 20));
            for (int i = 0; i < count; i++) score[i] += values[tree * leaves + place[i]];
        }
        return new BoostedTrees(bias, depth, chosen, limits, values);
    }

    private static (int Feature, int Bin) Split(Span<double> sums, int features)
    {
        (int, int) best = (0, Bins);
        double most = 1e-6;
        double up = 0, down = 0;
        for (int bin = 0; bin < Bins; bin++) (up, down) = (up + sums[2 * bin], down + sums[2 * bin + 1]);
        double whole = up * up / (down + 20);
        for (int feature = 0; feature < features; feature++)
        {
            double left = 0, weight = 0;
            for (int bin = 1; bin < Bins; bin++)
            {
                left += sums[(feature * Bins + bin - 1) * 2];
                weight += sums[(feature * Bins + bin - 1) * 2 + 1];
                double gain = left * left / (weight + 20) + (up - left) * (up - left) / (down - weight + 20) - whole;
                if (gain > most) (most, best) = (gain, (feature, bin));
            }
        }
        return best;
    }

    // Quantiles of a regular sample.
    private static float[][] Borders(float[] rows, int features, int count)
    {
        int step = Math.Max(1, count / 20_000);
        var borders = new float[features][];
        for (int feature = 0; feature < features; feature++)
        {
            var sample = new List<float>();
            for (int i = 0; i < count; i += step) sample.Add(rows[i * features + feature]);
            sample.Sort();
            borders[feature] = [.. Enumerable.Range(1, Bins - 1).Select(i => sample[(int)((long)i * sample.Count / Bins)]).Distinct()];
        }
        return borders;
    }
}
