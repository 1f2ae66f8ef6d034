using Microsoft.Win32.SafeHandles;

namespace Veridicom.Registry.Store;

/// <summary>
/// What store and journal do to a disk, step by step: really, or, in tests, with one step that fails, or that is done and reported lost. Each
/// throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.
/// </summary>
internal interface IDiskSteps
{
    /// <summary>Makes a file that was not there before, to be written and read back. On Unix it has <paramref name="mode"/>.</summary>
    SafeFileHandle Create(string path, UnixFileMode mode);

    /// <summary>Writes all bytes at an offset.</summary>
    void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Ends when all bytes of a file are on the disk.</summary>
    void Flush(SafeFileHandle file);

    /// <summary>Cuts a file off.</summary>
    void Cut(SafeFileHandle file, long length);

    /// <summary>Gives a file another name; one that stood under it before is replaced in the same step.</summary>
    void Rename(string from, string to);

    /// <summary>Ends when the names in a folder are on the disk.</summary>
    void FlushFolder(string folder);

    /// <summary>Removes a file; none under this name is well.</summary>
    void Delete(string path);
}

/// <summary>The disk itself.</summary>
internal sealed class Disk : IDiskSteps
{
    /// <summary>The one instance.</summary>
    public static Disk Instance { get; } = new();

    /// <inheritdoc/>
    public SafeFileHandle Create(string path, UnixFileMode mode)
    {
        SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, mode); // the folder lets nobody else in meanwhile
        return file;
    }

    /// <inheritdoc/>
    public void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(file, bytes, offset);

    /// <inheritdoc/>
    public void Flush(SafeFileHandle file) => RandomAccess.FlushToDisk(file);

    /// <inheritdoc/>
    public void Cut(SafeFileHandle file, long length) => RandomAccess.SetLength(file, length);

    /// <inheritdoc/>
    public void Rename(string from, string to) => File.Move(from, to, overwrite: true);

    /// <inheritdoc/>
    public void FlushFolder(string folder) => FolderFlush.Run(folder);

    /// <inheritdoc/>
    public void Delete(string path) => File.Delete(path);
}
