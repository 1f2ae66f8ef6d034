namespace Veridicom.Seals.Trust;

/// <summary>
/// A private key with its certificate: in memory, or in a device that never gives the key away. Implementations are safe for use by
/// several threads.
/// </summary>
public interface ISigner
{
    /// <summary>
    /// The signer's certificate first, then its issuers in order, up to the root or to the last one below it. A seal carries and
    /// names exactly these.
    /// </summary>
    IReadOnlyList<Certificate> Path { get; }

    /// <summary>
    /// Signs a hash. ECDSA signatures are DER; RSA signatures are as long as the modulus. Throws <see cref="TrustException"/> with
    /// <see cref="TrustCode.UnsupportedAlgorithm"/> where the algorithm does not fit the key or uses a hash outside SHA-2.
    /// </summary>
    byte[] SignHash(SignatureAlgorithm algorithm, ReadOnlySpan<byte> hash);

    /// <summary>The signer's certificate.</summary>
    Certificate Certificate => Path[0];
}
