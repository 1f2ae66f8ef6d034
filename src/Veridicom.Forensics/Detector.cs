using Veridicom.Dicom;
using Veridicom.Forensics.Calibration;
using Veridicom.Forensics.Generation;
using Veridicom.Forensics.Manipulation;
using Veridicom.Forensics.Metadata;

namespace Veridicom.Forensics;

/// <summary>What was found in a file: the opinion on its most suspicious frame.</summary>
/// <param name="Result">The opinion; its places are of all frames that were judged.</param>
/// <param name="Frame">The frame that it is on, from 0.</param>
/// <param name="FramesJudged">How many frames were judged.</param>
/// <param name="Frames">How many there are.</param>
public sealed record FileOpinion(DetectionResult Result, int Frame, int FramesJudged, int Frames);

/// <summary>
/// Judges images: what files say of themselves, what a model says of their pixels, and what parts of them look changed, by <see cref="OpinionRules"/>. Safe for
/// use by several threads, each with files of its own.
/// </summary>
/// <param name="model">Scores pixels.</param>
/// <param name="thresholds">Where opinions begin; of the same model.</param>
/// <param name="local">Whether changed parts are looked for, in CT.</param>
public sealed class Detector(IGenerationModel model, Thresholds thresholds, bool local = true)
{
    /// <summary>Name of the thresholds that come with the model.</summary>
    public const string ShippedName = "shipped";

    /// <summary>Frames of one file that are judged; of more, as many spread evenly.</summary>
    public const int MostFrames = 64;

    /// <summary>Parts of one file that are reported.</summary>
    public const int MostPlaces = 100;

    private static readonly DicomTag s_modality = new(0x0008, 0x0060);

    // Radiographs of every kind, and what may be anything.
    private static readonly HashSet<string> s_radiographs = new(StringComparer.Ordinal) { "CR", "DX", "RG", "RF", "XA", "MG", "IO", "PX", "OT", "SC" };

    private static readonly Evidence s_notExamined = new(EvidenceSource.Pixels, "parts-not-examined", EvidenceFor.Neither, false, "changed parts were not looked for: that is possible in CT only");

    private static readonly Evidence s_lossy = s_notExamined with { Text = "changed parts were not looked for: the image was compressed with loss, which leaves little of its noise" };

    /// <summary>The model.</summary>
    public IGenerationModel Model => model;

    /// <summary>The thresholds.</summary>
    public Thresholds Thresholds => thresholds;

    /// <summary>Judges a file by its frames: the most suspicious one counts.</summary>
    /// <param name="file">The file; read by this call only.</param>
    /// <param name="outside">Evidence from elsewhere on a frame in 8 bits, such as another model's; null for none.</param>
    /// <exception cref="Veridicom.Pixels.PixelException">A frame cannot be decoded.</exception>
    /// <exception cref="DicomException">The file cannot be read.</exception>
    public FileOpinion Judge(PictureFile file, Func<GrayPicture, Evidence>? outside = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        List<Evidence> metadata = [.. MetadataFindings.Of(file)];
        if (OtherModality(file) is { } other) metadata.Add(other);
        int frames = file.Frames, judged = 0, worstFrame = 0;
        DetectionResult? worst = null;
        var places = new List<LocalFinding>();
        foreach (int frame in FramesToJudge(frames))
        {
            judged++;
            DetectionResult result = Judge(file, frame, metadata, outside);
            places.AddRange(result.Places);
            if (worst is null || IsWorse(result, worst)) (worst, worstFrame) = (result, frame);
        }
        worst = worst! with { Places = [.. places.OrderByDescending(place => place.Score).Take(MostPlaces)] };
        if (frames > 1) worst = worst with { Evidence = [.. worst.Evidence, Spread(judged, frames)] };
        return new FileOpinion(worst, worstFrame, judged, frames);
    }

    /// <summary>The frames, from 0, that are judged of so many.</summary>
    public static IEnumerable<int> FramesToJudge(int frames)
    {
        int count = Math.Min(frames, MostFrames);
        return Enumerable.Range(0, count).Select(i => (int)((long)i * frames / count));
    }

    /// <summary>True for a file that says that it is CT.</summary>
    public static bool IsCt(PictureFile file) => ModalityOf(file) == "CT";

    // PS3.3-2023b C.7.3.1.1.1. Shipped thresholds are those of radiographs; a site may have set its own on images of any kind.
    private Evidence? OtherModality(PictureFile file)
    {
        if (thresholds.Site != ShippedName || ModalityOf(file) is not { Length: > 0 } modality || s_radiographs.Contains(modality)) return null;
        string shown = modality.Length <= 16 && modality.All(char.IsAsciiLetterOrDigit) ? modality : "another";
        return new Evidence(EvidenceSource.Metadata, OpinionRules.OtherModalityCode, EvidenceFor.Strangeness, false, $"the file says that it is {shown}: the model knows radiographs only, so that its score should not be trusted");
    }

    private static string? ModalityOf(PictureFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return file.Dicom?.DataSet.Ascii(s_modality)?.Trim();
    }

    private DetectionResult Judge(PictureFile file, int frame, IReadOnlyList<Evidence> metadata, Func<GrayPicture, Evidence>? outside)
    {
        GrayPicture shown = file.Shown(frame);
        // radiographs repeat noise where their processing does, and are saved with loss: copies found there were false alarms in one of five
        bool lossy = metadata.Any(e => e.Code == MetadataCode.DicomLossy.Code);
        LocalExamination? parts = local && IsCt(file) && !lossy ? LocalManipulation.Examine(file.Stored(frame), isCt: true, frame) : null;
        IEnumerable<Evidence> pixels = [.. parts?.Evidence ?? (local ? [lossy ? s_lossy : s_notExamined] : []), .. outside is null ? [] : new[] { outside(shown) }];
        var findings = new FrameFindings { Metadata = metadata, Generation = model.Score(shown), Pixels = [.. pixels], Places = parts?.Findings ?? [], Map = parts?.Map };
        return OpinionRules.Judge(findings, model.Version, thresholds);
    }

    private static bool IsWorse(DetectionResult a, DetectionResult b) => a.Opinion != b.Opinion ? a.Opinion > b.Opinion : (a.Score ?? 0) > (b.Score ?? 0);

    private static Evidence Spread(int judged, int frames) => new(EvidenceSource.Pixels, "frames", EvidenceFor.Neither, false,
        judged < frames ? $"{judged} of {frames} frames were judged, spread evenly; the most suspicious one counts" : $"the most suspicious of {frames} frames counts: each has its own chance of a false alarm",
        [new("judged", judged), new("frames", frames)]);
}
