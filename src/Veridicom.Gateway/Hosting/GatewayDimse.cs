using System.Net;
using Microsoft.Extensions.Logging;
using Veridicom.Dimse;
using Veridicom.Dimse.Provider;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.Configuration;
using Veridicom.Gateway.Intake;
using Veridicom.Registry;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.Hosting;

/// <summary>The result of a commitment that we asked for came in over an association of the peer's.</summary>
public delegate Task<DimseStatus> CommitmentReported(AssociationPeer peer, CommitmentResult result, CancellationToken stop);

/// <summary>What comes over DICOM associations: admits peers by the list, gives instances to the desk, and answers for what is stored.</summary>
public sealed class GatewayDimse : IDimseProvider
{
    // an answer on the peer's own association is tried first
    private static readonly TimeSpan OwnAssociation = TimeSpan.FromSeconds(30);

    private readonly DicomSettings _settings;
    private readonly IReadOnlyList<Peer> _peers;
    private readonly IIntakeDesk _desk;
    private readonly IRegistry _registry;
    private readonly CommitmentAnswers _answers;
    private readonly Recorder _record;
    private readonly DenialJournal _denials;
    private readonly CommitmentReported _reported;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;

    /// <summary>Joins the parts.</summary>
    /// <param name="settings">Checked settings.</param>
    /// <param name="desk">Takes instances in.</param>
    /// <param name="registry">Told when an answer is put off.</param>
    /// <param name="answers">What we commit to.</param>
    /// <param name="record">Writes journal entries.</param>
    /// <param name="denials">Who was turned away.</param>
    /// <param name="reported">Results of commitments that we asked for.</param>
    /// <param name="clock">Time.</param>
    /// <param name="log">For operators.</param>
    public GatewayDimse(DicomSettings settings, IIntakeDesk desk, IRegistry registry, CommitmentAnswers answers, Recorder record, DenialJournal denials,
        CommitmentReported reported, TimeProvider clock, ILogger log)
    {
        _settings = settings;
        _peers = [.. settings.Peers.Select(p => new Peer(p))];
        (_desk, _registry, _answers, _record, _denials, _reported, _clock, _log) = (desk, registry, answers, record, denials, reported, clock, log);
    }

    /// <inheritdoc/>
    public AssociationRefusal? Admit(AssociationPeer peer)
    {
        AssociationRefusal? refusal = Judge(peer);
        if (refusal is { } why) _ = _denials.RecordAsync(ActorOf(peer), $"association rejected: {Words(why)}; it called {peer.CalledAe}", null, null, CancellationToken.None);
        return refusal;
    }

    private AssociationRefusal? Judge(AssociationPeer peer)
    {
        if (!_settings.AeTitles.Contains(peer.CalledAe, StringComparer.Ordinal)) return AssociationRefusal.CalledAeNotRecognised;
        if (_peers.Count == 0) return IPAddress.IsLoopback(peer.Address.Address) ? null : AssociationRefusal.CallingAeNotRecognised;
        List<Peer> named = [.. _peers.Where(p => p.AeTitle == peer.CallingAe)];
        if (named.Count == 0) return AssociationRefusal.CallingAeNotRecognised;
        return named.Any(p => p.Fits(peer)) ? null : AssociationRefusal.NotAdmitted;
    }

    private static string Words(AssociationRefusal refusal) => refusal switch
    {
        AssociationRefusal.CalledAeNotRecognised => "called AE title not recognised",
        AssociationRefusal.CallingAeNotRecognised => "calling AE title not recognised",
        AssociationRefusal.NotAdmitted => "not from an address, or with a certificate, of this peer",
        _ => "congestion",
    };

    /// <inheritdoc/>
    public void Ended(AssociationPeer peer, bool aborted)
    {
        if (aborted) _log.LogInformation("An association from {Address} was aborted", peer.Address);
    }

    /// <inheritdoc/>
    public ValueTask<IncomingStore> BeginStoreAsync(AssociationPeer peer, StoreHeader header, CancellationToken stop)
    {
        var source = new ArrivalSource(ActorOf(peer), ArrivalProtocol.Dimse, peer.CallingAe, peer.CalledAe, SopClassUid: header.SopClassUid, SopInstanceUid: header.SopInstanceUid);
        return ValueTask.FromResult<IncomingStore>(new StoreToDesk(_desk, source, FileHead.Write(header.SopClassUid, header.SopInstanceUid, header.TransferSyntaxUid, peer.CallingAe), _log));
    }

    /// <inheritdoc/>
    public async ValueTask<(DimseStatus Status, Task<CommitmentResult>? Result)> RequestCommitmentAsync(AssociationPeer peer, CommitmentRequest request, CancellationToken stop)
    {
        var entry = new JournalEntry
        {
            Kind = EntryKind.CommitmentRequested, At = _clock.GetUtcNow(), Who = ActorOf(peer), TransactionUid = request.TransactionUid, Instances = request.References.Count,
            Detail = string.Join('\n', request.References.Select(r => $"{r.SopClassUid} {r.SopInstanceUid}")),
        };
        try
        {
            AppliedEntry applied = await _record(entry, null, stop);
            var pending = new PendingCommitment(applied.Sequence, request.TransactionUid, peer.CallingAe, entry.At, [.. request.References.Select(r => (r.SopClassUid, r.SopInstanceUid))], 0, entry.At);
            await _registry.PostponeAsync(pending, entry.At + OwnAssociation, stop);
        }
        catch (RegistryException e)
        {
            _log.LogError(e, "A storage commitment request could not be recorded: {Reason}", e.Message);
            return (new DimseStatus(0x0213, "cannot be recorded now"), null);
        }
        catch (ArgumentException)
        {
            return (new DimseStatus(0x0213, "too many references in one request"), null);
        }
        return (DimseStatus.Success, _answers.AnswerAsync(request.TransactionUid, request.References, CancellationToken.None));
    }

    /// <inheritdoc/>
    public void Reported(AssociationPeer peer, string transactionUid, bool acknowledged)
    {
        if (acknowledged) _ = RecordReportedAsync(ActorOf(peer), transactionUid);
    }

    private async Task RecordReportedAsync(Actor who, string transactionUid)
    {
        try
        {
            await _record(new JournalEntry { Kind = EntryKind.CommitmentReported, At = _clock.GetUtcNow(), Who = who, TransactionUid = transactionUid }, null, CancellationToken.None);
        }
        catch (Exception e) when (e is RegistryException or ObjectDisposedException)
        {
            // it is reported once more later, which the standard allows
            _log.LogWarning(e, "That a storage commitment was reported could not be recorded");
        }
    }

    /// <inheritdoc/>
    public async ValueTask<DimseStatus> CommitmentReportedAsync(AssociationPeer peer, CommitmentResult result, CancellationToken stop) => await _reported(peer, result, stop);

    /// <summary>The peer as the audit trail names it: by certificate only where its own is listed, since any other of the same authority proves no AE title.</summary>
    public Actor ActorOf(AssociationPeer peer) =>
        new(peer.CallingAe, _peers.Any(p => p.AeTitle == peer.CallingAe && p.Proves(peer)) ? "certificate" : "ae-title", peer.Address.Address.ToString());

    private sealed class Peer(DicomPeerSettings settings)
    {
        private readonly List<IPNetwork> _networks = [.. settings.Addresses.Select(a => SettingSyntax.TryNetwork(a, out IPNetwork network) ? network : throw new ArgumentException($"'{a}' is no network"))];
        private readonly List<string> _certificates = [.. settings.Certificates.Select(c => SettingSyntax.TryFingerprint(c, out string digits) ? digits : throw new ArgumentException($"'{c}' is no fingerprint"))];

        public string AeTitle => settings.AeTitle;

        public bool Fits(AssociationPeer peer) =>
            (_networks.Count == 0 || _networks.Any(n => SettingSyntax.Contains(n, peer.Address.Address)))
            && (_certificates.Count == 0 || Proves(peer));

        public bool Proves(AssociationPeer peer) => peer.CertificateFingerprint is { } shown && _certificates.Contains(shown, StringComparer.Ordinal);
    }
}
