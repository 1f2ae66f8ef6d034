using System.Buffers.Binary;

namespace Veridicom.Dicom.Dictionary;

/// <summary>
/// The hash of the generated tables. One source for the generator, which places the rows, and for the lookup, which
/// finds them again: a change here is a change of every table.
/// </summary>
internal static class TableHash
{
    /// <summary>The slot of a 32-bit key among 2^<paramref name="bits"/>.</summary>
    public static int Slot(uint key, uint multiplier, int bits) => unchecked((int)((key * multiplier) >> (32 - bits)));

    /// <summary>A 32-bit key of some bytes, the same on every machine.</summary>
    public static uint Fold(ReadOnlySpan<byte> bytes)
    {
        unchecked
        {
            ulong key = (ulong)bytes.Length;
            while (bytes.Length >= 8)
            {
                key = (key ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * 0x9E37_79B9_7F4A_7C15;
                key ^= key >> 32;
                bytes = bytes[8..];
            }

            foreach (byte b in bytes) key = (key ^ b) * 0x0000_0100_0000_01B3;
            return (uint)(key ^ (key >> 32));
        }
    }
}
