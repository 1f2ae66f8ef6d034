using System.Security.Cryptography;
using Veridicom.Dimse.Tls;
using Xunit;

namespace Veridicom.Tests.Dimse;

/// <summary>Certificates and keys from files: what is taken and what is refused.</summary>
public sealed class TlsFileTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly TlsKit _kit;

    public TlsFileTests() => _kit = new TlsKit(_folder.Root);

    public void Dispose()
    {
        _kit.Dispose();
        _folder.Dispose();
    }

    private static TlsFault Refused(string certificate, string key) => Assert.Throws<TlsException>(() => TlsIdentity.Load(certificate, key).Dispose()).Fault;

    [Theory]
    [InlineData("PKCS#8")]
    [InlineData("PKCS#1")]
    [InlineData("SEC 1")]
    public void Keys_in_the_forms_that_openssl_writes_are_read(string form)
    {
        var (certificate, key) = _kit.Issue("Own", rsaBits: form == "SEC 1" ? 0 : 2048);
        if (form == "PKCS#1")
        {
            using RSA rsa = RSA.Create();
            rsa.ImportFromPem(File.ReadAllText(key));
            TlsKit.WriteSecret(key, rsa.ExportRSAPrivateKeyPem());
        }
        if (form == "SEC 1")
        {
            using ECDsa ec = ECDsa.Create();
            ec.ImportFromPem(File.ReadAllText(key));
            TlsKit.WriteSecret(key, ec.ExportECPrivateKeyPem());
        }

        using TlsIdentity identity = TlsIdentity.Load(certificate, key);

        Assert.True(identity.Certificate.HasPrivateKey);
        Assert.Matches("^[0-9a-f]{64}$", identity.Fingerprint);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_key_that_others_can_read_or_write_is_refused(UnixFileMode more)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files have no mode there");
        var (certificate, key) = _kit.Issue("Own");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite | more);

        Assert.Equal(TlsFault.KeyExposed, Refused(certificate, key));
    }

    [Fact]
    public void The_key_of_another_certificate_is_refused()
    {
        var (certificate, _) = _kit.Issue("Own");

        Assert.Equal(TlsFault.KeyMismatch, Refused(certificate, _kit.Issue("Other").Key));
        Assert.Equal(TlsFault.KeyMismatch, Refused(certificate, _kit.Issue("Other", rsaBits: 2048).Key));
        Assert.Equal(TlsFault.KeyMismatch, Refused(_kit.Issue("Other", rsaBits: 2048).Certificate, _kit.Issue("Own").Key));
    }

    [Fact]
    public void What_is_no_key_or_certificate_is_refused()
    {
        var (certificate, key) = _kit.Issue("Own");
        string noKey = _folder.PathOf("none.key"), encrypted = _folder.PathOf("encrypted.key"), broken = _folder.PathOf("broken.pem");
        TlsKit.WriteSecret(noKey, "");
        using (RSA rsa = RSA.Create(2048)) TlsKit.WriteSecret(encrypted, rsa.ExportEncryptedPkcs8PrivateKeyPem("word", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
        File.WriteAllText(broken, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");

        Assert.Equal(TlsFault.KeyMismatch, Refused(certificate, noKey));
        Assert.Equal(TlsFault.BadFile, Refused(certificate, encrypted));
        Assert.Equal(TlsFault.BadFile, Refused(key, key));
        Assert.Equal(TlsFault.BadFile, Refused(broken, key));
        Assert.Equal(TlsFault.NotReadable, Refused(_folder.PathOf("missing.pem"), key));
        Assert.Equal(TlsFault.NotReadable, Refused(certificate, _folder.PathOf("missing.key")));
        Assert.Equal(TlsFault.BadFile, Assert.Throws<TlsException>(() => TlsAuthorities.Load(noKey)).Fault);
        Assert.Equal(TlsFault.BadFile, Assert.Throws<TlsException>(() => TlsAuthorities.Load(broken)).Fault);
    }

    [Fact]
    public void An_authorities_file_may_hold_several()
    {
        using var other = new TlsKit(_folder.Root, "Other authority");
        string both = _folder.PathOf("both.pem");
        File.WriteAllText(both, File.ReadAllText(_kit.AuthoritiesFile) + File.ReadAllText(other.AuthoritiesFile));
        using TlsAuthorities authorities = TlsAuthorities.Load(both);
        var (certificate, key) = other.Issue("Peer");
        using TlsIdentity peer = TlsIdentity.Load(certificate, key);

        Assert.Equal(2, authorities.Count);
        Assert.Null(authorities.Refusal(peer.Certificate, null, TlsPurpose.Server, "localhost"));
    }
}
