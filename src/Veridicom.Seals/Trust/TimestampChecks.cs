using System.Security.Cryptography;

namespace Veridicom.Seals.Trust;

/// <summary>What a time-stamp token proves: its checks, those of the authority's path among them.</summary>
public sealed record TimestampResult(TimestampToken Token, IReadOnlyList<TrustCheck> Checks, TrustResult? Authority)
{
    public const string Imprint = "token-imprint", Signature = "token-signature", Certificates = "token-certificates";

    /// <summary><see cref="TrustCode.Ok"/>, or the code of the first check that failed, gravest first.</summary>
    public TrustCode Code => Checks.FirstOrDefault(c => c.State == CheckState.Failed)?.Code ?? TrustCode.Ok;

    /// <summary>
    /// The time before which what was stamped existed, where the token is trusted; null otherwise. The stated accuracy is not
    /// added: certificates are judged at this very time.
    /// </summary>
    public DateTimeOffset? ProvenTime => Code == TrustCode.Ok ? Token.Time : null;
}

/// <summary>The checks on a time-stamp token.</summary>
internal static class TimestampChecks
{
    public static TimestampResult Run(TimestampToken token, ReadOnlySpan<byte> stamped, TrustList trust)
    {
        var checks = new List<TrustCheck> { Imprint(token, stamped) };
        var signer = token.Certificates.Concat(trust.Anchors).Concat(trust.Intermediates).FirstOrDefault(c =>
            c.Issuer.Span.SequenceEqual(token.SignerIssuer.Span) && c.SerialNumber.Span.SequenceEqual(token.SignerSerial.Span));
        if (signer is null)
        {
            checks.Add(TrustCheck.Fail(TimestampResult.Signature, TrustCode.UnknownSigner, "the authority's certificate is neither in the token nor in the trust list"));
            return new TimestampResult(token, checks, null);
        }
        checks.Add(Signature(token, signer));
        var authority = trust.Evaluate(signer, token.Time, TrustPurpose.Timestamp, token.Certificates);
        checks.Add(Certificates(token, signer, authority, trust));
        checks.AddRange(authority.Checks);
        return new TimestampResult(token, checks, authority);
    }

    private static TrustCheck Imprint(TimestampToken token, ReadOnlySpan<byte> stamped)
    {
        if (!CryptographicOperations.FixedTimeEquals(token.ImprintAlgorithm.Hash(stamped), token.Imprint.Span))
        {
            return TrustCheck.Fail(TimestampResult.Imprint, TrustCode.TokenMismatch, "the imprint is that of other bytes");
        }
        return token.ImprintAlgorithm.IsWeak()
            ? TrustCheck.Fail(TimestampResult.Imprint, TrustCode.WeakHash, "the imprint is of " + token.ImprintAlgorithm)
            : TrustCheck.Pass(TimestampResult.Imprint);
    }

    private static TrustCheck Signature(TimestampToken token, Certificate signer)
    {
        // Two certificates may share issuer and serial number by fraud or mistake; the signed hash says which it was. SHA-1 serves
        // here, as RFC 3161 has it, because finding a second certificate for a given hash is not what is broken in it.
        foreach (var (algorithm, hash) in token.SignerHashes)
        {
            if (!CryptographicOperations.FixedTimeEquals(algorithm.Hash(signer.Der.Span), hash.Span))
            {
                return TrustCheck.Fail(TimestampResult.Signature, TrustCode.TokenBad, "the token names another certificate than that of its signer");
            }
        }
        if (!CryptographicOperations.FixedTimeEquals(token.Digest.Hash(token.Info.Span), token.MessageDigest.Span))
        {
            return TrustCheck.Fail(TimestampResult.Signature, TrustCode.TokenBad, "the content is not what was signed");
        }
        var code = signer.Key.Verify(token.Algorithm, token.Digest.Hash(token.SignedAttributes), token.Signature.Span);
        if (code != TrustCode.Ok)
        {
            return TrustCheck.Fail(TimestampResult.Signature, code == TrustCode.BadSignature ? TrustCode.TokenBad : code, "the signature is not that of " + signer.SubjectText);
        }
        return token.Digest.IsWeak()
            ? TrustCheck.Fail(TimestampResult.Signature, TrustCode.WeakHash, token.Algorithm.ToString())
            : TrustCheck.Pass(TimestampResult.Signature);
    }

    // CMS does not sign the certificates it carries. Each that is not part of the path must at least be what its issuer signed, so
    // that no byte of a token can change unnoticed.
    private static TrustCheck Certificates(TimestampToken token, Certificate signer, TrustResult authority, TrustList trust)
    {
        Certificate[] known = [.. authority.Path, .. trust.Anchors, .. trust.Intermediates];
        foreach (var certificate in token.Certificates)
        {
            if (certificate == signer || known.Any(k => k.Fingerprint == certificate.Fingerprint))
            {
                continue;
            }
            if (!known.Concat(token.Certificates).Any(i => certificate.MayBeIssuedBy(i) && certificate.VerifyIssuedBy(i) == TrustCode.Ok))
            {
                return TrustCheck.Fail(TimestampResult.Certificates, TrustCode.UnboundCertificate, certificate.SubjectText);
            }
        }
        return TrustCheck.Pass(TimestampResult.Certificates);
    }
}
