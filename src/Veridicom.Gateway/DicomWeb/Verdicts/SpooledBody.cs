using System.Buffers;
using System.Security.Cryptography;
using Veridicom.Dicom;

namespace Veridicom.Gateway.DicomWeb.Verdicts;

/// <summary>A body that is judged and not kept: in memory while it is short, beyond that in a file without a name that is gone with it. Not thread-safe.</summary>
internal sealed class SpooledBody : ByteSource, IDisposable
{
    /// <summary>The longest body that is judged, bytes.</summary>
    public const long Longest = 2L << 30;

    private const int HeldInMemory = 4 << 20, Step = 1 << 20;

    private readonly FileStream? _file;
    private byte[] _buffer;
    private long _start;
    private int _count;

    private SpooledBody(byte[] buffer, int count, FileStream? file, long length) => (_buffer, _count, _file, Length) = (buffer, count, file, length);

    /// <inheritdoc/>
    public override long Length { get; }

    /// <summary>Reads a body to its end.</summary>
    /// <exception cref="ProblemException">413: longer than <see cref="Longest"/>.</exception>
    public static async Task<SpooledBody> ReadAsync(Stream body, string folder, CancellationToken stop)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(256 << 10);
        var memory = new MemoryStream();
        FileStream? file = null;
        long length = 0;
        try
        {
            for (int read; (read = await body.ReadAsync(buffer, stop)) > 0;)
            {
                length += read;
                if (length > Longest) throw ProblemException.TooLarge($"no more than {Longest} bytes are judged in a request");
                if (file is null && length > HeldInMemory)
                {
                    file = Open(folder);
                    await file.WriteAsync(memory.GetBuffer().AsMemory(0, (int)memory.Length), stop);
                    memory = new MemoryStream();
                }
                if (file is null) memory.Write(buffer, 0, read);
                else await file.WriteAsync(buffer.AsMemory(0, read), stop);
            }
            if (file is null) return new SpooledBody(memory.ToArray(), (int)length, null, length);
            await file.FlushAsync(stop);
            return new SpooledBody([], 0, file, length);
        }
        catch (Exception e)
        {
            file?.Dispose();
            if (e is IOException and not Microsoft.AspNetCore.Http.BadHttpRequestException && file is not null) throw ProblemException.Unavailable("the disk of this gateway does not take the body");
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Window(long offset, int length)
    {
        CheckWindow(offset, length);
        if (offset < _start || offset + length > _start + _count) Slide(offset, length);
        return _buffer.AsSpan((int)(offset - _start), length);
    }

    /// <inheritdoc/>
    public override bool TryGetMemory(out ReadOnlyMemory<byte> memory)
    {
        memory = _buffer.AsMemory(0, _file is null ? _count : 0);
        return _file is null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        _buffer = [];
        _count = 0;
    }

    private void Slide(long offset, int length)
    {
        int count = (int)Math.Min(Math.Max(length, Step), Length - offset);
        _count = 0;
        if (_buffer.Length < count) _buffer = new byte[count];
        for (int done = 0; done < count;)
        {
            int read = RandomAccess.Read(_file!.SafeFileHandle, _buffer.AsSpan(done, count - done), offset + done);
            done += read > 0 ? read : throw new EndOfStreamException("the temporary file of a body became shorter");
        }
        (_start, _count) = (offset, count);
    }

    private static FileStream Open(string folder)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, ".veridicom-" + RandomNumberGenerator.GetHexString(16, lowercase: true));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (OperatingSystem.IsWindows()) options.Options = FileOptions.DeleteOnClose;
        else options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite; // it may name a patient
        var file = new FileStream(path, options);
        // without a name it is gone with this process, however that ends
        if (!OperatingSystem.IsWindows()) File.Delete(path);
        return file;
    }
}
