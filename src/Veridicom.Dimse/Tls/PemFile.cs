using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Veridicom.Dimse.Tls;

/// <summary>Reads PEM files with certificates and keys (RFC 7468).</summary>
internal static class PemFile
{
    private const int MaxLength = 1 << 20;

    /// <summary>The text of a file. A secret must belong to its owner alone.</summary>
    public static string Read(string path, bool secret)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            if (secret && SecretFile.IsExposed(file.SafeFileHandle))
                throw new TlsException(TlsFault.KeyExposed, $"{path}: others than its owner can read or write this private key; change that with: chmod 600 {path}");
            if (file.Length > MaxLength) throw new TlsException(TlsFault.BadFile, $"{path}: {file.Length} bytes are more than a PEM file of keys or certificates has");
            using var reader = new StreamReader(file);
            return reader.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TlsException(TlsFault.NotReadable, $"{path}: {e.Message}", e);
        }
    }

    /// <summary>Every certificate of a text, at least one.</summary>
    public static X509Certificate2Collection Certificates(string path, string text)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(text);
        }
        catch (CryptographicException e)
        {
            throw new TlsException(TlsFault.BadFile, $"{path}: a certificate in it cannot be read", e);
        }
        return found.Count > 0 ? found : throw new TlsException(TlsFault.BadFile, $"{path}: holds no certificate in PEM");
    }
}
