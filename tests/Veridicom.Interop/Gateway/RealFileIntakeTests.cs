using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Veridicom.Dicom;
using Veridicom.Dimse;
using Veridicom.Dimse.User;
using Veridicom.OpenJpeg;
using Veridicom.Seals.Seal;
using Xunit;

namespace Veridicom.Interop.Gateway;

/// <summary>
/// Every real file goes in, over each way, and comes out as it was, apart from the seal: byte for byte where its bytes were sent, and read by pydicom as the
/// same image. Files that share a UID go to gateways of their own, so that none is a conflict.
/// </summary>
public sealed class RealFileIntakeTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A real file.</summary>
    private sealed record RealFile(string Path, byte[] Bytes, DicomFile? Parsed)
    {
        public string Name => System.IO.Path.GetFileName(Path);

        public string? Uid => Parsed?.DataSet.Ascii(new(0x0008, 0x0018)) is { Length: > 0 } uid ? uid : null;

        public byte[] DataSet => DataSetOf(Parsed!, Bytes);
    }

    /// <summary>The data set as bytes: inflated where it is deflated, since the stream of the same elements may be another.</summary>
    private static byte[] DataSetOf(DicomFile parsed, byte[] bytes)
    {
        if (!parsed.TransferSyntax.IsDeflated) return bytes[(int)parsed.DataSetOffset..];
        using var inflated = new MemoryStream();
        parsed.DataSet.Source.CopyTo(inflated, 0, parsed.DataSet.Root.EndOffset);
        return inflated.ToArray();
    }

    /// <summary>Real files in rounds, no UID twice in any.</summary>
    private static IEnumerable<IReadOnlyList<RealFile>> Rounds()
    {
        var files = RealFiles.Below("dicom").Select(path =>
        {
            byte[] bytes = File.ReadAllBytes(path);
            try
            {
                return new RealFile(path, bytes, DicomFile.Parse(new MemorySource(bytes)));
            }
            catch (DicomException)
            {
                return new RealFile(path, bytes, null);
            }
        });
        return files.GroupBy(f => f.Uid ?? "").SelectMany(g => g.Select((file, round) => (file, round: g.Key.Length == 0 ? 0 : round))).GroupBy(f => f.round).Select(g => g.Select(f => f.file).ToList());
    }

    private static byte[] Unsealed(byte[] stored)
    {
        using var output = new MemoryStream();
        Unsealer.Unseal(DicomFile.Parse(new MemorySource(stored)), OpenJpegWorkers.Shared).WriteTo(output);
        return output.ToArray();
    }

    /// <summary>The stored file of each that was taken in, by the entry that says so.</summary>
    private static async Task<Dictionary<RealFile, (JsonElement Entry, byte[] Stored)>> TakenAsync(GatewayRoom room, IReadOnlyList<RealFile> files)
    {
        List<(JsonElement Entry, byte[] Stored)> all = [.. (await room.EntriesAsync("received")).Select(e => (e, room.Stored(e.GetProperty("object").GetString()!)))];
        var taken = new Dictionary<RealFile, (JsonElement, byte[])>();
        foreach (RealFile file in files)
        {
            var (entry, stored) = all.Find(one => file.Uid is { } uid ? Text(one.Entry, "sopInstanceUid") == uid : one.Stored.AsSpan().SequenceEqual(file.Bytes));
            if (stored is not null) taken[file] = (entry, stored);
        }
        return taken;
    }

    private static string? Text(JsonElement entry, string name) => entry.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    /// <summary>Byte for byte apart from the seal; what is not sealed is as it came.</summary>
    private static string? Difference(RealFile file, JsonElement entry, byte[] stored, bool wholeFile)
    {
        bool isSealed = Text(entry, "verdict") == "authentic";
        if (!isSealed && Text(entry, "state") == "accepted") return "accepted, and not sealed: " + Text(entry, "verdict");
        if (!isSealed && Text(entry, "detail") is null) return "held back without a reason";
        byte[] plain = isSealed ? Unsealed(stored) : stored;
        if (file.Parsed is null) return plain.AsSpan().SequenceEqual(file.Bytes) ? null : "not the bytes that came";
        if (Text(entry, "transferSyntaxUid") != file.Parsed.TransferSyntax.Uid) return "another transfer syntax";
        if (wholeFile && file.Parsed is { HasPreamble: true, SyntaxAssumed: false, TransferSyntax.IsDeflated: false }) return plain.AsSpan().SequenceEqual(file.Bytes) ? null : "not the file that came";
        return DataSetOf(DicomFile.Parse(new MemorySource(plain)), plain).AsSpan().SequenceEqual(file.DataSet) ? null : "not the data set that came";
    }

    private void AssertPydicomReads(List<(string Original, byte[] Stored)> pairs, bool resent = false)
    {
        var lines = new StringBuilder();
        foreach ((string original, byte[] stored) in pairs) lines.Append(CultureInfo.InvariantCulture, $"{original}\t{_scratch.Write($"stored-{lines.Length}.dcm", stored)}\n");
        string[] said = Peer.RequirePydicom().Run([Repository.PathOf("tests", "Veridicom.Interop", "Gateway", "same_image.py"), .. resent ? ["--resent"] : (string[])[]], Encoding.UTF8.GetBytes(lines.ToString())).Succeeded().OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(pairs.Count, said.Length);
        None(said.Zip(pairs).Where(one => one.First.StartsWith("differs", StringComparison.Ordinal)).Select(one => $"{Path.GetFileName(one.Second.Original)}: {one.First}"));
        Assert.InRange(said.Count(line => line == "same"), said.Length * 9 / 10, said.Length);
    }

    private static void None(IEnumerable<string> problems)
    {
        List<string> all = [.. problems];
        Assert.True(all.Count == 0, string.Join('\n', all));
    }

    [Fact]
    public async Task By_STOW_from_curl_every_file_comes_in_and_out_byte_for_byte()
    {
        Peer curl = Peer.Require("curl");
        var problems = new List<string>();
        var pairs = new List<(string, byte[])>();
        int sealedFiles = 0;
        foreach (IReadOnlyList<RealFile> files in Rounds())
        {
            await using GatewayRoom room = await GatewayRoom.StartAsync(jpeg2000: OpenJpegWorkers.Shared);
            string body = Multipart(files, out string boundary);
            PeerResult sent = await Task.Run(() => curl.Run("-s", "-S", "-X", "POST", "-H", $"Content-Type: multipart/related; type=\"application/dicom\"; boundary={boundary}", "-H", "Accept: application/dicom+json", "--data-binary", "@" + body, $"{room.Host.Url}/dicom-web/studies"), Stop);
            sent.Succeeded();
            Dictionary<RealFile, (JsonElement Entry, byte[] Stored)> taken = await TakenAsync(room, files);
            foreach (RealFile file in files)
            {
                if (!taken.TryGetValue(file, out var found))
                {
                    // one begins in the midst of a header: no program reads it, and we do not keep what does not even claim to be DICOM
                    if (file is { Parsed: null, Name: "no_meta.dcm" }) continue;
                    problems.Add($"{file.Name}: not taken in: {sent.OutputText[..Math.Min(400, sent.OutputText.Length)]}");
                    continue;
                }
                if (Difference(file, found.Entry, found.Stored, wholeFile: true) is { } difference) problems.Add($"{file.Name}: {difference} {Text(found.Entry, "detail")}");
                if (Text(found.Entry, "verdict") == "authentic")
                {
                    sealedFiles++;
                    byte[] retrieved = await RetrieveAsync(room, found.Entry);
                    if (retrieved.AsSpan().IndexOf(found.Stored) < 0) problems.Add($"{file.Name}: what is retrieved is not what is stored");
                }
                pairs.Add((file.Path, found.Stored));
            }
        }
        None(problems);
        AssertPydicomReads(pairs);
        Assert.InRange(sealedFiles, 180, pairs.Count);
    }

    private string Multipart(IReadOnlyList<RealFile> files, out string boundary)
    {
        boundary = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        using var body = new MemoryStream();
        foreach (RealFile file in files)
        {
            body.Write(Encoding.ASCII.GetBytes($"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n"));
            body.Write(file.Bytes);
            body.Write("\r\n"u8);
        }
        body.Write(Encoding.ASCII.GetBytes($"--{boundary}--\r\n"));
        return _scratch.Write("body", body.ToArray());
    }

    private static async Task<byte[]> RetrieveAsync(GatewayRoom room, JsonElement entry)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/dicom-web/studies/{Text(entry, "studyUid")}/series/{Text(entry, "seriesUid")}/instances/{Text(entry, "sopInstanceUid")}");
        request.Headers.TryAddWithoutValidation("Accept", "multipart/related; type=\"application/dicom\"; transfer-syntax=*");
        using HttpResponseMessage response = await room.Http.SendAsync(request, Stop);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Stop));
        return await response.Content.ReadAsByteArrayAsync(Stop);
    }

    [Fact]
    public async Task By_C_STORE_of_the_very_bytes_every_data_set_comes_in_and_out_byte_for_byte()
    {
        var problems = new List<string>();
        int sealedFiles = 0, sent = 0;
        foreach (IReadOnlyList<RealFile> round in Rounds())
        {
            List<RealFile> files = [.. round.Where(f => f.Uid is not null)];
            await using GatewayRoom room = await GatewayRoom.StartAsync(jpeg2000: OpenJpegWorkers.Shared);
            foreach (RealFile[] some in files.Chunk(40))
            {
                await using UserAssociation association = await room.CallAsync(some.Select(f => f.Bytes));
                foreach (RealFile file in some)
                {
                    DimseStatus status = await GatewayRoom.StoreAsync(association, file.Bytes);
                    if (status != DimseStatus.Success) problems.Add($"{file.Name}: status {status.Code:X4} {status.Comment}");
                }
                await association.ReleaseAsync();
            }
            Dictionary<RealFile, (JsonElement Entry, byte[] Stored)> taken = await TakenAsync(room, files);
            foreach (RealFile file in files)
            {
                sent++;
                if (!taken.TryGetValue(file, out var found)) problems.Add($"{file.Name}: not taken in");
                else if (Difference(file, found.Entry, found.Stored, wholeFile: false) is { } difference) problems.Add($"{file.Name}: {difference} {Text(found.Entry, "detail")}");
                else if (Text(found.Entry, "verdict") == "authentic") sealedFiles++;
            }
        }
        None(problems);
        Assert.InRange(sealedFiles, 180, sent);
    }

    [Fact]
    public async Task From_dcmsend_every_file_that_it_can_send_is_read_by_pydicom_as_the_same_image()
    {
        Peer dcmsend = Peer.Require("dcmsend");
        var pairs = new List<(string, byte[])>();
        foreach (IReadOnlyList<RealFile> files in Rounds())
        {
            await using GatewayRoom room = await GatewayRoom.StartAsync(jpeg2000: OpenJpegWorkers.Shared);
            PeerResult said = await Task.Run(() => dcmsend.Run(["--no-halt", "--no-uid-checks", "-aec", "VERIDICOM", "127.0.0.1", room.Host.Dicom!.Port.ToString(CultureInfo.InvariantCulture), .. files.Where(f => f.Uid is not null).Select(f => f.Path)], input: null), Stop);
            Assert.DoesNotContain("Store Failed", said.AllText, StringComparison.OrdinalIgnoreCase);
            foreach ((RealFile file, (JsonElement entry, byte[] stored)) in await TakenAsync(room, files)) pairs.Add((file.Path, stored));
        }
        Assert.InRange(pairs.Count, 170, 1000);
        AssertPydicomReads(pairs, resent: true);
    }

    [Fact]
    public async Task From_Orthanc_every_image_that_it_holds_comes_in_as_the_same_image()
    {
        await using OrthancRoom orthanc = await OrthancRoom.OpenAsync();
        await using GatewayRoom room = await GatewayRoom.StartAsync(jpeg2000: OpenJpegWorkers.Shared);
        orthanc.CallBackPort = room.Host.Dicom!.Port;
        using HttpClient http = orthanc.Http();
        http.Timeout = Peer.DefaultLimit;
        var held = new Dictionary<string, RealFile>();
        List<RealFile> files = [.. Rounds().First().Where(f => f.Uid is not null && f.Parsed is { HasPreamble: true, SyntaxAssumed: false })];
        foreach (RealFile file in files)
        {
            using HttpResponseMessage uploaded = await http.PostAsync("instances", new ByteArrayContent(file.Bytes), Stop);
            if (!uploaded.IsSuccessStatusCode) continue;
            JsonNode answer = JsonNode.Parse(await uploaded.Content.ReadAsStringAsync(Stop))!;
            held[(string)answer["ID"]!] = file;
        }
        Assert.InRange(held.Count, 100, 1000);

        // not permissive: such a job says that nothing failed even where nobody listens
        using var body = new StringContent(new JsonObject { ["Resources"] = new JsonArray([.. held.Keys.Select(id => (JsonNode)id)]), ["Synchronous"] = true, ["Permissive"] = false }.ToJsonString(), Encoding.UTF8, "application/json");
        using HttpResponseMessage sent = await http.PostAsync("modalities/veridicom/store", body, Stop);
        JsonNode outcome = JsonNode.Parse(await sent.Content.ReadAsStringAsync(Stop))!;

        Assert.True(sent.IsSuccessStatusCode, $"{outcome.ToJsonString()}; {room.Logs}");
        Dictionary<RealFile, (JsonElement Entry, byte[] Stored)> taken = await TakenAsync(room, [.. held.Values]);
        string[] missing = [.. held.Values.Where(file => !taken.ContainsKey(file)).Select(file => $"{file.Name} ({file.Uid})")];
        Assert.True(missing.Length == 0, $"not taken in: {string.Join(", ", missing)}; {held.Count} held; {outcome.ToJsonString()}; {room.Logs}");
        // Orthanc reads and writes what it sends: most of it stays as it was, the rest is the same image
        Assert.InRange(taken.Count(one => Difference(one.Key, one.Value.Entry, one.Value.Stored, wholeFile: false) is null), taken.Count / 2, taken.Count);
        AssertPydicomReads([.. taken.Select(one => (one.Key.Path, one.Value.Stored))], resent: true);
    }
}
