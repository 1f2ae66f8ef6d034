using Microsoft.Extensions.Logging;
using Veridicom.Dimse;
using Veridicom.Dimse.Provider;
using Veridicom.Dimse.User;
using Veridicom.Registry;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.Routing;

/// <summary>What we commit to of a request.</summary>
public delegate Task<CommitmentResult> AnswerCommitment(string transactionUid, IReadOnlyList<CommitmentReference> references, CancellationToken stop);

/// <summary>
/// Sends the results of storage commitment that we owe to peers and could not give over the association on which they were asked for
/// (PS3.4-2023b J.3.3): by associations of our own, repeated until acknowledged.
/// </summary>
/// <param name="targets">Who can be called back, by AE title.</param>
/// <param name="parts">Registry, journal, time.</param>
/// <param name="answers">What we commit to, asked anew for each attempt.</param>
internal sealed class CommitmentReports(IReadOnlyDictionary<string, DimseTarget> targets, RoutingParts parts, AnswerCommitment answers)
{
    private const int AtOnce = 16; // each may have megabytes of references
    private const int PeersAtOnce = 8;

    // A peer that nobody can call back is waited for so long: somebody may yet give it an address.
    private static readonly TimeSpan Unaddressed = TimeSpan.FromHours(24);

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(5);

    private readonly BackOff _backOff = new(TimeSpan.FromSeconds(10), TimeSpan.FromHours(1), parts.Chance);

    /// <summary>Runs until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        int troubles = 0;
        while (!stop.IsCancellationRequested)
        {
            TimeSpan pause = Round;
            try
            {
                await ReportDueAsync(stop);
                troubles = 0;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                parts.Log.LogError(e, "reporting storage commitment pauses");
                pause = _backOff.After(++troubles);
            }

            await Task.Delay(pause, parts.Clock, stop).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task ReportDueAsync(CancellationToken stop)
    {
        parts.EnsureCurrent(); // else what was reported, and could not be recorded, would be reported again and again
        var due = await parts.Registry.PendingCommitmentsAsync(parts.Now, AtOnce, stop);
        // a peer that hangs keeps only its own waiting
        var options = new ParallelOptions { MaxDegreeOfParallelism = PeersAtOnce, CancellationToken = stop };
        await Parallel.ForEachAsync(due.GroupBy(one => one.CallingAe, StringComparer.Ordinal), options, async (peer, token) =>
        {
            bool reached = true;
            foreach (PendingCommitment one in peer.OrderBy(one => one.Sequence))
            {
                reached = reached && await ReportAsync(one, token);
                if (!reached) await parts.Registry.PostponeAsync(one, parts.Now + _backOff.After(one.Attempts + 1), token);
            }
        });
    }

    private async Task<bool> ReportAsync(PendingCommitment pending, CancellationToken stop)
    {
        if (!targets.TryGetValue(pending.CallingAe, out DimseTarget? target))
        {
            parts.Log.LogWarning("entry {Sequence} asks for storage commitment, and its peer has no host and port to be called back", pending.Sequence);
            if (parts.Now - pending.At < Unaddressed) return false;
            await parts.Record(new JournalEntry
            {
                Kind = EntryKind.CommitmentReported, At = parts.Now, Who = Actor.Gateway, Outcome = EntryOutcome.MinorFailure, Destination = pending.CallingAe,
                TransactionUid = pending.TransactionUid, Instances = pending.References.Count, Detail = "given up: the peer has no address to be called back",
            }, CancellationToken.None);
            return true;
        }

        CommitmentResult result = await answers(pending.TransactionUid, [.. pending.References.Select(one => new CommitmentReference(one.SopClassUid, one.SopInstanceUid))], stop);
        try
        {
            await using UserAssociation association = await DimseClient.OpenAsync(target, Proposal.StorageCommitment, stop, UserAssociation.CommitmentProvider);
            DimseStatus status = await association.ReportCommitmentAsync(result);
            if (status.Code != 0)
            {
                parts.Log.LogWarning("a peer did not take the result of entry {Sequence}: status {Status:X4}", pending.Sequence, status.Code);
                return false;
            }

            await parts.Record(new JournalEntry
            {
                Kind = EntryKind.CommitmentReported, At = parts.Now, Who = Actor.Gateway, Destination = pending.CallingAe, TransactionUid = pending.TransactionUid,
                Instances = pending.References.Count, Detail = $"{result.Committed.Count} committed, {result.Failed.Count} not",
            }, CancellationToken.None);
            await association.ReleaseAsync();
            return true;
        }
        catch (DimseException e)
        {
            parts.Log.LogWarning("the result of entry {Sequence} could not be reported: {Fault}", pending.Sequence, StoreOutlet.Words(e.Fault));
            return false;
        }
    }
}
