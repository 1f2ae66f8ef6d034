using System.Runtime.InteropServices;

namespace Veridicom.Registry.Store;

/// <summary>
/// Flushes a folder: on POSIX a file's new name is sure to survive a loss of power only after that. The runtime has no call for it.
/// </summary>
internal static class FolderFlush
{
    private const int ReadOnly = 0, InvalidArgument = 22;

    /// <summary>Ends when the names in a folder are on the disk.</summary>
    /// <exception cref="IOException">They may not be.</exception>
    public static void Run(string folder)
    {
        if (OperatingSystem.IsWindows()) return; // NTFS writes its own journal
        int descriptor = Open(folder, ReadOnly);
        if (descriptor < 0) throw Failed(folder, "opened");
        try
        {
            // Some network file systems know no flush of folders and say EINVAL: they write names through.
            if (Flush(descriptor) != 0 && Marshal.GetLastPInvokeError() != InvalidArgument) throw Failed(folder, "flushed");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failed(string folder, string verb) =>
        new($"the folder {folder} could not be {verb}: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());

    [DllImport("libc", EntryPoint = "open", SetLastError = true, BestFitMapping = false)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Flush(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
