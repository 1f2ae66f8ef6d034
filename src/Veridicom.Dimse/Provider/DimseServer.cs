using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Veridicom.Dimse.Associations;
using Veridicom.Dimse.Pdu;
using Veridicom.Dimse.Tls;

namespace Veridicom.Dimse.Provider;

/// <summary>
/// Listens for associations and serves Verification, Storage and Storage Commitment (PS3.4-2023b A, B, J) to an <see cref="IDimseProvider"/>.
/// Whatever a peer does ends its own association at most.
/// </summary>
public sealed class DimseServer : IAsyncDisposable
{
    private const int Backlog = 512;

    // Connections that are being closed while others have come for them.
    private const int Closing = 64;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly DimseServerOptions options;
    private readonly IDimseProvider provider;
    private readonly AssociationSlots slots;
    private readonly SemaphoreSlim open;
    private readonly ConcurrentDictionary<Task, byte> connections = new();
    private readonly ConcurrentDictionary<ServedAssociation, byte> served = new();
    private readonly CancellationTokenSource listening = new(), serving = new();
    private Socket? listener;
    private Task accepting = Task.CompletedTask;
    private int stopped, disposed;

    /// <param name="options">Settings.</param>
    /// <param name="provider">Takes what comes.</param>
    public DimseServer(DimseServerOptions options, IDimseProvider provider)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(provider);
        (this.options, this.provider) = (options, provider);
        slots = new AssociationSlots(options.MaxAssociations, options.MaxAssociationsPerAddress, options.MaxWaiting);
        open = new SemaphoreSlim(options.MaxAssociations + options.MaxWaiting + Closing);
        EndPoint = options.EndPoint;
    }

    /// <summary>Where it listens; after <see cref="Start"/> with the port it got.</summary>
    public IPEndPoint EndPoint { get; private set; }

    /// <summary>Associations that stand.</summary>
    public int Associations => slots.Standing;

    /// <summary>Connections that have no association: before it, or after it was rejected.</summary>
    public int Waiting => slots.Waiting;

    /// <summary>Begins to listen.</summary>
    /// <exception cref="SocketException">The address or port cannot be had.</exception>
    public void Start()
    {
        if (listener is not null) throw new InvalidOperationException("it listens already");
        var socket = new Socket(options.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(options.EndPoint);
            socket.Listen(Backlog);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        listener = socket;
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
        accepting = AcceptAsync(socket);
    }

    /// <summary>
    /// Ends: nobody new comes in, associations that wait for a message are aborted, those within one may finish it until the time is up, and are aborted then.
    /// </summary>
    /// <param name="grace">For messages under way.</param>
    public async Task StopAsync(TimeSpan grace)
    {
        if (Interlocked.Exchange(ref stopped, 1) == 0)
        {
            listening.Cancel();
            listener?.Dispose();
            await accepting;
            slots.EvictAll();
            foreach (ServedAssociation association in served.Keys) association.EndWhenIdle();
        }

        Task all = Task.WhenAll(connections.Keys);
        await Task.WhenAny(all, Task.Delay(grace, options.Association.Time));
        if (!all.IsCompleted) foreach (ServedAssociation association in served.Keys) association.EndNow();
        serving.CancelAfter(all.IsCompleted ? TimeSpan.Zero : options.Association.CloseTime);
        // A provider that does not come back even when it is cancelled keeps nobody from stopping.
        await Task.WhenAny(all, Task.Delay((2 * options.Association.CloseTime) + Patience, options.Association.Time));
    }

    /// <summary>As <see cref="StopAsync"/>, without patience.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0) return;
        await StopAsync(TimeSpan.Zero);
        listening.Dispose();
        serving.Dispose();
    }

    /// <summary>Serves one connection to its end. Never throws.</summary>
    internal Task ServeAsync(Stream stream, Socket? socket, IPEndPoint address)
    {
        (AssociationSlots.Slot slot, CancellationTokenSource evicted) = Enter(address);
        return ServeAsync(stream, socket, address, slot, evicted);
    }

    private (AssociationSlots.Slot Slot, CancellationTokenSource Evicted) Enter(IPEndPoint address)
    {
        var evicted = CancellationTokenSource.CreateLinkedTokenSource(serving.Token);
        return (slots.Enter(address.Address, () =>
        {
            Notice(DimseNoticeKind.Evicted, address, Volatile.Read(ref stopped) == 0 ? "closed for others: too many connections wait" : "closed: we stop");
            try
            {
                _ = evicted.CancelAsync();
            }
            catch (ObjectDisposedException)
            {
                // It left of itself just now.
            }
        }), evicted);
    }

    private async Task ServeAsync(Stream stream, Socket? socket, IPEndPoint address, AssociationSlots.Slot entered, CancellationTokenSource evictedSource)
    {
        using CancellationTokenSource evicted = evictedSource;
        using AssociationSlots.Slot slot = entered;
        try
        {
            await ServeAsync(stream, socket, address, slot, evicted.Token);
        }
        catch (PduException broken)
        {
            Notice(DimseNoticeKind.Protocol, address, "it broke the protocol", broken);
        }
        catch (TlsException fault)
        {
            Notice(DimseNoticeKind.Tls, address, "no TLS", fault);
        }
        catch (AssociationException fault)
        {
            Notice(DimseNoticeKind.Ended, address, fault.Message, fault);
        }
        catch (OperationCanceledException)
        {
            Notice(DimseNoticeKind.Ended, address, "ended by us");
        }
        catch (Exception fault)
        {
            // Nothing of ours should come here; and if it does, it is one association that ends, and not the listener.
            Notice(DimseNoticeKind.Fault, address, "an association ended by a fault of ours", fault);
        }
        finally
        {
            try
            {
                await stream.DisposeAsync();
            }
            catch (Exception fault) when (fault is IOException or SocketException or ObjectDisposedException)
            {
            }

            socket?.Dispose();
        }
    }

    private async Task ServeAsync(Stream stream, Socket? socket, IPEndPoint address, AssociationSlots.Slot slot, CancellationToken stop)
    {
        (string? fingerprint, string? subject) = (null, null);
        if (options.Tls is { } tls)
        {
            TlsConnection connection = await DicomTls.AuthenticateAsServerAsync(stream, tls, options.Association.Time, stop);
            (stream, fingerprint, subject) = (connection.Stream, connection.PeerFingerprint, connection.PeerSubject);
        }

        AssociationPeer? admitted = null;
        try
        {
            Association? association = await Association.AcceptAsync(stream, socket, Answer, options.Association, stop);
            if (association is null) return;
            var one = new ServedAssociation(association, admitted!, provider, options, serving.Token);
            served[one] = 0;
            // Whoever stops the server looks through this list once: it may have done so just before.
            if (Volatile.Read(ref stopped) != 0) one.EndWhenIdle();
            try
            {
                await one.RunAsync();
            }
            finally
            {
                served.TryRemove(one, out _);
                admitted = null;
            }
        }
        finally
        {
            // Admitted, and lost before it stood.
            if (admitted is not null) provider.Ended(admitted, aborted: true);
        }

        ControlPdu Answer(AssociateRequest request)
        {
            if (Negotiation.Refuse(request) is { } refused) return Rejected(refused);
            var peer = new AssociationPeer(request.CallingAe, request.CalledAe, address, fingerprint, subject,
                request.User.ImplementationClassUid, request.User.ImplementationVersion);
            AssociationRefusal? refusal;
            try
            {
                refusal = provider.Admit(peer);
            }
            catch (Exception fault)
            {
                Notice(DimseNoticeKind.Fault, address, "the judgement of an association request failed", fault);
                refusal = AssociationRefusal.Congestion;
            }

            if (refusal is { } why) return Rejected(Negotiation.Reject(why));
            admitted = peer;
            if (Volatile.Read(ref stopped) == 0 && slot.TryStand()) return Negotiation.Accept(request, options);
            admitted = null;
            provider.Ended(peer, aborted: true);
            return Rejected(Negotiation.LimitExceeded);
        }

        AssociateReject Rejected(AssociateReject reject)
        {
            Notice(DimseNoticeKind.Rejected, address, $"rejected: result {reject.Result}, source {reject.Source}, reason {reject.Reason}");
            return reject;
        }
    }

    private async Task AcceptAsync(Socket socket)
    {
        while (!listening.IsCancellationRequested)
        {
            bool taken = false;
            try
            {
                // No more descriptors than these, however fast connections come: a process without descriptors cannot even load its code.
                await open.WaitAsync(listening.Token);
                taken = true;
                Socket connection = await socket.AcceptAsync(listening.Token);
                taken = false;
                Begin(connection);
            }
            catch (Exception fault) when (fault is OperationCanceledException or ObjectDisposedException && listening.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                if (taken) open.Release();
                // No descriptors or memory left, or a connection that was gone at once: neither ends the listener. Those that wait give theirs up, one by one.
                if (listening.IsCancellationRequested) return;
                if (fault is SocketException { SocketErrorCode: SocketError.TooManyOpenSockets }) slots.EvictOne();
                Notice(DimseNoticeKind.Listener, null, "a connection could not be taken", fault);
                await Task.Delay(Pause, options.Association.Time);
            }
        }
    }

    private void Begin(Socket socket)
    {
        NetworkStream stream;
        IPEndPoint address;
        try
        {
            address = (IPEndPoint)socket.RemoteEndPoint!;
            stream = new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception fault) when (fault is SocketException or IOException or NullReferenceException or InvalidCastException)
        {
            // Gone between coming and being taken.
            socket.Dispose();
            open.Release();
            return;
        }

        // Off the accepting loop, which must not wait for what one peer makes us do; but in the order in which they came.
        (AssociationSlots.Slot slot, CancellationTokenSource evicted) = Enter(address);
        Task task = Task.Run(() => ServeAsync(stream, socket, address, slot, evicted));
        connections[task] = 0;
        _ = task.ContinueWith(Over, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void Over(Task connection)
    {
        connections.TryRemove(connection, out _);
        open.Release();
    }

    private void Notice(DimseNoticeKind kind, IPEndPoint? address, string text, Exception? fault = null) =>
        options.Notice?.Invoke(new DimseNotice(kind, address, text, fault));
}
