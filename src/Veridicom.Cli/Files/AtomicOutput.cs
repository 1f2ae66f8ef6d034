using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Veridicom.Cli.Files;

/// <summary>
/// Writes files so that each either stands whole under its name or not at all: under a temporary name in the same folder, flushed to the
/// disk, then renamed. Folders are flushed once, by <see cref="Complete"/>. Safe for use by several threads.
/// </summary>
public sealed class AtomicOutput(CancellationToken stop = default)
{
    private readonly ConcurrentDictionary<string, byte> _folders = new();

    /// <summary>What a temporary name begins with: hidden, and skipped by <see cref="Inputs"/>.</summary>
    public const string TemporaryPrefix = ".veridicom-";

    /// <summary>
    /// Writes a file. A file of that name is replaced only where <paramref name="replace"/> is true, and keeps its mode then. A symbolic link
    /// is neither followed nor replaced.
    /// </summary>
    /// <param name="path">Where it shall stand; folders above it are made.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="replace">Whether a file may stand there already.</param>
    /// <param name="mode">Its mode on Unix; null for the mode of the file replaced, or of the user's mask.</param>
    /// <param name="beforeRename">Called when everything is on the disk: the last chance to refuse, and to close what is about to be replaced.</param>
    public void Write(string path, Action<Stream> write, bool replace, UnixFileMode? mode = null, Action? beforeRename = null)
    {
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full) ?? throw FaultException.World("name", path, "is a folder", "name a file");
        Demand(full, path, replace);
        Directory.CreateDirectory(folder);
        string temporary = Path.Combine(folder, TemporaryPrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
        try
        {
            // never open to more people than the file that it replaces, not even while it is written
            UnixFileMode? first = mode ?? (!OperatingSystem.IsWindows() && replace && File.Exists(full) ? File.GetUnixFileMode(full) | UnixFileMode.UserWrite : null);
            using (var file = new FileStream(temporary, Options(first)))
            {
                write(new StoppableStream(file, stop));
                stop.ThrowIfCancellationRequested();
                if (!OperatingSystem.IsWindows() && mode is null && replace && File.Exists(full)) File.SetUnixFileMode(file.SafeFileHandle, File.GetUnixFileMode(full));
                file.Flush(flushToDisk: true);
            }
            beforeRename?.Invoke();
            File.Move(temporary, full, replace);
        }
        catch (Exception e)
        {
            TryDelete(temporary);
            // Somebody else made the file between the look and the move: theirs stays.
            if (e is IOException && !replace && File.Exists(full)) throw Exists(path);
            throw;
        }
        _folders.TryAdd(folder, 0);
    }

    /// <summary>Makes the renames last: flushes each folder in which a file was written.</summary>
    public void Complete()
    {
        foreach (string folder in _folders.Keys) FolderFlush.Run(folder);
        _folders.Clear();
    }

    /// <summary>Throws where nothing may be written under this name.</summary>
    public static void Demand(string full, string shown, bool replace)
    {
        var target = new FileInfo(full);
        if (target.LinkTarget is not null)
            throw FaultException.World("symbolic-link", shown, "is a symbolic link, which is neither followed nor replaced", "name the file that it points to");
        if (Directory.Exists(full)) throw FaultException.World("name", shown, "is a folder", "choose another name");
        if (!replace && target.Exists) throw Exists(shown);
    }

    private static FaultException Exists(string path) =>
        FaultException.World("exists", path, "exists already and is not overwritten", "remove it or choose another place");

    private static FileStreamOptions Options(UnixFileMode? mode)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 1 << 15 };
        if (mode is not null && !OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
        return options;
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first fault is the one to report; a hidden file that cannot be removed harms nobody.
        }
    }

    /// <summary>Gives up between two writes once the user asked to stop.</summary>
    private sealed class StoppableStream(Stream inner, CancellationToken stop) : Stream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            stop.ThrowIfCancellationRequested();
            inner.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
        public override void Flush() => inner.Flush();
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => inner.Length;
        public override long Position { get => inner.Position; set => throw new NotSupportedException(); }
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}

/// <summary>Flushes a folder, which POSIX wants before a rename is sure to survive a loss of power; the runtime has no call for it.</summary>
internal static partial class FolderFlush
{
    private const int ReadOnly = 0;

    public static void Run(string folder)
    {
        if (OperatingSystem.IsWindows()) return; // NTFS writes its journal itself
        int descriptor = open(folder, ReadOnly);
        if (descriptor < 0) return; // a folder that can be written but not read: its file system decides
        try
        {
            // Some file systems know no flush of folders (EINVAL): then there is nothing to do.
            _ = fsync(descriptor);
        }
        finally
        {
            _ = close(descriptor);
        }
    }

    [DllImport("libc", EntryPoint = "open", CharSet = CharSet.Ansi, BestFitMapping = false)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fsync(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int close(int descriptor);
}
