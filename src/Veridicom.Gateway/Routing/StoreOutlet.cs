using System.Runtime.CompilerServices;
using Veridicom.Dicom;
using Veridicom.Dimse;
using Veridicom.Dimse.Provider;
using Veridicom.Dimse.User;
using Veridicom.Registry;
using Veridicom.Registry.Store;

namespace Veridicom.Gateway.Routing;

/// <summary>
/// Sends by C-STORE (PS3.4-2023b Annex B): one association for a batch, in which each class is proposed in the very syntax of what is stored and
/// no other. Nothing is transcoded: what a destination does not take as it is, it refuses.
/// </summary>
internal sealed class StoreOutlet(DimseTarget target, IObjectStore store) : IOutlet, ICommitmentOutlet
{
    // How long a result of storage commitment is waited for where it was asked for; later it comes by an association of the destination's.
    private static readonly TimeSpan ResultWait = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async IAsyncEnumerable<SendResult> SendAsync(IReadOnlyList<StoredInstance> instances, [EnumeratorCancellation] CancellationToken stop)
    {
        foreach (IReadOnlyList<StoredInstance> batch in Batches(instances))
        {
            (UserAssociation? opened, string fault) = await OpenAsync(batch, stop);
            if (opened is null)
            {
                yield return new(SendOutcome.Unreachable, fault);
                yield break;
            }

            await using UserAssociation association = opened;
            foreach (StoredInstance instance in batch)
            {
                SendResult result = await StoreAsync(association, instance, stop);
                yield return result;
                if (result.Outcome == SendOutcome.Failed) yield break;
            }

            await TryReleaseAsync(association);
        }
    }

    /// <summary>Runs of instances in their order, each with no more kinds than one association can propose.</summary>
    internal static IEnumerable<IReadOnlyList<StoredInstance>> Batches(IReadOnlyList<StoredInstance> instances)
    {
        var kinds = new HashSet<(string, string)>();
        var batch = new List<StoredInstance>();
        foreach (StoredInstance instance in instances)
        {
            if (kinds.Add(Kind(instance)) && kinds.Count > Proposal.MaxContexts)
            {
                yield return batch;
                (batch, kinds) = ([], [Kind(instance)]);
            }

            batch.Add(instance);
        }

        if (batch.Count > 0) yield return batch;
    }

    private static (string SopClass, string TransferSyntax) Kind(StoredInstance instance) => (instance.SopClassUid, instance.TransferSyntaxUid);

    private async Task<(UserAssociation? Association, string Fault)> OpenAsync(IReadOnlyList<StoredInstance> batch, CancellationToken stop)
    {
        try
        {
            return (await DimseClient.OpenAsync(target, Proposal.ForStorage(batch.Select(Kind)), stop), "");
        }
        catch (DimseException e)
        {
            return (null, Words(e.Fault));
        }
    }

    private async Task<SendResult> StoreAsync(UserAssociation association, StoredInstance instance, CancellationToken stop)
    {
        try
        {
            using StoredObject file = await store.OpenCheckedAsync(instance.Object, stop);
            long dataSet = DicomFile.Parse(file).DataSetOffset;
            DimseStatus status = await association.StoreAsync(new StoreHeader(instance.SopClassUid, instance.SopInstanceUid, instance.TransferSyntaxUid), file, dataSet);
            if (status.IsStored) return new(SendOutcome.Stored, $"status {status.Code:X4}");
            return new(StowResponse.IsRefusal(status.Code) ? SendOutcome.Refused : SendOutcome.Failed, $"status {status.Code:X4}");
        }
        catch (DamagedObjectException e)
        {
            return new(SendOutcome.Damaged, e.Message);
        }
        catch (RegistryException)
        {
            // a disk that fails to read this file stops its study, and not all that goes to the destination
            return new(SendOutcome.Failed, "the stored file cannot be read");
        }
        catch (DicomException e)
        {
            // it was readable when it was accepted
            return new(SendOutcome.Damaged, $"the stored file cannot be read: {e.Code}");
        }
        catch (DimseException e) when (e.IsOfContext)
        {
            return new(SendOutcome.Refused, Words(e.Fault));
        }
        catch (DimseException e)
        {
            return new(SendOutcome.Failed, Words(e.Fault));
        }
    }

    /// <inheritdoc/>
    public async Task<AskOutcome> AskAsync(CommitmentRequest request, CancellationToken stop)
    {
        bool accepted = false;
        CommitmentResult? result = null;
        try
        {
            await using UserAssociation association = await DimseClient.OpenAsync(target, Proposal.StorageCommitment, stop);
            DimseStatus status = await association.RequestCommitmentAsync(request);
            accepted = status.Code == 0;
            if (!accepted) return new(false, $"status {status.Code:X4}", null);
            result = association.LastReport() ?? await association.WaitForCommitmentAsync(ResultWait, target.Options.Time);
            await association.ReleaseAsync();
            return new(true, "", result ?? association.LastReport());
        }
        catch (DimseException e)
        {
            // once accepted, the result can come by another way, however this association ended
            return new(accepted, Words(e.Fault), result);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task TryReleaseAsync(UserAssociation association)
    {
        try
        {
            await association.ReleaseAsync();
        }
        catch (DimseException)
        {
            // everything was answered before
        }
    }

    /// <summary>A fault in words of our own.</summary>
    internal static string Words(DimseFault fault) => fault switch
    {
        DimseFault.Unreachable => "no connection",
        DimseFault.NoTls => "no TLS",
        DimseFault.Busy => "association rejected for the moment",
        DimseFault.Rejected => "association rejected",
        DimseFault.ClassRefused => "SOP class not accepted",
        DimseFault.SyntaxRefused => "transfer syntax not accepted",
        DimseFault.Aborted => "association aborted",
        DimseFault.ConnectionLost => "connection lost",
        DimseFault.TimedOut => "no answer in time",
        _ => "protocol broken",
    };
}
