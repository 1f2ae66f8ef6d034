using System.IO.Compression;

namespace Veridicom.Dicom.Writing;

/// <summary>
/// Changes to a source: at some offsets bytes are left out or put in, everything else is copied as it is. Writing with no change is the
/// identity; this is the one way by which a parsed file is written again.
/// </summary>
public sealed class Splice(ByteSource source)
{
    private readonly List<(long Offset, long Remove, ReadOnlyMemory<byte> Insert)> _edits = [];

    /// <summary>
    /// Leaves out <paramref name="remove"/> bytes from <paramref name="offset"/> and puts <paramref name="insert"/> there. Edits are given in
    /// ascending order and do not overlap.
    /// </summary>
    public void Replace(long offset, long remove, ReadOnlyMemory<byte> insert)
    {
        long floor = _edits.Count == 0 ? 0 : _edits[^1].Offset + _edits[^1].Remove;
        ArgumentOutOfRangeException.ThrowIfLessThan(offset, floor);
        ArgumentOutOfRangeException.ThrowIfNegative(remove);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(remove, source.Length - offset);
        _edits.Add((offset, remove, insert));
    }

    /// <summary>Length of the result in bytes.</summary>
    public long Length
    {
        get
        {
            long length = source.Length;
            foreach ((_, long remove, ReadOnlyMemory<byte> insert) in _edits) length += insert.Length - remove;
            return length;
        }
    }

    /// <summary>The source that is changed.</summary>
    public ByteSource Source => source;

    /// <summary>Offset in the source of the first change; its length where there is none.</summary>
    public long FirstOffset => _edits.Count == 0 ? source.Length : _edits[0].Offset;

    /// <summary>
    /// The result as a source of its own: windows within one piece are slices of it, one across a seam is put together in a scratch
    /// buffer. Later changes to this object do not show in it. It reads the original source, so the two share one reader.
    /// </summary>
    public ByteSource ToSource() => _edits.Count == 0 ? source : new SplicedSource(source, _edits);

    /// <summary>Writes the result from <paramref name="start"/> of the source on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A change lies before <paramref name="start"/>.</exception>
    public void WriteTo(Stream output, long start = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, FirstOffset);
        long at = start;
        foreach ((long offset, long remove, ReadOnlyMemory<byte> insert) in _edits)
        {
            Copy(output, at, offset);
            output.Write(insert.Span);
            at = offset + remove;
        }
        Copy(output, at, source.Length);
    }

    /// <summary>Writes the result as a raw deflate stream, padded to even length with one zero (PS3.5-2023b A.5).</summary>
    /// <param name="output">Receives the stream.</param>
    public void DeflateTo(Stream output)
    {
        if (Length == 0) output.Write([0x03, 0x00]); // the platform's stream writes nothing where it was given nothing: that is no deflate stream
        else Deflate(output, deflater => WriteTo(deflater));
    }

    /// <summary>Writes a raw deflate stream of what <paramref name="write"/> writes, which is something, padded to even length with one zero (PS3.5-2023b A.5).</summary>
    public static void Deflate(Stream output, Action<Stream> write)
    {
        var counter = new CountingStream(output);
        using (var deflater = new DeflateStream(counter, CompressionLevel.Optimal, leaveOpen: true)) write(deflater);
        if ((counter.Count & 1) != 0) output.WriteByte(0);
    }

    private void Copy(Stream output, long from, long to) => source.CopyTo(output, from, to - from);

    private sealed class CountingStream(Stream inner) : Stream
    {
        public long Count { get; private set; }
        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Count += buffer.Length;
            inner.Write(buffer);
        }
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => Count;
        public override long Position { get => Count; set => throw new NotSupportedException(); }
        public override void Flush() => inner.Flush();
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
