using System.Buffers;
using System.Security.Cryptography;
using Veridicom.Seals.Inventory;
using Veridicom.Seals.Tree;

namespace Veridicom.Seals.Seal;

/// <summary>
/// One leaf as the index of a seal keeps it. <see cref="Hash"/> is 8 bytes for an element in a full copy, else 32: carrier leaves may be
/// judged one by one, where the others have been rewritten and no root can be recomputed.
/// </summary>
/// <param name="Path">Its place (see <see cref="LeafPath"/>).</param>
/// <param name="Vr">VR number.</param>
/// <param name="Padding">Padding as sealed.</param>
/// <param name="MayWithhold">True where a redacted copy may leave it out.</param>
/// <param name="Hash">Prefix or whole hash.</param>
/// <param name="Salt">16 bytes in a redacted copy for a leaf that is shown, else empty; in a full copy always empty.</param>
/// <param name="Withheld">True in a redacted copy for a leaf that is not shown.</param>
public readonly record struct IndexEntry(ReadOnlyMemory<byte> Path, byte Vr, Padding Padding, bool MayWithhold, ReadOnlyMemory<byte> Hash, ReadOnlyMemory<byte> Salt, bool Withheld);

/// <summary>
/// The opening of a seal (spec/seal.md, Opening): what a verifier needs beside the file to recompute the tree and to say which leaf differs. The
/// statement holds the digest of its index, so that nobody can point at the wrong place.
/// </summary>
public sealed class Opening
{
    private const byte Version = 1, Full = 1, Redacted = 2;
    private const int MaxEntries = 2_000_000;
    private const long MaxPathBytes = 128L << 20;

    /// <summary>Secret of the salts; null in a redacted copy.</summary>
    public byte[]? Secret { get; private init; }

    /// <summary>Preamble and meta elements.</summary>
    public required IReadOnlyList<IndexEntry> Carrier { get; init; }

    /// <summary>Elements in document order.</summary>
    public required IReadOnlyList<IndexEntry> Elements { get; init; }

    /// <summary>Hashes of pixel leaves in order: 8 bytes each in a full copy, 32 in a redacted one.</summary>
    public required ReadOnlyMemory<byte> Pixels { get; init; }

    /// <summary>Salts of pixel leaves in a redacted copy, 16 bytes each; empty in a full one.</summary>
    public ReadOnlyMemory<byte> PixelSalts { get; init; }

    /// <summary>True for a redacted copy.</summary>
    public bool IsRedacted => Secret is null;

    /// <summary>Bytes of a hash in this opening.</summary>
    public int HashSize => IsRedacted ? TreeHash.Size : TreeHash.PrefixSize;

    /// <summary>A full opening.</summary>
    public static Opening OfFull(byte[] secret, IReadOnlyList<IndexEntry> carrier, IReadOnlyList<IndexEntry> elements, ReadOnlyMemory<byte> pixels) =>
        new() { Secret = secret, Carrier = carrier, Elements = elements, Pixels = pixels };

    /// <summary>SHA-256 of the index with the hashes of elements and pixels cut to 8 bytes: the same for a full copy and for every redaction of it.</summary>
    public byte[] IndexDigest()
    {
        var w = new ArrayBufferWriter<byte>(4096);
        WriteEntries(w, Carrier, TreeHash.Size, states: false);
        WriteEntries(w, Elements, TreeHash.PrefixSize, states: false);
        for (int at = 0; at < Pixels.Length; at += HashSize) w.Write(Pixels.Span.Slice(at, TreeHash.PrefixSize));
        return SHA256.HashData(w.WrittenSpan);
    }

    /// <summary>The bytes that stand in the seal block.</summary>
    public byte[] Encode()
    {
        var w = new ArrayBufferWriter<byte>(4096 + Pixels.Length);
        w.Write([Version, IsRedacted ? Redacted : Full]);
        if (!IsRedacted) w.Write(Secret);
        WriteEntries(w, Carrier, TreeHash.Size, IsRedacted);
        WriteEntries(w, Elements, HashSize, IsRedacted);
        w.Write(Pixels.Span);
        w.Write(PixelSalts.Span);
        return w.WrittenSpan.ToArray();
    }

    /// <summary>Reads an opening; counts come from the statement. Exactly the bytes that <see cref="Encode"/> would write are one.</summary>
    /// <param name="bytes">The value of the element, one zero of padding allowed at an even end.</param>
    /// <param name="statement">The statement it belongs to.</param>
    /// <param name="indexDigest">The digest of its index.</param>
    /// <exception cref="SealFormatException">Anything else.</exception>
    public static Opening Read(ReadOnlyMemory<byte> bytes, Statement statement, out byte[] indexDigest)
    {
        ReadOnlyMemory<byte> rest = bytes;
        ReadOnlySpan<byte> head = Take(ref rest, 2).Span;
        if (head[0] != Version || head[1] is not (Full or Redacted)) throw new SealFormatException("the opening of the seal is of a version that this program does not know");
        bool redacted = head[1] == Redacted;
        byte[]? secret = redacted ? null : Take(ref rest, Salts.SecretSize).ToArray();
        int start = bytes.Length - rest.Length;
        IndexEntry[] carrier = ReadEntries(ref rest, statement.CarrierLeaves, TreeHash.Size, redacted);
        IndexEntry[] elements = ReadEntries(ref rest, statement.ElementLeaves, redacted ? TreeHash.Size : TreeHash.PrefixSize, redacted);
        long leaves = statement.Pixels?.AllLeaves ?? 0;
        ReadOnlyMemory<byte> pixels = Take(ref rest, leaves * (redacted ? TreeHash.Size : TreeHash.PrefixSize));
        int end = bytes.Length - rest.Length;
        ReadOnlyMemory<byte> salts = redacted ? Take(ref rest, leaves * Salts.Size) : default;
        if (rest.Length > 1 || (rest.Length == 1 && ((bytes.Length & 1) != 0 || rest.Span[0] != 0))) throw new SealFormatException("bytes follow the opening of the seal");
        var opening = new Opening { Secret = secret, Carrier = carrier, Elements = elements, Pixels = pixels, PixelSalts = salts };
        indexDigest = redacted ? opening.IndexDigest() : SHA256.HashData(bytes.Span[start..end]);
        return opening;
    }

    private static void WriteEntries(ArrayBufferWriter<byte> w, IReadOnlyList<IndexEntry> entries, int size, bool states)
    {
        ReadOnlySpan<byte> previous = default;
        for (int i = 0; i < entries.Count; i++)
        {
            IndexEntry entry = entries[i];
            ReadOnlySpan<byte> path = entry.Path.Span;
            int shared = path.CommonPrefixLength(previous);
            WriteNumber(w, shared);
            WriteNumber(w, path.Length - shared);
            w.Write(path[shared..]);
            w.Write([(byte)(entry.Vr | (entry.Padding != Padding.Proper ? 0x40 : 0) | (entry.MayWithhold ? 0x80 : 0))]);
            if (entry.Padding != Padding.Proper) w.Write([(byte)entry.Padding]);
            w.Write(entry.Hash.Span[..size]);
            if (states)
            {
                w.Write([(byte)(entry.Withheld ? 2 : 1)]);
                if (!entry.Withheld) w.Write(entry.Salt.Span);
            }
            previous = path;
        }
    }

    private static IndexEntry[] ReadEntries(ref ReadOnlyMemory<byte> rest, int count, int size, bool redacted)
    {
        if (count > rest.Length / (size + 3)) throw Short();
        var entries = new IndexEntry[count];
        // paths of a sound index are short; all of them together are bounded so that front coding cannot blow up
        long allowed = Math.Min(MaxPathBytes, 64L + 40L * rest.Length), used = 0;
        byte[] paths = new byte[Math.Min(allowed, 32L * count + 1024)];
        int pathsUsed = 0;
        ReadOnlyMemory<byte> previous = default;
        for (int i = 0; i < count; i++)
        {
            int shared = ReadNumber(ref rest), own = ReadNumber(ref rest);
            int length = shared + own;
            used += length;
            if (shared > previous.Length || length is 0 or > ushort.MaxValue || used > allowed) throw new SealFormatException("a path in the index of the seal is broken");
            ReadOnlyMemory<byte> suffix = Take(ref rest, own);
            if (own > 0 && shared < previous.Length && suffix.Span[0] == previous.Span[shared]) throw new SealFormatException("the index of the seal is not in its shortest form");
            ReadOnlyMemory<byte> path;
            if (shared == 0) path = suffix;
            else
            {
                if (pathsUsed + length > paths.Length)
                {
                    paths = new byte[Math.Max(1 << 16, length)];
                    pathsUsed = 0;
                }
                previous.Span[..shared].CopyTo(paths.AsSpan(pathsUsed));
                suffix.Span.CopyTo(paths.AsSpan(pathsUsed + shared));
                path = paths.AsMemory(pathsUsed, length);
                pathsUsed += length;
            }
            byte flags = Take(ref rest, 1).Span[0];
            var padding = Padding.Proper;
            if ((flags & 0x40) != 0)
            {
                padding = (Padding)Take(ref rest, 1).Span[0];
                if (padding is not (Padding.Nul or Padding.Space)) throw new SealFormatException("the index of the seal names an unknown padding");
            }
            ReadOnlyMemory<byte> hash = Take(ref rest, size), salt = default;
            bool withheld = false;
            if (redacted)
            {
                byte state = Take(ref rest, 1).Span[0];
                if (state is not (1 or 2)) throw new SealFormatException("the index of the seal names an unknown state of a leaf");
                withheld = state == 2;
                if (!withheld) salt = Take(ref rest, Salts.Size);
            }
            entries[i] = new IndexEntry(path, (byte)(flags & 0x3F), padding, (flags & 0x80) != 0, hash, salt, withheld);
            previous = path;
        }
        return entries;
    }

    /// <summary>Seven bits at a time, least significant first; the shortest form only.</summary>
    private static void WriteNumber(ArrayBufferWriter<byte> w, int value)
    {
        while (value >= 0x80)
        {
            w.Write([(byte)(value & 0x7F | 0x80)]);
            value >>= 7;
        }
        w.Write([(byte)value]);
    }

    private static int ReadNumber(ref ReadOnlyMemory<byte> rest)
    {
        int value = 0;
        for (int shift = 0; shift < 21; shift += 7)
        {
            byte b = Take(ref rest, 1).Span[0];
            value |= (b & 0x7F) << shift;
            if ((b & 0x80) != 0) continue;
            if (b == 0 && shift > 0) break;
            return value;
        }
        throw new SealFormatException("a number in the index of the seal is not in its shortest form");
    }

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> rest, long count)
    {
        if (count > rest.Length) throw Short();
        ReadOnlyMemory<byte> taken = rest[..(int)count];
        rest = rest[(int)count..];
        return taken;
    }

    private static SealFormatException Short() => new("the opening of the seal is shorter than its statement says");
}
