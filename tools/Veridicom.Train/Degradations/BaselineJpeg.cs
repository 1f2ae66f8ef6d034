using Veridicom.Forensics;

namespace Veridicom.Train.Degradations;

/// <summary>Encodes gray pictures of 8 bits as baseline JPEG (ITU-T T.81 annex F), as messengers and portals do before an image reaches anyone who doubts it.</summary>
internal sealed class BaselineJpeg
{
    private static readonly (ushort Code, byte Bits)[] Dc = JpegTables.Codes(JpegTables.DcLengths, JpegTables.DcSymbols);
    private static readonly (ushort Code, byte Bits)[] Ac = JpegTables.Codes(JpegTables.AcLengths, JpegTables.AcSymbols);
    private static readonly float[] Cosines = CosineTable();

    private readonly MemoryStream _output = new();
    private uint _bits;
    private int _held;

    private BaselineJpeg()
    {
    }

    /// <summary>A whole JFIF file.</summary>
    /// <param name="picture">8 bits, at most 65535 x 65535.</param>
    /// <param name="quality">1 to 100.</param>
    public static byte[] Encode(GrayPicture picture, int quality)
    {
        if (picture.Levels != 256 || Math.Max(picture.Rows, picture.Columns) > 65535) throw new ArgumentException("8 bits and at most 65535 rows and columns are encoded", nameof(picture));
        var jpeg = new BaselineJpeg();
        byte[] steps = JpegTables.Steps(quality);
        jpeg.Header(picture, steps);
        jpeg.Scan(picture, steps);
        jpeg._output.Write([0xFF, 0xD9]);
        return jpeg._output.ToArray();
    }

    private void Header(GrayPicture picture, byte[] steps)
    {
        _output.Write([0xFF, 0xD8]);
        Segment(0xE0, [.. "JFIF\0"u8, 1, 1, 0, 0, 1, 0, 1, 0, 0]);
        byte[] table = new byte[65];
        for (int k = 0; k < 64; k++) table[k + 1] = steps[JpegTables.Zigzag[k]];
        Segment(0xDB, table);
        Segment(0xC0, [8, (byte)(picture.Rows >> 8), (byte)(picture.Rows & 255), (byte)(picture.Columns >> 8), (byte)(picture.Columns & 255), 1, 1, 0x11, 0]);
        Segment(0xC4, [0x00, .. JpegTables.DcLengths, .. JpegTables.DcSymbols]);
        Segment(0xC4, [0x10, .. JpegTables.AcLengths, .. JpegTables.AcSymbols]);
        Segment(0xDA, [1, 1, 0x00, 0, 63, 0]);
    }

    private void Segment(byte marker, ReadOnlySpan<byte> content)
    {
        int length = content.Length + 2;
        _output.Write([0xFF, marker, (byte)(length >> 8), (byte)(length & 255)]);
        _output.Write(content);
    }

    private void Scan(GrayPicture picture, byte[] steps)
    {
        Span<float> block = stackalloc float[64];
        Span<int> quantised = stackalloc int[64];
        int before = 0;
        for (int top = 0; top < picture.Rows; top += 8)
        {
            for (int left = 0; left < picture.Columns; left += 8)
            {
                // blocks that stick out repeat the last row and column
                for (int y = 0; y < 8; y++)
                {
                    ReadOnlySpan<float> row = picture.Row(Math.Min(top + y, picture.Rows - 1));
                    for (int x = 0; x < 8; x++) block[y * 8 + x] = Math.Clamp(MathF.Round(row[Math.Min(left + x, picture.Columns - 1)]), 0, 255) - 128;
                }
                Transform(block);
                for (int k = 0; k < 64; k++)
                {
                    int place = JpegTables.Zigzag[k];
                    quantised[k] = (int)MathF.Round(block[place] / steps[place], MidpointRounding.AwayFromZero);
                }
                Put(quantised, ref before);
            }
        }
        // the last byte is filled with ones
        if (_held > 0) Bits((ushort)((1 << (8 - _held)) - 1), 8 - _held);
    }

    /// <summary>The forward DCT of T.81 A.3.3, rows and then columns.</summary>
    private static void Transform(Span<float> block)
    {
        Span<float> half = stackalloc float[64];
        for (int y = 0; y < 8; y++)
        {
            for (int u = 0; u < 8; u++)
            {
                float sum = 0;
                for (int x = 0; x < 8; x++) sum += Cosines[u * 8 + x] * block[y * 8 + x];
                half[y * 8 + u] = sum;
            }
        }
        for (int v = 0; v < 8; v++)
        {
            for (int u = 0; u < 8; u++)
            {
                float sum = 0;
                for (int y = 0; y < 8; y++) sum += Cosines[v * 8 + y] * half[y * 8 + u];
                block[v * 8 + u] = sum;
            }
        }
    }

    private static float[] CosineTable()
    {
        var table = new float[64];
        for (int u = 0; u < 8; u++)
        {
            for (int x = 0; x < 8; x++) table[u * 8 + x] = (float)((u == 0 ? Math.Sqrt(0.125) : 0.5) * Math.Cos((2 * x + 1) * u * Math.PI / 16));
        }
        return table;
    }

    private void Put(ReadOnlySpan<int> coefficients, ref int before)
    {
        int difference = coefficients[0] - before, size = SizeOf(difference), zeros = 0;
        before = coefficients[0];
        Bits(Dc[size].Code, Dc[size].Bits);
        Number(difference, size);
        for (int k = 1; k < 64; k++)
        {
            if (coefficients[k] == 0)
            {
                zeros++;
                continue;
            }
            for (; zeros > 15; zeros -= 16) Bits(Ac[0xF0].Code, Ac[0xF0].Bits);
            size = SizeOf(coefficients[k]);
            (ushort code, byte bits) = Ac[zeros << 4 | size];
            Bits(code, bits);
            Number(coefficients[k], size);
            zeros = 0;
        }
        if (zeros > 0) Bits(Ac[0].Code, Ac[0].Bits);
    }

    private static int SizeOf(int value) => 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)Math.Abs(value));

    // A negative number is written as its ones' complement (T.81 F.1.2.1).
    private void Number(int value, int size) => Bits((ushort)(value < 0 ? value + (1 << size) - 1 : value), size);

    private void Bits(ushort value, int count)
    {
        _bits = _bits << count | value;
        _held += count;
        while (_held >= 8)
        {
            byte next = (byte)(_bits >> (_held - 8) & 255);
            _output.WriteByte(next);
            if (next == 0xFF) _output.WriteByte(0);
            _held -= 8;
        }
        _bits &= (1u << _held) - 1;
    }
}
