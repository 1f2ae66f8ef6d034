using Veridicom.Gateway.Intake;
using Veridicom.Gateway.Sweep;
using Veridicom.Tests.Gateway.Routing;
using Xunit;

namespace Veridicom.Tests.Gateway.Sweep;

public sealed class SweepRunTests
{
    private static readonly SweepPace Fast = new(0, 4);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static async IAsyncEnumerable<SweepItem> Items(int count, Exception? end = null)
    {
        for (int i = 0; i < count; i++)
        {
            await Task.Yield();
            yield return new SweepItem($"{i}", $"{i}");
        }
        if (end is not null) throw end;
    }

    [Fact]
    public async Task Each_is_done_once_and_no_more_at_once_than_wanted()
    {
        int now = 0, most = 0;
        var done = new List<string>();

        await SweepRun.RunAsync<string>(Items(200), async (item, _) =>
        {
            int at = Interlocked.Increment(ref now);
            InterlockedMax(ref most, at);
            await Task.Yield();
            Interlocked.Decrement(ref now);
            return item.Key;
        }, (item, value, fault) => done.Add(value!), Fast, TimeProvider.System, Stop);

        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"{i}").Order(), done.Order());
        Assert.InRange(most, 1, 4);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (int seen = most; value > seen; seen = most)
        {
            if (Interlocked.CompareExchange(ref most, value, seen) == seen) return;
        }
    }

    [Fact]
    public async Task The_pace_is_kept()
    {
        var clock = new ManualClock();
        int done = 0;
        Task run = SweepRun.RunAsync<string>(Items(10), (item, _) => Task.FromResult(item.Key), (_, _, _) => done++, new SweepPace(1, 4), clock, Stop);
        DateTimeOffset began = clock.GetUtcNow();

        await clock.UntilAsync(() => run.IsCompleted, TimeSpan.FromMilliseconds(100));

        await run;
        Assert.Equal(10, done);
        Assert.True(clock.GetUtcNow() - began >= TimeSpan.FromSeconds(9), $"{clock.GetUtcNow() - began}");
    }

    [Fact]
    public async Task What_was_listed_before_the_listing_broke_is_done_first()
    {
        int done = 0;

        var error = await Assert.ThrowsAsync<SweepException>(() => SweepRun.RunAsync<string>(
            Items(20, new SweepException(SweepTrouble.Busy, "no more")), (item, _) => Task.FromResult(item.Key), (_, _, _) => done++, Fast, TimeProvider.System, Stop));

        Assert.Equal((20, "no more"), (done, error.Message));
    }

    [Fact]
    public async Task One_that_fails_keeps_none_of_the_others_back()
    {
        int failed = 0, done = 0;

        await SweepRun.RunAsync<string>(Items(50), (item, _) => int.Parse(item.Key) % 10 == 0 ? throw new InvalidOperationException("broken") : Task.FromResult(item.Key),
            (_, value, _) =>
            {
                if (value is null) failed++;
                else done++;
            }, Fast, TimeProvider.System, Stop);

        Assert.Equal((5, 45), (failed, done));
    }

    [Fact]
    public async Task An_archive_that_is_gone_is_not_asked_for_everything()
    {
        int asked = 0;

        var error = await Assert.ThrowsAsync<SweepException>(() => SweepRun.RunAsync<string>(Items(10_000), (_, _) =>
        {
            Interlocked.Increment(ref asked);
            throw new SweepException(SweepTrouble.Unreachable, "gone");
        }, (_, _, _) => { }, Fast, TimeProvider.System, Stop));

        Assert.Equal(SweepTrouble.Unreachable, error.Trouble);
        Assert.InRange(asked, SweepRun.MostUnreachable, 100);
    }

    [Fact]
    public async Task Patience_waits_longer_each_time_and_ends()
    {
        var clock = new ManualClock();
        var patience = new SweepPatience(clock);
        var asked = new List<DateTimeOffset>();
        Task<int> asking = patience.AskAsync<int>(_ =>
        {
            asked.Add(clock.GetUtcNow());
            throw new SweepException(asked.Count % 2 == 0 ? SweepTrouble.Busy : SweepTrouble.Unreachable, "not now");
        }, Stop);

        await clock.UntilAsync(() => asking.IsCompleted, TimeSpan.FromMilliseconds(50));

        await Assert.ThrowsAsync<SweepException>(() => asking);
        Assert.Equal(6, asked.Count);
        var pauses = asked.Zip(asked.Skip(1), (a, b) => b - a).ToList();
        Assert.True(pauses[0] >= TimeSpan.FromMilliseconds(370) && pauses[4] >= 4 * pauses[0], string.Join(", ", pauses));
    }

    [Fact]
    public async Task What_would_not_help_is_not_tried_again()
    {
        int asked = 0;

        await Assert.ThrowsAsync<SweepException>(() => new SweepPatience(new ManualClock()).AskAsync<int>(_ => throw new SweepException(SweepTrouble.Gone, $"{++asked}"), Stop));

        Assert.Equal(1, asked);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(20 << 20)]
    public void A_spool_gives_back_what_was_put_in(int length)
    {
        using var folder = new ScratchFolder();
        byte[] bytes = new byte[length];
        new Random(5).NextBytes(bytes);
        using var spool = new Spool(folder.Root);
        for (int at = 0; at < length; at += 70_001) spool.Input.Write(bytes, at, Math.Min(70_001, length - at));

        Assert.Equal(length, spool.Length);
        Assert.True(spool.Window(10, 500).SequenceEqual(bytes.AsSpan(10, 500)));
        using var copy = new MemoryStream();
        spool.CopyTo(copy, 0, length);
        Assert.Equal(bytes, copy.ToArray());
        Assert.Empty(Directory.GetFiles(folder.Root));
    }
}
