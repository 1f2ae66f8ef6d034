namespace Veridicom.Seals.Trust;

/// <summary>
/// One search for a path from a signer to an anchor, depth first, by names, key identifiers and signatures. The first path that
/// passes every check ends it; otherwise the first that reached an anchor is reported, otherwise what there was. See docs/adr/0002.
/// </summary>
internal sealed class PathSearch(TrustList trust, IReadOnlyList<Certificate> others, DateTimeOffset at, TrustPurpose purpose)
{
    /// <summary>Most certificates in a path, signer and anchor included.</summary>
    public const int MaximumDepth = 8;

    /// <summary>Most signatures tried in one search. A trust list with this many authorities of one name is a mistake or an attack.</summary>
    private const int MaximumAttempts = 64;

    private readonly Timeline time = new(at);
    private int attempts;
    private bool limited;
    private TrustResult? best;

    public TrustResult Run(IReadOnlyList<Certificate> given)
    {
        var path = new List<Certificate> { given[0] };
        for (int i = 1; i < given.Count && !trust.IsAnchor(path[^1]); i++)
        {
            var code = i >= MaximumDepth ? TrustCode.PathTooLong
                : !path[^1].MayBeIssuedBy(given[i]) ? TrustCode.UnknownSigner
                : path[^1].VerifyIssuedBy(given[i]);
            path.Add(given[i]);
            if (code != TrustCode.Ok)
            {
                return Judge(path, code, reached: false);
            }
        }
        Extend(path);
        return best ?? Judge(path, limited ? TrustCode.SearchLimit : TrustCode.UnknownSigner, reached: false);
    }

    // The depth bounds the recursion. True ends the search.
    private bool Extend(List<Certificate> path)
    {
        if (trust.IsAnchor(path[^1]))
        {
            var result = Judge(path, TrustCode.Ok, reached: true);
            best = best is null || result.IsTrusted ? result : best;
            return result.IsTrusted;
        }
        if (path.Count >= MaximumDepth)
        {
            return false;
        }
        foreach (var issuer in trust.Anchors.Concat(trust.Intermediates).Concat(others))
        {
            if (!path[^1].MayBeIssuedBy(issuer) || path.Any(c => c.Fingerprint == issuer.Fingerprint))
            {
                continue;
            }
            if (++attempts > MaximumAttempts)
            {
                limited = true;
                return true;
            }
            if (path[^1].VerifyIssuedBy(issuer) != TrustCode.Ok)
            {
                continue;
            }
            path.Add(issuer);
            bool done = Extend(path);
            path.RemoveAt(path.Count - 1);
            if (done)
            {
                return true;
            }
        }
        return false;
    }

    private TrustResult Judge(List<Certificate> path, TrustCode chain, bool reached)
    {
        Certificate[] judged = [.. path];
        var checks = new PathChecks(trust, judged, reached, time, purpose).Run(chain);
        return new TrustResult(judged, checks, time.From, time.Until);
    }
}
