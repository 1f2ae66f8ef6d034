using System.Security.Cryptography;
using Veridicom.Cli.Home;
using Xunit;

namespace Veridicom.Tests.Cli;

/// <summary>Encrypted keys open whoever wrote them: our own form quickly, others by the platform, and none with another passphrase.</summary>
public sealed class EncryptedKeyTests
{
    private const string Passphrase = "Grüße aus dem Röntgen";

    [Fact]
    public void Our_own_form_opens_to_the_same_key_as_the_platform_finds()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] encrypted = key.ExportEncryptedPkcs8PrivateKey(Passphrase, KeyFile.Encryption);

        byte[]? plain = Pbes2.TryDecrypt(encrypted, Passphrase);

        Assert.NotNull(plain);
        using var opened = ECDsa.Create();
        opened.ImportPkcs8PrivateKey(plain, out int read);
        Assert.Equal(plain.Length, read);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), opened.ExportSubjectPublicKeyInfo());
    }

    [Theory]
    [InlineData(PbeEncryptionAlgorithm.Aes256Cbc, "SHA512")]
    [InlineData(PbeEncryptionAlgorithm.Aes256Cbc, "SHA1")]
    [InlineData(PbeEncryptionAlgorithm.Aes128Cbc, "SHA256")]
    public void Other_forms_are_left_to_the_platform(PbeEncryptionAlgorithm cipher, string hash)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] encrypted = key.ExportEncryptedPkcs8PrivateKey(Passphrase, new PbeParameters(cipher, new HashAlgorithmName(hash), 2000));

        Assert.Null(Pbes2.TryDecrypt(encrypted, Passphrase));
        using AsymmetricAlgorithm opened = Pkcs8PrivateKey.Decrypt(encrypted, Passphrase).Import();
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), opened.ExportSubjectPublicKeyInfo());
    }

    [Theory]
    [InlineData("SHA256")]
    [InlineData("SHA512")]
    public void Another_passphrase_opens_nothing(string hash)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] encrypted = key.ExportEncryptedPkcs8PrivateKey(Passphrase, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, new HashAlgorithmName(hash), 2000));

        for (int i = 0; i < 300; i++) // one in 256 wrong keys gives padding that looks right
            Assert.ThrowsAny<CryptographicException>(() => Pkcs8PrivateKey.Decrypt(encrypted, "wrong " + i));
    }

    [Fact]
    public void Damaged_bytes_open_nothing_and_bring_no_other_error()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] encrypted = key.ExportEncryptedPkcs8PrivateKey(Passphrase, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1));
        for (int at = 0; at < encrypted.Length; at++)
        {
            byte[] damaged = [.. encrypted];
            damaged[at] ^= 0x41;
            try
            {
                Pkcs8PrivateKey.Decrypt(damaged, Passphrase).Erase();
            }
            catch (CryptographicException)
            {
                // What the caller expects of a key that does not open.
            }
        }
    }
}
