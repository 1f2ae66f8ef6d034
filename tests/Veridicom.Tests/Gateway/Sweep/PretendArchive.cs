using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Veridicom.Dicom;
using Veridicom.Gateway.Sweep;
using Veridicom.Tests.Gateway.Routing;

namespace Veridicom.Tests.Gateway.Sweep;

/// <summary>A small archive in memory that speaks as much DICOMweb, and as much of Orthanc's own interface, as a sweep needs.</summary>
internal sealed class PretendArchive : IAsyncDisposable
{
    private readonly Lock _one = new();
    private readonly List<Kept> _kept = [];
    private readonly List<(string Kind, string Id)> _changes = [];
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LocalServer _server = null!;

    private sealed record Kept(string Study, string Series, string Uid, string Id)
    {
        public required byte[] Bytes { get; set; }
    }

    public string Url => _server.Url + "/dicom-web";

    public string OrthancUrl => _server.Url;

    /// <summary>The most results in one page, whatever is asked for.</summary>
    public int Page { get; set; } = int.MaxValue;

    public bool KnowsOffset { get; set; } = true;

    /// <summary>Takes what is stored; false: says so and keeps what it had.</summary>
    public bool Keeps { get; set; } = true;

    /// <summary>Answers a request in place of the archive where it returns true.</summary>
    public Func<HttpContext, Task<bool>> Instead { get; set; } = _ => Task.FromResult(false);

    /// <summary>Paths of instances that were fetched.</summary>
    public ConcurrentQueue<string> Fetched { get; } = new();

    /// <summary>Ends when the first instance is fetched.</summary>
    public Task FirstFetch => _first.Task;

    public ConcurrentQueue<string> Authorizations { get; } = new();

    public static async Task<PretendArchive> StartAsync(params byte[][] files)
    {
        var archive = new PretendArchive();
        foreach (byte[] file in files) archive.Put(file);
        archive._server = await LocalServer.StartAsync(archive.AnswerAsync);
        return archive;
    }

    /// <summary>Receives an instance, in place of one of the same UIDs; returns its identifier.</summary>
    public string Put(byte[] bytes, string? asUid = null)
    {
        DicomDataSet set = DicomFile.Parse(new MemorySource(bytes)).DataSet;
        string study = set.Ascii(new(0x0020_000D))!, series = set.Ascii(new(0x0020_000E))!, uid = asUid ?? set.Ascii(new(0x0008_0018))!;
        string id = asUid is null ? OrthancArchive.IdentifierOf(set, set.Ascii(new(0x0010_0020)) ?? "") : Identifier(uid);
        lock (_one)
        {
            _kept.RemoveAll(k => k.Id == id);
            _kept.Add(new Kept(study, series, uid, id) { Bytes = bytes });
            _changes.Add(("NewInstance", id));
        }
        return id;
    }

    /// <summary>Keeps an instance without a word in the feed of changes until its series is stable.</summary>
    public void PutQuietly(byte[] bytes)
    {
        string id = Put(bytes);
        lock (_one)
        {
            _changes.RemoveAll(c => c.Id == id);
            _changes.Add(("StableSeries", Identifier(_kept.Single(k => k.Id == id).Series)));
        }
    }

    public byte[] Bytes(string uid)
    {
        lock (_one) return _kept.Single(k => k.Uid == uid).Bytes;
    }

    private static string Identifier(string uid) =>
        string.Join('-', Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(uid)).AsSpan(0, 20)).Chunk(8).Select(c => new string(c)));

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Headers.Authorization is [{ } authorization]) Authorizations.Enqueue(authorization);
        if (await Instead(context)) return;
        string[] path = context.Request.Path.Value!.Trim('/').Split('/');
        switch (path)
        {
            case ["dicom-web", "studies"] when context.Request.Method == "POST":
                await StowAsync(context);
                break;
            case ["dicom-web", "studies"]:
                await SearchAsync(context, "0020000D", k => k.Study);
                break;
            case ["dicom-web", "studies", var study, "series"]:
                await SearchAsync(context, "0020000E", k => k.Study == study ? k.Series : null);
                break;
            case ["dicom-web", "studies", var study, "series", var series, "instances"]:
                await SearchAsync(context, "00080018", k => k.Study == study && k.Series == series ? k.Uid : null);
                break;
            case ["dicom-web", "studies", _, "series", _, "instances", var uid]:
                await RetrieveAsync(context, k => k.Uid == uid);
                break;
            case ["statistics"]:
                await WriteAsync(context, new JsonObject { ["CountInstances"] = Count(_ => true) });
                break;
            case ["changes"]:
                await ChangesAsync(context);
                break;
            case ["instances"] when context.Request.Method == "POST":
                string id = await ReadAsync(context) is { } bytes && Keeps ? Put(bytes) : "";
                await WriteAsync(context, new JsonObject { ["Status"] = Keeps ? "Success" : "AlreadyStored", ["ID"] = id });
                break;
            case ["instances"]:
                int since = int.Parse(context.Request.Query["since"]!), limit = int.Parse(context.Request.Query["limit"]!);
                await WriteAsync(context, new JsonArray([.. Select(k => k.Id).Skip(since).Take(limit).Select(i => (JsonNode)i)]));
                break;
            case ["instances", var wanted, "file"]:
                await RetrieveAsync(context, k => k.Id == wanted, bare: true);
                break;
            case ["series", var series]:
                await WriteAsync(context, new JsonObject { ["Instances"] = new JsonArray([.. Select(k => Identifier(k.Series) == series ? k.Id : null).Select(i => (JsonNode)i)]) });
                break;
            default:
                context.Response.StatusCode = 404;
                break;
        }
    }

    private List<string> Select(Func<Kept, string?> of)
    {
        lock (_one) return [.. _kept.Select(of).OfType<string>().Distinct()];
    }

    private int Count(Func<Kept, bool> which)
    {
        lock (_one) return _kept.Count(which);
    }

    private async Task SearchAsync(HttpContext context, string tag, Func<Kept, string?> of)
    {
        int limit = Math.Min(Page, int.Parse(context.Request.Query["limit"]!)), offset = KnowsOffset ? int.Parse(context.Request.Query["offset"]!) : 0;
        List<string> page = [.. Select(of).Skip(offset).Take(limit)];
        if (page.Count == 0) context.Response.StatusCode = 204;
        else await WriteAsync(context, new JsonArray([.. page.Select(uid => new JsonObject { [tag] = new JsonObject { ["vr"] = "UI", ["Value"] = new JsonArray(uid) } })]));
    }

    private async Task ChangesAsync(HttpContext context)
    {
        List<(string Kind, string Id)> all;
        lock (_one) all = [.. _changes];
        if (context.Request.Query.ContainsKey("last"))
        {
            await WriteAsync(context, new JsonObject { ["Changes"] = new JsonArray(), ["Done"] = true, ["Last"] = all.Count });
            return;
        }
        int since = int.Parse(context.Request.Query["since"]!), limit = Math.Min(Page, int.Parse(context.Request.Query["limit"]!)), to = Math.Min(all.Count, since + limit);
        var changes = new JsonArray([.. Enumerable.Range(since, Math.Max(0, to - since)).Select(i => new JsonObject { ["ChangeType"] = all[i].Kind, ["ID"] = all[i].Id, ["Seq"] = i + 1 })]);
        await WriteAsync(context, new JsonObject { ["Changes"] = changes, ["Done"] = to == all.Count, ["Last"] = Math.Max(to, since) });
    }

    private async Task RetrieveAsync(HttpContext context, Func<Kept, bool> which, bool bare = false)
    {
        byte[]? bytes;
        lock (_one) bytes = _kept.SingleOrDefault(which)?.Bytes;
        if (bytes is null)
        {
            context.Response.StatusCode = 404;
            return;
        }
        Fetched.Enqueue(context.Request.Path);
        _first.TrySetResult();
        context.Response.ContentType = bare ? "application/dicom" : "multipart/related; type=\"application/dicom\"; boundary=\"next one\"";
        if (!bare) await context.Response.Body.WriteAsync("--next one\r\nContent-Type: application/dicom\r\n\r\n"u8.ToArray());
        await context.Response.Body.WriteAsync(bytes);
        if (!bare) await context.Response.Body.WriteAsync("\r\n--next one--\r\n"u8.ToArray());
    }

    private async Task StowAsync(HttpContext context)
    {
        byte[] body = await ReadAsync(context);
        int start = body.AsSpan().IndexOf("\r\n\r\n"u8) + 4, end = body.AsSpan().LastIndexOf("\r\n--"u8);
        byte[] file = body[start..end];
        string uid = DicomFile.Parse(new MemorySource(file)).DataSet.Ascii(new(0x0008_0018))!;
        if (Keeps) Put(file);
        var item = new JsonObject { ["00081155"] = new JsonObject { ["vr"] = "UI", ["Value"] = new JsonArray(uid) } };
        await WriteAsync(context, new JsonObject { ["00081199"] = new JsonObject { ["vr"] = "SQ", ["Value"] = new JsonArray(item) } });
    }

    private static async Task<byte[]> ReadAsync(HttpContext context)
    {
        using var all = new MemoryStream();
        await context.Request.Body.CopyToAsync(all);
        return all.ToArray();
    }

    private static Task WriteAsync(HttpContext context, JsonNode answer)
    {
        context.Response.ContentType = "application/dicom+json";
        return context.Response.WriteAsync(answer.ToJsonString());
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
