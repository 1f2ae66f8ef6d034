using System.Threading.Channels;

namespace Veridicom.Gateway.Routing;

/// <summary>Wakes one loop: a call that comes while nobody waits is kept, several are one.</summary>
internal sealed class Wake(TimeProvider clock)
{
    private readonly Channel<bool> _calls = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Wakes the loop, now or when it next waits. Never blocks.</summary>
    public void Call() => _calls.Writer.TryWrite(true);

    /// <summary>Ends with a call, or after this time.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/>.</exception>
    public async Task WaitAsync(TimeSpan most, CancellationToken stop)
    {
        if (most <= TimeSpan.Zero) return;
        using var timer = new CancellationTokenSource(most, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stop);
        try
        {
            await _calls.Reader.ReadAsync(both.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // the time is over
        }
    }
}
