using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Seals.Inventory;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Tree;
using Veridicom.Seals.Trust;

namespace Veridicom.Seals.Verify;

/// <summary>What one seal alone says of a file.</summary>
internal sealed class SealEvaluation
{
    [ThreadStatic] private static LeafHasher? _hasher;
    [ThreadStatic] private static PixelTree? _tree;

    private readonly VerifyOptions _options;
    private SealTrust? _trust;

    private SealEvaluation(SealBlock block, VerifyOptions options)
    {
        Block = block;
        _options = options;
    }

    /// <summary>The block.</summary>
    public SealBlock Block { get; }

    /// <summary>The statement; null where block, CMS or statement cannot be read.</summary>
    public Statement? Statement { get; private set; }

    /// <summary>Identity of the seal; empty without a statement.</summary>
    public byte[] Identity { get; private set; } = [];

    /// <summary>The message; null where it cannot be read.</summary>
    public SealMessage? Message { get; private set; }

    /// <summary>What was found.</summary>
    public Findings Findings { get; } = new();

    /// <summary>The checks made.</summary>
    public List<Check> Checks { get; } = [];

    /// <summary>True where the signature over the statement is valid.</summary>
    public bool SignatureValid { get; private set; }

    /// <summary>What the trust list says of the signer; null where it was not asked.</summary>
    public TrustResult? Trust => _trust?.Signer;

    /// <summary>Time proven by a token, null without one.</summary>
    public DateTimeOffset? ProvenTime => _trust is { IsProven: true } trust ? trust.JudgedAt : null;

    /// <summary>The verdict of this seal alone.</summary>
    public VerdictKind Kind =>
        Findings.Unverifiable ? VerdictKind.Unverifiable
        : Findings.Altered ? VerdictKind.Altered
        : Findings.Untrusted ? VerdictKind.Untrusted
        : Findings.Extended ? VerdictKind.Extended
        : Findings.Withheld ? VerdictKind.Redacted
        : VerdictKind.Authentic;

    /// <summary>True where the signature is valid and its signer trusted, whatever became of the file.</summary>
    public bool IsTrusted => SignatureValid && !Findings.Untrusted;

    /// <summary>True where all that the seal commits to is as it was, whoever signed it.</summary>
    public bool IsIntact => SignatureValid && !Findings.Unverifiable && !Findings.Altered;

    /// <summary>True where all that is shown of what the seal commits to is as it was, whatever took the place of what is withheld.</summary>
    public bool ShowsNoChange => SignatureValid && !Findings.Unverifiable && !Findings.Differs;

    /// <summary>Judges a seal. Never throws on bad input.</summary>
    /// <param name="file">The file.</param>
    /// <param name="block">The block of the seal.</param>
    /// <param name="options">Trust and time.</param>
    /// <param name="worthComparing">Asked once signer and statement are known; false leaves the seal unjudged. Null compares always.</param>
    public static SealEvaluation Of(DicomFile file, SealBlock block, VerifyOptions options, Func<SealEvaluation, bool>? worthComparing = null)
    {
        var evaluation = new SealEvaluation(block, options);
        Opening? opening = evaluation.Read();
        evaluation.JudgeSigner();
        if (opening is null) return evaluation;
        if (worthComparing is null || worthComparing(evaluation)) evaluation.Compare(file, opening);
        else evaluation.Findings.Doubt(new Reason(ReasonCode.LimitExceeded, "a copy of another seal, or one more by strangers than are judged", Part.Structure, Offset: evaluation.Offset));
        return evaluation;
    }

    private Opening? Read()
    {
        if (Block.Damage is not null) return Damaged(Block.Damage);
        try
        {
            Message = SealCms.Read(Block.Cms, Oids.SealStatement, _options.Trust.Certificates);
            Statement = Statement.Read(Message.Statement);
            Identity = Statement.IdentityOf(Message.Statement.Span);
        }
        catch (TrustException e)
        {
            return Damaged("the CMS of the seal is not acceptable: " + e.Message);
        }
        catch (SealFormatException e)
        {
            return Damaged(e.Message);
        }
        _trust = SealTrust.Evaluate(Message, _options.Trust, _options.Now);
        SignatureValid = _trust.Signature == TrustCode.Ok && Message.SigningTime == Statement.SealedAt;
        string fit = SignatureValid ? "the signature fits statement and certificate" : _trust.Signature == TrustCode.Ok ? "statement and signature name different times" : _trust.Signature.Text();
        Check("seal-signature", SignatureValid, fit);
        if (!SignatureValid)
        {
            Findings.Alter(new Reason(ReasonCode.SealForged, "the signature of the seal does not fit: " + fit, Part.Structure, Offset: Offset));
            return null;
        }
        try
        {
            Opening opening = Opening.Read(Block.Opening, Statement, out byte[] digest);
            if (!CryptographicOperations.FixedTimeEquals(digest, Statement.IndexDigest)) return Damaged("the opening does not belong to the statement");
            Check("seal-block", true, "whole and in its one form");
            return opening;
        }
        catch (SealFormatException e)
        {
            return Damaged(e.Message);
        }
    }

    private long Offset => Block.IsDetached ? -1 : Block.Offset;

    private Opening? Damaged(string what)
    {
        Check("seal-block", false, what);
        Findings.Doubt(new Reason(ReasonCode.SealDamaged, what, Part.Structure, Offset: Offset));
        return null;
    }

    private void JudgeSigner()
    {
        if (Message is null || Statement is null || _trust is null) return;
        JudgeTokens();
        foreach (TrustCheck check in _trust.Signer.Checks)
            Checks.Add(new Check("signer-" + check.Name, StatusOf(check.State), check.Detail ?? check.Code.Text()));
        if (!_trust.Signer.IsTrusted) Findings.Distrust(new Reason(CodeOf(_trust.Signer.Code), _trust.Signer.Code.Text(), Part.Structure));
        JudgeTime();
        foreach (byte[] key in Statement.RequiredSigners)
        {
            if (!CryptographicOperations.FixedTimeEquals(key, KeyIdentity(Message.Signer)))
                Findings.Distrust(new Reason(ReasonCode.RequiredSignerMissing, "a signer whom the statement requires has not signed", Part.Structure));
        }
    }

    /// <summary>Each token that is present must be sound; one of an authority that nobody vouches for proves no time and does no harm.</summary>
    private void JudgeTokens()
    {
        if (_trust!.Tokens.Count + _trust.DamagedTokens.Count == 0)
            Checks.Add(new Check("time-stamp", CheckStatus.NotChecked, "there is none: the signer is judged at the time of verification"));
        foreach (TrustException damaged in _trust.DamagedTokens) BadToken(damaged.Message);
        foreach (TimestampResult token in _trust.Tokens)
        {
            if (token.ProvenTime is DateTimeOffset time) Check("time-stamp", true, $"the signature existed at {time.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}");
            else if (SealTrust.IsDamaged(token)) BadToken(token.Code.Text());
            else Checks.Add(new Check("time-stamp", CheckStatus.NotChecked, "proves no time: " + token.Code.Text()));
        }
    }

    private void BadToken(string what)
    {
        Check("time-stamp", false, what);
        Findings.Distrust(new Reason(ReasonCode.BadTimestamp, "a time-stamp token of the seal does not verify: " + what, Part.Structure));
    }

    /// <summary>The status of a check of the trust kernel.</summary>
    internal static CheckStatus StatusOf(CheckState state) => state switch
    {
        CheckState.Passed => CheckStatus.Passed,
        CheckState.Failed => CheckStatus.Failed,
        _ => CheckStatus.NotChecked,
    };

    /// <summary>The time in the statement is the signer's own word; it must not contradict its certificate, a token, or the present.</summary>
    private void JudgeTime()
    {
        DateTimeOffset at = Statement!.SealedAt;
        string? wrong =
            at < Message!.Signer.NotBefore || at > Message.Signer.NotAfter ? "the statement claims a time at which the certificate was not valid"
            : ProvenTime is DateTimeOffset proven && at > proven + ClockTolerance ? "the statement claims a time later than its time-stamp"
            : at > _options.Now + ClockTolerance ? "the statement claims a time that has not come yet"
            : null;
        Check("sealing-time", wrong is null, wrong ?? "fits certificate, time-stamp and present");
        if (wrong is not null) Findings.Distrust(new Reason(ReasonCode.Expired, wrong, Part.Structure));
    }

    /// <summary>How far the clock of a signer may be ahead.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    /// <summary>SHA-256 of the SubjectPublicKeyInfo of a certificate.</summary>
    public static byte[] KeyIdentity(Certificate certificate) => SHA256.HashData(certificate.Key.Encoded.Span);

    private void Compare(DicomFile file, Opening opening)
    {
        LeafHasher hasher = _hasher ??= new LeafHasher();
        PixelTree tree = _tree ??= new PixelTree();
        using Salts? salts = opening.Secret is null ? null : new Salts(opening.Secret);
        foreach (Part part in (ReadOnlySpan<Part>)[Part.Patient, Part.Acquisition, Part.Display, Part.Structure]) Findings.Mark(part, PartState.Intact);
        Inventory.Inventory now = Inventory.Inventory.Walk(file.DataSet, Rules(file.DataSet, Statement!.Pixels, Block.IsDetached ? null : Block.Number, CarrierLeaves.IsElementOf(opening.Elements)));
        new ElementComparison(file, Statement!, opening, salts, hasher, _options.Jpeg2000, Findings).Run(now);
        new PixelComparison(file, Statement!, opening, salts is null ? new LeafSalts(opening.PixelSalts) : new LeafSalts(salts), tree, _options.Jpeg2000, Findings).Run();
        SignatureTimestamps.Run(file, _options.Trust, Findings);
        bool content = !Findings.Altered && !Findings.Unverifiable;
        Check("content", content, content ? "every sealed element and pixel is as sealed" : "not all that was sealed is as sealed");
        CarrierComparison.Run(file, Statement!, opening, salts, hasher, Findings);
        PartState carrier = Findings.Parts()[Part.Carrier];
        Check("carrier", carrier != PartState.Altered, carrier switch
        {
            PartState.Altered => "preamble or meta elements are not acceptable",
            PartState.Rewritten => "rewritten within what is free",
            _ => "as sealed",
        });
    }

    /// <summary>What an inventory leaves out beside a pixel tree and a carrier.</summary>
    public static InventoryRules Rules(DicomDataSet set, PixelBinding? pixels, byte? block, bool paddingIsElement) => new(
        block,
        SkipSingleFrame: pixels is { Frames: 1 },
        SkipPlanar: pixels is { Kind: PixelBindingKind.Samples, Samples: > 1 },
        SkipOffsetTables: pixels is { Kind: PixelBindingKind.Samples } && PixelGeometry.TryFindPixels(set, out DicomNode now) && now.Kind == NodeKind.Encapsulated,
        SkipTrailingPadding: !paddingIsElement);

    private void Check(string name, bool passed, string text) => Checks.Add(new Check(name, passed ? CheckStatus.Passed : CheckStatus.Failed, text));

    /// <summary>The reason code of a trust code.</summary>
    public static ReasonCode CodeOf(TrustCode code) => code switch
    {
        TrustCode.UnknownSigner or TrustCode.SearchLimit => ReasonCode.UnknownSigner,
        TrustCode.Expired or TrustCode.NotYetValid => ReasonCode.Expired,
        TrustCode.Revoked => ReasonCode.Revoked,
        TrustCode.WeakKey or TrustCode.WeakHash => ReasonCode.Weak,
        TrustCode.NotAllowed or TrustCode.NotAnAuthority => ReasonCode.NotAllowed,
        TrustCode.TokenBad or TrustCode.TokenMismatch => ReasonCode.BadTimestamp,
        _ => ReasonCode.BadCertificate,
    };
}
