using Veridicom.Seals.Trust;

namespace Veridicom.Seals.Verify;

/// <summary>The nine verdicts (spec/verdict.md), in the order in which the first that matches is given.</summary>
public enum VerdictKind
{
    /// <summary>Not readable, ambiguous, or not decodable here.</summary>
    Unverifiable,
    /// <summary>Something sealed differs, is missing, duplicated, out of place, or withheld without leave.</summary>
    Altered,
    /// <summary>Intact, but the signer is unknown, expired, revoked, weak or not allowed to seal.</summary>
    Untrusted,
    /// <summary>A foreign signature is valid but covers only part.</summary>
    Partial,
    /// <summary>Everything sealed is intact; something was added.</summary>
    Extended,
    /// <summary>Everything shown is intact; something is withheld with leave.</summary>
    Redacted,
    /// <summary>Intact under a later trusted seal that names the earlier one.</summary>
    Amended,
    /// <summary>Complete inventory intact, signer trusted.</summary>
    Authentic,
    /// <summary>No seal and no signature.</summary>
    Unsealed,
}

/// <summary>The six parts of a file that are judged apart.</summary>
public enum Part
{
    /// <summary>Pixel data and its geometry.</summary>
    Pixels,
    /// <summary>Who the patient is.</summary>
    Patient,
    /// <summary>How, when and with what the image was made.</summary>
    Acquisition,
    /// <summary>How the image is shown: windows, tables, overlays, shutters, annotations.</summary>
    Display,
    /// <summary>Identity, references, sequences, private elements, signatures.</summary>
    Structure,
    /// <summary>Preamble and meta elements.</summary>
    Carrier,
}

/// <summary>State of a part.</summary>
public enum PartState
{
    /// <summary>Nothing sealed speaks of it.</summary>
    NotChecked,
    /// <summary>As sealed.</summary>
    Intact,
    /// <summary>Carrier only: rewritten by an honest tool, within what spec/seal.md leaves free.</summary>
    Rewritten,
    /// <summary>Some of it is not covered by the signature.</summary>
    NotCovered,
    /// <summary>Something was added to it.</summary>
    Extended,
    /// <summary>Some of it is withheld with leave.</summary>
    Withheld,
    /// <summary>Not as sealed.</summary>
    Altered,
}

/// <summary>Outcome of one check.</summary>
public enum CheckStatus
{
    /// <summary>Not done, the text says why.</summary>
    NotChecked,
    /// <summary>Done and good.</summary>
    Passed,
    /// <summary>Done and bad.</summary>
    Failed,
}

/// <summary>A named check.</summary>
/// <param name="Name">Kebab-case name from the catalogue in spec/verdict.md.</param>
/// <param name="Status">What came out.</param>
/// <param name="Text">For people; no value of an attribute.</param>
public sealed record Check(string Name, CheckStatus Status, string Text);

/// <summary>Where pixels differ: a box in a frame.</summary>
/// <param name="Frame">From 1.</param>
/// <param name="Column">First column, from 0.</param>
/// <param name="Row">First row, from 0.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
public readonly record struct PixelBox(int Frame, int Column, int Row, int Width, int Height);

/// <summary>A reason for a verdict.</summary>
/// <param name="Code">From <see cref="ReasonCode"/>, kebab-case in JSON.</param>
/// <param name="Text">For people. Names of private creators and the like come from the file: escape before showing.</param>
/// <param name="Part">The part concerned.</param>
/// <param name="Path">Tag path, null where pixels or the whole file are concerned.</param>
/// <param name="Box">Frame and box, null where not pixels.</param>
/// <param name="Offset">Byte offset, -1 where none.</param>
public sealed record Reason(ReasonCode Code, string Text, Part Part, string? Path = null, PixelBox? Box = null, long Offset = -1);

/// <summary>What is known of one seal of a file.</summary>
/// <param name="Identity">SHA-256 of the statement, lower-case hexadecimal; empty where the seal cannot be read.</param>
/// <param name="Signer">Subject of the signing certificate, null where unreadable.</param>
/// <param name="Fingerprint">SHA-256 of the signing certificate, hexadecimal.</param>
/// <param name="SealedAt">Time in the statement.</param>
/// <param name="Statement">The statement, null where unreadable.</param>
/// <param name="Verdict">What this seal alone says of the file.</param>
/// <param name="Detached">True where it stands in a file of its own.</param>
/// <param name="PathFingerprints">SHA-256 of every certificate of the path, the anchor found by the trust list included.</param>
/// <param name="ProvenTime">Time proven by a token, null without one.</param>
public sealed record SealInfo(string Identity, string? Signer, string? Fingerprint, DateTimeOffset? SealedAt, Seal.Statement? Statement, VerdictKind Verdict, bool Detached,
    IReadOnlyList<string> PathFingerprints, DateTimeOffset? ProvenTime);

/// <summary>What is known of one PS3.15 signature of a file.</summary>
/// <param name="Uid">Digital Signature UID.</param>
/// <param name="Path">Path of the item.</param>
/// <param name="Signer">Subject of the certificate, null where unreadable.</param>
/// <param name="SignedAt">Digital Signature DateTime, the signer's own word.</param>
/// <param name="Verdict">What it alone says.</param>
/// <param name="OfSeal">True where a seal of the file wrote it.</param>
public sealed record SignatureInfo(string Uid, string Path, string? Signer, DateTimeOffset? SignedAt, VerdictKind Verdict, bool OfSeal);

/// <summary>The answer to: is this what was sealed?</summary>
public sealed record Verdict
{
    /// <summary>The verdict.</summary>
    public required VerdictKind Kind { get; init; }

    /// <summary>State of each part.</summary>
    public required IReadOnlyDictionary<Part, PartState> Parts { get; init; }

    /// <summary>Why; at most <see cref="MaxReasons"/>, the rest is counted.</summary>
    public required IReadOnlyList<Reason> Reasons { get; init; }

    /// <summary>Reasons beyond the limit.</summary>
    public int MoreReasons { get; init; }

    /// <summary>Every check with its outcome.</summary>
    public required IReadOnlyList<Check> Checks { get; init; }

    /// <summary>Seals, oldest first.</summary>
    public IReadOnlyList<SealInfo> Seals { get; init; } = [];

    /// <summary>PS3.15 signatures in document order.</summary>
    public IReadOnlyList<SignatureInfo> Signatures { get; init; } = [];

    /// <summary>Identity of the seal that the verdict rests on; null without one, empty where it cannot be read.</summary>
    public string? SealIdentity { get; init; }

    /// <summary>Subject of the certificate that the verdict rests on.</summary>
    public string? Signer { get; init; }

    /// <summary>Time of sealing or signing that the verdict rests on.</summary>
    public DateTimeOffset? SealedAt { get; init; }

    /// <summary>True for a redacted copy under a trusted de-identification seal (exit code 0).</summary>
    public bool RedactionIsSealed { get; init; }

    /// <summary>Reasons kept.</summary>
    public const int MaxReasons = 1000;

    /// <summary>The exit code of this verdict.</summary>
    public int ExitCode => Kind switch
    {
        VerdictKind.Unverifiable => 5,
        VerdictKind.Altered => 1,
        VerdictKind.Untrusted => 4,
        VerdictKind.Partial or VerdictKind.Extended => 6,
        VerdictKind.Redacted => RedactionIsSealed ? 0 : 6,
        VerdictKind.Unsealed => 3,
        _ => 0,
    };
}

/// <summary>Words of the enumerations, as JSON and tables write them.</summary>
public static class VerdictWords
{
    /// <summary>"authentic", "not-checked", "pixels-differ": an enumeration member in kebab case.</summary>
    public static string Word<T>(this T value) where T : struct, Enum => TrustCodes.Kebab(value.ToString());

    /// <summary>Severity order of exit codes for many files: the worst of two.</summary>
    public static int Worse(int a, int b)
    {
        ReadOnlySpan<int> order = [1, 5, 7, 4, 3, 6, 0];
        int ia = order.IndexOf(a), ib = order.IndexOf(b);
        return ia <= ib ? a : b;
    }
}
