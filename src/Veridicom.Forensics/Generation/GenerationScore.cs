namespace Veridicom.Forensics.Generation;

/// <summary>What the pixels of one image say to the model.</summary>
/// <param name="Raw">Before calibration: the higher the more like a generator's. Unbounded.</param>
/// <param name="Strangeness">Distance from everything that the model was trained on, in the model's own unit; large means that <paramref name="Raw"/> should not be trusted.</param>
/// <param name="Reasons">The features that spoke loudest, with their share of <paramref name="Raw"/>.</param>
public sealed record GenerationScore(double Raw, double Strangeness, IReadOnlyList<KeyValuePair<string, double>> Reasons);

/// <summary>Tells generated radiographs from real ones by their pixels. Safe for use by several threads.</summary>
public interface IGenerationModel
{
    /// <summary>Version of the model, as its file says.</summary>
    string Version { get; }

    /// <summary>What it was trained on, in words.</summary>
    string TrainedOn { get; }

    /// <summary>Scores an image in 8 bits; null, where it is too small to be judged.</summary>
    GenerationScore? Score(GrayPicture shown);
}
