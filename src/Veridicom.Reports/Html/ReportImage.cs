using Veridicom.Seals.Verify;

namespace Veridicom.Reports.Html;

/// <summary>A picture that waits in the spool.</summary>
/// <param name="Png">The file.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Alt">What it shows, in words, for who cannot see it.</param>
/// <param name="Caption">What stands below it.</param>
public sealed record ReportPicture(SpoolSlice Png, int Width, int Height, string Alt, string Caption);

/// <summary>What a file says of itself, decoded, not escaped; empty where it says nothing. Nobody vouches for it unless the verdict does.</summary>
public sealed record ImageFacts
{
    /// <summary>A file that could not be read.</summary>
    public static ImageFacts None { get; } = new();

    /// <summary>Study Instance UID.</summary>
    public string StudyUid { get; init; } = "";

    /// <summary>Series Instance UID.</summary>
    public string SeriesUid { get; init; } = "";

    /// <summary>SOP Instance UID.</summary>
    public string InstanceUid { get; init; } = "";

    /// <summary>SOP Class by its name, or its UID.</summary>
    public string SopClass { get; init; } = "";

    /// <summary>Patient's Name as people write it.</summary>
    public string PatientName { get; init; } = "";

    /// <summary>Patient ID.</summary>
    public string PatientId { get; init; } = "";

    /// <summary>Patient's Birth Date.</summary>
    public string BirthDate { get; init; } = "";

    /// <summary>Study Date and Time.</summary>
    public string StudyTime { get; init; } = "";

    /// <summary>Study Description.</summary>
    public string StudyText { get; init; } = "";

    /// <summary>Accession Number.</summary>
    public string Accession { get; init; } = "";

    /// <summary>Modality.</summary>
    public string Modality { get; init; } = "";

    /// <summary>Series Number.</summary>
    public string SeriesNumber { get; init; } = "";

    /// <summary>Series Description.</summary>
    public string SeriesText { get; init; } = "";

    /// <summary>Instance Number.</summary>
    public string Number { get; init; } = "";

    /// <summary>Frames, 0 where there are no pixels.</summary>
    public int Frames { get; init; }

    /// <summary>True where the file has pixels, so that it is an image and no document.</summary>
    public bool IsImage { get; init; }

    /// <summary>The same without what names the patient: name, ID, birth date, accession number, dates and descriptions.</summary>
    public ImageFacts WithoutPatient() => this with { PatientName = "", PatientId = "", BirthDate = "", StudyTime = "", StudyText = "", Accession = "", SeriesText = "" };
}

/// <summary>What the report says of one file.</summary>
public sealed record ReportImage
{
    /// <summary>The file as the user named it.</summary>
    public required string Name { get; init; }

    /// <summary>The verdict; null where there is a fault.</summary>
    public Verdict? Verdict { get; init; }

    /// <summary>Why there is no verdict.</summary>
    public Fault? Fault { get; init; }

    /// <summary>What the file says of itself.</summary>
    public ImageFacts Facts { get; init; } = ImageFacts.None;

    /// <summary>SHA-256 of the file, hexadecimal; empty where it could not be read.</summary>
    public string Sha256 { get; init; } = "";

    /// <summary>Bytes of the file.</summary>
    public long Length { get; init; }

    /// <summary>SHA-256 of the detached seal; null where the file stands alone.</summary>
    public string? SealSha256 { get; init; }

    /// <summary>True for a sealed list of a study's images.</summary>
    public bool IsManifest { get; init; }

    /// <summary>Altered frames with what was changed in them outlined.</summary>
    public IReadOnlyList<ReportPicture> Pictures { get; init; } = [];

    /// <summary>The picture small; null where there is none.</summary>
    public ReportPicture? Thumbnail { get; init; }

    /// <summary>Why there is no picture, or not of all altered frames; empty where nothing is missing.</summary>
    public string PictureNote { get; init; } = "";

    /// <summary>The seal that the verdict rests on.</summary>
    public SealInfo? DecidingSeal => Verdict is { SealIdentity: { Length: > 0 } identity } verdict ? verdict.Seals.LastOrDefault(seal => seal.Identity == identity) : null;
}
