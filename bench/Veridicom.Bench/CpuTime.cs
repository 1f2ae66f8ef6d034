using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Veridicom.Bench;

/// <summary>Seconds of processor time, which do not count what other programs do to the machine meanwhile; seconds by the clock where the system does not tell.</summary>
internal static partial class CpuTime
{
    private const int Children = -1, Thread = 1;

    /// <summary>Whether it is processor time.</summary>
    public static bool IsKnown => OperatingSystem.IsLinux();

    /// <summary>What this thread uses for an action.</summary>
    public static double OfThread(Action action) => Of(Thread, action);

    /// <summary>What programs use that an action starts and waits for.</summary>
    public static double OfChildren(Action action) => Of(Children, action);

    private static double Of(int who, Action action)
    {
        double start = Now(who);
        action();
        return Now(who) - start;
    }

    private static double Now(int who)
    {
        if (!IsKnown) return Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
        var usage = new long[18];
        if (GetUsage(who, usage) != 0) throw new InvalidOperationException("getrusage");
        // user and system, each in seconds and microseconds
        return usage[0] + usage[2] + (usage[1] + usage[3]) / 1e6;
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, [In, Out] long[] usage);
}
