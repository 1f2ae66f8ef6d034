using Veridicom.Cli.Audits.Identity;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Audits;

/// <summary>One part of a data set.</summary>
/// <param name="Name">Its name; empty for files that are in none.</param>
/// <param name="Files">Files in it.</param>
/// <param name="Patients">Patients in it that are known.</param>
/// <param name="Labels">Files of each label, the label that is missing under an empty name.</param>
internal sealed record SplitCount(string Name, int Files, int Patients, IReadOnlyDictionary<string, int> Labels);

/// <summary>A place where something tells who patients may be.</summary>
/// <param name="Kind">What.</param>
/// <param name="Place">Tag or place of the file.</param>
/// <param name="Files">Files in which it does.</param>
/// <param name="Masked">The form of the first value, nothing of it.</param>
internal sealed record IdentifierCount(IdentifierKind Kind, string Place, int Files, string Masked);

/// <summary>What an audit found.</summary>
internal sealed record AuditResult
{
    /// <summary>The folder, as it was named.</summary>
    public required string Root { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Every image file in order.</summary>
    public required IReadOnlyList<AuditedFile> Files { get; init; }

    /// <summary>The gravest first.</summary>
    public required IReadOnlyList<AuditFinding> Findings { get; init; }

    /// <summary>Parts of the data set, by name.</summary>
    public required IReadOnlyList<SplitCount> Splits { get; init; }

    /// <summary>Files by verdict; only DICOM files have one.</summary>
    public required IReadOnlyDictionary<VerdictKind, int> Verdicts { get; init; }

    /// <summary>Files that are alike.</summary>
    public required Duplicates Duplicates { get; init; }

    /// <summary>Where identifiers leak, the gravest first.</summary>
    public required IReadOnlyList<IdentifierCount> Identifiers { get; init; }

    /// <summary>How far labels can be read off what is no part of the picture, the strongest first.</summary>
    public required IReadOnlyList<Association> Associations { get; init; }

    /// <summary>What was not looked at, in words.</summary>
    public required string PassedOver { get; init; }

    /// <summary>What the detector expects and found; null where it was not asked.</summary>
    public DetectorCount? Detector { get; init; }

    /// <summary>A path that may be shown in what leaves: the path itself, or a keyed hash where the path may tell who a patient is.</summary>
    public required Func<AuditedFile, string> Shown { get; init; }

    /// <summary>The answer.</summary>
    public Fitness Fitness => Fitnesses.Of(Findings);

    /// <summary>0, 6 or 1, and 7 where a file could not be read for a fault of the world.</summary>
    public int ExitCode => VerdictWords.Worse(Fitness.ExitCode(), Files.Any(file => file.Fault?.ExitCode == Fault.World) ? Fault.World : 0);
}

/// <summary>The detector's findings beside what it would find among real images.</summary>
/// <param name="Judged">Images judged.</param>
/// <param name="Flagged">Images with signs of generation by their pixels.</param>
/// <param name="Inconclusive">Images it cannot judge.</param>
/// <param name="Rate">Share of real images that are flagged, by its thresholds.</param>
/// <param name="Low">Fewest that are flagged of as many real images, in 95 of 100 data sets.</param>
/// <param name="High">Most.</param>
/// <param name="Model">Version of its model.</param>
/// <param name="Thresholds">Whose thresholds.</param>
internal sealed record DetectorCount(int Judged, int Flagged, int Inconclusive, double Rate, int Low, int High, string Model, string Thresholds)
{
    /// <summary>How many would be flagged were all images real.</summary>
    public double Expected => Judged * Rate;
}
