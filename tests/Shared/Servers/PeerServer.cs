using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Veridicom.Testing;

/// <summary>Another's server on a port of 127.0.0.1 that was free, until disposal; its words are kept.</summary>
public sealed class PeerServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _said = new();

    private PeerServer(Process process, int port)
    {
        (_process, Port) = (process, port);
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>What it has written so far.</summary>
    public string Said
    {
        get
        {
            lock (_said) return _said.ToString();
        }
    }

    /// <summary>Starts a program and waits until its port takes connections.</summary>
    /// <param name="program">On the PATH; a missing one skips the running test by name.</param>
    /// <param name="arguments">Given the port.</param>
    /// <param name="folder">Working directory.</param>
    /// <param name="port">A port that must be this one; 0 for any.</param>
    public static async Task<PeerServer> StartAsync(string program, Func<int, IEnumerable<string>> arguments, string folder, int port = 0)
    {
        if (port == 0) port = FreePort();
        var start = new ProcessStartInfo(Peer.Require(program).Path, arguments(port)) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        var server = new PeerServer(Process.Start(start)!, port);
        for (long began = Stopwatch.GetTimestamp(); !await AnswersAsync(port);)
        {
            if (server._process.HasExited || Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(30))
            {
                string said = server.Said;
                await server.DisposeAsync();
                Assert.Fail($"{program} does not listen\n{said}");
            }
        }
        return server;
    }

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<bool> AnswersAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            // nothing to wait for but time: the program says nothing when it listens
            await Task.Delay(20);
            return false;
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null) return;
        lock (_said) _said.AppendLine(line.Data);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
