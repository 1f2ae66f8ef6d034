using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Veridicom.Pixels.Png;

/// <summary>
/// Reads PNG files (W3C PNG, third edition) of every colour type and depth, and refuses what breaks a rule of them: order and number of chunks, every
/// check sum, lengths, filters, indices beyond the palette. Animations are read as their default picture.
/// </summary>
public static class PngReader
{
    /// <summary>The most pixels of a picture.</summary>
    public const int MaxPixels = 1 << 28;

    private const int MaxChunks = 65536;
    // 258 bytes come of two bits at best (RFC 1951 3.2.5)
    private const int MostDeflation = 1032;

    /// <summary>True where bytes begin as every PNG file does.</summary>
    public static bool IsPng(ReadOnlySpan<byte> start) => start.StartsWith(PngFormat.Signature);

    /// <summary>Reads a file. Nothing is allocated beyond what its length and a checked size justify.</summary>
    /// <exception cref="PixelException">No PNG file, broken, or too large.</exception>
    public static PngPicture Read(ReadOnlySpan<byte> file)
    {
        if (!IsPng(file)) throw new PixelException(PixelError.Malformed, 0, "not a PNG file");
        var chunks = new List<PngChunk>();
        int at = PngFormat.Signature.Length;
        while (chunks.Count == 0 || chunks[^1].Type != "IEND") chunks.Add(Next(file, ref at, chunks.Count));
        Header head = ReadHeader(file, chunks[0]);
        CheckOrder(chunks);
        byte[] palette = ReadPalette(file, chunks, head), transparency = ReadTransparency(file, chunks, head, palette);
        byte[] samples = Unpack(Inflate(Data(file, chunks), head), head);
        if (head.Colour == PngColour.Palette && palette.Length < 768 && samples.AsSpan().ContainsAnyInRange((byte)(palette.Length / 3), (byte)255))
            throw new PixelException(PixelError.Malformed, -1, "an index lies beyond the palette");
        return new PngPicture(head.Width, head.Height, head.Colour, head.Depth, head.Interlaced, samples, palette, transparency, chunks, file.Length - at);
    }

    private static PngChunk Next(ReadOnlySpan<byte> file, ref int at, int before)
    {
        if (before == MaxChunks) throw new PixelException(PixelError.TooLarge, at, "too many chunks");
        if (file.Length - at < 12) throw new PixelException(PixelError.Truncated, at, "the file ends within a chunk");
        uint length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
        ReadOnlySpan<byte> type = file.Slice(at + 4, 4);
        foreach (byte letter in type)
        {
            if (!char.IsAsciiLetter((char)letter)) throw new PixelException(PixelError.Malformed, at + 4, "the type of a chunk is not four letters");
        }
        if (length > file.Length - at - 12) throw new PixelException(PixelError.Truncated, at, "the file ends within a chunk");
        uint said = BinaryPrimitives.ReadUInt32BigEndian(file[(at + 8 + (int)length)..]);
        if (PngFormat.Crc(0, file.Slice(at + 4, 4 + (int)length)) != said) throw new PixelException(PixelError.Malformed, at, "the check sum of a chunk is wrong");
        var chunk = new PngChunk(Encoding.ASCII.GetString(type), at + 8, (int)length);
        if (!chunk.IsAncillary && chunk.Type is not ("IHDR" or "PLTE" or "IDAT" or "IEND"))
            throw new PixelException(PixelError.Unsupported, at + 4, "a chunk that must be understood is not known");
        at += 12 + (int)length;
        return chunk;
    }

    private static Header ReadHeader(ReadOnlySpan<byte> file, PngChunk first)
    {
        if (first.Type != "IHDR" || first.Length != 13) throw new PixelException(PixelError.Malformed, first.Offset, "the file does not begin with its header");
        ReadOnlySpan<byte> bytes = file.Slice((int)first.Offset, 13);
        uint width = BinaryPrimitives.ReadUInt32BigEndian(bytes), height = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue) throw new PixelException(PixelError.Malformed, first.Offset, "width or height is out of range");
        if ((ulong)width * height > MaxPixels) throw new PixelException(PixelError.TooLarge, first.Offset, "the picture has too many pixels");
        int depth = bytes[8];
        bool allowed = (PngColour)bytes[9] switch
        {
            PngColour.Grey => depth is 1 or 2 or 4 or 8 or 16,
            PngColour.Palette => depth is 1 or 2 or 4 or 8,
            PngColour.Rgb or PngColour.GreyAlpha or PngColour.Rgba => depth is 8 or 16,
            _ => false,
        };
        if (!allowed) throw new PixelException(PixelError.Malformed, first.Offset + 8, "no colour type has this depth");
        if (bytes[10] != 0 || bytes[11] != 0 || bytes[12] > 1) throw new PixelException(PixelError.Malformed, first.Offset + 10, "compression, filter or interlace method is not known");
        return new Header((int)width, (int)height, (PngColour)bytes[9], depth, bytes[12] == 1);
    }

    /// <summary>One header, at most one palette, the data in one run, an empty end (5.6).</summary>
    private static void CheckOrder(List<PngChunk> chunks)
    {
        int palettes = 0, transparencies = 0, runs = 0;
        for (int i = 1; i < chunks.Count; i++)
        {
            bool wrong = chunks[i].Type switch
            {
                "IHDR" => true,
                "PLTE" => ++palettes > 1 || runs > 0 || transparencies > 0,
                "tRNS" => ++transparencies > 1 || runs > 0,
                "IDAT" => chunks[i - 1].Type != "IDAT" && ++runs > 1,
                "IEND" => chunks[i].Length != 0,
                _ => false,
            };
            if (wrong) throw new PixelException(PixelError.Malformed, chunks[i].Offset, "a chunk stands where it may not");
        }
        if (runs == 0) throw new PixelException(PixelError.Malformed, -1, "the file has no picture data");
    }

    private static byte[] ReadPalette(ReadOnlySpan<byte> file, List<PngChunk> chunks, Header head)
    {
        PngChunk chunk = chunks.Find(c => c.Type == "PLTE");
        bool wanted = head.Colour == PngColour.Palette;
        if (chunk.Type is null) return wanted ? throw new PixelException(PixelError.Malformed, -1, "the palette is missing") : [];
        bool allowed = head.Colour is not (PngColour.Grey or PngColour.GreyAlpha) && chunk.Length is > 0 and <= 768 && chunk.Length % 3 == 0
            && (!wanted || chunk.Length / 3 <= 1 << head.Depth);
        return allowed ? file.Slice((int)chunk.Offset, chunk.Length).ToArray() : throw new PixelException(PixelError.Malformed, chunk.Offset, "the palette does not fit the colour type");
    }

    private static byte[] ReadTransparency(ReadOnlySpan<byte> file, List<PngChunk> chunks, Header head, byte[] palette)
    {
        PngChunk chunk = chunks.Find(c => c.Type == "tRNS");
        if (chunk.Type is null) return [];
        bool allowed = head.Colour switch
        {
            PngColour.Grey => chunk.Length == 2,
            PngColour.Rgb => chunk.Length == 6,
            PngColour.Palette => chunk.Length > 0 && chunk.Length <= palette.Length / 3,
            _ => false,
        };
        return allowed ? file.Slice((int)chunk.Offset, chunk.Length).ToArray() : throw new PixelException(PixelError.Malformed, chunk.Offset, "the transparency does not fit the colour type");
    }

    private static byte[] Data(ReadOnlySpan<byte> file, List<PngChunk> chunks)
    {
        long total = 0;
        foreach (PngChunk chunk in chunks) total += chunk.Type == "IDAT" ? chunk.Length : 0;
        byte[] joined = new byte[total];
        int filled = 0;
        foreach (PngChunk chunk in chunks)
        {
            if (chunk.Type != "IDAT") continue;
            file.Slice((int)chunk.Offset, chunk.Length).CopyTo(joined.AsSpan(filled));
            filled += chunk.Length;
        }
        return joined;
    }

    /// <summary>The filtered rows of all passes. The stream must give exactly these, and end with their check sum.</summary>
    private static byte[] Inflate(byte[] data, Header head)
    {
        long wanted = 0;
        foreach (Pass pass in head.Passes()) wanted += (long)pass.Height * (1 + pass.RowBytes(head));
        if (data.Length < 6 || wanted > (long)data.Length * MostDeflation) throw new PixelException(PixelError.Truncated, -1, "the picture data is too short for its size");
        if (wanted > Array.MaxLength) throw new PixelException(PixelError.TooLarge, -1, "the picture is too large");
        // RFC 1950 2.2: deflate with a window of at most 32 KB, no dictionary, a header that 31 divides
        if ((data[0] & 15) != 8 || data[0] >> 4 > 7 || (data[1] & 32) != 0 || ((data[0] << 8) | data[1]) % 31 != 0)
            throw new PixelException(PixelError.Malformed, -1, "the picture data is not a zlib stream");
        byte[] rows = new byte[wanted];
        bool more;
        try
        {
            using var inflater = new DeflateStream(new MemoryStream(data, 2, data.Length - 6), CompressionMode.Decompress);
            int read = inflater.ReadAtLeast(rows, rows.Length, throwOnEndOfStream: false);
            if (read < rows.Length) throw new PixelException(PixelError.Truncated, -1, "the picture data ends before the picture does");
            more = inflater.ReadByte() >= 0;
        }
        catch (InvalidDataException)
        {
            throw new PixelException(PixelError.Malformed, -1, "the picture data is broken");
        }
        if (more) throw new PixelException(PixelError.Malformed, -1, "there is more picture data than picture");
        if (PngFormat.Adler(1, rows) != BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(data.Length - 4)))
            throw new PixelException(PixelError.Malformed, -1, "the check sum of the picture data is wrong");
        return rows;
    }

    private static byte[] Unpack(byte[] rows, Header head)
    {
        int channels = PngPicture.ChannelsOf(head.Colour), sampleBytes = head.Depth == 16 ? 2 : 1, pixelBytes = channels * sampleBytes;
        if ((long)head.Width * head.Height * pixelBytes > Array.MaxLength) throw new PixelException(PixelError.TooLarge, -1, "the picture is too large");
        byte[] samples = new byte[head.Width * head.Height * pixelBytes];
        int filterBytes = Math.Max(1, channels * head.Depth / 8), at = 0;
        foreach (Pass pass in head.Passes())
        {
            int rowBytes = (int)pass.RowBytes(head);
            byte[] nothing = new byte[rowBytes];
            Span<byte> above = nothing;
            for (int y = 0; y < pass.Height; y++)
            {
                byte filter = rows[at];
                Span<byte> row = rows.AsSpan(at + 1, rowBytes);
                Unfilter(filter, row, above, filterBytes);
                for (int x = 0; x < pass.Width; x++)
                {
                    int to = ((pass.Y + y * pass.StepY) * head.Width + pass.X + x * pass.StepX) * pixelBytes;
                    if (head.Depth < 8)
                    {
                        int bit = x * head.Depth;
                        samples[to] = (byte)((row[bit >> 3] >> (8 - head.Depth - (bit & 7))) & ((1 << head.Depth) - 1));
                    }
                    else if (head.Depth == 8) row.Slice(x * pixelBytes, pixelBytes).CopyTo(samples.AsSpan(to));
                    else
                    {
                        for (int i = 0; i < pixelBytes; i += 2) (samples[to + i], samples[to + i + 1]) = (row[x * pixelBytes + i + 1], row[x * pixelBytes + i]);
                    }
                }
                above = row;
                at += 1 + rowBytes;
            }
        }
        return samples;
    }

    private static void Unfilter(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int pixelBytes)
    {
        if (filter > 4) throw new PixelException(PixelError.Malformed, -1, "a row has a filter that does not exist");
        if (filter == 0) return;
        unchecked
        {
            for (int i = 0; i < row.Length; i++)
            {
                int left = i < pixelBytes ? 0 : row[i - pixelBytes], corner = i < pixelBytes ? 0 : above[i - pixelBytes];
                row[i] += (byte)(filter switch
                {
                    1 => left,
                    2 => above[i],
                    3 => (left + above[i]) >> 1,
                    _ => PngFormat.Paeth(left, above[i], corner),
                });
            }
        }
    }

    private readonly record struct Header(int Width, int Height, PngColour Colour, int Depth, bool Interlaced)
    {
        /// <summary>The whole picture, or the seven passes of it that are not empty (8.2).</summary>
        public IEnumerable<Pass> Passes()
        {
            if (!Interlaced)
            {
                yield return new Pass(0, 0, 1, 1, Width, Height);
                yield break;
            }
            (int X, int Y, int StepX, int StepY)[] all = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
            foreach ((int x, int y, int stepX, int stepY) in all)
            {
                int width = Math.Max(0, (Width - x + stepX - 1) / stepX), height = Math.Max(0, (Height - y + stepY - 1) / stepY);
                if (width > 0 && height > 0) yield return new Pass(x, y, stepX, stepY, width, height);
            }
        }
    }

    private readonly record struct Pass(int X, int Y, int StepX, int StepY, int Width, int Height)
    {
        public long RowBytes(Header head) => ((long)Width * PngPicture.ChannelsOf(head.Colour) * head.Depth + 7) / 8;
    }
}
