using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using Veridicom.Seals.Trust;

namespace Veridicom.Tests.Trust;

/// <summary>A sequence of bytes that only looks random, so that serial numbers differ and tests repeat.</summary>
internal sealed class CountingRandomness : IRandomness
{
    private int next;

    public void Fill(Span<byte> destination)
    {
        SHA256.HashData(BitConverter.GetBytes(Interlocked.Increment(ref next))).AsSpan(0, destination.Length).CopyTo(destination);
    }
}

/// <summary>A key with its certificate, and through it a chain up to a root.</summary>
internal sealed record Party(AsymmetricAlgorithm Key, Certificate Certificate, Party? Issuer)
{
    public ReadOnlyMemory<byte> Der => Certificate.Der;

    /// <summary>From here up to the root, or to just below it.</summary>
    public Certificate[] Path(bool withRoot = true)
    {
        var path = new List<Certificate>();
        for (Party? p = this; p is not null && (withRoot || p.Issuer is not null || path.Count == 0); p = p.Issuer)
        {
            path.Add(p.Certificate);
        }
        return [.. path];
    }

    public KeySigner Signer(bool withRoot = false) => new(Key, Path(withRoot));
}

/// <summary>Certificates of every kind, good and bad, made by the platform's issuing code and not by ours.</summary>
internal static partial class TrustKit
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset End = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static int serial;

    public static Party Authority(string name = "Test CA", Party? issuer = null, AsymmetricAlgorithm? key = null, X509KeyUsageFlags? usage = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign,
        int? pathLength = null, bool isAuthority = true, string[]? purposes = null, DateTimeOffset? from = null, DateTimeOffset? until = null, HashAlgorithmName? hash = null, params X509Extension[] more) =>
        Make(name, issuer, key, request =>
        {
            if (isAuthority)
            {
                request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, pathLength is not null, pathLength ?? 0, true));
            }
            Add(request, usage, purposes, false, more);
        }, from, until, hash);

    public static Party Signer(Party? issuer, string name = "Sealing device", AsymmetricAlgorithm? key = null, X509KeyUsageFlags? usage = X509KeyUsageFlags.DigitalSignature,
        string[]? purposes = null, bool criticalPurposes = false, DateTimeOffset? from = null, DateTimeOffset? until = null, HashAlgorithmName? hash = null, params X509Extension[] more) =>
        Make(name, issuer, key, request => Add(request, usage, purposes ?? [Oids.SealingPurpose], criticalPurposes, more), from, until, hash);

    public static Party TimestampAuthority(Party issuer, AsymmetricAlgorithm? key = null, string[]? purposes = null, bool critical = true, DateTimeOffset? until = null) =>
        Signer(issuer, "Time-stamp authority", key, purposes: purposes ?? [Oids.TimeStamping], criticalPurposes: critical, until: until);

    public static Party Make(string name, Party? issuer, AsymmetricAlgorithm? key, Action<CertificateRequest> extend, DateTimeOffset? from = null, DateTimeOffset? until = null, HashAlgorithmName? hash = null)
    {
        key ??= ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signing = issuer?.Key ?? key;
        var digest = hash ?? HashAlgorithmName.SHA256;
        var subject = new X500DistinguishedName("CN=" + name);
        var request = key is ECDsa ec ? new CertificateRequest(subject, ec, digest) : new CertificateRequest(subject, (RSA)key, digest, RSASignaturePadding.Pkcs1);
        request = new CertificateRequest(subject, request.PublicKey, digest, RSASignaturePadding.Pkcs1);
        extend(request);
        X509SignatureGenerator generator = digest == HashAlgorithmName.SHA1 || digest == HashAlgorithmName.MD5 ? new WeakGenerator(signing)
            : signing is ECDsa e ? X509SignatureGenerator.CreateForECDsa(e) : X509SignatureGenerator.CreateForRSA((RSA)signing, RSASignaturePadding.Pkcs1);
        byte[] number = BitConverter.GetBytes(Interlocked.Increment(ref serial));
        using var issued = request.Create(issuer is null ? subject : new X500DistinguishedName(issuer.Certificate.Subject.Span), generator, from ?? Start, until ?? End, [0x01, .. number]);
        return new Party(key, Certificate.Parse(issued.RawData), issuer);
    }

    public static TrustList Trusting(params Party[] anchors) => TrustList.Create(anchors.Select(a => a.Der));

    /// <summary>An extension of any content.</summary>
    public static X509Extension Extension(string oid, byte[] value, bool critical = true) => new(new Oid(oid), value, critical);

    /// <summary>A revocation list made by the platform.</summary>
    public static byte[] RevocationList(Party issuer, DateTimeOffset from, DateTimeOffset until, params (Party Party, DateTimeOffset At)[] revoked) =>
        RevocationList(issuer, from, until, X509RevocationReason.KeyCompromise, revoked);

    /// <summary>The same with another reason, or none.</summary>
    public static byte[] RevocationList(Party issuer, DateTimeOffset from, DateTimeOffset until, X509RevocationReason? reason, params (Party Party, DateTimeOffset At)[] revoked)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (var (party, at) in revoked)
        {
            builder.AddEntry(party.Certificate.SerialNumber.Span, at, reason);
        }
        var generator = issuer.Key is ECDsa e ? X509SignatureGenerator.CreateForECDsa(e) : X509SignatureGenerator.CreateForRSA((RSA)issuer.Key, RSASignaturePadding.Pkcs1);
        return builder.Build(new X500DistinguishedName(issuer.Certificate.Subject.Span), generator, 7, until, HashAlgorithmName.SHA256,
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(issuer.Certificate.SubjectKeyIdentifier()), from);
    }

    /// <summary>A time-stamp token made by the platform's CMS code.</summary>
    public static byte[] Token(Party authority, byte[] stamped, DateTimeOffset at, HashAlgorithmName? imprint = null, Certificate[]? carried = null, bool ess = true, DateTimeOffset? messageTime = null)
    {
        var hash = imprint ?? HashAlgorithmName.SHA256;
        var info = new Rfc3161TimestampTokenInfo(new Oid("1.2.3.4"), new Oid(HashOid(hash)), CryptographicOperations.HashData(hash, stamped), new byte[] { 5 }, at, accuracyInMicroseconds: 1_002_003, nonce: new byte[] { 9 });
        var cms = new SignedCms(new ContentInfo(new Oid(Oids.TimestampInfo), info.Encode()));
        using var certificate = Platform(authority);
        var signer = new CmsSigner(SubjectIdentifierType.IssuerAndSerialNumber, certificate) { DigestAlgorithm = new Oid(Oids.Sha256), IncludeOption = X509IncludeOption.None };
        foreach (var c in carried ?? [authority.Certificate])
        {
            signer.Certificates.Add(X509CertificateLoader.LoadCertificate(c.Der.Span));
        }
        if (ess)
        {
            var writer = new AsnWriter(AsnEncodingRules.DER);
            using (writer.PushSequence())
            using (writer.PushSequence())
            using (writer.PushSequence())
            {
                writer.WriteOctetString(authority.Certificate.Fingerprint.ToArray());
            }
            signer.SignedAttributes.Add(new AsnEncodedData(new Oid(Oids.SigningCertificateV2), writer.Encode()));
        }
        if (messageTime is { } time)
        {
            signer.SignedAttributes.Add(new Pkcs9SigningTime(time.UtcDateTime));
        }
        cms.ComputeSignature(signer);
        return cms.Encode();
    }

    public static X509Certificate2 Platform(Party party)
    {
        var bare = X509CertificateLoader.LoadCertificate(party.Der.Span);
        return party.Key is ECDsa e ? bare.CopyWithPrivateKey(e) : bare.CopyWithPrivateKey((RSA)party.Key);
    }

    private static X509SubjectKeyIdentifierExtension SubjectKeyIdentifier(this Certificate certificate) =>
        certificate.Extensions.SubjectKeyIdentifier is { } id
            ? new X509SubjectKeyIdentifierExtension(id.Span, false)
            : new X509SubjectKeyIdentifierExtension(PublicKey.CreateFromSubjectPublicKeyInfo(certificate.Key.Encoded.Span, out _), false);

    private static string HashOid(HashAlgorithmName hash) => hash.Name switch { "MD5" => Oids.Md5, "SHA1" => Oids.Sha1, "SHA384" => Oids.Sha384, "SHA512" => Oids.Sha512, _ => Oids.Sha256 };

    private static void Add(CertificateRequest request, X509KeyUsageFlags? usage, string[]? purposes, bool criticalPurposes, X509Extension[] more)
    {
        if (usage is { } flags)
        {
            request.CertificateExtensions.Add(new X509KeyUsageExtension(flags, true));
        }
        if (purposes is { Length: > 0 })
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. purposes.Select(p => new Oid(p))], criticalPurposes));
        }
        foreach (var extension in more)
        {
            request.CertificateExtensions.Add(extension);
        }
    }

    /// <summary>Signs with the hashes that the platform no longer issues with.</summary>
    private sealed class WeakGenerator(AsymmetricAlgorithm key) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hash)
        {
            var writer = new AsnWriter(AsnEncodingRules.DER);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(key is ECDsa ? Oids.EcdsaWithSha1 : hash == HashAlgorithmName.MD5 ? Oids.Md5WithRsa : Oids.Sha1WithRsa);
                if (key is RSA)
                {
                    writer.WriteNull();
                }
            }
            return writer.Encode();
        }

        public override byte[] SignData(byte[] data, HashAlgorithmName hash) => key is ECDsa ec
            ? ec.SignData(data, hash, DSASignatureFormat.Rfc3279DerSequence)
            : ((RSA)key).SignData(data, hash, RSASignaturePadding.Pkcs1);

        protected override PublicKey BuildPublicKey() => PublicKey.CreateFromSubjectPublicKeyInfo(key.ExportSubjectPublicKeyInfo(), out _);
    }
}
