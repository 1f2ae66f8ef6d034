using System.Buffers.Binary;
using System.IO.Compression;

namespace Veridicom.Pixels.Png;

/// <summary>
/// Writes PNG files (W3C PNG, third edition) without times, texts or anything else that could differ: the same samples give the same file.
/// </summary>
public static class PngWriter
{
    private const int Filters = 5;

    /// <summary>Writes a picture.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="width">Pixels, at least 1.</param>
    /// <param name="height">Pixels, at least 1.</param>
    /// <param name="colour">Any but a palette.</param>
    /// <param name="depth">8, or 16 for <see cref="PngColour.Grey"/>.</param>
    /// <param name="samples">[row, column, channel], without gaps; those of 16 bits in little endian.</param>
    /// <exception cref="ArgumentException">A form that is not written, or samples of another length.</exception>
    public static void Write(Stream output, int width, int height, PngColour colour, int depth, ReadOnlySpan<byte> samples)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (colour == PngColour.Palette || depth is not (8 or 16) || (depth == 16 && colour != PngColour.Grey))
            throw new ArgumentException("8 bits of any colour but a palette, or 16 bits of grey", nameof(depth));
        int pixelBytes = PngPicture.ChannelsOf(colour) * depth / 8, rowBytes = checked(width * pixelBytes);
        if (samples.Length != (long)rowBytes * height) throw new ArgumentException("the samples are not those of a picture of this size", nameof(samples));

        output.Write(PngFormat.Signature);
        Span<byte> head = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, width);
        BinaryPrimitives.WriteInt32BigEndian(head[4..], height);
        head[8] = (byte)depth;
        head[9] = (byte)colour;
        head[10..].Clear();
        Chunk(output, "IHDR"u8, head);
        using (var data = new ChunkStream(output))
        {
            using (var deflater = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true)) Rows(deflater, samples, rowBytes, pixelBytes, depth);
            data.Complete();
        }
        Chunk(output, "IEND"u8, []);
    }

    /// <summary>The same into memory.</summary>
    public static byte[] Write(int width, int height, PngColour colour, int depth, ReadOnlySpan<byte> samples)
    {
        using var output = new MemoryStream();
        Write(output, width, height, colour, depth, samples);
        return output.ToArray();
    }

    /// <summary>Each row behind the filter that leaves the smallest sum of differences (12.7): what deflates well nearly always.</summary>
    private static void Rows(Stream deflater, ReadOnlySpan<byte> samples, int rowBytes, int pixelBytes, int depth)
    {
        byte[] above = new byte[rowBytes], row = new byte[rowBytes], best = new byte[rowBytes + 1], tried = new byte[rowBytes + 1];
        for (int at = 0; at < samples.Length; at += rowBytes)
        {
            samples.Slice(at, rowBytes).CopyTo(row);
            if (depth == 16)
            {
                for (int i = 0; i < rowBytes; i += 2) (row[i], row[i + 1]) = (row[i + 1], row[i]);
            }
            long least = long.MaxValue;
            for (int filter = 0; filter < Filters; filter++)
            {
                long sum = Filter(filter, row, above, pixelBytes, tried);
                if (sum >= least) continue;
                least = sum;
                (best, tried) = (tried, best);
            }
            deflater.Write(best);
            (above, row) = (row, above);
        }
    }

    private static long Filter(int filter, byte[] row, byte[] above, int pixelBytes, byte[] filtered)
    {
        filtered[0] = (byte)filter;
        long sum = 0;
        unchecked
        {
            for (int i = 0; i < row.Length; i++)
            {
                int left = i < pixelBytes ? 0 : row[i - pixelBytes], corner = i < pixelBytes ? 0 : above[i - pixelBytes];
                int predicted = filter switch
                {
                    0 => 0,
                    1 => left,
                    2 => above[i],
                    3 => (left + above[i]) >> 1,
                    _ => PngFormat.Paeth(left, above[i], corner),
                };
                byte difference = (byte)(row[i] - predicted);
                filtered[i + 1] = difference;
                sum += difference < 128 ? difference : 256 - difference;
            }
        }
        return sum;
    }

    private static void Chunk(Stream output, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        output.Write(PngFormat.Number((uint)data.Length));
        output.Write(type);
        output.Write(data);
        output.Write(PngFormat.Number(PngFormat.Crc(PngFormat.Crc(0, type), data)));
    }

    /// <summary>Cuts what is written into IDAT chunks of one length.</summary>
    private sealed class ChunkStream(Stream output) : Stream
    {
        private readonly byte[] _buffer = new byte[1 << 16];
        private int _filled;

        public override void Write(ReadOnlySpan<byte> bytes)
        {
            while (bytes.Length > 0)
            {
                int count = Math.Min(bytes.Length, _buffer.Length - _filled);
                bytes[..count].CopyTo(_buffer.AsSpan(_filled));
                _filled += count;
                bytes = bytes[count..];
                if (_filled == _buffer.Length) Complete();
            }
        }

        public void Complete()
        {
            if (_filled > 0) Chunk(output, "IDAT"u8, _buffer.AsSpan(0, _filled));
            _filled = 0;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
        public override void Flush() { }
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
