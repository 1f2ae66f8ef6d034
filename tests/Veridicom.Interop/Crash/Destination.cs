using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Veridicom.Dimse;
using Veridicom.Dimse.Provider;

namespace Veridicom.Interop.Crash;

/// <summary>How an archive behaves.</summary>
public enum Mood
{
    /// <summary>It stores.</summary>
    Up,
    /// <summary>It stores, and takes its time.</summary>
    Slow,
    /// <summary>It says that it is out of resources.</summary>
    Refusing,
    /// <summary>Nobody listens.</summary>
    Down,
    /// <summary>It takes connections and says nothing.</summary>
    HalfOpen,
}

/// <summary>One arrival at the archive that it said it stored.</summary>
/// <param name="Hash">SHA-256 of the data set.</param>
/// <param name="Began">When its association began.</param>
public sealed record Receipt(string Hash, DateTimeOffset Began);

/// <summary>The archive behind the gateway. It outlives the gateway's deaths and remembers what it was sent.</summary>
public sealed class Destination : IAsyncDisposable
{
    private readonly ConcurrentDictionary<IPEndPoint, DateTimeOffset> _began = new();
    private readonly CollectingProvider _provider;
    private DimseServer? _server;
    private Socket? _mute;
    private volatile bool _refuses, _slow;

    public Destination()
    {
        _provider = new CollectingProvider { Judge = Judge, Completing = CompleteAsync, Keep = true };
        using var probe = new Socket(SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Port = ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    public int Port { get; }

    /// <summary>What it said it stored, by SOP Instance UID.</summary>
    public ConcurrentDictionary<string, ConcurrentQueue<Receipt>> Received { get; } = new();

    /// <summary>Changes its mood.</summary>
    public async Task BeAsync(Mood mood)
    {
        (_refuses, _slow) = (mood == Mood.Refusing, mood == Mood.Slow);
        if (mood != Mood.HalfOpen)
        {
            _mute?.Dispose();
            _mute = null;
        }
        if (mood is Mood.Down or Mood.HalfOpen && _server is not null)
        {
            await _server.DisposeAsync();
            _server = null;
        }
        var here = new IPEndPoint(IPAddress.Loopback, Port);
        if (mood == Mood.HalfOpen && _mute is null)
        {
            _mute = new Socket(SocketType.Stream, ProtocolType.Tcp);
            _mute.Bind(here);
            _mute.Listen(100); // the system completes connections; nobody ever reads from them
        }
        if (mood is Mood.Down or Mood.HalfOpen || _server is not null) return;
        _server = new DimseServer(new DimseServerOptions { EndPoint = here, MaxAssociationsPerAddress = 64 }, _provider);
        _server.Start();
    }

    private AssociationRefusal? Judge(AssociationPeer peer)
    {
        _began[peer.Address] = DateTimeOffset.UtcNow;
        return null;
    }

    private async ValueTask<DimseStatus> CompleteAsync(CollectedStore store)
    {
        if (_slow) await Task.Delay(150);
        _provider.Stores.Clear();
        if (_refuses) return DimseStatus.OutOfResources("the archive is full");
        string hash = Convert.ToHexStringLower(SHA256.HashData(store.Bytes));
        Received.GetOrAdd(store.Header.SopInstanceUid, _ => new()).Enqueue(new Receipt(hash, _began[store.Peer.Address]));
        return DimseStatus.Success;
    }

    public async ValueTask DisposeAsync()
    {
        _mute?.Dispose();
        if (_server is not null) await _server.DisposeAsync();
    }
}
