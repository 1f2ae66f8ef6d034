using System.Buffers.Binary;

namespace Veridicom.Pixels.Png;

/// <summary>What reader and writer of PNG share: signature, check sums, filters (W3C PNG, third edition, 5.2, 9, annex D).</summary>
internal static class PngFormat
{
    /// <summary>The first eight bytes of a file.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    private static readonly uint[] Table = MakeTable();

    /// <summary>CRC-32 over type and data of a chunk, continued from <paramref name="crc"/>; begins with 0.</summary>
    public static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        unchecked
        {
            crc = ~crc;
            foreach (byte b in bytes) crc = Table[(byte)(crc ^ b)] ^ (crc >> 8);
            return ~crc;
        }
    }

    /// <summary>Adler-32 of RFC 1950, continued from <paramref name="adler"/>; begins with 1.</summary>
    public static uint Adler(uint adler, ReadOnlySpan<byte> bytes)
    {
        // 5552 is the most bytes before the sums could pass 32 bits
        const int run = 5552;
        const uint modulus = 65521;
        uint a = adler & 0xFFFF, b = adler >> 16;
        unchecked
        {
            for (int at = 0; at < bytes.Length; at += run)
            {
                foreach (byte value in bytes.Slice(at, Math.Min(run, bytes.Length - at)))
                {
                    a += value;
                    b += a;
                }
                a %= modulus;
                b %= modulus;
            }
            return (b << 16) | a;
        }
    }

    /// <summary>The Paeth predictor (9.4).</summary>
    public static byte Paeth(int left, int above, int corner)
    {
        int p = left + above - corner;
        int pa = Math.Abs(p - left), pb = Math.Abs(p - above), pc = Math.Abs(p - corner);
        return (byte)(pa <= pb && pa <= pc ? left : pb <= pc ? above : corner);
    }

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint row = i;
            for (int bit = 0; bit < 8; bit++) row = (row & 1) != 0 ? 0xEDB88320 ^ (row >> 1) : row >> 1;
            table[i] = row;
        }
        return table;
    }

    /// <summary>A number of four bytes, big endian.</summary>
    public static byte[] Number(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
