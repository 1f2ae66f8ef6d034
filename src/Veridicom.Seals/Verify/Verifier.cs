using Veridicom.Dicom;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Trust;

namespace Veridicom.Seals.Verify;

/// <summary>Verifies one file (spec/verdict.md): parse, seals from the latest to the first, else foreign signatures, then the policy.</summary>
public static class Verifier
{
    /// <summary>Judges a file. Bad input is a verdict, never an exception; only the source may throw.</summary>
    /// <param name="source">The bytes of the file.</param>
    /// <param name="detachedSeal">The bytes of FILE.seal, null without one.</param>
    /// <param name="options">Trust, time, policy.</param>
    public static Verdict Verify(ByteSource source, ReadOnlyMemory<byte>? detachedSeal, VerifyOptions options) => Verify(source, detachedSeal, options, out _);

    /// <summary>The same, and the file that was read for it, null where it cannot be.</summary>
    public static Verdict Verify(ByteSource source, ReadOnlyMemory<byte>? detachedSeal, VerifyOptions options, out DicomFile? parsed)
    {
        parsed = null;
        DicomFile file;
        try
        {
            parsed = file = DicomFile.Parse(source, options.Limits);
        }
        catch (DicomException e)
        {
            return Unreadable(e, new Check("parse", CheckStatus.Failed, "the file cannot be read"));
        }
        try
        {
            return Verify(file, detachedSeal, options);
        }
        catch (DicomException e)
        {
            // a value longer than can be judged in memory, met after parsing
            return Unreadable(e, new Check("parse", CheckStatus.Passed, "readable"));
        }
    }

    private static Verdict Unreadable(DicomException e, Check check)
    {
        ReasonCode code = e.Code is DicomError.TooDeep or DicomError.TooMany or DicomError.InflateLimit or DicomError.ValueTooLong ? ReasonCode.LimitExceeded : ReasonCode.Unreadable;
        var findings = new Findings();
        findings.Doubt(new Reason(code, e.Message, Part.Structure, e.Path.Length == 0 ? null : e.Path, Offset: e.Offset));
        return Give(VerdictKind.Unverifiable, findings, [check]);
    }

    /// <summary>Judges a file that is parsed already.</summary>
    public static Verdict Verify(DicomFile file, ReadOnlyMemory<byte>? detachedSeal, VerifyOptions options) => Verify(file, detachedSeal, options, known: null);

    /// <summary>The same verdict under a policy: it can only make it stricter.</summary>
    public static Verdict Apply(Verdict verdict, Policy policy) => PolicyJudgement.Apply(verdict, policy);

    /// <summary>The same, where one seal of this very file was evaluated already with the same options: its bytes are not hashed again.</summary>
    internal static Verdict Verify(DicomFile file, ReadOnlyMemory<byte>? detachedSeal, VerifyOptions options, SealEvaluation? known)
    {
        var checks = new List<Check> { new("parse", CheckStatus.Passed, "readable") };
        var doubts = new Findings();
        foreach (DicomDefect defect in file.CarrierDefects.Concat(file.DataSet.Defects).Where(d => !IsHarmless(d.Code)))
            doubts.Doubt(new Reason(ReasonCode.Ambiguous, Ambiguity(defect.Code), Parts.Of(defect.Tag), defect.Path, Offset: defect.Offset));
        List<SealBlock> blocks = [.. SealBlock.Find(file.DataSet)];
        // beside a seal that can be read, one that cannot be is an addition like any other
        if (blocks.Count == 0 && detachedSeal is null && SealBlock.HasUnknownVersion(file.DataSet))
            doubts.Doubt(new Reason(ReasonCode.SealDamaged, "the file has a seal of a format that this program does not know: a newer veridicom may", Part.Structure));
        IReadOnlyList<DicomSignature> signatures = SignatureReader.Read(file.DataSet);
        foreach (DicomSignature twice in signatures.Where(s => s.Problems.Any(p => p.Reason == SignatureReason.DuplicateMacId)).Take(1))
            doubts.Doubt(new Reason(ReasonCode.Ambiguous, "two items of MAC parameters have the same number", Part.Structure, twice.LevelPath.Length == 0 ? null : twice.LevelPath));
        checks.Add(new Check("unambiguous", doubts.Unverifiable ? CheckStatus.Failed : CheckStatus.Passed, doubts.Unverifiable ? "the file can be read in more than one way" : "the file can be read in one way only"));
        if (doubts.Unverifiable) return Give(VerdictKind.Unverifiable, doubts, checks);

        if (detachedSeal is { } bytes) blocks.Add(SealBlock.OfDetached(bytes));
        Verdict verdict = blocks.Count > 0 ? new Chain(file, blocks, signatures, options, known).Judge(checks) : ForeignSignatures.Judge(file, signatures, options, checks);
        return options.Policy is null ? verdict : PolicyJudgement.Apply(verdict, options.Policy);
    }

    /// <summary>Odd lengths are read in one way: a byte of padding is missing (PS3.5-2023b 7.1.1), and leaves do not depend on it.</summary>
    public static bool IsHarmless(DicomError code) => code == DicomError.OddLength;

    /// <summary>
    /// The pixel data of the image where its form is not that of the transfer syntax (PS3.5-2023b A.4: encapsulated syntaxes have
    /// encapsulated (7FE0,0010), native ones do not); else null.
    /// </summary>
    internal static DicomNode? EncodingContradiction(DicomFile file) =>
        file.DataSet.TryFind(new DicomTag(0x7FE0, 0x0010), out DicomNode pixels) && pixels.ValueLength > 0
            && pixels.Kind == NodeKind.Encapsulated != file.TransferSyntax.IsEncapsulated ? pixels : null;

    internal static string Ambiguity(DicomError code) => code switch
    {
        DicomError.Duplicate => "an element stands twice: readers differ on which one counts",
        DicomError.OutOfOrder => "elements are out of order: readers differ on what they see",
        DicomError.IllegalGroup => "an element of a group that may not stand here",
        DicomError.ReservedNotZero => "reserved bytes of a header are not zero",
        DicomError.GroupLengthWrong => "a group length does not say how long its group is",
        DicomError.DelimiterLength => "a delimiter has a length",
        DicomError.TrailingData => "bytes follow the end of the data",
        _ => "the file can be read in more than one way",
    };

    internal static Verdict Give(VerdictKind kind, Findings findings, IReadOnlyList<Check> checks) => new()
    {
        Kind = kind, Parts = findings.Parts(), Reasons = findings.Reasons, MoreReasons = findings.More, Checks = checks,
    };
}
