using Veridicom.Dimse.Provider;
using Veridicom.Gateway.Access;
using Veridicom.Registry;
using Veridicom.Registry.Store;

namespace Veridicom.Gateway.Intake;

/// <summary>What we commit to: instances that the registry has and whose files are read once more and have their digest, quarantined ones among them, since they are kept (PS3.4-2023b J.3.2).</summary>
public sealed class CommitmentAnswers(IRegistry registry, IObjectStore store)
{
    private const ushort NoSuchInstance = 0x0112, ClassConflict = 0x0119, ProcessingFailure = 0x0110;

    /// <summary>Answers a request.</summary>
    /// <exception cref="RegistryException">Registry or store do not answer: nothing can be said now.</exception>
    public async Task<CommitmentResult> AnswerAsync(string transactionUid, IReadOnlyList<CommitmentReference> references, CancellationToken stop)
    {
        var committed = new List<CommitmentReference>();
        var failed = new List<CommitmentFailure>();
        foreach (CommitmentReference reference in references)
        {
            if (await FailureAsync(reference, stop) is { } reason) failed.Add(new CommitmentFailure(reference, reason));
            else committed.Add(reference);
        }
        return new CommitmentResult(transactionUid, committed, failed);
    }

    private async Task<ushort?> FailureAsync(CommitmentReference reference, CancellationToken stop)
    {
        if (!ScopeText.IsUid(reference.SopInstanceUid)) return NoSuchInstance;
        List<StoredInstance> known = [.. (await registry.InstancesAsync(reference.SopInstanceUid, stop)).Where(i => i.State != InstanceState.Rejected)];
        if (known.Count == 0) return NoSuchInstance;
        List<StoredInstance> ofClass = known.FindAll(i => i.SopClassUid == reference.SopClassUid);
        if (ofClass.Count == 0) return ClassConflict;
        foreach (StoredInstance instance in ofClass)
        {
            if (await IsThereAsync(instance, stop)) return null;
        }
        return ProcessingFailure;
    }

    // Read to its end: whoever is told that we have it may delete the only other copy.
    private async Task<bool> IsThereAsync(StoredInstance instance, CancellationToken stop)
    {
        using (StoredObject? stored = store.Open(instance.Object))
        {
            if (stored?.Length != instance.Size) return false;
        }
        return await store.CheckAsync(instance.Object, stop);
    }
}
