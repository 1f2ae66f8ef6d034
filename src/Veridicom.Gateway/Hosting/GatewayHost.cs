using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Veridicom.Dicom;
using Veridicom.Dimse.Associations;
using Veridicom.Dimse.Pdu;
using Veridicom.Dimse.Provider;
using Veridicom.Dimse.Tls;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.Audit;
using Veridicom.Gateway.Configuration;
using Veridicom.Gateway.DicomWeb;
using Veridicom.Gateway.DicomWeb.Description;
using Veridicom.Gateway.Intake;
using Veridicom.Gateway.Observability;
using Veridicom.Gateway.Routing;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Sql;
using Veridicom.Registry.Store;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Gateway.Hosting;

/// <summary>
/// A gateway, put together by hand: store, registry and vault first, then whoever works with them, the listeners last. It ends in the opposite
/// order: nobody new comes in, what is under way is finished, the journal gets its last entry and checkpoint.
/// </summary>
public sealed class GatewayHost : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(25);

    private readonly GatewaySetup _setup;
    private readonly ILogger _log;
    private readonly Stack<Func<ValueTask>> _ends = new();
    private DimseServer? _dimse;
    private WebApplication? _web;
    private Vault? _vault;
    private SyslogSender? _syslog;
    private int _disposed;

    private GatewayHost(GatewaySetup setup)
    {
        _setup = setup;
        _log = setup.Logs.CreateLogger("Veridicom.Gateway");
    }

    /// <summary>Where DICOM is listened to, with the port that it got; null where it is not.</summary>
    public IPEndPoint? Dicom => _dimse?.EndPoint;

    /// <summary>Where HTTP is listened to; null where it is not.</summary>
    public IPEndPoint? Http { get; private set; }

    /// <summary>What is mapped there.</summary>
    internal IReadOnlyList<Microsoft.AspNetCore.Http.Endpoint> Endpoints => [.. _web?.Services.GetServices<Microsoft.AspNetCore.Routing.EndpointDataSource>().SelectMany(source => source.Endpoints) ?? []];

    /// <summary>"http://127.0.0.1:8080"; null where HTTP is not listened to.</summary>
    public string? Url => Http is null ? null : $"{(_setup.Settings.Http.Tls is null ? "http" : "https")}://{Http}";

    /// <summary>Starts a gateway; when the task ends it listens.</summary>
    /// <exception cref="GatewayStartException">Something stands in its way.</exception>
    /// <exception cref="RegistryException">Store, journal or registry cannot be opened.</exception>
    public static async Task<GatewayHost> StartAsync(GatewaySetup setup, CancellationToken stop)
    {
        var host = new GatewayHost(setup);
        try
        {
            await host.StartAsync(stop);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    private async Task StartAsync(CancellationToken stop)
    {
        GatewayConfiguration settings = _setup.Settings;
        FolderStore store = FolderStore.Open(_setup.Folder.Root);
        End(() => store.Dispose());
        IRegistry registry = await OpenRegistryAsync(settings.Registry, stop);
        Vault vault = _vault = await Vault.OpenAsync(VaultOptions(settings.Audit), registry, store, stop);
        End(vault.DisposeAsync);
        if (vault.CutBytes > 0) _log.LogWarning("{Count} bytes of an unfinished write were cut off the journal; 'veridicom registry check' names objects that were meant to stand there", vault.CutBytes);
        if (vault.Replayed > 0) _log.LogWarning("{Count} entries of the journal were brought into the registry, which a crash had left behind", vault.Replayed);

        IReadOnlyList<Route> routes = [.. settings.Routes.Select(r => new Route(r, r.PolicyFile is null ? null : Policy.Parse(File.ReadAllBytes(r.PolicyFile))))];
        var desk = new IntakeDesk(IntakeOf(settings, routes), store, registry, vault.RecordAsync, vault.EnsureCurrent, _setup.Logs.CreateLogger<IntakeDesk>());
        End(desk.Dispose);
        var denials = new DenialJournal((entry, token) => vault.RecordAsync(entry, null, token), _setup.Clock, e => _log.LogError(e, "A denial could not be recorded"));

        var answers = new CommitmentAnswers(registry, store);
        await FollowAsync(settings, vault, stop);
        Outbound outbound = await SendAsync(settings, vault, answers, stop);
        await RecordAsync(EntryKind.Started, _setup.Software, stop);
        End(async () => await TryStoppedAsync());
        if (settings.Http.Port is not null) await ListenAsync(settings, vault, desk, routes, denials, stop);
        if (settings.Dicom.Port is { } port)
        {
            var provider = new GatewayDimse(settings.Dicom, desk, registry, answers, vault.RecordAsync, denials, outbound.Commitments.ReportedAsync, _setup.Clock, _setup.Logs.CreateLogger<GatewayDimse>());
            Listen(settings.Dicom, port, provider);
        }
        _log.LogInformation("The gateway takes instances in: DICOM {Dicom}, HTTP {Http}", Dicom, Url);
    }

    private async Task<IRegistry> OpenRegistryAsync(RegistrySettings settings, CancellationToken stop)
    {
        IRegistry registry = settings.Kind == "postgresql"
            ? PostgresRegistry.Open((await File.ReadAllTextAsync(settings.ConnectionFile!, stop)).Trim())
            : SqliteRegistry.Open(_setup.Folder.Database);
        End(registry.DisposeAsync);
        await registry.MigrateAsync(stop);
        return registry;
    }

    private VaultOptions VaultOptions(AuditSettings audit) => new()
    {
        JournalFolder = _setup.Folder.Journal, ReadAttributes = ReadAttributes, Signer = _setup.Signer, Clock = _setup.Clock, CheckpointEntries = audit.CheckpointEntries,
        CheckpointEvery = TimeSpan.FromMinutes(audit.CheckpointMinutes), Report = (text, e) => _log.LogError(e, "{Text}", text),
    };

    /// <summary>What searches need of a stored file; null where it cannot be read.</summary>
    public static InstanceAttributes? ReadAttributes(ByteSource file)
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

    private IntakeSetup IntakeOf(GatewayConfiguration settings, IReadOnlyList<Route> routes) => new()
    {
        Routes = routes, Signer = _setup.Signer, Trust = _setup.Trust, Randomness = _setup.Randomness, Jpeg2000 = _setup.Jpeg2000, Incoming = _setup.Folder.Incoming,
        Clock = _setup.Clock, StandardSignature = settings.Sealing.StandardSignature,
        Claims = new Claims(settings.Sealing.Organisation ?? _setup.Organisation, SealPurpose.Acquisition, "", _setup.Software, SyntheticClaim.Unstated, [], ""),
    };

    /// <summary>Audit messages to a syslog server.</summary>
    private async Task FollowAsync(GatewayConfiguration settings, Vault vault, CancellationToken stop)
    {
        if (Loaded(() => SyslogTarget.Of(settings.Audit), "audit") is not { } target) return;
        var reporter = new AuditReporter(vault.JournalId, settings.Audit.Site, Environment.MachineName, settings.Dicom.AeTitles);
        SyslogSender syslog = _syslog = new SyslogSender(target, vault.Registry, reporter, _setup.Folder.SyslogPosition, _setup.Clock, _setup.Logs.CreateLogger<SyslogSender>());
        End(syslog.DisposeAsync);
        vault.Recorded += syslog.Recorded;
        await syslog.StartAsync(stop);
    }

    /// <summary>Instances to destinations, results of commitment to peers, alerts to webhooks.</summary>
    private async Task<Outbound> SendAsync(GatewayConfiguration settings, Vault vault, CommitmentAnswers answers, CancellationToken stop)
    {
        Directory.CreateDirectory(_setup.Folder.Webhooks);
        var setup = new OutboundSetup
        {
            Settings = settings, WebhookFolder = _setup.Folder.Webhooks, Registry = vault.Registry, Store = vault.Store, Record = (entry, token) => vault.RecordAsync(entry, null, token),
            EnsureCurrent = vault.EnsureCurrent, Answers = answers.AnswerAsync, Clock = _setup.Clock, Log = _setup.Logs.CreateLogger<Outbound>(),
        };
        Outbound outbound = Loaded(() => Outbound.Open(setup), "destinations");
        End(outbound.DisposeAsync);
        vault.Recorded += outbound.Noticed; // what it records itself concerns it, too, from the first entry on
        return await LoadedAsync(async () =>
        {
            await outbound.StartAsync(stop);
            return outbound;
        }, "webhooks");
    }

    private static T Loaded<T>(Func<T> load, string setting) => LoadedAsync(() => Task.FromResult(load()), setting).GetAwaiter().GetResult();

    /// <summary>Certificates and keys are read here: what is wrong with them is told as a setting.</summary>
    private static async Task<T> LoadedAsync<T>(Func<Task<T>> load, string setting)
    {
        try
        {
            return await load();
        }
        catch (Exception e) when (e is TlsException or FormatException or InsecureListenerException or TokenKeysException or System.Security.Cryptography.CryptographicException)
        {
            throw new GatewayStartException(e.Message, $"correct the setting '{setting}'", e);
        }
    }

    private async Task ListenAsync(GatewayConfiguration configuration, Vault vault, IntakeDesk desk, IReadOnlyList<Route> routes, DenialJournal denials, CancellationToken stop)
    {
        HttpSettings settings = configuration.Http;
        Task Record(JournalEntry entry, CancellationToken token) => vault.RecordAsync(entry, null, token);
        _web = Loaded(() => WebListener.Build(settings, _setup.Logs, services => services.AddOpenApiPage()), "http");
        AccessControl access = Loaded(() => new AccessControl(settings, denials, _setup.Clock, _setup.Logs.CreateLogger<AccessControl>()), "http");
        End(access.Dispose);
        var health = new GatewayHealth(GatewayHealth.Of(vault, _setup.Folder.Root, () => Http is not null && (_setup.Settings.Dicom.Port is null || _dimse is not null)), _setup.Clock);
        End(health.Dispose);
        var metrics = new GatewayMetrics(new MetricSources { Vault = vault, Denials = denials, Health = health, Folder = _setup.Folder.Root, Associations = () => _dimse?.Associations, Syslog = _syslog }, _setup.Clock);
        End(metrics.Dispose);
        metrics.Use(_web);
        access.Use(_web);
        _web.UseRouting();
        _web.MapDicomWeb(new DicomWebSource
        {
            Desk = desk, Registry = vault.Registry, Store = vault.Store, Record = Record, Jpeg2000 = _setup.Jpeg2000, Time = _setup.Clock,
            ScratchFolder = _setup.Folder.Incoming,
            Verification = () => new VerifyOptions { Trust = _setup.Trust, Now = _setup.Clock.GetUtcNow(), Jpeg2000 = _setup.Jpeg2000 },
        });
        new QuarantineEndpoints(routes, vault.Registry, vault.Store, vault.RecordAsync, desk.HoldAsync, _setup.Clock).Map(_web);
        new DeliveryEndpoints([.. configuration.Destinations.Select(d => d.Name)], vault.Registry, (entry, token) => vault.RecordAsync(entry, null, token), _setup.Clock).Map(_web);
        health.Map(_web);
        metrics.Map(_web);
        _web.MapAuditTrail(vault.Registry, Record, _setup.Clock);
        WebApplication web = _web;
        End(async () =>
        {
            using var grace = new CancellationTokenSource(Grace);
            await web.StopAsync(grace.Token);
            await web.DisposeAsync();
        });
        try
        {
            await LoadedAsync(async () =>
            {
                await web.StartAsync(stop);
                return web;
            }, "http.tls");
        }
        catch (IOException e)
        {
            throw new GatewayStartException($"HTTP cannot be listened to on {settings.Address} port {settings.Port}: {(e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException ? "the port is in use" : e.Message)}", "stop the other program, or set another port: http.port", e);
        }
        Http = WebListener.EndPointOf(_web);
    }

    private void Listen(DicomSettings settings, int port, IDimseProvider provider)
    {
        var options = new DimseServerOptions
        {
            EndPoint = new IPEndPoint(IPAddress.Parse(settings.Address), port), Tls = TlsOf(settings.Tls), MaxAssociations = settings.MaxAssociations,
            MaxAssociationsPerAddress = settings.MaxAssociationsPerAddress, Notice = Notice,
            Association = new AssociationOptions
            {
                Limits = PduLimits.Default with { MaxPduLength = settings.MaxPduLength }, IdleTime = TimeSpan.FromSeconds(settings.IdleSeconds),
                PduTime = TimeSpan.FromSeconds(settings.PduSeconds), Time = _setup.Clock,
            },
        };
        DimseServer server = _dimse = new DimseServer(options, provider);
        End(async () =>
        {
            await server.StopAsync(Grace);
            await server.DisposeAsync();
        });
        try
        {
            server.Start();
        }
        catch (SocketException e)
        {
            throw new GatewayStartException($"DICOM cannot be listened to on {settings.Address} port {port}: {(e.SocketErrorCode == SocketError.AddressAlreadyInUse ? "the port is in use" : e.Message)}", "stop the other program, or set another port: dicom.port", e);
        }
    }

    private TlsServerSettings? TlsOf(TlsSettings? tls)
    {
        if (tls is null) return null;
        return Loaded(() =>
        {
            TlsIdentity identity = TlsIdentity.Load(tls.CertificateFile, tls.KeyFile);
            End(identity.Dispose);
            return new TlsServerSettings(identity, tls.ClientAuthoritiesFile is null ? null : TlsAuthorities.Load(tls.ClientAuthoritiesFile), tls.RequireClientCertificate);
        }, "dicom.tls");
    }

    private void Notice(DimseNotice notice)
    {
        LogLevel level = notice.Kind is DimseNoticeKind.Fault or DimseNoticeKind.Listener ? LogLevel.Error : LogLevel.Information;
        _log.Log(level, notice.Exception, "DICOM, {Address}: {Text}", notice.Address, notice.Text);
    }

    private Task<AppliedEntry> RecordAsync(EntryKind kind, string detail, CancellationToken stop) =>
        _vault!.RecordAsync(new JournalEntry { Kind = kind, At = _setup.Clock.GetUtcNow(), Who = Actor.Gateway, Detail = detail }, null, stop);

    private async Task TryStoppedAsync()
    {
        try
        {
            await RecordAsync(EntryKind.Stopped, _setup.Software, CancellationToken.None);
        }
        catch (RegistryException e)
        {
            _log.LogError(e, "That the gateway stopped could not be recorded");
        }
    }

    private void End(Action end) => _ends.Push(() =>
    {
        end();
        return ValueTask.CompletedTask;
    });

    private void End(Func<ValueTask> end) => _ends.Push(end);

    /// <summary>Ends in order: a store that is under way is finished and answered first. Waits no longer than half a minute for peers.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        while (_ends.TryPop(out Func<ValueTask>? end))
        {
            try
            {
                await end();
            }
#pragma warning disable CA1031 // one part that does not end well keeps none of the others open
            catch (Exception e)
#pragma warning restore CA1031
            {
                _log.LogError(e, "A part of the gateway did not end in order");
            }
        }
    }
}
