using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Veridicom.Dimse;
using Veridicom.Dimse.Provider;
using Veridicom.Gateway.Configuration;
using Veridicom.Registry;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.Routing;

/// <summary>
/// The storage commitments that destinations owe us. An answer counts only for a transaction that we asked of the very destination it comes from,
/// and only for instances that were asked for. Safe for several associations at once.
/// </summary>
public sealed class CommitmentLedger
{
    // PS3.7-2023b C.4: what we answer to a report.
    private const ushort ProcessingFailure = 0x0110;
    private const ushort NoSuchInstance = 0x0112;

    // An answer that is sent again because our response to it was lost; enough for those of the last minutes.
    private const int AnsweredKept = 4096;

    private readonly RoutingParts _parts;
    private readonly ConcurrentDictionary<string, (DestinationSettings Destination, Transaction Transaction)> _open = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _doubtful = new(StringComparer.Ordinal); // by destination
    private readonly ConcurrentDictionary<string, string> _answered = new(StringComparer.Ordinal); // destination by transaction
    private readonly ConcurrentQueue<string> _answeredOrder = new();

    internal CommitmentLedger(RoutingParts parts) => _parts = parts;

    /// <summary>Called for an instance of a destination that denied it. Must not block.</summary>
    internal Action<string, StoredInstance>? Denied { get; set; }

    /// <summary>
    /// A report over an association that the peer opened. Success when all that it says is durable; else a status by which the peer sends it again,
    /// or learns that we did not ask.
    /// </summary>
    public async Task<DimseStatus> ReportedAsync(AssociationPeer peer, CommitmentResult result, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(peer);
        ArgumentNullException.ThrowIfNull(result);
        if (_open.TryGetValue(result.TransactionUid, out var asked) && IsFrom(asked.Destination, peer)) return await AnsweredAsync(asked.Destination.Name, result, stop);
        if (_answered.ContainsKey(result.TransactionUid)) return DimseStatus.Success;
        _parts.Log.LogWarning("a storage commitment that was not asked of its sender was reported, and ignored");
        return new DimseStatus(NoSuchInstance, "unknown transaction");
    }

    /// <summary>An answer of a destination that is known to be it: over the association on which it was asked.</summary>
    internal async Task<DimseStatus> AnsweredAsync(string destination, CommitmentResult result, CancellationToken stop)
    {
        if (!_open.TryGetValue(result.TransactionUid, out var asked) || asked.Destination.Name != destination) return new DimseStatus(NoSuchInstance, "unknown transaction");
        Transaction transaction = asked.Transaction;
        await transaction.One.WaitAsync(stop);
        try
        {
            // who is named both ways is not committed
            var denied = new Dictionary<StoredInstance, ushort>();
            foreach (CommitmentFailure failure in result.Failed)
            {
                if (transaction.Find(failure.Reference) is { } instance) denied[instance] = failure.Reason;
            }

            var given = result.Committed.Select(transaction.Find).OfType<StoredInstance>().Distinct().Where(one => !denied.ContainsKey(one)).ToList();
            await Task.WhenAll([
                .. given.Select(one => RecordAsync(EntryKind.CommitmentGiven, EntryOutcome.Success, one, "committed")),
                .. denied.Select(pair => RecordAsync(EntryKind.CommitmentDenied, EntryOutcome.SeriousFailure, pair.Key, $"failure reason {pair.Value:X4}"))]);
            foreach (StoredInstance one in denied.Keys) Denied?.Invoke(destination, one);
            _parts.Log.LogInformation("{Destination} committed to {Given} and denied {Denied} instances", destination, given.Count, denied.Count);
            RoutingMeter.Commitment(destination, "given", given.Count);
            RoutingMeter.Commitment(destination, "denied", denied.Count);
            if (transaction.Open.Count == 0) Forget(transaction.Uid, destination);
            return DimseStatus.Success;
        }
        catch (RegistryException e)
        {
            _parts.Log.LogError(e, "a storage commitment of {Destination} could not be recorded", destination);
            _doubtful[destination] = true;
            return new DimseStatus(ProcessingFailure, "not recorded");
        }
        finally
        {
            transaction.One.Release();
        }

        async Task RecordAsync(EntryKind kind, EntryOutcome outcome, StoredInstance instance, string detail)
        {
            await _parts.Record(_parts.Entry(kind, outcome, destination, instance, detail) with { TransactionUid = transaction.Uid }, CancellationToken.None);
            transaction.Close(instance);
        }
    }

    /// <summary>Asked for, now or before the last start.</summary>
    internal void Add(DestinationSettings destination, Transaction transaction) => _open[transaction.Uid] = (destination, transaction);

    /// <summary>Asked for anew under another UID, or not asked for after all: an answer to it no longer counts.</summary>
    internal void Withdraw(Transaction transaction) => _open.TryRemove(transaction.Uid, out _);

    /// <summary>Transactions of a destination, unanswered so far.</summary>
    internal IReadOnlyList<Transaction> Of(string destination) =>
        [.. _open.Values.Where(pair => pair.Destination.Name == destination).Select(pair => pair.Transaction)];

    // The AE title of the association request is all that an unprotected network offers, beside a UID that nobody can guess. Where we reach the
    // destination over TLS its answer must come over TLS with a certificate, which the listener has judged by its list of peers.
    private static bool IsFrom(DestinationSettings destination, AssociationPeer peer) =>
        destination.AeTitle?.Trim() == peer.CallingAe && (!destination.Tls || peer.CertificateFingerprint is not null);

    /// <summary>True once after an answer of a destination could not be recorded in time: the database may come to know more of it than is known here.</summary>
    internal bool TakeDoubt(string destination) => _doubtful.TryRemove(destination, out _);

    /// <summary>It is answered, and that is recorded: the same answer once more is no fault.</summary>
    internal void Forget(string uid, string destination)
    {
        _open.TryRemove(uid, out _);
        _answered[uid] = destination;
        _answeredOrder.Enqueue(uid);
        while (_answeredOrder.Count > AnsweredKept && _answeredOrder.TryDequeue(out string? oldest)) _answered.TryRemove(oldest, out _);
    }
}
