using Veridicom.Seals.Trust;
using Xunit;

namespace Veridicom.Interop.Trust;

public sealed class OpenSslTimestampTests
{
    private const string Stamping = "basicConstraints=critical,CA:FALSE; keyUsage=critical,digitalSignature; extendedKeyUsage=critical,timeStamping";
    private static readonly byte[] Stamped = "a signature value"u8.ToArray();

    /// <summary>A token of openssl ts, cut out of its response.</summary>
    private static byte[] Token(OpenSslKit kit, string tsa, string digest, bool certificates = true, params string[] more)
    {
        File.WriteAllBytes(kit.PathOf("stamped"), Stamped);
        kit.Run(["ts", "-query", "-data", "stamped", "-" + digest, "-out", "q.tsq", .. certificates ? ["-cert"] : Array.Empty<string>()]).Succeeded();
        kit.Run(["ts", "-reply", "-config", "ca.cnf", "-section", "tsa1", "-queryfile", "q.tsq", "-signer", tsa + ".pem", "-inkey", tsa + ".key", "-token_out", "-out", "token", .. more]).Succeeded();
        return kit.Bytes("token");
    }

    [Theory]
    [InlineData("EC:P-256", "sha256")]
    [InlineData("EC:P-384", "sha512")]
    [InlineData("RSA:2048", "sha256")]
    [InlineData("RSA:3072", "sha384")]
    public void Tokens_of_openssl_prove_their_time(string algorithm, string digest)
    {
        using var kit = new OpenSslKit();
        kit.Root("ca");
        kit.Issue("ca", "tsa", Stamping, algorithm);
        var trust = TrustList.Create([kit.Certificate("ca").Der]);
        var token = TimestampToken.Parse(Token(kit, "tsa", digest, true, "-chain", "ca.pem"));
        Assert.Equal(2, token.Certificates.Count);
        Assert.Equal(TimeSpan.FromMicroseconds(1_500_100), token.Accuracy);
        Assert.Equal("1.2.3.4.1", token.Policy);
        var result = token.Verify(Stamped, trust);
        Assert.Equal(TrustCode.Ok, result.Code);
        Assert.InRange(result.ProvenTime!.Value, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
        Assert.Equal(TrustCode.TokenMismatch, token.Verify("another value"u8, trust).Code);
        Assert.Equal(TrustCode.UnknownSigner, token.Verify(Stamped, TrustList.Empty).Code);
    }

    [Fact]
    public void Without_certificates_in_the_token_the_trust_list_supplies_the_authority()
    {
        using var kit = new OpenSslKit();
        kit.Root("ca");
        kit.Issue("ca", "tsa", Stamping);
        var token = TimestampToken.Parse(Token(kit, "tsa", "sha256", certificates: false));
        Assert.Empty(token.Certificates);
        Assert.Equal(TrustCode.UnknownSigner, token.Verify(Stamped, TrustList.Create([kit.Certificate("ca").Der])).Code);
        Assert.Equal(TrustCode.Ok, token.Verify(Stamped, TrustList.Create([kit.Certificate("ca").Der], [kit.Certificate("tsa").Der])).Code);
        Assert.Equal(TrustCode.Ok, token.Verify(Stamped, TrustList.Create([kit.Certificate("tsa").Der])).Code);
    }

    [Theory]
    [InlineData("sha1")]
    [InlineData("sha256")]
    public void Either_signing_certificate_attribute_is_read(string ess)
    {
        using var kit = new OpenSslKit();
        kit.Root("ca");
        kit.Issue("ca", "tsa", Stamping);
        kit.Write("ca.cnf", File.ReadAllText(kit.PathOf("ca.cnf")) + "\ness_cert_id_alg = " + ess + "\n");
        byte[] bytes = Token(kit, "tsa", "sha256");
        Assert.Equal(ess == "sha1", bytes.AsSpan().IndexOf(new byte[] { 0x09, 0x10, 0x02, 0x0C }) > 0);
        Assert.Equal(TrustCode.Ok, TimestampToken.Parse(bytes).Verify(Stamped, TrustList.Create([kit.Certificate("ca").Der])).Code);
    }

    [Fact]
    public void A_weak_imprint_proves_nothing()
    {
        using var kit = new OpenSslKit();
        kit.Root("ca");
        kit.Issue("ca", "tsa", Stamping);
        var result = TimestampToken.Parse(Token(kit, "tsa", "sha1")).Verify(Stamped, TrustList.Create([kit.Certificate("ca").Der]));
        Assert.Equal(TrustCode.WeakHash, result.Code);
        Assert.Null(result.ProvenTime);
    }

    [Fact]
    public void Openssl_accepts_a_seal_with_its_own_token_in_it()
    {
        using var kit = new OpenSslKit();
        kit.Root("ca");
        kit.Issue("ca", "tsa", Stamping);
        kit.Issue("ca", "device", "keyUsage=critical,digitalSignature; extendedKeyUsage=" + Oids.SealingPurpose);
        using var signer = new KeySigner(kit.Key("device"), [kit.Certificate("device"), kit.Certificate("ca")]);
        var trust = TrustList.Create([kit.Certificate("ca").Der]);
        var message = SealCms.Read(SealCms.Write("statement"u8, Oids.SealStatement, signer, DateTimeOffset.UtcNow), Oids.SealStatement, trust.Certificates);
        File.WriteAllBytes(kit.PathOf("sig"), message.Signature.ToArray());
        kit.Run("ts", "-query", "-data", "sig", "-sha256", "-cert", "-out", "q.tsq").Succeeded();
        kit.Run("ts", "-reply", "-config", "ca.cnf", "-section", "tsa1", "-queryfile", "q.tsq", "-signer", "tsa.pem", "-inkey", "tsa.key", "-token_out", "-out", "token").Succeeded();
        byte[] stamped = SealCms.WithToken(message, kit.Bytes("token"));
        File.WriteAllBytes(kit.PathOf("seal.der"), stamped);
        kit.Run("cms", "-verify", "-cades", "-purpose", "any", "-inform", "DER", "-in", "seal.der", "-CAfile", "ca.pem", "-out", "content").Succeeded();
        var read = SealCms.Read(stamped, Oids.SealStatement, trust.Certificates);
        Assert.Equal(TrustCode.Ok, read.Verify());
        Assert.Equal(TrustCode.Ok, TimestampToken.Parse(read.Tokens.Single()).Verify(read.Signature.Span, trust).Code);
    }
}
