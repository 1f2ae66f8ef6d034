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

    /// <summary>Words of labels and sources that say that images are meant to be generated ones.</summary>
    public static bool MeansGenerated(string? word) => word is not null && Generated.Any(part => word.Contains(part, StringComparison.OrdinalIgnoreCase));

    private static readonly string[] Generated = ["generated", "synthetic", "fake", "simulated", "deepfake", "ai-made"];
}
