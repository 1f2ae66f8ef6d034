using Veridicom.Forensics.Calibration;

namespace Veridicom.Forensics.Generation;

/// <summary>One feature of a model.</summary>
/// <param name="Name">One of <see cref="GenerationFeatures.Names"/>.</param>
/// <param name="Mean">Taken off first.</param>
/// <param name="Scale">Divided by then; more than 0.</param>
/// <param name="Weight">Multiplied by last: its share of the score.</param>
public sealed record GenerationTerm(string Name, double Mean, double Scale, double Weight);

/// <summary>Where images of one source lie, in scaled features.</summary>
/// <param name="Source">Its name.</param>
/// <param name="Values">One for each term.</param>
public sealed record GenerationCentre(string Source, IReadOnlyList<double> Values);

/// <summary>
/// The model that is shipped: a weighted sum of scaled features, each of which counts up to a limit, so that no single one decides. Beside it stands what it
/// knows: the centres of its sources and how images scatter around them, by which it tells that an image is unlike them all. Never changed once made.
/// </summary>
public sealed class GenerationModel : IGenerationModel
{
    /// <summary>Scaled features count up to this, either way.</summary>
    public const double Limit = 3;

    // Beyond this an image is strange however far it is.
    private const double FarOff = 30;

    private static readonly Lazy<GenerationModel> s_shipped = new(ReadShipped);

    private readonly int[] _places;

    /// <summary>Of its parts.</summary>
    /// <param name="terms">Features, each once.</param>
    /// <param name="bias">What the score begins with.</param>
    /// <param name="centres">Known sources, at least one.</param>
    /// <param name="precision">Inverse covariance of scaled features around the centres: symmetric, [term, term], row by row.</param>
    /// <param name="thresholds">Shipped with it.</param>
    /// <param name="origin">Where it comes from.</param>
    /// <exception cref="FormatException">The parts do not fit each other; the message is a phrase for people.</exception>
    public GenerationModel(IReadOnlyList<GenerationTerm> terms, double bias, IReadOnlyList<GenerationCentre> centres, IReadOnlyList<double> precision, Thresholds thresholds, GenerationModelOrigin origin)
    {
        (Terms, Bias, Centres, Precision, ShippedThresholds, Origin) = (terms, bias, centres, precision, thresholds, origin);
        GenerationModelFile.Check(this);
        _places = [.. terms.Select(term => GenerationFeatures.Place(term.Name))];
    }

    /// <summary>The model that comes with the detector.</summary>
    public static GenerationModel Shipped => s_shipped.Value;

    /// <summary>Features and their weights.</summary>
    public IReadOnlyList<GenerationTerm> Terms { get; }

    /// <summary>The score of an image whose features are all at their means.</summary>
    public double Bias { get; }

    /// <summary>Known sources.</summary>
    public IReadOnlyList<GenerationCentre> Centres { get; }

    /// <summary>Inverse covariance around the centres, [term, term], row by row.</summary>
    public IReadOnlyList<double> Precision { get; }

    /// <summary>Set on images that nothing else was done with.</summary>
    public Thresholds ShippedThresholds { get; }

    /// <summary>Seed, split, tool and data.</summary>
    public GenerationModelOrigin Origin { get; }

    /// <summary>What was measured when it was made, by name, on images that no judging model had seen; docs/reference/detector.md says the same.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Figures { get; init; } = [];

    /// <inheritdoc/>
    public string Version => Origin.Version;

    /// <inheritdoc/>
    public string TrainedOn => Origin.TrainedOn;

    /// <summary>Reads the form that <see cref="Write"/> makes.</summary>
    /// <exception cref="FormatException">It is none, or was changed; the message is a phrase for people.</exception>
    public static GenerationModel Read(ReadOnlySpan<byte> form) => GenerationModelFile.Read(form);

    /// <summary>The form that is kept: a line with a SHA-256 of what follows, and JSON in UTF-8. The same model gives the same bytes.</summary>
    public byte[] Write() => GenerationModelFile.Write(this);

    /// <inheritdoc/>
    public GenerationScore? Score(GrayPicture shown)
    {
        ArgumentNullException.ThrowIfNull(shown);
        return GenerationFeatures.Extract(shown) is { } features ? Score(features) : null;
    }

    /// <summary>Scores an image by its features.</summary>
    /// <param name="features">As <see cref="GenerationFeatures.Extract"/> gives them.</param>
    public GenerationScore Score(ReadOnlySpan<float> features)
    {
        var scaled = new double[Terms.Count];
        var reasons = new KeyValuePair<string, double>[Terms.Count];
        double raw = Bias;
        for (int i = 0; i < scaled.Length; i++)
        {
            GenerationTerm term = Terms[i];
            scaled[i] = Math.Clamp((features[_places[i]] - term.Mean) / term.Scale, -FarOff, FarOff);
            double share = term.Weight * Math.Clamp(scaled[i], -Limit, Limit);
            raw += share;
            reasons[i] = new(term.Name, share);
        }
        return new GenerationScore(raw, Strangeness(scaled), [.. reasons.OrderByDescending(reason => Math.Abs(reason.Value))]);
    }

    /// <summary>Mahalanobis distance to the nearest centre, divided by the square root of the number of features: about 1 for an image of a known source.</summary>
    private double Strangeness(double[] scaled)
    {
        double nearest = double.PositiveInfinity;
        var off = new double[scaled.Length];
        foreach (GenerationCentre centre in Centres)
        {
            for (int i = 0; i < off.Length; i++) off[i] = scaled[i] - centre.Values[i];
            double square = 0;
            for (int i = 0; i < off.Length; i++)
            {
                double product = 0;
                for (int j = 0; j < off.Length; j++) product += Precision[i * off.Length + j] * off[j];
                square += off[i] * product;
            }
            nearest = Math.Min(nearest, square);
        }
        return Math.Sqrt(Math.Max(nearest, 0) / scaled.Length);
    }

    private static GenerationModel ReadShipped()
    {
        using Stream stream = typeof(GenerationModel).Assembly.GetManifestResourceStream("generation.model") ?? throw new InvalidOperationException("the build left out the model");
        var form = new byte[stream.Length];
        stream.ReadExactly(form);
        return Read(form);
    }
}
