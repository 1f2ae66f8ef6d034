using Microsoft.Win32.SafeHandles;
using Veridicom.Dicom;

namespace Veridicom.Cli.Files;

/// <summary>
/// The buffers of one worker, used again for each file, so that a thousand slices cost one allocation. What was opened last owns them:
/// close it before the next is opened.
/// </summary>
public sealed class FileBuffers
{
    private const long Budget = 96L << 20;
    private byte[] _whole = [];

    /// <summary>Buffers of one of <paramref name="workers"/> workers, who share a budget of memory.</summary>
    public FileBuffers(int workers) => WholeLimit = (int)Math.Clamp(Budget / Math.Max(1, workers), 2L << 20, 32L << 20);

    /// <summary>Files up to this many bytes are read whole, larger ones through windows.</summary>
    public int WholeLimit { get; }

    internal byte[] Window { get; private set; } = [];

    internal byte[] WindowOf(int length)
    {
        if (Window.Length < length) Window = GC.AllocateUninitializedArray<byte>(Math.Max(length, 1 << 20));
        return Window;
    }

    /// <summary>A buffer of at least <paramref name="length"/> bytes, at most <see cref="WholeLimit"/>.</summary>
    internal byte[] WholeOf(int length)
    {
        if (_whole.Length < length)
        {
            _whole = []; // the old one may go before the new one comes
            _whole = GC.AllocateUninitializedArray<byte>((int)Math.Min(Math.Max(WholeLimit, length), Math.Max(length, 1L << 16) * 5 / 4));
        }
        return _whole;
    }

    /// <summary>Opens a file of the disk for reading.</summary>
    /// <exception cref="IOException">And its kin: the file cannot be opened or read.</exception>
    public OpenedFile Open(string path)
    {
        // No lock is asked for: another program may read, and a writer is noticed by OpenedFile.Close.
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            long length = LengthOf(handle);
            if (length > WholeLimit) return new OpenedFile(new FileSource(handle, length, this), handle, path);
            byte[] whole = WholeOf((int)length);
            ReadFully(handle, whole.AsSpan(0, (int)length), 0);
            handle.Dispose();
            return new OpenedFile(new MemorySource(whole.AsMemory(0, (int)length)), null, path);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static long LengthOf(SafeFileHandle handle)
    {
        try
        {
            return RandomAccess.GetLength(handle);
        }
        catch (NotSupportedException)
        {
            throw FaultException.World("not-a-file", null, "is a pipe or a device", "write it into a file first");
        }
    }

    internal static void ReadFully(SafeFileHandle handle, Span<byte> into, long offset)
    {
        while (into.Length > 0)
        {
            int count = RandomAccess.Read(handle, into, offset);
            if (count == 0) throw FaultException.World("changed", null, "the file became shorter while it was read", "run it again when nothing writes to it");
            into = into[count..];
            offset += count;
        }
    }
}

/// <summary>A file open for reading.</summary>
public sealed class OpenedFile : IDisposable
{
    private readonly SafeFileHandle? _handle;
    private readonly IDisposable? _owner;
    private readonly string? _path;
    private readonly DateTime _written;
    private bool _closed;

    internal OpenedFile(ByteSource source, SafeFileHandle? handle, string? path)
    {
        Source = source;
        _handle = handle;
        _path = path;
        _owner = handle;
        if (handle is not null && path is not null) _written = File.GetLastWriteTimeUtc(handle);
    }

    internal OpenedFile(ByteSource source, IDisposable owner)
    {
        Source = source;
        _owner = owner;
    }

    /// <summary>The bytes.</summary>
    public ByteSource Source { get; }

    /// <summary>
    /// Throws where a file that is read in windows was written to meanwhile: what was judged then never stood on the disk at one time.
    /// </summary>
    public void DemandUnchanged()
    {
        if (_closed || _handle is null || _path is null) return;
        if (RandomAccess.GetLength(_handle) != Source.Length || File.GetLastWriteTimeUtc(_handle) != _written)
            throw FaultException.World("changed", null, "the file was changed while it was read", "run it again when nothing writes to it");
    }

    /// <summary>Demands that nothing changed, then closes: the file may be replaced now (Windows replaces none that is open).</summary>
    public void Finish()
    {
        DemandUnchanged();
        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _closed = true;
        _owner?.Dispose();
    }
}
