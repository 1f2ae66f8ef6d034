using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace Veridicom.Dicom.Parsing;

/// <summary>The inflated bytes of a deflated data set (PS3.5-2023b A.5), in chunks, within absolute and ratio limits.</summary>
internal sealed class InflatedSource : ByteSource
{
    private const int ChunkSize = 1 << 20;
    private readonly List<byte[]> _chunks;
    private byte[] _scratch = [];

    private InflatedSource(List<byte[]> chunks, long length)
    {
        _chunks = chunks;
        Length = length;
    }

    public override long Length { get; }

    public override ReadOnlySpan<byte> Window(long offset, int length)
    {
        CheckWindow(offset, length);
        if (length == 0) return default;
        int first = (int)(offset / ChunkSize), within = (int)(offset % ChunkSize);
        if (within + length <= ChunkSize) return _chunks[first].AsSpan(within, length);
        if (_scratch.Length < length) _scratch = new byte[length];
        int done = 0;
        while (done < length)
        {
            ReadOnlySpan<byte> part = _chunks[first++].AsSpan(within);
            part = part[..Math.Min(part.Length, length - done)];
            part.CopyTo(_scratch.AsSpan(done));
            done += part.Length;
            within = 0;
        }
        return _scratch.AsSpan(0, length);
    }

    /// <summary>Inflates from <paramref name="start"/> to the end of the source. <paramref name="trailing"/>: bytes follow the stream that may not.</summary>
    /// <exception cref="DicomException">Broken stream, or past a limit.</exception>
    public static InflatedSource Inflate(ByteSource source, long start, ParseLimits limits, out bool trailing)
    {
        var input = new SourceStream(source, start);
        long deflated = source.Length - start;
        long allowed = Math.Min(limits.MaxInflated, Math.Max(limits.InflateFloor, deflated > long.MaxValue / limits.MaxInflateRatio ? long.MaxValue : deflated * limits.MaxInflateRatio));
        var chunks = new List<byte[]>();
        long length = 0;
        // most data sets are much smaller than a chunk: they get their own length only
        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            using var inflater = new DeflateStream(input, CompressionMode.Decompress);
            for (int read = ChunkSize; read == ChunkSize;)
            {
                read = inflater.ReadAtLeast(chunk.AsSpan(0, ChunkSize), ChunkSize, throwOnEndOfStream: false);
                length += read;
                if (length > allowed)
                    throw new DicomException(DicomError.InflateLimit, start, "", $"{deflated} deflated bytes inflate to more than the {allowed} allowed");
                if (read > 0) chunks.Add(chunk.AsSpan(0, read).ToArray());
            }
        }
        catch (InvalidDataException)
        {
            throw new DicomException(DicomError.BadDeflate, start, "", "the deflated data set is broken");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
        if (input.AskedBeyondEnd) throw new DicomException(DicomError.BadDeflate, start, "", "the deflated data set ends before its stream does");
        var inflated = new InflatedSource(chunks, length);
        trailing = !inflated.MayEndWith(source, input.Position);
        return inflated;
    }

    /// <summary>
    /// Nothing, one zero that makes the length even, or what some writers leave there of the gzip format (RFC 1952 2.3.1): the CRC-32 and
    /// the length of what was deflated. Those eight bytes have one value only, so that nothing can hide in them.
    /// </summary>
    private bool MayEndWith(ByteSource source, long at)
    {
        long left = source.Length - at;
        if (left is 8 or 9)
        {
            ReadOnlySpan<byte> trailer = source.Window(at, 8);
            uint crc = BinaryPrimitives.ReadUInt32LittleEndian(trailer), size = BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]);
            if (size != (uint)(Length & uint.MaxValue) || crc != Crc32()) return false;
            left -= 8;
            at += 8;
        }
        return left == 0 || (left == 1 && source.Window(at, 1)[0] == 0);
    }

    private uint Crc32()
    {
        Span<uint> table = stackalloc uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint row = i;
            for (int bit = 0; bit < 8; bit++) row = (row >> 1) ^ ((row & 1) != 0 ? 0xEDB88320 : 0);
            table[(int)i] = row;
        }
        uint crc = uint.MaxValue;
        for (long at = 0; at < Length; at += ChunkSize)
        {
            foreach (byte b in Window(at, (int)Math.Min(ChunkSize, Length - at))) crc = table[(int)((crc ^ b) & 0xFF)] ^ (crc >> 8);
        }
        return ~crc;
    }

    /// <summary>Feeds the inflater, the last bytes one at a time, so that its own end shows where the stream ended.</summary>
    private sealed class SourceStream(ByteSource source, long start) : Stream
    {
        private const int Slow = 64;

        public bool AskedBeyondEnd { get; private set; }

        public override long Position { get; set; } = start;

        public override int Read(Span<byte> buffer)
        {
            long left = source.Length - Position;
            if (buffer.Length == 0) return 0;
            if (left == 0)
            {
                AskedBeyondEnd = true;
                return 0;
            }
            int count = left > Slow ? (int)Math.Min(Math.Min(buffer.Length, left - Slow), 1 << 16) : 1;
            source.Window(Position, count).CopyTo(buffer);
            Position += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
