using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Veridicom.Pixels.Jpeg.Dct;

/// <summary>The coefficients of one block of the sequential processes (ISO/IEC 10918-1 F.2.2).</summary>
internal static class SequentialBlock
{
    /// <summary>Place in [vertical, horizontal] frequency of each coefficient in zigzag order (figure A.6).</summary>
    public static ReadOnlySpan<byte> Zigzag =>
    [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
        35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
    ];

    /// <summary>The difference of a DC coefficient from the one before it.</summary>
    public static int Difference(ref EntropyReader reader, HuffmanTable table)
    {
        reader.Fill();
        int category = reader.Decode(table);
        if (category > 15) throw new PixelException(PixelError.Malformed, reader.Position, "a coefficient has more than 15 bits");
        return reader.ReceiveExtend(category);
    }

    /// <summary>Reads the 63 AC coefficients.</summary>
    /// <param name="reader">Its data.</param>
    /// <param name="table">Its table.</param>
    /// <param name="block">64 zeros, [vertical, horizontal] frequency, of which the first is left alone.</param>
    /// <returns>True where one is not zero.</returns>
    /// <exception cref="PixelException">Malformed or truncated.</exception>
    public static bool ReadAc(ref EntropyReader reader, AcTable table, Span<short> block)
    {
        ref short first = ref MemoryMarshal.GetReference(block[..64]);
        ref byte zigzag = ref MemoryMarshal.GetReference(Zigzag);
        ref int entries = ref MemoryMarshal.GetReference(table.Entries);
        int k = 1;
        unchecked
        {
            while (true)
            {
                // a code of 16 bits and 15 more
                if (reader.Count < 31) reader.Refill();
                int entry = Unsafe.Add(ref entries, (nint)(reader.Bits >> (64 - HuffmanTable.LookBits))), value, run;
                if (entry != 0)
                {
                    reader.Skip(entry & 0xFF);
                    run = entry >> 8 & 0xFF;
                    value = entry >> 16;
                }
                else
                {
                    int symbol = reader.Decode(table.Codes);
                    run = symbol >> 4;
                    if ((symbol & 15) == 0)
                    {
                        if (run == 0) break;
                        // sixteen zeros and no coefficient behind them within the block; runs of less than 16 without one are codes of the progressive process
                        if (run != 15 || k + 16 > 63) Refuse(ref reader);
                        k += 16;
                        continue;
                    }
                    value = reader.ReceiveExtend(symbol & 15);
                }
                k += run;
                if (k > 63)
                {
                    if (run != AcTable.EndOfBlock) Refuse(ref reader);
                    k -= run;
                    break;
                }
                Unsafe.Add(ref first, Unsafe.Add(ref zigzag, k)) = (short)value;
                if (++k == 64) break;
            }
        }
        return k > 1;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Refuse(ref EntropyReader reader)
    {
        reader.Demand();
        throw new PixelException(PixelError.Malformed, reader.Position, "a run of zeros leads out of its block");
    }
}
