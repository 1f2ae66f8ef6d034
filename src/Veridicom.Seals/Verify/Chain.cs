using Veridicom.Dicom;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Trust;

namespace Veridicom.Seals.Verify;

/// <summary>
/// Judges the seals of a file together (spec/verdict.md, Chains). The latest seal that is intact, trusted and continues the ones before it
/// decides. A later seal that is not so never changes what an earlier one proves.
/// </summary>
internal sealed class Chain
{
    /// <summary>Seals whose signers are not trusted that are compared with the file; any more cannot change the verdict.</summary>
    private const int MaxStrangers = 8;

    /// <summary>Copies of one statement that are compared: in the file and beside it, with what may be two openings.</summary>
    private const int MaxCopies = 2;

    private readonly DicomFile _file;
    private readonly IReadOnlyList<DicomSignature> _signatures;
    private readonly VerifyOptions _options;
    private readonly List<SealEvaluation> _seals;

    public Chain(DicomFile file, List<SealBlock> blocks, IReadOnlyList<DicomSignature> signatures, VerifyOptions options, SealEvaluation? known)
    {
        _file = file;
        _signatures = signatures;
        _options = options;
        var copies = new Dictionary<string, int>(StringComparer.Ordinal);
        int strangers = 0;
        // each comparison reads the whole file: copies and crowds of unknown signers must not multiply that
        bool WorthComparing(SealEvaluation seal)
        {
            string identity = Convert.ToHexString(seal.Identity);
            copies[identity] = copies.GetValueOrDefault(identity) + 1;
            return copies[identity] <= MaxCopies && (seal.IsTrusted || strangers++ < MaxStrangers);
        }
        SealEvaluation Evaluate(SealBlock block) =>
            known is not null && block.Number == known.Block.Number && block.IsDetached == known.Block.IsDetached && WorthComparing(known) ? known : SealEvaluation.Of(file, block, options, WorthComparing);
        IEnumerable<SealEvaluation> latestFirst = [.. blocks.OrderBy(b => b.IsDetached).ThenByDescending(b => b.Number).Select(Evaluate)];
        // the number of earlier seals gives the order; a block that cannot be read comes last
        _seals = [.. latestFirst.OrderBy(s => s.Statement?.Previous.Count ?? int.MaxValue).ThenBy(s => s.Block.IsDetached).ThenBy(s => s.Block.Number)];
    }

    /// <summary>The verdict of all seals.</summary>
    public Verdict Judge(List<Check> checks)
    {
        (SealEvaluation seal, VerdictKind kind) = Decide();
        Findings findings = seal.Findings;
        checks.AddRange(seal.Checks);
        bool sealedRedaction = false;
        if (kind == VerdictKind.Amended)
        {
            NameChanges(seal);
            int named = seal.Statement!.Previous.Count, here = _seals.IndexOf(seal);
            checks.Add(new Check("chain", CheckStatus.Passed, $"names the {named} before it, {here} of which are here"));
        }
        else if (_seals.Count > 1) checks.Add(new Check("chain", CheckStatus.Failed, "the seals do not continue one another up to the latest"));
        // what was shown before is intact, and what took the place of the rest is bound by a trusted party: a redaction, not an amendment
        if (kind == VerdictKind.Amended && seal.Statement!.Claims.Purpose == SealPurpose.Deidentification
            && _seals.Take(_seals.IndexOf(seal)).LastOrDefault(s => s.ShowsNoChange && s.Findings.Withheld) is { } withholding)
        {
            kind = VerdictKind.Redacted;
            sealedRedaction = true;
            foreach ((Part part, PartState state) in withholding.Findings.Parts())
            {
                if (state is not (PartState.Intact or PartState.Rewritten)) findings.Mark(part, PartState.Withheld);
            }
        }
        return new Verdict
        {
            Kind = kind, Parts = findings.Parts(), Reasons = findings.Reasons, MoreReasons = findings.More, Checks = checks,
            Seals = [.. _seals.Select(Info)], Signatures = Signatures(seal),
            SealIdentity = Convert.ToHexStringLower(seal.Identity), Signer = seal.Message?.Signer.SubjectText, SealedAt = seal.Statement?.SealedAt, RedactionIsSealed = sealedRedaction,
        };
    }

    private (SealEvaluation Seal, VerdictKind Kind) Decide()
    {
        SealEvaluation last = _seals[^1];
        for (int i = _seals.Count - 1; i >= 0; i--)
        {
            SealEvaluation seal = _seals[i];
            if (seal.Kind is not (VerdictKind.Authentic or VerdictKind.Redacted) || !Continues(i)) continue;
            if (AlteredAfter(seal) is { } newer) return (newer, VerdictKind.Altered);
            if (Unauthorised(seal, i) is { } before) return (before, before.Kind);
            return (seal, seal.Statement!.Previous.Count > 0 && seal.Kind == VerdictKind.Authentic ? VerdictKind.Amended : seal.Kind);
        }
        // no seal is both intact and trusted: what do the trusted ones say?
        for (int i = _seals.Count - 1; i >= 0; i--)
        {
            if (_seals[i].Kind != VerdictKind.Extended || !Continues(i)) continue;
            return AlteredAfter(_seals[i]) is { } newer ? (newer, VerdictKind.Altered) : (_seals[i], VerdictKind.Extended);
        }
        SealEvaluation? trusted = _seals.FindLast(s => s.IsTrusted && s.Findings.Altered);
        if (trusted is not null && trusted != last) return (trusted, VerdictKind.Altered);
        // a seal that cannot be judged hides none before it, and excuses none from naming those before it
        int latest = _seals.FindLastIndex(s => s.Kind != VerdictKind.Unverifiable);
        if (latest < 0) return (last, last.Kind);
        last = _seals[latest];
        if (!Continues(latest))
        {
            last.Findings.Distrust(new Reason(ReasonCode.ChainBroken, "the latest seal does not name the seals before it", Part.Structure));
            if (_seals.Take(latest).FirstOrDefault(s => s.Kind == VerdictKind.Altered) is { } altered) return (altered, VerdictKind.Altered);
        }
        return (last, last.Kind);
    }

    /// <summary>
    /// True where seal <paramref name="index"/> names every trusted seal before it. Those of unknown signers are content at most, and one that was not
    /// there when this one was made came later, whatever number it bears: whoever could put one in must not thereby change what another proves.
    /// </summary>
    private bool Continues(int index)
    {
        if (_seals[index].Statement is null) return false;
        for (int i = 0; i < index; i++)
        {
            bool cameLater = !_seals[i].Block.IsDetached && _seals[index].Findings.AddedSeals.Contains(_seals[i].Block.Number);
            if (_seals[i].IsTrusted && !cameLater && !Names(_seals[index], _seals[i])) return false;
        }
        return true;
    }

    private static bool Names(SealEvaluation later, SealEvaluation earlier) =>
        earlier.Identity.Length > 0 && later.Statement is { } statement && statement.Previous.Any(p => p.AsSpan().SequenceEqual(earlier.Identity));

    /// <summary>A trusted seal that names this one was made for this file; where it is altered the file is, whatever the earlier one still proves.</summary>
    private SealEvaluation? AlteredAfter(SealEvaluation seal) => _seals.FindLast(s => s.IsTrusted && s.Findings.Altered && Names(s, seal));

    /// <summary>
    /// The seal before, where the file was changed after it and this one was not made for a change: to seal what is found, or an acquisition,
    /// authorises nothing.
    /// </summary>
    private SealEvaluation? Unauthorised(SealEvaluation seal, int index)
    {
        if (index == 0 || seal.Statement!.Claims.Purpose is not (SealPurpose.AsFound or SealPurpose.Acquisition)) return null;
        SealEvaluation? before = _seals.Take(index).LastOrDefault(s => s.IsTrusted && Names(seal, s));
        if (before is null || !(before.Findings.Altered || before.Findings.Reasons.Any(r => r.Code == ReasonCode.ElementAdded))) return null;
        before.Findings.Add(new Reason(ReasonCode.ChainBroken, "a later seal names this one but was not made for a change", Part.Structure));
        return before;
    }

    private void NameChanges(SealEvaluation latest)
    {
        int index = _seals.IndexOf(latest);
        if (index == 0) return; // the earlier seals stand elsewhere
        SealEvaluation before = _seals[index - 1];
        foreach (Reason reason in before.Findings.Reasons)
        {
            if (reason.Code is ReasonCode.ElementChanged or ReasonCode.ElementAdded or ReasonCode.ElementMissing or ReasonCode.PixelsChanged
                or ReasonCode.PixelBytesChanged or ReasonCode.ShapeChanged or ReasonCode.OrderChanged or ReasonCode.Withheld)
                latest.Findings.Add(reason with { Code = ReasonCode.AmendedElement, Text = "since the seal before: " + reason.Text });
        }
    }

    private static SealInfo Info(SealEvaluation seal) => new(
        Convert.ToHexStringLower(seal.Identity), seal.Message?.Signer.SubjectText, seal.Message?.Signer.Fingerprint.ToString(), seal.Statement?.SealedAt,
        seal.Statement, seal.Kind, seal.Block.IsDetached,
        [.. (seal.Trust?.Path ?? seal.Message?.Path ?? []).Select(c => c.Fingerprint.ToString())], seal.ProvenTime);

    private List<SignatureInfo> Signatures(SealEvaluation deciding)
    {
        var own = new HashSet<string>(_seals.Where(s => s.SignatureValid).SelectMany(s => s.Statement!.SignatureUids), StringComparer.Ordinal);
        var infos = new List<SignatureInfo>();
        foreach (DicomSignature signature in _signatures.Take(SignatureCheck.MaxSignatures))
        {
            bool ofSeal = own.Contains(signature.Uid);
            // what an intact seal wrote, it also binds: hashing the file a second time would tell nothing new
            if (ofSeal && deciding.IsIntact && !_options.CheckOwnSignatures)
            {
                infos.Add(new SignatureInfo(signature.Uid, signature.Item.Path, deciding.Message?.Signer.SubjectText, null, deciding.Kind, true));
                continue;
            }
            infos.Add(ForeignSignatures.Info(SignatureCheck.Verify(_file, signature, _options.Trust, _options.Now), ofSeal));
        }
        return infos;
    }
}
