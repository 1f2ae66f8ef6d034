using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Veridicom.Dimse.Pdu;

namespace Veridicom.Dimse.Associations;

/// <summary>
/// PDUs over a stream: whole ones in, in one pooled buffer that grows only with what has really come; bytes out, one writer at a time. Its timers end it:
/// after any exception it is of no use but to be closed. One reader at a time; writers and <see cref="CloseAsync"/> may come from anywhere.
/// </summary>
internal sealed class PduChannel : IAsyncDisposable
{
    private const int TcpLevel = 6, TcpQuickAck = 12; // IPPROTO_TCP, TCP_QUICKACK of Linux
    private const int FirstBuffer = 4096, MostLinger = 1 << 20;
    private static readonly byte[] One = [1, 0, 0, 0];

    private readonly Stream stream;
    private readonly Socket? socket;
    private readonly AssociationOptions options;
    private readonly CancellationToken stop;
    private readonly CancellationTokenSource life;
    private readonly SemaphoreSlim writing = new(1, 1);
    private readonly Watchdog reads, writes;
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
    private int start, end, taken;
    private bool quickAck, reading;
    private int closed;
    private volatile StrongBox<AssociationEnd>? expired;

    /// <param name="stream">Owned from here on.</param>
    /// <param name="socket">The connection beneath, where there is one: its delays are switched off.</param>
    /// <param name="options">Limits and times.</param>
    /// <param name="stop">Ends it: reads and writes throw OperationCanceledException.</param>
    public PduChannel(Stream stream, Socket? socket, AssociationOptions options, CancellationToken stop)
    {
        (this.stream, this.socket, this.options, this.stop) = (stream, socket, options, stop);
        life = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Ended = life.Token;
        reads = new Watchdog(options.Time, Expire);
        writes = new Watchdog(options.Time, Expire);
        quickAck = socket is not null && OperatingSystem.IsLinux();
        if (socket is null) return;
        socket.NoDelay = true;
        AcknowledgeAtOnce();
    }

    /// <summary>Cancelled when it ends in whatever way.</summary>
    public CancellationToken Ended { get; }

    /// <summary>Body of the PDU read last. The next read overwrites it.</summary>
    public ReadOnlyMemory<byte> Body { get; private set; }

    /// <summary>The next PDU, whole; its body is <see cref="Body"/>.</summary>
    /// <param name="wait">For its first byte.</param>
    /// <param name="end">What it is called when that time passes.</param>
    /// <param name="whole">From now until it is whole, where that is the limit; null: <see cref="AssociationOptions.PduTime"/> from its first byte.</param>
    /// <exception cref="PduException">No PDU, or one that is too long.</exception>
    /// <exception cref="AssociationException">Connection lost or time up.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<PduHeader> ReadAsync(TimeSpan wait, AssociationEnd end, TimeSpan? whole = null)
    {
        start += taken;
        taken = 0;
        Body = default;
        bool begun = this.end > start || whole is not null;
        reads.Arm(whole ?? (begun ? options.PduTime : wait), begun ? AssociationEnd.TooSlow : end);
        PduHeader header;
        while (!PduCodec.TryReadHeader(buffer.AsSpan(start, this.end - start), options.Limits, out header) || this.end - start - PduCodec.HeaderLength < header.Length)
        {
            int known = header.Kind == 0 ? PduCodec.HeaderLength : PduCodec.HeaderLength + header.Length;
            MakeRoom(known);
            await FillAsync();
            if (begun) continue;
            begun = true;
            reads.Arm(options.PduTime, AssociationEnd.TooSlow);
        }

        reads.Disarm();
        taken = PduCodec.HeaderLength + header.Length;
        Body = buffer.AsMemory(start + PduCodec.HeaderLength, header.Length);
        return header;
    }

    /// <summary>Writes bytes, all or with an exception.</summary>
    /// <exception cref="AssociationException">Connection lost, or not taken in time.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await Guarded(writing.WaitAsync(Ended));
        try
        {
            writes.Arm(options.PduTime, AssociationEnd.WriteTooSlow);
            await Guarded(stream.WriteAsync(bytes, Ended));
            await Guarded(stream.FlushAsync(Ended));
            writes.Disarm();
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>
    /// Sends last bytes, if there are any and that can be done soon, waits a moment for the peer to close then, and closes. Closing at once with bytes
    /// unread would make the network throw away what we sent last. Never throws.
    /// </summary>
    public async Task CloseAsync(ReadOnlyMemory<byte> last = default)
    {
        if (Interlocked.Exchange(ref closed, 1) != 0) return;
        reads.Disarm();
        if (!last.IsEmpty) await SayLastAsync(last);

        life.Cancel();
        try
        {
            await stream.DisposeAsync();
        }
        catch (Exception fault) when (IsOfConnection(fault))
        {
        }

        socket?.Dispose();
    }

    /// <summary>Closes, and gives the buffer back. Not while another still reads <see cref="Body"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        reads.Dispose();
        writes.Dispose();
        life.Dispose();
        byte[] old = Interlocked.Exchange(ref buffer, []);
        Body = default;
        if (!reading && old.Length > 0) ArrayPool<byte>.Shared.Return(old);
    }

    private async Task SayLastAsync(ReadOnlyMemory<byte> last)
    {
        using var timed = new CancellationTokenSource(options.CloseTime, options.Time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timed.Token, stop);
        try
        {
            await writing.WaitAsync(limit.Token);
            await stream.WriteAsync(last, limit.Token);
            await stream.FlushAsync(limit.Token);
            // Whoever is still reading ends now; a connection that is no socket cannot be half closed.
            if (socket is null || reading) return;
            if (stream is SslStream secured) await secured.ShutdownAsync().WaitAsync(limit.Token);
            socket.Shutdown(SocketShutdown.Send);
            await DrainAsync(socket, limit.Token);
        }
        catch (Exception fault) when (IsOfConnection(fault) || fault is OperationCanceledException)
        {
        }
    }

    // Into a buffer of its own: somebody may still work with what was read last.
    private static async Task DrainAsync(Socket socket, CancellationToken stop)
    {
        byte[] drain = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        try
        {
            int all = 0, count;
            while (all < MostLinger && (count = await socket.ReceiveAsync(drain.AsMemory(), SocketFlags.None, stop)) > 0) all += count;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(drain);
        }
    }

    // Room for the PDU that begins at start: at most twice what has come, so that a length alone makes us hold nothing.
    private void MakeRoom(int known)
    {
        int held = end - start;
        int wanted = Math.Min(known, Math.Max(FirstBuffer, 2 * held));
        if (buffer.Length < wanted)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(wanted);
            buffer.AsSpan(start, held).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
            (start, end) = (0, held);
        }
        else if (held == 0) (start, end) = (0, 0);
        else if (start > 0 && (buffer.Length - start < known || (buffer.Length - end < FirstBuffer && held < FirstBuffer)))
        {
            buffer.AsSpan(start, held).CopyTo(buffer);
            (start, end) = (0, held);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FillAsync()
    {
        int count;
        reading = true;
        try
        {
            count = await stream.ReadAsync(buffer.AsMemory(end), Ended);
        }
        catch (Exception fault) when (IsOfConnection(fault) || fault is OperationCanceledException)
        {
            throw AsEnd(fault);
        }
        finally
        {
            reading = false;
        }

        if (count == 0) throw new AssociationException(AssociationEnd.ConnectionLost, "the peer closed the connection");
        end += count;
        AcknowledgeAtOnce();
    }

    // A sender with Nagle's algorithm holds back the rest of a PDU until what went before is acknowledged, and the kernel delays that by 40 ms.
    // The option does not last: the kernel falls back by itself, so it is set after each read.
    private void AcknowledgeAtOnce()
    {
        if (!quickAck) return;
        try
        {
            socket!.SetRawSocketOption(TcpLevel, TcpQuickAck, One);
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            quickAck = false;
        }
    }

    private void Expire(AssociationEnd end)
    {
        expired = new StrongBox<AssociationEnd>(end);
        try
        {
            life.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It was closed while the timer went off.
        }
    }

    private async ValueTask Guarded(ValueTask work)
    {
        try
        {
            await work;
        }
        catch (Exception fault) when (IsOfConnection(fault) || fault is OperationCanceledException)
        {
            throw AsEnd(fault);
        }
    }

    private ValueTask Guarded(Task work) => Guarded(new ValueTask(work));

    private Exception AsEnd(Exception fault) => expired is { } box
        ? new AssociationException(box.Value, box.Value switch
        {
            AssociationEnd.Idle => "nothing came in the idle time",
            AssociationEnd.TooSlow => "a PDU did not come whole in its time",
            _ => "the peer did not take what was sent in its time",
        })
        : fault is OperationCanceledException ? fault : new AssociationException(AssociationEnd.ConnectionLost, "the connection was lost", fault);

    private static bool IsOfConnection(Exception fault) =>
        fault is IOException or SocketException or ObjectDisposedException or InvalidOperationException or System.Security.Authentication.AuthenticationException;
}
