using Veridicom.Cli.Audits.Identity;
using Veridicom.Cli.Audits.Labels;
using Veridicom.Forensics;
using Veridicom.Forensics.Similarity;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Audits;

/// <summary>32 bytes of SHA-256, as a key.</summary>
internal readonly record struct Digest(ulong A, ulong B, ulong C, ulong D)
{
    public static Digest Of(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> words = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ulong>(bytes);
        return new Digest(words[0], words[1], words[2], words[3]);
    }

    public void CopyTo(Span<byte> bytes)
    {
        Span<ulong> words = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ulong>(bytes);
        (words[0], words[1], words[2], words[3]) = (A, B, C, D);
    }

    public string Hex
    {
        get
        {
            Span<byte> bytes = stackalloc byte[32];
            CopyTo(bytes);
            return Convert.ToHexStringLower(bytes);
        }
    }
}

/// <summary>What generators' traces and labels say of a file, decisive or not.</summary>
/// <param name="Code">Word of the evidence.</param>
/// <param name="IsDecisive">It settles that the image was generated.</param>
internal readonly record struct SyntheticSign(string Code, bool IsDecisive);

/// <summary>One image file, as the worker that looked at it saw it. What is large goes as soon as the audit has taken it in.</summary>
internal sealed class AuditedFile
{
    /// <summary>Path below the data set, with '/'.</summary>
    public required string Path { get; init; }

    /// <summary>Kind of file; null where it could not be told.</summary>
    public PictureFormat? Format { get; init; }

    /// <summary>Bytes.</summary>
    public long Length { get; init; }

    /// <summary>SHA-256 of the bytes; null where they could not be read.</summary>
    public Digest? Bytes { get; init; }

    /// <summary>SHA-256 of shape and samples; null where there are no pixels that can be decoded exactly.</summary>
    public Digest? Pixels { get; set; }

    /// <summary>SHA-256 of the seal that stands beside it; null where none does.</summary>
    public Digest? Seal { get; set; }

    /// <summary>Shape; 0 without pixels.</summary>
    public int Rows { get; set; }

    /// <summary>Columns.</summary>
    public int Columns { get; set; }

    /// <summary>Frames.</summary>
    public int Frames { get; set; }

    /// <summary>Bits of a sample that are used, as the file says.</summary>
    public int Bits { get; set; }

    /// <summary>Photometric interpretation, or how the colours of PNG and JPEG are stored.</summary>
    public string Colour { get; set; } = "";

    /// <summary>Quality of JPEG files, 1 to 100, as most encoders count it; 0 elsewhere.</summary>
    public int Quality { get; set; }

    /// <summary>Who made the device, for DICOM.</summary>
    public string? Device { get; set; }

    /// <summary>What the seal says; null for PNG and JPEG, which carry none.</summary>
    public VerdictKind? Verdict { get; set; }

    /// <summary>Why it could not be looked at, or its pixels could not be decoded.</summary>
    public Fault? Fault { get; set; }

    /// <summary>From the labels file or the folder; words that may tell who a patient is are keyed hashes.</summary>
    public ImageLabel Label { get; set; } = ImageLabel.None;

    /// <summary>Patient by a keyed hash with this run's salt; null where unknown. The patient in clear is nowhere.</summary>
    public string? Patient { get; set; }

    /// <summary>Values of more than 8 bits that take at most 256 levels.</summary>
    public bool IsQuantised { get; set; }

    /// <summary>Signs that the image was generated, from what the file says.</summary>
    public IReadOnlyList<SyntheticSign> Synthetic { get; set; } = [];

    /// <summary>Label or source say that it is meant to be a generated image.</summary>
    public bool IsMeantGenerated { get; set; }

    /// <summary>Signs that the image, or a part of it, was changed.</summary>
    public IReadOnlyList<SyntheticSign> Changes { get; set; } = [];

    /// <summary>What the detector says of the pixels; null where none was asked.</summary>
    public Opinion? Opinion { get; set; }

    /// <summary>Calibrated score of the detector.</summary>
    public double? Score { get; set; }

    /// <summary>Places that may tell who the patient is; emptied once they are counted.</summary>
    public IReadOnlyList<IdentifierFinding> Identifiers { get; set; } = [];

    /// <summary>How many of these weigh something.</summary>
    public int IdentifierCount { get; set; }

    /// <summary>The path itself may tell who the patient is: it is not shown in what leaves.</summary>
    public bool PathTells { get; set; }

    /// <summary>For the search; gone once it is in the index.</summary>
    public PictureSketch? Sketch { get; set; }

    /// <summary>Number of its group of duplicates, from 1; 0 without one.</summary>
    public int Group { get; set; }

    /// <summary>What is wrong with it, in codes of findings.</summary>
    public SortedSet<string> Marks { get; } = new(StringComparer.Ordinal);
}
