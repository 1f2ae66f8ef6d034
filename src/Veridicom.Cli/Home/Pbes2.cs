using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;

namespace Veridicom.Cli.Home;

/// <summary>
/// Opens the one kind of encrypted key that <see cref="KeyFile"/> writes: PBES2 with PBKDF2 over HMAC-SHA-256 and AES-256-CBC (RFC 8018 6.2). The
/// platform reads it too, but derives its key one iteration at a time, which takes three times as long: the waiting is meant for whoever guesses.
/// </summary>
internal static class Pbes2
{
    private const string Scheme = "1.2.840.113549.1.5.13", Derivation = "1.2.840.113549.1.5.12", Prf = "1.2.840.113549.2.9", Cipher = "2.16.840.1.101.3.4.1.42";
    private const int KeyLength = 32, MostIterations = 10_000_000;

    /// <summary>The PKCS#8 key in the open; the caller erases it. Null for any other encryption, which the platform may know.</summary>
    /// <exception cref="CryptographicException">The passphrase is not the right one.</exception>
    public static byte[]? TryDecrypt(ReadOnlyMemory<byte> encrypted, string passphrase)
    {
        if (TryRead(encrypted) is not var (salt, iterations, iv, content)) return null;
        byte[] secret = Encoding.UTF8.GetBytes(passphrase);
        byte[] key = Rfc2898DeriveBytes.Pbkdf2(secret, salt, iterations, HashAlgorithmName.SHA256, KeyLength);
        try
        {
            using var aes = Aes.Create();
            aes.Key = key;
            return aes.DecryptCbc(content, iv);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private static (byte[] Salt, int Iterations, byte[] Iv, byte[] Content)? TryRead(ReadOnlyMemory<byte> encrypted)
    {
        try
        {
            AsnReader info = new AsnReader(encrypted, AsnEncodingRules.DER).ReadSequence();
            AsnReader algorithm = info.ReadSequence();
            byte[] content = info.ReadOctetString();
            if (algorithm.ReadObjectIdentifier() != Scheme) return null;
            AsnReader parameters = algorithm.ReadSequence(), derivation = parameters.ReadSequence(), cipher = parameters.ReadSequence();
            if (derivation.ReadObjectIdentifier() != Derivation || cipher.ReadObjectIdentifier() != Cipher) return null;
            byte[] iv = cipher.ReadOctetString();
            AsnReader pbkdf2 = derivation.ReadSequence();
            byte[] salt = pbkdf2.ReadOctetString();
            if (!pbkdf2.TryReadInt32(out int iterations) || iterations is < 1 or > MostIterations) return null;
            if (pbkdf2.PeekTag().HasSameClassAndValue(Asn1Tag.Integer) && (!pbkdf2.TryReadInt32(out int length) || length != KeyLength)) return null;
            // Without a PRF the standard means HMAC-SHA-1: not ours.
            return iv.Length == 16 && pbkdf2.HasData && pbkdf2.ReadSequence().ReadObjectIdentifier() == Prf ? (salt, iterations, iv, content) : null;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }
}
