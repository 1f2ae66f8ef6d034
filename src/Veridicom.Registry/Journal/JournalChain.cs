using System.Security.Cryptography;

namespace Veridicom.Registry.Journal;

/// <summary>
/// The chain of hashes (spec/audit-trail.md 3): the hash of an entry is SHA-256 over a fixed prefix, the hash of the entry before (32 zero
/// bytes before the first), and the entry's JSON.
/// </summary>
public static class JournalChain
{
    /// <summary>Bytes of a hash.</summary>
    public const int Size = 32;

    private static ReadOnlySpan<byte> Prefix => "veridicom journal 1\n"u8;

    /// <summary>What stands before the first entry.</summary>
    public static byte[] Start => new byte[Size];

    /// <summary>The hash of an entry after one.</summary>
    public static byte[] Next(ReadOnlySpan<byte> before, ReadOnlySpan<byte> json)
    {
        if (before.Length != Size) throw new ArgumentException($"a hash has {Size} bytes", nameof(before));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Prefix);
        hash.AppendData(before);
        hash.AppendData(json);
        return hash.GetHashAndReset();
    }

    /// <summary>A line of a journal file: hash, space, JSON, line feed.</summary>
    public static byte[] Line(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> json)
    {
        byte[] line = new byte[2 * Size + 1 + json.Length + 1];
        Convert.TryToHexStringLower(hash, line, out _);
        line[2 * Size] = (byte)' ';
        json.CopyTo(line.AsSpan(2 * Size + 1));
        line[^1] = (byte)'\n';
        return line;
    }

    /// <summary>Takes a line, without its line feed, apart; false where it has another form.</summary>
    public static bool TrySplit(ReadOnlyMemory<byte> line, out string hash, out ReadOnlyMemory<byte> json)
    {
        hash = "";
        json = default;
        ReadOnlySpan<byte> span = line.Span;
        if (span.Length < 2 * Size + 3 || span[2 * Size] != ' ') return false;
        foreach (byte b in span[..(2 * Size)])
        {
            if (b is not ((>= (byte)'0' and <= (byte)'9') or (>= (byte)'a' and <= (byte)'f'))) return false;
        }
        hash = System.Text.Encoding.ASCII.GetString(span[..(2 * Size)]);
        json = line[(2 * Size + 1)..];
        return true;
    }
}
