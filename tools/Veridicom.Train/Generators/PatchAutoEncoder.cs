using Veridicom.Forensics;

namespace Veridicom.Train.Generators;

/// <summary>
/// The best linear auto-encoder of patches, fitted on the image itself (its principal components), with a narrow waist whose codes are quantised as a codebook's
/// are; and noise on top, since decoders add some.
/// </summary>
internal sealed class PatchAutoEncoder : SimulatedGenerator
{
    private const int Examples = 4000, Sweeps = 12;

    public override string Name => "patch-auto-encoder";

    protected override GrayPicture Synthesise(GrayPicture real, SeededRandom random)
    {
        int waist = 6 + random.Below(15);
        (float[] mean, float[][] basis, float[] deviations) = Components(real, waist, random);
        float coarseness = (float)random.Between(0.05, 0.5), level = (float)random.Between(0, 1.5);
        var codes = new float[waist];
        GrayPicture remade = Patches.Remade(real, patch =>
        {
            for (int k = 0; k < waist; k++)
            {
                float sum = 0, step = Math.Max(coarseness * deviations[Math.Max(k, 2)], 0.1f);
                for (int i = 0; i < Patches.Size; i++) sum += basis[k][i] * (patch[i] - mean[i]);
                codes[k] = MathF.Round(sum / step) * step;
            }
            mean.CopyTo(patch);
            for (int k = 0; k < waist; k++)
            {
                for (int i = 0; i < Patches.Size; i++) patch[i] += codes[k] * basis[k][i];
            }
        });
        return Plane.Combine(remade, Plane.Noise(real.Rows, real.Columns, random), (value, noise) => value + level * noise);
    }

    private static (float[] Mean, float[][] Basis, float[] Deviations) Components(GrayPicture picture, int count, SeededRandom random)
    {
        var examples = new float[Examples][];
        var mean = new double[Patches.Size];
        for (int i = 0; i < Examples; i++)
        {
            examples[i] = new float[Patches.Size];
            Patches.Take(picture, random.Below(Math.Max(1, picture.Rows - Patches.Side + 1)), random.Below(Math.Max(1, picture.Columns - Patches.Side + 1)), examples[i]);
            for (int j = 0; j < Patches.Size; j++) mean[j] += examples[i][j] / (double)Examples;
        }
        var covariance = new double[Patches.Size, Patches.Size];
        foreach (float[] example in examples)
        {
            for (int a = 0; a < Patches.Size; a++)
            {
                double difference = example[a] - mean[a];
                for (int b = a; b < Patches.Size; b++) covariance[a, b] += difference * (example[b] - mean[b]) / Examples;
            }
        }
        for (int a = 0; a < Patches.Size; a++)
        {
            for (int b = 0; b < a; b++) covariance[a, b] = covariance[b, a];
        }
        double[,] vectors = Diagonalise(covariance);
        int[] order = [.. Enumerable.Range(0, Patches.Size).OrderByDescending(i => covariance[i, i])];
        float[][] basis = [.. order.Take(count).Select(k => Enumerable.Range(0, Patches.Size).Select(i => (float)vectors[i, k]).ToArray())];
        return ([.. mean.Select(value => (float)value)], basis, [.. order.Take(count).Select(k => (float)Math.Sqrt(Math.Max(covariance[k, k], 0)))]);
    }

    /// <summary>Jacobi's rotations: the matrix becomes diagonal, the columns of the result are its eigenvectors.</summary>
    private static double[,] Diagonalise(double[,] matrix)
    {
        int n = matrix.GetLength(0);
        var vectors = new double[n, n];
        for (int i = 0; i < n; i++) vectors[i, i] = 1;
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            for (int p = 0; p < n - 1; p++)
            {
                for (int q = p + 1; q < n; q++)
                {
                    if (Math.Abs(matrix[p, q]) < 1e-9) continue;
                    double theta = (matrix[q, q] - matrix[p, p]) / (2 * matrix[p, q]), t = (theta < 0 ? -1 : 1) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
                    double c = 1 / Math.Sqrt(t * t + 1), s = t * c;
                    for (int k = 0; k < n; k++) (matrix[k, p], matrix[k, q]) = (c * matrix[k, p] - s * matrix[k, q], s * matrix[k, p] + c * matrix[k, q]);
                    for (int k = 0; k < n; k++) (matrix[p, k], matrix[q, k]) = (c * matrix[p, k] - s * matrix[q, k], s * matrix[p, k] + c * matrix[q, k]);
                    for (int k = 0; k < n; k++) (vectors[k, p], vectors[k, q]) = (c * vectors[k, p] - s * vectors[k, q], s * vectors[k, p] + c * vectors[k, q]);
                }
            }
        }
        return vectors;
    }
}
