using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Veridicom.Dicom;

namespace Veridicom.Gateway.Routing;

/// <summary>
/// Body of a STOW-RS request with one stored file, as it is (PS3.18-2023b 8.6.1.2 and 10.5.1.1): read in windows while it is sent, never held whole.
/// </summary>
internal sealed class StowContent : HttpContent
{
    private const int Step = 1 << 17;

    private readonly ByteSource _file;
    private readonly Action _progress;
    private readonly byte[] _head;
    private readonly byte[] _tail;
    private Task _sending = Task.CompletedTask;

    /// <summary>Of one file.</summary>
    /// <param name="file">A PS3.10 file; stays the caller's.</param>
    /// <param name="progress">Called for each piece that was sent.</param>
    public StowContent(ByteSource file, Action progress)
    {
        (_file, _progress) = (file, progress);
        // 122 bits that the file cannot know of: they do not occur in it
        string boundary = Guid.NewGuid().ToString("N");
        _head = Encoding.ASCII.GetBytes($"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n");
        _tail = Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n");
        Headers.ContentType = new MediaTypeHeaderValue("multipart/related")
        {
            Parameters = { new NameValueHeaderValue("type", "\"application/dicom\""), new NameValueHeaderValue("boundary", boundary) },
        };
    }

    /// <summary>
    /// Ends when the file is no longer read, however that came. A server may answer before it has taken everything: then the rest is still under way
    /// after the answer, until response and request are disposed.
    /// </summary>
    public Task LetGoAsync() => _sending.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) => _sending = WriteAsync(stream, cancellationToken);

    private async Task WriteAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent(Step);
        try
        {
            await stream.WriteAsync(_head, cancellationToken);
            for (long at = 0; at < _file.Length;)
            {
                int step = (int)Math.Min(Step, _file.Length - at);
                _file.Window(at, step).CopyTo(piece);
                await stream.WriteAsync(piece.AsMemory(0, step), cancellationToken);
                at += step;
                _progress();
            }

            await stream.WriteAsync(_tail, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _head.Length + _file.Length + _tail.Length;
        return true;
    }
}
