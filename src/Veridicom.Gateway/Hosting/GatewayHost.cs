using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Veridicom.Dicom;
using Veridicom.Dimse;
using Veridicom.Dimse.Associations;
using Veridicom.Dimse.Pdu;
using Veridicom.Dimse.Provider;
using Veridicom.Dimse.Tls;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.Configuration;
using Veridicom.Gateway.DicomWeb;
using Veridicom.Gateway.DicomWeb.Description;
using Veridicom.Gateway.Intake;
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
        if (vault.Replayed > 0) _log.LogWarning("{Count} entries of the journal were brought into the registry, which a crash had left behind", vault.Replayed);

        IReadOnlyList<Route> routes = [.. settings.Routes.Select(r => new Route(r, r.PolicyFile is null ? null : Policy.Parse(File.ReadAllBytes(r.PolicyFile))))];
        var desk = new IntakeDesk(IntakeOf(settings, routes), store, registry, vault.RecordAsync, _setup.Logs.CreateLogger<IntakeDesk>());
        End(desk.Dispose);
        var denials = new DenialJournal((entry, token) => vault.RecordAsync(entry, null, token), _setup.Clock, e => _log.LogError(e, "A denial could not be recorded"));

        await RecordAsync(EntryKind.Started, _setup.Software, stop);
        End(async () => await TryStoppedAsync());
        var answers = new CommitmentAnswers(registry, store);
        Outbound outbound = await OutboundAsync(settings, vault, answers, stop);
        if (settings.Http.Port is not null) await ListenAsync(settings.Http, vault, desk, routes, denials, stop);
        if (settings.Dicom.Port is { } port) Listen(settings.Dicom, port, vault, desk, denials, answers, outbound);
        _log.LogInformation("The gateway takes instances in: DICOM {Dicom}, HTTP {Http}", Dicom, Url);
    }

    private async Task<Outbound> OutboundAsync(GatewayConfiguration settings, Vault vault, CommitmentAnswers answers, CancellationToken stop)
    {
        try
        {
            Outbound outbound = await Outbound.StartAsync(new OutboundSetup
            {
                Settings = settings, WebhookFolder = _setup.Folder.Webhooks, Registry = vault.Registry, Store = vault.Store, Record = (entry, token) => vault.RecordAsync(entry, null, token),
                Answers = answers.AnswerAsync, Clock = _setup.Clock, Log = _setup.Logs.CreateLogger<Outbound>(),
            }, stop);
            End(outbound.DisposeAsync);
            vault.Recorded += outbound.Noticed;
            return outbound;
        }
        catch (Exception e) when (e is TlsException or FormatException or IOException)
        {
            throw new GatewayStartException(e.Message, "correct the settings 'destinations', 'webhooks' and 'dicom'", e);
        }
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

    private async Task ListenAsync(HttpSettings settings, Vault vault, IntakeDesk desk, IReadOnlyList<Route> routes, DenialJournal denials, CancellationToken stop)
    {
        try
        {
            _web = WebListener.Build(settings, _setup.Logs, services => services.AddOpenApiPage());
        }
        catch (Exception e) when (e is InsecureListenerException or IOException or System.Security.Cryptography.CryptographicException)
        {
            throw new GatewayStartException(e.Message, "correct the setting 'http'", e);
        }
        var access = new AccessControl(settings, denials, _setup.Clock, _setup.Logs.CreateLogger<AccessControl>());
        End(access.Dispose);
        access.Use(_web);
        _web.UseRouting();
        _web.MapDicomWeb(new DicomWebSource
        {
            Desk = desk, Registry = vault.Registry, Store = vault.Store, Record = (entry, token) => vault.RecordAsync(entry, null, token), Jpeg2000 = _setup.Jpeg2000, Time = _setup.Clock,
            ScratchFolder = _setup.Folder.Incoming,
            Verification = () => new VerifyOptions { Trust = _setup.Trust, Now = _setup.Clock.GetUtcNow(), Jpeg2000 = _setup.Jpeg2000 },
        });
        new QuarantineEndpoints(routes, vault.Registry, vault.Store, vault.RecordAsync, _setup.Clock).Map(_web);
        new DeliveryEndpoints([.. _setup.Settings.Destinations.Select(d => d.Name)], vault.Registry, (entry, token) => vault.RecordAsync(entry, null, token), _setup.Clock).Map(_web);
        WebApplication web = _web;
        End(async () =>
        {
            using var grace = new CancellationTokenSource(Grace);
            await web.StopAsync(grace.Token);
            await web.DisposeAsync();
        });
        try
        {
            await _web.StartAsync(stop);
        }
        catch (IOException e)
        {
            throw new GatewayStartException($"HTTP cannot be listened to on {settings.Address} port {settings.Port}: {(e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException ? "the port is in use" : e.Message)}", "stop the other program, or set another port: http.port", e);
        }
        Http = WebListener.EndPointOf(_web);
    }

    private void Listen(DicomSettings settings, int port, Vault vault, IntakeDesk desk, DenialJournal denials, CommitmentAnswers answers, Outbound outbound)
    {
        var provider = new GatewayDimse(settings, desk, vault.Registry, answers, vault.RecordAsync, denials, outbound.Commitments.ReportedAsync, _setup.Clock, _setup.Logs.CreateLogger<GatewayDimse>());
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
        try
        {
            TlsIdentity identity = TlsIdentity.Load(tls.CertificateFile, tls.KeyFile);
            End(identity.Dispose);
            return new TlsServerSettings(identity, tls.ClientAuthoritiesFile is null ? null : TlsAuthorities.Load(tls.ClientAuthoritiesFile), tls.RequireClientCertificate);
        }
        catch (TlsException e)
        {
            throw new GatewayStartException(e.Message, "correct the setting 'dicom.tls'", e);
        }
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
