using Microsoft.Win32.SafeHandles;
using Veridicom.Dicom;

namespace Veridicom.Gateway.Intake;

/// <summary>
/// An arrival in one pooled buffer, and in a nameless file of the incoming folder where it is longer or memory is short. A process that dies leaves
/// nothing behind: the file loses its name as soon as it is open.
/// </summary>
internal sealed class BufferedArrival(ArrivalBuffers buffers, string incoming, long limit) : Arrival
{
    private byte[]? _buffer;
    private SafeFileHandle? _file;
    private SpilledSource? _spilled;
    private long _length;
    private bool _disposed;

    /// <inheritdoc/>
    public override long Length => _length;

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        Write(bytes.Span);
        return ValueTask.CompletedTask;
    }

    /// <summary>Appends bytes; a long arrival goes to the page cache of the system, which does not wait for the disk.</summary>
    /// <exception cref="ArrivalTooLongException">More than one instance may have.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (bytes.Length > limit - _length) throw new ArrivalTooLongException(limit);
        if (_file is null && !Fits(bytes.Length)) Spill();
        if (_file is null) bytes.CopyTo(_buffer.AsSpan((int)_length));
        else RandomAccess.Write(_file, bytes, _length);
        _length += bytes.Length;
    }

    /// <summary>The bytes written. Belongs to the arrival; write no more once it is taken.</summary>
    public ByteSource Source => _file is null
        ? new MemorySource(_buffer is null ? default : _buffer.AsMemory(0, (int)_length))
        : _spilled ??= new SpilledSource(_file, _length);

    private bool Fits(int more)
    {
        long wanted = _length + more;
        if (_buffer is not null && wanted <= _buffer.Length) return true;
        if (buffers.TryRent(wanted) is not { } larger) return false;
        if (_buffer is not null)
        {
            _buffer.AsSpan(0, (int)_length).CopyTo(larger);
            buffers.Return(_buffer);
        }
        _buffer = larger;
        return true;
    }

    private void Spill()
    {
        string name = Path.Combine(incoming, Guid.NewGuid().ToString("N") + ".part");
        FileOptions options = OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None;
        _file = File.OpenHandle(name, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, options);
        if (!OperatingSystem.IsWindows()) File.Delete(name);
        if (_buffer is null) return;
        RandomAccess.Write(_file, _buffer.AsSpan(0, (int)_length), 0);
        buffers.Return(_buffer);
        _buffer = null;
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The same; nothing in it waits.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (_buffer is not null) buffers.Return(_buffer);
        _buffer = null;
        _file?.Dispose();
    }
}

/// <summary>An arrival that went to a file, seen through one window. Not thread-safe.</summary>
internal sealed class SpilledSource(SafeFileHandle file, long length) : ByteSource
{
    private const int Smallest = 1 << 16, Ahead = 1 << 20;
    private byte[] _window = [];
    private long _start;
    private int _count;

    /// <inheritdoc/>
    public override long Length => length;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Window(long offset, int count)
    {
        CheckWindow(offset, count);
        if (offset < _start || offset + count > _start + _count) Slide(offset, count);
        return _window.AsSpan((int)(offset - _start), count);
    }

    // reads ahead where it is read on, and little where headers are stepped over
    private void Slide(long offset, int count)
    {
        bool onward = offset >= _start && offset <= _start + _count;
        int wanted = (int)Math.Min(Math.Max(count, onward ? Ahead : Smallest), length - offset);
        _count = 0;
        if (_window.Length < wanted) _window = GC.AllocateUninitializedArray<byte>(Math.Max(wanted, Ahead));
        for (int read = 0; read < wanted;)
        {
            int got = RandomAccess.Read(file, _window.AsSpan(read, wanted - read), offset + read);
            if (got == 0) throw new EndOfStreamException("an arrival became shorter in its file");
            read += got;
        }
        (_start, _count) = (offset, wanted);
    }
}
