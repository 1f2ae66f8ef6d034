using Veridicom.Pixels.Encapsulated;

namespace Veridicom.Testing;

/// <summary>A plain encoder of lossless JPEG (ISO/IEC 10918-1 annex H), with one Huffman table of codes of five bits.</summary>
public static class LosslessJpegMaker
{
    /// <summary>Encodes cells of their full width.</summary>
    /// <param name="cells">Little endian, colour by pixel.</param>
    /// <param name="shape">Cells of one or two bytes.</param>
    /// <param name="predictor">1 to 7.</param>
    /// <param name="restartRows">Rows between restart markers, 0 without.</param>
    public static byte[] Make(ReadOnlySpan<byte> cells, FrameShape shape, int predictor, int restartRows)
    {
        int samples = shape.Samples, columns = shape.Columns, interval = restartRows * columns;
        List<byte> code = [0xFF, 0xD8, 0xFF, 0xC3, 0, (byte)(8 + 3 * samples), (byte)(8 * shape.CellBytes), 0, (byte)shape.Rows, 0, (byte)columns, (byte)samples];
        for (int i = 0; i < samples; i++) code.AddRange([(byte)(i + 1), 0x11, 0]);
        code.AddRange([0xFF, 0xC4, 0, 36, 0, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for (int category = 0; category <= 16; category++) code.Add((byte)category);
        if (interval > 0) code.AddRange([0xFF, 0xDD, 0, 4, (byte)(interval >> 8), (byte)(interval & 0xFF)]);
        code.AddRange([0xFF, 0xDA, 0, (byte)(6 + 2 * samples), (byte)samples]);
        for (int i = 0; i < samples; i++) code.AddRange([(byte)(i + 1), 0]);
        code.AddRange([(byte)predictor, 0, 0]);

        int[] values = new int[cells.Length / shape.CellBytes];
        for (int i = 0; i < values.Length; i++) values[i] = shape.CellBytes == 1 ? cells[i] : cells[2 * i] | cells[2 * i + 1] << 8;
        ulong bits = 0;
        int count = 0, restarts = 0;
        for (int row = 0; row < shape.Rows; row++)
        {
            bool first = row == 0 || (restartRows > 0 && row % restartRows == 0);
            if (first && row > 0)
            {
                Flush();
                code.AddRange([0xFF, (byte)(0xD0 + restarts++ % 8)]);
            }
            for (int at = row * columns * samples; at < (row + 1) * columns * samples; at++)
            {
                bool left = at % (columns * samples) >= samples;
                int a = left ? values[at - samples] : 0, b = first ? 0 : values[at - columns * samples], c = left && !first ? values[at - columns * samples - samples] : 0;
                int predicted = first && !left ? 1 << (8 * shape.CellBytes - 1) : first ? a : !left ? b : predictor switch
                {
                    1 => a, 2 => b, 3 => c, 4 => a + b - c, 5 => a + ((b - c) >> 1), 6 => b + ((a - c) >> 1), _ => (a + b) >> 1,
                };
                Put(unchecked((short)(values[at] - predicted)));
            }
        }
        Flush();
        return [.. code, 0xFF, 0xD9];

        void Put(int difference)
        {
            int size = difference == short.MinValue ? 16 : 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)Math.Abs(difference));
            Bits(size, 5);
            if (size is > 0 and < 16) Bits(difference < 0 ? difference + (1 << size) - 1 : difference, size);
        }

        void Bits(int value, int length)
        {
            bits = bits << length | (uint)value;
            for (count += length; count >= 8; count -= 8)
            {
                byte next = (byte)(bits >> (count - 8) & 0xFF);
                code.Add(next);
                if (next == 0xFF) code.Add(0);
            }
            bits &= (1UL << count) - 1;
        }

        void Flush()
        {
            if (count > 0) Bits((1 << (8 - count)) - 1, 8 - count);
        }
    }
}
