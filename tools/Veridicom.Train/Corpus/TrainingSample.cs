namespace Veridicom.Train.Corpus;

/// <summary>One image in one variant, as the fit and the evaluation see it.</summary>
/// <param name="Features">What <c>GenerationFeatures.Extract</c> gave.</param>
/// <param name="Generated">Made by a generator, real or simulated.</param>
/// <param name="Source">Where the image comes from; for a simulated generator the source of the real images that it was made from, for a real one its own name.</param>
/// <param name="Generator">Its generator: <c>gpt-4o</c>, or the name of a simulated one; empty for a real image.</param>
/// <param name="Group">Images of one patient share it, and what was made from them: they are never on both sides of a split.</param>
/// <param name="Variant">What was done to the file afterwards: <c>clean</c>, <c>jpeg-90</c>...</param>
/// <param name="Name">File name below the folder of data.</param>
public sealed record TrainingSample(float[] Features, bool Generated, string Source, string Generator, string Group, string Variant, string Name)
{
    /// <summary>Made from a real image by one of our own simulated generators.</summary>
    public bool Simulated => Generated && Source != Generator;
}
