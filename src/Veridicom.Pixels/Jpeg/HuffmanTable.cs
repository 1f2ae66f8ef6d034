namespace Veridicom.Pixels.Jpeg;

/// <summary>
/// A Huffman table for decoding (ISO/IEC 10918-1 annex C, F.2.2.3): codes of up to <see cref="LookBits"/> bits by one lookup, longer ones by the
/// largest code of each length. Does not change once made, so that scans may share it.
/// </summary>
internal sealed class HuffmanTable
{
    /// <summary>Bits of the first lookup.</summary>
    public const int LookBits = 10;

    /// <summary>The largest category of a lossless difference (H.1.2.2, table H.2): one difference, 32768, without further bits.</summary>
    public const int LargestCategory = 16;

    // (length << 8) | value for every first LookBits bits that begin with a code of at most so many bits; 0 for longer codes and for none
    private readonly ushort[] _look = new ushort[1 << LookBits];

    // codes of length n, moved up to 16 bits, are below _limit[n]; at 17 stands what no 16 bits reach
    private readonly int[] _limit = new int[18];
    private readonly int[] _offset = new int[17];
    private readonly byte[] _values;

    private HuffmanTable(byte[] values) => _values = values;

    /// <summary>Values in the order of their codes. Not to be changed.</summary>
    public ReadOnlySpan<byte> Values => _values;

    /// <summary>Every <see cref="LookBits"/> bits: (length &lt;&lt; 8) | value, or 0 where they do not begin with a code of at most so many bits. 1024 entries.</summary>
    public ReadOnlySpan<ushort> Look => _look;

    /// <summary>Makes a table from the two lists of a DHT segment.</summary>
    /// <param name="counts">16: how many codes have 1 to 16 bits.</param>
    /// <param name="values">As many as the counts sum to.</param>
    /// <param name="dc">Class 0, whose values are categories of 0 to 16.</param>
    /// <param name="offset">Byte offset for the message.</param>
    /// <exception cref="PixelException">More codes than there can be, a code of all one bits (C.2), or a category above 16.</exception>
    public static HuffmanTable Create(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> values, bool dc, long offset)
    {
        if (dc && values.ContainsAnyExceptInRange((byte)0, (byte)LargestCategory)) throw new PixelException(PixelError.Malformed, offset, "a Huffman table has a category above 16");
        var table = new HuffmanTable(values.ToArray());
        int code = 0, next = 0;
        for (int length = 1; length <= 16; length++)
        {
            int count = counts[length - 1];
            // C.2: codes of one length follow one another, and none is of all ones; so the one behind the last still exists
            if (count > 0 && code + count >= 1 << length) throw new PixelException(PixelError.Malformed, offset, "a Huffman table has more codes than there can be");
            table._offset[length] = next - code;
            if (length <= LookBits)
            {
                for (int i = 0; i < count; i++)
                    table._look.AsSpan((code + i) << (LookBits - length), 1 << (LookBits - length)).Fill((ushort)(length << 8 | values[next + i]));
            }
            code += count;
            next += count;
            table._limit[length] = code << (16 - length);
            code <<= 1;
        }
        table._limit[17] = int.MaxValue;
        return table;
    }

    /// <summary>
    /// The code with which 16 bits begin: (length &lt;&lt; 8) | value; 0 where they begin with none.
    /// </summary>
    /// <param name="bits">0 to 65535, the first bit highest.</param>
    public int Find(int bits)
    {
        int found = _look[bits >> (16 - LookBits)];
        return found != 0 ? found : FindLong(bits);
    }

    private int FindLong(int bits)
    {
        // a shorter length's limit is never above a longer one's, and what the first lookup knows is below
        int length = LookBits + 1;
        while (bits >= _limit[length]) length++;
        return length > 16 ? 0 : length << 8 | _values[(bits >> (16 - length)) + _offset[length]];
    }
}
