using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Veridicom.Registry.Store;

/// <summary>
/// Objects in a folder: objects/ab/abcdef….dcm, named by their digest, never written to again. An object is written to incoming/ under a name
/// that nobody else has, each part of it read back and compared, flushed, renamed, and its folder flushed: whatever happens in between, under a
/// digest stand whole bytes or nothing. One instance holds the folder's lock.
/// </summary>
public sealed class FolderStore : IObjectStore, IDisposable
{
    private const string Extension = ".dcm", Unfinished = ".part";
    private const UnixFileMode ForUs = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead;

    // Of its own: the shared pool keeps what a thread returns with that thread.
    internal static readonly ArrayPool<byte> Buffers = ArrayPool<byte>.Create(1 << 18, 2 * BlockingThreads.Most + 32);

    private readonly string _objects, _incoming;
    private readonly IDiskSteps _disk;
    private readonly FolderLock? _lock;

    private FolderStore(string folder, IDiskSteps disk, FolderLock? taken)
    {
        Folder = folder;
        _objects = Path.Combine(folder, "objects");
        _incoming = Path.Combine(folder, "incoming");
        _disk = disk;
        _lock = taken;
    }

    /// <summary>Full path of the folder.</summary>
    public string Folder { get; }

    /// <summary>
    /// Opens a folder for reading and writing, and makes it where it is not there. Everything in incoming/ is removed: a
    /// crash left it, and it was never acknowledged.
    /// </summary>
    /// <exception cref="RegistryException">Another process has it open, or the disk does not do what is asked.</exception>
    public static FolderStore Open(string folder) => Open(folder, Disk.Instance);

    internal static FolderStore Open(string folder, IDiskSteps disk)
    {
        folder = Path.GetFullPath(folder);
        FolderLock? taken = null;
        try
        {
            Make(folder);
            taken = FolderLock.Take(folder);
            var store = new FolderStore(folder, disk, taken);
            store.Prepare();
            return store;
        }
        catch (Exception e)
        {
            taken?.Dispose();
            if (DiskFault.Is(e)) throw DiskFault.Of($"the store {folder} could not be opened", e);
            throw;
        }
    }

    /// <summary>Opens a folder to look at, whoever else has it open; nothing can be put.</summary>
    /// <exception cref="RegistryException">There is no store.</exception>
    public static FolderStore OpenReadOnly(string folder)
    {
        var store = new FolderStore(Path.GetFullPath(folder), Disk.Instance, null);
        return Directory.Exists(store._objects) ? store : throw new RegistryException($"{store.Folder} holds no object store", canRetry: false);
    }

    private void Prepare()
    {
        Make(_objects);
        Make(_incoming);
        for (int i = 0; i < 256; i++) Make(Path.Combine(_objects, $"{i:x2}"));
        _disk.FlushFolder(_objects);
        _disk.FlushFolder(Folder);
        if (Path.GetDirectoryName(Folder) is { } parent) _disk.FlushFolder(parent);
        // Whoever spools here may have left something of a patient behind: none of it was acknowledged.
        foreach (string left in Directory.GetFiles(_incoming)) _disk.Delete(left);
        foreach (string left in Directory.GetDirectories(_incoming)) Directory.Delete(left, recursive: true);
    }

    private static void Make(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, ForUs);
    }

    /// <inheritdoc/>
    public Task<(ObjectDigest Digest, long Size)> PutAsync(Action<Stream> write, CancellationToken stop)
    {
        if (_lock is null) throw new InvalidOperationException("the store was opened for reading only");
        return BlockingThreads.Shared.RunAsync(() => Put(write, stop));
    }

    private (ObjectDigest Digest, long Size) Put(Action<Stream> write, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        string temporary = NewName();
        bool renamed = false, theirs = false;
        try
        {
            using SafeFileHandle file = _disk.Create(temporary, ReadOnly);
            using var stream = new HashedStream(_disk, file, stop);
            theirs = true; // what fails in here, but for the stream itself, is the caller's
            write(stream);
            theirs = false;
            ObjectDigest digest = stream.Complete();
            stop.ThrowIfCancellationRequested();
            string path = PathOf(digest), folder = Path.GetDirectoryName(path)!;
            // almost never there: to ask costs less than the exception of opening
            if (File.Exists(path) && Check(digest))
            {
                // Whoever put it may not have come to the flush of its name yet, and this caller is told that it is durable.
                _disk.FlushFolder(folder);
                return (digest, stream.Length);
            }
            _disk.Flush(file);
            _disk.Rename(temporary, path);
            renamed = true;
            _disk.FlushFolder(folder);
            return (digest, stream.Length);
        }
        catch (Exception e) when (!theirs && DiskFault.Is(e))
        {
            throw DiskFault.Of("an object could not be stored", e);
        }
        finally
        {
            if (!renamed) TryDelete(temporary);
        }
    }

    /// <inheritdoc/>
    public StoredObject? Open(ObjectDigest digest)
    {
        try
        {
            return new FolderObject(File.OpenHandle(PathOf(digest), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (DiskFault.Is(e))
        {
            throw DiskFault.Of($"object {digest} could not be opened", e);
        }
    }

    /// <inheritdoc/>
    public IEnumerable<ObjectDigest> Enumerate()
    {
        for (int i = 0; i < 256; i++)
        {
            foreach (ObjectDigest digest in In($"{i:x2}")) yield return digest;
        }
    }

    private List<ObjectDigest> In(string folder)
    {
        var found = new List<ObjectDigest>();
        try
        {
            string path = Path.Combine(_objects, folder);
            if (!Directory.Exists(path)) return found;
            foreach (string file in Directory.EnumerateFiles(path, "*" + Extension))
            {
                string name = Path.GetFileNameWithoutExtension(file);
                if (name.StartsWith(folder, StringComparison.Ordinal) && ObjectDigest.TryParse(name, out ObjectDigest digest)) found.Add(digest);
            }
        }
        catch (Exception e) when (DiskFault.Is(e))
        {
            throw DiskFault.Of("the objects could not be listed", e);
        }
        found.Sort((a, b) => string.CompareOrdinal(a.Hex, b.Hex));
        return found;
    }

    /// <inheritdoc/>
    public Task<bool> CheckAsync(ObjectDigest digest, CancellationToken stop) => Task.Run(() => Check(digest, stop), stop);

    private bool Check(ObjectDigest digest, CancellationToken stop = default)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(PathOf(digest), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            return HashOf(file, stop) == digest;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (DiskFault.Is(e))
        {
            throw DiskFault.Of($"object {digest} could not be read", e);
        }
    }

    private static ObjectDigest HashOf(SafeFileHandle file, CancellationToken stop)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = Buffers.Rent(1 << 18);
        try
        {
            for (long at = 0; ;)
            {
                stop.ThrowIfCancellationRequested();
                int count = RandomAccess.Read(file, buffer, at);
                if (count == 0) return ObjectDigest.Of(hash.GetHashAndReset());
                hash.AppendData(buffer, 0, count);
                at += count;
            }
        }
        finally
        {
            Buffers.Return(buffer);
        }
    }

    // Only hexadecimal digits ever stand in a path.
    private string PathOf(ObjectDigest digest) => Path.Combine(_objects, digest.Hex[..2], digest.Hex + Extension);

    private string NewName() => Path.Combine(_incoming, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)) + Unfinished);

    private void TryDelete(string path)
    {
        try
        {
            _disk.Delete(path);
        }
        catch (Exception e) when (DiskFault.Is(e))
        {
            // What led here is the fault to report; the file goes at the next opening.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock?.Dispose();
}
