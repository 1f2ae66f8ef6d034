using System.Numerics;
using Veridicom.Pixels.Jpeg.Dct;

namespace Veridicom.Pixels.Jpeg;

/// <summary>Writes JFIF files of 8 bits: baseline JPEG (ITU-T T.81 annex F) with the example tables; colours as luminance and unreduced chrominance (T.871). For pictures that people look at: it loses.</summary>
public sealed class JpegWriter
{
    private static readonly (ushort Code, byte Bits)[] Dc = ExampleTables.Codes(ExampleTables.DcLengths, ExampleTables.DcSymbols);
    private static readonly (ushort Code, byte Bits)[] Ac = ExampleTables.Codes(ExampleTables.AcLengths, ExampleTables.AcSymbols);
    private static readonly float[] Cosines = CosineTable();

    private readonly MemoryStream _output = new();
    private uint _bits;
    private int _held;

    private JpegWriter()
    {
    }

    /// <summary>A whole file.</summary>
    /// <param name="rows">1 to 65535.</param>
    /// <param name="columns">1 to 65535.</param>
    /// <param name="channels">1 for gray, 3 for red, green and blue.</param>
    /// <param name="samples">[row, column, channel].</param>
    /// <param name="quality">1 to 100.</param>
    /// <exception cref="ArgumentException">Something else.</exception>
    public static byte[] Write(int rows, int columns, int channels, ReadOnlySpan<byte> samples, int quality)
    {
        if (rows is < 1 or > 65535 || columns is < 1 or > 65535 || channels is not (1 or 3) || samples.Length != (long)rows * columns * channels)
            throw new ArgumentException("1 or 3 channels of at most 65535 x 65535 samples are written", nameof(samples));
        var jpeg = new JpegWriter();
        byte[] luminance = ExampleTables.Steps(ExampleTables.Luminance, quality), chrominance = ExampleTables.Steps(ExampleTables.Chrominance, quality);
        jpeg.Header(rows, columns, channels, luminance, chrominance);
        jpeg.Scan(rows, columns, channels, samples, luminance, chrominance);
        jpeg._output.Write([0xFF, 0xD9]);
        return jpeg._output.ToArray();
    }

    private void Header(int rows, int columns, int channels, byte[] luminance, byte[] chrominance)
    {
        _output.Write([0xFF, 0xD8]);
        Segment(0xE0, [.. "JFIF\0"u8, 1, 1, 0, 0, 1, 0, 1, 0, 0]);
        Table(0, luminance);
        if (channels == 3) Table(1, chrominance);
        ReadOnlySpan<byte> size = [8, (byte)(rows >> 8), (byte)(rows & 255), (byte)(columns >> 8), (byte)(columns & 255)];
        Segment(0xC0, channels == 1 ? [.. size, 1, 1, 0x11, 0] : [.. size, 3, 1, 0x11, 0, 2, 0x11, 1, 3, 0x11, 1]);
        Segment(0xC4, [0x00, .. ExampleTables.DcLengths, .. ExampleTables.DcSymbols]);
        Segment(0xC4, [0x10, .. ExampleTables.AcLengths, .. ExampleTables.AcSymbols]);
        Segment(0xDA, channels == 1 ? [1, 1, 0x00, 0, 63, 0] : [3, 1, 0x00, 2, 0x00, 3, 0x00, 0, 63, 0]);
    }

    private void Table(byte number, byte[] steps)
    {
        byte[] table = new byte[65];
        table[0] = number;
        for (int k = 0; k < 64; k++) table[k + 1] = steps[SequentialBlock.Zigzag[k]];
        Segment(0xDB, table);
    }

    private void Segment(byte marker, ReadOnlySpan<byte> content)
    {
        int length = content.Length + 2;
        _output.Write([0xFF, marker, (byte)(length >> 8), (byte)(length & 255)]);
        _output.Write(content);
    }

    private void Scan(int rows, int columns, int channels, ReadOnlySpan<byte> samples, byte[] luminance, byte[] chrominance)
    {
        Span<float> block = stackalloc float[64];
        Span<int> quantised = stackalloc int[64], before = stackalloc int[channels];
        before.Clear();
        for (int top = 0; top < rows; top += 8)
        {
            for (int left = 0; left < columns; left += 8)
            {
                for (int channel = 0; channel < channels; channel++)
                {
                    // blocks that stick out repeat the last row and column
                    for (int y = 0; y < 8; y++)
                    {
                        int row = Math.Min(top + y, rows - 1) * columns;
                        for (int x = 0; x < 8; x++) block[y * 8 + x] = Level(samples.Slice((row + Math.Min(left + x, columns - 1)) * channels, channels), channel);
                    }
                    Transform(block);
                    byte[] steps = channel == 0 ? luminance : chrominance;
                    for (int k = 0; k < 64; k++)
                    {
                        int place = SequentialBlock.Zigzag[k];
                        quantised[k] = (int)MathF.Round(block[place] / steps[place], MidpointRounding.AwayFromZero);
                    }
                    Put(quantised, ref before[channel]);
                }
            }
        }
        // the last byte is filled with ones
        if (_held > 0) Bits((ushort)((1 << (8 - _held)) - 1), 8 - _held);
    }

    /// <summary>Luminance or chrominance of a pixel, shifted to both sides of zero (T.871 7; T.81 A.3.1).</summary>
    private static float Level(ReadOnlySpan<byte> pixel, int channel) => pixel.Length == 1 ? pixel[0] - 128 : channel switch
    {
        0 => MathF.Round(0.299f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2]) - 128,
        1 => Math.Clamp(MathF.Round(-0.168735892f * pixel[0] - 0.331264108f * pixel[1] + 0.5f * pixel[2]), -128, 127),
        _ => Math.Clamp(MathF.Round(0.5f * pixel[0] - 0.418687589f * pixel[1] - 0.081312411f * pixel[2]), -128, 127),
    };

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

    private static int SizeOf(int value) => 32 - BitOperations.LeadingZeroCount((uint)Math.Abs(value));

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
