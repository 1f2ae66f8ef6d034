using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Veridicom.Dimse.Tls;
using Veridicom.Gateway.Configuration;

namespace Veridicom.Gateway.Access;

/// <summary>
/// Whether a client certificate is let through the handshake. With an authorities file it must chain to one of these; without, it must be that of a
/// caller in the settings, or where tokens are taken, any: it then proves a key to which a token may be bound, and nothing more.
/// </summary>
internal sealed class ClientCertificates
{
    private readonly TlsAuthorities? _authorities;
    private readonly CertificateCallers _callers;
    private readonly bool _any;

    public ClientCertificates(TlsSettings tls, HttpSettings settings)
    {
        _callers = new CertificateCallers(settings.Callers);
        _authorities = tls.ClientAuthoritiesFile is { } file ? TlsAuthorities.Load(file) : null;
        _any = settings.Tokens is not null;
        bool known = _authorities is not null || !_callers.IsEmpty;
        Mode = known && tls.RequireClientCertificate ? ClientCertificateMode.RequireCertificate
            : known || _any ? ClientCertificateMode.AllowCertificate : ClientCertificateMode.NoCertificate;
    }

    /// <summary>Whether one is asked for, or demanded.</summary>
    public ClientCertificateMode Mode { get; }

    /// <summary>Judges one; <paramref name="sent"/> is what came with it.</summary>
    public bool Accept(X509Certificate2 certificate, X509Certificate2Collection? sent) => _authorities is not null
        ? _authorities.Refusal(certificate, sent, TlsPurpose.Client, host: null) is null
        : IsCurrent(certificate) && (_any || _callers.Find(certificate) is not null);

    private static bool IsCurrent(X509Certificate2 certificate)
    {
        DateTime now = DateTime.UtcNow;
        return certificate.NotBefore.ToUniversalTime() <= now && now <= certificate.NotAfter.ToUniversalTime();
    }
}
