using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Veridicom.Dimse.Tls;
using Veridicom.Gateway.Configuration;
using Veridicom.Registry;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.Audit;

/// <summary>Where audit messages go, and who we are there.</summary>
/// <param name="Host">Name or address; must stand in the server's certificate.</param>
/// <param name="Port">Port.</param>
/// <param name="Tls">Authorities of the server, and our certificate.</param>
public sealed record SyslogTarget(string Host, int Port, TlsClientSettings Tls)
{
    /// <summary>Of the settings; null where none are wanted. The target owns what it loads until the process ends.</summary>
    /// <exception cref="FormatException">No host:port, or no authorities: the system's own are never used.</exception>
    /// <exception cref="TlsException">A file cannot be used.</exception>
    public static SyslogTarget? Of(AuditSettings settings)
    {
        if (settings.Syslog is not { } text) return null;
        if (!SettingSyntax.TryHostPort(text, out string host, out int port)) throw new FormatException("audit.syslog is host:port, such as syslog.example:6514");
        if (settings.AuthoritiesFile is not { } authorities) throw new FormatException("audit.syslog needs audit.authoritiesFile: audit messages name patients, and go only to a server that is known");
        TlsIdentity? identity = settings.CertificateFile is { } certificate
            ? TlsIdentity.Load(certificate, settings.KeyFile ?? throw new FormatException("audit.certificateFile needs audit.keyFile")) : null;
        return new SyslogTarget(host, port, new TlsClientSettings(TlsAuthorities.Load(authorities), identity));
    }
}

/// <summary>
/// Gives every entry of the journal to a syslog server over TLS (RFC 5425), in order, at least once. It follows the registry's copy of the journal
/// from the last position that is sure, so it never keeps intake waiting, and goes on after a restart where it was. TCP tells nobody what the other
/// side has read: an entry counts as given only when its connection has lived on for <see cref="Settle"/>; when a connection ends, all that had not
/// is sent again over the next.
/// </summary>
public sealed class SyslogSender : IAsyncDisposable
{
    /// <summary>How long a connection must live on after an entry was sent over it.</summary>
    public static readonly TimeSpan Settle = TimeSpan.FromSeconds(5);

    private const int Batch = 64, MostUnsettled = 4096;
    private static readonly TimeSpan SendLimit = TimeSpan.FromSeconds(30), FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromMinutes(1), Look = TimeSpan.FromSeconds(5);

    private readonly SyslogTarget _target;
    private readonly IRegistry _registry;
    private readonly AuditMessages _messages;
    private readonly string _host;
    private readonly SyslogPosition _position;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private long _newest, _settled;

    /// <summary>Follows this registry.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="registry">Has the journal.</param>
    /// <param name="reporter">Who reports.</param>
    /// <param name="positionFile">A file of our own, in the gateway's folder.</param>
    /// <param name="clock">Pauses and limits.</param>
    /// <param name="log">Told of connections that fail.</param>
    public SyslogSender(SyslogTarget target, IRegistry registry, AuditReporter reporter, string positionFile, TimeProvider clock, ILogger log)
    {
        (_target, _registry, _clock, _log, _host) = (target, registry, clock, log, reporter.Host);
        _messages = new AuditMessages(reporter);
        _position = new SyslogPosition(positionFile);
    }

    /// <summary>Entries of the journal that the server is not known to have.</summary>
    public long Lag => Math.Max(0, Interlocked.Read(ref _newest) - Interlocked.Read(ref _settled));

    /// <summary>True while a connection stands.</summary>
    public bool IsConnected { get; private set; }

    /// <summary>Messages sent, those sent again among them.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    private long _sent;

    /// <summary>For <c>Vault.Recorded</c>: says that there is more. Never blocks.</summary>
    public void Recorded(AppliedEntry entry)
    {
        Interlocked.Exchange(ref _newest, Math.Max(Interlocked.Read(ref _newest), entry.Sequence));
        _wake.Writer.TryWrite(true);
    }

    /// <summary>Begins, in the background.</summary>
    public async Task StartAsync(CancellationToken stop)
    {
        (long newest, _) = await _registry.NewestAsync(stop);
        Interlocked.Exchange(ref _newest, Math.Max(Interlocked.Read(ref _newest), newest));
        _running = Task.Run(() => RunAsync(_stop.Token), CancellationToken.None);
    }

    /// <summary>Ends; what was not sent is sent after the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        TimeSpan pause = FirstPause;
        while (!stop.IsCancellationRequested)
        {
            long before = Sent;
            try
            {
                await FollowAsync(stop);
            }
            catch (Exception e) when (e is IOException or SocketException or TlsException or RegistryException or OperationCanceledException or ObjectDisposedException)
            {
                if (stop.IsCancellationRequested) return;
                string reason = e is OperationCanceledException ? "it ended the connection, or did not answer in time" : Veridicom.Dicom.Text.TextDisplay.Escape(e.Message);
                _log.LogWarning(AuditEvents.SyslogLost, "the syslog server is not reached: {Reason}; {Lag} entries wait", reason, Lag);
            }
            catch (Exception e)
            {
                // a defect must not end the audit trail's way out in silence: it is said, and tried again
                _log.LogError(AuditEvents.SyslogLost, e, "audit messages could not be sent");
            }
            finally
            {
                IsConnected = false;
            }
            if (Sent > before) pause = FirstPause;
            try
            {
                await Task.Delay(pause, _clock, stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>One connection, from its beginning to its end.</summary>
    private async Task FollowAsync(CancellationToken stop)
    {
        (long sequence, string hash) = await StartingPointAsync(stop);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        using (var late = new CancellationTokenSource(SendLimit, _clock))
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stop))
            await socket.ConnectAsync(_target.Host, _target.Port, either.Token);
        await using var stream = new NetworkStream(socket, ownsSocket: false);
        TlsConnection connection = await DicomTls.AuthenticateAsClientAsync(stream, _target.Host, _target.Tls, _clock, stop);
        await using Stream tls = connection.Stream;
        IsConnected = true;
        _log.LogInformation(AuditEvents.SyslogConnected, "audit messages go to {Host} from entry {Sequence} on", _target.Host, sequence + 1);

        // a syslog server says nothing: whatever comes is its end (RFC 5425 4.4)
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task watching = WatchAsync(tls, over);
        try
        {
            await SendAsync(tls, sequence, hash, over.Token);
        }
        finally
        {
            await over.CancelAsync();
            await watching;
        }
    }

    private async Task SendAsync(Stream tls, long sequence, string hash, CancellationToken over)
    {
        var unsettled = new Queue<(long Sequence, string Hash, long At)>();
        Task<bool> woken = _wake.Reader.WaitToReadAsync(over).AsTask();
        while (true)
        {
            IReadOnlyList<(long Sequence, string Hash, string Line)> lines = unsettled.Count < MostUnsettled ? await _registry.JournalAsync(sequence, Batch, over) : [];
            foreach ((long next, string nextHash, string line) in lines)
            {
                await WriteAsync(tls, next, nextHash, line, over);
                (sequence, hash) = (next, nextHash);
                unsettled.Enqueue((next, nextHash, _clock.GetTimestamp()));
            }
            SettleOld(unsettled);
            if (lines.Count == Batch) continue;
            await Task.WhenAny(woken, Task.Delay(Look, _clock, over));
            over.ThrowIfCancellationRequested();
            if (woken.IsCompleted)
            {
                _wake.Reader.TryRead(out _);
                woken = _wake.Reader.WaitToReadAsync(over).AsTask();
            }
            SettleOld(unsettled);
        }
    }

    private async Task WriteAsync(Stream tls, long sequence, string hash, string line, CancellationToken over)
    {
        byte[] json = System.Text.Encoding.UTF8.GetBytes(line);
        (_, JournalEntry entry) = JournalText.Read(json);
        using var late = new CancellationTokenSource(SendLimit, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, over);
        foreach (byte[] message in _messages.Of(new AppliedEntry(sequence, hash, json, entry, null)))
        {
            await tls.WriteAsync(SyslogMessage.Frame(entry.At, entry.Outcome, _host, Environment.ProcessId, message), either.Token);
            Interlocked.Increment(ref _sent);
        }
        await tls.FlushAsync(either.Token);
    }

    private void SettleOld(Queue<(long Sequence, string Hash, long At)> unsettled)
    {
        (long Sequence, string Hash)? sure = null;
        while (unsettled.TryPeek(out var oldest) && _clock.GetElapsedTime(oldest.At) >= Settle) sure = (unsettled.Peek().Sequence, unsettled.Dequeue().Hash);
        if (sure is not { } position) return;
        _position.Write(position.Sequence, position.Hash);
        Interlocked.Exchange(ref _settled, position.Sequence);
    }

    /// <summary>The position of the file where it is one of this journal, else its beginning.</summary>
    private async Task<(long Sequence, string Hash)> StartingPointAsync(CancellationToken stop)
    {
        (long sequence, string hash) = _position.Read();
        if (sequence > 0)
        {
            IReadOnlyList<(long Sequence, string Hash, string Line)> there = await _registry.JournalAsync(sequence - 1, 1, stop);
            if (there.Count == 0 || there[0].Sequence != sequence || there[0].Hash != hash)
            {
                _log.LogWarning(AuditEvents.SyslogRestarted, "the position of the syslog sender is not one of this journal: all of it is sent");
                (sequence, hash) = (0, "");
            }
        }
        Interlocked.Exchange(ref _settled, sequence);
        return (sequence, hash);
    }

    private static async Task WatchAsync(Stream tls, CancellationTokenSource over)
    {
        byte[] nothing = new byte[256];
        try
        {
            while (await tls.ReadAsync(nothing, over.Token) > 0) { }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // the end, in one of its forms
        }
        await over.CancelAsync();
    }
}

/// <summary>Events of the audit trail in the log.</summary>
internal static class AuditEvents
{
    public static readonly EventId SyslogLost = new(1201, "syslog-lost");
    public static readonly EventId SyslogConnected = new(1202, "syslog-connected");
    public static readonly EventId SyslogRestarted = new(1203, "syslog-restarted");
}
