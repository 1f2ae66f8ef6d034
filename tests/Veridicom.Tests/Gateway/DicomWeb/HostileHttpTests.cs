using System.Net;
using System.Net.Sockets;
using System.Text;
using Veridicom.Gateway.Configuration;
using Veridicom.Testing.DicomWeb;
using Xunit;

namespace Veridicom.Tests.Gateway.DicomWeb;

/// <summary>2,000 damaged requests of a fixed seed, and peers that take their time. The long run is ./test fuzz.</summary>
public sealed class HostileHttpTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_thousand_damaged_requests_are_answered_or_ended()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        var fuzz = new HttpFuzz(host, 20231);

        await fuzz.RunAsync([Images.Make(), Images.Make(instance: "2.25.31")], 0, 2000, 32, Stop);

        Assert.True(fuzz.Findings.Count == 0, string.Join('\n', fuzz.Findings.Take(5).Select(f => $"input {f.Input} from {f.Seed}: {f.Detail}\n{Encoding.Latin1.GetString(f.Bytes.AsSpan(0, Math.Min(600, f.Bytes.Length)))}")));
        Assert.Equal(2000, fuzz.Done);
        // requests that all fare alike test nothing
        Assert.All((string[])["200", "400", "404", "406"], outcome => Assert.True(fuzz.Outcomes.GetValueOrDefault(outcome) > 5, $"{outcome}: {fuzz.Outcomes.GetValueOrDefault(outcome)}"));
        Assert.Equal(0, host.Desk.Held);
        Assert.Empty(Directory.GetFiles(host.ScratchPath));
        using HttpClient client = host.Client();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/dicom-web/studies/2.25.10", Stop)).StatusCode);
    }

    /// <summary>What the long run has found.</summary>
    [Theory]
    [InlineData("GET /dicom-web/ HTTP/1.1\r\nHost: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /dicom-web/studies/2.25.10/metadata HTTP/1.1\r\nHost: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&.example\r\nConnection: close\r\n\r\n")]
    [InlineData("POST /dicom-web/studies HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/dicom\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nFFFFFFFFFF\r\n")]
    [InlineData("POST /dicom-web/studies HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/related; boundary=b\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nFFFFFFFFFF\r\n")]
    [InlineData("POST /verdicts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/dicom\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nFFFFFFFFFF\r\n")]
    public async Task A_request_that_was_once_a_fault_of_ours_is_a_bad_request(string request)
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        await host.StoreAsync(Images.Make());
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, host.Address.Port, Stop);
        await socket.SendAsync(Encoding.Latin1.GetBytes(request), SocketFlags.None, Stop);
        byte[] buffer = new byte[4096];
        int read = await socket.ReceiveAsync(buffer, SocketFlags.None, Stop);
        Assert.StartsWith("HTTP/1.1 400", Encoding.Latin1.GetString(buffer, 0, read), StringComparison.Ordinal);
        Assert.Empty(host.Unhandled);
    }

    /// <summary>Whoever sends a byte now and then has one connection each, for as long as the server lets it; others are served meanwhile.</summary>
    [Fact]
    public async Task Slow_senders_cost_their_own_connection_only_and_are_ended()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync(settings: new HttpSettings { MaxConnections = 16 });
        string[] beginnings =
        [
            "GET /dicom-web/studies HTTP/1.1\r\nHost: localhost\r\nX: ", "POST /dicom-web/studies HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/dicom\r\nContent-Length: 100000\r\n\r\n",
            "POST /dicom-web/studies HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/related; boundary=b\r\nContent-Length: 100000\r\n\r\n--b\r\n\r\n",
            "POST /verdicts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/dicom\r\nTransfer-Encoding: chunked\r\n\r\nFFFF\r\n",
        ];
        Task<string>[] slow = [.. beginnings.Select(beginning => DripAsync(host.Address.Port, beginning))];
        using HttpClient client = host.Client();
        int meanwhile = 0;
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/dicom-web/studies", DicomWebHost.Body(Images.Make(instance: $"2.25.3{i}")), Stop)).StatusCode);
            // a disk that is slow takes longer over all of them than slow senders are suffered
            if (!slow.Any(task => task.IsCompleted)) meanwhile++;
        }
        Assert.InRange(meanwhile, 1, 20);

        string[] answers = await Task.WhenAll(slow).WaitAsync(TimeSpan.FromSeconds(90), Stop);

        Assert.All(answers, answer => Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 408", StringComparison.Ordinal) || answer.StartsWith("HTTP/1.1 400", StringComparison.Ordinal), answer));
        Assert.Equal(0, host.Desk.Held);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/dicom-web/studies", Stop)).StatusCode);
    }

    /// <summary>Sends a byte five times a second until the server ends the connection; gives what it said.</summary>
    private static async Task<string> DripAsync(int port, string beginning)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, Stop);
        await socket.SendAsync(Encoding.Latin1.GetBytes(beginning), SocketFlags.None, Stop);
        var answer = new StringBuilder();
        byte[] buffer = new byte[4096];
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task dripping = SendAsync();
        try
        {
            for (int read; (read = await socket.ReceiveAsync(buffer, SocketFlags.None, Stop)) > 0;) answer.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
        catch (SocketException)
        {
            // reset: ended, too
        }
        await ended.CancelAsync();
        await dripping;
        return answer.ToString();

        async Task SendAsync()
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
            try
            {
                while (await timer.WaitForNextTickAsync(ended.Token)) await socket.SendAsync("a"u8.ToArray(), SocketFlags.None, ended.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // nothing more is to be sent
            }
        }
    }
}
