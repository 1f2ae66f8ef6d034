using Microsoft.AspNetCore.Http;

namespace Veridicom.Gateway.DicomWeb.Multipart;

/// <summary>A body, or a part of one, whose faults become the answer that its sender gets: whatever keeps it from being read to its end is a bad request.</summary>
/// <param name="inner">Read without blocking.</param>
/// <param name="fault">What is told.</param>
internal sealed class BodyStream(Stream inner, string fault) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>The body of a request as a whole.</summary>
    public static BodyStream Of(HttpRequest request) => new(request.Body, "the body does not come as HTTP demands, or breaks off");

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken stop = default)
    {
        try
        {
            return await inner.ReadAsync(buffer, stop);
        }
        catch (Exception e) when (e is InvalidDataException || (e is IOException && e is not BadHttpRequestException))
        {
            throw ProblemException.BadRequest(fault, "send it again, complete");
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken stop) => ReadAsync(buffer.AsMemory(offset, count), stop).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("bodies are read without blocking");

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
