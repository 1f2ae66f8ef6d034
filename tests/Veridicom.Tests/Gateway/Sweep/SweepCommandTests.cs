using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Veridicom.Cli;
using Veridicom.Cli.Demo;
using Veridicom.Dicom;
using Veridicom.Tests.Cli;
using Veridicom.Tests.Gateway.Routing;
using Xunit;

namespace Veridicom.Tests.Gateway.Sweep;

/// <summary>veridicom sweep against archives that behave, that are slow of hearing, and that lie.</summary>
public sealed class SweepCommandTests : IDisposable
{
    private readonly CliSession _session = CliSession.WithOrganisation();

    public void Dispose() => _session.Dispose();

    private static string Uid(int slice) => PhantomStudy.InstanceUid(slice, new PhantomOptions { Size = 64 });

    private static byte[] Unsealed(int slice) => CliSession.Slice(slice);

    private byte[] Sealed(int slice)
    {
        string path = _session.WriteSlice($"made/{slice}.dcm", slice);
        _session.Run("seal", "--in-place", "--no-manifest", path).Exited(0);
        return File.ReadAllBytes(path);
    }

    private byte[] Altered(int slice)
    {
        byte[] file = Sealed(slice);
        DicomFile parsed = DicomFile.Parse(new MemorySource(file));
        Assert.True(parsed.DataSet.TryFind(new(0x7FE0_0010), out DicomNode pixels));
        file[(int)pixels.ValueOffset + 2000] ^= 4;
        return file;
    }

    private CliResult Sweep(params string[] more) => _session.Run(["sweep", "--rate", "0", .. more]);

    private static List<JsonObject> Objects(CliResult result) => [.. result.Lines.Select(l => JsonNode.Parse(l)!.AsObject())];

    [Fact]
    public async Task Everything_in_an_archive_is_verified_as_verify_does()
    {
        await using PretendArchive archive = await PretendArchive.StartAsync(Sealed(0), Unsealed(1), Altered(2));

        CliResult result = Sweep("--dicomweb", archive.Url, "--json");

        List<JsonObject> objects = Objects(result.Exited(1));
        Assert.Equal(4, objects.Count);
        JsonObject summary = objects[3];
        Assert.Equal((3, 1, 1, 1, 1), ((int)summary["instances"]!, (int)summary["verdicts"]!["authentic"]!, (int)summary["verdicts"]!["unsealed"]!, (int)summary["verdicts"]!["altered"]!, (int)summary["exitCode"]!));
        string name = (string)summary["altered"]!.AsArray().Single()!;
        Assert.EndsWith("/instances/" + Uid(2), name, StringComparison.Ordinal);
        for (int slice = 0; slice < 3; slice++)
        {
            string path = _session.Write($"same/{slice}.dcm", archive.Bytes(Uid(slice)));
            JsonObject wanted = JsonNode.Parse(_session.Run("verify", "--json", path).Lines[0])!.AsObject();
            JsonObject found = objects.Single(o => o["path"] is { } p && ((string)p!).EndsWith(Uid(slice), StringComparison.Ordinal));
            wanted["path"] = (string)found["path"]!;
            Assert.Equal(wanted.ToJsonString(), found.ToJsonString());
        }
        _session.AssertNoLeftovers();
    }

    [Fact]
    public async Task For_people_there_is_a_table_and_a_list_of_the_altered()
    {
        await using PretendArchive archive = await PretendArchive.StartAsync(Sealed(0), Altered(2));

        CliResult result = Sweep("--dicomweb", archive.Url, "--parallel", "1").Exited(1);

        Assert.Contains("2 instances", result.Output, StringComparison.Ordinal);
        Assert.Contains($"altered:{Environment.NewLine}  {archive.Url}/studies/", result.Output, StringComparison.Ordinal);
        Assert.Equal(Sweep("--dicomweb", archive.Url, "--parallel", "1", "--restart").Output, result.Output);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(int.MaxValue, false)]
    public async Task Archives_that_page_as_they_like_are_gone_through_once(int page, bool knowsOffset)
    {
        await using PretendArchive archive = await PretendArchive.StartAsync(Unsealed(0), Unsealed(1), Unsealed(2), Unsealed(3), Unsealed(4));
        (archive.Page, archive.KnowsOffset) = (page, knowsOffset);

        JsonObject summary = Objects(Sweep("--dicomweb", archive.Url, "--json"))[^1];

        Assert.Equal((5, 0), ((int)summary["instances"]!, (int)summary["notChecked"]!));
        Assert.Equal(5, archive.Fetched.Count);
    }

    /// <summary>Stops after so many lines.</summary>
    private sealed class StoppingWriter(int lines, CancellationTokenSource stop) : StringWriter
    {
        private int _left = lines;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (--_left == 0) stop.Cancel();
        }
    }

    private int RunStopped(int lines, params string[] args)
    {
        using var stop = new CancellationTokenSource();
        using var output = new StoppingWriter(lines, stop);
        using var error = new StringWriter();
        return CommandLine.Run(args, _session.With(output, error, stop.Token));
    }

    [Fact]
    public async Task An_interrupted_sweep_goes_on_where_it_was_and_its_report_is_of_all()
    {
        await using PretendArchive archive = await PretendArchive.StartAsync(Altered(0), Sealed(1), Unsealed(2), Unsealed(3));
        string[] args = ["sweep", "--dicomweb", archive.Url, "--rate", "0", "--parallel", "1", "--json"];
        Assert.Equal(CommandLine.Interrupted, RunStopped(2, args));

        List<JsonObject> objects = Objects(_session.Run(args).Exited(1));

        Assert.Equal((4, 2), ((int)objects[^1]["instances"]!, (int)objects[^1]["earlier"]!));
        Assert.Equal(3, objects.Count);
        Assert.Single(objects[^1]["altered"]!.AsArray());
        // what was under way when it ended may have been fetched in vain
        List<int> times = [.. archive.Fetched.GroupBy(one => one).Select(one => one.Count())];
        Assert.Equal(4, times.Count);
        Assert.InRange(times.Sum(), 4, 5);

        // what is done is done, until it is begun anew
        Assert.Single(Objects(_session.Run(args)));
        Assert.Equal(5, Objects(_session.Run([.. args, "--restart"])).Count);
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(502)]
    public async Task An_archive_that_is_busy_is_asked_again(int status)
    {
        await using PretendArchive archive = await PretendArchive.StartAsync(Unsealed(0), Unsealed(1));
        int failures = 0;
        archive.Instead = context =>
        {
            if (!context.Request.Path.Value!.EndsWith(Uid(1), StringComparison.Ordinal) || Interlocked.Increment(ref failures) > 1) return Task.FromResult(false);
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = "1";
            return Task.FromResult(true);
        };

        JsonObject summary = Objects(Sweep("--dicomweb", archive.Url, "--json"))[^1];

        Assert.Equal((2, 0, 2), ((int)summary["instances"]!, (int)summary["notChecked"]!, failures));
    }

    [Fact]
    public async Task A_body_that_breaks_off_is_fetched_again()
    {
        await using PretendArchive archive = await PretendArchive.StartAsync(Unsealed(0));
        int times = 0;
        archive.Instead = async context =>
        {
            if (!context.Request.Path.Value!.EndsWith(Uid(0), StringComparison.Ordinal) || Interlocked.Increment(ref times) > 1) return false;
            context.Response.ContentType = "multipart/related; type=\"application/dicom\"; boundary=x";
            await context.Response.Body.WriteAsync("--x\r\nContent-Type: application/dicom\r\n\r\nDI"u8.ToArray());
            await context.Response.Body.FlushAsync();
            context.Abort();
            return true;
        };

        JsonObject summary = Objects(Sweep("--dicomweb", archive.Url, "--json"))[^1];

        Assert.Equal((1, 0, 2), ((int)summary["verdicts"]!["unsealed"]!, (int)summary["notChecked"]!, times));
    }

    [Theory]
    [InlineData("--dicomweb")]
    [InlineData("--orthanc")]
    public async Task An_authentic_image_in_the_place_of_another_is_no_answer(string kind)
    {
        await using PretendArchive archive = await PretendArchive.StartAsync(Sealed(0));
        string id = archive.Put(Sealed(1), asUid: "1.2.3.4");

        List<JsonObject> objects = Objects(Sweep(kind, kind == "--orthanc" ? archive.OrthancUrl : archive.Url, "--json").Exited(7));

        JsonObject wrong = objects.Single(o => o.ContainsKey("error"));
        Assert.EndsWith(kind == "--orthanc" ? "/instances/" + id : "/instances/1.2.3.4", (string)wrong["path"]!, StringComparison.Ordinal);
        Assert.Equal("nonsense", (string)wrong["error"]!["code"]!);
        Assert.Equal((1, 1), ((int)objects[^1]["instances"]!, (int)objects[^1]["notChecked"]!));
    }

    [Fact]
    public async Task An_archive_that_keeps_another_seal_than_it_was_given_is_found_out()
    {
        await using PretendArchive archive = await PretendArchive.StartAsync(Unsealed(1));
        archive.Instead = async context =>
        {
            if (context.Request.Method != "POST") return false;
            string id = archive.Put(Sealed(1));
            await context.Response.WriteAsync($$"""{"Status":"Success","ID":"{{id}}"}""");
            return true;
        };

        CliResult result = Sweep("--orthanc", archive.OrthancUrl, "--seal-as-found", "--store-back").Exited(7);

        Assert.Contains("what it has is sealed otherwise", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("..%2F..", "\"../..\"")]
    [InlineData("no text", "7")]
    [InlineData("nothing", "")]
    public async Task What_an_archive_calls_a_UID_is_not_believed(string what, string value)
    {
        Assert.NotEmpty(what);
        await using PretendArchive archive = await PretendArchive.StartAsync(Sealed(0));
        archive.Instead = async context =>
        {
            await context.Response.WriteAsync("[{\"0020000D\": {\"vr\": \"UI\", \"Value\": [" + value + "]}}]");
            return true;
        };

        CliResult result = Sweep("--dicomweb", archive.Url).Exited(7);

        Assert.Contains("without a valid 0020000D", result.Error, StringComparison.Ordinal);
        Assert.Empty(archive.Fetched);
    }

    [Fact]
    public async Task An_archive_that_does_not_let_us_ends_the_sweep()
    {
        await using PretendArchive archive = await PretendArchive.StartAsync(Sealed(0), Sealed(1), Sealed(2));
        int asked = 0;
        archive.Instead = context =>
        {
            if (!context.Request.Path.Value!.Contains("/instances/", StringComparison.Ordinal)) return Task.FromResult(false);
            Interlocked.Increment(ref asked);
            context.Response.StatusCode = 403;
            return Task.FromResult(true);
        };

        CliResult result = Sweep("--dicomweb", archive.Url, "--parallel", "1").Exited(7);

        Assert.Contains("HTTP 403", result.Error, StringComparison.Ordinal);
        Assert.True(asked < 3, $"{asked}");
    }

    [Fact]
    public async Task The_token_is_sent_and_its_file_is_the_owners_alone()
    {
        await using PretendArchive archive = await PretendArchive.StartAsync(Sealed(0));
        string token = _session.Write("token", Encoding.ASCII.GetBytes("a.b.c\n"));
        LocalServer.Private(token);

        Sweep("--dicomweb", archive.Url, "--token-file", token).Exited(0);

        Assert.Equal("Bearer a.b.c", Assert.Single(archive.Authorizations.Distinct()));
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files have no mode there");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(token, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains("others than its owner", Sweep("--dicomweb", archive.Url, "--token-file", token).Exited(7).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--dicomweb", "http://pacs.example/dicom-web")]
    [InlineData("--dicomweb", "https://user:word@pacs.example/dicom-web")]
    [InlineData("--orthanc", "file:///etc")]
    [InlineData("--dicomweb", "http://127.0.0.1:1/", "--follow")]
    [InlineData("--dicomweb", "http://127.0.0.1:1/", "--folder", ".")]
    [InlineData("--dicomweb", "http://127.0.0.1:1/", "--seal-as-found")]
    [InlineData("--dicomweb", "http://127.0.0.1:1/", "--store-back")]
    [InlineData("--dicomweb", "http://127.0.0.1:1/", "--parallel", "65")]
    [InlineData("--dicomweb", "http://127.0.0.1:1/", "--rate", "-1")]
    [InlineData("--folder", ".", "--out", "x")]
    [InlineData("--folder", ".", "--seal-as-found")]
    [InlineData("--folder", ".", "--token-file", "x")]
    public void Wrong_usage_is_said_before_anything_is_done(params string[] args) => _session.Run(["sweep", .. args]).Exited(2);

    [Fact]
    public async Task Unsealed_instances_are_sealed_in_the_archive_and_altered_ones_are_left()
    {
        byte[] altered = Altered(2), already = Sealed(0);
        await using PretendArchive archive = await PretendArchive.StartAsync(already, Unsealed(1), altered);

        List<JsonObject> objects = Objects(Sweep("--dicomweb", archive.Url, "--seal-as-found", "--store-back", "--json").Exited(1));

        Assert.Equal(1, (int)objects[^1]["sealed"]!);
        Assert.Equal(2, (int)objects[^1]["verdicts"]!["authentic"]!);
        Assert.True((bool)objects.Single(o => o["path"] is { } p && ((string)p!).EndsWith(Uid(1), StringComparison.Ordinal))["sealed"]!);
        Assert.Equal(altered, archive.Bytes(Uid(2)));
        Assert.Equal(already, archive.Bytes(Uid(0)));
        string path = _session.Write("sealed.dcm", archive.Bytes(Uid(1)));
        Assert.Contains("as-found", _session.Run("show", "--json", path).Output, StringComparison.Ordinal);
        _session.Run("unseal", "--in-place", path).Exited(0);
        Assert.Equal(Unsealed(1), File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData("--dicomweb", "did not keep it")]
    [InlineData("--orthanc", "OverwriteInstances")]
    public async Task An_archive_that_keeps_what_it_had_is_found_out(string kind, string words)
    {
        await using PretendArchive archive = await PretendArchive.StartAsync(Unsealed(1));
        archive.Keeps = false;

        CliResult result = Sweep(kind, kind == "--orthanc" ? archive.OrthancUrl : archive.Url, "--seal-as-found", "--store-back").Exited(7);

        Assert.Contains(words, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_instance_that_Orthanc_received_again_is_looked_at_again()
    {
        await using PretendArchive archive = await PretendArchive.StartAsync(Sealed(0), Sealed(1));
        Sweep("--orthanc", archive.OrthancUrl).Exited(0);
        archive.Put(Altered(1));
        int before = archive.Fetched.Count;

        List<JsonObject> objects = Objects(Sweep("--orthanc", archive.OrthancUrl, "--json").Exited(1));

        Assert.Equal(before + 1, archive.Fetched.Count);
        Assert.Equal((2, 1, 1), ((int)objects[^1]["instances"]!, (int)objects[^1]["verdicts"]!["authentic"]!, (int)objects[^1]["verdicts"]!["altered"]!));
        // and when it is put right, nothing of that stays
        archive.Put(Sealed(1));
        Sweep("--orthanc", archive.OrthancUrl).Exited(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Followed_Orthanc_tells_of_what_came_past_the_gateway(bool quietly)
    {
        await using PretendArchive archive = await PretendArchive.StartAsync(Sealed(0));
        using var stop = new CancellationTokenSource();
        using var output = new StoppingWriter(2, stop);
        using var error = new StringWriter();
        Task<int> following = Task.Run(() => CommandLine.Run(["sweep", "--orthanc", archive.OrthancUrl, "--follow", "--json"], _session.With(output, error, stop.Token)), TestContext.Current.CancellationToken);
        await Task.WhenAny(archive.FirstFetch, following);

        if (quietly) archive.PutQuietly(Unsealed(1));
        else archive.Put(Unsealed(1));

        Assert.Equal(3, await following.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        string[] lines = output.ToString().ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("unsealed", (string)JsonNode.Parse(lines[1])!["verdict"]!);
        Assert.Equal(2, (int)JsonNode.Parse(lines[^1])!["instances"]!);
    }
}
