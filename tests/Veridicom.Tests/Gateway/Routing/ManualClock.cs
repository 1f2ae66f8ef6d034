namespace Veridicom.Tests.Gateway.Routing;

/// <summary>A clock that stands until a test moves it; timers that fall due fire then, one after another.</summary>
internal sealed class ManualClock : TimeProvider
{
    private readonly Lock _one = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_one) return _now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        DateTimeOffset until = GetUtcNow() + by;
        while (true)
        {
            ManualTimer? next;
            lock (_one)
            {
                next = _timers.Where(timer => timer.Due <= until).MinBy(timer => timer.Due);
                if (next is null)
                {
                    _now = until;
                    return;
                }

                if (next.Due > _now) _now = next.Due;
                if (next.Period > TimeSpan.Zero) next.Due += next.Period;
                else _timers.Remove(next);
            }

            next.Fire();
        }
    }

    /// <summary>
    /// Moves the clock on, step by step, until something holds; it stands while nobody waits for it, so that whoever is at work on a busy machine misses no time. Fails
    /// when it does not hold in two minutes of real time.
    /// </summary>
    public async Task UntilAsync(Func<bool> holds, TimeSpan step)
    {
        DateTime deadline = DateTime.UtcNow.AddMinutes(2);
        while (!holds())
        {
            if (DateTime.UtcNow > deadline) throw new TimeoutException("what the test waits for did not come");
            if (IsAwaited) Advance(step);
            await Task.Delay(1, Xunit.TestContext.Current.CancellationToken);
        }
    }

    private bool IsAwaited
    {
        get
        {
            lock (_one) return _timers.Count > 0;
        }
    }

    private sealed class ManualTimer(ManualClock clock, Action fire) : ITimer
    {
        public DateTimeOffset Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._one)
            {
                clock._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                Due = clock._now + dueTime;
                Period = period == Timeout.InfiniteTimeSpan ? TimeSpan.Zero : period;
                clock._timers.Add(this);
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock._one) clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
