namespace Veridicom.Registry.Store;

/// <summary>What a fault of the disk says to who called.</summary>
internal static class DiskFault
{
    private const int NoSpace = 28, QuotaExceeded = 122, FileTooLarge = 27, WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>True for what a disk throws.</summary>
    public static bool Is(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>The fault of a step. A full disk may be emptied; access that is denied stays denied until somebody changes it.</summary>
    public static RegistryException Of(string tried, Exception e) => e switch
    {
        IOException io when io.HResult is NoSpace or QuotaExceeded or FileTooLarge or WindowsDiskFull => new($"{tried}: the disk is full", canRetry: true, e),
        UnauthorizedAccessException => new($"{tried}: access is denied; check owner and mode of the folder", canRetry: false, e),
        _ => new($"{tried}: {e.Message}", canRetry: true, e),
    };
}
