using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Veridicom.Pixels.JpegLs;

/// <summary>Lines of one component to and from cells that lie colour by pixel.</summary>
internal static class CellLines
{
    /// <summary>Writes a line; cells of more than two bytes get zeros above.</summary>
    public static void Store(ReadOnlySpan<ushort> line, Span<byte> row, int component, int samples, int cellBytes)
    {
        unchecked
        {
            if (cellBytes == 1)
            {
                int i = samples == 1 ? Narrow(line, row) : 0;
                ref byte to = ref MemoryMarshal.GetReference(row[component..]);
                for (; i < line.Length; i++) Unsafe.Add(ref to, i * samples) = (byte)line[i];
            }
            else if (cellBytes == 2)
            {
                Span<ushort> words = MemoryMarshal.Cast<byte, ushort>(row);
                if (samples == 1) line.CopyTo(words);
                else
                {
                    ref ushort to = ref MemoryMarshal.GetReference(words[component..]);
                    for (int i = 0; i < line.Length; i++) Unsafe.Add(ref to, i * samples) = line[i];
                }
            }
            else
            {
                for (int i = 0, at = component * cellBytes; i < line.Length; i++, at += samples * cellBytes)
                {
                    row.Slice(at, cellBytes).Clear();
                    row[at] = (byte)line[i];
                    row[at + 1] = (byte)(line[i] >> 8);
                }
            }
        }
    }

    /// <summary>Reads a line; of each cell the low bits under <paramref name="mask"/>.</summary>
    public static void Load(ReadOnlySpan<byte> row, Span<ushort> line, int component, int samples, int cellBytes, int mask)
    {
        unchecked
        {
            for (int i = 0, at = component * cellBytes; i < line.Length; i++, at += samples * cellBytes)
                line[i] = (ushort)((cellBytes == 1 ? row[at] : row[at] | row[at + 1] << 8) & mask);
        }
    }

    private static int Narrow(ReadOnlySpan<ushort> line, Span<byte> row)
    {
        ref ushort from = ref MemoryMarshal.GetReference(line);
        ref byte to = ref MemoryMarshal.GetReference(row[..line.Length]);
        int i = 0;
        unchecked
        {
            for (; i + 32 <= line.Length; i += 32)
                Vector256.Narrow(Vector256.LoadUnsafe(ref from, (nuint)i), Vector256.LoadUnsafe(ref from, (nuint)(i + 16))).StoreUnsafe(ref to, (nuint)i);
        }
        return i;
    }
}
