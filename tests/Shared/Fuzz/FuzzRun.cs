using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Veridicom.Testing;

/// <summary>What one input did that no input may do.</summary>
/// <param name="Input">Number of the input in the run.</param>
/// <param name="Seed">Name of the file it was made from.</param>
/// <param name="Target">What it was given to.</param>
/// <param name="Kind">crash, hang, memory or wrong.</param>
/// <param name="Detail">The exception, or what was measured.</param>
/// <param name="Bytes">The input.</param>
public sealed record FuzzFinding(long Input, string Seed, string Target, string Kind, string Detail, byte[] Bytes);

/// <summary>A file to be damaged. <see cref="Original"/> is what a damaged copy is compared with.</summary>
public record FuzzSeed(string Name, byte[] Original, int[] Places);

/// <summary>
/// Something that inputs are given to. It throws only for what must never happen; whatever is documented it takes itself. What it returns
/// names the outcome, for the statistics.
/// </summary>
public sealed record FuzzTarget(string Name, Func<FuzzSeed, byte[], string> Run);

/// <summary>
/// Gives many damaged inputs to all targets, on all cores, and watches each: no undocumented exception, no more than a second, no more
/// than 256 MB. The same number of an input means the same bytes on every machine and however many cores there are.
/// </summary>
/// <param name="seeds">Files to be damaged.</param>
/// <param name="targets">What they are given to.</param>
/// <param name="seed">What chance begins with.</param>
/// <param name="damage">Makes an input of a seed and another one of the same run; null for the ways in which DICOM files are damaged.</param>
public sealed class FuzzRun(
    IReadOnlyList<FuzzSeed> seeds, IReadOnlyList<FuzzTarget> targets, ulong seed, Func<Mutator, FuzzSeed, FuzzSeed, byte[]>? damage = null)
{
    /// <summary>Longest time for one input and target.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(1);

    /// <summary>After this time a run that does not come back is given up.</summary>
    public static readonly TimeSpan GiveUp = TimeSpan.FromSeconds(60);

    /// <summary>Bytes that one input may cost.</summary>
    public const long MemoryLimit = 256L << 20;

    private const int MostFindings = 200;

    private readonly ConcurrentQueue<FuzzFinding> _findings = new();
    private readonly ConcurrentDictionary<string, long> _outcomes = new();
    private readonly ConcurrentDictionary<int, (long Input, long Since)> _running = new();
    private long _next, _end;
    private int _alive;

    /// <summary>Inputs done so far.</summary>
    public long Done => Math.Min(Interlocked.Read(ref _next), _end);

    /// <summary>What was found, in no particular order.</summary>
    public IReadOnlyCollection<FuzzFinding> Findings => _findings;

    /// <summary>How often each outcome came, by "target outcome".</summary>
    public IReadOnlyDictionary<string, long> Outcomes => _outcomes;

    /// <summary>The bytes of one input of the run and what they were made from.</summary>
    public (FuzzSeed Seed, byte[] Bytes) Input(long number)
    {
        var mutator = new Mutator(unchecked((seed * 0x9E3779B97F4A7C15) ^ ((ulong)number * 0xD1342543DE82EF95)));
        FuzzSeed from = seeds[mutator.Next(seeds.Count)];
        FuzzSeed second = seeds[mutator.Next(seeds.Count)];
        if (damage is not null) return (from, damage(mutator, from, second));
        byte[] other = second.Original;
        int way = mutator.Next(4);
        byte[]? changed = way == 0 ? ElementMutator.Mutate(from.Original, other, mutator) : way == 1 ? mutator.Touch(from.Original) : null;
        return (from, changed ?? mutator.Mutate(from.Original, from.Places, other));
    }

    /// <summary>Runs inputs 0 to <paramref name="count"/> - 1.</summary>
    /// <param name="count">How many.</param>
    /// <param name="workers">Threads.</param>
    /// <param name="progress">Called about once a second; null for none.</param>
    /// <returns>False where an input did not come back at all: its finding is there, its thread is lost.</returns>
    public bool Run(long count, int workers, Action<FuzzRun>? progress = null)
    {
        (_next, _end, _alive) = (0, count, workers);
        for (int worker = 0; worker < workers; worker++)
        {
            int number = worker;
            new Thread(() => Work(number)) { IsBackground = true, Name = "fuzz " + number.ToString(CultureInfo.InvariantCulture) }.Start();
        }
        long told = Stopwatch.GetTimestamp();
        lock (_running)
        {
            while (_alive > 0)
            {
                Monitor.Wait(_running, 100);
                foreach ((_, (long input, long since)) in _running)
                {
                    if (Stopwatch.GetElapsedTime(since) < GiveUp) continue;
                    Add(input, "all", "hang", $"did not come back within {GiveUp.TotalSeconds} s");
                    return false;
                }
                if (Stopwatch.GetElapsedTime(told) < TimeSpan.FromSeconds(1)) continue;
                told = Stopwatch.GetTimestamp();
                progress?.Invoke(this);
            }
        }
        return true;
    }

    private void Work(int worker)
    {
        for (long input; (input = Interlocked.Increment(ref _next) - 1) < _end;)
        {
            (FuzzSeed from, byte[] bytes) = Input(input);
            foreach (FuzzTarget target in targets)
            {
                _running[worker] = (input, Stopwatch.GetTimestamp());
                Watch(input, from, bytes, target);
                _running.TryRemove(worker, out _);
            }
        }
        lock (_running)
        {
            _alive--;
            Monitor.PulseAll(_running);
        }
    }

    private void Watch(long input, FuzzSeed from, byte[] bytes, FuzzTarget target)
    {
        // on a busy machine any input may seem slow once: one that is slow is so five times
        TimeSpan best = TimeSpan.MaxValue;
        for (int attempt = 0; attempt < 5 && best > TimeLimit; attempt++)
        {
            long started = Stopwatch.GetTimestamp(), before = GC.GetAllocatedBytesForCurrentThread();
            string outcome;
            try
            {
                outcome = target.Run(from, bytes);
            }
            catch (FuzzFailure wrong)
            {
                outcome = "wrong";
                Add(input, target.Name, "wrong", wrong.Message);
            }
            catch (Exception error)
            {
                outcome = "crash";
                Add(input, target.Name, "crash", error.ToString());
            }
            long cost = GC.GetAllocatedBytesForCurrentThread() - before;
            TimeSpan time = Stopwatch.GetElapsedTime(started);
            best = time < best ? time : best;
            if (attempt > 0) continue;
            _outcomes.AddOrUpdate($"{target.Name} {outcome}", 1, (_, n) => n + 1);
            if (cost > MemoryLimit) Add(input, target.Name, "memory", $"{cost} bytes");
        }
        if (best > TimeLimit) Add(input, target.Name, "hang", $"{best.TotalSeconds:F1} s");
    }

    private void Add(long input, string target, string kind, string detail)
    {
        if (_findings.Count >= MostFindings) return;
        (FuzzSeed from, byte[] bytes) = Input(input);
        _findings.Enqueue(new FuzzFinding(input, from.Name, target, kind, detail, bytes));
    }
}

/// <summary>A target's own finding: something came out that is wrong.</summary>
public sealed class FuzzFailure(string message) : Exception(message);
