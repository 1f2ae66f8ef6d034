using System.Runtime.InteropServices;

namespace Veridicom.Pixels.Jpeg.Lossless;

/// <summary>
/// A Huffman table of differences, made ready for decoding code and further bits in one step (ISO/IEC 10918-1 H.1.2.2, table H.2).
/// </summary>
internal sealed class DifferenceTable
{
    /// <summary>Bits of the lookup: a code and the first of its further bits, which is the sign.</summary>
    public const int LookBits = 11;

    /// <summary>The most bits that one step takes, so that four steps need no more than 56.</summary>
    public const int MostBits = 14;

    // From the low end: 8 bits, how many bits code and further bits are (0: not in one step); 16 bits, the mask of the further bits; 32 bits, what is added to them.
    private readonly ulong[] _steps = new ulong[1 << LookBits];

    /// <summary>Makes the steps.</summary>
    public DifferenceTable(HuffmanTable codes)
    {
        Codes = codes;
        for (int i = 0; i < _steps.Length; i++)
        {
            int found = codes.Find(i << (16 - LookBits)), length = found >> 8, category = found & 0xFF;
            bool largest = category == HuffmanTable.LargestCategory;
            int further = largest ? 0 : category, bits = length + further;
            // what stands behind the bits of the lookup was taken as zeros, which is right where the code and the sign are within
            if (found == 0 || length + Math.Min(further, 1) > LookBits || bits > MostBits) continue;
            bool negative = further > 0 && (i >> (LookBits - length - 1) & 1) == 0;
            int added = largest ? 32768 : negative ? 1 - (1 << further) : 0;
            _steps[i] = unchecked((ulong)(uint)added << 32) | ((1UL << further) - 1) << 8 | (uint)bits;
        }
    }

    /// <summary>The codes alone.</summary>
    public HuffmanTable Codes { get; }

    /// <summary>The first of 2048 steps.</summary>
    public ref ulong Steps => ref MemoryMarshal.GetArrayDataReference(_steps);
}
