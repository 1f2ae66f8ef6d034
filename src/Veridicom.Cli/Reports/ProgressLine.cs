using System.Diagnostics;
using System.Globalization;

namespace Veridicom.Cli.Reports;

/// <summary>
/// One line at the bottom of a terminal: how many of the files are done, and of how many where that is known (a total below zero is not). Drawn at most ten times a second, and not at all in the first half
/// second, so that short runs stay quiet. Used by one thread.
/// </summary>
public sealed class ProgressLine(TextWriter output, int total)
{
    private const int Bars = 30, FirstAfterMs = 500, EveryMs = 100;
    private const string ClearLine = "\r\u001b[K";
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private long _next = FirstAfterMs;
    private bool _shown;

    /// <summary>Says that so many files are done.</summary>
    public void Set(int done)
    {
        if (_clock.ElapsedMilliseconds < _next) return;
        _next = _clock.ElapsedMilliseconds + EveryMs;
        int full = total <= 0 ? Bars : (int)Math.Min((long)done * Bars / total, Bars);
        string bar = new string('#', full) + new string('.', Bars - full);
        output.Write(total < 0 ? string.Create(CultureInfo.InvariantCulture, $"{ClearLine}{done} files") : string.Create(CultureInfo.InvariantCulture, $"{ClearLine}[{bar}] {done} of {total} files"));
        output.Flush();
        _shown = true;
    }

    /// <summary>Takes the line away, so that something can be written in its place.</summary>
    public void Clear()
    {
        if (!_shown) return;
        output.Write(ClearLine);
        output.Flush();
        _shown = false;
        _next = _clock.ElapsedMilliseconds + EveryMs;
    }
}
