using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Xunit;

namespace Veridicom.Testing;

/// <summary>
/// An Orthanc of this test's own, alone in a network namespace, reachable by two ports of 127.0.0.1 that lead into it. What it calls as the modality "veridicom" comes to
/// <see cref="CallBackPort"/> of 127.0.0.1. Skips the running test by name where Orthanc or a namespace is not to be had.
/// </summary>
public sealed class OrthancRoom : IAsyncDisposable
{
    private readonly Process _process;
    private readonly List<TcpListener> _listeners = [];
    private readonly Socket _back;
    private readonly CancellationTokenSource _stop = new();
    private readonly string _folder;

    private OrthancRoom(Process process, string folder)
    {
        (_process, _folder) = (process, folder);
        HttpPort = Listen("http.sock");
        DicomPort = Listen("dicom.sock");
        _back = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    }

    /// <summary>HTTP: REST and, below /dicom-web, DICOMweb.</summary>
    public int HttpPort { get; }

    /// <summary>DICOM, called AE title ORTHANC.</summary>
    public int DicomPort { get; }

    /// <summary>http://127.0.0.1:port</summary>
    public Uri Url => new($"http://127.0.0.1:{HttpPort}/");

    /// <summary>Where the modality "veridicom" (AE title VERIDICOM) listens; 0 while nobody does.</summary>
    public int CallBackPort { get; set; }

    /// <summary>Starts it.</summary>
    /// <param name="settings">Members of its configuration beside ours.</param>
    public static async Task<OrthancRoom> OpenAsync(JsonObject? settings = null)
    {
        Peer.Require("Orthanc");
        Peer python = Peer.Require("python3"), unshare = Peer.Require("unshare");
        string[] alone = Environment.UserName == "root" ? ["-n"] : ["-rn"];
        if (unshare.Run([.. alone, "true"]).ExitCode != 0)
        {
            Assert.SkipUnless(Peer.IsCi, "no network namespace can be made here (unshare -n)");
            Assert.Fail("no network namespace can be made here (unshare -n)");
        }

        // short: the name of a socket has at most 107 characters
        string folder = Directory.CreateTempSubdirectory("vo-").FullName;
        var wanted = new JsonObject
        {
            ["Name"] = "room", ["DicomAet"] = "ORTHANC", ["RemoteAccessAllowed"] = false, ["AuthenticationEnabled"] = false, ["StorageDirectory"] = folder,
            ["IndexDirectory"] = folder, ["Plugins"] = new JsonArray("/usr/share/orthanc/plugins/libOrthancDicomWeb.so"), ["DicomAlwaysAllowStore"] = true, ["DicomAlwaysAllowEcho"] = true,
            ["DicomCheckCalledAet"] = false, ["OverwriteInstances"] = true, ["UnknownSopClassAccepted"] = true, ["StorageCompression"] = false,
            ["DicomScuTimeout"] = 120, // as it comes: 10 s, which a large image takes on a machine that is busy otherwise
            ["DicomModalities"] = new JsonObject { ["veridicom"] = new JsonArray("VERIDICOM", "127.0.0.1", 14299) },
            ["DicomWeb"] = new JsonObject { ["Enable"] = true, ["Root"] = "/dicom-web/" },
        };
        foreach (var (name, value) in settings ?? []) wanted[name] = value?.DeepClone();
        string file = Path.Combine(folder, "wanted.json");
        await File.WriteAllTextAsync(file, wanted.ToJsonString());
        var start = new ProcessStartInfo(unshare.Path, [.. alone, python.Path, Repository.PathOf("tests", "Shared", "Servers", "orthanc_room.py"), folder, file])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Peer.DefaultLimit);
        string? said = await process.StandardOutput.ReadLineAsync(limit.Token);
        Assert.True(said == "ready", said == "ready" ? "" : await errors);
        var room = new OrthancRoom(process, folder);
        room._back.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "back.sock")));
        room._back.Listen();
        _ = room.AcceptAsync(() => room._back.AcceptAsync(room._stop.Token), room.CallBackAsync);
        return room;
    }

    /// <summary>An HTTP client at <see cref="Url"/>; belongs to the caller.</summary>
    public HttpClient Http()
    {
        // Orthanc ends idle connections after a second, now and then just when a request is on its way
        var http = new HttpClient { BaseAddress = Url };
        http.DefaultRequestHeaders.ConnectionClose = true;
        return http;
    }

    private int Listen(string name)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _listeners.Add(listener);
        _ = AcceptAsync(() => listener.AcceptSocketAsync(_stop.Token), async () =>
        {
            var inside = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await inside.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(_folder, name)), _stop.Token);
            return inside;
        });
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<Socket> CallBackAsync()
    {
        var outside = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await outside.ConnectAsync(IPAddress.Loopback, CallBackPort, _stop.Token);
        return outside;
    }

    private async Task AcceptAsync(Func<ValueTask<Socket>> accept, Func<Task<Socket>> connect)
    {
        try
        {
            while (true) _ = JoinAsync(await accept(), connect);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task JoinAsync(Socket one, Func<Task<Socket>> connect)
    {
        using (one)
        {
            try
            {
                if (one.ProtocolType == ProtocolType.Tcp) one.NoDelay = true;
                using Socket other = await connect();
                await Task.WhenAll(PumpAsync(one, other), PumpAsync(other, one));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // either side is gone; the other sees that its connection ends
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        byte[] buffer = new byte[1 << 16];
        for (int count; (count = await from.ReceiveAsync(buffer, _stop.Token)) > 0;)
        {
            for (int sent = 0; sent < count;) sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _stop.Token);
        }
        to.Shutdown(SocketShutdown.Send);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listeners.ForEach(listener => listener.Dispose());
        _back.Dispose();
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
