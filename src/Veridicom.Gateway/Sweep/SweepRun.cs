using System.Threading.Channels;

namespace Veridicom.Gateway.Sweep;

/// <summary>How fast a sweep may go.</summary>
/// <param name="Rate">Instances in a second on average; 0 for as many as can be.</param>
/// <param name="Parallel">Instances at the same time.</param>
public sealed record SweepPace(double Rate, int Parallel);

/// <summary>Goes over the instances of an archive: several at once, no faster than wanted, told of one after another.</summary>
public static class SweepRun
{
    /// <summary>So many instances in a row that could not be had for want of a connection end a sweep.</summary>
    public const int MostUnreachable = 5;

    private readonly record struct Outcome<T>(SweepItem Item, T? Value, Exception? Fault) where T : class;

    /// <summary>
    /// Works on each item. Ends when the items do and all of them are done; when they cannot be listed further, what was listed is done first, and then that exception is thrown.
    /// </summary>
    /// <param name="items">What to work on.</param>
    /// <param name="work">Called by several at once. Its exceptions are given to <paramref name="done"/>.</param>
    /// <param name="done">Told of each item, by one at a time.</param>
    /// <param name="pace">How fast.</param>
    /// <param name="clock">For the pace.</param>
    /// <param name="stop">Gives up what is under way.</param>
    /// <exception cref="SweepException">The items cannot be listed further, the archive denies us, or does not answer any more.</exception>
    public static async Task RunAsync<T>(
        IAsyncEnumerable<SweepItem> items, Func<SweepItem, CancellationToken, Task<T>> work, Action<SweepItem, T?, Exception?> done, SweepPace pace, TimeProvider clock, CancellationToken stop)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(pace);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var listed = Channel.CreateBounded<SweepItem>(new BoundedChannelOptions(pace.Parallel) { SingleWriter = true });
        var outcomes = Channel.CreateBounded<Outcome<T>>(new BoundedChannelOptions(2 * pace.Parallel) { SingleReader = true });
        Task<Exception?> listing = Task.Run(() => ListAsync(items, listed.Writer, pace, clock, end.Token), CancellationToken.None);
        Task working = Task.WhenAll(Enumerable.Range(0, pace.Parallel).Select(_ => Task.Run(() => WorkAsync(listed.Reader, work, outcomes.Writer, end.Token), CancellationToken.None)));
        Task closing = working.ContinueWith(_ => outcomes.Writer.Complete(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            int unreachable = 0;
            await foreach (Outcome<T> outcome in outcomes.Reader.ReadAllAsync(CancellationToken.None))
            {
                if (stop.IsCancellationRequested) continue;
                done(outcome.Item, outcome.Value, outcome.Fault);
                unreachable = outcome.Fault is SweepException { Trouble: SweepTrouble.Unreachable } ? unreachable + 1 : 0;
                if (outcome.Fault is SweepException { Trouble: SweepTrouble.Denied } denied) throw denied;
                if (unreachable == MostUnreachable) throw (SweepException)outcome.Fault!;
            }
        }
        finally
        {
            await end.CancelAsync();
            // workers that wait for room end with the token; nothing of theirs outlives this call
            while (outcomes.Reader.TryRead(out _))
            {
            }
            await closing;
            await listing;
        }
        stop.ThrowIfCancellationRequested();
        if (await listing is { } broken) throw broken;
    }

    private static async Task<Exception?> ListAsync(IAsyncEnumerable<SweepItem> items, ChannelWriter<SweepItem> to, SweepPace pace, TimeProvider clock, CancellationToken end)
    {
        try
        {
            TimeSpan step = pace.Rate > 0 ? TimeSpan.FromSeconds(1 / pace.Rate) : TimeSpan.Zero, next = TimeSpan.Zero;
            long began = clock.GetTimestamp();
            await foreach (SweepItem item in items.WithCancellation(end))
            {
                TimeSpan now = clock.GetElapsedTime(began);
                if (next > now) await Task.Delay(next - now, clock, end);
                else next = now; // what was lost is not made good: the archive's burden is bounded at any time
                next += step;
                await to.WriteAsync(item, end);
            }
            return null;
        }
        catch (Exception e) when (e is OperationCanceledException && end.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
        finally
        {
            to.Complete();
        }
    }

    private static async Task WorkAsync<T>(ChannelReader<SweepItem> from, Func<SweepItem, CancellationToken, Task<T>> work, ChannelWriter<Outcome<T>> to, CancellationToken end) where T : class
    {
        try
        {
            await foreach (SweepItem item in from.ReadAllAsync(end))
            {
                Outcome<T> outcome;
                try
                {
                    outcome = new Outcome<T>(item, await work(item, end), null);
                }
                catch (Exception e) when (e is not OutOfMemoryException && !(e is OperationCanceledException && end.IsCancellationRequested))
                {
                    outcome = new Outcome<T>(item, null, e);
                }
                await to.WriteAsync(outcome, end);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
        }
    }
}
