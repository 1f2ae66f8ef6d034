namespace Veridicom.Testing;

/// <summary>What a scripted peer does when it has said all.</summary>
public enum ScriptEnd
{
    /// <summary>Closes the connection.</summary>
    Closes,
    /// <summary>Says nothing more.</summary>
    IsSilent,
    /// <summary>The connection breaks.</summary>
    Breaks,
}

/// <summary>
/// A connection whose other end says what a script holds, whatever it hears. Read without waiting as far as the script goes, or as far as it is let on by
/// <see cref="Continue"/>. What is written is kept.
/// </summary>
/// <param name="script">Bytes, cut into what single reads give.</param>
/// <param name="end">What comes then.</param>
/// <param name="drips">Each cut has to be let on.</param>
/// <param name="takes">Bytes that the peer takes; after these a write waits for ever.</param>
public sealed class ScriptedPeer(IReadOnlyList<ReadOnlyMemory<byte>> script, ScriptEnd end, bool drips = false, int takes = int.MaxValue) : Stream
{
    private readonly MemoryStream heard = new();
    private TaskCompletionSource? waiting;
    private int next, within, allowed = drips ? 0 : int.MaxValue;

    /// <summary>What was written to the peer.</summary>
    public byte[] Heard => heard.ToArray();

    /// <summary>True when it was disposed of.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Lets one more cut on.</summary>
    public void Continue()
    {
        if (drips) allowed++;
        TaskCompletionSource? one = waiting;
        waiting = null;
        one?.TrySetResult();
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            cancellationToken.ThrowIfCancellationRequested();
            if (next < script.Count && next < allowed)
            {
                ReadOnlyMemory<byte> cut = script[next][within..];
                int count = Math.Min(cut.Length, buffer.Length);
                cut[..count].CopyTo(buffer);
                (next, within) = count == cut.Length ? (next + 1, 0) : (next, within + count);
                if (count > 0) return count;
                continue;
            }

            if (next == script.Count && end == ScriptEnd.Closes) return 0;
            if (next == script.Count && end == ScriptEnd.Breaks) throw new IOException("connection reset");
            await WaitAsync(cancellationToken);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        heard.Write(buffer.Span);
        if (heard.Length <= takes) return;
        var never = new TaskCompletionSource();
        await using CancellationTokenRegistration ended = cancellationToken.Register(() => never.TrySetCanceled(cancellationToken));
        await never.Task;
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }

    private async Task WaitAsync(CancellationToken stop)
    {
        var one = new TaskCompletionSource();
        waiting = one;
        await using CancellationTokenRegistration ended = stop.Register(() => one.TrySetCanceled(stop));
        await one.Task;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
