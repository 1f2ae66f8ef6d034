namespace Veridicom.Dimse.User;

/// <summary>A number of bytes of a stream, then one NUL: what makes a deflated data set of odd length even (PS3.5-2023b A.5), as fragments must be (PS3.8-2023b E.1). Forward only.</summary>
internal sealed class PaddedStream(Stream inner, long length) : Stream
{
    private long _left = length;
    private bool _padded;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || _padded) return 0;
        if (_left > 0)
        {
            int count = await inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], cancellationToken);
            _left -= count;
            return count;
        }
        buffer.Span[0] = 0;
        _padded = true;
        return 1;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
