using System.Numerics;

namespace Veridicom.Forensics.Similarity;

/// <summary>
/// 256 bits by which pictures are found that look the same: the signs of the 16 x 16 lowest frequencies of a cosine transform, [vertical, horizontal], row by row from the
/// lowest bit of <paramref name="A"/>. The mean is left out: its bit is always 0. Two pictures with nothing in common differ in half of the bits.
/// </summary>
/// <param name="A">Vertical frequencies 0 to 3.</param>
/// <param name="B">Vertical frequencies 4 to 7.</param>
/// <param name="C">Vertical frequencies 8 to 11.</param>
/// <param name="D">Vertical frequencies 12 to 15.</param>
public readonly record struct PictureHash(ulong A, ulong B, ulong C, ulong D)
{
    /// <summary>Frequencies in each direction.</summary>
    public const int Side = 16;

    /// <summary>Parts of 16 bits by which an index finds hashes.</summary>
    public const int Bands = 16;

    // Mirrored left to right, the odd horizontal frequencies change their signs.
    private const ulong OddColumns = 0xAAAA_AAAA_AAAA_AAAA;
    private const ulong NotTheMean = ~1UL;

    /// <summary>Bits that differ, 0 to 255.</summary>
    public int Distance(PictureHash other) =>
        BitOperations.PopCount(A ^ other.A) + BitOperations.PopCount(B ^ other.B) + BitOperations.PopCount(C ^ other.C) + BitOperations.PopCount(D ^ other.D);

    /// <summary>Of the same picture, left and right exchanged.</summary>
    public PictureHash Mirrored => new(A ^ OddColumns, B ^ OddColumns, C ^ OddColumns, D ^ OddColumns);

    /// <summary>Of the same picture, black and white exchanged.</summary>
    public PictureHash Inverted => new(A ^ NotTheMean, ~B, ~C, ~D);

    /// <summary>
    /// One of <see cref="Bands"/> parts. Each takes bits from all frequencies, so that no part holds only the lowest ones, which many radiographs share.
    /// </summary>
    internal ushort Band(int band)
    {
        int bits = 0;
        for (int i = 0; i < Bands; i++)
        {
            int column = (band + 7 * i) & (Side - 1), at = Side * i + column;
            ulong word = (at >> 6) switch { 0 => A, 1 => B, 2 => C, _ => D };
            bits |= (int)(word >> (at & 63) & 1) << i;
        }
        return (ushort)bits;
    }
}
