using System.Security.Cryptography;
using Veridicom.Dicom;

namespace Veridicom.Gateway.Intake;

/// <summary>
/// Bytes on their way: written once, then read. In memory while they are few, beyond that in a file without a name that is gone with this process. Not
/// thread-safe.
/// </summary>
public sealed class Spool : ByteSource, IDisposable
{
    /// <summary>The longest instance, bytes.</summary>
    public const long Longest = 64L << 30;

    private const int HeldInMemory = 8 << 20, Step = 1 << 20;

    private readonly string _folder;
    private MemoryStream _memory = new();
    private FileStream? _file;
    private byte[] _window = [];
    private long _length, _start;
    private int _count;

    /// <summary>An empty one.</summary>
    /// <param name="folder">Where a long one stands.</param>
    public Spool(string folder)
    {
        _folder = folder;
        Input = new Writer(this);
    }

    /// <summary>What is written here is added. Throws <see cref="InvalidDataException"/> beyond <see cref="Longest"/>.</summary>
    public Stream Input { get; }

    /// <inheritdoc/>
    public override long Length => _length;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Window(long offset, int length)
    {
        CheckWindow(offset, length);
        if (_file is null) return _memory.GetBuffer().AsSpan((int)offset, length);
        if (offset < _start || offset + length > _start + _count) Slide(offset, length);
        return _window.AsSpan((int)(offset - _start), length);
    }

    /// <inheritdoc/>
    public override bool TryGetMemory(out ReadOnlyMemory<byte> memory)
    {
        memory = _file is null ? _memory.GetBuffer().AsMemory(0, (int)_length) : default;
        return _file is null;
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private void Add(ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > Longest) throw new InvalidDataException($"an instance of more than {Longest} bytes");
        if (_file is null && _length + bytes.Length > HeldInMemory)
        {
            _file = Open();
            _file.Write(_memory.GetBuffer().AsSpan(0, (int)_length));
            _memory = new MemoryStream();
        }
        if (_file is null) _memory.Write(bytes);
        else _file.Write(bytes);
        _length += bytes.Length;
        _count = 0;
    }

    private void Slide(long offset, int length)
    {
        int count = (int)Math.Min(Math.Max(length, Step), Length - offset);
        _count = 0;
        if (_window.Length < count) _window = new byte[count];
        for (int done = 0; done < count;)
        {
            int read = RandomAccess.Read(_file!.SafeFileHandle, _window.AsSpan(done, count - done), offset + done);
            done += read > 0 ? read : throw new EndOfStreamException("a temporary file became shorter");
        }
        (_start, _count) = (offset, count);
    }

    private FileStream Open()
    {
        Directory.CreateDirectory(_folder);
        string path = Path.Combine(_folder, ".veridicom-" + RandomNumberGenerator.GetHexString(16, lowercase: true));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (OperatingSystem.IsWindows()) options.Options = FileOptions.DeleteOnClose;
        else options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite; // it may name a patient
        var file = new FileStream(path, options);
        if (!OperatingSystem.IsWindows()) File.Delete(path);
        return file;
    }

    private sealed class Writer(Spool spool) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => spool.Length;

        public override long Position { get => spool.Length; set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer) => spool.Add(buffer);

        public override void Write(byte[] buffer, int offset, int count) => spool.Add(buffer.AsSpan(offset, count));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            spool.Add(buffer.Span);
            return ValueTask.CompletedTask;
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
