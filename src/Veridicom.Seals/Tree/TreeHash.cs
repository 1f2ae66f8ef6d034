using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Veridicom.Seals.Tree;

/// <summary>
/// Inner nodes (spec/seal.md, Tree). They are wide, not binary: what is disclosed is a subset of leaves with all other hashes beside it, and
/// one hash over many children costs a tenth of a binary tree. Numbers are big endian.
/// </summary>
public static class TreeHash
{
    /// <summary>Bytes of a hash.</summary>
    public const int Size = 32;

    /// <summary>Bytes of a hash that a full copy keeps, to locate a difference.</summary>
    public const int PrefixSize = 8;

    /// <summary>Over the leaves of carrier or elements: 01, section, count (4), hashes.</summary>
    public static byte[] List(Section section, ReadOnlySpan<byte> hashes)
    {
        Span<byte> head = stackalloc byte[6];
        head[0] = 1;
        head[1] = (byte)section;
        BinaryPrimitives.WriteInt32BigEndian(head[2..], hashes.Length / Size);
        return Join(head, hashes);
    }

    /// <summary>Over the parts of one frame, or of one encoded value: 02, group number from 0 (4), count (4), hashes.</summary>
    public static void Group(int group, ReadOnlySpan<byte> hashes, Span<byte> hash)
    {
        Span<byte> head = stackalloc byte[9];
        head[0] = 2;
        BinaryPrimitives.WriteInt32BigEndian(head[1..], group);
        BinaryPrimitives.WriteInt32BigEndian(head[5..], hashes.Length / Size);
        Join(head, hashes).CopyTo(hash);
    }

    /// <summary>Over all groups: 03, count (4), hashes.</summary>
    public static byte[] Root(ReadOnlySpan<byte> hashes)
    {
        Span<byte> head = stackalloc byte[5];
        head[0] = 3;
        BinaryPrimitives.WriteInt32BigEndian(head[1..], hashes.Length / Size);
        return Join(head, hashes);
    }

    private static byte[] Join(ReadOnlySpan<byte> head, ReadOnlySpan<byte> hashes)
    {
        if (hashes.Length <= 1 << 14)
        {
            Span<byte> all = stackalloc byte[head.Length + hashes.Length];
            head.CopyTo(all);
            hashes.CopyTo(all[head.Length..]);
            return SHA256.HashData(all);
        }
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(head);
        hash.AppendData(hashes);
        return hash.GetHashAndReset();
    }
}
