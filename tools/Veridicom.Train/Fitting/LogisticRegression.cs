namespace Veridicom.Train.Fitting;

/// <summary>Logistic regression with a penalty on the square of the weights, by Newton's method: the same samples give the same weights.</summary>
internal static class LogisticRegression
{
    private const int Steps = 25;
    private const double Ridge = 1e-9;

    /// <summary>Fits.</summary>
    /// <param name="rows">Scaled features of each sample.</param>
    /// <param name="columns">Which of them are used.</param>
    /// <param name="positive">The class of each sample.</param>
    /// <param name="weights">How much each counts; their sum is 1.</param>
    /// <param name="penalty">Times half the square of each weight, not of the bias.</param>
    /// <returns>A weight for each of <paramref name="columns"/>, and the bias last.</returns>
    public static double[] Fit(IReadOnlyList<double[]> rows, IReadOnlyList<int> columns, IReadOnlyList<bool> positive, IReadOnlyList<double> weights, double penalty)
    {
        int n = columns.Count;
        var solution = new double[n + 1];
        var x = new double[n + 1];
        for (int step = 0; step < Steps; step++)
        {
            var gradient = new double[n + 1];
            var curvature = new double[n + 1, n + 1];
            for (int i = 0; i < n; i++)
            {
                gradient[i] = penalty * solution[i];
                curvature[i, i] = penalty + Ridge;
            }
            curvature[n, n] = Ridge;
            for (int s = 0; s < rows.Count; s++)
            {
                double sum = solution[n];
                for (int i = 0; i < n; i++) sum += solution[i] * (x[i] = rows[s][columns[i]]);
                x[n] = 1;
                double probability = 1 / (1 + Math.Exp(-sum)), error = weights[s] * (probability - (positive[s] ? 1 : 0)), slope = weights[s] * probability * (1 - probability);
                for (int i = 0; i <= n; i++)
                {
                    gradient[i] += error * x[i];
                    for (int j = 0; j <= i; j++) curvature[i, j] += slope * x[i] * x[j];
                }
            }
            for (int i = 0; i <= n; i++)
                for (int j = 0; j < i; j++) curvature[j, i] = curvature[i, j];
            double[] change = SymmetricMatrix.Solve(curvature, gradient);
            double largest = 0;
            for (int i = 0; i <= n; i++)
            {
                solution[i] -= change[i];
                largest = Math.Max(largest, Math.Abs(change[i]));
            }
            if (largest < 1e-10) break;
        }
        return solution;
    }
}
