using System.Collections.Concurrent;

namespace Veridicom.Gateway.Intake;

/// <summary>
/// Buffers of arrivals, used again and again: four sizes, so that an instance is copied three times at most while it grows, and a hundred thousand
/// slices cost the large object heap as many arrays as arrive at once. Safe for use by several threads.
/// </summary>
/// <param name="budget">Bytes lent out at once; beyond them arrivals go to a file.</param>
/// <param name="kept">Bytes kept for the next arrivals.</param>
internal sealed class ArrivalBuffers(long budget = 512L << 20, long kept = 128L << 20)
{
    private static readonly int[] Sizes = [1 << 18, 1 << 20, 1 << 22, Largest];
    private readonly ConcurrentStack<byte[]>[] _free = [new(), new(), new(), new()];
    private long _lent, _kept;

    /// <summary>The largest buffer, in bytes.</summary>
    public const int Largest = 1 << 24;

    /// <summary>A buffer of at least so many bytes, its content undefined; null where the budget is spent or none is so large.</summary>
    public byte[]? TryRent(long length)
    {
        int size = Array.FindIndex(Sizes, s => s >= length);
        if (size < 0) return null;
        if (Interlocked.Add(ref _lent, Sizes[size]) > budget)
        {
            Interlocked.Add(ref _lent, -Sizes[size]);
            return null;
        }
        if (!_free[size].TryPop(out byte[]? buffer)) return GC.AllocateUninitializedArray<byte>(Sizes[size]);
        Interlocked.Add(ref _kept, -buffer.Length);
        return buffer;
    }

    /// <summary>Takes a buffer back. Nobody may use it afterwards.</summary>
    public void Return(byte[] buffer)
    {
        Interlocked.Add(ref _lent, -buffer.Length);
        if (Interlocked.Add(ref _kept, buffer.Length) > kept)
        {
            Interlocked.Add(ref _kept, -buffer.Length);
            return;
        }
        _free[Array.IndexOf(Sizes, buffer.Length)].Push(buffer);
    }
}
