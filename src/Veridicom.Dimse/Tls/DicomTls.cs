using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Veridicom.Dimse.Tls;

/// <summary>TLS where we are called.</summary>
/// <param name="Identity">Ours.</param>
/// <param name="ClientAuthorities">Those of client certificates; null where none is asked for.</param>
/// <param name="RequireClientCertificate">No certificate, no connection. One that is shown must be accepted in any case.</param>
public sealed record TlsServerSettings(TlsIdentity Identity, TlsAuthorities? ClientAuthorities, bool RequireClientCertificate = true)
{
    /// <summary>Longest handshake.</summary>
    public TimeSpan HandshakeLimit { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>TLS where we call.</summary>
/// <param name="Authorities">Those of the server's certificate.</param>
/// <param name="Identity">Ours, null to show no certificate.</param>
public sealed record TlsClientSettings(TlsAuthorities Authorities, TlsIdentity? Identity)
{
    /// <summary>Name or address that the server's certificate must be for; null for the host that is called.</summary>
    public string? ServerName { get; init; }

    /// <summary>Longest handshake.</summary>
    public TimeSpan HandshakeLimit { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>A connection over TLS, and who is at the other end.</summary>
/// <param name="Stream">Encrypted; belongs to the caller, and with it the stream below.</param>
/// <param name="PeerFingerprint">SHA-256 of the other side's certificate, lower-case hexadecimal; null where it showed none.</param>
/// <param name="PeerSubject">Its subject, null where it showed none. A text of the other side: escape it before showing it.</param>
public sealed record TlsConnection(SslStream Stream, string? PeerFingerprint, string? PeerSubject);

/// <summary>
/// TLS by the BCP 195 profiles of PS3.15-2023b B.12 and B.13: versions 1.3 and 1.2; of 1.2 only suites with forward secrecy and
/// authenticated encryption (RFC 9325 4.2), where the platform lets us choose; no renegotiation, no resumption.
/// </summary>
public static class DicomTls
{
    /// <summary>The protocol versions.</summary>
    public const SslProtocols Protocols = SslProtocols.Tls13 | SslProtocols.Tls12;

    /// <summary>The cipher suites, best first; null where the platform decides (Windows).</summary>
    public static CipherSuitesPolicy? Suites { get; } = OperatingSystem.IsLinux() ? new CipherSuitesPolicy(
    [
        TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ]) : null;

    /// <summary>The handshake on a connection that came in. On failure the stream is left to the caller, who closes it.</summary>
    /// <exception cref="TlsException">PeerNotTrusted, HandshakeFailed, TimedOut or ConnectionLost.</exception>
    public static Task<TlsConnection> AuthenticateAsServerAsync(Stream stream, TlsServerSettings settings, TimeProvider time, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.RequireClientCertificate && settings.ClientAuthorities is null)
            throw new ArgumentException("client certificates are demanded, and no authority is given for them", nameof(settings));
        string? refusal = null;
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = settings.Identity.Context,
            ClientCertificateRequired = settings.ClientAuthorities is not null,
            EnabledSslProtocols = Protocols,
            CipherSuitesPolicy = Suites,
            EncryptionPolicy = EncryptionPolicy.RequireEncryption,
            AllowRenegotiation = false,
            AllowTlsResume = false,
            CertificateChainPolicy = settings.ClientAuthorities?.ChainPolicy(TlsPurpose.Client),
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            {
                refusal = certificate is not X509Certificate2 shown
                    ? settings.RequireClientCertificate ? "it showed no certificate" : null
                    : settings.ClientAuthorities?.Refusal(shown, chain?.ChainPolicy.ExtraStore, TlsPurpose.Client, host: null);
                return refusal is null;
            },
        };
        return HandshakeAsync(stream, (tls, limit) => tls.AuthenticateAsServerAsync(options, limit), () => refusal, settings.HandshakeLimit, time, stop);
    }

    /// <summary>The handshake on a connection that we opened. On failure the stream is left to the caller, who closes it.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="host">Name or address that was called.</param>
    /// <param name="settings">Who we are, and whom we accept.</param>
    /// <param name="time">For the limit.</param>
    /// <param name="stop">Ends it at once.</param>
    /// <exception cref="TlsException">
    /// PeerNotTrusted, HandshakeFailed, TimedOut or ConnectionLost. Under TLS 1.3 a server that refuses our certificate says so after
    /// the handshake: the first read fails (RFC 8446 2).
    /// </exception>
    public static Task<TlsConnection> AuthenticateAsClientAsync(Stream stream, string host, TlsClientSettings settings, TimeProvider time, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(settings);
        string name = settings.ServerName ?? host;
        string? refusal = null;
        SslClientAuthenticationOptions options = ClientOptions(name, settings);
        options.RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
        {
            refusal = certificate is X509Certificate2 shown
                ? settings.Authorities.Refusal(shown, chain?.ChainPolicy.ExtraStore, TlsPurpose.Server, name)
                : "it showed no certificate";
            return refusal is null;
        };
        return HandshakeAsync(stream, (tls, limit) => tls.AuthenticateAsClientAsync(options, limit), () => refusal, settings.HandshakeLimit, time, stop);
    }

    /// <summary>The same for SocketsHttpHandler: options that accept what <see cref="AuthenticateAsClientAsync"/> accepts.</summary>
    /// <param name="host">Name or address that the server's certificate must be for.</param>
    /// <param name="settings">Who we are, and whom we accept.</param>
    public static SslClientAuthenticationOptions ClientOptions(string host, TlsClientSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new SslClientAuthenticationOptions
        {
            TargetHost = host,
            EnabledSslProtocols = Protocols,
            CipherSuitesPolicy = Suites,
            EncryptionPolicy = EncryptionPolicy.RequireEncryption,
            AllowRenegotiation = false,
            AllowTlsResume = false,
            ClientCertificateContext = settings.Identity?.Context,
            CertificateChainPolicy = settings.Authorities.ChainPolicy(TlsPurpose.Server),
            RemoteCertificateValidationCallback = (_, certificate, chain, _) => certificate is X509Certificate2 shown
                && settings.Authorities.Refusal(shown, chain?.ChainPolicy.ExtraStore, TlsPurpose.Server, settings.ServerName ?? host) is null,
        };
    }

    private static async Task<TlsConnection> HandshakeAsync(
        Stream stream, Func<SslStream, CancellationToken, Task> handshake, Func<string?> refusal, TimeSpan limit, TimeProvider time, CancellationToken stop)
    {
        var tls = new SslStream(stream, leaveInnerStreamOpen: false);
        using var late = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stop);
        try
        {
            await handshake(tls, either.Token);
        }
        catch (Exception e) when (e is not TlsException)
        {
            // The stream below stays open for the caller, who may want to know where it came from; nothing of TLS is left on it.
            if (stop.IsCancellationRequested) throw new OperationCanceledException("the handshake was stopped", e, stop);
            if (late.IsCancellationRequested) throw new TlsException(TlsFault.TimedOut, $"the other side did not end the TLS handshake within {limit.TotalSeconds:0} s", e);
            if (refusal() is { } why) throw new TlsException(TlsFault.PeerNotTrusted, $"the other side is not trusted: {why}", e);
            throw e switch
            {
                AuthenticationException or InvalidOperationException or CryptographicException or NotSupportedException =>
                    new TlsException(TlsFault.HandshakeFailed, $"the TLS handshake failed: {Innermost(e)}", e),
                IOException => new TlsException(TlsFault.ConnectionLost, $"the connection ended within the TLS handshake: {Innermost(e)}", e),
                _ => new TlsException(TlsFault.HandshakeFailed, $"the TLS handshake failed: {e.GetType().Name}", e),
            };
        }
        X509Certificate2? shown = tls.RemoteCertificate as X509Certificate2;
        return new TlsConnection(tls, shown is null ? null : TlsIdentity.FingerprintOf(shown), shown?.Subject);
    }

    private static string Innermost(Exception e)
    {
        while (e.InnerException is { } inner) e = inner;
        return e.Message;
    }
}
