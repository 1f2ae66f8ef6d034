namespace Veridicom.Testing;

/// <summary>
/// An encoder of lossless JPEG for tests, written from ISO/IEC 10918-1 annex H with nothing clever, so that it shares no mistake with the decoder.
/// </summary>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Components">1 to 4.</param>
/// <param name="Precision">2 to 16.</param>
/// <param name="Predictor">1 to 7.</param>
public sealed record LosslessJpegWriter(int Rows, int Columns, int Components, int Precision, int Predictor)
{
    /// <summary>Point transform.</summary>
    public int Shift { get; init; }

    /// <summary>Rows between restart markers, 0 for none.</summary>
    public int RestartRows { get; init; }

    /// <summary>One scan for all components.</summary>
    public bool Interleaved { get; init; } = true;

    /// <summary>0: all categories have codes of 5 bits; 1: small ones have short codes; 2: large ones have.</summary>
    public int Table { get; init; }

    /// <summary>Every component has a table of another kind.</summary>
    public bool ManyTables { get; init; }

    /// <summary>Segments before the frame.</summary>
    public byte[] Before { get; init; } = [];

    /// <summary>Encodes samples, [row, column, component].</summary>
    public byte[] Encode(ushort[] samples)
    {
        var code = new List<byte> { 0xFF, 0xD8 };
        code.AddRange(Before);
        Segment(code, 0xC3, [(byte)Precision, (byte)(Rows >> 8), (byte)(Rows & 255), (byte)(Columns >> 8), (byte)(Columns & 255), (byte)Components,
            .. Enumerable.Range(0, Components).SelectMany(i => new byte[] { (byte)(i + 1), 0x11, 0 })]);
        for (int i = 0; i < 3; i++)
        {
            byte[] lengths = Lengths(i);
            byte[] order = [.. Enumerable.Range(0, 17).OrderBy(category => lengths[category]).Select(category => (byte)category)];
            Segment(code, 0xC4, [(byte)i, .. Enumerable.Range(1, 16).Select(length => (byte)lengths.Count(l => l == length)), .. order]);
        }
        if (RestartRows > 0) Segment(code, 0xDD, [(byte)(RestartRows * Columns >> 8), (byte)(RestartRows * Columns & 255)]);
        foreach (int[] scan in Interleaved ? [[.. Enumerable.Range(0, Components)]] : Enumerable.Range(0, Components).Select(i => new[] { i }))
        {
            Segment(code, 0xDA, [(byte)scan.Length, .. scan.SelectMany(i => new byte[] { (byte)(i + 1), (byte)(TableOf(i) << 4) }), (byte)Predictor, 0, (byte)Shift]);
            Scan(code, samples, scan);
        }
        return [.. code, 0xFF, 0xD9];
    }

    private int TableOf(int component) => ManyTables ? (Table + component) % 3 : Table;

    private static byte[] Lengths(int table) => [.. Enumerable.Range(0, 17).Select(category => table switch
    {
        0 => (byte)5,
        1 => Skewed(category),
        _ => Skewed(16 - category),
    })];

    private static byte Skewed(int place) => (byte)Math.Min(16, Math.Max(2, place + 1));

    private static string[] Codes(int table)
    {
        byte[] lengths = Lengths(table);
        string[] codes = new string[17];
        int next = 0, length = 0;
        foreach (int category in Enumerable.Range(0, 17).OrderBy(category => lengths[category]))
        {
            next <<= lengths[category] - length;
            length = lengths[category];
            codes[category] = Convert.ToString(next++, 2).PadLeft(length, '0');
        }
        return codes;
    }

    private void Scan(List<byte> code, ushort[] samples, int[] scan)
    {
        string[][] codes = [.. scan.Select(i => Codes(TableOf(i)))];
        var bits = new System.Text.StringBuilder();
        for (int row = 0; row < Rows; row++)
        {
            int since = RestartRows == 0 ? row : row % RestartRows;
            if (row > 0 && since == 0)
            {
                Flush(code, bits);
                code.AddRange([0xFF, (byte)(0xD0 + (row / RestartRows - 1) % 8)]);
            }
            for (int column = 0; column < Columns; column++)
            {
                for (int i = 0; i < scan.Length; i++)
                {
                    int At(int r, int c) => samples[(r * Columns + c) * Components + scan[i]] >> Shift;
                    int a = column > 0 ? At(row, column - 1) : 0, b = since > 0 ? At(row - 1, column) : 0, c = since > 0 && column > 0 ? At(row - 1, column - 1) : 0;
                    int prediction = since == 0 ? column == 0 ? 1 << (Precision - Shift - 1) : a : column == 0 ? b : Predictor switch
                    {
                        1 => a,
                        2 => b,
                        3 => c,
                        4 => a + b - c,
                        5 => a + ((b - c) >> 1),
                        6 => b + ((a - c) >> 1),
                        _ => (a + b) >> 1,
                    };
                    int difference = ((At(row, column) - prediction) % 65536 + 65536 + 32767) % 65536 - 32767;
                    int category = 0;
                    while (Math.Abs(difference) >= 1 << category) category++;
                    bits.Append(codes[i][category]);
                    if (category is 0 or 16) continue;
                    bits.Append(Convert.ToString(difference > 0 ? difference : difference + (1 << category) - 1, 2).PadLeft(category, '0'));
                }
            }
        }
        Flush(code, bits);
    }

    private static void Flush(List<byte> code, System.Text.StringBuilder bits)
    {
        while (bits.Length % 8 != 0) bits.Append('1');
        string all = bits.ToString();
        for (int i = 0; i < all.Length; i += 8)
        {
            code.Add(Convert.ToByte(all.Substring(i, 8), 2));
            if (code[^1] == 0xFF) code.Add(0);
        }
        bits.Clear();
    }

    private static void Segment(List<byte> code, byte marker, byte[] content)
    {
        code.AddRange([0xFF, marker, (byte)((content.Length + 2) >> 8), (byte)((content.Length + 2) & 255)]);
        code.AddRange(content);
    }
}
