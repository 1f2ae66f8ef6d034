using Veridicom.Dicom;

namespace Veridicom.Pixels.Rendering;

/// <summary>A lookup table as modality, VOI and palette tables are written: descriptor and data (PS3.3-2023b C.11.1.1, C.11.2.1.1, C.7.6.3.1.5).</summary>
internal sealed class LookupTable
{
    private const int MostSegments = 1 << 20;
    private readonly ushort[] _entries;

    private LookupTable(ushort[] entries, int first, int bits) => (_entries, First, Bits) = (entries, first, bits);

    /// <summary>The input that the first entry is for.</summary>
    public int First { get; }

    /// <summary>Bits of an entry.</summary>
    public int Bits { get; private init; }

    /// <summary>The largest entry there is.</summary>
    public int Most => _entries.Max();

    /// <summary>What an input becomes; inputs beyond the ends become what the ends do.</summary>
    public int this[double input]
    {
        get
        {
            double place = input - First;
            return double.IsNaN(place) || place <= 0 ? _entries[0] : place >= _entries.Length - 1 ? _entries[^1] : _entries[(int)place];
        }
    }

    /// <summary>The same table with entries of another number of bits.</summary>
    public LookupTable OfBits(int bits) => new(_entries, First, bits);

    /// <summary>Reads a table. Null where descriptor and data do not make one.</summary>
    /// <param name="set">Where both elements stand.</param>
    /// <param name="descriptor">Number of entries (0 is 65536), first input, bits of an entry.</param>
    /// <param name="data">The entries.</param>
    /// <param name="signed">Inputs can be negative.</param>
    public static LookupTable? Read(DicomNode set, DicomTag descriptor, DicomTag data, bool signed)
    {
        if (!TryDescriptor(set, descriptor, signed, out int count, out int first, out int bits) || !set.TryFind(data, out DicomNode node) || node.Kind != NodeKind.Element) return null;
        ushort[] entries;
        // entries of 8 bits are bytes, or stand in words of their own: the length tells which
        if (bits <= 8 && node.ValueLength < 2L * count) entries = Array.ConvertAll(node.Bytes(), b => (ushort)b);
        else entries = node.Words();
        return entries.Length < count ? null : new LookupTable(entries[..count], first, bits);
    }

    /// <summary>Reads a segmented palette table (PS3.3-2023b C.7.9.2). Null where it does not make one.</summary>
    public static LookupTable? ReadSegmented(DicomNode set, DicomTag descriptor, DicomTag data)
    {
        if (!TryDescriptor(set, descriptor, false, out int count, out int first, out int bits) || !set.TryFind(data, out DicomNode node) || node.Kind != NodeKind.Element) return null;
        ushort[] code = bits <= 8 ? Array.ConvertAll(node.Bytes(), b => (ushort)b) : node.Words();
        var entries = new List<ushort>(count);
        int steps = MostSegments;
        return Segments(code, 0, int.MaxValue, entries, count, bits, indirect: true, ref steps) && entries.Count >= count ? new LookupTable([.. entries.Take(count)], first, bits) : null;
    }

    private static bool TryDescriptor(DicomNode set, DicomTag tag, bool signed, out int count, out int first, out int bits)
    {
        (count, first, bits) = (0, 0, 0);
        ushort[] words = set.Words(tag);
        if (words.Length < 3 || words[2] is 0 or > 16) return false;
        signed |= set.TryFind(tag, out DicomNode node) && node.Vr == Vr.SS;
        (count, first, bits) = (words[0] == 0 ? 65536 : words[0], signed ? unchecked((short)words[1]) : words[1], words[2]);
        return true;
    }

    /// <summary>Discrete, linear and indirect segments; an indirect one may not lead to another, so that there is an end.</summary>
    private static bool Segments(ushort[] code, int at, int segments, List<ushort> entries, int limit, int bits, bool indirect, ref int steps)
    {
        for (; segments > 0 && at + 1 < code.Length && entries.Count < limit; segments--)
        {
            // segments without entries could lead to one another for hours
            if (steps-- == 0) return false;
            int kind = code[at], length = code[at + 1];
            at += 2;
            switch (kind)
            {
                case 0:
                    if (at + length > code.Length) return false;
                    entries.AddRange(code.AsSpan(at, length));
                    at += length;
                    break;
                case 1:
                    if (at >= code.Length || entries.Count == 0) return false;
                    int from = entries[^1], to = code[at++];
                    for (int i = 1; i <= length && entries.Count < limit; i++) entries.Add((ushort)(from + (int)Math.Round((double)(to - from) * i / length)));
                    break;
                case 2:
                    int offsetParts = bits <= 8 ? 4 : 2;
                    if (!indirect || at + offsetParts > code.Length) return false;
                    long offset = 0;
                    for (int i = 0; i < offsetParts; i++) offset |= (long)code[at + i] << (i * 32 / offsetParts);
                    at += offsetParts;
                    offset /= bits <= 8 ? 1 : 2;
                    if (offset >= code.Length || !Segments(code, (int)offset, length, entries, limit, bits, indirect: false, ref steps)) return false;
                    break;
                default:
                    return false;
            }
        }
        return true;
    }
}
