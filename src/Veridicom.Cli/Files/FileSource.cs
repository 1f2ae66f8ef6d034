using Microsoft.Win32.SafeHandles;
using Veridicom.Dicom;

namespace Veridicom.Cli.Files;

/// <summary>
/// A file too large to be held: seen through one sliding window. Reads ahead while it is read on, and reads little where it is jumped about,
/// as when headers are stepped over. Not thread-safe.
/// </summary>
public sealed class FileSource : ByteSource
{
    private const int Smallest = 1 << 16, Largest = 1 << 20;
    private readonly SafeFileHandle _handle;
    private readonly FileBuffers _buffers;
    private long _start;
    private int _count, _ahead = Smallest;

    internal FileSource(SafeFileHandle handle, long length, FileBuffers buffers)
    {
        _handle = handle;
        _buffers = buffers;
        Length = length;
    }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Window(long offset, int length)
    {
        CheckWindow(offset, length);
        if (offset < _start || offset + length > _start + _count) Slide(offset, length);
        return _buffers.Window.AsSpan((int)(offset - _start), length);
    }

    private void Slide(long offset, int length)
    {
        bool onward = offset >= _start && offset <= _start + _count;
        _ahead = onward ? Math.Min(_ahead * 2, Largest) : Smallest;
        int wanted = (int)Math.Min(Math.Max(length, _ahead), Length - offset);
        _count = 0; // should reading fail, nothing stale is given out
        byte[] window = _buffers.WindowOf(wanted);
        FileBuffers.ReadFully(_handle, window.AsSpan(0, wanted), offset);
        _start = offset;
        _count = wanted;
    }
}
