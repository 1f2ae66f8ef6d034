using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Veridicom.Pixels.Png;

namespace Veridicom.Tests.Pictures;

/// <summary>PNG files written slowly and in every form, each row behind another filter.</summary>
internal static class PngByHand
{
    private static readonly (int X, int Y, int StepX, int StepY)[] Passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    public static ushort[] Samples(int width, int height, PngColour colour, int depth)
    {
        var random = new Random(width * 1000 + height + depth);
        return [.. Enumerable.Range(0, width * height * PngPicture.ChannelsOf(colour)).Select(_ => (ushort)random.Next(1 << depth))];
    }

    public static byte[] File(int width, int height, PngColour colour, int depth, bool interlaced, ushort[] samples, byte[]? palette = null, byte[]? transparency = null, byte[]? extra = null)
    {
        if (colour == PngColour.Palette) palette ??= new byte[3 << depth];
        byte[] before = palette is { Length: > 0 } ? Chunk("PLTE", palette) : [];
        byte[] clear = transparency is { Length: > 0 } ? Chunk("tRNS", transparency) : [];
        byte[] stream = Zlib(Rows(width, height, PngPicture.ChannelsOf(colour), depth, interlaced, samples));
        int cut = stream.Length / 2; // the data may stand in several chunks
        return Of(Header(width, height, colour, depth, interlaced), extra ?? [], before, clear, Chunk("IDAT", stream[..cut]), Chunk("IDAT", stream[cut..]), Chunk("IEND", []));
    }

    public static byte[] Of(params byte[][] chunks) => [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', .. chunks.SelectMany(c => c)];

    public static byte[] Header(int width, int height, PngColour colour, int depth, bool interlaced)
    {
        byte[] head = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, width);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), height);
        (head[8], head[9], head[12]) = ((byte)depth, (byte)colour, (byte)(interlaced ? 1 : 0));
        return Chunk("IHDR", head);
    }

    public static byte[] Chunk(string type, byte[] data)
    {
        byte[] chunk = [0, 0, 0, 0, .. Encoding.ASCII.GetBytes(type), .. data, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc(chunk.AsSpan(4, data.Length + 4)));
        return chunk;
    }

    /// <summary>The same file with the check sums that its chunks ought to have, as far as it is one.</summary>
    public static byte[] Summed(byte[] file)
    {
        for (long at = 8; at + 12 <= file.Length;)
        {
            long length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan((int)at));
            if (at + 12 + length > file.Length) break;
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan((int)(at + 8 + length)), Crc(file.AsSpan((int)at + 4, (int)length + 4)));
            at += 12 + length;
        }
        return file;
    }

    public static byte[] Zlib(byte[] bytes)
    {
        using var output = new MemoryStream();
        using (var deflater = new ZLibStream(output, CompressionLevel.Optimal, leaveOpen: true)) deflater.Write(bytes);
        return output.ToArray();
    }

    private static byte[] Rows(int width, int height, int channels, int depth, bool interlaced, ushort[] samples)
    {
        var rows = new List<byte>();
        int unit = Math.Max(1, channels * depth / 8), filter = 0;
        foreach ((int x0, int y0, int stepX, int stepY) in interlaced ? Passes : [(0, 0, 1, 1)])
        {
            int across = (width - x0 + stepX - 1) / stepX, down = (height - y0 + stepY - 1) / stepY;
            if (across <= 0 || down <= 0) continue;
            byte[] above = new byte[(across * channels * depth + 7) / 8];
            for (int y = 0; y < down; y++)
            {
                byte[] row = new byte[above.Length];
                for (int x = 0; x < across; x++)
                {
                    for (int c = 0; c < channels; c++)
                    {
                        int value = samples[((y0 + y * stepY) * width + x0 + x * stepX) * channels + c], bit = (x * channels + c) * depth;
                        if (depth == 16) (row[bit / 8], row[bit / 8 + 1]) = ((byte)(value >> 8), (byte)(value & 0xFF));
                        else row[bit / 8] |= (byte)(value << (8 - depth - bit % 8));
                    }
                }
                rows.Add((byte)filter);
                for (int i = 0; i < row.Length; i++)
                {
                    int a = i < unit ? 0 : row[i - unit], b = above[i], c = i < unit ? 0 : above[i - unit], p = a + b - c;
                    int paeth = Math.Abs(p - a) <= Math.Abs(p - b) && Math.Abs(p - a) <= Math.Abs(p - c) ? a : Math.Abs(p - b) <= Math.Abs(p - c) ? b : c;
                    rows.Add(unchecked((byte)(row[i] - filter switch { 0 => 0, 1 => a, 2 => b, 3 => (a + b) / 2, _ => paeth })));
                }
                filter = (filter + 1) % 5;
                above = row;
            }
        }
        return [.. rows];
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }
        return ~crc;
    }
}
