using System.Buffers.Binary;
using Veridicom.Dicom;

namespace Veridicom.Testing;

/// <summary>
/// Damages DICOM bytes in ways that parsers fall over: at headers more often than in values, with lengths that wrap, VRs that lie,
/// delimiters where none belong, and parts of other files. The same seed gives the same bytes on every machine.
/// </summary>
public sealed class Mutator(ulong seed)
{
    private static readonly uint[] Lengths =
    [
        0, 1, 2, 7, 8, 12, 0x7F, 0x80, 0xFE, 0xFF, 0x100, 0xFFFC, 0xFFFE, 0xFFFF, 0x10000, 0x00FFFFFF, 0x7FFFFFFE, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0,
        0xFFFFFFFE, 0xFFFFFFFF,
    ];

    private static readonly byte[][] Tokens =
    [
        [0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF], [0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0], [0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0],
        [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0], [0xFE, 0xFF, 0x0D, 0xE0, 1, 0, 0, 0], [0xFF, 0xFE, 0xE0, 0x00, 0xFF, 0xFF, 0xFF, 0xFF],
        [0x08, 0x00, 0x40, 0x11, (byte)'S', (byte)'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], [0x08, 0x00, 0x40, 0x11, 0xFF, 0xFF, 0xFF, 0xFF],
        [0x09, 0x00, 0x01, 0x10, (byte)'U', (byte)'N', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], [0x09, 0x00, 0x01, 0x10, (byte)'U', (byte)'N', 0, 0, 16, 0, 0, 0],
        [0xE0, 0x7F, 0x10, 0x00, (byte)'O', (byte)'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], [0xFA, 0xFF, 0xFA, 0xFF, (byte)'S', (byte)'Q', 0, 0, 0, 0, 0, 0],
        [0xFC, 0xFF, 0xFC, 0xFF, (byte)'O', (byte)'B', 0, 0, 0, 0, 0, 0], [0x02, 0x00, 0x10, 0x00, (byte)'U', (byte)'I', 0, 0],
    ];

    private static readonly string[] Vrs = ["AE", "AT", "CS", "FD", "OB", "OV", "OW", "PN", "SQ", "UI", "UL", "UN", "US", "UT", "UV", "??", "\0\0", "OX", "ob"];

    private ulong _state = seed;

    /// <summary>A number below <paramref name="bound"/>.</summary>
    public int Next(int bound)
    {
        unchecked
        {
            // SplitMix64: small, and the same everywhere
            ulong z = _state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return (int)((z ^ (z >> 31)) % (ulong)Math.Max(1, bound));
        }
    }

    /// <summary>A damaged copy: one to six changes.</summary>
    /// <param name="original">Left as it is.</param>
    /// <param name="places">Offsets worth aiming at; may be empty.</param>
    /// <param name="other">Another file, of which parts may be put in.</param>
    public byte[] Mutate(ReadOnlySpan<byte> original, ReadOnlySpan<int> places, ReadOnlySpan<byte> other)
    {
        byte[] bytes = original.ToArray();
        for (int changes = 1 + Next(Next(4) == 0 ? 6 : 2); changes > 0 && bytes.Length > 0; changes--) bytes = Change(bytes, Place(bytes, places), other);
        return bytes;
    }

    /// <summary>A copy with one bit or byte changed anywhere: what a careful forger, or a failing disk, leaves behind.</summary>
    public byte[] Touch(ReadOnlySpan<byte> original)
    {
        byte[] bytes = original.ToArray();
        if (bytes.Length > 0) bytes[Next(bytes.Length)] ^= (byte)(Next(2) == 0 ? 1 << Next(8) : 1 + Next(255));
        return bytes;
    }

    private int Place(byte[] bytes, ReadOnlySpan<int> places)
    {
        if (places.Length == 0 || Next(4) == 0) return Next(bytes.Length);
        return Math.Min(bytes.Length - 1, places[Next(places.Length)] + Next(14));
    }

    private byte[] Change(byte[] bytes, int at, ReadOnlySpan<byte> other)
    {
        int left = bytes.Length - at;
        int run = Math.Min(left, 1 + Next(Next(3) == 0 ? 4096 : 24));
        switch (Next(14))
        {
            case 0:
                bytes[at] ^= (byte)(1 << Next(8));
                return bytes;
            case 1:
                bytes[at] = (byte)Next(256);
                return bytes;
            case 2 when left >= 4:
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), Lengths[Next(Lengths.Length)]);
                return bytes;
            case 3 when left >= 4:
                BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), Lengths[Next(Lengths.Length)]);
                return bytes;
            case 4 when left >= 2:
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), (ushort)(Lengths[Next(Lengths.Length)] & 0xFFFF));
                return bytes;
            case 5:
                unchecked { bytes[at] += (byte)(Next(2) == 0 ? 1 : 255); }
                return bytes;
            case 6 when left >= 2:
                string vr = Vrs[Next(Vrs.Length)];
                bytes[at] = (byte)vr[0];
                bytes[at + 1] = (byte)vr[1];
                return bytes;
            case 7:
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at + run)];
            case 8:
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at, run), .. bytes.AsSpan(at)];
            case 9:
                return bytes[..at];
            case 10:
                return [.. bytes.AsSpan(0, at), .. Tokens[Next(Tokens.Length)], .. bytes.AsSpan(at)];
            case 11:
                byte[] token = Tokens[Next(Tokens.Length)];
                token.AsSpan(0, Math.Min(left, token.Length)).CopyTo(bytes.AsSpan(at));
                return bytes;
            case 12 when other.Length > 0:
                int from = Next(other.Length);
                return [.. bytes.AsSpan(0, at), .. other.Slice(from, Math.Min(run, other.Length - from)), .. bytes.AsSpan(at + Next(run))];
            default:
                bytes.AsSpan(at, run).Fill((byte)(Next(2) * 0xFF));
                return bytes;
        }
    }

    /// <summary>Where the headers of a file's elements stand, for <see cref="Mutate"/>; empty for what does not parse or is deflated.</summary>
    public static int[] HeadersOf(byte[] bytes)
    {
        try
        {
            DicomFile file = DicomFile.Parse(new MemorySource(bytes));
            var places = new List<int> { 128 };
            foreach (DicomDataSet? set in new[] { file.Meta, file.TransferSyntax.IsDeflated ? null : file.DataSet })
            {
                for (int i = 1; set is not null && i < set.NodeCount; i++) places.Add((int)set[i].HeaderOffset);
            }
            return [.. places];
        }
        catch (DicomException)
        {
            return [];
        }
    }
}
