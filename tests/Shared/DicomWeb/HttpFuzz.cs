using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Veridicom.Testing.DicomWeb;

/// <summary>A request that the server did not answer as it may.</summary>
public sealed record HttpFinding(long Input, string Seed, string Detail, byte[] Bytes);

/// <summary>
/// Damaged HTTP requests, byte for byte over loopback, against the whole of DICOMweb. Each must be answered with a documented status or ended by the server; no
/// answer is a fault of its own (500), none keeps its connection, and no exception gets past the endpoints. The same seed gives the same requests.
/// </summary>
public sealed class HttpFuzz(DicomWebHost host, ulong seed)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250), Limit = TimeSpan.FromSeconds(40);

    private static readonly string[] Tokens =
    [
        "\r\n", "\r\n\r\n", "\n", "\0", "%00", "%0d%0a", "%2e%2e%2f", "../", "//", "\\", "?", "&", "=", "*", ";", ",", "\"", "--", "--b", "\r\n--b\r\n", "\r\n--b--\r\n", "boundary=", "type=",
        "Content-Length: 0\r\n", "Content-Length: -1\r\n", "Content-Length: 99999999999999999999\r\n", "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n", "Connection: upgrade\r\n", "Range: bytes=",
        "0-,5-", "99999999999999999999", "-1", "0", "1e999", "2.25.10", "application/dicom", "multipart/related", "application/dicom+json", "*/*;q=", "transfer-syntax=", "1.2.840.10008.1.2.4.80",
        "StudyInstanceUID=", "PatientName=", "includefield=all", "fuzzymatching=true", "limit=", "offset=", "%F0%9F%98%80", "\u00FF\u00FE", "{", "}", "<", "HTTP/1.1", "HTTP/2.0", "GET ", "POST ", "OPTIONS ",
    ];

    private readonly ConcurrentDictionary<string, long> _outcomes = new();
    private readonly ConcurrentBag<HttpFinding> _findings = [];
    private IReadOnlyList<(string Name, byte[] Bytes)> _seeds = [];
    private long _done;

    /// <summary>Inputs by what came of them.</summary>
    public IReadOnlyDictionary<string, long> Outcomes => _outcomes;

    /// <summary>What was found.</summary>
    public IReadOnlyCollection<HttpFinding> Findings => _findings;

    /// <summary>Inputs so far.</summary>
    public long Done => Interlocked.Read(ref _done);

    /// <summary>Most managed memory that was seen, bytes.</summary>
    public long MostMemory { get; private set; }

    /// <summary>Stores the files, and sends damaged requests about them.</summary>
    /// <param name="files">PS3.10 files of study 2.25.10.</param>
    /// <param name="from">The first input.</param>
    /// <param name="count">How many.</param>
    /// <param name="atOnce">Connections at the same time.</param>
    /// <param name="stop">Gives up.</param>
    public async Task RunAsync(byte[][] files, long from, long count, int atOnce, CancellationToken stop)
    {
        await host.StoreAsync(files);
        _seeds = Seeds(files[0]);
        await Parallel.ForEachAsync(Inputs(from, count), new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = stop }, async (input, token) =>
        {
            (string name, byte[] bytes) = Input(input);
            string outcome = await SendAsync(bytes, token);
            if (outcome is "500" or "hang" || outcome.StartsWith("no HTTP", StringComparison.Ordinal)) _findings.Add(new HttpFinding(input, name, outcome, bytes));
            _outcomes.AddOrUpdate(outcome, 1, (_, n) => n + 1);
            if (Interlocked.Increment(ref _done) % 1000 == 0) MostMemory = Math.Max(MostMemory, GC.GetTotalMemory(forceFullCollection: false));
        });
        foreach (Exception unhandled in host.Unhandled.Where(e => e is not (OperationCanceledException or Microsoft.AspNetCore.Http.BadHttpRequestException)))
            _findings.Add(new HttpFinding(-1, "", $"not handled: {unhandled}", []));
    }

    /// <summary>The request of a number.</summary>
    public (string Name, byte[] Bytes) Input(long number)
    {
        var chance = new Mutator(unchecked(seed * 0x9E3779B97F4A7C15 + (ulong)number));
        (string name, byte[] bytes) = _seeds[chance.Next(_seeds.Count)];
        int split = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        byte[] head = bytes[..split], body = bytes[(split + 4)..];
        byte[] other = _seeds[chance.Next(_seeds.Count)].Bytes;
        // three in four keep their frame, so that the damage gets past the server to the endpoints
        if (chance.Next(4) == 0) return (name, Damage(bytes, other, chance));
        if (body.Length > 0 && chance.Next(3) > 0) body = chance.Next(2) == 0 ? Damage(body, other, chance) : chance.Mutate(body, [], other);
        else
        {
            int line = head.AsSpan().IndexOf("\r\n"u8);
            head = chance.Next(2) == 0 ? [.. Damage(head[..line], "/dicom-web/studies"u8.ToArray(), chance), .. head[line..]] : [.. head[..line], .. Damage(head[line..], other, chance)];
        }
        string text = Encoding.Latin1.GetString(head);
        int at = text.IndexOf("Content-Length: ", StringComparison.Ordinal);
        if (at >= 0)
        {
            int end = text.IndexOf('\r', at);
            text = string.Create(CultureInfo.InvariantCulture, $"{text[..at]}Content-Length: {body.Length}{(end < 0 ? "" : text[end..])}");
        }
        return (name, [.. Encoding.Latin1.GetBytes(text), .. "\r\n\r\n"u8, .. body]);
    }

    private static IEnumerable<long> Inputs(long from, long count)
    {
        for (long i = 0; i < count; i++) yield return from + i;
    }

    private static byte[] Damage(byte[] bytes, byte[] other, Mutator chance)
    {
        for (int changes = 1 + chance.Next(3); changes > 0 && bytes.Length > 0; changes--)
        {
            int at = chance.Next(bytes.Length), run = Math.Min(bytes.Length - at, 1 + chance.Next(24));
            byte[] token = Encoding.Latin1.GetBytes(Tokens[chance.Next(Tokens.Length)]);
            bytes = chance.Next(7) switch
            {
                0 => [.. bytes[..at], (byte)chance.Next(256), .. bytes[(at + 1)..]],
                1 => [.. bytes[..at], .. bytes[(at + run)..]],
                2 => [.. bytes[..at], .. token, .. bytes[at..]],
                3 => [.. bytes[..at], .. token, .. bytes[(at + run)..]],
                4 => [.. bytes[..(at + run)], .. bytes[at..]],
                5 => [.. bytes[..at], .. Enumerable.Repeat(bytes[at], 1 + chance.Next(chance.Next(4) == 0 ? 9000 : 80)), .. bytes[at..]],
                _ => [.. bytes[..at], .. other[chance.Next(other.Length)..].Take(run), .. bytes[at..]],
            };
        }
        return bytes;
    }

    private async Task<string> SendAsync(byte[] bytes, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Limit);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var answer = new MemoryStream();
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, host.Address.Port, limit.Token);
            Task sending = SendAllAsync(socket, bytes, limit.Token);
            byte[] buffer = new byte[16384];
            for (bool ended = false; ;)
            {
                Task<int> reading = socket.ReceiveAsync(buffer, SocketFlags.None, limit.Token).AsTask();
                // a server that waits for what will never come is told that nothing comes
                if (!ended && await Task.WhenAny(reading, Task.Delay(Quiet, limit.Token)) != reading)
                {
                    ended = true;
                    await sending;
                    socket.Shutdown(SocketShutdown.Send);
                }
                int read = await reading;
                if (read == 0) break;
                if (answer.Length < 1 << 20) answer.Write(buffer, 0, read);
            }
        }
        catch (SocketException)
        {
            // the server ended the connection, as it may
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return "hang";
        }
        return Outcome(answer.ToArray());
    }

    private static async Task SendAllAsync(Socket socket, byte[] bytes, CancellationToken stop)
    {
        try
        {
            for (int sent = 0; sent < bytes.Length;) sent += await socket.SendAsync(bytes.AsMemory(sent), stop);
        }
        catch (SocketException)
        {
            // the server has read enough
        }
    }

    /// <summary>The status of the first answer; 500 where any answer is one.</summary>
    private static string Outcome(byte[] answer)
    {
        if (answer.Length == 0) return "ended";
        string text = Encoding.Latin1.GetString(answer);
        if (text.Contains("HTTP/1.1 500", StringComparison.Ordinal)) return "500";
        return text.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) && text.Length > 12 ? text[9..12] : "no HTTP: " + text[..Math.Min(40, text.Length)];
    }

    private static List<(string, byte[])> Seeds(byte[] file)
    {
        const string instance = "/dicom-web/studies/2.25.10/series/2.25.20/instances/2.25.30";
        var seeds = new List<(string, byte[])>();
        foreach ((string path, string accept) in ((string, string)[])
        [
            ("/dicom-web/studies", "application/dicom+json"), ("/dicom-web/studies?PatientName=Doe*&StudyDate=20260101-20261231&limit=2&offset=0&fuzzymatching=true", "*/*"),
            ("/dicom-web/series?Modality=CT&includefield=all", "application/json"), ("/dicom-web/instances?includefield=BitsStored,00280102&SOPInstanceUID=2.25.30,2.25.31", "application/dicom+json"),
            ("/dicom-web/studies/2.25.10", "multipart/related; type=\"application/dicom\"; transfer-syntax=*"), (instance, "application/dicom; transfer-syntax=1.2.840.10008.1.2.4.80"),
            (instance, "application/dicom"), (instance + "/metadata", "application/dicom+json"), (instance + "/frames/1", "multipart/related; type=\"application/octet-stream\""),
            (instance + "/rendered?window=40,400,linear&viewport=8,8", "image/png"), (instance + "/bulkdata/7FE00010", "*/*"), (instance + "/thumbnail", "image/*;q=0.5, */*;q=0.1"),
            ("/verdicts/studies/2.25.10", "application/json"), ("/studies/2.25.10/report?patient=hidden", "text/html"), ("/openapi/v1.json", "application/json"), ("/dicom-web/", "application/vnd.sun.wadl+xml"),
        ]) seeds.Add(("GET " + path, Encoding.Latin1.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\nConnection: close\r\n\r\n")));
        byte[] related = [.. "--b\r\nContent-Type: application/dicom\r\n\r\n"u8, .. file, .. "\r\n--b\r\nContent-Type: application/dicom; transfer-syntax=*\r\nContent-Location: x\r\n\r\n"u8, .. file, .. "\r\n--b--\r\n"u8];
        byte[] judged = [.. "--b\r\nContent-Type: application/dicom\r\n\r\n"u8, .. file, .. "\r\n--b\r\nContent-Type: application/vnd.veridicom.seal\r\n\r\nseal\r\n--b--\r\n"u8];
        foreach ((string path, string type, byte[] body) in ((string, string, byte[])[])
        [
            ("/dicom-web/studies", "multipart/related; type=\"application/dicom\"; boundary=b", related), ("/dicom-web/studies/2.25.10", "multipart/related; type=\"application/dicom\"; boundary=\"b\"", related),
            ("/dicom-web/studies", "application/dicom", file), ("/verdicts", "application/dicom", file), ("/verdicts", "multipart/related; boundary=b", judged),
        ])
        {
            string head = string.Create(CultureInfo.InvariantCulture, $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n");
            seeds.Add(("POST " + path, [.. Encoding.Latin1.GetBytes(head), .. body]));
            byte[] chunked = [.. Encoding.Latin1.GetBytes(string.Create(CultureInfo.InvariantCulture, $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{body.Length:X}\r\n")), .. body, .. "\r\n0\r\n\r\n"u8];
            seeds.Add(("POST chunked " + path, chunked));
        }
        return seeds;
    }
}
