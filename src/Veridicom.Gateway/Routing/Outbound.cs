using Microsoft.Extensions.Logging;
using Veridicom.Dimse.Associations;
using Veridicom.Dimse.Pdu;
using Veridicom.Dimse.Tls;
using Veridicom.Dimse.User;
using Veridicom.Gateway.Configuration;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Store;

namespace Veridicom.Gateway.Routing;

/// <summary>What <see cref="Outbound"/> stands on.</summary>
public sealed record OutboundSetup
{
    /// <summary>Checked settings.</summary>
    public required GatewayConfiguration Settings { get; init; }

    /// <summary>Where webhooks keep how far they have come.</summary>
    public required string WebhookFolder { get; init; }

    /// <summary>The index.</summary>
    public required IRegistry Registry { get; init; }

    /// <summary>What is sent.</summary>
    public required IObjectStore Store { get; init; }

    /// <summary>Writes entries.</summary>
    public required RecordEntry Record { get; init; }

    /// <summary>Throws while the registry does not know all that is in the journal: <c>Vault.EnsureCurrent</c>.</summary>
    public required Action EnsureCurrent { get; init; }

    /// <summary>What we commit to.</summary>
    public required AnswerCommitment Answers { get; init; }

    /// <summary>Time.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>For operators.</summary>
    public required ILogger Log { get; init; }
}

/// <summary>
/// All that the gateway sends by itself: instances to their destinations, requests and results of storage commitment, alerts to webhooks. Begins
/// where it stopped, however it stopped. To be started before the listeners and disposed after them, and before the vault.
/// </summary>
public sealed class Outbound : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Forwarding _forwarding;
    private readonly Webhooks _webhooks;
    private readonly List<Func<CancellationToken, Task>> _loops = [];
    private readonly TlsIdentity? _identity;
    private Task _running = Task.CompletedTask;

    private Outbound(OutboundSetup setup)
    {
        GatewayConfiguration settings = setup.Settings;
        var parts = new RoutingParts(setup.Registry, setup.Record, setup.EnsureCurrent, setup.Clock, Random.Shared, setup.Log);
        Commitments = new CommitmentLedger(parts);
        if (settings.Dicom.Tls is { } own) _identity = TlsIdentity.Load(own.CertificateFile, own.KeyFile);
        try
        {
            _forwarding = new Forwarding([.. settings.Destinations.Select(one => Runner(one, setup, parts))]);
            _webhooks = new Webhooks(settings.Webhooks, setup.WebhookFolder, setup.Registry, setup.Clock, Random.Shared, setup.Log);
            _loops.Add(new CommitmentReports(PeersOf(settings.Dicom, setup.Clock), parts, setup.Answers).RunAsync);
        }
        catch
        {
            _identity?.Dispose();
            throw;
        }
    }

    /// <summary>Takes the results of storage commitment that come in by associations of the destinations.</summary>
    public CommitmentLedger Commitments { get; }

    /// <summary>Makes it; nothing is sent yet.</summary>
    /// <exception cref="FormatException">A setting that was not checked is wrong.</exception>
    /// <exception cref="TlsException">A certificate or key cannot be used.</exception>
    public static Outbound Open(OutboundSetup setup)
    {
        ArgumentNullException.ThrowIfNull(setup);
        return new Outbound(setup);
    }

    /// <summary>Starts everything; <see cref="Noticed"/> is called from before then on.</summary>
    /// <exception cref="FormatException">What says how far a webhook has come cannot be read.</exception>
    /// <exception cref="RegistryException">The database does not answer.</exception>
    public async Task StartAsync(CancellationToken stop)
    {
        await _webhooks.StartAsync(stop);
        _forwarding.Start();
        _running = Task.WhenAll(_loops.Select(loop => Task.Run(() => loop(_stop.Token), CancellationToken.None)));
    }

    /// <summary>To be given every recorded entry. Never blocks.</summary>
    public void Noticed(AppliedEntry applied)
    {
        _forwarding.Noticed(applied);
        _webhooks.Noticed(applied);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _forwarding.DisposeAsync();
        await _webhooks.DisposeAsync();
        await _running;
        _identity?.Dispose();
        _stop.Dispose();
    }

    private DestinationRunner Runner(DestinationSettings settings, OutboundSetup setup, RoutingParts parts)
    {
        if (settings.Host is not { } host) return new DestinationRunner(settings, parts, new StowOutlet(settings, setup.Store, setup.Clock));
        string calledAe = settings.AeTitle ?? throw new FormatException($"the destination {settings.Name} has no AE title");
        TlsClientSettings? tls = settings.Tls ? Tls(settings.AuthoritiesFile, $"the destination {settings.Name}") : null;
        var outlet = new StoreOutlet(Target(setup.Settings.Dicom, host, settings.Port, calledAe, tls, settings.TimeoutSeconds, setup.Clock), setup.Store);
        if (!settings.StorageCommitment) return new DestinationRunner(settings, parts, outlet);
        var asking = new CommitmentAsking(settings, parts, Commitments, outlet);
        Commitments.Denied += (destination, instance) =>
        {
            if (destination == settings.Name) asking.Denied(instance);
        };
        _loops.Add(asking.RunAsync);
        return new DestinationRunner(settings, parts, outlet) { Delivered = asking.Delivered };
    }

    private Dictionary<string, DimseTarget> PeersOf(DicomSettings settings, TimeProvider clock) => settings.Peers
        .Where(peer => peer is { Host: not null, Port: not null })
        .DistinctBy(peer => peer.AeTitle, StringComparer.Ordinal)
        .ToDictionary(peer => peer.AeTitle, peer => Target(settings, peer.Host!, peer.Port!.Value, peer.AeTitle,
            peer.Tls ? Tls(settings.Tls?.ClientAuthoritiesFile, $"the peer {peer.AeTitle}") : null, settings.IdleSeconds, clock), StringComparer.Ordinal);

    private TlsClientSettings Tls(string? authoritiesFile, string whose) =>
        new(TlsAuthorities.Load(authoritiesFile ?? throw new FormatException($"{whose} is called over TLS, and no authorities of its certificate are given")), _identity);

    private static DimseTarget Target(DicomSettings own, string host, int port, string calledAe, TlsClientSettings? tls, int patience, TimeProvider clock) =>
        new(host, port, calledAe, own.AeTitles[0])
        {
            Tls = tls,
            Options = new AssociationOptions
            {
                Limits = PduLimits.Default with { MaxPduLength = own.MaxPduLength },
                IdleTime = TimeSpan.FromSeconds(patience),
                PduTime = TimeSpan.FromSeconds(Math.Min(patience, 30)),
                Time = clock,
            },
        };
}
