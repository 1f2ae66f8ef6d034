using System.Globalization;
using System.Runtime.InteropServices;

namespace Veridicom.OpenJpeg;

/// <summary>
/// What the kernel forbids a worker: more address space than its frame needs, core files (they would hold pixels), and to gain rights. On Linux only;
/// elsewhere whoever started the worker watches its memory.
/// </summary>
internal static partial class Confinement
{
    private const int AddressSpace = 9, CoreFile = 4, NoNewPrivileges = 38;

    private static ulong _hardLimit;

    /// <summary>Before the first request, when the runtime and the library have taken what they need.</summary>
    /// <param name="megabytes">What may be allocated at most in addition, for whatever frame.</param>
    public static void Enter(int megabytes)
    {
        if (!OperatingSystem.IsLinux()) return;
        _hardLimit = Present() + ((ulong)megabytes << 20);
        Set(CoreFile, new Limit(0, 0));
        Set(AddressSpace, new Limit((nuint)_hardLimit, (nuint)_hardLimit));
        _ = Control(NoNewPrivileges, 1, 0, 0, 0);
    }

    /// <summary>Before each request: so much more than is in use now, within the hard limit.</summary>
    public static void Allow(int megabytes)
    {
        if (_hardLimit == 0) return;
        ulong soft = Math.Min(_hardLimit, Present() + ((ulong)megabytes << 20));
        Set(AddressSpace, new Limit((nuint)soft, (nuint)_hardLimit));
    }

    private static void Set(int resource, Limit limit)
    {
        if (SetLimit(resource, in limit) != 0) throw new InvalidOperationException("the limits of the worker cannot be set");
    }

    /// <summary>Bytes of address space in use. The runtime reserves much more than it ever touches: only the difference to it says anything.</summary>
    private static ulong Present()
    {
        string pages = File.ReadAllText("/proc/self/statm").Split(' ')[0];
        return ulong.Parse(pages, CultureInfo.InvariantCulture) * (ulong)Environment.SystemPageSize;
    }

    private readonly record struct Limit(nuint Soft, nuint Hard);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in Limit limit);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nuint a, nuint b, nuint c, nuint d);
}
