using Veridicom.Seals.Trust;

namespace Veridicom.Seals.Signatures;

/// <summary>What one signature adds to the verdict on a file; a foreign signature alone never makes a file authentic.</summary>
public enum SignatureVerdict
{
    /// <summary>A record under Original Attributes Sequence: it is reported and adds nothing.</summary>
    Historic,
    /// <summary>Valid, by a trusted signer, and covers part of the file.</summary>
    Partial,
    /// <summary>Valid, but the signer, the time or the strength is not enough to trust it.</summary>
    Untrusted,
    /// <summary>It does not belong to these elements.</summary>
    Altered,
    /// <summary>It cannot be verified, or not in one way only.</summary>
    Unverifiable,
}

/// <summary>One named check on a signature: its outcome, the reason where it is not passed, and what it was about.</summary>
public sealed record SignatureFinding(string Name, CheckState State, SignatureReason Reason, string? Detail = null)
{
    /// <summary>Names of the checks, in the order in which they are made.</summary>
    public const string DataSet = "data-set", Parts = "parts", TransferSyntax = "transfer-syntax", Signable = "signable-elements",
        Fragments = "fragments", Mac = "mac", Strength = "mac-strength", Timestamp = "timestamp", DateTime = "date-time",
        Signer = "signer", SignerPurpose = "signer-purpose", Binding = "certificate-binding", Context = "context",
        Coverage = "coverage", Purpose = "purpose";

    /// <summary>All of them, in that order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        DataSet, Parts, TransferSyntax, Signable, Fragments, Mac, Strength, Timestamp, DateTime, Signer, SignerPurpose, Binding, Context,
        Coverage, Purpose,
    ];
}

/// <summary>The outcome of verifying one signature.</summary>
public sealed class SignatureResult
{
    internal SignatureResult(DicomSignature signature, SignatureCoverage coverage)
    {
        Signature = signature;
        Coverage = coverage;
    }

    /// <summary>The signature.</summary>
    public DicomSignature Signature { get; }

    /// <summary>What it adds to the verdict.</summary>
    public SignatureVerdict Verdict { get; internal set; }

    /// <summary>Every check, in the order of <see cref="SignatureFinding"/>'s names.</summary>
    public IReadOnlyList<SignatureFinding> Findings => FindingList;

    /// <summary>The certificate, or null where it cannot be read.</summary>
    public Certificate? Signer { get; internal set; }

    /// <summary>What the trust list says of the certificate at <see cref="JudgedAt"/>, or null where it was not asked.</summary>
    public TrustResult? Trust { get; internal set; }

    /// <summary>What the time-stamp proves, or null where there is none that can be read.</summary>
    public TimestampResult? Timestamp { get; internal set; }

    /// <summary>The span of time that Digital Signature DateTime claims, or null where it cannot be read.</summary>
    public SignatureDateTime? ClaimedTime { get; internal set; }

    /// <summary>The time at which the signer was judged: that of a valid token, else now.</summary>
    public DateTimeOffset JudgedAt { get; internal set; }

    /// <summary>True where <see cref="JudgedAt"/> is proven by a token.</summary>
    public bool IsTimeProven { get; internal set; }

    /// <summary>What is covered and what is not.</summary>
    public SignatureCoverage Coverage { get; }

    /// <summary>The most demanding profile that a valid signature meets.</summary>
    public SignatureProfile Profile { get; internal set; }

    /// <summary>The finding of that name.</summary>
    public SignatureFinding this[string name] => FindingList.First(finding => finding.Name == name);

    internal List<SignatureFinding> FindingList { get; private set; } = [];

    /// <summary>Puts the findings in their order and adds those that were not come to.</summary>
    internal void Order() => FindingList =
    [
        .. SignatureFinding.Names.Select(name => FindingList.FirstOrDefault(finding => finding.Name == name)
            ?? new SignatureFinding(name, CheckState.NotChecked, SignatureReason.NotReached)),
    ];
}
