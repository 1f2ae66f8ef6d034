using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Veridicom.Gateway.DicomWeb.Description;
using Veridicom.Registry;

namespace Veridicom.Gateway.Observability;

/// <summary>One thing that must be well for the gateway to take instances in.</summary>
/// <param name="Name">In /readyz and /metrics.</param>
/// <param name="Ask">Null where it is well, else what is not, in words of our own: everybody may read them.</param>
public sealed record HealthCheck(string Name, Func<CancellationToken, Task<string?>> Ask);

/// <summary>
/// Whether the gateway is ready. An answer is kept for a second, so that whoever asks in a loop makes no work; each check has a few seconds, and one
/// that takes longer has failed.
/// </summary>
public sealed class GatewayHealth(IReadOnlyList<HealthCheck> checks, TimeProvider clock) : IDisposable
{
    /// <summary>Less free space than this is too little to take anything in.</summary>
    public const long LeastFreeBytes = 512L << 20;

    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(1), Patience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _one = new(1);
    private IReadOnlyList<(string Name, string? Fault)> _last = [];
    private long _lastAt;

    /// <summary>The checks of a gateway.</summary>
    /// <param name="vault">Must not be behind its database.</param>
    /// <param name="folder">Must have room.</param>
    /// <param name="listens">Whether every listener that is wanted stands.</param>
    public static IReadOnlyList<HealthCheck> Of(Vault vault, string folder, Func<bool> listens) =>
    [
        new("vault", _ => Task.FromResult(vault.Trouble is null ? null : "the database is behind the journal, and is tried again")),
        new("registry", async stop =>
        {
            try
            {
                await vault.Registry.NewestAsync(stop);
                return null;
            }
            catch (RegistryException)
            {
                return "the database does not answer";
            }
        }),
        new("disk", _ => Task.FromResult(FreeBytes(folder) is { } free && free < LeastFreeBytes ? "the disk is almost full" : null)),
        new("listener", _ => Task.FromResult(listens() ? null : "a listener is not up")),
    ];

    /// <summary>Free space where a folder lies; null where that cannot be known.</summary>
    public static long? FreeBytes(string folder)
    {
        try
        {
            return new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Each check with what is wrong, null where nothing is.</summary>
    public async Task<IReadOnlyList<(string Name, string? Fault)>> CheckAsync(CancellationToken stop)
    {
        await _one.WaitAsync(stop);
        try
        {
            if (_last.Count > 0 && clock.GetElapsedTime(_lastAt) < Kept) return _last;
            var answers = new List<(string, string?)>();
            foreach (HealthCheck check in checks) answers.Add((check.Name, await AskAsync(check, stop)));
            (_last, _lastAt) = (answers, clock.GetTimestamp());
            return answers;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Maps /healthz, which says that the process lives, and /readyz.</summary>
    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/healthz", context => WriteAsync(context, StatusCodes.Status200OK, json => json.WriteString("status", "alive"))).WithMetadata(OperatorOperations.Health);
        app.MapGet("/readyz", async context =>
        {
            IReadOnlyList<(string Name, string? Fault)> answers = await CheckAsync(context.RequestAborted);
            bool ready = answers.All(answer => answer.Fault is null);
            await WriteAsync(context, ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, json =>
            {
                json.WriteString("status", ready ? "ready" : "not-ready");
                json.WriteStartArray("checks");
                foreach ((string name, string? fault) in answers)
                {
                    json.WriteStartObject();
                    json.WriteString("name", name);
                    json.WriteBoolean("passed", fault is null);
                    if (fault is not null) json.WriteString("reason", fault);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            });
        }).WithMetadata(OperatorOperations.Readiness);
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task<string?> AskAsync(HealthCheck check, CancellationToken stop)
    {
        using var late = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stop);
        try
        {
            return await check.Ask(either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            return "it does not answer in time";
        }
    }

    private static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.WrittenCount;
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }
}
