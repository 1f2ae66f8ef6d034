using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Veridicom.Seals.Trust;

/// <summary>The kinds of key that an organisation may choose from.</summary>
public enum KeyChoice
{
    P256,
    P384,
    Rsa3072,
}

/// <summary>
/// Makes keys, an organisation's authority, its sealing certificates, and requests to a hospital's own authority. The only place of
/// the kernel where keys are made.
/// </summary>
public static class CertificateIssuing
{
    private const int SerialNumberLength = 16;

    /// <summary>A new private key from the platform's entropy. The caller owns it.</summary>
    public static AsymmetricAlgorithm CreateKey(KeyChoice choice) => choice switch
    {
        KeyChoice.P256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        KeyChoice.P384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        KeyChoice.Rsa3072 => RSA.Create(3072),
        _ => throw new ArgumentOutOfRangeException(nameof(choice)),
    };

    /// <summary>A subject name: CN, and O where it is given. The texts are taken as they are, without a notation of their own.</summary>
    public static X500DistinguishedName Name(string commonName, string? organisation = null)
    {
        var builder = new X500DistinguishedNameBuilder();
        if (organisation is not null)
        {
            builder.AddOrganizationName(organisation);
        }
        builder.AddCommonName(commonName);
        return builder.Build();
    }

    /// <summary>A self-signed authority that may issue signers and revocation lists but no further authorities (pathLen 0).</summary>
    public static Certificate CreateAuthority(X500DistinguishedName subject, AsymmetricAlgorithm key, DateTimeOffset notBefore, DateTimeOffset notAfter, IRandomness randomness)
    {
        var request = Request(subject, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return Issue(request, subject, key, notBefore, notAfter, randomness);
    }

    /// <summary>
    /// A sealing certificate of an authority: critical digitalSignature, the sealing extended key usage, and both key identifiers.
    /// It never outlives its authority. Throws <see cref="TrustException"/> where the key is not that of the authority.
    /// </summary>
    public static Certificate CreateSealing(X500DistinguishedName subject, VerificationKey subjectKey, Certificate authority, AsymmetricAlgorithm authorityKey, DateTimeOffset notBefore, DateTimeOffset notAfter, IRandomness randomness)
    {
        CheckKey(authority, authorityKey);
        var publicKey = PublicKey.CreateFromSubjectPublicKeyInfo(subjectKey.Encoded.Span, out _);
        var request = new CertificateRequest(subject, publicKey, HashFor(authorityKey), RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(Oids.SealingPurpose)], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(publicKey, false));
        if (authority.Extensions.SubjectKeyIdentifier is { } identifier)
        {
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(identifier.Span));
        }
        var until = notAfter < authority.NotAfter ? notAfter : authority.NotAfter;
        return Issue(request, new X500DistinguishedName(authority.Subject.Span), authorityKey, notBefore, until, randomness);
    }

    /// <summary>The public key that belongs to a private one.</summary>
    public static VerificationKey PublicKeyOf(AsymmetricAlgorithm key) => VerificationKey.Parse(key.ExportSubjectPublicKeyInfo());

    /// <summary>
    /// A PKCS#10 request (RFC 2986) in DER for a certificate that may seal: it asks for digitalSignature, the sealing and the
    /// document signing extended key usage. An authority that knows only the latter may leave the former out.
    /// </summary>
    public static byte[] CreateRequest(X500DistinguishedName subject, AsymmetricAlgorithm key)
    {
        var request = Request(subject, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(Oids.SealingPurpose), new Oid(Oids.DocumentSigning)], false));
        return request.CreateSigningRequest(Generator(key));
    }

    /// <summary>
    /// Checks a path that a hospital's authority issued against the key it was asked for. Throws <see cref="TrustException"/> with
    /// <see cref="TrustCode.KeyMismatch"/> for another key, and otherwise returns what a verifier will say who has the last
    /// certificate of the path as an anchor: look at its <see cref="TrustResult.Code"/> before use.
    /// </summary>
    public static TrustResult CheckImported(IReadOnlyList<Certificate> path, AsymmetricAlgorithm key, DateTimeOffset at)
    {
        CheckKey(path[0], key);
        return TrustList.Create([path[^1].Der]).Evaluate(path, at, TrustPurpose.Seal);
    }

    /// <summary>Throws <see cref="TrustException"/> with <see cref="TrustCode.KeyMismatch"/> unless the certificate is for this private key.</summary>
    public static void CheckKey(Certificate certificate, AsymmetricAlgorithm key)
    {
        if (!certificate.Key.Encoded.Span.SequenceEqual(key.ExportSubjectPublicKeyInfo()))
        {
            throw new TrustException(TrustCode.KeyMismatch, $"The certificate of {certificate.SubjectText} is for another key.");
        }
    }

    private static Certificate Issue(CertificateRequest request, X500DistinguishedName issuer, AsymmetricAlgorithm issuerKey, DateTimeOffset notBefore, DateTimeOffset notAfter, IRandomness randomness)
    {
        // RFC 5280 4.1.2.2: positive. A set second bit also keeps the encoding at one length.
        var serial = new byte[SerialNumberLength];
        randomness.Fill(serial);
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40);
        using var issued = request.Create(issuer, Generator(issuerKey), notBefore, notAfter, serial);
        return Certificate.Parse(issued.RawData);
    }

    private static CertificateRequest Request(X500DistinguishedName subject, AsymmetricAlgorithm key) => key switch
    {
        ECDsa ec => new CertificateRequest(subject, ec, HashFor(key)),
        RSA rsa => new CertificateRequest(subject, rsa, HashFor(key), RSASignaturePadding.Pkcs1),
        _ => throw new TrustException(TrustCode.UnsupportedKey, "Only EC and RSA keys can be certified."),
    };

    private static X509SignatureGenerator Generator(AsymmetricAlgorithm key) => key switch
    {
        ECDsa ec => X509SignatureGenerator.CreateForECDsa(ec),
        RSA rsa => X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1),
        _ => throw new TrustException(TrustCode.UnsupportedKey, "Only EC and RSA keys can be certified."),
    };

    private static HashAlgorithmName HashFor(AsymmetricAlgorithm key) =>
        key is ECDsa { KeySize: 384 } ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256;
}
