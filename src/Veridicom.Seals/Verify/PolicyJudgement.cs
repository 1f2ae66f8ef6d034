using Veridicom.Seals.Seal;

namespace Veridicom.Seals.Verify;

/// <summary>Applies a policy to a verdict. It can only make it stricter: what fails a demand becomes untrusted.</summary>
internal static class PolicyJudgement
{
    public static Verdict Apply(Verdict verdict, Policy policy)
    {
        var reasons = new List<Reason>();
        SealInfo? deciding = verdict.Seals.FirstOrDefault(s => s.Statement is not null && s.Identity == verdict.SealIdentity);
        bool holds = verdict.Kind is VerdictKind.Authentic or VerdictKind.Amended or VerdictKind.Redacted or VerdictKind.Extended;
        if (policy.RequireSeal && (deciding is null || !holds))
            reasons.Add(new Reason(ReasonCode.PolicySealRequired, "the policy demands a valid seal", Part.Structure));
        if (policy.Signers.Count > 0 && (deciding is null || !policy.Signers.Any(s => deciding.PathFingerprints.Contains(s, StringComparer.Ordinal))))
            reasons.Add(new Reason(ReasonCode.PolicySigner, "the policy does not accept this signer", Part.Structure));
        if (policy.Purposes.Count > 0 && (deciding is null || !policy.Purposes.Contains(deciding.Statement!.Claims.Purpose)))
            reasons.Add(new Reason(ReasonCode.PolicyPurpose, "the policy does not accept what the seal was made for", Part.Structure));
        if (policy.RequireTimestamp && deciding?.ProvenTime is null)
            reasons.Add(new Reason(ReasonCode.PolicyTimestamp, "the policy demands a time-stamp", Part.Structure));
        var check = new Check("policy", reasons.Count == 0 ? CheckStatus.Passed : CheckStatus.Failed, reasons.Count == 0 ? "every demand of the policy is met" : "a demand of the policy is not met");
        if (reasons.Count == 0) return verdict with { Checks = [.. verdict.Checks, check] };
        // unverifiable, altered and untrusted are at least as strict already; an unsealed file stays unsealed unless a seal is demanded
        bool stricter = verdict.Kind is VerdictKind.Unverifiable or VerdictKind.Altered or VerdictKind.Untrusted;
        return verdict with
        {
            Kind = stricter ? verdict.Kind : VerdictKind.Untrusted,
            Reasons = [.. reasons, .. verdict.Reasons], Checks = [.. verdict.Checks, check],
        };
    }
}
