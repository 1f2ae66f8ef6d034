using Microsoft.Win32.SafeHandles;

namespace Veridicom.Registry.Store;

/// <summary>An object in a folder. A short one is held whole, of a long one a window that slides.</summary>
internal sealed class FolderObject : StoredObject
{
    private const int WholeLimit = 2 << 20, Step = 1 << 18;
    private readonly SafeFileHandle _file;
    private byte[] _buffer = [];
    private long _start;
    private int _count;

    public FolderObject(SafeFileHandle file)
    {
        _file = file;
        try
        {
            Length = RandomAccess.GetLength(file);
        }
        catch (Exception e) when (DiskFault.Is(e))
        {
            file.Dispose();
            throw DiskFault.Of("an object could not be read", e);
        }
    }

    /// <inheritdoc/>
    public override long Length { get; }

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
        memory = default;
        if (Length > WholeLimit) return false;
        if (_count < Length) Slide(0, (int)Length);
        memory = _buffer.AsMemory(0, _count);
        return true;
    }

    private void Slide(long offset, int length)
    {
        (long start, int count) = Length <= WholeLimit ? (0, (int)Length) : (offset, (int)Math.Min(Math.Max(length, Step), Length - offset));
        _count = 0; // should reading fail, nothing stale is given out
        // Never from a pool: memory that outlives this object by somebody's mistake must not show another patient's image.
        if (_buffer.Length < count) _buffer = GC.AllocateUninitializedArray<byte>(count);
        try
        {
            for (int done = 0; done < count;)
            {
                int read = RandomAccess.Read(_file, _buffer.AsSpan(done, count - done), start + done);
                if (read == 0) throw new EndOfStreamException("it became shorter while it was read");
                done += read;
            }
        }
        catch (Exception e) when (DiskFault.Is(e))
        {
            throw DiskFault.Of("an object could not be read", e);
        }
        _start = start;
        _count = count;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _file.Dispose();
        _buffer = [];
        _count = 0;
    }
}
