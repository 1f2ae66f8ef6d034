using Microsoft.Win32.SafeHandles;

namespace Veridicom.Registry.Store;

/// <summary>
/// Keeps a second process, or a second instance in this one, out of a folder. The lock is the operating system's: it ends with the process,
/// however that ends; the file stays and means nothing by itself.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private readonly SafeFileHandle _file;

    private FolderLock(SafeFileHandle file) => _file = file;

    /// <summary>Takes the lock of a folder.</summary>
    /// <exception cref="RegistryException">Somebody has it.</exception>
    public static FolderLock Take(string folder)
    {
        string path = Path.Combine(folder, "lock");
        try
        {
            return new FolderLock(File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e)
        {
            throw new RegistryException($"the folder {folder} is in use by another process, or cannot be locked: stop the other one, or name another folder ({e.Message})", canRetry: true, e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw DiskFault.Of($"the folder {folder} could not be locked", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
