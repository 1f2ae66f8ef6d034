using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.DicomWeb.Description;
using Veridicom.Registry;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.Routing;

/// <summary>
/// What an operator sees and does of deliveries: GET /deliveries counts and lists, POST /deliveries/retry has them tried again. Scope admin; every
/// call is a journal entry.
/// </summary>
/// <param name="destinations">Names of the configured destinations.</param>
/// <param name="registry">Asked.</param>
/// <param name="record">Writes entries.</param>
/// <param name="clock">Time.</param>
public sealed class DeliveryEndpoints(IReadOnlyList<string> destinations, IRegistry registry, RecordEntry record, TimeProvider clock)
{
    private const int MostListed = 1000, LongestBody = 4096;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 4, AllowDuplicateProperties = false };

    /// <summary>Maps them.</summary>
    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/deliveries", Run(ListAsync)).WithMetadata(OperatorOperations.Deliveries);
        app.MapPost("/deliveries/retry", Run(RetryAsync)).WithMetadata(OperatorOperations.Retry);
    }

    private static RequestDelegate Run(Func<HttpContext, Task> operation) => async http =>
    {
        try
        {
            if (http.Caller().May(Scope.Admin, null)) await operation(http);
            else await Problem.ForbidAsync(http, Scope.Admin);
        }
        catch (FormatException e) when (!http.Response.HasStarted)
        {
            await Problem.WriteAsync(http, StatusCodes.Status400BadRequest, "The request cannot be understood", e.Message, "see /openapi/v1.json");
        }
        catch (RegistryException) when (!http.Response.HasStarted)
        {
            await Problem.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, "Not available now", "the registry does not answer", "try again later");
        }
    };

    private async Task ListAsync(HttpContext http)
    {
        IQueryCollection query = http.Request.Query;
        string? destination = query["destination"] is [{ } name] ? Known(name) : null;
        DeliveryState state = query["state"] is [{ } word]
            ? Enum.GetValues<DeliveryState>().Cast<DeliveryState?>().FirstOrDefault(one => Word(one!.Value) == word) ?? throw new FormatException("'state' is none of waiting, delivered, commitment-asked, committed, undeliverable")
            : DeliveryState.Waiting;
        long after = Number(query, "after", 0, long.MaxValue, 0);
        int limit = (int)Number(query, "limit", 1, MostListed, 100);
        var counts = await registry.DeliveryCountsAsync(http.RequestAborted);
        var listed = destination is null ? [] : await registry.DeliveriesAsync(destination, state, after, limit, http.RequestAborted);
        await record(Entry(http, EntryKind.Queried) with { Destination = destination, Instances = listed.Count, Detail = "deliveries" }, http.RequestAborted);
        await WriteAsync(http, json =>
        {
            json.WriteStartArray("counts");
            foreach (DeliveryCount count in counts)
            {
                json.WriteStartObject();
                json.WriteString("destination", count.Destination);
                json.WriteString("state", Word(count.State));
                json.WriteNumber("count", count.Count);
                if (count.Oldest is { } oldest) json.WriteString("oldest", Time(oldest));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            if (destination is null) return;
            json.WriteStartArray("deliveries");
            foreach (Delivery one in listed) Write(json, one);
            json.WriteEndArray();
            if (listed.Count == limit) json.WriteNumber("next", listed[^1].Sequence);
        });
    }

    private async Task RetryAsync(HttpContext http)
    {
        (string destination, string? study) = await ReadAsync(http);
        await record(Entry(http, EntryKind.DeliveryRetried) with { Destination = destination, StudyUid = study, Detail = "tried again" }, http.RequestAborted);
        await WriteAsync(http, json =>
        {
            json.WriteString("destination", destination);
            if (study is not null) json.WriteString("study", study);
        });
    }

    private async Task<(string Destination, string? Study)> ReadAsync(HttpContext http)
    {
        if (!http.Request.HasJsonContentType()) throw new FormatException("the body must be application/json");
        byte[] body = new byte[LongestBody + 1];
        int length = await http.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, http.RequestAborted);
        if (length > LongestBody) throw new FormatException($"the body has more than {LongestBody} bytes");
        try
        {
            using var document = JsonDocument.Parse(body.AsMemory(0, length), Strict);
            string? destination = null, study = null;
            foreach (JsonProperty member in document.RootElement.EnumerateObject())
            {
                switch (member.Name)
                {
                    case "destination":
                        destination = Known(member.Value.GetString() ?? "");
                        break;
                    case "study":
                        study = member.Value.GetString();
                        if (study is null || !ScopeText.IsUid(study)) throw new FormatException("'study' is no UID");
                        break;
                    default:
                        throw new FormatException("the body may have 'destination' and 'study' only");
                }
            }

            return (destination ?? throw new FormatException("'destination' is missing"), study);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException("the body is no JSON object of texts", e);
        }
    }

    private string Known(string name) => destinations.Contains(name, StringComparer.Ordinal) ? name : throw new FormatException("there is no destination of this name");

    private JournalEntry Entry(HttpContext http, EntryKind kind) => new() { Kind = kind, At = clock.GetUtcNow(), Who = http.Caller().Who, Why = http.Caller().Purpose };

    private static void Write(Utf8JsonWriter json, Delivery one)
    {
        json.WriteStartObject();
        json.WriteNumber("sequence", one.Sequence);
        json.WriteString("state", Word(one.State));
        json.WriteString("study", one.Instance.StudyUid);
        json.WriteString("series", one.Instance.SeriesUid);
        json.WriteString("instance", one.Instance.SopInstanceUid);
        json.WriteNumber("attempts", one.Attempts);
        if (one.NotBefore > DateTimeOffset.UnixEpoch) json.WriteString("notBefore", Time(one.NotBefore));
        if (one.RefusedSince is { } since) json.WriteString("refusedSince", Time(since));
        if (one.LastError is { } error) json.WriteString("lastError", error);
        if (one.TransactionUid is { } transaction) json.WriteString("transaction", transaction);
        json.WriteEndObject();
    }

    private static string Word(DeliveryState state) => state switch
    {
        DeliveryState.Waiting => "waiting",
        DeliveryState.Delivered => "delivered",
        DeliveryState.CommitmentAsked => "commitment-asked",
        DeliveryState.Committed => "committed",
        _ => "undeliverable",
    };

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static long Number(IQueryCollection query, string name, long least, long most, long otherwise)
    {
        if (query[name] is not [{ } text]) return otherwise;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most ? number
            : throw new FormatException($"'{name}' is no number from {least} to {most}");
    }

    private static async Task WriteAsync(HttpContext http, Action<Utf8JsonWriter> write)
    {
        http.Response.ContentType = "application/json";
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        await http.Response.Body.WriteAsync(bytes.WrittenMemory, http.RequestAborted);
    }
}
