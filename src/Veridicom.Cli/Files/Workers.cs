using System.Runtime.ExceptionServices;

namespace Veridicom.Cli.Files;

/// <summary>
/// Works on inputs with several threads and hands the results on in the order of the inputs. At most a few results per worker wait, so that a
/// slow first file cannot fill the memory with what follows it.
/// </summary>
/// <typeparam name="TResult">Result of one input.</typeparam>
public sealed class Workers<TResult>
{
    private const int WaitingPerWorker = 16;
    private readonly object _gate = new();
    private readonly IEnumerator<Input> _inputs;
    private readonly Func<Input, FileBuffers, TResult> _work;
    private readonly int _threads;
    private readonly (Input? Input, TResult? Result, bool Ready)[] _waiting;
    private readonly CancellationToken _stop;
    private long _taken, _given;
    private bool _ended;
    private ExceptionDispatchInfo? _defect;

    private Workers(IEnumerator<Input> inputs, Func<Input, FileBuffers, TResult> work, int threads, CancellationToken stop)
    {
        (_inputs, _work, _threads, _stop) = (inputs, work, threads, stop);
        _waiting = new (Input?, TResult?, bool)[Math.Max(2, threads * WaitingPerWorker)];
    }

    /// <summary>
    /// Runs <paramref name="work"/> on every input, each worker with buffers of its own, and <paramref name="give"/> on this thread for every
    /// result in order. What <paramref name="work"/> throws ends the run.
    /// </summary>
    /// <exception cref="OperationCanceledException">Stopped; every worker has ended.</exception>
    public static void Run(IEnumerable<Input> inputs, Func<Input, FileBuffers, TResult> work, Action<Input, TResult> give, int workers, CancellationToken stop)
    {
        using IEnumerator<Input> source = inputs.GetEnumerator();
        if (!source.MoveNext()) return;
        Input first = source.Current;
        bool many = source.MoveNext();
        IEnumerable<Input> all = many ? Rest(first, source) : [first];
        if (many && workers > 1)
        {
            new Workers<TResult>(all.GetEnumerator(), work, workers, stop).Run(give);
            return;
        }
        var buffers = new FileBuffers(1);
        foreach (Input input in all)
        {
            stop.ThrowIfCancellationRequested();
            give(input, Work(input, buffers, work));
        }
        stop.ThrowIfCancellationRequested();
    }

    private static IEnumerable<Input> Rest(Input first, IEnumerator<Input> source)
    {
        yield return first;
        do yield return source.Current;
        while (source.MoveNext());
    }

    private static TResult Work(Input input, FileBuffers buffers, Func<Input, FileBuffers, TResult> work)
    {
        try
        {
            return work(input, buffers);
        }
        finally
        {
            input.Done();
        }
    }

    private void Run(Action<Input, TResult> give)
    {
        var threads = new Thread[_threads];
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(Loop) { IsBackground = true, Name = "worker" };
            threads[i].Start();
        }
        try
        {
            while (Next(out Input? input, out TResult? result)) give(input!, result!);
        }
        catch
        {
            lock (_gate)
            {
                _ended = true;
                Monitor.PulseAll(_gate);
            }
            throw;
        }
        finally
        {
            foreach (Thread thread in threads) thread.Join();
        }
        _defect?.Throw();
        _stop.ThrowIfCancellationRequested();
    }

    private bool Next(out Input? input, out TResult? result)
    {
        lock (_gate)
        {
            int slot = (int)(_given % _waiting.Length);
            while (!_waiting[slot].Ready)
            {
                if (_defect is not null || (_ended && _given == _taken))
                {
                    (input, result) = (null, default);
                    return false;
                }
                Monitor.Wait(_gate);
            }
            (input, result, _) = _waiting[slot];
            _waiting[slot] = default;
            _given++;
            Monitor.PulseAll(_gate);
            return true;
        }
    }

    private void Loop()
    {
        var buffers = new FileBuffers(_threads);
        while (Take(out Input? input, out long index))
        {
            TResult result;
            try
            {
                result = Work(input!, buffers, _work);
            }
            catch (Exception e)
            {
                lock (_gate)
                {
                    _defect ??= ExceptionDispatchInfo.Capture(e);
                    _ended = true;
                    Monitor.PulseAll(_gate);
                }
                return;
            }
            lock (_gate)
            {
                _waiting[(int)(index % _waiting.Length)] = (input, result, true);
                if (index == _given) Monitor.PulseAll(_gate);
            }
        }
    }

    private bool Take(out Input? input, out long index)
    {
        lock (_gate)
        {
            (input, index) = (null, 0);
            while (!_ended && _taken - _given >= _waiting.Length) Monitor.Wait(_gate);
            if (_ended) return false;
            try
            {
                if (!_stop.IsCancellationRequested && _inputs.MoveNext())
                {
                    input = _inputs.Current;
                    index = _taken++;
                    return true;
                }
            }
            catch (Exception e)
            {
                _defect ??= ExceptionDispatchInfo.Capture(e);
            }
            _ended = true;
            Monitor.PulseAll(_gate);
            return false;
        }
    }
}
