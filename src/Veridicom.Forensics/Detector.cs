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
public sealed record FileOpinion(DetectionResult Result, int Frame, int FramesJudged, int Frames)
{
    /// <summary>How many frames were searched for parts with other noise: each has its own chance of a false finding, <see cref="LocalModel.FalseFindings"/>.</summary>
    public int NoiseExamined { get; init; }
}

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

    /// <summary>Code of the evidence that only copies were looked for.</summary>
    public const string CopiesOnlyCode = "noise-not-examined";

    private static readonly DicomTag s_modality = new(0x0008, 0x0060);

    // Radiographs of every kind, and what may be anything.
    private static readonly HashSet<string> s_radiographs = new(StringComparer.Ordinal) { "CR", "DX", "RG", "RF", "XA", "MG", "IO", "PX", "OT", "SC" };

    private static readonly Evidence s_notExamined = new(EvidenceSource.Pixels, "parts-not-examined", EvidenceFor.Neither, false, "changed parts were not looked for: that is possible in CT only");

    private static readonly Evidence s_lossy = s_notExamined with { Text = "changed parts were not looked for: the image is compressed with loss, which leaves little of its noise" };

    private static readonly Evidence s_copiesOnly = s_notExamined with { Code = CopiesOnlyCode, Text = "of changed parts only copies were looked for: the file says that it was once compressed with loss, after which noise says little" };

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
        int frames = file.Frames, judged = 0, worstFrame = 0, examined = 0;
        DetectionResult? worst = null;
        var places = new List<LocalFinding>();
        foreach (int frame in FramesToJudge(frames))
        {
            judged++;
            DetectionResult result = Judge(file, frame, metadata, outside);
            places.AddRange(result.Places);
            if (result.Map is not null) examined++;
            if (worst is null || IsWorse(result, worst)) (worst, worstFrame) = (result, frame);
        }
        worst = worst! with { Places = [.. places.OrderByDescending(place => place.Score).Take(MostPlaces)] };
        if (frames > 1) worst = worst with { Evidence = [.. worst.Evidence, Spread(judged, frames)] };
        return new FileOpinion(worst, worstFrame, judged, frames) { NoiseExamined = examined };
    }

    /// <summary>The frames, from 0, that are judged of so many.</summary>
    public static IEnumerable<int> FramesToJudge(int frames)
    {
        int count = Math.Min(frames, MostFrames);
        return Enumerable.Range(0, count).Select(i => (int)((long)i * frames / count));
    }

    /// <summary>True for a file that says that it is CT.</summary>
    public static bool IsCt(PictureFile file) => ModalityOf(file) == "CT";

    // Shipped thresholds are those of radiographs; those of a site are of the modalities that it set them on.
    private Evidence? OtherModality(PictureFile file)
    {
        if (ModalityOf(file) is not { Length: > 0 } modality || IsKnown(modality)) return null;
        string shown = IsModality(modality) ? modality : "another", known = thresholds.Modalities is null ? "the model knows radiographs only" : "the thresholds were set on none of these";
        return new Evidence(EvidenceSource.Metadata, OpinionRules.OtherModalityCode, EvidenceFor.Strangeness, false, $"the file says that it is {shown}: {known}, so that its score should not be trusted");
    }

    private bool IsKnown(string modality) => thresholds.Modalities is not { } own ? s_radiographs.Contains(modality)
        : own.Contains(modality) || (own.Contains(Thresholds.NoModality) && s_radiographs.Contains(modality));

    /// <summary>True for what may be a modality: capital letters, digits and underscores, at most 16 (PS3.5-2023b 6.2, CS).</summary>
    public static bool IsModality(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length is > 0 and <= 16 && text.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_');
    }

    /// <summary>What a file says of its modality (PS3.3-2023b C.7.3.1.1.1); null or empty where it says nothing.</summary>
    public static string? ModalityOf(PictureFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return file.Dicom?.DataSet.Ascii(s_modality)?.Trim();
    }

    private DetectionResult Judge(PictureFile file, int frame, IReadOnlyList<Evidence> metadata, Func<GrayPicture, Evidence>? outside)
    {
        // radiographs repeat noise where their processing does, and are saved with loss: copies found there were false alarms in one of five
        bool isCt = IsCt(file), lossy = isCt && file.Dicom!.TransferSyntax.IsLossless == false;
        // a word that anyone can write must not end the search: copies are found whatever it says
        bool wasLossy = isCt && metadata.Any(e => e.Code == MetadataCode.DicomLossy.Code);
        LocalExamination? parts = local && isCt && !lossy ? LocalManipulation.Examine(file.Stored(frame), isCt: !wasLossy, frame) : null;
        var pixels = new List<Evidence>(parts?.Evidence ?? []);
        if (local && parts is null) pixels.Add(lossy ? s_lossy : s_notExamined);
        else if (local && wasLossy) pixels.Add(s_copiesOnly);
        if (outside is not null) pixels.Add(outside(file.Shown(frame)));
        var findings = new FrameFindings { Metadata = metadata, Generation = model.Score(file.Judged(frame)), Pixels = pixels, Places = parts?.Findings ?? [], Map = parts?.Map };
        return OpinionRules.Judge(findings, model.Version, thresholds);
    }

    private static bool IsWorse(DetectionResult a, DetectionResult b) => a.Opinion != b.Opinion ? a.Opinion > b.Opinion : (a.Score ?? 0) > (b.Score ?? 0);

    private static Evidence Spread(int judged, int frames) => new(EvidenceSource.Pixels, "frames", EvidenceFor.Neither, false,
        judged < frames ? $"{judged} of {frames} frames were judged, spread evenly; the most suspicious one counts" : $"the most suspicious of {frames} frames counts: each has its own chance of a false alarm",
        [new("judged", judged), new("frames", frames)]);
}
