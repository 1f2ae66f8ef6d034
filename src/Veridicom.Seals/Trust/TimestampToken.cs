using System.Formats.Asn1;

namespace Veridicom.Seals.Trust;

/// <summary>
/// A time-stamp token of RFC 3161 (a CMS ContentInfo, not the whole response). Read from DER with one signer; unlike a seal's own
/// message it may carry its certificates in any order and sign more attributes, as authorities do. <see cref="Verify"/> judges it.
/// </summary>
public sealed partial class TimestampToken
{
    private TimestampToken(ReadOnlyMemory<byte> encoded) => Encoded = encoded;

    /// <summary>The bytes as given.</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>The time that the authority vouches for, UTC.</summary>
    public DateTimeOffset Time { get; private set; }

    /// <summary>How far the true time may lie from <see cref="Time"/>, or null where the authority does not say.</summary>
    public TimeSpan? Accuracy { get; private set; }

    /// <summary>Object identifier of the authority's policy.</summary>
    public string Policy { get; private set; } = "";

    /// <summary>The content bytes of the token's serial number.</summary>
    public ReadOnlyMemory<byte> SerialNumber { get; private set; }

    public DigestAlgorithm ImprintAlgorithm { get; private set; }

    /// <summary>The hash that was stamped.</summary>
    public ReadOnlyMemory<byte> Imprint { get; private set; }

    /// <summary>The nonce of the request, or null.</summary>
    public ReadOnlyMemory<byte>? Nonce { get; private set; }

    /// <summary>The certificates that the token carries, as they stand.</summary>
    public IReadOnlyList<Certificate> Certificates { get; private set; } = [];

    internal ReadOnlyMemory<byte> Info { get; private set; }

    internal ReadOnlyMemory<byte> SignerIssuer { get; private set; }

    internal ReadOnlyMemory<byte> SignerSerial { get; private set; }

    internal DigestAlgorithm Digest { get; private set; }

    internal ReadOnlyMemory<byte> MessageDigest { get; private set; }

    /// <summary>What the signing certificate attributes say of the signer's certificate; all of them must fit.</summary>
    internal List<(DigestAlgorithm Algorithm, ReadOnlyMemory<byte> Hash)> SignerHashes { get; } = [];

    internal byte[] SignedAttributes { get; private set; } = [];

    internal SignatureAlgorithm Algorithm { get; private set; }

    internal ReadOnlyMemory<byte> Signature { get; private set; }

    /// <summary>
    /// Reads a token from bytes that are that token and nothing else. Throws <see cref="TrustException"/> with
    /// <see cref="TrustCode.TokenBad"/>.
    /// </summary>
    public static TimestampToken Parse(ReadOnlyMemory<byte> encoded, CertificateCache? certificates = null)
    {
        try
        {
            var token = new TimestampToken(encoded);
            token.ReadMessage(certificates ?? new CertificateCache());
            token.ReadInfo(Der.Only(token.Info).ReadSequence());
            return token;
        }
        catch (AsnContentException e)
        {
            throw new TrustException(TrustCode.TokenBad, $"A time-stamp token is not strict DER: {e.Message}", e);
        }
        catch (TrustException e) when (e.Code != TrustCode.TokenBad)
        {
            throw new TrustException(TrustCode.TokenBad, $"A time-stamp token cannot be read: {e.Message}", e);
        }
    }

    /// <summary>
    /// Judges the token for what it should have stamped: for a seal the signature value of its message, for PS3.15 the value of the
    /// Signature element without its pad byte. The authority's certificate is judged by <paramref name="trust"/> at the time in the
    /// token; that it is still valid today is not asked.
    /// </summary>
    public TimestampResult Verify(ReadOnlySpan<byte> stamped, TrustList trust) => TimestampChecks.Run(this, stamped, trust);
}
