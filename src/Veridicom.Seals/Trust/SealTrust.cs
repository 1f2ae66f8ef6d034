namespace Veridicom.Seals.Trust;

/// <summary>
/// What a trust list says of a seal message as a whole: its signature, its time-stamps, and its signer at the time that they prove.
/// </summary>
/// <param name="Signature">What <see cref="SealMessage.Verify"/> returned.</param>
/// <param name="Tokens">One result for each token that could be read.</param>
/// <param name="DamagedTokens">Why each of the others could not.</param>
/// <param name="JudgedAt">The time at which the signer was judged.</param>
/// <param name="IsProven">That time comes from a token. Without one it is the present.</param>
/// <param name="Signer">What was said of the signer's path at that time.</param>
public sealed record SealTrust(
    TrustCode Signature,
    IReadOnlyList<TimestampResult> Tokens,
    IReadOnlyList<TrustException> DamagedTokens,
    DateTimeOffset JudgedAt,
    bool IsProven,
    TrustResult Signer)
{
    /// <summary>
    /// <see cref="TrustCode.Ok"/>, or what is wrong, gravest first: the signature, a token that is damaged or belongs to something
    /// else, the signer. A sound token of an authority that is unknown or no longer trusted proves no time, and does no harm.
    /// </summary>
    public TrustCode Code =>
        Signature != TrustCode.Ok ? Signature
        : DamagedTokens.Count > 0 ? DamagedTokens[0].Code
        : Tokens.FirstOrDefault(IsDamaged)?.Code ?? Signer.Code;

    /// <summary>
    /// Judges a message. The earliest trusted token counts, and never a time after <paramref name="now"/>. Pass the same trust
    /// list for many messages: it remembers what it has found.
    /// </summary>
    public static SealTrust Evaluate(SealMessage message, TrustList trust, DateTimeOffset now)
    {
        var tokens = new List<TimestampResult>();
        var damaged = new List<TrustException>();
        DateTimeOffset? proven = null;
        foreach (var bytes in message.Tokens)
        {
            try
            {
                var result = TimestampToken.Parse(bytes, trust.Certificates).Verify(message.Signature.Span, trust);
                tokens.Add(result);
                if (result.ProvenTime is { } time && time <= now && (proven is null || time < proven))
                {
                    proven = time;
                }
            }
            catch (TrustException e)
            {
                damaged.Add(e);
            }
        }
        var at = proven ?? now;
        return new SealTrust(message.Verify(), tokens, damaged, at, proven is not null, trust.Evaluate(message.Path, at, TrustPurpose.Seal));
    }

    /// <summary>True for a token that is not sound, or stamps something else.</summary>
    public static bool IsDamaged(TimestampResult token) => token.Checks.Any(c => c is
    {
        State: CheckState.Failed,
        Code: TrustCode.TokenBad or TrustCode.TokenMismatch or TrustCode.UnboundCertificate,
    });
}
