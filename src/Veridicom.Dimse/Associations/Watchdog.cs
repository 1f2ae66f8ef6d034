namespace Veridicom.Dimse.Associations;

/// <summary>
/// One deadline that is moved often and met rarely: moving it later costs no timer operation. When it passes, what was asked for at the making is done, once.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private readonly TimeProvider time;
    private readonly Action<AssociationEnd> passed;
    private readonly ITimer timer;
    private readonly Lock gate = new();
    private long deadline = long.MaxValue;
    private long wakes = long.MaxValue;
    private AssociationEnd end;

    public Watchdog(TimeProvider time, Action<AssociationEnd> passed)
    {
        (this.time, this.passed) = (time, passed);
        timer = time.CreateTimer(static state => ((Watchdog)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sets the deadline, instead of any other.</summary>
    public void Arm(TimeSpan limit, AssociationEnd end)
    {
        lock (gate)
        {
            long now = time.GetTimestamp();
            deadline = now + (long)(limit.TotalSeconds * time.TimestampFrequency);
            this.end = end;
            if (deadline < wakes) Sleep(now);
        }
    }

    /// <summary>There is no deadline.</summary>
    public void Disarm()
    {
        lock (gate) deadline = long.MaxValue;
    }

    public void Dispose() => timer.Dispose();

    private void Look()
    {
        lock (gate)
        {
            wakes = long.MaxValue;
            if (deadline == long.MaxValue) return;
            long now = time.GetTimestamp();
            if (now < deadline)
            {
                Sleep(now);
                return;
            }

            deadline = long.MaxValue;
        }

        passed(end);
    }

    private void Sleep(long now)
    {
        wakes = deadline;
        // One millisecond more: a timer that wakes a little early would have to be set again.
        timer.Change(time.GetElapsedTime(now, deadline) + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }
}
