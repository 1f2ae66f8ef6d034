namespace Veridicom.Seals.Trust;

/// <summary>
/// The checks on one path, signer first (RFC 5280 6.1 without policies and names, which are refused where they are critical). Each is
/// made whatever the others say, so that a verdict can name all that is wrong.
/// </summary>
internal sealed class PathChecks(TrustList trust, Certificate[] path, bool reached, Timeline time, TrustPurpose purpose)
{
    private Certificate Signer => path[0];

    public IReadOnlyList<TrustCheck> Run(TrustCode chain) =>
    [
        Chain(chain),
        LinkSignatures(chain),
        CriticalExtensions(),
        BasicConstraints(),
        KeyUsage(),
        ExtendedKeyUsage(),
        Strength(),
        Revocation(),
        Validity(),
    ];

    private TrustCheck Chain(TrustCode code)
    {
        if (code is TrustCode.Ok)
        {
            return TrustCheck.Pass(TrustCheck.Chain);
        }
        bool link = code is TrustCode.BadSignature or TrustCode.UnsupportedAlgorithm or TrustCode.UnsupportedKey;
        return TrustCheck.Fail(TrustCheck.Chain, link ? TrustCode.UnknownSigner : code, $"{path[^1].SubjectText}, issued by {path[^1].IssuerText}");
    }

    private TrustCheck LinkSignatures(TrustCode code)
    {
        if (code is TrustCode.BadSignature or TrustCode.UnsupportedAlgorithm or TrustCode.UnsupportedKey)
        {
            return TrustCheck.Fail(TrustCheck.LinkSignatures, code, $"{path[^2].SubjectText}, issued by {path[^1].SubjectText}");
        }
        // All other links were verified while the path was built.
        return path.Length > 1 || reached ? TrustCheck.Pass(TrustCheck.LinkSignatures) : TrustCheck.Skip(TrustCheck.LinkSignatures, TrustCode.NotReached);
    }

    private TrustCheck CriticalExtensions()
    {
        foreach (var certificate in path)
        {
            if (certificate.Extensions.HasNameConstraints)
            {
                return TrustCheck.Fail(TrustCheck.CriticalExtensions, TrustCode.NameConstraints, certificate.SubjectText);
            }
            if (certificate.Extensions.UnknownCritical is [var oid, ..])
            {
                return TrustCheck.Fail(TrustCheck.CriticalExtensions, TrustCode.CriticalExtension, $"{oid} of {certificate.SubjectText}");
            }
        }
        return TrustCheck.Pass(TrustCheck.CriticalExtensions);
    }

    // RFC 5280 6.1.4 (k) to (m). An anchor that is not an authority issues nothing: it is a signer pinned by its owner.
    private TrustCheck BasicConstraints()
    {
        int below = 0;
        for (int i = 1; i < path.Length; i++)
        {
            var issuer = path[i];
            if (!issuer.Extensions.IsAuthority)
            {
                return TrustCheck.Fail(TrustCheck.BasicConstraints, TrustCode.NotAnAuthority, issuer.SubjectText);
            }
            if (issuer.Extensions.PathLength is { } length && below > length)
            {
                return TrustCheck.Fail(TrustCheck.BasicConstraints, TrustCode.PathTooLong, issuer.SubjectText);
            }
            below += issuer.IsSelfIssued ? 0 : 1;
        }
        if (purpose == TrustPurpose.Seal && Signer.Extensions.IsAuthority)
        {
            return TrustCheck.Fail(TrustCheck.BasicConstraints, TrustCode.NotAllowed, "an authority does not seal: " + Signer.SubjectText);
        }
        return TrustCheck.Pass(TrustCheck.BasicConstraints);
    }

    private TrustCheck KeyUsage()
    {
        const KeyUsages signing = KeyUsages.DigitalSignature | KeyUsages.NonRepudiation;
        if (purpose == TrustPurpose.Seal && Signer.Extensions.KeyUsage is null)
        {
            return TrustCheck.Fail(TrustCheck.KeyUsage, TrustCode.NotAllowed, "no key usage: " + Signer.SubjectText);
        }
        if (Signer.Extensions.KeyUsage is { } usage && (usage & signing) == 0)
        {
            return TrustCheck.Fail(TrustCheck.KeyUsage, TrustCode.NotAllowed, $"key usage {usage}: {Signer.SubjectText}");
        }
        foreach (var issuer in path.AsSpan(1))
        {
            if (issuer.Extensions.KeyUsage is { } authority && !authority.HasFlag(KeyUsages.KeyCertSign))
            {
                return TrustCheck.Fail(TrustCheck.KeyUsage, TrustCode.NotAnAuthority, $"key usage {authority}: {issuer.SubjectText}");
            }
        }
        return TrustCheck.Pass(TrustCheck.KeyUsage);
    }

    private TrustCheck ExtendedKeyUsage()
    {
        if (purpose == TrustPurpose.DicomSignature && Signer.Version != 3)
        {
            // PS3.15 asks for X.509 of 1993 and names no version; openssl issued version 1 by default until lately. It rules
            // nothing out, so it is reported and not refused; a policy may refuse it.
            return TrustCheck.Skip(TrustCheck.ExtendedKeyUsage, TrustCode.UsageUnstated, Signer.SubjectText);
        }
        if (Purposes(Signer) is { } refusal)
        {
            return TrustCheck.Fail(TrustCheck.ExtendedKeyUsage, TrustCode.NotAllowed, $"{refusal}: {Signer.SubjectText}");
        }
        // An authority below the anchor that names purposes passes on only those. Anchors are the owner's decision.
        foreach (var issuer in path.AsSpan(1, Math.Max(0, path.Length - (reached ? 2 : 1))))
        {
            if (issuer.Extensions.ExtendedKeyUsage is { } granted && !granted.Contains(Oids.AnyPurpose) && !granted.Any(Grants))
            {
                return TrustCheck.Fail(TrustCheck.ExtendedKeyUsage, TrustCode.NotAllowed, "the authority does not pass on the purpose: " + issuer.SubjectText);
            }
        }
        return TrustCheck.Pass(TrustCheck.ExtendedKeyUsage);
    }

    /// <summary>Why the signer's own extended key usage rules the purpose out, or null.</summary>
    private string? Purposes(Certificate signer)
    {
        var named = signer.Extensions.ExtendedKeyUsage;
        switch (purpose)
        {
            case TrustPurpose.Seal:
                return named is null ? "no extended key usage" : named.Any(Grants) ? null : "its purposes do not include sealing";
            case TrustPurpose.Timestamp:
                // RFC 3161 2.3: critical, and this purpose alone.
                return named is [Oids.TimeStamping] && signer.Extensions.ExtendedKeyUsageIsCritical ? null : "not for time-stamping alone";
            default:
                return named is null || named.Any(Grants) ? null : "its purposes do not include signing documents";
        }
    }

    /// <summary>Whether one extended key usage lets the purpose through.</summary>
    private bool Grants(string oid) => purpose switch
    {
        // A signer must hold one of the two itself; anyExtendedKeyUsage would let every certificate of such an authority seal.
        TrustPurpose.Seal => oid is Oids.SealingPurpose or Oids.DocumentSigning,
        TrustPurpose.Timestamp => oid is Oids.TimeStamping,
        // PS3.15 names no purpose: what a document can be signed with is all that is not for the infrastructure alone.
        _ => oid is not (Oids.ServerAuthentication or Oids.ClientAuthentication or Oids.TimeStamping or Oids.OcspSigning),
    };

    private TrustCheck Strength()
    {
        foreach (var certificate in path)
        {
            if (certificate.Key.Kind == KeyKind.Unsupported)
            {
                return TrustCheck.Fail(TrustCheck.Strength, TrustCode.UnsupportedKey, certificate.SubjectText);
            }
            if (certificate.Key.IsWeak)
            {
                return TrustCheck.Fail(TrustCheck.Strength, TrustCode.WeakKey, $"{certificate.Key}: {certificate.SubjectText}");
            }
        }
        // The anchor's own signature is not relied on, whatever hash it uses.
        foreach (var certificate in path.AsSpan(0, path.Length - (reached ? 1 : 0)))
        {
            if (certificate.SignedWith is { } algorithm && algorithm.Digest.IsWeak())
            {
                return TrustCheck.Fail(TrustCheck.Strength, TrustCode.WeakHash, $"{algorithm}: {certificate.SubjectText}");
            }
        }
        return TrustCheck.Pass(TrustCheck.Strength);
    }

    private TrustCheck Revocation()
    {
        TrustCheck? open = null;
        for (int i = 0; i + 1 < path.Length; i++)
        {
            var check = Revocation(path[i], path[i + 1]);
            if (check.State == CheckState.Failed)
            {
                return check;
            }
            open ??= check.State == CheckState.NotChecked ? check : null;
        }
        if (path.Length == 1)
        {
            return reached
                ? TrustCheck.Skip(TrustCheck.Revocation, TrustCode.CrlMissing, "a pinned signer is removed from the trust list instead")
                : TrustCheck.Skip(TrustCheck.Revocation, TrustCode.NotReached);
        }
        return open ?? TrustCheck.Pass(TrustCheck.Revocation);
    }

    private TrustCheck Revocation(Certificate certificate, Certificate issuer)
    {
        var reason = TrustCode.CrlMissing;
        bool current = false;
        foreach (var list in trust.RevocationLists)
        {
            if (!list.Issuer.Span.SequenceEqual(issuer.Subject.Span))
            {
                continue;
            }
            if (list.UnknownCritical.Count > 0 || list.VerifyIssuedBy(issuer) != TrustCode.Ok)
            {
                reason = TrustCode.CrlBad;
                continue;
            }
            // Whatever its age or hash, a list that names the certificate speaks against it.
            if (list.RevokedFrom(certificate) is { } from)
            {
                bool always = purpose == TrustPurpose.Timestamp && certificate == path[0] && !list.EarlierTokensStand(certificate);
                if (always || time.Reached(from))
                {
                    return TrustCheck.Fail(TrustCheck.Revocation, TrustCode.Revoked, $"since {from:yyyy-MM-dd'T'HH:mm:ss'Z'}: {certificate.SubjectText}");
                }
                current = true;
                continue;
            }
            // Silence counts if the list was not outdated then, and was made while the certificate still had to be listed.
            if (list.ThisUpdate <= certificate.NotAfter && list.SignedWith is { } algorithm && !algorithm.Digest.IsWeak() && !time.Passed(list.NextUpdate))
            {
                current = true;
            }
            else if (reason == TrustCode.CrlMissing)
            {
                reason = TrustCode.CrlStale;
            }
        }
        return current ? TrustCheck.Pass(TrustCheck.Revocation) : TrustCheck.Skip(TrustCheck.Revocation, reason, certificate.SubjectText);
    }

    private TrustCheck Validity()
    {
        foreach (var certificate in path)
        {
            if (!time.Reached(certificate.NotBefore))
            {
                return TrustCheck.Fail(TrustCheck.Validity, TrustCode.NotYetValid, $"from {certificate.NotBefore:yyyy-MM-dd'T'HH:mm:ss'Z'}: {certificate.SubjectText}");
            }
            if (time.Passed(certificate.NotAfter))
            {
                return TrustCheck.Fail(TrustCheck.Validity, TrustCode.Expired, $"since {certificate.NotAfter:yyyy-MM-dd'T'HH:mm:ss'Z'}: {certificate.SubjectText}");
            }
        }
        return TrustCheck.Pass(TrustCheck.Validity);
    }
}
