using System.Security.Cryptography;

namespace Veridicom.Seals.Trust;

/// <summary>The hash functions that a signature may rest on: the six of PS3.15-2023b C.1, of which three are offered for signing.</summary>
public enum DigestAlgorithm
{
    Md5,
    Sha1,
    Ripemd160,
    Sha256,
    Sha384,
    Sha512,
}

/// <summary>What is known of each <see cref="DigestAlgorithm"/>.</summary>
public static class DigestAlgorithms
{
    /// <summary>The object identifier of the hash function.</summary>
    public static string Oid(this DigestAlgorithm digest) => digest switch
    {
        DigestAlgorithm.Md5 => Oids.Md5,
        DigestAlgorithm.Sha1 => Oids.Sha1,
        DigestAlgorithm.Ripemd160 => Oids.Ripemd160,
        DigestAlgorithm.Sha256 => Oids.Sha256,
        DigestAlgorithm.Sha384 => Oids.Sha384,
        DigestAlgorithm.Sha512 => Oids.Sha512,
        _ => throw new ArgumentOutOfRangeException(nameof(digest)),
    };

    /// <summary>The hash function of an object identifier, or null where it is not one of ours.</summary>
    public static DigestAlgorithm? FromOid(string oid) => oid switch
    {
        Oids.Md5 => DigestAlgorithm.Md5,
        Oids.Sha1 => DigestAlgorithm.Sha1,
        Oids.Ripemd160 => DigestAlgorithm.Ripemd160,
        Oids.Sha256 => DigestAlgorithm.Sha256,
        Oids.Sha384 => DigestAlgorithm.Sha384,
        Oids.Sha512 => DigestAlgorithm.Sha512,
        _ => null,
    };

    /// <summary>Bytes of a hash.</summary>
    public static int Size(this DigestAlgorithm digest) => digest switch
    {
        DigestAlgorithm.Md5 => 16,
        DigestAlgorithm.Sha1 or DigestAlgorithm.Ripemd160 => 20,
        DigestAlgorithm.Sha256 => 32,
        DigestAlgorithm.Sha384 => 48,
        DigestAlgorithm.Sha512 => 64,
        _ => throw new ArgumentOutOfRangeException(nameof(digest)),
    };

    /// <summary>True for MD5 and SHA-1, for which collisions have been shown.</summary>
    public static bool IsWeak(this DigestAlgorithm digest) => digest is DigestAlgorithm.Md5 or DigestAlgorithm.Sha1;

    /// <summary>True for what may be signed with: SHA-256, SHA-384, SHA-512.</summary>
    public static bool IsSha2(this DigestAlgorithm digest) =>
        digest is DigestAlgorithm.Sha256 or DigestAlgorithm.Sha384 or DigestAlgorithm.Sha512;

    /// <summary>The platform's name. RIPEMD-160 has none: use <see cref="Trust.Ripemd160"/>.</summary>
    public static HashAlgorithmName PlatformName(this DigestAlgorithm digest) => digest switch
    {
        DigestAlgorithm.Md5 => HashAlgorithmName.MD5,
        DigestAlgorithm.Sha1 => HashAlgorithmName.SHA1,
        DigestAlgorithm.Sha256 => HashAlgorithmName.SHA256,
        DigestAlgorithm.Sha384 => HashAlgorithmName.SHA384,
        DigestAlgorithm.Sha512 => HashAlgorithmName.SHA512,
        _ => throw new ArgumentOutOfRangeException(nameof(digest), digest, "The platform has no such hash function."),
    };

    /// <summary>The hash of <paramref name="data"/>.</summary>
    public static byte[] Hash(this DigestAlgorithm digest, ReadOnlySpan<byte> data) => digest switch
    {
        DigestAlgorithm.Ripemd160 => Ripemd160.HashData(data),
        DigestAlgorithm.Sha256 => SHA256.HashData(data),
        _ => CryptographicOperations.HashData(digest.PlatformName(), data),
    };
}
