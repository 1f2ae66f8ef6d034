using System.Security.Cryptography;
using Veridicom.Seals.Trust;
using Xunit;

namespace Veridicom.Interop.Trust;

public sealed class OpenSslCmsTests
{
    private const string Sealing = "basicConstraints=critical,CA:FALSE; keyUsage=critical,digitalSignature; extendedKeyUsage=" + Oids.SealingPurpose;
    private static readonly byte[] Statement = "what is sealed"u8.ToArray();

    [Theory]
    [InlineData("EC:P-256", true)]
    [InlineData("EC:P-256", false)]
    [InlineData("EC:P-384", false)]
    [InlineData("RSA:2048", true)]
    [InlineData("RSA:3072", false)]
    public void Openssl_accepts_what_we_write(string algorithm, bool withRoot)
    {
        using var kit = new OpenSslKit();
        kit.Root("ca");
        kit.Issue("ca", "middle", "basicConstraints=critical,CA:TRUE,pathlen:0; keyUsage=critical,keyCertSign");
        kit.Issue("middle", "device", Sealing, algorithm);
        Certificate[] path = [kit.Certificate("device"), kit.Certificate("middle"), .. withRoot ? [kit.Certificate("ca")] : Array.Empty<Certificate>()];
        using var signer = new KeySigner(kit.Key("device"), path);
        byte[] message = SealCms.Write(Statement, Oids.SealStatement, signer, DateTimeOffset.UtcNow);
        File.WriteAllBytes(kit.PathOf("seal.der"), message);

        var result = kit.Run("cms", "-verify", "-cades", "-purpose", "any", "-inform", "DER", "-in", "seal.der", "-CAfile", "ca.pem", "-binary", "-out", "content").Succeeded();
        Assert.Contains("successful", result.AllText, StringComparison.Ordinal);
        Assert.Equal(Statement, kit.Bytes("content"));

        // And openssl refuses what is not so.
        message[^1] ^= 1;
        File.WriteAllBytes(kit.PathOf("bad.der"), message);
        Assert.NotEqual(0, kit.Run("cms", "-verify", "-cades", "-purpose", "any", "-inform", "DER", "-in", "bad.der", "-CAfile", "ca.pem", "-out", "content").ExitCode);
    }

    [Fact]
    public void What_openssl_issues_is_trusted_for_what_it_says()
    {
        using var kit = new OpenSslKit();
        kit.Root("ca");
        kit.Issue("ca", "middle", "basicConstraints=critical,CA:TRUE,pathlen:0; keyUsage=critical,keyCertSign; subjectKeyIdentifier=hash; authorityKeyIdentifier=keyid,issuer");
        kit.Issue("middle", "device", Sealing + "; subjectKeyIdentifier=hash; authorityKeyIdentifier=keyid");
        kit.Issue("middle", "documents", "keyUsage=nonRepudiation; extendedKeyUsage=1.3.6.1.5.5.7.3.36");
        kit.Issue("middle", "web", "keyUsage=digitalSignature; extendedKeyUsage=serverAuth,clientAuth");
        kit.Issue("ca", "old", "keyUsage=digitalSignature", "RSA:1024", "-sha1");
        var trust = TrustList.Create([kit.Certificate("ca").Der], [kit.Certificate("middle").Der]);
        TrustCode Code(string name, TrustPurpose purpose) => trust.Evaluate(kit.Certificate(name), DateTimeOffset.UtcNow.AddMinutes(1), purpose).Code;
        Assert.Equal(TrustCode.Ok, Code("device", TrustPurpose.Seal));
        Assert.Equal(TrustCode.Ok, Code("documents", TrustPurpose.Seal));
        Assert.Equal(TrustCode.NotAllowed, Code("web", TrustPurpose.Seal));
        Assert.Equal(TrustCode.NotAllowed, Code("web", TrustPurpose.DicomSignature));
        Assert.Equal(TrustCode.Ok, Code("device", TrustPurpose.DicomSignature));
        Assert.Equal(TrustCode.WeakKey, Code("old", TrustPurpose.DicomSignature));
    }

    [Theory]
    [InlineData("RSA:2048", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")]
    [InlineData("RSA:2048", "-sha512")]
    [InlineData("EC:P-521", "-sha512")]
    public void Links_signed_by_openssl_in_other_ways_verify(string algorithm, params string[] options)
    {
        using var kit = new OpenSslKit();
        kit.Root("ca", algorithm);
        kit.Issue("ca", "device", Sealing, "EC:P-256", options);
        var trust = TrustList.Create([kit.Certificate("ca").Der]);
        Assert.Equal(TrustCode.Ok, trust.Evaluate(kit.Certificate("device"), DateTimeOffset.UtcNow.AddMinutes(1), TrustPurpose.Seal).Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Revocation_lists_of_openssl_are_heeded(bool second)
    {
        using var kit = new OpenSslKit();
        kit.Root("ca");
        kit.Issue("ca", "good", Sealing);
        kit.Issue("ca", "bad", Sealing);
        kit.Run("ca", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-revoke", "bad.pem", "-crl_compromise", "20200101000000Z").Succeeded();
        if (!second)
        {
            kit.Write("ca.cnf", File.ReadAllText(kit.PathOf("ca.cnf")).Replace("crl_extensions = crl", "", StringComparison.Ordinal));
            kit.Write("crlnumber", "10\n");
            kit.Run("ca", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-updatedb").Succeeded();
        }
        kit.Run("ca", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-gencrl", "-out", "crl.pem").Succeeded();
        byte[] crl = PemBlocks.Read(File.ReadAllText(kit.PathOf("crl.pem"))).Single(b => b.Label == PemBlocks.RevocationListLabel).Der;
        var trust = TrustList.Create([kit.Certificate("ca").Der], revocationLists: [crl]);
        var at = DateTimeOffset.UtcNow.AddMinutes(1);
        Assert.Equal(1, trust.RevocationLists[0].Count);
        Assert.Equal(CheckState.Passed, trust.Evaluate(kit.Certificate("good"), at, TrustPurpose.Seal)[TrustCheck.Revocation].State);
        Assert.Equal(TrustCode.Revoked, trust.Evaluate(kit.Certificate("bad"), at, TrustPurpose.Seal).Code);
        Assert.Equal(TrustCode.CrlStale, trust.Evaluate(kit.Certificate("good"), at.AddDays(40), TrustPurpose.Seal)[TrustCheck.Revocation].Code);
    }

    [Fact]
    public void Openssl_issues_from_our_request_and_verifies_our_certificates()
    {
        using var kit = new OpenSslKit();
        var now = DateTimeOffset.UtcNow.AddMinutes(-1);
        foreach (var choice in new[] { KeyChoice.P256, KeyChoice.P384, KeyChoice.Rsa3072 })
        {
            using var key = CertificateIssuing.CreateKey(choice);
            kit.Root("hospital");
            File.WriteAllText(kit.PathOf("ours.csr"), PemBlocks.Write(PemBlocks.RequestLabel, CertificateIssuing.CreateRequest(CertificateIssuing.Name("Ward 3, CT", "St. Mary's"), key)));
            kit.Run("req", "-in", "ours.csr", "-noout", "-verify").Succeeded();
            kit.Write("ours.ext", "");
            kit.Run("x509", "-req", "-in", "ours.csr", "-CA", "hospital.pem", "-CAkey", "hospital.key", "-CAcreateserial", "-out", "ours.pem", "-days", "30", "-copy_extensions", "copyall").Succeeded();
            Assert.Equal(TrustCode.Ok, CertificateIssuing.CheckImported([kit.Certificate("ours"), kit.Certificate("hospital")], key, DateTimeOffset.UtcNow.AddMinutes(1)).Code);

            using var caKey = CertificateIssuing.CreateKey(choice);
            var ca = CertificateIssuing.CreateAuthority(CertificateIssuing.Name("CA", "St. Mary's"), caKey, now, now.AddYears(10), new Bytes());
            var device = CertificateIssuing.CreateSealing(CertificateIssuing.Name("CT 1"), CertificateIssuing.PublicKeyOf(key), ca, caKey, now, now.AddYears(2), new Bytes());
            File.WriteAllText(kit.PathOf("own-ca.pem"), PemBlocks.Write(PemBlocks.CertificateLabel, ca.Der.Span));
            File.WriteAllText(kit.PathOf("own.pem"), PemBlocks.Write(PemBlocks.CertificateLabel, device.Der.Span));
            kit.Run("verify", "-x509_strict", "-CAfile", "own-ca.pem", "own.pem").Succeeded();
        }
    }

    private sealed class Bytes : IRandomness
    {
        public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
    }
}
