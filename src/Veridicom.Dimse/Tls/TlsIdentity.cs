using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Veridicom.Dimse.Tls;

/// <summary>Our certificate with its private key, and the certificates of the authorities between it and a root. Belongs to whoever loaded it.</summary>
public sealed class TlsIdentity : IDisposable
{
    private TlsIdentity(X509Certificate2 certificate, X509Certificate2Collection between)
    {
        (Certificate, Between) = (certificate, between);
        // offline: what is missing between is not fetched from where a certificate says
        Context = SslStreamCertificateContext.Create(certificate, between, offline: true);
    }

    /// <summary>The certificate, with its private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Certificates between it and a root, in the order of the file.</summary>
    public X509Certificate2Collection Between { get; }

    /// <summary>What <see cref="SslStream"/> and Kestrel take: certificate and those between, sent together.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>SHA-256 of the certificate, lower-case hexadecimal.</summary>
    public string Fingerprint => FingerprintOf(Certificate);

    /// <summary>SHA-256 of a certificate, lower-case hexadecimal.</summary>
    public static string FingerprintOf(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span));
    }

    /// <summary>Reads our certificate, first in its file, then those between; and its unencrypted private key, RSA or elliptic curve.</summary>
    /// <param name="certificateFile">PEM.</param>
    /// <param name="keyFile">PEM: PKCS#8, PKCS#1 or SEC 1. Readable by its owner only.</param>
    /// <exception cref="TlsException">NotReadable, KeyExposed, BadFile or KeyMismatch.</exception>
    public static TlsIdentity Load(string certificateFile, string keyFile)
    {
        string keyText = PemFile.Read(keyFile, secret: true);
        X509Certificate2Collection all = PemFile.Certificates(certificateFile, PemFile.Read(certificateFile, secret: false));
        if (keyText.Contains("ENCRYPTED", StringComparison.Ordinal))
            throw new TlsException(TlsFault.BadFile, $"{keyFile}: the private key is encrypted; TLS keys are protected by their file's owner, not by a passphrase");
        using X509Certificate2 first = all[0];
        all.RemoveAt(0);
        return new TlsIdentity(WithKey(first, certificateFile, keyText, keyFile), all);
    }

    private static X509Certificate2 WithKey(X509Certificate2 certificate, string certificateFile, string keyText, string keyFile)
    {
        try
        {
            using RSA? rsa = certificate.GetRSAPublicKey() is null ? null : RSA.Create();
            using ECDsa? ec = rsa is not null || certificate.GetECDsaPublicKey() is null ? null : ECDsa.Create();
            if (rsa is null && ec is null) throw new TlsException(TlsFault.BadFile, $"{certificateFile}: neither an RSA nor an elliptic curve certificate");
            rsa?.ImportFromPem(keyText);
            ec?.ImportFromPem(keyText);
            X509Certificate2 joined = rsa is not null ? certificate.CopyWithPrivateKey(rsa) : certificate.CopyWithPrivateKey(ec!);
            if (!OperatingSystem.IsWindows()) return joined;
            // The TLS of Windows cannot use a key that lives only in this process.
            using (joined) return X509CertificateLoader.LoadPkcs12(joined.Export(X509ContentType.Pkcs12), null);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw new TlsException(TlsFault.KeyMismatch, $"{keyFile}: holds no private key that can be read and belongs to {certificateFile}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Certificate.Dispose();
        foreach (X509Certificate2 certificate in Between) certificate.Dispose();
    }
}
