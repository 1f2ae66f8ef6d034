using System.Security.Cryptography;

namespace Veridicom.Forensics.Metadata.C2pa;

/// <summary>How a comparison of hashes ended.</summary>
internal enum HashCheck
{
    /// <summary>They are the same.</summary>
    Fits,

    /// <summary>They differ.</summary>
    Differs,

    /// <summary>Nothing is referred to.</summary>
    NoReference,

    /// <summary>What is referred to is not in the file.</summary>
    Missing,

    /// <summary>The reference, or what stands there, is of a kind that is not read.</summary>
    Unread,

    /// <summary>The algorithm is none of SHA-256, SHA-384, SHA-512 (C2PA 2.1 13.1).</summary>
    UnknownAlgorithm,
}

/// <summary>A reference to a JUMBF box with the hash of its content (C2PA 2.1 8.4.2).</summary>
/// <param name="Path">Labels from the store down, or from the manifest where <paramref name="IsAbsolute"/> is false.</param>
/// <param name="IsAbsolute">Begins at the store.</param>
/// <param name="Algorithm">As stated here, or by the claim.</param>
/// <param name="Hash">The expected hash.</param>
internal sealed record HashedUri(IReadOnlyList<string> Path, bool IsAbsolute, string Algorithm, ReadOnlyMemory<byte> Hash)
{
    private const string Scheme = "self#jumbf=";
    private const int MaxLabels = 16;

    /// <summary>Reads a map of url, alg and hash; null where it is none, or points outside of the file.</summary>
    public static HashedUri? Read(CborItem? item, string algorithm)
    {
        if (item?.TextAt("url") is not { } url || item["hash"] is not { Kind: CborKind.Bytes } hash || !url.StartsWith(Scheme, StringComparison.Ordinal)) return null;
        string path = url[Scheme.Length..];
        bool absolute = path.StartsWith("/c2pa/", StringComparison.Ordinal);
        string[] labels = (absolute ? path["/c2pa/".Length..] : path).Split('/', MaxLabels + 1);
        return labels.Length > MaxLabels ? null : new HashedUri(labels, absolute, item.TextAt("alg") ?? algorithm, hash.Bytes);
    }

    /// <summary>The box that is meant; null where there is none.</summary>
    public JumbfBox? Resolve(JumbfBox store, JumbfBox manifest)
    {
        JumbfBox? box = IsAbsolute ? store : manifest;
        foreach (string label in Path)
        {
            box = box?.Find(label);
        }
        return box;
    }

    /// <summary>Compares with the content of a box.</summary>
    /// <exception cref="ManifestException">Too much was hashed already.</exception>
    public HashCheck Check(JumbfBox? box, HashBudget budget)
    {
        if (box is null) return HashCheck.Missing;
        budget.Take(box.Payload.Length);
        return Compare(Algorithm, Hash.Span, [box.Payload]);
    }

    /// <summary>Compares a hash with that of parts, one behind the other.</summary>
    public static HashCheck Compare(string algorithm, ReadOnlySpan<byte> expected, IEnumerable<ReadOnlyMemory<byte>> parts)
    {
        HashAlgorithmName? name = algorithm switch
        {
            "sha256" => HashAlgorithmName.SHA256,
            "sha384" => HashAlgorithmName.SHA384,
            "sha512" => HashAlgorithmName.SHA512,
            _ => null,
        };
        if (name is null) return HashCheck.UnknownAlgorithm;
        using var hash = IncrementalHash.CreateHash(name.Value);
        foreach (ReadOnlyMemory<byte> part in parts) hash.AppendData(part.Span);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(expected) ? HashCheck.Fits : HashCheck.Differs;
    }
}
