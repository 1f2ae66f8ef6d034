namespace Veridicom.Forensics.Calibration;

/// <summary>
/// Where opinions begin. Shipped with the model, or of a site that set its own on its own images.
/// </summary>
/// <param name="Site">Name: <c>shipped</c> for those of the model.</param>
/// <param name="Inconclusive">Raw scores from here are inconclusive.</param>
/// <param name="Generation">Raw scores from here are signs of generation.</param>
/// <param name="Strangeness">Images that are stranger than this are inconclusive, whatever their score.</param>
/// <param name="RealScores">Raw scores of real images, ascending: what a score is compared with, in words and in expected alarms.</param>
public sealed record Thresholds(string Site, double Inconclusive, double Generation, double Strangeness, IReadOnlyList<double> RealScores)
{
    /// <summary>Stands for files that name no modality in <see cref="Modalities"/>: with it radiographs, which the model knows, count as known.</summary>
    public const string NoModality = "";

    /// <summary>Modalities of the images that a site set them on; null for those of the model, which are of radiographs.</summary>
    public IReadOnlyList<string>? Modalities { get; init; }
}
