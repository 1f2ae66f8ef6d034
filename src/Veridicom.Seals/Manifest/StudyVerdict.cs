using Veridicom.Seals.Verify;

namespace Veridicom.Seals.Manifest;

/// <summary>What can be found against a study (spec/manifest.md 5). Members may be added, never renamed.</summary>
public enum StudyFindingCode
{
    /// <summary>A listed instance is not there.</summary>
    Missing,
    /// <summary>An instance is there that no manifest of its study lists.</summary>
    Added,
    /// <summary>Several files are one listed instance.</summary>
    Duplicated,
    /// <summary>An instance no longer stands where it stood in its series.</summary>
    Reordered,
    /// <summary>A file has taken the place of another, or stands in another patient's series.</summary>
    Swapped,
    /// <summary>A listed instance is there under a seal that is not the listed one and does not name it.</summary>
    Replaced,
    /// <summary>A listed instance is there without a seal.</summary>
    Stripped,
    /// <summary>A listed instance is altered.</summary>
    Changed,
    /// <summary>A listed instance cannot be verified.</summary>
    Unverifiable,
    /// <summary>A listed instance may be one of the files that cannot be read.</summary>
    Unread,
    /// <summary>The policy demands a manifest, and there is none that lists the study.</summary>
    PolicyManifest,
    /// <summary>An earlier manifest lists an instance that the later one left out.</summary>
    Withdrawn,
}

/// <summary>The verdict on a study.</summary>
public enum StudyVerdictKind
{
    /// <summary>Every listed instance is there as it was sealed, and nothing else.</summary>
    Complete,
    /// <summary>Something is missing, added, duplicated, out of order, swapped, replaced, stripped or changed.</summary>
    Altered,
    /// <summary>A listed instance cannot be verified or read.</summary>
    Unverifiable,
    /// <summary>The policy demands a manifest that is believed.</summary>
    Untrusted,
    /// <summary>Nothing is said: no manifest is believed, or a fault kept a file from being read.</summary>
    NotChecked,
}

/// <summary>One thing found against a study.</summary>
/// <param name="Code">What.</param>
/// <param name="Text">For people; no value of an attribute but numbers of series and places.</param>
/// <param name="Instance">SOP Instance UID concerned, null where none is. From a file: escape before showing.</param>
/// <param name="Series">Series Instance UID, likewise.</param>
/// <param name="SeriesNumber">Series Number as listed.</param>
/// <param name="Place">Place in the sealed order of the series, from 1; 0 where it has none.</param>
/// <param name="File">The file concerned, as the user knows it, null where none is.</param>
public sealed record StudyFinding(StudyFindingCode Code, string Text, string? Instance = null, string? Series = null, int? SeriesNumber = null, int Place = 0, string? File = null)
{
    /// <summary>What this finding alone would end a run with.</summary>
    public int ExitCode { get; init; } = Code switch
    {
        StudyFindingCode.Unverifiable or StudyFindingCode.Unread => 5,
        StudyFindingCode.PolicyManifest => 4,
        StudyFindingCode.Withdrawn => 0,
        _ => 1,
    };
}

/// <summary>State of a manifest among the others of its study.</summary>
public enum ManifestState
{
    /// <summary>It counts.</summary>
    Current,
    /// <summary>A later one replaces it.</summary>
    Superseded,
    /// <summary>It says nothing here; the reason is given.</summary>
    NotBelieved,
}

/// <summary>A manifest that was among the files.</summary>
/// <param name="File">The file, as the user knows it.</param>
/// <param name="State">Whether it counts.</param>
/// <param name="Reason">Why it is not believed; empty where it is.</param>
/// <param name="Identity">Identity of its seal, empty where it is not believed.</param>
/// <param name="Signer">Who sealed it, null where that is not known.</param>
/// <param name="SealedAt">When.</param>
/// <param name="Instances">How many instances it lists; 0 where it is not believed.</param>
public sealed record ManifestInfo(string File, ManifestState State, string Reason, string Identity, string? Signer, DateTimeOffset? SealedAt, int Instances);

/// <summary>The answer to: is this study whole?</summary>
/// <param name="Study">Study Instance UID.</param>
/// <param name="Manifests">The manifests of the study in the order of the files.</param>
/// <param name="Instances">Instances listed by the manifests that count.</param>
/// <param name="Findings">What was found, the gravest first; at most <see cref="Verdict.MaxReasons"/>.</param>
/// <param name="MoreFindings">Findings beyond these.</param>
/// <param name="ExitCode">What a run would end with for this study alone.</param>
public sealed record StudyVerdict(string Study, IReadOnlyList<ManifestInfo> Manifests, int Instances, IReadOnlyList<StudyFinding> Findings, int MoreFindings, int ExitCode)
{
    /// <summary>The verdict.</summary>
    public StudyVerdictKind Kind => ExitCode switch
    {
        1 => StudyVerdictKind.Altered,
        5 => StudyVerdictKind.Unverifiable,
        4 => StudyVerdictKind.Untrusted,
        0 when Instances > 0 => StudyVerdictKind.Complete,
        _ => StudyVerdictKind.NotChecked,
    };
}
