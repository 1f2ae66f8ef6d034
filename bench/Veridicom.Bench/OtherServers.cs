using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Veridicom.Bench;

/// <summary>Servers of other makers, beside which the gateway is measured. Only within a network namespace: the DICOM port of Orthanc binds every address.</summary>
internal sealed class OtherServers : IDisposable
{
    private readonly Process _process;

    private OtherServers(Process process, int dicomPort, Uri? url) => (_process, DicomPort, Url) = (process, dicomPort, url);

    /// <summary>Where it listens for DICOM.</summary>
    public int DicomPort { get; }

    /// <summary>Where it listens for HTTP, null where it does not.</summary>
    public Uri? Url { get; }

    /// <summary>Orthanc with its default settings, but for ports and folders.</summary>
    public static async Task<OtherServers> OrthancAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        (int http, int dicom) = (FreePort(), FreePort());
        string settings = Path.Combine(folder, "orthanc.json");
        await File.WriteAllTextAsync(settings, $$"""
            {"Name": "bench", "HttpPort": {{http}}, "DicomPort": {{dicom}}, "DicomAet": "ORTHANC", "StorageDirectory": "{{folder}}", "IndexDirectory": "{{folder}}",
             "RemoteAccessAllowed": false, "AuthenticationEnabled": false, "DicomAlwaysAllowStore": true, "DicomCheckCalledAet": false}
            """);
        return await StartAsync("Orthanc", [settings], dicom, new Uri($"http://127.0.0.1:{http}"));
    }

    /// <summary>storescp that writes what comes as it comes.</summary>
    public static Task<OtherServers> StoreScpAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        int port = FreePort();
        return StartAsync("storescp", ["+B", "-od", folder, $"{port}"], port, null);
    }

    private static async Task<OtherServers> StartAsync(string program, string[] arguments, int dicom, Uri? url)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        var server = new OtherServers(Process.Start(start)!, dicom, url);
        server._process.ErrorDataReceived += static (_, _) => { };
        server._process.OutputDataReceived += static (_, _) => { };
        server._process.BeginErrorReadLine();
        server._process.BeginOutputReadLine();
        for (long began = Stopwatch.GetTimestamp(); ; await Task.Delay(50))
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, url?.Port ?? dicom);
                return server;
            }
            catch (SocketException) when (Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(30) && !server._process.HasExited)
            {
                // not yet
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
