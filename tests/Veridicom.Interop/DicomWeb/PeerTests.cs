using System.Text.Json;
using System.Text.Json.Nodes;
using Veridicom.Dicom;
using Veridicom.Testing.DicomWeb;
using Xunit;

namespace Veridicom.Interop.DicomWeb;

/// <summary>curl and Orthanc as clients of our DICOMweb, and pydicom reading what they got.</summary>
public sealed class PeerTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Curl_uploads_and_downloads_every_real_file_byte_for_byte()
    {
        Peer curl = Peer.Require("curl");
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        using var scratch = new ScratchFolder();
        int stored = 0;
        foreach (string path in RealFiles.Below("dicom", "*.dcm"))
        {
            if (Uids(path) is not { } uids) continue;
            byte[] file = await File.ReadAllBytesAsync(path, Stop);
            byte[] body = Related(file);
            string upload = scratch.Write("upload", body), download = scratch.PathOf("download");
            string status = curl.Run("-sS", "-o", scratch.PathOf("answer"), "-w", "%{http_code}", "-X", "POST", "-H", "Content-Type: multipart/related; type=\"application/dicom\"; boundary=curl",
                "-H", "Accept: application/dicom+json", "--data-binary", "@" + upload, $"{host.Address}dicom-web/studies").Succeeded().OutputText;
            using JsonDocument answer = JsonDocument.Parse(await File.ReadAllBytesAsync(scratch.PathOf("answer"), Stop));
            if (status != "200")
            {
                // the same image in another syntax is another content: it is kept beside the first
                Assert.True(status == "202", $"{path}: {status} {answer.RootElement}");
                continue;
            }
            curl.Run("-sS", "-f", "-o", download, "-H", "Accept: application/dicom; transfer-syntax=*", $"{host.Address}dicom-web/{uids}").Succeeded();
            byte[] got = await File.ReadAllBytesAsync(download, Stop);
            Assert.True(file.AsSpan().SequenceEqual(got), path);
            stored++;
        }
        Assert.True(stored > 60, $"only {stored} files were stored");
        Assert.Empty(host.Unhandled);
    }

    [Fact]
    public async Task Pydicom_reads_what_is_converted_and_its_pixels_are_the_same()
    {
        Peer python = Peer.RequirePydicom(), curl = Peer.Require("curl");
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        using var scratch = new ScratchFolder();
        await host.StoreAsync(Images.Make(frames: 3));
        string url = $"{host.Address}dicom-web/studies/2.25.10/series/2.25.20/instances/2.25.30";
        foreach (TransferSyntax syntax in (TransferSyntax[])[TransferSyntax.ExplicitVrLittleEndian, TransferSyntax.ImplicitVrLittleEndian, TransferSyntax.ExplicitVrBigEndian, TransferSyntax.DeflatedExplicitVrLittleEndian, TransferSyntax.RleLossless])
        {
            string download = scratch.PathOf("download");
            curl.Run("-sS", "-f", "-o", download, "-H", $"Accept: application/dicom; transfer-syntax={syntax.Uid}", url).Succeeded();
            string said = python.Run("-c", "import sys,pydicom\nd=pydicom.dcmread(sys.argv[1])\nprint(d.file_meta.TransferSyntaxUID,d.PatientName,int(d.pixel_array.sum()),d.pixel_array.shape)", download).Succeeded().OutputText.Trim();
            Assert.Equal($"{syntax.Uid} Doe^Jane {191 * 192 / 2} (3, 8, 8)", said);
        }
    }

    [Fact]
    public async Task Orthanc_finds_retrieves_and_stores_as_a_client()
    {
        await using OrthancRoom room = await OrthancRoom.OpenAsync(new JsonObject
        {
            ["DicomWeb"] = new JsonObject { ["Enable"] = true, ["Root"] = "/dicom-web/", ["Servers"] = new JsonObject { ["veridicom"] = new JsonObject { ["Url"] = "http://127.0.0.1:14299/dicom-web/" } } },
        });
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        room.CallBackPort = host.Address.Port;
        await host.StoreAsync(Images.Make(), Images.Make(series: "2.25.21", instance: "2.25.31"));
        using HttpClient orthanc = room.Http();

        JsonElement found = await PostAsync(orthanc, "dicom-web/servers/veridicom/qido", new JsonObject { ["Uri"] = "/studies", ["Arguments"] = new JsonObject { ["PatientID"] = "4711" } });
        Assert.Equal("2.25.10", found[0].GetProperty("0020000D").GetProperty("Value").ToString());
        await PostAsync(orthanc, "dicom-web/servers/veridicom/retrieve", new JsonObject { ["Resources"] = new JsonArray(new JsonObject { ["Study"] = "2.25.10" }) });
        JsonElement instances = await PostAsync(orthanc, "tools/find", new JsonObject { ["Level"] = "Instance", ["Query"] = new JsonObject { ["StudyInstanceUID"] = "2.25.10" } });
        Assert.Equal(2, instances.GetArrayLength());

        byte[] own = Images.Make(study: "2.25.12", series: "2.25.22", instance: "2.25.32");
        using var upload = new ByteArrayContent(own);
        using HttpResponseMessage uploaded = await orthanc.PostAsync("instances", upload, Stop);
        string id = JsonDocument.Parse(await uploaded.Content.ReadAsStringAsync(Stop)).RootElement.GetProperty("ID").GetString()!;
        await PostAsync(orthanc, "dicom-web/servers/veridicom/stow", new JsonObject { ["Resources"] = new JsonArray(id), ["Synchronous"] = true });
        Assert.Single(await host.Vault.Registry.InstancesAsync("2.25.32", Stop));
        using HttpClient client = host.Client();
        client.DefaultRequestHeaders.Add("Accept", "application/dicom");
        Assert.Equal(own, await client.GetByteArrayAsync("dicom-web/studies/2.25.12/series/2.25.22/instances/2.25.32", Stop));
        Assert.Empty(host.Unhandled);
    }

    private static async Task<JsonElement> PostAsync(HttpClient client, string path, JsonObject body)
    {
        using var content = new StringContent(body.ToJsonString());
        using HttpResponseMessage response = await client.PostAsync(path, content, Stop);
        string text = await response.Content.ReadAsStringAsync(Stop);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode} {text}");
        return JsonDocument.Parse(text.Length == 0 ? "null" : text).RootElement.Clone();
    }

    private static byte[] Related(byte[] file) => [.. "--curl\r\nContent-Type: application/dicom\r\n\r\n"u8, .. file, .. "\r\n--curl--\r\n"u8];

    private static string? Uids(string path)
    {
        try
        {
            DicomDataSet set = DicomFile.Parse(new MemorySource(File.ReadAllBytes(path))).DataSet;
            string?[] uids = [.. ((uint[])[0x0020000D, 0x0020000E, 0x00080018]).Select(tag => set.Ascii(new DicomTag(tag)))];
            return uids.All(uid => uid is { Length: > 0 }) && set.Ascii(new DicomTag(0x00080060)) != "OT" ? $"studies/{uids[0]}/series/{uids[1]}/instances/{uids[2]}" : null;
        }
        catch (DicomException)
        {
            return null;
        }
    }
}
