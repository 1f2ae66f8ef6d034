namespace Veridicom.Gateway.Sweep;

/// <summary>How often and how soon an archive is asked again. What one caller is told of patience holds for all.</summary>
/// <param name="clock">For waiting.</param>
/// <param name="attempts">Attempts of each call, at least one.</param>
public sealed class SweepPatience(TimeProvider clock, int attempts = 6)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(500), Most = TimeSpan.FromSeconds(60);

    private readonly Lock _one = new();
    private readonly long _began = clock.GetTimestamp();
    private TimeSpan _notBefore;

    /// <summary>The same for a caller that never gives up.</summary>
    public SweepPatience Endless() => new(clock, int.MaxValue);

    /// <summary>Asks until it is answered.</summary>
    /// <exception cref="SweepException">The last attempt failed, or more would not help.</exception>
    public async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken stop)
    {
        for (int attempt = 1; ; attempt++)
        {
            await WaitAsync(stop);
            try
            {
                return await ask(stop);
            }
            catch (SweepException e) when (e.CanRetry && attempt < attempts)
            {
                TimeSpan pause = First * Math.Pow(2, Math.Min(attempt - 1, 10)) * (0.75 + Random.Shared.NextDouble() / 2);
                if (e.RetryAfter is { } asked && asked > pause) pause = asked;
                if (pause > Most) pause = Most;
                if (e.Trouble == SweepTrouble.Busy) HoldOff(pause);
                else await Task.Delay(pause, clock, stop);
            }
        }
    }

    private void HoldOff(TimeSpan pause)
    {
        lock (_one)
        {
            TimeSpan until = clock.GetElapsedTime(_began) + pause;
            if (until > _notBefore) _notBefore = until;
        }
    }

    private async Task WaitAsync(CancellationToken stop)
    {
        while (true)
        {
            TimeSpan left;
            lock (_one) left = _notBefore - clock.GetElapsedTime(_began);
            if (left <= TimeSpan.Zero) return;
            // a millisecond more: timers know no smaller part, and would be asked again and again
            await Task.Delay(left + TimeSpan.FromMilliseconds(1), clock, stop);
        }
    }
}
