namespace Veridicom.Seals.Trust;

/// <summary>The reason codes of the trust kernel. <see cref="TrustCodes.Name"/> gives the spelling used in JSON.</summary>
public enum TrustCode
{
    Ok,
    Malformed,
    BadSignature,
    UnknownSigner,
    SearchLimit,
    Expired,
    NotYetValid,
    Revoked,
    WeakKey,
    WeakHash,
    NotAllowed,
    UsageUnstated,
    NotAnAuthority,
    PathTooLong,
    CriticalExtension,
    NameConstraints,
    UnsupportedKey,
    UnsupportedAlgorithm,
    CrlMissing,
    CrlStale,
    CrlBad,
    TokenBad,
    TokenMismatch,
    UnboundCertificate,
    KeyMismatch,
    NotReached,
}

/// <summary>The spelling and the meaning of each <see cref="TrustCode"/>; the reference pages are made from it.</summary>
public static class TrustCodes
{
    private static readonly string[] Names = [.. Enum.GetNames<TrustCode>().Select(Kebab)];

    /// <summary>Every code, in declaration order.</summary>
    public static IReadOnlyList<TrustCode> All { get; } = Enum.GetValues<TrustCode>();

    /// <summary>The kebab-case name, such as <c>unknown-signer</c>.</summary>
    public static string Name(this TrustCode code) => Names[(int)code];

    /// <summary>One sentence that a person can act on.</summary>
    public static string Text(this TrustCode code) => code switch
    {
        TrustCode.Ok => "The check passed.",
        TrustCode.Malformed => "The bytes are not the one DER encoding that is allowed here.",
        TrustCode.BadSignature => "The signature does not belong to these bytes and this key.",
        TrustCode.UnknownSigner => "No path leads from the certificate to an anchor of the trust list.",
        TrustCode.SearchLimit => "Too many certificates of the same name had to be tried; the search for a path was given up.",
        TrustCode.Expired => "The certificate had expired at the time in question.",
        TrustCode.NotYetValid => "The certificate was not valid yet at the time in question.",
        TrustCode.Revoked => "The certificate was revoked at the time in question.",
        TrustCode.WeakKey => "The key is too short or on an elliptic curve that is not accepted.",
        TrustCode.WeakHash => "The signature uses MD5 or SHA-1.",
        TrustCode.NotAllowed => "The certificate does not permit this use of its key.",
        TrustCode.UsageUnstated => "The certificate is of version 1 and says nothing of what its key is for.",
        TrustCode.NotAnAuthority => "A certificate was issued by one that is not a certification authority.",
        TrustCode.PathTooLong => "The path is longer than an authority in it, or the limit of 8 certificates, allows.",
        TrustCode.CriticalExtension => "A certificate carries a critical extension that is not understood.",
        TrustCode.NameConstraints => "An authority is limited to certain names; such authorities are not accepted.",
        TrustCode.UnsupportedKey => "The kind of public key is not supported.",
        TrustCode.UnsupportedAlgorithm => "The signature algorithm is not supported, or does not fit the key.",
        TrustCode.CrlMissing => "No revocation list of the issuer was given.",
        TrustCode.CrlStale => "The revocation lists given do not speak for the time in question.",
        TrustCode.CrlBad => "A revocation list of the issuer could not be accepted.",
        TrustCode.TokenBad => "The time-stamp token is not well formed, or is not signed by the authority it names.",
        TrustCode.TokenMismatch => "The time-stamp token belongs to something else.",
        TrustCode.UnboundCertificate => "The time-stamp token carries a certificate that nothing vouches for.",
        TrustCode.KeyMismatch => "The certificate and the private key do not belong together.",
        TrustCode.NotReached => "Not checked, because an earlier check failed.",
        _ => throw new ArgumentOutOfRangeException(nameof(code)),
    };

    /// <summary>The spelling of an enumeration member wherever it leaves the kernel: words in lower case with hyphens between.</summary>
    internal static string Kebab(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i == 0 ? "" : "-") + char.ToLowerInvariant(c) : c.ToString()));
}

/// <summary>Bytes or arguments that the trust kernel refuses. Never thrown for a fault of the world; a retry cannot help.</summary>
public sealed class TrustException(TrustCode code, string message, Exception? inner = null) : Exception(message, inner)
{
    public TrustCode Code { get; } = code;

    internal static TrustException Malformed(string what, Exception? inner = null) => new(TrustCode.Malformed, what, inner);
}
