using System.Numerics;
using System.Runtime.InteropServices;

namespace Veridicom.Pixels;

/// <summary>Looks for bits above Bits Stored, many cells at a time.</summary>
internal static class CleanCells
{
    /// <summary>True where all cells equal their own value cut to <paramref name="stored"/> bits and extended by sign or zero.</summary>
    public static bool Check(ReadOnlySpan<byte> cells, int cellBytes, int stored, bool signed) => stored == 8 * cellBytes || cellBytes switch
    {
        1 => signed ? Extended(MemoryMarshal.Cast<byte, sbyte>(cells), stored) : Masked(cells, (byte)(0xFF << stored & 0xFF)),
        2 => signed ? Extended(MemoryMarshal.Cast<byte, short>(cells), stored) : Masked(MemoryMarshal.Cast<byte, ushort>(cells), (ushort)(0xFFFF << stored & 0xFFFF)),
        _ => signed ? Extended(MemoryMarshal.Cast<byte, int>(cells), stored) : Masked(MemoryMarshal.Cast<byte, uint>(cells), unchecked(0xFFFFFFFFu << stored)),
    };

    private static bool Masked<T>(ReadOnlySpan<T> cells, T mask) where T : unmanaged, IBinaryInteger<T>
    {
        var masks = new Vector<T>(mask);
        Vector<T> seen = Vector<T>.Zero;
        int i = 0;
        for (; i + Vector<T>.Count <= cells.Length; i += Vector<T>.Count) seen |= new Vector<T>(cells[i..]) & masks;
        if (seen != Vector<T>.Zero) return false;
        for (; i < cells.Length; i++)
        {
            if ((cells[i] & mask) != T.Zero) return false;
        }
        return true;
    }

    private static bool Extended<T>(ReadOnlySpan<T> cells, int stored) where T : unmanaged, IBinaryInteger<T>
    {
        // in range [-2^(stored-1), 2^(stored-1)) is the same as being its own sign extension
        T low = -(T.One << (stored - 1)), high = (T.One << (stored - 1)) - T.One;
        var lows = new Vector<T>(low);
        var highs = new Vector<T>(high);
        int i = 0;
        for (; i + Vector<T>.Count <= cells.Length; i += Vector<T>.Count)
        {
            var v = new Vector<T>(cells[i..]);
            if (Vector.LessThanAny(v, lows) || Vector.GreaterThanAny(v, highs)) return false;
        }
        for (; i < cells.Length; i++)
        {
            if (cells[i] < low || cells[i] > high) return false;
        }
        return true;
    }
}
