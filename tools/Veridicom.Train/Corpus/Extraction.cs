using Veridicom.Forensics;
using Veridicom.Train.Degradations;
using Veridicom.Train.Generators;

namespace Veridicom.Train.Corpus;

/// <summary>
/// From labelled images to samples: each real image of the training part is also remade by two of the simulated generators, and each image, real or generated, goes
/// through the same degradations. The calibration part stays real. What chance decides depends on the seed and the names, never on the order of work.
/// </summary>
/// <param name="features">Of a picture of 8 bits; null where it cannot be judged.</param>
/// <param name="seed">Of all chance.</param>
/// <param name="progress">Told, for people, how far it is.</param>
internal sealed class Extraction(Func<GrayPicture, float[]?> features, ulong seed, Action<string> progress)
{
    /// <summary>Simulated generators that remake each real image.</summary>
    public const int GeneratorsPerImage = 2;

    private readonly Lock _counting = new();
    private int _done, _skipped;

    /// <summary>Images that were too small or too empty for features, in all variants together.</summary>
    public int Skipped => _skipped;

    /// <summary>All samples, in the order of the lists.</summary>
    /// <exception cref="CorpusException">An image is missing or broken.</exception>
    public TrainingSet Of(LabelledFolder folder)
    {
        _done = _skipped = 0;
        LabelledImage[] calibrate = [.. folder.Calibrate.Where(image => !image.Generated)];
        int all = folder.Train.Count + calibrate.Length;
        var parts = new List<TrainingSample>[all];
        try
        {
            Parallel.For(0, all, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
            {
                parts[i] = i < folder.Train.Count ? Trained(folder.Train[i], i) : Calibrating(calibrate[i - folder.Train.Count]);
                lock (_counting)
                {
                    if (++_done % 20 == 0 || _done == all) progress($"{_done} of {all} images measured");
                }
            });
        }
        catch (AggregateException e) when (e.InnerExceptions.FirstOrDefault(inner => inner is CorpusException) is { } broken)
        {
            throw new CorpusException(broken.Message, e);
        }
        return new TrainingSet([.. parts.Take(folder.Train.Count).SelectMany(part => part)], [.. parts.Skip(folder.Train.Count).SelectMany(part => part)], seed);
    }

    /// <summary>What a simulated generator makes of a real image, always the same for a seed.</summary>
    public static GrayPicture Remade(LabelledImage image, GrayPicture real, SimulatedGenerator generator, ulong seed) => generator.Make(real, SeededRandom.Of(seed, image.Name + "/" + generator.Name));

    private List<TrainingSample> Trained(LabelledImage image, int index)
    {
        GrayPicture picture = image.Shown();
        var samples = new List<TrainingSample>();
        IReadOnlyList<Degradation> variants = [.. Degradation.Measured, Degradation.Mixed];
        Add(samples, image, picture, image.Generated ? image.Source : "", [.. variants, OtherSources.Reprocessed, OtherSources.Reprocessed with { Name = "mixed-reprocessed-again" }]);
        if (image.Generated) return samples;
        Add(samples, image, picture, "", [OtherSources.LowDose]);
        IReadOnlyList<SimulatedGenerator> generators = SimulatedGenerator.All;
        for (int i = 0; i < GeneratorsPerImage; i++)
        {
            SimulatedGenerator generator = generators[(index + i * (generators.Count / GeneratorsPerImage)) % generators.Count];
            Add(samples, image, Remade(image, picture, generator, seed), generator.Name, variants);
        }
        return samples;
    }

    private List<TrainingSample> Calibrating(LabelledImage image)
    {
        var samples = new List<TrainingSample>();
        Add(samples, image, image.Shown(), "", Degradation.Measured);
        return samples;
    }

    private void Add(List<TrainingSample> samples, LabelledImage image, GrayPicture picture, string generator, IReadOnlyList<Degradation> variants)
    {
        foreach (Degradation variant in variants)
        {
            GrayPicture changed = variant.Apply(picture, SeededRandom.Of(seed, $"{image.Name}/{generator}/{variant.Name}"));
            if (features(changed) is { } measured) samples.Add(new TrainingSample(measured, generator.Length > 0, image.Source, generator, image.Group, variant.Name, image.Name));
            else Interlocked.Increment(ref _skipped);
        }
    }
}
