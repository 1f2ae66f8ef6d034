using Microsoft.Win32.SafeHandles;

namespace Veridicom.Dimse.Tls;

/// <summary>Files with a secret belong to their owner alone. Windows has no modes of files: there nothing is exposed.</summary>
public static class SecretFile
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>True where others than its owner may read or write the file. Asked of the open file, not of its name, which may become another's meanwhile.</summary>
    public static bool IsExposed(SafeFileHandle file) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) != 0;

    /// <summary>The same of a name, for a warning before the file is used.</summary>
    public static bool IsExposed(string path) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0;
}
