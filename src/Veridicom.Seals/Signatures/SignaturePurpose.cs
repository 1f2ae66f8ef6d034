namespace Veridicom.Seals.Signatures;

/// <summary>Why somebody signed: a code of the scheme ASTM-sigpurpose (PS3.3-2023b C.12.1.1.3.1.2).</summary>
/// <param name="Code">The code value, "1" to "18" where it is one of the list.</param>
/// <param name="Meaning">Its meaning.</param>
public sealed record SignaturePurpose(string Code, string Meaning)
{
    /// <summary>The coding scheme designator.</summary>
    public const string Scheme = "ASTM-sigpurpose";

    /// <summary>The codes of the standard, in their order.</summary>
    public static IReadOnlyList<SignaturePurpose> All { get; } =
    [
        new("1", "Author's Signature"), new("2", "Coauthor's Signature"), new("3", "Co-participant's Signature"),
        new("4", "Transcriptionist/Recorder Signature"), new("5", "Verification Signature"), new("6", "Validation Signature"),
        new("7", "Consent Signature"), new("8", "Signature Witness Signature"), new("9", "Event Witness Signature"),
        new("10", "Identity Witness Signature"), new("11", "Consent Witness Signature"), new("12", "Interpreter Signature"),
        new("13", "Review Signature"), new("14", "Source Signature"), new("15", "Addendum Signature"),
        new("16", "Modification Signature"), new("17", "Administrative (Error/Edit) Signature"), new("18", "Timestamp Signature"),
    ];

    /// <summary>The purpose of a code, or null.</summary>
    public static SignaturePurpose? Find(string code) => All.FirstOrDefault(purpose => purpose.Code == code);
}
