using System.Globalization;
using Veridicom.Forensics.Calibration;
using Veridicom.Forensics.Generation;
using Veridicom.Forensics.Metadata;

namespace Veridicom.Forensics;

/// <summary>Everything that was found in one frame, before it becomes an opinion.</summary>
public sealed record FrameFindings
{
    /// <summary>What the file says of itself.</summary>
    public IReadOnlyList<Evidence> Metadata { get; init; } = [];

    /// <summary>What the model says of the pixels; null where the frame is too small for it.</summary>
    public GenerationScore? Generation { get; init; }

    /// <summary>Evidence of the pixels other than the score.</summary>
    public IReadOnlyList<Evidence> Pixels { get; init; } = [];

    /// <summary>Parts that look changed.</summary>
    public IReadOnlyList<LocalFinding> Places { get; init; } = [];

    /// <summary>Where the frame stands out.</summary>
    public HeatMap? Map { get; init; }
}

/// <summary>
/// How findings become an opinion; the first rule that applies counts (docs/reference/detect.md has the same list):
/// 1. decisive evidence for generation: signs-of-generation;
/// 2. the score of the pixels reaches the generation threshold, and the image is neither strange nor of a modality that the model does not know: signs-of-generation;
/// 3. decisive evidence for manipulation, or a part that occurs twice, noise and all: signs-of-manipulation;
/// 4. a part looks changed by its noise or brightness, the image is strange, of another modality or too small for the model, its score reaches the lower threshold, or something else speaks for generation, manipulation or strangeness
/// without deciding (saving a picture twice as JPEG aside, which is too common): inconclusive;
/// 5. otherwise: no-signs-found.
/// The score is that of the pixels alone: metadata never moves it. There is no rule that ends in 'authentic'.
/// </summary>
public static class OpinionRules
{
    /// <summary>Code of the evidence that holds the score.</summary>
    public const string ScoreCode = "pixel-score";

    /// <summary>Code of the evidence that the image is unlike those known.</summary>
    public const string StrangeCode = "strange-image";

    /// <summary>Code of the evidence that a frame is too small.</summary>
    public const string TooSmallCode = "too-small";

    /// <summary>Code of the evidence that the file says that it is no radiograph.</summary>
    public const string OtherModalityCode = "other-modality";

    private const int MostReasons = 3;

    /// <summary>The opinion on one frame.</summary>
    public static DetectionResult Judge(FrameFindings findings, string model, Thresholds thresholds)
    {
        ArgumentNullException.ThrowIfNull(findings);
        ArgumentNullException.ThrowIfNull(thresholds);
        List<Evidence> pixels = [.. OfScore(findings.Generation, thresholds, findings.Metadata.Any(e => e.Code == OtherModalityCode)), .. findings.Pixels];
        IEnumerable<Evidence> ordered = [.. findings.Metadata.OrderBy(Weight), .. pixels.OrderBy(Weight)];
        List<Evidence> evidence = [.. ordered];
        return new DetectionResult
        {
            Opinion = Of(evidence, findings.Places),
            Score = findings.Generation?.Calibrated(),
            Evidence = evidence,
            Places = [.. findings.Places.OrderByDescending(place => place.Score)],
            Map = findings.Map,
            Model = model,
            Thresholds = thresholds.Site,
        };
    }

    /// <summary>The opinion that evidence and places give together. Evidence of the score is decisive exactly where rule 2 applies.</summary>
    public static Opinion Of(IReadOnlyList<Evidence> evidence, IReadOnlyList<LocalFinding> places)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        ArgumentNullException.ThrowIfNull(places);
        if (evidence.Any(e => e is { IsDecisive: true, For: EvidenceFor.Generation })) return Opinion.SignsOfGeneration;
        if (places.Any(place => place.IsCopy) || evidence.Any(e => e is { IsDecisive: true, For: EvidenceFor.Manipulation })) return Opinion.SignsOfManipulation;
        return places.Count > 0 || evidence.Any(e => e.Code == TooSmallCode || (e.For != EvidenceFor.Neither && e.Code != MetadataCode.JpegDouble.Code)) ? Opinion.Inconclusive : Opinion.NoSignsFound;
    }

    private static int Weight(Evidence evidence) => (evidence.IsDecisive ? 0 : 4) + evidence.For switch
    {
        EvidenceFor.Generation => 0,
        EvidenceFor.Manipulation => 1,
        EvidenceFor.Strangeness => 2,
        _ => 3,
    };

    private static IEnumerable<Evidence> OfScore(GenerationScore? score, Thresholds thresholds, bool foreign)
    {
        if (score is null)
        {
            yield return new Evidence(EvidenceSource.Pixels, TooSmallCode, EvidenceFor.Neither, false, "too small, or too empty, for its pixels to be judged");
            yield break;
        }
        bool strange = score.Strangeness > thresholds.Strangeness, high = score.Raw >= thresholds.Generation, between = !high && score.Raw >= thresholds.Inconclusive;
        int asHigh = CalibratedScore.AsHigh(thresholds, score.Raw), count = thresholds.RealScores.Count;
        string among = string.Create(CultureInfo.InvariantCulture, $"{asHigh} of {count} samples of real images of the calibration score as high");
        string words = strange || foreign ? $"a score that means little here: {among}"
            : high ? $"the pixels look like those that generators make: {among}"
            : between ? $"the pixels look a little like those that generators make: {among}"
            : $"the pixels look like those of real images: {among}";
        yield return new Evidence(EvidenceSource.Pixels, ScoreCode, high || between ? EvidenceFor.Generation : EvidenceFor.Neither, high && !strange && !foreign, words,
        [
            new("raw", score.Raw), new("inconclusiveFrom", thresholds.Inconclusive), new("generationFrom", thresholds.Generation),
            .. score.Reasons.Take(MostReasons).Select(reason => new KeyValuePair<string, double>("by " + reason.Key, reason.Value)),
        ]);
        if (!strange) yield break;
        yield return new Evidence(EvidenceSource.Pixels, StrangeCode, EvidenceFor.Strangeness, false, "the image is unlike all that the thresholds were set on, so that its score should not be trusted",
            [new("strangeness", score.Strangeness), new("strangeFrom", thresholds.Strangeness)]);
    }
}
