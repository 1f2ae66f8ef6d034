using System.Security.Cryptography;

namespace Veridicom.Seals.Trust;

/// <summary>
/// A seal's CMS message that has been read: it has the one form that is allowed. Whether it was signed by the certificate that it
/// names, <see cref="Verify"/> says; whether that certificate is trusted, <see cref="TrustList.Evaluate(IReadOnlyList{Certificate}, DateTimeOffset, TrustPurpose, IReadOnlyList{Certificate}?)"/> with <see cref="Path"/>.
/// </summary>
public sealed class SealMessage
{
    internal SealMessage(ReadOnlyMemory<byte> encoded, SealCms.Content content)
    {
        Encoded = encoded;
        ContentType = content.ContentType;
        Statement = content.Statement;
        Path = content.Path;
        SigningTime = content.SigningTime;
        Algorithm = content.Algorithm;
        Signature = content.Signature;
        Tokens = content.Tokens;
        MessageDigest = content.MessageDigest;
        SignedAttributes = content.SignedAttributes;
    }

    /// <summary>The whole message, as it was given.</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    public string ContentType { get; }

    /// <summary>The signed statement, a slice of <see cref="Encoded"/>.</summary>
    public ReadOnlyMemory<byte> Statement { get; }

    /// <summary>The signer's certificate.</summary>
    public Certificate Signer => Path[0];

    /// <summary>Every certificate in the message, each bound by the signature, in the order of the path: the signer first.</summary>
    public IReadOnlyList<Certificate> Path { get; }

    /// <summary>When the signer says it signed, in whole seconds UTC. A claim; only a time-stamp proves a time.</summary>
    public DateTimeOffset SigningTime { get; }

    public SignatureAlgorithm Algorithm { get; }

    /// <summary>The signature value: what a time-stamp token stamps.</summary>
    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>RFC 3161 tokens over <see cref="Signature"/>, in DER order, none of them verified yet.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Tokens { get; }

    internal ReadOnlyMemory<byte> MessageDigest { get; }

    /// <summary>The DER SET OF that is signed.</summary>
    internal byte[] SignedAttributes { get; }

    /// <summary>
    /// Checks the digest of the statement and the signature. Returns <see cref="TrustCode.Ok"/>, <see cref="TrustCode.BadSignature"/>,
    /// <see cref="TrustCode.UnsupportedKey"/> or <see cref="TrustCode.UnsupportedAlgorithm"/>.
    /// </summary>
    public TrustCode Verify()
    {
        if (!CryptographicOperations.FixedTimeEquals(Algorithm.Digest.Hash(Statement.Span), MessageDigest.Span))
        {
            return TrustCode.BadSignature;
        }
        return Signer.Key.Verify(Algorithm, Algorithm.Digest.Hash(SignedAttributes), Signature.Span);
    }
}
