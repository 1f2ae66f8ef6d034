using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Veridicom.Seals.Trust;
using Xunit;

namespace Veridicom.Tests.Trust;

public sealed class CertificateIssuingTests
{
    private static readonly CountingRandomness Randomness = new();

    [Theory]
    [InlineData(KeyChoice.P256, "EC P-256")]
    [InlineData(KeyChoice.P384, "EC P-384")]
    [InlineData(KeyChoice.Rsa3072, "RSA 3072")]
    public void An_organisation_issues_and_its_device_seals(KeyChoice choice, string keyName)
    {
        using var caKey = CertificateIssuing.CreateKey(choice);
        var key = CertificateIssuing.CreateKey(choice);
        var ca = CertificateIssuing.CreateAuthority(CertificateIssuing.Name("CA of St. Mary's", "St. Mary's, \"the\" +hospital"), caKey, TrustKit.Start, TrustKit.End, Randomness);
        Assert.Equal(keyName, ca.Key.ToString());
        Assert.Equal((true, 0, KeyUsages.KeyCertSign | KeyUsages.CrlSign), (ca.Extensions.IsAuthority, ca.Extensions.PathLength, ca.Extensions.KeyUsage));
        Assert.Equal(TrustCode.Ok, ca.VerifyIssuedBy(ca));
        Assert.Equal(16, ca.SerialNumber.Length);

        var device = CertificateIssuing.CreateSealing(CertificateIssuing.Name("CT 1"), CertificateIssuing.PublicKeyOf(key), ca, caKey, TrustKit.Start, TrustKit.End.AddYears(5), Randomness);
        Assert.Equal(TrustKit.End, device.NotAfter); // never longer than its authority
        Assert.Equal(ca.Extensions.SubjectKeyIdentifier!.Value.ToArray(), device.Extensions.AuthorityKeyIdentifier!.Value.ToArray());
        Assert.False(device.SerialNumber.Span.SequenceEqual(ca.SerialNumber.Span));
        using var signer = new KeySigner(key, [device, ca]);
        Assert.Same(device, signer.Certificate);
        var trust = TrustList.Create([ca.Der]);
        var message = SealCms.Read(SealCms.Write("s"u8, Oids.SealStatement, signer, TrustKit.Now), Oids.SealStatement, trust.Certificates);
        Assert.Equal(TrustCode.Ok, SealTrust.Evaluate(message, trust, TrustKit.Now).Code);
        Assert.Equal(TrustCode.Ok, CertificateIssuing.CheckImported([device, ca], key, TrustKit.Now).Code);
    }

    [Fact]
    public void Keys_of_others_are_refused()
    {
        using var key = CertificateIssuing.CreateKey(KeyChoice.P256);
        using var other = CertificateIssuing.CreateKey(KeyChoice.P256);
        var ca = CertificateIssuing.CreateAuthority(CertificateIssuing.Name("CA"), key, TrustKit.Start, TrustKit.End, Randomness);
        TrustKit.Refused(TrustCode.KeyMismatch, () => CertificateIssuing.CheckKey(ca, other));
        TrustKit.Refused(TrustCode.KeyMismatch, () => CertificateIssuing.CheckImported([ca], other, TrustKit.Now));
        TrustKit.Refused(TrustCode.KeyMismatch, () => new KeySigner(other, [ca]));
        TrustKit.Refused(TrustCode.KeyMismatch, () => CertificateIssuing.CreateSealing(CertificateIssuing.Name("x"), CertificateIssuing.PublicKeyOf(key), ca, other, TrustKit.Start, TrustKit.End, Randomness));
        Assert.Throws<ArgumentException>(() => new KeySigner(key, []));
        using var dh = ECDiffieHellman.Create();
        TrustKit.Refused(TrustCode.UnsupportedKey, () => CertificateIssuing.CreateRequest(CertificateIssuing.Name("x"), dh));
        Assert.Throws<ArgumentOutOfRangeException>(() => CertificateIssuing.CreateKey((KeyChoice)9));
    }

    [Fact]
    public void An_imported_certificate_that_may_not_seal_says_so()
    {
        var ca = TrustKit.Authority();
        var web = TrustKit.Signer(ca, purposes: [Oids.ServerAuthentication]);
        Assert.Equal(TrustCode.NotAllowed, CertificateIssuing.CheckImported(web.Path(), web.Key, TrustKit.Now).Code);
        var device = TrustKit.Signer(ca);
        Assert.Equal(TrustCode.Expired, CertificateIssuing.CheckImported(device.Path(), device.Key, TrustKit.End.AddDays(1)).Code);
    }

    [Fact]
    public void A_request_asks_for_what_sealing_needs()
    {
        foreach (var choice in Enum.GetValues<KeyChoice>())
        {
            using var key = CertificateIssuing.CreateKey(choice);
            byte[] der = CertificateIssuing.CreateRequest(CertificateIssuing.Name("CT 1", "Clinic"), key);
            var request = CertificateRequest.LoadSigningRequest(der, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions, RSASignaturePadding.Pkcs1);
            Assert.Equal("O=Clinic, CN=CT 1", request.SubjectName.Name);
            var eku = Assert.Single(request.CertificateExtensions.OfType<X509EnhancedKeyUsageExtension>());
            Assert.Equal([Oids.SealingPurpose, Oids.DocumentSigning], eku.EnhancedKeyUsages.Cast<Oid>().Select(o => o.Value!));
        }
    }

    [Fact]
    public void A_signer_signs_what_fits_its_key_and_nothing_weak()
    {
        var root = TrustKit.Authority();
        using var ec = TrustKit.Signer(root).Signer();
        using var rsa = TrustKit.Signer(root, key: RSA.Create(2048)).Signer();
        byte[] hash = SHA256.HashData("x"u8);
        foreach (var (signer, algorithm) in new[] { (ec, SignatureAlgorithm.EcdsaSha256), (rsa, SignatureAlgorithm.RsaPssSha256), (rsa, new(SignatureKind.RsaPkcs1, DigestAlgorithm.Sha256)) })
        {
            Assert.Equal(TrustCode.Ok, signer.Certificate.Key.Verify(algorithm, hash, signer.SignHash(algorithm, hash)));
        }
        TrustKit.Refused(TrustCode.UnsupportedAlgorithm, () => ec.SignHash(SignatureAlgorithm.RsaPssSha256, hash));
        TrustKit.Refused(TrustCode.UnsupportedAlgorithm, () => rsa.SignHash(SignatureAlgorithm.EcdsaSha256, hash));
        TrustKit.Refused(TrustCode.UnsupportedAlgorithm, () => rsa.SignHash(new(SignatureKind.RsaPkcs1, DigestAlgorithm.Sha1), new byte[20]));
        TrustKit.Refused(TrustCode.UnsupportedAlgorithm, () => ec.SignHash(SignatureAlgorithm.EcdsaSha256, hash.AsSpan(1)));
        Parallel.For(0, 100, _ => Assert.Equal(TrustCode.Ok, ec.Certificate.Key.Verify(SignatureAlgorithm.EcdsaSha256, hash, ec.SignHash(SignatureAlgorithm.EcdsaSha256, hash))));
    }
}
