namespace Veridicom.Seals.Trust;

/// <summary>What a certificate is to be trusted for.</summary>
public enum TrustPurpose
{
    /// <summary>To sign a Veridicom seal: needs the sealing or the document signing extended key usage.</summary>
    Seal,

    /// <summary>To sign by PS3.15: whatever its certificate does not rule out.</summary>
    DicomSignature,

    /// <summary>To sign RFC 3161 time-stamp tokens: critical timeStamping alone.</summary>
    Timestamp,
}

/// <summary>The outcome of one check.</summary>
public enum CheckState
{
    Passed,
    Failed,
    NotChecked,
}

/// <summary>One named check: its outcome, the reason where it is not passed, and what it was about.</summary>
public sealed record TrustCheck(string Name, CheckState State, TrustCode Code, string? Detail = null)
{
    public const string Chain = "chain", LinkSignatures = "link-signatures", CriticalExtensions = "critical-extensions",
        BasicConstraints = "basic-constraints", KeyUsage = "key-usage", ExtendedKeyUsage = "extended-key-usage",
        Strength = "strength", Revocation = "revocation", Validity = "validity";

    internal static TrustCheck Pass(string name) => new(name, CheckState.Passed, TrustCode.Ok);

    internal static TrustCheck Fail(string name, TrustCode code, string detail) => new(name, CheckState.Failed, code, detail);

    internal static TrustCheck Skip(string name, TrustCode code, string? detail = null) => new(name, CheckState.NotChecked, code, detail);
}

/// <summary>
/// What a trust list says of a certificate for one purpose at one time. It holds for every time from <see cref="HoldsFrom"/> up to,
/// but not including, <see cref="HoldsUntil"/>.
/// </summary>
public sealed class TrustResult
{
    internal TrustResult(IReadOnlyList<Certificate> path, IReadOnlyList<TrustCheck> checks, DateTimeOffset from, DateTimeOffset until)
    {
        Path = path;
        Checks = checks;
        HoldsFrom = from;
        HoldsUntil = until;
        Code = checks.FirstOrDefault(c => c.State == CheckState.Failed)?.Code ?? TrustCode.Ok;
    }

    /// <summary><see cref="TrustCode.Ok"/>, or the code of the first check that failed, gravest first.</summary>
    public TrustCode Code { get; }

    /// <summary>No check failed. Look at <see cref="Checks"/> for those that could not be made, revocation above all.</summary>
    public bool IsTrusted => Code == TrustCode.Ok;

    /// <summary>Every check, gravest first.</summary>
    public IReadOnlyList<TrustCheck> Checks { get; }

    /// <summary>The path that was judged, the signer first; it ends in an anchor unless the check <c>chain</c> failed.</summary>
    public IReadOnlyList<Certificate> Path { get; }

    public DateTimeOffset HoldsFrom { get; }

    public DateTimeOffset HoldsUntil { get; }

    /// <summary>The check of that name.</summary>
    public TrustCheck this[string name] => Checks.First(c => c.Name == name);
}
