namespace Veridicom.Train.Fitting;

/// <summary>Equations and inverses of small symmetric positive definite matrices, by Cholesky.</summary>
internal static class SymmetricMatrix
{
    /// <summary>Solves a x = b.</summary>
    /// <param name="a">[row, column]; not changed.</param>
    /// <param name="b">The right side.</param>
    /// <exception cref="ArithmeticException">The matrix is not positive definite.</exception>
    public static double[] Solve(double[,] a, double[] b)
    {
        double[,] root = Root(a);
        int n = b.Length;
        var x = new double[n];
        for (int i = 0; i < n; i++)
        {
            double sum = b[i];
            for (int k = 0; k < i; k++) sum -= root[i, k] * x[k];
            x[i] = sum / root[i, i];
        }
        for (int i = n - 1; i >= 0; i--)
        {
            double sum = x[i];
            for (int k = i + 1; k < n; k++) sum -= root[k, i] * x[k];
            x[i] = sum / root[i, i];
        }
        return x;
    }

    /// <summary>The inverse.</summary>
    /// <exception cref="ArithmeticException">The matrix is not positive definite.</exception>
    public static double[,] Inverse(double[,] a)
    {
        int n = a.GetLength(0);
        var inverse = new double[n, n];
        for (int column = 0; column < n; column++)
        {
            var unit = new double[n];
            unit[column] = 1;
            double[] solved = Solve(a, unit);
            for (int row = 0; row < n; row++) inverse[row, column] = solved[row];
        }
        // Rounding leaves the halves a little apart.
        for (int i = 0; i < n; i++)
            for (int j = 0; j < i; j++) inverse[i, j] = inverse[j, i] = (inverse[i, j] + inverse[j, i]) / 2;
        return inverse;
    }

    private static double[,] Root(double[,] a)
    {
        int n = a.GetLength(0);
        var root = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = a[i, j];
                for (int k = 0; k < j; k++) sum -= root[i, k] * root[j, k];
                if (i != j) root[i, j] = sum / root[j, j];
                else if (sum > 0) root[i, i] = Math.Sqrt(sum);
                else throw new ArithmeticException("the matrix is not positive definite");
            }
        }
        return root;
    }
}
