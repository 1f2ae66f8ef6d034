namespace Veridicom.Gateway.Intake;

/// <summary>One at a time for each SOP Instance UID, by stripes: which of two came first is decided once, and by whoever holds the stripe.</summary>
internal sealed class UidLocks : IDisposable
{
    private readonly SemaphoreSlim[] _stripes = [.. Enumerable.Range(0, 512).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Waits for the stripe of a text; dispose what is given to let go of it.</summary>
    public async Task<IDisposable> EnterAsync(string text, CancellationToken stop)
    {
        SemaphoreSlim stripe = _stripes[unchecked((uint)string.GetHashCode(text, StringComparison.Ordinal)) % (uint)_stripes.Length];
        await stripe.WaitAsync(stop);
        return new Held(stripe);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SemaphoreSlim stripe in _stripes) stripe.Dispose();
    }

    private sealed class Held(SemaphoreSlim stripe) : IDisposable
    {
        public void Dispose() => stripe.Release();
    }
}
