using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Veridicom.Gateway.Configuration;

namespace Veridicom.Gateway.Access;

/// <summary>The certificate with which HTTP is served.</summary>
/// <param name="Certificate">With its key.</param>
/// <param name="Chain">Those of the authorities between.</param>
internal sealed record ServerCertificate(X509Certificate2 Certificate, X509Certificate2Collection Chain)
{
    /// <summary>Reads both files. Throws <see cref="InsecureListenerException"/> where others may read the key, or where they do not belong together.</summary>
    public static ServerCertificate Load(TlsSettings tls)
    {
        const UnixFileMode others = UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if (!OperatingSystem.IsWindows() && File.Exists(tls.KeyFile) && (File.GetUnixFileMode(tls.KeyFile) & others) != 0)
            throw new InsecureListenerException($"others may read the key of TLS '{tls.KeyFile}': chmod 600 it");
        try
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPemFile(tls.CertificateFile);
            X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(tls.CertificateFile, tls.KeyFile);
            var chain = new X509Certificate2Collection();
            foreach (X509Certificate2 one in all)
            {
                if (!one.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span)) chain.Add(one);
            }
            return new ServerCertificate(certificate, chain);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new InsecureListenerException($"the certificate '{tls.CertificateFile}' or its key cannot be used: {e.Message}");
        }
    }
}

/// <summary>
/// Whether a client certificate is let through the handshake. With an authorities file it must chain to one of these; without, it must be that of a
/// caller in the settings, or where tokens are taken, any: it then proves a key to which a token may be bound, and nothing more.
/// </summary>
internal sealed class ClientCertificates
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private readonly X509Certificate2Collection _authorities = [];
    private readonly CertificateCallers _callers;
    private readonly bool _any;

    public ClientCertificates(TlsSettings tls, HttpSettings settings)
    {
        _callers = new CertificateCallers(settings.Callers);
        if (tls.ClientAuthoritiesFile is { } file)
        {
            _authorities.ImportFromPemFile(file);
            if (_authorities.Count == 0) throw new InsecureListenerException($"'{file}' holds no certificate of an authority");
        }
        _any = tls.ClientAuthoritiesFile is null && settings.Tokens is not null;
        bool known = _authorities.Count > 0 || !_callers.IsEmpty;
        Mode = known && tls.RequireClientCertificate ? ClientCertificateMode.RequireCertificate
            : known || settings.Tokens is not null ? ClientCertificateMode.AllowCertificate : ClientCertificateMode.NoCertificate;
    }

    /// <summary>Whether one is asked for, or demanded.</summary>
    public ClientCertificateMode Mode { get; }

    public bool Accept(X509Certificate2 certificate)
    {
        if (_authorities.Count == 0) return IsCurrent(certificate) && (_any || _callers.Find(certificate) is not null);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        return chain.Build(certificate);
    }

    private static bool IsCurrent(X509Certificate2 certificate)
    {
        DateTime now = DateTime.UtcNow;
        return certificate.NotBefore.ToUniversalTime() <= now && now <= certificate.NotAfter.ToUniversalTime();
    }
}
