using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Veridicom.Seals.Trust;

/// <summary>A SHA-256 value of 32 bytes that can be compared and used as a key, such as a certificate's fingerprint.</summary>
public readonly record struct Fingerprint
{
    public const int Size = 32;
    private readonly ulong a, b, c, d;

    public Fingerprint(ReadOnlySpan<byte> hash)
    {
        if (hash.Length != Size)
        {
            throw new ArgumentException("A fingerprint has 32 bytes.", nameof(hash));
        }
        a = BinaryPrimitives.ReadUInt64BigEndian(hash);
        b = BinaryPrimitives.ReadUInt64BigEndian(hash[8..]);
        c = BinaryPrimitives.ReadUInt64BigEndian(hash[16..]);
        d = BinaryPrimitives.ReadUInt64BigEndian(hash[24..]);
    }

    /// <summary>The SHA-256 of <paramref name="bytes"/>.</summary>
    public static Fingerprint Of(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(bytes, hash);
        return new Fingerprint(hash);
    }

    /// <summary>The fingerprint of several in their order; used where a whole path is one key.</summary>
    public static Fingerprint Of(IReadOnlyList<Certificate> path)
    {
        if (path.Count == 1)
        {
            return path[0].Fingerprint;
        }
        var all = new byte[checked(path.Count * Size)];
        for (int i = 0; i < path.Count; i++)
        {
            path[i].Fingerprint.CopyTo(all.AsSpan(i * Size));
        }
        return Of(all);
    }

    /// <summary>Writes the 32 bytes, most significant first.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, a);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], b);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], c);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], d);
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToArray());
}
