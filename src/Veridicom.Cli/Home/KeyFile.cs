using System.Security.Cryptography;
using System.Text;
using Veridicom.Cli.Files;
using Veridicom.Seals.Trust;

namespace Veridicom.Cli.Home;

/// <summary>
/// One PEM file with an encrypted private key and what belongs to it: its certificate first, then issuers; or a request to an authority; or, for a
/// key that needs neither, its public key. One file, so that a key and its certificate are always replaced together.
/// </summary>
public sealed class KeyFile
{
    private const string KeyLabel = "ENCRYPTED PRIVATE KEY", PublicKeyLabel = "PUBLIC KEY";

    /// <summary>PBES2 with PBKDF2 over HMAC-SHA-256 and AES-256-CBC (RFC 8018 6.2), as openssl and the platform read it.</summary>
    public static PbeParameters Encryption { get; } = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 600_000);

    private readonly byte[] _key;

    private KeyFile(string path, byte[] key, IReadOnlyList<Certificate> certificates, byte[]? request, byte[]? publicKey)
    {
        (Path, _key, Certificates, Request, PublicKey) = (path, key, certificates, request, publicKey);
    }

    /// <summary>Where it stands.</summary>
    public string Path { get; }

    /// <summary>The certificate of the key first, then its issuers; empty while only a request was made.</summary>
    public IReadOnlyList<Certificate> Certificates { get; }

    /// <summary>The PKCS#10 request in DER, null where there is none.</summary>
    public byte[]? Request { get; }

    /// <summary>The public key (SubjectPublicKeyInfo) of a key that has neither certificate nor request; else null.</summary>
    public byte[]? PublicKey { get; }

    /// <summary>Reads a file; the key stays encrypted.</summary>
    public static KeyFile Read(string path)
    {
        byte[]? key = null, request = null, publicKey = null;
        var certificates = new List<Certificate>();
        try
        {
            foreach ((string label, byte[] der) in PemBlocks.Read(File.ReadAllText(path)))
            {
                switch (label)
                {
                    case KeyLabel when key is null:
                        key = der;
                        break;
                    case PemBlocks.RequestLabel:
                        request = der;
                        break;
                    case PublicKeyLabel:
                        publicKey = der;
                        break;
                    case PemBlocks.CertificateLabel:
                        certificates.Add(Certificate.Parse(der));
                        break;
                }
            }
        }
        catch (TrustException e)
        {
            throw FaultException.World("key-file", path, e.Message, "restore it from the backup: veridicom key restore FILE");
        }
        if (key is null || (certificates.Count == 0 && request is null && publicKey is null))
            throw FaultException.World("key-file", path, "holds no encrypted key with a certificate, request or public key", "restore it from the backup: veridicom key restore FILE");
        return new KeyFile(path, key, certificates, request, publicKey);
    }

    /// <summary>The text of a new file.</summary>
    public static string Write(AsymmetricAlgorithm key, string passphrase, IEnumerable<Certificate> certificates, byte[]? request = null)
    {
        var text = new StringBuilder(key.ExportEncryptedPkcs8PrivateKeyPem(passphrase, Encryption)).Append('\n');
        bool alone = request is null;
        foreach (Certificate certificate in certificates)
        {
            text.Append(PemBlocks.Write(PemBlocks.CertificateLabel, certificate.Der.Span));
            alone = false;
        }
        if (alone) text.Append(PemBlocks.Write(PublicKeyLabel, key.ExportSubjectPublicKeyInfo()));
        if (request is not null) text.Append(PemBlocks.Write(PemBlocks.RequestLabel, request));
        return text.ToString();
    }

    /// <summary>Decrypts the key, which takes a fifth of a second by intent. The caller owns it.</summary>
    public AsymmetricAlgorithm Open(Passphrase passphrase)
    {
        string text = passphrase.Existing();
        try
        {
            return Decrypt(_key, text);
        }
        catch (CryptographicException)
        {
            throw FaultException.World("passphrase", Path, "the key cannot be opened", "give the passphrase with which it was made");
        }
    }

    private static AsymmetricAlgorithm Decrypt(byte[] encrypted, string passphrase)
    {
        Pkcs8PrivateKey plain = Pkcs8PrivateKey.Decrypt(encrypted, passphrase);
        try
        {
            return plain.Import();
        }
        finally
        {
            plain.Erase();
        }
    }
}

/// <summary>A private key in the open, as PKCS#8 (RFC 5208); erased after use.</summary>
internal sealed class Pkcs8PrivateKey
{
    private const string EcPublicKey = "1.2.840.10045.2.1";
    private readonly byte[] _der;
    private readonly string _algorithm;

    public Pkcs8PrivateKey(System.Security.Cryptography.Pkcs.Pkcs8PrivateKeyInfo info) => (_der, _algorithm) = (info.Encode(), info.AlgorithmId.Value!);

    /// <summary>Decrypts PKCS#8. Throws <see cref="CryptographicException"/> where it cannot: mostly for a wrong passphrase.</summary>
    public static Pkcs8PrivateKey Decrypt(ReadOnlyMemory<byte> encrypted, string passphrase)
    {
        if (Pbes2.TryDecrypt(encrypted, passphrase) is not { } plain)
            return new(System.Security.Cryptography.Pkcs.Pkcs8PrivateKeyInfo.DecryptAndDecode(passphrase, encrypted, out _));
        try
        {
            return new(System.Security.Cryptography.Pkcs.Pkcs8PrivateKeyInfo.Decode(plain, out _));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    public AsymmetricAlgorithm Import()
    {
        if (_algorithm == EcPublicKey)
        {
            var ec = ECDsa.Create();
            ec.ImportPkcs8PrivateKey(_der, out _);
            return ec;
        }
        var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(_der, out _);
        return rsa;
    }

    public void Erase() => CryptographicOperations.ZeroMemory(_der);
}
