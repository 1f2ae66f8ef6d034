using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using AngleSharp.Html.Parser;
using Veridicom.Gateway.Access;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;
using Veridicom.Testing.DicomWeb;
using Veridicom.Tests.Cli;
using Veridicom.Tests.Seals;
using Xunit;

namespace Veridicom.Tests.Gateway.DicomWeb;

/// <summary>Verdicts over HTTP are those of the command line, for every vector.</summary>
public sealed class VerdictTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("seal")]
    [InlineData("attacks")]
    [InlineData("pixels")]
    [InlineData("manifest")]
    public async Task A_file_that_is_sent_is_judged_as_by_the_command_line(string folder)
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        using HttpClient client = host.Client();
        string root = Repository.PathOf("tests", "vectors", folder);
        string[] files = Directory.GetFiles(root, "*.dcm");
        Assert.NotEmpty(files);
        Dictionary<string, JsonElement> wanted = CommandLine(host, root, files);
        foreach (string file in files)
        {
            using HttpContent body = Body(file);
            using HttpResponseMessage response = await client.PostAsync("/verdicts", body, Stop);
            Assert.Equal((file, HttpStatusCode.OK), (file, response.StatusCode));
            using JsonDocument verdict = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Stop));
            AssertSame(file, wanted[file], verdict.RootElement);
        }
        Assert.Equal(files.Length, host.Journal.Count(entry => entry.Kind == EntryKind.Verified));
        Assert.Empty(await host.Vault.Registry.ListAsync(null, 0, 10, Stop));
    }

    /// <summary>The same for what is stored: through STOW-RS, and asked for by its UIDs.</summary>
    [Theory]
    [InlineData("seal")]
    [InlineData("attacks")]
    [InlineData("pixels")]
    [InlineData("manifest")]
    public async Task A_file_that_is_stored_is_judged_as_by_the_command_line(string folder)
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        using HttpClient client = host.Client();
        string root = Repository.PathOf("tests", "vectors", folder);
        // a detached seal is not stored, and a UID belongs to one content
        string[] files = [.. Directory.GetFiles(root, "*.dcm").Where(file => !File.Exists(file + ".seal") && HasUids(file)).DistinctBy(file => Uid(file, 0x00080018))];
        Dictionary<string, JsonElement> wanted = CommandLine(host, root, files);
        int compared = 0;
        foreach (string file in files)
        {
            using MultipartContent body = DicomWebHost.Body(await File.ReadAllBytesAsync(file, Stop));
            using HttpResponseMessage stored = await client.PostAsync("/dicom-web/studies", body, Stop);
            if (stored.StatusCode != HttpStatusCode.OK) continue; // what cannot be parsed is not stored by this desk
            string path = $"/studies/{Uid(file, 0x0020000D)}/series/{Uid(file, 0x0020000E)}/instances/{Uid(file, 0x00080018)}";
            using JsonDocument answer = JsonDocument.Parse(await client.GetStringAsync("/verdicts" + path, Stop));
            JsonElement verdict = Assert.Single(answer.RootElement.GetProperty("instances").EnumerateArray());
            Assert.Equal("/dicom-web" + path, verdict.GetProperty("path").GetString());
            AssertSame(file, wanted[file], verdict);
            Assert.Equal(verdict.GetProperty("exitCode").GetInt32(), answer.RootElement.GetProperty("exitCode").GetInt32());
            compared++;
        }
        Assert.True(folder is "seal" or "attacks" || compared > 0, "no vector of this folder has UIDs");
    }

    [Fact]
    public async Task A_study_is_judged_by_its_manifest()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        string root = Repository.PathOf("tests", "vectors", "manifest");
        string[] files = [.. ((string[])["0", "1", "2", "3", "4", "frames", "manifest"]).Select(name => Path.Combine(root, name + ".dcm"))];
        Dictionary<string, JsonElement> wanted = CommandLine(host, root, files);
        await host.StoreAsync([.. files.Select(File.ReadAllBytes)]);
        using HttpClient client = host.Client();

        using JsonDocument answer = JsonDocument.Parse(await client.GetStringAsync($"/verdicts/studies/{Uid(files[0], 0x0020000D)}", Stop));

        JsonElement study = Assert.Single(answer.RootElement.GetProperty("studies").EnumerateArray());
        JsonElement said = wanted.Values.Single(line => line.TryGetProperty("study", out _));
        Assert.Equal((said.GetProperty("study").GetString(), said.GetProperty("verdict").GetString(), said.GetProperty("exitCode").GetInt32()), (study.GetProperty("study").GetString(), study.GetProperty("verdict").GetString(), study.GetProperty("exitCode").GetInt32()));
        Assert.Equal(said.GetProperty("findings").EnumerateArray().Select(f => f.GetProperty("code").GetString()), study.GetProperty("findings").EnumerateArray().Select(f => f.GetProperty("code").GetString()));
        Assert.Equal(files.Length, answer.RootElement.GetProperty("instances").GetArrayLength());
        using JsonDocument series = JsonDocument.Parse(await client.GetStringAsync($"/verdicts/studies/{Uid(files[0], 0x0020000D)}/series/{Uid(files[0], 0x0020000E)}", Stop));
        Assert.Equal(0, series.RootElement.GetProperty("studies").GetArrayLength());
    }

    [Fact]
    public async Task Conflicts_and_quarantine_are_shown_with_their_state()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        host.Verification = SealKit.Options;
        await host.StoreAsync(SealKit.Seal(Images.Make()));
        await host.StoreAsync(Images.Make(name: "Other"), Images.Make(instance: "2.25.31", modality: "OT"));
        using HttpClient client = host.Client();

        using JsonDocument answer = JsonDocument.Parse(await client.GetStringAsync("/verdicts/studies/2.25.10", Stop));

        JsonElement[] instances = [.. answer.RootElement.GetProperty("instances").EnumerateArray()];
        Assert.Equal([("accepted", "authentic"), ("conflict", "unsealed"), ("quarantined", "unsealed")], instances.Select(i => (i.GetProperty("state").GetString(), i.GetProperty("verdict").GetString())));
        Assert.Equal(instances[1].GetProperty("object").GetString(), Assert.Single(instances[0].GetProperty("conflicts").EnumerateArray()).GetProperty("object").GetString());
        Assert.Equal(0, instances[2].GetProperty("conflicts").GetArrayLength());
        JournalEntry entry = host.Journal.Last();
        Assert.Equal((EntryKind.Verified, "2.25.10", 3), (entry.Kind, entry.StudyUid, entry.Instances));
    }

    [Fact]
    public async Task A_stored_file_that_was_changed_is_found_out()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        host.Verification = SealKit.Options;
        await host.StoreAsync(SealKit.Seal(Images.Make()));
        string path = Assert.Single(Directory.GetFiles(host.ObjectFolder, "*", SearchOption.AllDirectories), file => new FileInfo(file).Length > 1000);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        byte[] bytes = await File.ReadAllBytesAsync(path, Stop);
        int at = bytes.AsSpan().IndexOf("Doe^Jane"u8);
        bytes[at] = (byte)'R';
        await File.WriteAllBytesAsync(path, bytes, Stop);
        using HttpClient client = host.Client();
        using JsonDocument answer = JsonDocument.Parse(await client.GetStringAsync("/verdicts/studies/2.25.10/series/2.25.20/instances/2.25.30", Stop));
        Assert.Equal("altered", answer.RootElement.GetProperty("instances")[0].GetProperty("verdict").GetString());
        Assert.Equal("altered", host.Journal.Last().Verdict);
    }

    [Theory]
    [InlineData("text/plain", "x", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("multipart/related; boundary=b", "--b\r\nContent-Type: application/vnd.veridicom.seal\r\n\r\nx\r\n--b--\r\n", HttpStatusCode.BadRequest)]
    [InlineData("multipart/related; boundary=b", "--b\r\nContent-Type: application/dicom\r\n\r\nx\r\n--b\r\nContent-Type: application/dicom\r\n\r\nx\r\n--b--\r\n", HttpStatusCode.BadRequest)]
    [InlineData("multipart/related; boundary=b", "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n", HttpStatusCode.BadRequest)]
    [InlineData("application/dicom", "", HttpStatusCode.OK)]
    public async Task What_is_no_file_is_told_so(string type, string text, HttpStatusCode expected)
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        using HttpClient client = host.Client();
        using var body = new ByteArrayContent(System.Text.Encoding.Latin1.GetBytes(text));
        body.Headers.TryAddWithoutValidation("Content-Type", type);
        using HttpResponseMessage response = await client.PostAsync("/verdicts", body, Stop);
        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task A_long_body_waits_on_the_disk_and_leaves_nothing_there()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        host.Verification = SealKit.Options;
        byte[] file = SealKit.Seal(Images.Make(more: w => w.Bytes(new(0x00420011), Veridicom.Dicom.Vr.OB, new byte[6 << 20])));
        using HttpClient client = host.Client();
        using var body = new ByteArrayContent(file);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/dicom");
        using HttpResponseMessage response = await client.PostAsync("/verdicts", body, Stop);
        using JsonDocument verdict = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Stop));
        Assert.Equal("authentic", verdict.RootElement.GetProperty("verdict").GetString());
        Assert.Empty(Directory.GetFiles(host.ScratchPath));
    }

    [Fact]
    public async Task A_report_is_a_page_that_can_do_nothing_and_hides_the_patient_where_asked()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        host.Verification = SealKit.Options;
        await host.StoreAsync(SealKit.Seal(Images.Make(name: "<script>alert(1)</script>")), Images.Make(instance: "2.25.31"));
        using HttpClient client = host.Client();

        using HttpResponseMessage response = await client.GetAsync("/studies/2.25.10/report", Stop);
        string page = await response.Content.ReadAsStringAsync(Stop);

        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        string policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        using AngleSharp.Html.Dom.IHtmlDocument document = await new HtmlParser().ParseDocumentAsync(page, Stop);
        Assert.Empty(document.QuerySelectorAll("script"));
        Assert.Contains("4711", page, StringComparison.Ordinal);
        string hidden = await client.GetStringAsync("/studies/2.25.10/report?patient=hidden", Stop);
        Assert.DoesNotContain("4711", hidden, StringComparison.Ordinal);
        Assert.DoesNotContain("alert(1)", hidden, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("/studies/2.25.10/report?patient=perhaps", Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/studies/2.25.99/report", Stop)).StatusCode);
        Assert.Empty(Directory.GetFiles(host.ScratchPath));
    }

    [Fact]
    public async Task A_report_says_how_many_instances_of_the_study_are_held_back()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        await host.StoreAsync(Images.Make());
        using HttpClient client = host.Client();
        Assert.DoesNotContain("of this study", await client.GetStringAsync("/studies/2.25.10/report", Stop), StringComparison.Ordinal);

        foreach ((InstanceState state, string uid) in ((InstanceState, string)[])[(InstanceState.Quarantined, "2.25.91"), (InstanceState.Quarantined, "2.25.92"), (InstanceState.Conflict, "2.25.93"), (InstanceState.Rejected, "2.25.94")])
        {
            await host.Vault.RecordAsync(new JournalEntry
            {
                Kind = EntryKind.Received, At = DateTimeOffset.UnixEpoch, Who = Actor.Gateway, StudyUid = "2.25.10", SeriesUid = "2.25.11", SopInstanceUid = uid, SopClassUid = "1.2.840.10008.5.1.4.1.1.7",
                Object = ObjectDigest.Of(new byte[32]), Size = 1, TransferSyntaxUid = "1.2.840.10008.1.2.1", ContentDigest = uid, State = state, Route = "r", Verdict = "altered",
            }, null, Stop);
        }

        string page = await client.GetStringAsync("/studies/2.25.10/report", Stop);
        Assert.Contains("2 instances of this study held in quarantine; 1 instance of this study in conflict with an accepted one of the same UID", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verdicts_need_their_scope_and_read_includes_it()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        await host.StoreAsync(Images.Make());
        using HttpClient client = host.Client();
        foreach ((Grant grant, HttpStatusCode expected) in ((Grant, HttpStatusCode)[])[(new(Scope.Verify, "2.25.10"), HttpStatusCode.OK), (new(Scope.Read, null), HttpStatusCode.OK), (new(Scope.Verify, "2.25.11"), HttpStatusCode.NotFound), (new(Scope.Admin, null), HttpStatusCode.Forbidden)])
        {
            host.Grants = [grant];
            foreach (string path in (string[])["/verdicts/studies/2.25.10", "/studies/2.25.10/report"])
            {
                using HttpResponseMessage response = await client.GetAsync(path, Stop);
                Assert.Equal((grant, path, expected), (grant, path, response.StatusCode));
            }
        }
    }

    /// <summary>What verify --json says of each file, by its path; lines of studies by their UID.</summary>
    private static Dictionary<string, JsonElement> CommandLine(DicomWebHost host, string root, string[] files)
    {
        using var session = new CliSession();
        string trust = Path.Combine(root, "root.pem");
        CliResult result = session.Run(["verify", "--json", "--trust", trust, .. files]);
        host.Verification = new VerifyOptions { Trust = TrustList.Create(PemBlocks.Read(File.ReadAllText(trust)).Select(b => (ReadOnlyMemory<byte>)b.Der)), Now = session.Clock.Now };
        Dictionary<string, JsonElement> lines = result.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToDictionary(line => line.TryGetProperty("path", out JsonElement path) ? path.GetString()! : line.GetProperty("study").GetString()!);
        Assert.All(files, file => Assert.True(lines.ContainsKey(file), $"the command line says nothing of {file}: {result.Error}"));
        return lines;
    }

    private static HttpContent Body(string file)
    {
        var part = new ByteArrayContent(File.ReadAllBytes(file));
        part.Headers.ContentType = new MediaTypeHeaderValue("application/dicom");
        if (!File.Exists(file + ".seal")) return part;
        var seal = new ByteArrayContent(File.ReadAllBytes(file + ".seal"));
        seal.Headers.ContentType = new MediaTypeHeaderValue("application/vnd.veridicom.seal");
        return new MultipartContent("related") { part, seal };
    }

    /// <summary>Every member that the command line gives but the path, in value and order.</summary>
    private static void AssertSame(string file, JsonElement wanted, JsonElement verdict)
    {
        foreach (JsonProperty member in wanted.EnumerateObject().Where(member => member.Name != "path"))
        {
            Assert.True(verdict.TryGetProperty(member.Name, out JsonElement said), $"{file}: {member.Name} is missing");
            Assert.True(JsonElement.DeepEquals(member.Value, said), $"{file}: {member.Name} is {said}, wanted {member.Value}");
        }
        Assert.Equal([], verdict.EnumerateObject().Select(member => member.Name).Except(wanted.EnumerateObject().Select(member => member.Name)).Except(["state", "object", "receivedAt", "conflicts"]));
    }

    private static bool HasUids(string file) => ((uint[])[0x0020000D, 0x0020000E, 0x00080018]).All(tag => Uid(file, tag) is { Length: > 0 });

    private static string? Uid(string file, uint tag)
    {
        try
        {
            return SealKit.Parse(File.ReadAllBytes(file)).DataSet.Ascii(new(tag));
        }
        catch (Veridicom.Dicom.DicomException)
        {
            return null;
        }
    }
}
