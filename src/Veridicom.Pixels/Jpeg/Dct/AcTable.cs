namespace Veridicom.Pixels.Jpeg.Dct;

/// <summary>
/// A Huffman table for AC coefficients of the sequential processes: where a code and its further bits have together up to <see cref="HuffmanTable.LookBits"/> bits, one
/// lookup gives run, value and length.
/// </summary>
internal sealed class AcTable
{
    /// <summary>A run that leads out of every block: end of block.</summary>
    public const int EndOfBlock = 64;

    // value << 16 | run << 8 | bits; 0 where there is more to read
    private readonly int[] _entries = new int[1 << HuffmanTable.LookBits];

    public AcTable(HuffmanTable codes)
    {
        Codes = codes;
        ReadOnlySpan<ushort> look = codes.Look;
        for (int bits = 0; bits < _entries.Length; bits++)
        {
            int length = look[bits] >> 8, run = look[bits] >> 4 & 15, category = look[bits] & 15, left = HuffmanTable.LookBits - length - category;
            if (length == 0 || left < 0) continue;
            if (category > 0)
            {
                int value = bits >> left & ((1 << category) - 1);
                if (value < 1 << (category - 1)) value -= (1 << category) - 1;
                _entries[bits] = unchecked(value << 16) | run << 8 | (length + category);
            }
            else if (run == 0)
            {
                _entries[bits] = EndOfBlock << 8 | length;
            }
        }
    }

    /// <summary>The codes themselves.</summary>
    public HuffmanTable Codes { get; }

    /// <summary>1024 entries: value &lt;&lt; 16 | run &lt;&lt; 8 | bits, 0 where there is more to read.</summary>
    public ReadOnlySpan<int> Entries => _entries;
}
