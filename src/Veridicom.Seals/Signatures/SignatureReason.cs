using Veridicom.Seals.Trust;

namespace Veridicom.Seals.Signatures;

/// <summary>Why a check on a digital signature did not pass. <see cref="SignatureReasons.Name"/> gives the spelling used in JSON.</summary>
public enum SignatureReason
{
#pragma warning disable CS1591 // SignatureReasons.Text says what each means
    Ok,
    AmbiguousDataSet,
    Malformed,
    MissingPart,
    DuplicateMacId,
    UnknownMacAlgorithm,
    UnknownCertificateType,
    TooManySignatures,
    TransferSyntaxChanged,
    NotSignable,
    AmbiguousFragments,
    UnsupportedKey,
    BadSignature,
    WeakHash,
    UntrustedSigner,
    PurposeOpen,
    BadDateTime,
    OutsideValidity,
    AfterProvenTime,
    TimestampBad,
    NoTimestamp,
    CertificateNotBound,
    ItemOnly,
    PartlyCovered,
    UnknownPurpose,
    NotReached,
#pragma warning restore CS1591
}

/// <summary>Spelling and meaning of each <see cref="SignatureReason"/>.</summary>
public static class SignatureReasons
{
    private static readonly string[] Names = [.. Enum.GetNames<SignatureReason>().Select(TrustCodes.Kebab)];

    /// <summary>The kebab-case name, such as <c>duplicate-mac-id</c>.</summary>
    public static string Name(this SignatureReason reason) => Names[(int)reason];

    /// <summary>One sentence that a person can act on.</summary>
    public static string Text(this SignatureReason reason) => reason switch
    {
        SignatureReason.Ok => "The check passed.",
        SignatureReason.AmbiguousDataSet => "The data set can be read in more than one way: elements stand twice or out of order.",
        SignatureReason.Malformed => "A part of the signature has the wrong form.",
        SignatureReason.MissingPart => "A part of the signature is missing.",
        SignatureReason.DuplicateMacId => "Two items of MAC parameters have the same number; which one counts is not defined.",
        SignatureReason.UnknownMacAlgorithm => "The MAC algorithm is none of the six that PS3.15 knows.",
        SignatureReason.UnknownCertificateType => "The certificate is not of the type X509_1993_SIG.",
        SignatureReason.TooManySignatures => "There are more signatures than are verified in one file.",
        SignatureReason.TransferSyntaxChanged => "The pixel data was signed in another encoding, and those bytes are no longer here.",
        SignatureReason.NotSignable => "A signed element has lost its value representation or is of a kind that cannot be signed.",
        SignatureReason.AmbiguousFragments => "The signature does not tell where the fragments of the pixel data begin, and they can be cut in another way.",
        SignatureReason.UnsupportedKey => "The signature was made with a kind of key that is not supported.",
        SignatureReason.BadSignature => "The signature does not belong to these elements and this key.",
        SignatureReason.WeakHash => "The signature uses MD5 or SHA-1.",
        SignatureReason.UntrustedSigner => "The certificate of the signer is not trusted.",
        SignatureReason.PurposeOpen => "The certificate does not say what its key may be used for.",
        SignatureReason.BadDateTime => "The date and time of the signature cannot be read.",
        SignatureReason.OutsideValidity => "The signature claims a time at which its certificate was not valid.",
        SignatureReason.AfterProvenTime => "The signature claims a time that is later than the one at which it is known to have existed.",
        SignatureReason.TimestampBad => "The certified time-stamp does not prove anything.",
        SignatureReason.NoTimestamp => "The signature carries no certified time-stamp.",
        SignatureReason.CertificateNotBound => "The signature does not cover the certificate: another certificate for the same key would fit as well.",
        SignatureReason.ItemOnly => "The signature stands in an item of a sequence and binds nothing outside of it.",
        SignatureReason.PartlyCovered => "Elements beside the signed ones are not covered.",
        SignatureReason.UnknownPurpose => "The purpose is none of those that DICOM lists.",
        SignatureReason.NotReached => "Not checked, because an earlier check failed.",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}
