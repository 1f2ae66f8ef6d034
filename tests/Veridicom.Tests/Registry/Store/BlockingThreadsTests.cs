using Veridicom.Registry.Store;
using Xunit;

namespace Veridicom.Tests.Registry.Store;

/// <summary>Threads for work that blocks, also where the system gives none.</summary>
public sealed class BlockingThreadsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Work_is_done_once_and_what_it_throws_comes_out()
    {
        var threads = new BlockingThreads(Start);
        int done = 0;

        int[] results = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => threads.RunAsync(() =>
        {
            Interlocked.Increment(ref done);
            return i;
        })));

        Assert.Equal(Enumerable.Range(0, 500), results);
        Assert.Equal(500, done);
        Assert.Equal("no", (await Assert.ThrowsAsync<IOException>(() => threads.RunAsync<int>(() => throw new IOException("no")))).Message);
        await Assert.ThrowsAsync<OperationCanceledException>(() => threads.RunAsync<int>(() => throw new OperationCanceledException()));
    }

    [Fact]
    public async Task No_more_than_so_many_threads_are_made_and_work_that_waits_is_done_in_the_end()
    {
        int started = 0;
        using var gate = new ManualResetEventSlim();
        var threads = new BlockingThreads(run =>
        {
            Interlocked.Increment(ref started);
            Start(run);
        });

        Task<bool>[] waiting = [.. Enumerable.Range(0, 100).Select(_ => threads.RunAsync(() => gate.Wait(TimeSpan.FromMinutes(2), Stop)))];
        Assert.Equal(32, started);
        gate.Set();

        Assert.All(await Task.WhenAll(waiting), Assert.True);
    }

    [Fact]
    public async Task Without_a_thread_the_caller_does_the_work_and_never_is_it_done_after_it_was_called_failed()
    {
        bool none = true;
        var threads = new BlockingThreads(run =>
        {
            if (none) throw new OutOfMemoryException("no more threads");
            Start(run);
        });

        for (int i = 0; i < 40; i++)
        {
            Task<int> task = threads.RunAsync(() => Environment.CurrentManagedThreadId);
            Assert.True(task.IsCompletedSuccessfully);
            Assert.Equal(Environment.CurrentManagedThreadId, await task);
        }
        none = false;
        Assert.NotEqual(Environment.CurrentManagedThreadId, await threads.RunAsync(() => Environment.CurrentManagedThreadId).WaitAsync(TimeSpan.FromMinutes(1), Stop));
    }

    [Fact]
    public async Task Where_another_thread_is_there_it_does_the_work_that_no_new_one_came_for()
    {
        int started = 0;
        using var gate = new ManualResetEventSlim();
        var threads = new BlockingThreads(run =>
        {
            if (started++ > 0) throw new OutOfMemoryException("no more threads");
            Start(run);
        });
        Task<bool> first = threads.RunAsync(() => gate.Wait(TimeSpan.FromMinutes(2), Stop));
        Task<int> second = threads.RunAsync(() => 7);

        Assert.False(second.IsCompleted);
        gate.Set();
        Assert.Equal((true, 7), (await first, await second.WaitAsync(TimeSpan.FromMinutes(1), Stop)));
    }

    private static void Start(ThreadStart run) => new Thread(run) { IsBackground = true }.Start();
}
