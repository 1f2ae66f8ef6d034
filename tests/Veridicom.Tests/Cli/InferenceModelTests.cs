using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Veridicom.Cli.Detection;
using Veridicom.Forensics;
using Veridicom.Forensics.Similarity;
using Xunit;

namespace Veridicom.Tests.Cli;

/// <summary>A model elsewhere, asked over the Open Inference Protocol: what is sent, what is taken for an answer, and what a bad server can do.</summary>
public sealed class InferenceModelTests
{
    private const string Metadata = """{"name":"net","versions":["1"],"platform":"onnx","inputs":[{"name":"image","datatype":"FP32","shape":[-1,1,16,32]}],"outputs":[{"name":"score","datatype":"FP32","shape":[-1,1]}]}""";

    [Fact]
    public async Task A_picture_is_sent_in_the_shape_that_the_model_wants_and_its_score_is_evidence()
    {
        await using Server server = await Server.StartAsync(Metadata, """{"model_name":"net","outputs":[{"name":"score","datatype":"FP32","shape":[1,1],"data":[0.75]}]}""");
        using InferenceModel model = InferenceModel.Find(server.Url, "net", null, TestContext.Current.CancellationToken);
        // left half black, right half white, 64 x 64: means of areas keep the halves
        var picture = new GrayPicture(64, 64, [.. Enumerable.Range(0, 64 * 64).Select(i => i % 64 < 32 ? 0f : 255f)], 256);
        Evidence evidence = model.Judge(picture, out string? fault);

        Assert.Null(fault);
        Assert.Equal((EvidenceSource.Pixels, "external-model", EvidenceFor.Generation, false), (evidence.Source, evidence.Code, evidence.For, evidence.IsDecisive));
        Assert.Equal(0.75, Assert.Single(evidence.Numbers).Value);
        Assert.Equal(["GET /v2/models/net", "POST /v2/models/net/infer"], server.Requests.Select(r => r.Line));
        JsonElement input = JsonDocument.Parse(server.Requests.Last().Body).RootElement.GetProperty("inputs")[0];
        Assert.Equal(("image", "FP32"), (input.GetProperty("name").GetString(), input.GetProperty("datatype").GetString()));
        Assert.Equal([1, 1, 16, 32], input.GetProperty("shape").EnumerateArray().Select(n => n.GetInt32()));
        Assert.Equal(Enumerable.Range(0, 16 * 32).Select(i => i % 32 < 16 ? 0d : 1d), input.GetProperty("data").EnumerateArray().Select(n => n.GetDouble()));
    }

    [Theory]
    [InlineData("""{"outputs":[{"name":"score","data":[0.2]}]}""", 0.2)]
    [InlineData("""{"outputs":[{"name":"score","data":[[0.2]]}]}""", 0.2)]
    [InlineData("""{"outputs":[{"name":"other","data":[1]},{"name":"score","data":[0]}]}""", 0.0)]
    [InlineData("""{"outputs":[{"name":"score","data":[1.5]}]}""", null)]
    [InlineData("""{"outputs":[{"name":"score","data":[-0.1]}]}""", null)]
    [InlineData("""{"outputs":[{"name":"score","data":[0.1,0.9]}]}""", null)]
    [InlineData("""{"outputs":[{"name":"score","data":["0.1"]}]}""", null)]
    [InlineData("""{"outputs":[{"name":"score"}]}""", null)]
    [InlineData("""{"outputs":[]}""", null)]
    [InlineData("""{"outputs":3}""", null)]
    [InlineData("""[]""", null)]
    [InlineData("""{"outputs":[{"name":"score","data":[NaN]}]}""", null)]
    [InlineData("", null)]
    public async Task Only_one_number_from_0_to_1_is_an_answer(string answer, double? score)
    {
        await using Server server = await Server.StartAsync(Metadata, answer);
        using InferenceModel model = InferenceModel.Find(server.Url, "net", null, TestContext.Current.CancellationToken);
        Evidence evidence = model.Judge(Grey, out string? fault);
        Assert.Equal(score is null, fault is not null);
        Assert.Equal(EvidenceFor.Neither, evidence.For);
        if (score is { } wanted) Assert.Equal(wanted, Assert.Single(evidence.Numbers).Value);
    }

    [Theory]
    [InlineData("""{"inputs":[{"name":"image","datatype":"UINT8","shape":[1,1,16,16]}],"outputs":[{"name":"s"}]}""")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"FP32","shape":[1,3,16,16]}],"outputs":[{"name":"s"}]}""")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"FP32","shape":[16,16]}],"outputs":[{"name":"s"}]}""")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"FP32","shape":[1,1,1000000,1000000]}],"outputs":[{"name":"s"}]}""")]
    [InlineData("""{"inputs":[{"name":"image","datatype":"FP32","shape":[1,1,0,16]}],"outputs":[{"name":"s"}]}""")]
    [InlineData("""{"inputs":[],"outputs":[]}""")]
    [InlineData("""{"error":"no"}""")]
    [InlineData("<html>")]
    public async Task A_model_that_does_not_fit_is_refused_before_any_image_is_sent(string metadata)
    {
        await using Server server = await Server.StartAsync(metadata, "");
        FaultException fault = Assert.Throws<FaultException>(() => InferenceModel.Find(server.Url, "net", null, TestContext.Current.CancellationToken));
        Assert.Equal((7, "external-model"), (fault.Fault.ExitCode, fault.Fault.Code));
        Assert.Equal("GET /v2/models/net", Assert.Single(server.Requests).Line);
    }

    [Fact]
    public async Task Redirects_errors_long_answers_and_silence_end_in_words()
    {
        await using Server server = await Server.StartAsync(Metadata, "");
        using InferenceModel model = InferenceModel.Find(server.Url, "net", null, TestContext.Current.CancellationToken);
        server.Answering = context => { context.Response.Redirect("/elsewhere"); return Task.CompletedTask; };
        Assert.Contains("302", Fault(), StringComparison.Ordinal);
        Assert.DoesNotContain(server.Requests, r => r.Line.Contains("elsewhere", StringComparison.Ordinal));
        server.Answering = context => { context.Response.StatusCode = 503; return Task.CompletedTask; };
        Assert.Contains("503", Fault(), StringComparison.Ordinal);
        server.Answering = context => { context.Response.StatusCode = 404; return Task.CompletedTask; };
        Assert.Contains("does not know it", Fault(), StringComparison.Ordinal);
        server.Answering = context => context.Response.WriteAsync("{\"x\":\"" + new string('a', 1 << 20) + "\"}", context.RequestAborted);
        Assert.Contains("more than", Fault(), StringComparison.Ordinal);

        // the shape was asked for with patience; then nothing comes
        server.Answering = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        model.Patience = TimeSpan.FromMilliseconds(100);
        Assert.Contains("no answer within 0.1 s", Fault(), StringComparison.Ordinal);

        string Fault()
        {
            Evidence evidence = model.Judge(Grey, out string? fault);
            Assert.Equal(("external-model-failed", EvidenceFor.Neither), (evidence.Code, evidence.For));
            return fault!;
        }
    }

    [Theory]
    [InlineData("http://models.example:8000", "net", "https is needed")]
    [InlineData("ftp://127.0.0.1", "net", "https is needed")]
    [InlineData("http://me:secret@127.0.0.1", "net", "without user name")]
    [InlineData("http://127.0.0.1/?a=b", "net", "without a query")]
    [InlineData("nonsense", "net", "absolute URL")]
    [InlineData("http://127.0.0.1:9", "../x", "no name of a model")]
    [InlineData("http://127.0.0.1:9", "", "no name of a model")]
    public void Addresses_and_names_that_may_not_be_used_are_refused(string url, string name, string why)
    {
        FaultException fault = Assert.Throws<FaultException>(() => InferenceModel.Find(url, name, null, TestContext.Current.CancellationToken));
        Assert.Equal(2, fault.Fault.ExitCode);
        Assert.Contains(why, fault.Fault.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_there_is_a_fault_of_the_world() =>
        Assert.Equal(7, Assert.Throws<FaultException>(() => InferenceModel.Find("http://127.0.0.1:1", "net", null, TestContext.Current.CancellationToken)).Fault.ExitCode);

    [Fact]
    public async Task Over_TLS_only_a_server_of_the_authorities_named_is_asked()
    {
        using var scratch = new ScratchFolder();
        using TlsKit ours = new(scratch.Root), stranger = new(scratch.Root, "Stranger");
        (string certificate, string key) = ours.Issue("server");
        using var pem = X509Certificate2.CreateFromPemFile(certificate, key);
        await using Server server = await Server.StartAsync(Metadata, """{"outputs":[{"name":"score","data":[0.25]}]}""", pem);
        Assert.StartsWith("https://", server.Url, StringComparison.Ordinal);
        string url = server.Url;

        using (InferenceModel model = InferenceModel.Find(url, "net", ours.AuthoritiesFile, TestContext.Current.CancellationToken)) Assert.Equal(0.25, model.Score(Grey));
        int asked = server.Requests.Count;
        foreach (string? authorities in (string?[])[stranger.AuthoritiesFile, null])
            Assert.Equal(7, Assert.Throws<FaultException>(() => InferenceModel.Find(url, "net", authorities, TestContext.Current.CancellationToken)).Fault.ExitCode);
        Assert.Equal("model-ca", Assert.Throws<FaultException>(() => InferenceModel.Find(url, "net", scratch.PathOf("none.pem"), TestContext.Current.CancellationToken)).Fault.Code);
        Assert.Equal(asked, server.Requests.Count);
    }

    [Fact]
    public void Areas_are_averaged_and_nothing_is_skipped()
    {
        var picture = new GrayPicture(3, 3, [0, 3, 6, 9, 12, 15, 18, 21, 24], 256);
        Assert.Equal([12f], Sized(1, 1));
        float[] two = Sized(2, 2);
        // the middle column and row count by half for each side
        Assert.Equal([4f, 8f, 16f, 20f], two.Select(v => MathF.Round(v, 4)));
        Assert.Equal(picture.Values.ToArray(), Sized(3, 3));
        Assert.Equal(12, Sized(7, 5).Average(), 3);

        float[] Sized(int rows, int columns) => AreaReduction.Reduce(picture.Values, picture.Columns, 0, 0, picture.Rows, picture.Columns, rows, columns);
    }

    [Fact]
    public async Task A_run_asks_it_of_each_image_and_says_where_it_was_silent()
    {
        await using Server server = await Server.StartAsync(Metadata, """{"outputs":[{"name":"score","data":[0.9]}]}""");
        using var session = new CliSession();
        string image = session.Write("a.png", DetectCommandTests.Picture(1));
        string[] args = ["detect", image, "--json", "--model-url", server.Url, "--model-name", "net"];
        JsonElement json = JsonDocument.Parse(Assert.Single(session.Run(args).Lines)).RootElement;
        JsonElement evidence = json.GetProperty("evidence").EnumerateArray().Single(e => e.GetProperty("code").GetString() == "external-model");
        Assert.Equal(0.9, evidence.GetProperty("numbers").GetProperty("score").GetDouble());
        Assert.NotEqual("no-signs-found", json.GetProperty("opinion").GetString());
        double score = json.GetProperty("score").GetDouble();
        Assert.Equal(score, JsonDocument.Parse(session.Run("detect", image, "--json").Lines[0]).RootElement.GetProperty("score").GetDouble());

        server.Answering = context => { context.Response.StatusCode = 500; return Task.CompletedTask; };
        CliResult silent = session.Run([.. args, "--resume", session.PathOf("log")]);
        Assert.Contains("said nothing of 1 images: the server answered 500", silent.Error, StringComparison.Ordinal);
        Assert.Contains("external-model-failed", silent.Output, StringComparison.Ordinal);
        Assert.Contains(silent.ExitCode, new[] { 1, 7 });
        // it is asked again, and not left out
        server.Answering = null;
        Assert.Contains("says 0.900", Assert.Single(session.Run([.. args, "--resume", session.PathOf("log")]).Lines), StringComparison.Ordinal);
        Assert.Contains("name --model-url URL", session.Run("detect", image, "--model-name", "net").Exited(2).Error, StringComparison.Ordinal);
    }

    private static GrayPicture Grey => new(20, 20, new float[400], 256);

    private sealed class Server : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private Server(WebApplication app) => _app = app;

        public ConcurrentQueue<(string Line, string Body)> Requests { get; } = new();

        public Func<HttpContext, Task>? Answering { get; set; }

        public string Url { get; private set; } = "";

        public static async Task<Server> StartAsync(string metadata, string answer, X509Certificate2? certificate = null)
        {
            WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen =>
            {
                if (certificate is not null) listen.UseHttps(certificate);
            }));
            if (certificate is not null) builder.WebHost.UseKestrelHttpsConfiguration();
            builder.Services.AddRoutingCore();
            var server = new Server(builder.Build());
            server._app.Run(async context =>
            {
                using var reader = new StreamReader(context.Request.Body);
                server.Requests.Enqueue(($"{context.Request.Method} {context.Request.Path}", await reader.ReadToEndAsync()));
                if (context.Request.Method == "GET") await context.Response.WriteAsync(metadata);
                else if (server.Answering is { } own) await own(context);
                else await context.Response.WriteAsync(answer);
            });
            await server._app.StartAsync();
            server.Url = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
            return server;
        }

        public async ValueTask DisposeAsync() => await _app.DisposeAsync();
    }
}
