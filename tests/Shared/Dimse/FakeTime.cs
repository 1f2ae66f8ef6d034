namespace Veridicom.Testing;

/// <summary>Time that stands until it is told to go on; what is due then happens on the caller's thread, in order.</summary>
public sealed class FakeTime : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<Alarm> alarms = [];
    private long now;

    /// <summary>Time gone since the beginning.</summary>
    public TimeSpan Elapsed
    {
        get
        {
            lock (gate) return new TimeSpan(now);
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Elapsed.Ticks;

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero) + Elapsed;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, callback, state);
        alarm.Change(dueTime, period);
        return alarm;
    }

    /// <summary>Lets time go on, from one thing that is due to the next.</summary>
    public void Advance(TimeSpan by)
    {
        long end = Elapsed.Ticks + by.Ticks;
        while (true)
        {
            Alarm? next;
            lock (gate)
            {
                next = alarms.Where(alarm => alarm.Due <= end).MinBy(alarm => alarm.Due);
                now = next is null ? end : Math.Max(now, next.Due);
                if (next is null) return;
                alarms.Remove(next);
            }

            next.Ring();
        }
    }

    private sealed class Alarm(FakeTime time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan period;

        public long Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time.gate)
            {
                time.alarms.Remove(this);
                this.period = period;
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                Due = time.now + dueTime.Ticks;
                time.alarms.Add(this);
            }

            return true;
        }

        public void Ring()
        {
            if (period > TimeSpan.Zero) Change(period, period);
            callback(state);
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
