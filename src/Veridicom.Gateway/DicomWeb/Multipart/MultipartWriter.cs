using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Veridicom.Dicom;

namespace Veridicom.Gateway.DicomWeb.Multipart;

/// <summary>
/// Writes a body of multipart/related (RFC 2387). Its boundary is 128 random bits: that it stands in a part is as likely as that a key is guessed.
/// </summary>
public sealed class MultipartWriter(PipeWriter output, string partType)
{
    private const int Step = 64 << 10;

    private readonly string _boundary = "veridicom-" + RandomNumberGenerator.GetHexString(32, lowercase: true);
    private bool _begun;

    /// <summary>The Content-Type of the whole body.</summary>
    public string ContentType => $"multipart/related; type=\"{partType}\"; boundary={_boundary}";

    /// <summary>Begins a part.</summary>
    /// <param name="contentType">Of the part, with parameters; of our own making, never text from a file.</param>
    /// <param name="location">URL of the part alone, null where it has none.</param>
    public void Begin(string contentType, string? location = null)
    {
        string head = $"{(_begun ? "\r\n" : "")}--{_boundary}\r\nContent-Type: {contentType}\r\n{(location is null ? "" : $"Content-Location: {location}\r\n")}\r\n";
        _begun = true;
        output.Write(Encoding.ASCII.GetBytes(head));
    }

    /// <summary>Ends the body.</summary>
    public async Task CompleteAsync(CancellationToken stop)
    {
        output.Write(Encoding.ASCII.GetBytes($"{(_begun ? "\r\n" : "")}--{_boundary}--\r\n"));
        await output.FlushAsync(stop);
    }

    /// <summary>Writes a stretch of a source, no faster than the caller takes it.</summary>
    public static async Task CopyAsync(ByteSource source, long offset, long count, PipeWriter output, CancellationToken stop)
    {
        for (long end = checked(offset + count); offset < end;)
        {
            int step = (int)Math.Min(end - offset, Step);
            output.Write(source.Window(offset, step));
            offset += step;
            if ((await output.FlushAsync(stop)).IsCompleted) throw new OperationCanceledException(stop);
        }
    }

    /// <summary>Writes bytes, likewise.</summary>
    public static Task CopyAsync(ReadOnlyMemory<byte> bytes, PipeWriter output, CancellationToken stop) => CopyAsync(new MemorySource(bytes), 0, bytes.Length, output, stop);
}
