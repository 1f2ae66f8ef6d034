using Veridicom.Dicom;
using Veridicom.Gateway.Intake;
using Veridicom.Gateway.Sweep;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Sweeps;

/// <summary>An archive elsewhere, swept instance by instance; with <paramref name="storeBack"/> its unsealed instances are sealed there.</summary>
internal sealed class RemoteSweep(IRemoteArchive archive, SweepJudge judge, bool follow, bool storeBack, string scratch) : ISweepSource
{
    /// <inheritdoc/>
    public string PassedOver => "";

    /// <inheritdoc/>
    public IAsyncEnumerable<SweepItem> ListAsync(SweepState state, CancellationToken stop) => archive.ListAsync(state, follow, stop);

    /// <inheritdoc/>
    public async Task<Swept> LookAsync(SweepItem item, CancellationToken stop)
    {
        using Spool spool = await archive.FetchAsync(item, stop);
        Verdict verdict = Judge(item, spool, out DicomFile? file);
        if (!storeBack || verdict.Kind != VerdictKind.Unsealed || file is null) return new Swept(verdict);
        SealOutcome outcome = judge.Seal(file, null);
        using var sealedForm = new Spool(scratch);
        outcome.WriteTo(sealedForm.Input);
        await archive.StoreAsync(item, sealedForm, stop);
        // an archive may say yes and keep what it had
        using Spool kept = await archive.FetchAsync(item, stop);
        Verdict after = Judge(item, kept, out _);
        if (after.Kind != outcome.Verdict.Kind || after.SealIdentity != outcome.Identity)
            throw new SweepException(SweepTrouble.Refused, $"the archive took the sealed form and did not keep it: what it has is {(after.Kind == outcome.Verdict.Kind ? "sealed otherwise" : after.Kind.Word())}");
        return new Swept(after, IsSealed: true);
    }

    private Verdict Judge(SweepItem item, Spool spool, out DicomFile? file)
    {
        Verdict verdict = judge.Verify(spool, null, out file);
        if (file is not null && !archive.IsAnswer(item, file))
            throw new SweepException(SweepTrouble.Nonsense, "the archive answered with another instance than it was asked for");
        return verdict;
    }
}
