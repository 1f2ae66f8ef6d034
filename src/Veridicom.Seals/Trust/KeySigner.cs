using System.Security.Cryptography;

namespace Veridicom.Seals.Trust;

/// <summary>
/// A signer whose private key is in memory. Owns the key. Calls from several threads queue up for it: a P-256 signature takes some
/// 30 microseconds.
/// </summary>
public sealed class KeySigner : ISigner, IDisposable
{
    private readonly AsymmetricAlgorithm key;
    private readonly Lock gate = new();

    /// <summary>
    /// Joins a key with its path, the signer's certificate first. Throws <see cref="TrustException"/> with
    /// <see cref="TrustCode.KeyMismatch"/> where the certificate is for another key.
    /// </summary>
    public KeySigner(AsymmetricAlgorithm key, IReadOnlyList<Certificate> path)
    {
        if (path.Count == 0)
        {
            throw new ArgumentException("A path starts with the signer's certificate.", nameof(path));
        }
        CertificateIssuing.CheckKey(path[0], key);
        this.key = key;
        Path = [.. path];
    }

    public IReadOnlyList<Certificate> Path { get; }

    public Certificate Certificate => Path[0];

    public byte[] SignHash(SignatureAlgorithm algorithm, ReadOnlySpan<byte> hash)
    {
        if (!algorithm.Digest.IsSha2() || hash.Length != algorithm.Digest.Size())
        {
            throw new TrustException(TrustCode.UnsupportedAlgorithm, $"{algorithm} is not signed with.");
        }
        lock (gate)
        {
            return (key, algorithm.Kind) switch
            {
                (ECDsa ec, SignatureKind.Ecdsa) => ec.SignHash(hash.ToArray(), DSASignatureFormat.Rfc3279DerSequence),
                (RSA rsa, SignatureKind.RsaPkcs1) => rsa.SignHash(hash.ToArray(), algorithm.Digest.PlatformName(), RSASignaturePadding.Pkcs1),
                (RSA rsa, SignatureKind.RsaPss) => rsa.SignHash(hash.ToArray(), algorithm.Digest.PlatformName(), RSASignaturePadding.Pss),
                _ => throw new TrustException(TrustCode.UnsupportedAlgorithm, $"{algorithm} does not fit a key of the kind {Certificate.Key}."),
            };
        }
    }

    public void Dispose() => key.Dispose();
}
