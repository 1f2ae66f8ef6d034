namespace Veridicom.Gateway.DicomWeb.Retrieve;

/// <summary>Bytes that requests may hold together. Who finds none left is told to come again: nobody waits with what is held already. Safe for several threads.</summary>
/// <param name="bytes">All of them.</param>
public sealed class ByteBudget(long bytes)
{
    private readonly long _all = bytes;
    private long _left = bytes;

    /// <summary>Takes bytes until what is returned is disposed of; all of them for what is larger than the whole.</summary>
    /// <exception cref="ProblemException">503: others hold too many.</exception>
    public IDisposable Take(long count)
    {
        count = Math.Min(count, _all);
        if (Interlocked.Add(ref _left, -count) >= 0) return new Share(this, count);
        Interlocked.Add(ref _left, count);
        throw ProblemException.Unavailable("others are being given as many frames as fit into memory");
    }

    private sealed class Share(ByteBudget budget, long count) : IDisposable
    {
        private long _count = count;

        public void Dispose() => Interlocked.Add(ref budget._left, Interlocked.Exchange(ref _count, 0));
    }
}
