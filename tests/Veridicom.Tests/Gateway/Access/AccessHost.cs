using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.Configuration;
using Veridicom.Registry.Journal;
using Veridicom.Tests.Cli;

namespace Veridicom.Tests.Gateway.Access;

/// <summary>A real server on a free port of loopback, with access control before one endpoint that says who called.</summary>
internal sealed class AccessHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly AccessControl _access;

    private AccessHost(WebApplication app, AccessControl access, Uri address, ConcurrentQueue<JournalEntry> journal, StandingClock clock)
    {
        (_app, _access, Address, Journal, Clock) = (app, access, address, journal, clock);
    }

    public Uri Address { get; }

    public ConcurrentQueue<JournalEntry> Journal { get; }

    public StandingClock Clock { get; }

    public static async Task<AccessHost> StartAsync(HttpSettings settings)
    {
        var journal = new ConcurrentQueue<JournalEntry>();
        var clock = new StandingClock(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
        var denials = new DenialJournal((entry, _) =>
        {
            journal.Enqueue(entry);
            return Task.CompletedTask;
        }, clock, e => throw e);
        var access = new AccessControl(settings, denials, clock, NullLogger.Instance);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(options => KestrelSetup.Configure(options, settings with { Port = 0 }));
        builder.Services.AddRoutingCore();
        WebApplication app = builder.Build();
        access.Use(app);
        app.UseRouting();
        app.MapGet("/healthz", context => context.Response.WriteAsync("alive"));
        app.MapGet("/metrics", context => context.Response.WriteAsync(context.Caller().May(Scope.Admin, null).ToString()));
        app.MapGet("/who/{scope}/{study?}", async context =>
        {
            Caller caller = context.Caller();
            var scope = Enum.Parse<Scope>((string)context.Request.RouteValues["scope"]!, ignoreCase: true);
            if (caller.May(scope, (string?)context.Request.RouteValues["study"])) await context.Response.WriteAsync($"{caller.Who.Name} {caller.Who.Means} {caller.Purpose}".TrimEnd());
            else await Problem.ForbidAsync(context, scope);
        });
        await app.StartAsync();
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new AccessHost(app, access, new Uri(address), journal, clock);
    }

    /// <summary>A client that takes the server's certificate, whatever it is, and shows one of its own.</summary>
    public HttpClient Client(X509Certificate2? certificate = null) => new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
            ClientCertificates = certificate is null ? null : [certificate],
            LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate!,
        },
        AllowAutoRedirect = false,
    }) { BaseAddress = Address };

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _access.Dispose();
    }

    /// <summary>A certificate and key of one's own, valid now by the clock of the machine: handshakes look at no other.</summary>
    public static X509Certificate2 SelfSigned(string name, params string[] purposes)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(purposes.Length == 0, false, 0, true));
        if (purposes.Length > 0)
        {
            var oids = new OidCollection();
            foreach (string purpose in purposes) oids.Add(new Oid(purpose));
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(oids, false));
        }
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
    }

    /// <summary>Settings of TLS with a certificate in files of this folder.</summary>
    public static TlsSettings Tls(ScratchFolder folder, bool require, string? authorities = null)
    {
        using X509Certificate2 certificate = SelfSigned("localhost", "1.3.6.1.5.5.7.3.1");
        string path = folder.PathOf("server.pem"), keyPath = folder.PathOf("server.key");
        File.WriteAllText(path, certificate.ExportCertificatePem());
        File.WriteAllText(keyPath, certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(keyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return new TlsSettings { CertificateFile = path, KeyFile = keyPath, RequireClientCertificate = require, ClientAuthoritiesFile = authorities };
    }
}
