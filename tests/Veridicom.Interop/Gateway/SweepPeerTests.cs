using System.Text.Json.Nodes;
using Veridicom.Cli;
using Veridicom.Dicom;
using Xunit;

namespace Veridicom.Interop.Gateway;

/// <summary>A real Orthanc is swept, over its own interface and over DICOMweb: what it holds is verified, and sealed in it.</summary>
public sealed class SweepPeerTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly Dictionary<string, string> _environment;

    public SweepPeerTests()
    {
        _environment = new() { ["VERIDICOM_HOME"] = _folder.PathOf("home"), ["VERIDICOM_PASSPHRASE"] = "correct horse battery" };
        Run(0, "init", "--name", "Sample Hospital");
    }

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private List<JsonObject> Run(int exitCode, params string[] args)
    {
        using StringWriter output = new(), error = new();
        int code = CommandLine.Run(args, output, error, _environment);
        Assert.True(code == exitCode, $"{string.Join(' ', args)}: exit code {code}, wanted {exitCode}\n{output}\n{error}");
        return args.Contains("--json") ? [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!.AsObject())] : [];
    }

    private static async Task<string> PutAsync(HttpClient http, byte[] file)
    {
        using var content = new ByteArrayContent(file);
        HttpResponseMessage answer = await http.PostAsync("instances", content, Stop);
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop))!["ID"]!;
    }

    [Theory]
    [InlineData("--orthanc")]
    [InlineData("--dicomweb")]
    public async Task An_archive_is_verified_then_sealed_as_found_then_authentic(string kind)
    {
        byte[][] files = [.. RealFiles.Below("dicom/series-ct").Take(6).Select(File.ReadAllBytes)];
        await using OrthancRoom room = await OrthancRoom.OpenAsync();
        using HttpClient http = room.Http();
        var ids = new List<string>();
        foreach (byte[] file in files) ids.Add(await PutAsync(http, file));
        string url = kind == "--orthanc" ? room.Url.AbsoluteUri : room.Url + "dicom-web";

        JsonObject before = Run(3, "sweep", kind, url, "--rate", "0", "--json")[^1];
        JsonObject sealing = Run(0, "sweep", kind, url, "--rate", "0", "--seal-as-found", "--store-back", "--json")[^1];
        JsonObject after = Run(0, "sweep", kind, url, "--rate", "0", "--restart", "--json")[^1];

        Assert.Equal((6, 6), ((int)before["instances"]!, (int)before["verdicts"]!["unsealed"]!));
        Assert.Equal((6, 6), ((int)sealing["sealed"]!, (int)sealing["verdicts"]!["authentic"]!));
        Assert.Equal((6, 6), ((int)after["instances"]!, (int)after["verdicts"]!["authentic"]!));
        // the image within is the one that was there
        byte[] now = await http.GetByteArrayAsync($"instances/{ids[0]}/file", Stop);
        DicomFile then = DicomFile.Parse(new MemorySource(files[0])), found = DicomFile.Parse(new MemorySource(now));
        Assert.True(then.DataSet.TryFind(new(0x7FE0_0010), out DicomNode was) && found.DataSet.TryFind(new(0x7FE0_0010), out DicomNode is_) && was.Value.SequenceEqual(is_.Value));
    }

    [Fact]
    public async Task What_comes_past_the_gateway_is_noticed_in_the_feed_of_changes()
    {
        byte[][] files = [.. RealFiles.Below("dicom/series-ct").Take(3).Select(File.ReadAllBytes)];
        await using OrthancRoom room = await OrthancRoom.OpenAsync();
        using HttpClient http = room.Http();
        await PutAsync(http, files[0]);
        string url = room.Url.AbsoluteUri;
        Run(0, "sweep", "--orthanc", url, "--rate", "0", "--seal-as-found", "--store-back", "--json");
        Assert.Equal(1, (int)Run(0, "sweep", "--orthanc", url, "--rate", "0", "--json")[^1]["verdicts"]!["authentic"]!);

        await PutAsync(http, files[1]);
        await PutAsync(http, files[0]); // the unsealed one again, in place of the sealed

        List<JsonObject> later = Run(3, "sweep", "--orthanc", url, "--rate", "0", "--json");
        Assert.Equal(2, later.Count(o => (string?)o["verdict"] == "unsealed"));
        Assert.Equal((2, 2), ((int)later[^1]["instances"]!, (int)later[^1]["verdicts"]!["unsealed"]!));
    }

    [Fact]
    public async Task Every_transfer_syntax_is_verified_as_its_file_is()
    {
        var wanted = new Dictionary<string, string>(StringComparer.Ordinal);
        await using OrthancRoom room = await OrthancRoom.OpenAsync();
        using HttpClient http = room.Http();
        var syntaxes = new HashSet<string>();
        foreach (string path in RealFiles.Below("dicom/wg04"))
        {
            byte[] bytes = await File.ReadAllBytesAsync(path, Stop);
            string sealedPath = _folder.PathOf("sealed", Path.GetFileName(path));
            using StringWriter output = new(), error = new();
            if (CommandLine.Run(["seal", "--out", _folder.PathOf("sealed"), "--no-manifest", path], output, error, _environment) != 0) continue;
            byte[] file = await File.ReadAllBytesAsync(sealedPath, Stop);
            DicomFile parsed = DicomFile.Parse(new MemorySource(file));
            using var content = new ByteArrayContent(file);
            HttpResponseMessage answer = await http.PostAsync("instances", content, Stop);
            if (!answer.IsSuccessStatusCode) continue;
            string id = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop))!["ID"]!;
            wanted[id] = (string)Run(0, "verify", "--json", sealedPath)[0]["verdict"]!;
            syntaxes.Add(parsed.TransferSyntax.Uid);
        }
        Assert.True(wanted.Count > 3 && syntaxes.Count > 2, $"{wanted.Count} files, {syntaxes.Count} syntaxes");

        List<JsonObject> found = Run(0, "sweep", "--orthanc", room.Url.AbsoluteUri, "--rate", "0", "--json");

        Assert.Equal(wanted.Count, found.Count - 1);
        Assert.All(found.Take(found.Count - 1), o => Assert.Equal(wanted[((string)o["path"]!).Split('/')[^1]], (string)o["verdict"]!));
    }
}
