using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using Veridicom.Dimse.Tls;

namespace Veridicom.Tests.Gateway.Audit;

/// <summary>A syslog server over TLS (RFC 5425) on a free port of loopback: takes frames apart by their octet counts, and can hang up.</summary>
internal sealed class SyslogReceiver : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Channel<string> _messages = Channel.CreateUnbounded<string>();
    private readonly CancellationTokenSource _stop = new();
    private readonly TlsServerSettings _tls;
    private readonly Task _running;
    private readonly Lock _gate = new();
    private Socket? _current;

    public SyslogReceiver(TlsServerSettings tls)
    {
        _tls = tls;
        _listener.Start();
        _running = Task.Run(RunAsync);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections whose handshake came to its end.</summary>
    public int Connections { get; private set; }

    public string? ClientFingerprint { get; private set; }

    /// <summary>The next message; fails after half a minute.</summary>
    public async Task<string> NextAsync()
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await _messages.Reader.ReadAsync(late.Token);
    }

    /// <summary>Ends the connection that stands, without a farewell; what was received and not yet taken is forgotten.</summary>
    public void HangUp()
    {
        lock (_gate)
        {
            _current?.Close(0);
            while (_messages.Reader.TryRead(out _)) { }
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptSocketAsync(_stop.Token);
                lock (_gate) _current = socket;
                try
                {
                    TlsConnection tls = await DicomTls.AuthenticateAsServerAsync(new NetworkStream(socket, ownsSocket: true), _tls, TimeProvider.System, _stop.Token);
                    ClientFingerprint = tls.PeerFingerprint;
                    Connections++;
                    await ReadAsync(tls.Stream);
                }
                catch (Exception e) when (e is IOException or TlsException or ObjectDisposedException)
                {
                    socket.Dispose();
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or InvalidOperationException or SocketException && _stop.IsCancellationRequested)
        {
            // the end; on a busy machine the listener may be gone before it was first asked
        }
    }

    private async Task ReadAsync(SslStream stream)
    {
        var count = new StringBuilder();
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one, _stop.Token) == 1)
        {
            if (one[0] != ' ')
            {
                if (!char.IsAsciiDigit((char)one[0])) throw new InvalidDataException("no octet count");
                count.Append((char)one[0]);
                continue;
            }
            byte[] frame = new byte[int.Parse(count.ToString(), NumberStyles.None, CultureInfo.InvariantCulture)];
            count.Clear();
            await stream.ReadExactlyAsync(frame, _stop.Token);
            lock (_gate) _messages.Writer.TryWrite(Encoding.UTF8.GetString(frame));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        lock (_gate) _current?.Close(0);
        await _running;
        _stop.Dispose();
    }
}
