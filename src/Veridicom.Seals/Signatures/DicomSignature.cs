using Veridicom.Dicom;
using Veridicom.Seals.Trust;

namespace Veridicom.Seals.Signatures;

/// <summary>What keeps a signature from being verified, found while reading it.</summary>
/// <param name="Reason">What is wrong.</param>
/// <param name="Detail">The part concerned.</param>
public readonly record struct SignatureProblem(SignatureReason Reason, string Detail);

/// <summary>
/// One item of a Digital Signatures Sequence, joined with its MAC parameters (PS3.3-2023b C.12.1.1.3). Read, not judged: what is missing or
/// wrong is in <see cref="Problems"/>, and the property concerned is null or empty.
/// </summary>
public sealed class DicomSignature
{
    internal DicomSignature(DicomNode level, DicomNode item, bool isHistoric)
    {
        Level = level;
        Item = item;
        IsHistoric = isHistoric;
    }

    /// <summary>The data set or item that the signature stands in and speaks of.</summary>
    public DicomNode Level { get; }

    /// <summary>The item of the Digital Signatures Sequence.</summary>
    public DicomNode Item { get; }

    /// <summary>The item of the MAC Parameters Sequence, or null.</summary>
    public DicomNode? MacItem { get; internal set; }

    /// <summary>True where it stands in an item of another sequence: it then binds nothing outside that item.</summary>
    public bool IsItemLevel => Level.Kind != NodeKind.Root;

    /// <summary>True under Original Attributes Sequence: a record of what once was, which no longer speaks of the data set.</summary>
    public bool IsHistoric { get; }

    /// <summary>Path of the level, empty for the data set itself.</summary>
    public string LevelPath => Level.Path;

    /// <summary>MAC ID Number.</summary>
    public ushort? MacId { get; internal set; }

    /// <summary>Digital Signature UID, empty where absent.</summary>
    public string Uid { get; internal set; } = "";

    /// <summary>Digital Signature DateTime as it stands, or null.</summary>
    public string? DateTimeText { get; internal set; }

    /// <summary>The MAC algorithm, or null where absent or unknown.</summary>
    public DigestAlgorithm? MacAlgorithm { get; internal set; }

    /// <summary>MAC Calculation Transfer Syntax UID, empty where absent.</summary>
    public string TransferSyntaxUid { get; internal set; } = "";

    /// <summary>Data Elements Signed, in the order of the list.</summary>
    public IReadOnlyList<DicomTag> Tags { get; internal set; } = [];

    /// <summary>Certificate of Signer: the DER bytes without padding.</summary>
    public ReadOnlyMemory<byte> Certificate { get; internal set; }

    /// <summary>The value of Signature as it stands, padding included.</summary>
    public ReadOnlyMemory<byte> Value { get; internal set; }

    /// <summary>Certified Timestamp: the DER bytes without padding, or null where there is none.</summary>
    public ReadOnlyMemory<byte>? Timestamp { get; internal set; }

    /// <summary>Code value of the purpose, or null where none is given.</summary>
    public string? PurposeCode { get; internal set; }

    /// <summary>The purpose, or null where none is given or it is none of the standard's.</summary>
    public SignaturePurpose? Purpose { get; internal set; }

    /// <summary>What is missing, double or malformed.</summary>
    public IReadOnlyList<SignatureProblem> Problems => ProblemList;

    internal List<SignatureProblem> ProblemList { get; } = [];
}
