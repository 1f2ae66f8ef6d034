using Veridicom.Forensics;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Audits;

/// <summary>What an audit was asked for.</summary>
internal sealed record AuditRequest
{
    /// <summary>The folder.</summary>
    public required string Root { get; init; }

    /// <summary>How seals are verified.</summary>
    public required VerifyOptions Verify { get; init; }

    /// <summary>Decodes JPEG 2000.</summary>
    public IJpeg2000? Jpeg2000 { get; init; }

    /// <summary>Judges pixels; null where that was not wanted.</summary>
    public Detector? Detector { get; init; }

    /// <summary>The name of a file up to the last of these characters is its patient, where neither the labels nor DICOM know one; null where names say nothing of patients.</summary>
    public string? PatientSeparator { get; init; }

    /// <summary>The folder in which a file stands is its label, where that is no part of the data set.</summary>
    public bool FolderLabels { get; init; }

    // docs/how-to/audit.md lists the same
    private static readonly HashSet<string> Generated = new(StringComparer.OrdinalIgnoreCase) { "generated", "synthetic", "fake", "fakes", "simulated", "deepfake", "deepfakes" };
    private static readonly HashSet<string> Denied = new(StringComparer.OrdinalIgnoreCase) { "not", "non", "no", "never", "without", "real" };

    /// <summary>
    /// Whether a label or source says that images are meant to be generated ones: one of its words, whole and of a closed list, says so, and none denies it. Words are runs of letters.
    /// </summary>
    public static bool MeansGenerated(string? label)
    {
        if (label is null) return false;
        string[] words = Identity.TextPatterns.Words(label);
        bool said = words.Any(Generated.Contains) || words.Zip(words.Skip(1)).Any(pair => pair is ("ai", "made"));
        return said && !words.Any(Denied.Contains);
    }
}
