using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;

namespace Veridicom.Reports.Html;

/// <summary>A verdict in the report: never by its colour alone.</summary>
/// <param name="Title">The word.</param>
/// <param name="Sign">A sign before it.</param>
/// <param name="Tone">Class of the style sheet: good, warn, bad or none.</param>
/// <param name="Meaning">What it means, in a sentence for people who do not know the program.</param>
public sealed record VerdictWord(string Title, string Sign, string Tone, string Meaning);

/// <summary>The words of the catalogues of spec/verdict.md for people who read no specifications.</summary>
public static class ReportWords
{
    /// <summary>The verdicts from the best to the worst: the order of tables and explanations.</summary>
    public static IReadOnlyList<VerdictKind> Order { get; } =
    [
        VerdictKind.Authentic, VerdictKind.Amended, VerdictKind.Redacted, VerdictKind.Extended, VerdictKind.Partial, VerdictKind.Untrusted, VerdictKind.Unsealed,
        VerdictKind.Altered, VerdictKind.Unverifiable,
    ];

    /// <summary>The words of a verdict.</summary>
    public static VerdictWord Of(VerdictKind kind) => kind switch
    {
        VerdictKind.Authentic => new("Authentic", "✓", "good",
            "Every element and every pixel is exactly what was sealed, and the trust list vouches for whoever sealed it."),
        VerdictKind.Amended => new("Amended", "✓", "good",
            "The image was changed on purpose and sealed again by a trusted party, which names the earlier seal; it is exactly what that later seal says."),
        VerdictKind.Redacted => new("Redacted", "◐", "warn",
            "Parts of the image are withheld, as the seal allows; everything that is still there is exactly what was sealed."),
        VerdictKind.Extended => new("Extended", "+", "warn",
            "Everything that was sealed is unchanged, but something was added afterwards, often by an archive."),
        VerdictKind.Partial => new("Partial", "◐", "warn",
            "There is no seal, but another system's digital signature, which is valid and covers only part of the image; the rest may have been changed."),
        VerdictKind.Untrusted => new("Untrusted", "!", "warn",
            "The image is intact, but its signer is not accepted here: unknown, expired, revoked, too weak, or not the signer that was demanded."),
        VerdictKind.Unsealed => new("Unsealed", "–", "none",
            "There is neither a seal nor a signature, or both were removed. Nothing can be said about the image, neither good nor bad."),
        VerdictKind.Altered => new("Altered", "✗", "bad",
            "Something that was sealed was changed, removed, moved or withheld without leave, or something that is shown was added. The places are listed."),
        _ => new("Unverifiable", "?", "bad",
            "The file or its seal is damaged, or programs would disagree on what it shows, or its pixels cannot be decoded here; so nothing is claimed about it."),
    };

    /// <summary>"Pixels": a part of a file.</summary>
    public static string Of(Part part) => part switch
    {
        Part.Pixels => "Pixels",
        Part.Patient => "Patient",
        Part.Acquisition => "Acquisition",
        Part.Display => "Display",
        Part.Structure => "Identity and structure",
        _ => "File header",
    };

    /// <summary>What belongs to a part.</summary>
    public static string Contents(Part part) => part switch
    {
        Part.Pixels => "the picture itself and its shape",
        Part.Patient => "who the patient is",
        Part.Acquisition => "when, how and with what the image was made",
        Part.Display => "how the picture is shown: windows, overlays, annotations",
        Part.Structure => "which image it is, what it refers to, private elements, signatures",
        _ => "the wrapping of the file, which archives may rewrite within bounds",
    };

    /// <summary>"as sealed": the state of a part.</summary>
    public static string Of(PartState state) => state switch
    {
        PartState.Intact => "as sealed",
        PartState.Rewritten => "rewritten as it may be",
        PartState.NotCovered => "not covered by the signature",
        PartState.Extended => "something added",
        PartState.Withheld => "withheld with leave",
        PartState.Altered => "altered",
        _ => "not checked",
    };

    /// <summary>"passed": the outcome of a check.</summary>
    public static string Of(CheckStatus status) => status switch
    {
        CheckStatus.Passed => "passed",
        CheckStatus.Failed => "failed",
        _ => "not checked",
    };

    /// <summary>What was done to an image before it was sealed, by the word of whoever sealed it.</summary>
    public static string Of(SealPurpose purpose) => purpose switch
    {
        SealPurpose.Acquisition => "sealed where it was acquired",
        SealPurpose.Reconstruction => "reconstructed from acquired data",
        SealPurpose.AiProcessing => "made or changed by an AI model",
        SealPurpose.Deidentification => "de-identified",
        SealPurpose.Amendment => "amended",
        SealPurpose.AsFound => "sealed as it was found, later than it was made",
        _ => "compressed with loss",
    };

    /// <summary>What a check looks at. A name that is not in the list is given as it is.</summary>
    public static string OfCheck(string name) => name switch
    {
        "parse" => "The file can be read",
        "unambiguous" => "It can be read in one way only",
        "seal" => "It carries a seal",
        "seal-block" => "The seal is whole",
        "seal-signature" => "The signature of the seal is valid",
        "time-stamp" => "A time-stamp authority confirms when it was sealed",
        "signer-chain" => "The trust list vouches for the signer",
        "signer-link-signatures" => "The certificates of the signer are genuine",
        "signer-critical-extensions" => "The certificates hold no condition that is unknown here",
        "signer-basic-constraints" => "Only authorities issued certificates",
        "signer-key-usage" => "The key may be used to sign",
        "signer-extended-key-usage" => "The certificate may be used to seal",
        "signer-strength" => "Keys and digests are strong enough",
        "signer-revocation" => "The certificate was not revoked",
        "signer-validity" => "The certificate was valid when it counted",
        "sealing-time" => "The time of sealing contradicts nothing known",
        "content" => "Every sealed element and pixel is as sealed",
        "carrier" => "The header of the file is as sealed, or rewritten within bounds",
        "chain" => "The latest seal names the earlier ones",
        "policy" => "Every demand of the policy is met",
        _ => name.StartsWith("signature-", StringComparison.Ordinal) ? "Signature of the DICOM standard: " + OfSignature(name["signature-".Length..].TrimStart("0123456789-".ToCharArray())) : name,
    };

    private static string OfSignature(string name) => name switch
    {
        "data-set" => "stands where it may stand",
        "parts" => "has every part that it needs",
        "transfer-syntax" => "was made over an encoding that is known",
        "signable-elements" => "covers only what may be signed",
        "fragments" => "covers encoded pixels whole",
        "mac" => "fits what it covers",
        "mac-strength" => "uses a digest that is strong enough",
        "timestamp" => "its time is confirmed by a time-stamp",
        "date-time" => "its time can be read",
        "signer" => "the trust list vouches for its signer",
        "signer-purpose" => "its signer may sign",
        "certificate-binding" => "names the certificate of its signer",
        "context" => "covers what it stands in",
        "coverage" => "what it covers was counted",
        "purpose" => "says what it was made for",
        _ => name.Replace('-', ' '),
    };
}
