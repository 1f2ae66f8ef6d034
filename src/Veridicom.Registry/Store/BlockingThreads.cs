namespace Veridicom.Registry.Store;

/// <summary>
/// Threads for work that blocks, as a flush does for milliseconds: the pool never starves under many associations, and no thread is made for each object.
/// They come as they are needed and go when they were idle for a while. Safe for use by several threads.
/// </summary>
internal sealed class BlockingThreads
{
    /// <summary>The most threads: so many writers and flushes at once no disk tells apart from more. What comes beyond waits.</summary>
    public const int Most = 32;

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(20);

    private readonly Action<ThreadStart> _start;
    private readonly Queue<Action> _work = new();
    private int _threads, _idle;

    /// <param name="start">Starts a thread, or throws <see cref="OutOfMemoryException"/>.</param>
    internal BlockingThreads(Action<ThreadStart> start) => _start = start;

    /// <summary>Those of this process.</summary>
    public static BlockingThreads Shared { get; } = new(run => new Thread(run) { IsBackground = true, Name = "Veridicom store" }.UnsafeStart());

    /// <summary>Does it on one of the threads; what it throws comes out of the task.</summary>
    public Task<T> RunAsync<T>(Func<T> work)
    {
        // what comes after it is no business of these threads
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool more;
        lock (_work)
        {
            _work.Enqueue(Do);
            more = _idle < _work.Count && _threads < Most;
            if (more) _threads++;
            else Monitor.Pulse(_work);
        }
        if (more) Begin();
        return done.Task;

        void Do()
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        }
    }

    // Where the system gives no thread others do the work, or this one: it is queued, and must not be done behind the back of a caller who was told that it failed.
    private void Begin()
    {
        try
        {
            _start(Run);
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            lock (_work)
            {
                Monitor.Pulse(_work);
                if (--_threads > 0) return;
            }
            while (Taken() is { } work) work();
        }
    }

    private Action? Taken()
    {
        lock (_work) return _work.TryDequeue(out Action? work) ? work : null;
    }

    private void Run()
    {
        while (Next() is { } work) work();
    }

    // Null: this thread goes.
    private Action? Next()
    {
        lock (_work)
        {
            while (_work.Count == 0)
            {
                _idle++;
                bool called = Monitor.Wait(_work, Idle);
                _idle--;
                if (called || _work.Count > 0) continue;
                _threads--;
                return null;
            }
            return _work.Dequeue();
        }
    }
}
