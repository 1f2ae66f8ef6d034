using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Veridicom.Pixels.Rle;

/// <summary>Cells as planes of single bytes and back: plane k holds byte k of every pixel.</summary>
internal static class BytePlanes
{
    /// <summary>
    /// The plane of a segment: segments go through the composite pixel code from its most significant byte on, the first sample foremost (PS3.5-2023b G.2),
    /// cells lie in memory with the least significant byte first.
    /// </summary>
    public static int OfSegment(int segment, int cellBytes) => segment - segment % cellBytes + cellBytes - 1 - segment % cellBytes;

    /// <summary>Puts byte k of pixel p to <paramref name="cells"/>[p x stride + k].</summary>
    public static void Interleave(ReadOnlySpan<byte> planes, int stride, Span<byte> cells)
    {
        int pixels = cells.Length / stride;
        int done = stride switch
        {
            2 => Pairs(planes, cells, pixels),
            3 => Triples(planes, cells, pixels),
            _ => 0,
        };
        if (done == pixels) return;
        for (int plane = 0; plane < stride; plane++)
        {
            ReadOnlySpan<byte> from = planes.Slice(plane * pixels, pixels);
            ref byte to = ref MemoryMarshal.GetReference(cells[plane..]);
            unchecked
            {
                for (int p = done; p < from.Length; p++) Unsafe.Add(ref to, p * stride) = from[p];
            }
        }
    }

    /// <summary>Takes byte <paramref name="plane"/> of every pixel.</summary>
    public static void Extract(ReadOnlySpan<byte> cells, int stride, int plane, Span<byte> bytes)
    {
        for (int p = 0, at = plane; p < bytes.Length; p++, at += stride) bytes[p] = cells[at];
    }

    private static int Pairs(ReadOnlySpan<byte> planes, Span<byte> cells, int pixels)
    {
        ref byte low = ref MemoryMarshal.GetReference(planes), to = ref MemoryMarshal.GetReference(cells);
        int p = 0;
        unchecked
        {
            for (; p + 32 <= pixels; p += 32)
            {
                (Vector256<ushort> l0, Vector256<ushort> l1) = Vector256.Widen(Vector256.LoadUnsafe(ref low, (nuint)p));
                (Vector256<ushort> h0, Vector256<ushort> h1) = Vector256.Widen(Vector256.LoadUnsafe(ref low, (nuint)(p + pixels)));
                (l0 | Vector256.ShiftLeft(h0, 8)).AsByte().StoreUnsafe(ref to, (nuint)(2 * p));
                (l1 | Vector256.ShiftLeft(h1, 8)).AsByte().StoreUnsafe(ref to, (nuint)(2 * p + 32));
            }
        }
        return p;
    }

    /// <summary>16 pixels at a time: each of three vectors of 16 bytes takes its bytes out of the three planes.</summary>
    private static int Triples(ReadOnlySpan<byte> planes, Span<byte> cells, int pixels)
    {
        if (!Vector128.IsHardwareAccelerated) return 0;
        ref byte from = ref MemoryMarshal.GetReference(planes), to = ref MemoryMarshal.GetReference(cells);
        int p = 0;
        unchecked
        {
            for (; p + 16 <= pixels; p += 16)
            {
                Vector128<byte> r = Vector128.LoadUnsafe(ref from, (nuint)p), g = Vector128.LoadUnsafe(ref from, (nuint)(p + pixels)),
                    b = Vector128.LoadUnsafe(ref from, (nuint)(p + 2 * pixels));
                // an index of 255 gives zero
                (Vector128.Shuffle(r, Vector128.Create((byte)0, 255, 255, 1, 255, 255, 2, 255, 255, 3, 255, 255, 4, 255, 255, 5))
                    | Vector128.Shuffle(g, Vector128.Create((byte)255, 0, 255, 255, 1, 255, 255, 2, 255, 255, 3, 255, 255, 4, 255, 255))
                    | Vector128.Shuffle(b, Vector128.Create((byte)255, 255, 0, 255, 255, 1, 255, 255, 2, 255, 255, 3, 255, 255, 4, 255))).StoreUnsafe(ref to, (nuint)(3 * p));
                (Vector128.Shuffle(r, Vector128.Create((byte)255, 255, 6, 255, 255, 7, 255, 255, 8, 255, 255, 9, 255, 255, 10, 255))
                    | Vector128.Shuffle(g, Vector128.Create((byte)5, 255, 255, 6, 255, 255, 7, 255, 255, 8, 255, 255, 9, 255, 255, 10))
                    | Vector128.Shuffle(b, Vector128.Create((byte)255, 5, 255, 255, 6, 255, 255, 7, 255, 255, 8, 255, 255, 9, 255, 255))).StoreUnsafe(ref to, (nuint)(3 * p + 16));
                (Vector128.Shuffle(r, Vector128.Create((byte)255, 11, 255, 255, 12, 255, 255, 13, 255, 255, 14, 255, 255, 15, 255, 255))
                    | Vector128.Shuffle(g, Vector128.Create((byte)255, 255, 11, 255, 255, 12, 255, 255, 13, 255, 255, 14, 255, 255, 15, 255))
                    | Vector128.Shuffle(b, Vector128.Create((byte)10, 255, 255, 11, 255, 255, 12, 255, 255, 13, 255, 255, 14, 255, 255, 15))).StoreUnsafe(ref to, (nuint)(3 * p + 32));
            }
        }
        return p;
    }
}
