using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Veridicom.Gateway.Configuration;
using Veridicom.Gateway.Routing;
using Veridicom.Registry;
using Veridicom.Registry.Store;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Gateway.Routing;

/// <summary>STOW-RS as sender: what counts as stored, and what is sent.</summary>
public sealed class StowTests
{
    private const string Uid = "1.2.3.4";
    private const string Stored = """{"00081199":{"vr":"SQ","Value":[{"00081150":{"vr":"UI","Value":["1.2"]},"00081155":{"vr":"UI","Value":["1.2.3.4"]}}]}}""";
    private const string Failed = """
        "00081198":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":["1.2.3.4"]},"00081197":{"vr":"US","Value":[REASON]}}]}
        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(200, Stored, "Stored")]
    [InlineData(202, Stored, "Stored")]
    [InlineData(200, "[" + Stored + "]", "Stored")]
    [InlineData(200, "[" + Stored + "," + Stored + "]", "Failed")]
    [InlineData(200, "", "Failed")]
    [InlineData(200, "{}", "Failed")]
    [InlineData(200, "null", "Failed")]
    [InlineData(200, "<html>stored 1.2.3.4</html>", "Failed")]
    [InlineData(204, Stored, "Failed")]
    [InlineData(201, Stored, "Failed")]
    [InlineData(302, Stored, "Unreachable")]
    [InlineData(401, Stored, "Unreachable")]
    [InlineData(404, "", "Unreachable")]
    [InlineData(400, "", "Refused")]
    [InlineData(415, "", "Refused")]
    [InlineData(500, Stored, "Failed")]
    [InlineData(503, "", "Failed")]
    [InlineData(409, Stored, "Stored")]
    [InlineData(200, """{"00081199":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":["1.2.3.45"]}}]}}""", "Failed")]
    [InlineData(200, """{"00081199":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":["9","1.2.3.4"]}}]}}""", "Failed")]
    [InlineData(200, """{"00081199":{"vr":"SQ","Value":[{"00081150":{"vr":"UI","Value":["1.2.3.4"]}}]}}""", "Failed")]
    [InlineData(200, """{"00081199":{"vr":"UI","Value":["1.2.3.4"]}}""", "Failed")]
    [InlineData(200, """{"00081199":{"vr":"SQ","Value":"1.2.3.4"}}""", "Failed")]
    [InlineData(200, """{"00081199":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":["1.2.3.4"]}}]},"00081199":{"vr":"SQ"}}""", "Failed")]
    public void An_instance_is_stored_only_if_the_answer_names_it(int status, string body, string outcome) =>
        Assert.Equal(outcome, StowResponse.Read(status, Encoding.UTF8.GetBytes(body), Uid).Outcome.ToString());

    [Theory]
    [InlineData(0x0122, "Refused")] // SOP class not supported
    [InlineData(0xA900, "Refused")] // data set does not match SOP class
    [InlineData(0xC000, "Refused")] // cannot understand
    [InlineData(0xA700, "Failed")] // out of resources
    [InlineData(0x0110, "Failed")] // processing failure
    public void Who_is_named_as_failed_is_not_stored_even_where_it_is_named_as_stored_too(int reason, string outcome)
    {
        string failed = Failed.Replace("REASON", reason.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
        Assert.Equal(outcome, StowResponse.Read(409, Encoding.UTF8.GetBytes("{" + failed + "}"), Uid).Outcome.ToString());
        SendResult both = StowResponse.Read(202, Encoding.UTF8.GetBytes(Stored[..^1] + "," + failed + "}"), Uid);
        Assert.Equal(outcome, both.Outcome.ToString());
        Assert.Contains(reason.ToString("X4", System.Globalization.CultureInfo.InvariantCulture), both.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://pacs.example/dicom-web", true)]
    [InlineData("http://127.0.0.1:8042/x", true)]
    [InlineData("http://[::1]:8042/x", true)]
    [InlineData("http://localhost/x", true)]
    [InlineData("http://pacs.example/dicom-web", false)]
    [InlineData("http://localhost.example/", false)]
    [InlineData("http://127.0.0.1.example/", false)]
    [InlineData("https://user:word@pacs.example/", false)]
    [InlineData("https://pacs.example/#x", false)]
    [InlineData("ftp://127.0.0.1/", false)]
    [InlineData("/dicom-web", false)]
    [InlineData("file:///etc/passwd", false)]
    public void Beyond_loopback_only_https(string url, bool good)
    {
        if (good) Assert.Equal(url.TrimEnd('/'), OutboundHttp.Url(url).ToString().TrimEnd('/'));
        else Assert.Throws<FormatException>(() => OutboundHttp.Url(url));
    }

    [Fact]
    public async Task The_stored_bytes_are_sent_as_they_are_with_the_token_of_the_moment()
    {
        byte[] file = new byte[700_001];
        new Random(5).NextBytes(file);
        using var scratch = new ScratchFolder();
        string token = scratch.Write("token", "first\n"u8);
        LocalServer.Private(token);
        var seen = new List<(string Authorization, byte[] Body, string Type)>();
        await using LocalServer server = await LocalServer.StartAsync(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            seen.Add((context.Request.Headers.Authorization.ToString(), body.ToArray(), context.Request.ContentType!));
            await context.Response.WriteAsync(Stored);
        });
        using FolderStore store = FolderStore.Open(scratch.PathOf("store"));
        StoredInstance instance = await PutAsync(store, file);
        await using var outlet = new StowOutlet(new() { Name = "pacs", Url = server.Url + "/web/", TokenFile = token }, store, TimeProvider.System);

        Assert.Equal(SendOutcome.Stored, Assert.Single(await SendAsync(outlet, instance)).Outcome);
        File.WriteAllText(token, "second");
        Assert.Equal(SendOutcome.Stored, Assert.Single(await SendAsync(outlet, instance)).Outcome);

        Assert.Equal(["Bearer first", "Bearer second"], seen.Select(one => one.Authorization));
        string boundary = seen[0].Type.Split("boundary=")[1];
        Assert.StartsWith("multipart/related; type=\"application/dicom\"; boundary=", seen[0].Type, StringComparison.Ordinal);
        byte[] head = Encoding.ASCII.GetBytes($"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n"), tail = Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n");
        Assert.Equal([.. head, .. file, .. tail], seen[0].Body);
    }

    [Fact]
    public async Task A_token_file_that_others_may_read_is_not_used()
    {
        using var scratch = new ScratchFolder();
        string token = scratch.Write("token", "open"u8);
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("access rights of POSIX");
            return;
        }

        File.SetUnixFileMode(token, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        int requests = 0;
        await using LocalServer server = await LocalServer.StartAsync(_ =>
        {
            Interlocked.Increment(ref requests);
            return Task.CompletedTask;
        });
        using FolderStore store = FolderStore.Open(scratch.PathOf("store"));
        await using var outlet = new StowOutlet(new() { Name = "pacs", Url = server.Url, TokenFile = token }, store, TimeProvider.System);
        Assert.Equal(SendOutcome.Failed, Assert.Single(await SendAsync(outlet, await PutAsync(store, [1, 2, 3]))).Outcome);
        Assert.Equal(0, requests);
    }

    [Fact]
    public async Task What_no_longer_has_its_digest_does_not_leave()
    {
        using var scratch = new ScratchFolder();
        int requests = 0;
        await using LocalServer server = await LocalServer.StartAsync(_ =>
        {
            Interlocked.Increment(ref requests);
            return Task.CompletedTask;
        });
        using FolderStore store = FolderStore.Open(scratch.PathOf("store"));
        StoredInstance instance = await PutAsync(store, [1, 2, 3, 4]);
        string file = Directory.GetFiles(scratch.PathOf("store", "objects"), "*.dcm", SearchOption.AllDirectories).Single();
        LocalServer.Private(file);
        File.WriteAllBytes(file, [1, 2, 3, 5]);
        await using var outlet = new StowOutlet(new() { Name = "pacs", Url = server.Url }, store, TimeProvider.System);

        Assert.Equal(SendOutcome.Damaged, Assert.Single(await SendAsync(outlet, instance)).Outcome);
        File.Delete(file);
        Assert.Equal(SendOutcome.Damaged, Assert.Single(await SendAsync(outlet, instance)).Outcome);
        Directory.CreateDirectory(file); // cannot be opened: that may pass, and concerns no other file
        Assert.Equal(SendOutcome.Failed, Assert.Single(await SendAsync(outlet, instance)).Outcome);
        Assert.Equal(0, requests);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        using var scratch = new ScratchFolder();
        var paths = new List<string>();
        await using LocalServer server = await LocalServer.StartAsync(context =>
        {
            paths.Add(context.Request.Path);
            context.Response.Redirect("/elsewhere", permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        });
        using FolderStore store = FolderStore.Open(scratch.PathOf("store"));
        await using var outlet = new StowOutlet(new() { Name = "pacs", Url = server.Url + "/web" }, store, TimeProvider.System);
        Assert.Equal(SendOutcome.Unreachable, Assert.Single(await SendAsync(outlet, await PutAsync(store, [1]))).Outcome);
        Assert.Equal(["/web/studies"], paths);
    }

    [Fact]
    public async Task An_answer_without_end_and_one_that_never_comes_are_failures()
    {
        using var scratch = new ScratchFolder();
        await using LocalServer endless = await LocalServer.StartAsync(async context =>
        {
            byte[] piece = new byte[65536];
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(piece, context.RequestAborted);
        });
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using FolderStore store = FolderStore.Open(scratch.PathOf("store"));
        StoredInstance instance = await PutAsync(store, new byte[4 << 20]);

        await using (var outlet = new StowOutlet(new() { Name = "pacs", Url = endless.Url }, store, TimeProvider.System))
            Assert.Equal(SendOutcome.Failed, Assert.Single(await SendAsync(outlet, await PutAsync(store, [1]))).Outcome);

        // connects, since the system accepts for it, takes what its buffers hold, and never answers
        var clock = new ManualClock();
        await using (var outlet = new StowOutlet(new() { Name = "pacs", Url = $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}", TimeoutSeconds = 60 }, store, clock))
        {
            Task<List<SendResult>> sending = SendAsync(outlet, instance);
            await clock.UntilAsync(() => sending.IsCompleted, TimeSpan.FromSeconds(5));
            Assert.Equal(new SendResult(SendOutcome.Unreachable, "no answer in time"), Assert.Single(await sending));
        }
    }

    private static async Task<StoredInstance> PutAsync(FolderStore store, byte[] file)
    {
        (ObjectDigest digest, long size) = await store.PutAsync(stream => stream.Write(file), Stop);
        return new StoredInstance
        {
            Sequence = 1, StudyUid = "1.1", SeriesUid = "1.2", SopInstanceUid = Uid, SopClassUid = "1.2", TransferSyntaxUid = "1.2.840.10008.1.2.1", Object = digest, Size = size, ContentDigest = "",
            State = InstanceState.Accepted, ReceivedAt = DateTimeOffset.UnixEpoch, ReceivedFrom = "CT", Route = "main", Verdict = VerdictKind.Authentic,
        };
    }

    private static async Task<List<SendResult>> SendAsync(StowOutlet outlet, StoredInstance instance)
    {
        var results = new List<SendResult>();
        await foreach (SendResult result in outlet.SendAsync([instance], Stop)) results.Add(result);
        return results;
    }
}
