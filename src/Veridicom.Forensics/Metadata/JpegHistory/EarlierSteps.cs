namespace Veridicom.Forensics.Metadata.JpegHistory;

/// <summary>Steps with which coefficients were quantised once, found in what became of them.</summary>
internal static class EarlierSteps
{
    private const int LeastCount = 150, MostStep = 100, LeastStep = 3, Reach = 40, PerUnit = 4, Largest = 1024;

    /// <summary>How often each size occurs, in quarters of a unit: all below goes by it, in place of every coefficient again.</summary>
    public static int[] Sizes(ReadOnlySpan<float> coefficients)
    {
        var sizes = new int[Largest * PerUnit + 1];
        foreach (float c in coefficients)
        {
            float size = MathF.Round(Math.Abs(c) * PerUnit);
            if (size < sizes.Length) sizes[(int)size]++;
        }
        return sizes;
    }

    /// <summary>
    /// Of coefficients of a picture that was decoded and not encoded again: they stand near multiples of the step. Returns the step and how well they do so, from 0 (not at
    /// all) to 1; null where too few are large enough to say.
    /// </summary>
    public static (int Step, double Fit)? OfDecoded(ReadOnlySpan<int> sizes)
    {
        (int Step, double Fit)? best = null;
        for (int step = LeastStep; step <= MostStep; step++)
        {
            double sum = 0, turn = 2 * Math.PI / (PerUnit * step);
            long count = 0;
            for (int s = PerUnit * step / 2; s < sizes.Length; s++)
            {
                if (sizes[s] == 0) continue;
                sum += sizes[s] * Math.Cos(s * turn);
                count += sizes[s];
            }
            if (count < LeastCount) break;
            double fit = sum / count;
            // what stands on multiples of a step also stands on those of its divisors: the largest that fits is the step
            if (best is null || fit > best.Value.Fit * 0.95) best = (step, Math.Max(fit, 0));
        }
        return best;
    }

    /// <summary>
    /// Of coefficients that were quantised with a known step: whether other steps came before. What the counts would be without that is estimated from the same picture on a
    /// grid shifted by half a block, where no quantisation shows. Returns the earlier step and the gain in log likelihood for each coefficient that is not 0, of counts with
    /// that step before over counts without; null where too few coefficients say anything.
    /// </summary>
    /// <param name="sizes">On the grid of the file.</param>
    /// <param name="shifted">On the shifted one.</param>
    /// <param name="known">The step of the file.</param>
    public static (int Step, double Gain)? OfQuantised(ReadOnlySpan<int> sizes, ReadOnlySpan<int> shifted, int known)
    {
        if (known < 1) return null;
        var counts = new double[Reach + 1];
        int total = 0;
        for (int s = 0; s < sizes.Length; s++)
        {
            int k = (int)Math.Round((double)s / (PerUnit * known));
            if (k is 0 or > Reach) continue;
            counts[k] += sizes[s];
            total += sizes[s];
        }
        if (total < 2 * LeastCount) return null;
        double plain = Likelihood(counts, Expected(shifted, 0, known));
        (int Step, double Gain)? best = null;
        for (int step = 2; step <= Math.Min(MostStep, Math.Max(32, 4 * known)); step++)
        {
            // a divisor of the known step leaves no trace
            if (known % step == 0) continue;
            double gain = (Likelihood(counts, Expected(shifted, step, known)) - plain) / total;
            if (best is null || gain > best.Value.Gain) best = (step, gain);
        }
        return best;
    }

    /// <summary>Shares of the bins 1 to <see cref="Reach"/> after quantisation with a step, unless it is 0, rounding of the pixels in between, and quantisation with the known step.</summary>
    private static double[] Expected(ReadOnlySpan<int> shifted, int step, int known)
    {
        // about a third of a unit of noise, as rounding of pixels gives
        ReadOnlySpan<double> blur = [0.02, 0.1, 0.23, 0.3, 0.23, 0.1, 0.02];
        var bins = new double[Reach + 1];
        if (step == 0)
        {
            for (int s = 0; s < shifted.Length; s++) Add(bins, (double)s / (PerUnit * known), shifted[s]);
        }
        else
        {
            var multiples = new double[(Reach + 2) * known / step + 2];
            for (int s = 0; s < shifted.Length; s++)
            {
                int n = (int)Math.Round((double)s / (PerUnit * step));
                if (n < multiples.Length) multiples[n] += shifted[s];
            }
            for (int n = 0; n < multiples.Length; n++)
            {
                for (int b = 0; b < blur.Length; b++) Add(bins, (n * step + (b - 3) * 0.15) / known, multiples[n] * blur[b]);
            }
        }
        bins[0] = 0;
        double sum = bins.Sum();
        // a part of every bin's surroundings stands for what the shifted grid cannot know
        var shares = new double[Reach + 1];
        for (int k = 1; k <= Reach; k++)
        {
            double near = (bins[Math.Max(1, k - 1)] + bins[k] + bins[Math.Min(Reach, k + 1)]) / 3;
            shares[k] = 0.9 * bins[k] + 0.1 * near + 0.001 * (sum + 1);
        }
        double whole = shares.Sum();
        for (int k = 1; k <= Reach; k++) shares[k] /= whole;
        return shares;
    }

    private static void Add(double[] bins, double place, double amount)
    {
        double k = Math.Round(Math.Abs(place));
        if (k <= Reach) bins[(int)k] += amount;
    }

    private static double Likelihood(double[] counts, double[] shares)
    {
        double sum = 0;
        for (int k = 1; k < counts.Length; k++) sum += counts[k] * Math.Log(shares[k]);
        return sum;
    }
}
