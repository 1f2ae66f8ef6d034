using Veridicom.Dicom;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Trust;

namespace Veridicom.Seals.Verify;

/// <summary>The verdict on a file without a seal: from its PS3.15 signatures, which cover a part of it at best.</summary>
internal static class ForeignSignatures
{
    public static Verdict Judge(DicomFile file, IReadOnlyList<DicomSignature> signatures, VerifyOptions options, List<Check> checks)
    {
        checks.Add(new Check("seal", CheckStatus.NotChecked, "the file has no seal"));
        var findings = new Findings();
        if (signatures.Count == 0) return Verifier.Give(VerdictKind.Unsealed, findings, checks);
        IReadOnlyList<SignatureResult> results = SignatureCheck.VerifyAll(file, options.Trust, options.Now);
        List<SignatureInfo> infos = [.. results.Select(r => Info(r, false))];
        List<SignatureResult> counted = [.. results.Where(r => r.Verdict != SignatureVerdict.Historic)];
        for (int i = 0; i < results.Count; i++)
        {
            string prefix = results.Count == 1 ? "signature-" : $"signature-{i + 1}-";
            checks.AddRange(results[i].Findings.Select(f => new Check(prefix + f.Name, SealEvaluation.StatusOf(f.State), f.Detail ?? f.Reason.Text())));
            if (results[i].Verdict == SignatureVerdict.Historic)
                findings.Add(new Reason(ReasonCode.SignatureUnverifiable, "a signature in the Original Attributes Sequence is a record of what was: it proves nothing of this file", Part.Structure, results[i].Signature.Item.Path));
        }
        if (counted.Count == 0) return Verifier.Give(VerdictKind.Unsealed, findings, checks) with { Signatures = infos };

        // the gravest decides; among equals the first that covers the data set and not only an item
        SignatureResult deciding = counted.OrderBy(r => KindOf(r.Verdict)).ThenBy(r => r.Signature.IsItemLevel).First();
        foreach (SignatureResult result in counted) Report(result, findings);
        if (Verifier.EncodingContradiction(file) is { } pixels)
            findings.Add(new Reason(ReasonCode.NotCovered, "the form of the pixel data contradicts TransferSyntaxUID, which no signature covers", Part.Carrier, "(0002,0010)", Offset: pixels.HeaderOffset));
        VerdictKind kind = KindOf(deciding.Verdict);
        if (kind == VerdictKind.Partial) MarkParts(file, counted, findings);
        return Verifier.Give(kind, findings, checks) with { Signatures = infos, Signer = deciding.Signer?.SubjectText, SealedAt = deciding.ClaimedTime?.Earliest };
    }

    public static SignatureInfo Info(SignatureResult result, bool ofSeal) => new(
        result.Signature.Uid, result.Signature.Item.Path, result.Signer?.SubjectText, result.ClaimedTime?.Earliest,
        result.Verdict == SignatureVerdict.Historic ? VerdictKind.Unsealed : KindOf(result.Verdict), ofSeal);

    private static VerdictKind KindOf(SignatureVerdict verdict) => verdict switch
    {
        SignatureVerdict.Unverifiable => VerdictKind.Unverifiable,
        SignatureVerdict.Altered => VerdictKind.Altered,
        SignatureVerdict.Untrusted => VerdictKind.Untrusted,
        _ => VerdictKind.Partial,
    };

    private static void Report(SignatureResult result, Findings findings)
    {
        string path = result.Signature.Item.Path;
        foreach (SignatureFinding finding in result.Findings)
        {
            // what a signature by its nature leaves open is no failed check, but a reason all the same
            bool open = finding.Reason is SignatureReason.CertificateNotBound or SignatureReason.ItemOnly or SignatureReason.PurposeOpen;
            if (finding.State != CheckState.Failed && !open) continue;
            ReasonCode code = finding.Reason switch
            {
                SignatureReason.BadSignature => ReasonCode.SignatureInvalid,
                SignatureReason.CertificateNotBound => ReasonCode.CertificateNotBound,
                SignatureReason.ItemOnly => ReasonCode.ItemOnly,
                SignatureReason.WeakHash => ReasonCode.Weak,
                SignatureReason.TimestampBad => ReasonCode.BadTimestamp,
                SignatureReason.UntrustedSigner => result.Trust is { IsTrusted: false } trust ? SealEvaluation.CodeOf(trust.Code) : ReasonCode.UnknownSigner,
                SignatureReason.OutsideValidity or SignatureReason.AfterProvenTime or SignatureReason.BadDateTime => ReasonCode.Expired,
                SignatureReason.PurposeOpen => ReasonCode.NotAllowed,
                _ => ReasonCode.SignatureUnverifiable,
            };
            findings.Add(new Reason(code, finding.Detail is null ? finding.Reason.Text() : $"{finding.Reason.Text()} ({finding.Detail})", Part.Structure, path));
            if (result.Verdict == SignatureVerdict.Altered && finding.Reason == SignatureReason.BadSignature)
            {
                foreach (DicomNode node in result.Coverage.Signed) findings.Mark(Parts.Of(node.Tag), PartState.Altered);
            }
        }
        foreach (UncoveredElement element in result.Coverage.Uncovered)
            findings.Add(new Reason(ReasonCode.NotCovered, $"{element.Name} is not covered by the signature", Parts.Of(element.Tag), element.Path, Offset: element.Node.HeaderOffset));
        if (result.Coverage.Absent.Count > 0)
            findings.Add(new Reason(ReasonCode.NotCovered, $"the signature lists {result.Coverage.Absent.Count} elements that are not here", Part.Structure, path));
    }

    /// <summary>A part is intact where every element of it is covered, from some signature of the data set; carrier never is.</summary>
    private static void MarkParts(DicomFile file, List<SignatureResult> results, Findings findings)
    {
        var covered = new HashSet<DicomTag>(results.Where(r => !r.Signature.IsItemLevel && r.Verdict == SignatureVerdict.Partial).SelectMany(r => r.Coverage.Signed).Select(n => n.Tag));
        foreach (DicomNode node in file.DataSet.Root)
        {
            if (node.Tag.IsGroupLength || node.Tag.Value is 0x4FFE0001 or 0xFFFAFFFA) continue;
            findings.Mark(Parts.Of(node.Tag), covered.Contains(node.Tag) ? PartState.Intact : PartState.NotCovered);
        }
        findings.Mark(Part.Structure, PartState.NotCovered);
        findings.Mark(Part.Carrier, PartState.NotCovered);
    }
}
