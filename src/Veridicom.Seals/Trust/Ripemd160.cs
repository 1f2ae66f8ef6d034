using System.Buffers.Binary;
using System.Numerics;

namespace Veridicom.Seals.Trust;

/// <summary>
/// RIPEMD-160 (Dobbertin, Bosselaers, Preneel 1996; ISO/IEC 10118-3 dedicated hash function 1), which the platform lacks and
/// PS3.15-2023b Annex C asks verifiers to know. Append any number of times, then <see cref="Finish"/> once, which also starts afresh.
/// Not safe for use by several threads at once.
/// </summary>
public sealed class Ripemd160
{
    /// <summary>Bytes of a hash.</summary>
    public const int Size = 20;
    private const int Block = 64;

    // Two lines of five rounds run side by side: which word each step takes, and by how many bits it turns.
    private static ReadOnlySpan<byte> LeftWord =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8,
        3, 10, 14, 4, 9, 15, 8, 1, 2, 7, 0, 6, 13, 11, 5, 12, 1, 9, 11, 10, 0, 8, 12, 4, 13, 3, 7, 15, 14, 5, 6, 2,
        4, 0, 5, 9, 7, 12, 2, 10, 14, 1, 3, 8, 11, 6, 15, 13,
    ];
    private static ReadOnlySpan<byte> RightWord =>
    [
        5, 14, 7, 0, 9, 2, 11, 4, 13, 6, 15, 8, 1, 10, 3, 12, 6, 11, 3, 7, 0, 13, 5, 10, 14, 15, 8, 12, 4, 9, 1, 2,
        15, 5, 1, 3, 7, 14, 6, 9, 11, 8, 12, 2, 10, 0, 4, 13, 8, 6, 4, 1, 3, 11, 15, 0, 5, 12, 2, 13, 9, 7, 10, 14,
        12, 15, 10, 4, 1, 5, 8, 7, 6, 2, 13, 14, 0, 3, 9, 11,
    ];
    private static ReadOnlySpan<byte> LeftTurn =>
    [
        11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8, 7, 6, 8, 13, 11, 9, 7, 15, 7, 12, 15, 9, 11, 7, 13, 12,
        11, 13, 6, 7, 14, 9, 13, 15, 14, 8, 13, 6, 5, 12, 7, 5, 11, 12, 14, 15, 14, 15, 9, 8, 9, 14, 5, 6, 8, 6, 5, 12,
        9, 15, 5, 11, 6, 8, 13, 12, 5, 12, 13, 14, 11, 8, 5, 6,
    ];
    private static ReadOnlySpan<byte> RightTurn =>
    [
        8, 9, 9, 11, 13, 15, 15, 5, 7, 7, 8, 11, 14, 14, 12, 6, 9, 13, 15, 7, 12, 8, 9, 11, 7, 7, 12, 7, 6, 15, 13, 11,
        9, 7, 15, 11, 8, 6, 6, 14, 12, 13, 5, 14, 13, 13, 7, 5, 15, 5, 8, 11, 14, 14, 6, 14, 6, 9, 12, 9, 12, 5, 15, 8,
        8, 5, 12, 9, 12, 5, 14, 6, 8, 13, 6, 5, 15, 13, 11, 11,
    ];
    private readonly uint[] state = new uint[5];
    private readonly byte[] pending = new byte[Block];
    private int pendingLength;
    private ulong total;

    public Ripemd160() => Reset();

    /// <summary>The hash of <paramref name="data"/> in one step.</summary>
    public static byte[] HashData(ReadOnlySpan<byte> data)
    {
        var hash = new Ripemd160();
        hash.Append(data);
        return hash.Finish();
    }

    /// <summary>Adds bytes to what is hashed.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        total = unchecked(total + (ulong)data.Length);
        if (pendingLength > 0)
        {
            int take = Math.Min(Block - pendingLength, data.Length);
            data[..take].CopyTo(pending.AsSpan(pendingLength));
            pendingLength += take;
            data = data[take..];
            if (pendingLength < Block)
            {
                return;
            }
            Compress(pending);
            pendingLength = 0;
        }
        for (; data.Length >= Block; data = data[Block..])
        {
            Compress(data);
        }
        data.CopyTo(pending);
        pendingLength = data.Length;
    }

    /// <summary>Returns the 20 bytes of the hash of everything appended, and starts afresh.</summary>
    public byte[] Finish()
    {
        ulong bits = unchecked(total * 8);
        Span<byte> tail = stackalloc byte[2 * Block];
        tail.Clear();
        pending.AsSpan(0, pendingLength).CopyTo(tail);
        tail[pendingLength] = 0x80;
        int length = pendingLength < Block - 8 ? Block : 2 * Block;
        BinaryPrimitives.WriteUInt64LittleEndian(tail[(length - 8)..], bits);
        for (int at = 0; at < length; at += Block)
        {
            Compress(tail.Slice(at, Block));
        }
        var hash = new byte[Size];
        for (int i = 0; i < state.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(hash.AsSpan(4 * i), state[i]);
        }
        Reset();
        return hash;
    }

    private void Reset()
    {
        state[0] = 0x67452301;
        state[1] = 0xEFCDAB89;
        state[2] = 0x98BADCFE;
        state[3] = 0x10325476;
        state[4] = 0xC3D2E1F0;
        pendingLength = 0;
        total = 0;
    }

    // Both lines use the same five functions, the right one in reverse; each round has its own pair of constants.
    private void Compress(ReadOnlySpan<byte> block)
    {
        Span<uint> words = stackalloc uint[16];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(block[(4 * i)..]);
        }
        unchecked
        {
            uint a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
            uint p = a, q = b, r = c, s = d, t = e;
            for (int step = 0; step < 16; step++)
            {
                uint left = BitOperations.RotateLeft(a + (b ^ c ^ d) + words[LeftWord[step]] + 0x00000000, LeftTurn[step]) + e;
                (a, e, d, c, b) = (e, d, BitOperations.RotateLeft(c, 10), b, left);
                uint right = BitOperations.RotateLeft(p + (q ^ (r | ~s)) + words[RightWord[step]] + 0x50A28BE6, RightTurn[step]) + t;
                (p, t, s, r, q) = (t, s, BitOperations.RotateLeft(r, 10), q, right);
            }
            for (int step = 16; step < 32; step++)
            {
                uint left = BitOperations.RotateLeft(a + ((b & c) | (~b & d)) + words[LeftWord[step]] + 0x5A827999, LeftTurn[step]) + e;
                (a, e, d, c, b) = (e, d, BitOperations.RotateLeft(c, 10), b, left);
                uint right = BitOperations.RotateLeft(p + ((q & s) | (r & ~s)) + words[RightWord[step]] + 0x5C4DD124, RightTurn[step]) + t;
                (p, t, s, r, q) = (t, s, BitOperations.RotateLeft(r, 10), q, right);
            }
            for (int step = 32; step < 48; step++)
            {
                uint left = BitOperations.RotateLeft(a + ((b | ~c) ^ d) + words[LeftWord[step]] + 0x6ED9EBA1, LeftTurn[step]) + e;
                (a, e, d, c, b) = (e, d, BitOperations.RotateLeft(c, 10), b, left);
                uint right = BitOperations.RotateLeft(p + ((q | ~r) ^ s) + words[RightWord[step]] + 0x6D703EF3, RightTurn[step]) + t;
                (p, t, s, r, q) = (t, s, BitOperations.RotateLeft(r, 10), q, right);
            }
            for (int step = 48; step < 64; step++)
            {
                uint left = BitOperations.RotateLeft(a + ((b & d) | (c & ~d)) + words[LeftWord[step]] + 0x8F1BBCDC, LeftTurn[step]) + e;
                (a, e, d, c, b) = (e, d, BitOperations.RotateLeft(c, 10), b, left);
                uint right = BitOperations.RotateLeft(p + ((q & r) | (~q & s)) + words[RightWord[step]] + 0x7A6D76E9, RightTurn[step]) + t;
                (p, t, s, r, q) = (t, s, BitOperations.RotateLeft(r, 10), q, right);
            }
            for (int step = 64; step < 80; step++)
            {
                uint left = BitOperations.RotateLeft(a + (b ^ (c | ~d)) + words[LeftWord[step]] + 0xA953FD4E, LeftTurn[step]) + e;
                (a, e, d, c, b) = (e, d, BitOperations.RotateLeft(c, 10), b, left);
                uint right = BitOperations.RotateLeft(p + (q ^ r ^ s) + words[RightWord[step]] + 0x00000000, RightTurn[step]) + t;
                (p, t, s, r, q) = (t, s, BitOperations.RotateLeft(r, 10), q, right);
            }
            uint keep = state[1] + c + s;
            state[1] = state[2] + d + t;
            state[2] = state[3] + e + p;
            state[3] = state[4] + a + q;
            state[4] = state[0] + b + r;
            state[0] = keep;
        }
    }
}
