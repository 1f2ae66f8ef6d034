using System.Collections.Concurrent;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Veridicom.Dicom;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.Configuration;
using Veridicom.Gateway.DicomWeb;
using Veridicom.Gateway.DicomWeb.Description;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Sql;
using Veridicom.Registry.Store;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Testing.DicomWeb;

/// <summary>DICOMweb on a free port of loopback, over a real vault in a scratch folder; who calls is what a test says.</summary>
public sealed class DicomWebHost : IAsyncDisposable
{
    private readonly ScratchFolder _scratch = new();
    private readonly ConcurrentQueue<Exception> _unhandled = new();
    private WebApplication? _app;
    private FolderStore? _store;
    private SqliteRegistry? _registry;
    private Vault? _vault;

    private DicomWebHost() { }

    public Uri Address { get; private set; } = null!;

    public StoringDesk Desk { get; private set; } = null!;

    /// <summary>Where bodies and pages wait.</summary>
    public string ScratchPath => _scratch.PathOf("scratch");

    /// <summary>Where the stored files are.</summary>
    public string ObjectFolder => _scratch.PathOf("objects");

    public Vault Vault => _vault!;

    /// <summary>What callers may do.</summary>
    public IReadOnlyList<Grant> Grants { get; set; } = [new(Scope.Read, null), new(Scope.Write, null), new(Scope.Verify, null)];

    /// <summary>Trust and time of verdicts.</summary>
    public VerifyOptions Verification { get; set; } = new() { Trust = TrustList.Create([]), Now = new DateTimeOffset(2026, 6, 2, 12, 0, 0, TimeSpan.Zero) };

    /// <summary>Set where the audit trail shall fail.</summary>
    public bool JournalFails { get; set; }

    /// <summary>Entries that the endpoints wrote.</summary>
    public ConcurrentQueue<JournalEntry> Journal { get; } = new();

    /// <summary>Exceptions that no endpoint turned into an answer: defects.</summary>
    public IReadOnlyCollection<Exception> Unhandled => _unhandled;

    /// <summary>Endpoints that are mapped.</summary>
    public IEnumerable<Microsoft.AspNetCore.Http.Endpoint> Endpoints => _app!.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints);

    public static async Task<DicomWebHost> StartAsync(IJpeg2000? jpeg2000 = null, HttpSettings? settings = null, Veridicom.Gateway.DicomWeb.Retrieve.ByteBudget? frames = null)
    {
        var host = new DicomWebHost();
        host._store = FolderStore.Open(host._scratch.PathOf("objects"));
        host._registry = SqliteRegistry.Open(host._scratch.PathOf("registry.db"));
        await host._registry.MigrateAsync(default);
        host._vault = await Vault.OpenAsync(new VaultOptions { JournalFolder = host._scratch.PathOf("journal"), ReadAttributes = Attributes }, host._registry, host._store, default);
        host.Desk = new StoringDesk(host._vault, host._store);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => KestrelSetup.Configure(options, (settings ?? new HttpSettings()) with { Port = 0 }));
        builder.Services.AddRoutingCore().AddOpenApiPage();
        WebApplication app = host._app = builder.Build();
        app.Use(async (context, next) =>
        {
            context.Features.Set(new Caller(new Actor("tester", "local", "127.0.0.1"), host.Grants, "testing"));
            try
            {
                await next(context);
            }
            catch (Exception e)
            {
                host._unhandled.Enqueue(e);
                throw;
            }
        });
        app.UseRouting();
        app.MapDicomWeb(new DicomWebSource
        {
            Desk = host.Desk, Registry = host._registry, Store = host._store, Verification = () => host.Verification, Jpeg2000 = jpeg2000, ScratchFolder = host._scratch.PathOf("scratch"), Frames = frames ?? new(512 << 20),
            Record = (entry, stop) =>
            {
                if (host.JournalFails) throw new RegistryException("no journal today", canRetry: true);
                host.Journal.Enqueue(entry);
                return host._vault.RecordAsync(entry, null, stop);
            },
        });
        Directory.CreateDirectory(host._scratch.PathOf("scratch"));
        await app.StartAsync();
        host.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return host;
    }

    /// <summary>A client of the service.</summary>
    public HttpClient Client() => new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Address };

    /// <summary>Stores files, each as a part, and fails the test unless all are stored.</summary>
    public async Task StoreAsync(params byte[][] files)
    {
        using HttpClient client = Client();
        using HttpResponseMessage response = await client.PostAsync("/dicom-web/studies", Body(files));
        if (!response.IsSuccessStatusCode) throw new InvalidOperationException($"{response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
    }

    /// <summary>A body of STOW-RS.</summary>
    public static MultipartContent Body(params byte[][] files)
    {
        var body = new MultipartContent("related");
        body.Headers.ContentType!.Parameters.Add(new NameValueHeaderValue("type", "\"application/dicom\""));
        foreach (byte[] file in files)
        {
            var part = new ByteArrayContent(file);
            part.Headers.ContentType = new MediaTypeHeaderValue("application/dicom");
            body.Add(part);
        }
        return body;
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
        if (_vault is not null) await _vault.DisposeAsync();
        if (_registry is not null) await _registry.DisposeAsync();
        _store?.Dispose();
        _scratch.Dispose();
    }

    private static InstanceAttributes? Attributes(ByteSource file)
    {
        try
        {
            return InstanceAttributes.Read(DicomFile.Parse(file).DataSet);
        }
        catch (DicomException)
        {
            return null;
        }
    }
}
