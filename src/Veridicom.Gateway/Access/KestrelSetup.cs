using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Veridicom.Dimse.Tls;
using Veridicom.Gateway.Configuration;

namespace Veridicom.Gateway.Access;

/// <summary>A listener that the settings may not have.</summary>
public sealed class InsecureListenerException(string text) : Exception(text);

/// <summary>The HTTP server as it listens: where, with which certificate, and how much a peer may take of it.</summary>
public static class KestrelSetup
{
    private const int LongestLine = 8192, LongestHeaders = 16384, MostHeaders = 64, MostStreams = 32;

    /// <summary>Sets addresses, TLS and limits. Call it once, in ConfigureKestrel.</summary>
    /// <exception cref="InsecureListenerException">The address is beyond loopback, and there is no TLS, or nothing by which callers are known.</exception>
    /// <exception cref="TlsException">A file of certificates or keys cannot be used.</exception>
    public static void Configure(KestrelServerOptions options, HttpSettings settings)
    {
        IPAddress address = Demand(settings);
        options.AddServerHeader = false;
        options.AllowSynchronousIO = false;
        KestrelServerLimits limits = options.Limits;
        limits.MaxConcurrentConnections = settings.MaxConnections;
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.MaxRequestBodySize = settings.MaxBody;
        limits.MaxRequestLineSize = LongestLine;
        limits.MaxRequestHeadersTotalSize = LongestHeaders;
        limits.MaxRequestHeaderCount = MostHeaders;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(90);
        // who sends or takes less than this, after the first seconds, is cut off
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(10));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(10));
        limits.Http2.MaxStreamsPerConnection = MostStreams;
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(60);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
        if (settings.Port is not { } port) return;
        var places = new AddressPlaces(Math.Max(4, settings.MaxConnections / 2));
        options.Listen(address, port, listener =>
        {
            listener.Use(places.Guard);
            listener.Protocols = settings.Tls is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
            if (settings.Tls is { } tls) listener.UseHttps(https => Secure(https, tls, settings));
        });
    }

    /// <summary>The address of these settings, once they are known to be safe to listen with. Also without a port: what is unsafe is said early.</summary>
    /// <exception cref="InsecureListenerException">As for <see cref="Configure"/>.</exception>
    public static IPAddress Demand(HttpSettings settings)
    {
        IPAddress address = settings.Address == "localhost" ? IPAddress.Loopback
            : IPAddress.TryParse(settings.Address, out IPAddress? parsed) ? parsed : throw new InsecureListenerException($"'{settings.Address}' is no IP address");
        if (IPAddress.IsLoopback(address)) return address;
        if (settings.Tls is null) throw new InsecureListenerException($"HTTP on {address} needs TLS: only loopback may do without");
        if (settings.Tokens is null && settings.Callers.Count == 0) throw new InsecureListenerException($"HTTP on {address} needs tokens or callers: nothing listens beyond loopback without authentication");
        return address;
    }

    private static void Secure(HttpsConnectionAdapterOptions https, TlsSettings tls, HttpSettings settings)
    {
        TlsIdentity own = TlsIdentity.Load(tls.CertificateFile, tls.KeyFile);
        https.ServerCertificate = own.Certificate;
        https.ServerCertificateChain = own.Between;
        https.SslProtocols = DicomTls.Protocols;
        https.HandshakeTimeout = TimeSpan.FromSeconds(10);
        var clients = new ClientCertificates(tls, settings);
        https.ClientCertificateMode = clients.Mode;
        https.CheckCertificateRevocation = false; // by the authorities file alone: a handshake fetches nothing
        https.ClientCertificateValidation = (certificate, chain, _) => clients.Accept(certificate, chain?.ChainPolicy.ExtraStore);
        https.OnAuthenticate = (_, authentication) =>
        {
            authentication.AllowRenegotiation = false;
            authentication.CipherSuitesPolicy = DicomTls.Suites;
        };
    }
}
