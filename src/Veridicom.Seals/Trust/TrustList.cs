using System.Collections.Concurrent;

namespace Veridicom.Seals.Trust;

/// <summary>
/// The certificates that a verifier has decided to trust, with intermediate authorities and revocation lists that help to judge
/// others. Nothing else is consulted: no store of the machine, no network. Results are remembered for the window of time in which
/// they hold. Immutable from outside and safe for use by several threads.
/// </summary>
public sealed class TrustList
{
    private const int Capacity = 4096;
    private readonly ConcurrentDictionary<(Fingerprint Path, Fingerprint Others, TrustPurpose Purpose), TrustResult> results = new();
    private readonly HashSet<Fingerprint> anchors;

    private TrustList(List<Certificate> anchors, List<Certificate> intermediates, List<RevocationList> lists, CertificateCache cache)
    {
        Anchors = anchors;
        Intermediates = intermediates;
        RevocationLists = lists;
        Certificates = cache;
        this.anchors = [.. anchors.Select(a => a.Fingerprint)];
    }

    /// <summary>A list that trusts nobody.</summary>
    public static TrustList Empty { get; } = Create([]);

    /// <summary>Authorities, or signers pinned one by one, that are trusted because the owner of the list says so.</summary>
    public IReadOnlyList<Certificate> Anchors { get; }

    /// <summary>Certificates that may stand between a signer and an anchor; not trusted by themselves.</summary>
    public IReadOnlyList<Certificate> Intermediates { get; }

    public IReadOnlyList<RevocationList> RevocationLists { get; }

    /// <summary>Certificates read under this list, with their imported keys.</summary>
    public CertificateCache Certificates { get; }

    /// <summary>
    /// Builds a list from DER bytes. Throws <see cref="TrustException"/> where any of them is malformed: a trust list is the
    /// owner's own and is either right or not used.
    /// </summary>
    public static TrustList Create(IEnumerable<ReadOnlyMemory<byte>> anchors, IEnumerable<ReadOnlyMemory<byte>>? intermediates = null, IEnumerable<ReadOnlyMemory<byte>>? revocationLists = null)
    {
        var cache = new CertificateCache();
        return new TrustList(
            [.. anchors.Select(a => cache.Get(a)).DistinctBy(c => c.Fingerprint)],
            [.. (intermediates ?? []).Select(i => cache.Get(i)).DistinctBy(c => c.Fingerprint)],
            [.. (revocationLists ?? []).Select(RevocationList.Parse)],
            cache);
    }

    /// <summary>Whether the certificate itself is one of the anchors.</summary>
    public bool IsAnchor(Certificate certificate) => anchors.Contains(certificate.Fingerprint);

    /// <summary>
    /// Judges a signer. <paramref name="path"/> starts with the signer; what follows, if anything, must be its issuers in order.
    /// From there the path is completed through <paramref name="others"/> and this list, 8 certificates at most.
    /// </summary>
    public TrustResult Evaluate(IReadOnlyList<Certificate> path, DateTimeOffset at, TrustPurpose purpose, IReadOnlyList<Certificate>? others = null)
    {
        if (path.Count == 0)
        {
            throw new ArgumentException("A path starts with a signer.", nameof(path));
        }
        var key = (Fingerprint.Of(path), others is { Count: > 0 } ? Fingerprint.Of(others) : default, purpose);
        if (results.TryGetValue(key, out var known) && at >= known.HoldsFrom && at < known.HoldsUntil)
        {
            return known;
        }
        var result = new PathSearch(this, others ?? [], at, purpose).Run(path);
        if (results.Count >= Capacity)
        {
            results.Clear();
        }
        results[key] = result;
        return result;
    }

    /// <summary>Judges a signer of which only the certificate is known.</summary>
    public TrustResult Evaluate(Certificate signer, DateTimeOffset at, TrustPurpose purpose, IReadOnlyList<Certificate>? others = null) =>
        Evaluate([signer], at, purpose, others);
}
