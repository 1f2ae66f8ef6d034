using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Veridicom.Dicom;
using Xunit;

namespace Veridicom.Interop.Gateway;

/// <summary>A whole gateway forwards to other makers' archives, good and bad ones.</summary>
public sealed class ForwardingPeerTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Received => Directory.CreateDirectory(_scratch.PathOf("received")).FullName;

    // one that misbehaves writes apart: it would cut off, under the same names, what another one has stored
    private Task<PeerServer> StoreScp(params string[] more) => PeerServer.StartAsync("storescp", port =>
        ["+B", "+xa", "-pm", "-od", more.Length == 0 ? Received : Directory.CreateDirectory(_scratch.PathOf("elsewhere" + string.Concat(more))).FullName, .. more, $"{port}"], _scratch.Root);

    private static JsonObject StoreTo(string name, int port, params (string Name, JsonNode Value)[] more)
    {
        var destination = new JsonObject { ["name"] = name, ["host"] = "127.0.0.1", ["port"] = port, ["aeTitle"] = "PEER", ["retrySeconds"] = 1, ["mostRetrySeconds"] = 2 };
        foreach ((string member, JsonNode value) in more) destination[member] = value;
        return destination;
    }

    private static JsonObject Settings(params JsonObject[] destinations) => new()
    {
        ["routes"] = new JsonArray(new JsonObject { ["name"] = "main", ["do"] = "seal", ["forwardTo"] = new JsonArray([.. destinations.Select(d => (JsonNode)d["name"]!.DeepClone())]) }),
        ["destinations"] = new JsonArray([.. destinations]),
    };

    private static IReadOnlyList<string> Slices(int count) => [.. RealFiles.Below("dicom/series-ct").Take(count)];

    private static void Send(ServedGateway gateway, IEnumerable<string> files) =>
        Peer.Require("dcmsend").Run(["-aec", "VERIDICOM", "127.0.0.1", $"{gateway.DicomPort}", .. files], input: null).Succeeded();

    /// <summary>Digests of data sets, as they lie in files.</summary>
    private static HashSet<string> DataSets(IEnumerable<string> files) => [.. files.Select(file => DataSet(File.ReadAllBytes(file)))];

    private static string DataSet(byte[] file) => Convert.ToHexString(SHA256.HashData(file.AsSpan((int)DicomFile.Parse(new MemorySource(file)).DataSetOffset)));

    private static HashSet<string> Stored(ServedGateway gateway) => DataSets(Directory.GetFiles(Path.Combine(gateway.Folder, "objects"), "*.dcm", SearchOption.AllDirectories));

    private static async Task<long> CountAsync(ServedGateway gateway, string destination, string state)
    {
        using var http = new HttpClient();
        JsonNode answer = JsonNode.Parse(await http.GetStringAsync(gateway.Url + "/deliveries", Stop))!;
        return answer["counts"]!.AsArray().Where(one => (string?)one!["destination"] == destination && (string?)one["state"] == state).Sum(one => (long)one!["count"]!);
    }

    private static async Task UntilAsync(ServedGateway gateway, string destination, string state, long count)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        long found = -1;
        while (found != count)
        {
            Assert.False(limit.IsCancellationRequested, $"{found} of {count} are {state} at {destination}\n{gateway.Said}");
            found = await CountAsync(gateway, destination, state);
            await Task.Delay(50, Stop);
        }
    }

    [Fact]
    public async Task What_is_stored_arrives_byte_for_byte_also_at_an_archive_that_comes_up_later_and_after_a_kill()
    {
        IReadOnlyList<string> slices = Slices(20);
        int port = PeerServer.FreePort();
        JsonObject settings = Settings(StoreTo("later", port));
        await using (ServedGateway gateway = await ServedGateway.StartAsync(_scratch, settings))
        {
            Send(gateway, slices);
            Assert.Equal(20, await CountAsync(gateway, "later", "waiting"));
            await gateway.KillAsync();
        }

        await using ServedGateway again = await ServedGateway.StartAsync(_scratch, settings);
        await using PeerServer archive = await PeerServer.StartAsync("storescp", _ => ["+B", "+xa", "-od", Received, $"{port}"], _scratch.Root, port);
        await UntilAsync(again, "later", "delivered", 20);
        Assert.Equal(Stored(again).Order(), DataSets(Directory.GetFiles(Received)).Order());
        Assert.Equal(20, Stored(again).Count);
    }

    [Fact]
    public async Task Archives_that_refuse_abort_or_say_nothing_keep_nothing_from_the_one_that_works()
    {
        IReadOnlyList<string> slices = Slices(12);
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using PeerServer refuses = await StoreScp("--refuse"), aborts = await StoreScp("--abort-after"), cuts = await StoreScp("--abort-during"), works = await StoreScp();
        await using ServedGateway gateway = await ServedGateway.StartAsync(_scratch, Settings(
            StoreTo("refuses", refuses.Port), StoreTo("aborts", aborts.Port), StoreTo("cuts", cuts.Port), StoreTo("silent", ((IPEndPoint)silent.LocalEndpoint).Port, ("timeoutSeconds", 2)),
            StoreTo("works", works.Port)));

        Send(gateway, slices);
        await UntilAsync(gateway, "works", "delivered", 12);
        Assert.Subset(DataSets(Directory.GetFiles(Received)), Stored(gateway));
        foreach (string bad in new[] { "refuses", "aborts", "cuts", "silent" }) Assert.Equal(12, await CountAsync(gateway, bad, "waiting"));

        // and it goes on taking instances in
        Send(gateway, Slices(14));
        await UntilAsync(gateway, "works", "delivered", 14);
    }

    [Fact]
    public async Task A_syntax_that_the_archive_does_not_take_is_never_transcoded_and_the_refusal_is_told()
    {
        string jpeg = RealFiles.Below("dicom").First(file => SyntaxOf(file) == "1.2.840.10008.1.2.4.70");
        using var http = new HttpListener();
        int hook = PeerServer.FreePort();
        http.Prefixes.Add($"http://127.0.0.1:{hook}/");
        http.Start();
        await using PeerServer plain = await PeerServer.StartAsync("storescp", port => ["+B", "+xe", "-od", Received, $"{port}"], _scratch.Root);
        JsonObject settings = Settings(StoreTo("plain", plain.Port));
        settings["webhooks"] = new JsonArray(new JsonObject { ["url"] = $"http://127.0.0.1:{hook}/alerts" });
        await using ServedGateway gateway = await ServedGateway.StartAsync(_scratch, settings);

        Send(gateway, [jpeg, .. Slices(2)]);
        HttpListenerContext told = await http.GetContextAsync().WaitAsync(TimeSpan.FromMinutes(1), Stop);
        using var reader = new StreamReader(told.Request.InputStream, Encoding.UTF8);
        JsonNode alert = JsonNode.Parse(await reader.ReadToEndAsync(Stop))!;
        told.Response.Close();
        Assert.Equal(("delivery-refused", "plain", "transfer syntax not accepted"), ((string?)alert["event"], (string?)alert["destination"], (string?)alert["reason"]));
        await UntilAsync(gateway, "plain", "delivered", 2);
        Assert.Equal(1, await CountAsync(gateway, "plain", "waiting"));
        Assert.Equal(2, Directory.GetFiles(Received).Length);
    }

    [Fact]
    public async Task Orthanc_takes_it_over_C_STORE_and_commits_to_it()
    {
        IReadOnlyList<string> slices = Slices(8);
        await using OrthancRoom room = await OrthancRoom.OpenAsync();
        JsonObject settings = Settings(StoreTo("orthanc", room.DicomPort, ("aeTitle", "ORTHANC"), ("storageCommitment", true), ("quietSeconds", 1)));
        await using ServedGateway gateway = await ServedGateway.StartAsync(_scratch, settings);
        room.CallBackPort = gateway.DicomPort;

        Send(gateway, slices);
        await UntilAsync(gateway, "orthanc", "committed", 8);
        // over C-STORE it writes the lengths of items in its own way: the seals must hold all the same
        foreach (byte[] file in await FilesAsync(room)) _scratch.Write($"back/{Guid.NewGuid():N}.dcm", file);
        PeerResult verified = gateway.Command("verify", _scratch.PathOf("back"), "--json").Succeeded();
        Assert.Equal(Enumerable.Repeat("authentic", 8), verified.OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (string?)JsonNode.Parse(line)!["verdict"]));
    }

    [Fact]
    public async Task Orthanc_takes_it_over_STOW_RS()
    {
        IReadOnlyList<string> slices = Slices(8);
        await using OrthancRoom room = await OrthancRoom.OpenAsync();
        JsonObject stow = new() { ["name"] = "web", ["url"] = new Uri(room.Url, "dicom-web").ToString(), ["retrySeconds"] = 1 };
        await using ServedGateway gateway = await ServedGateway.StartAsync(_scratch, Settings(stow));

        Send(gateway, slices);
        await UntilAsync(gateway, "web", "delivered", 8);
        Assert.Equal(Stored(gateway).Order(), (await FilesAsync(room)).Select(DataSet).Order());
    }

    [Fact]
    public async Task Orthanc_asks_us_for_commitment_and_is_called_back()
    {
        IReadOnlyList<string> slices = Slices(2);
        await using OrthancRoom room = await OrthancRoom.OpenAsync();
        JsonObject settings = Settings();
        settings["dicom"] = new JsonObject { ["peers"] = new JsonArray(
            new JsonObject { ["aeTitle"] = "ORTHANC", ["host"] = "127.0.0.1", ["port"] = room.DicomPort }, new JsonObject { ["aeTitle"] = "DCMSEND" }) };
        await using ServedGateway gateway = await ServedGateway.StartAsync(_scratch, settings);
        room.CallBackPort = gateway.DicomPort;
        Send(gateway, slices);

        DicomFile file = DicomFile.Parse(new MemorySource(File.ReadAllBytes(slices[0])));
        using HttpClient http = room.Http();
        HttpResponseMessage asked = await http.PostAsync("modalities/veridicom/storage-commitment",
            new StringContent($$"""{"DicomInstances": [["{{file.DataSet.Ascii(new(0x0008_0016))}}", "{{file.DataSet.Ascii(new(0x0008_0018))}}"]]}"""), Stop);
        string id = (string)JsonNode.Parse(await asked.Content.ReadAsStringAsync(Stop))!["ID"]!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        string? state = "Pending";
        while (state == "Pending")
        {
            Assert.False(limit.IsCancellationRequested, gateway.Said);
            state = (string?)JsonNode.Parse(await http.GetStringAsync($"storage-commitment/{id}", Stop))!["Status"];
            await Task.Delay(50, Stop);
        }

        Assert.Equal("Success", state);
    }

    private static string? SyntaxOf(string file)
    {
        try
        {
            return DicomFile.Parse(new MemorySource(File.ReadAllBytes(file))).TransferSyntax.Uid;
        }
        catch (DicomException)
        {
            return null;
        }
    }

    private static async Task<List<byte[]>> FilesAsync(OrthancRoom room)
    {
        using HttpClient http = room.Http();
        var files = new List<byte[]>();
        foreach (JsonNode? id in JsonNode.Parse(await http.GetStringAsync("instances", Stop))!.AsArray()) files.Add(await http.GetByteArrayAsync($"instances/{id}/file", Stop));
        return files;
    }
}
