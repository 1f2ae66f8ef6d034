using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.DicomWeb;
using Veridicom.Gateway.DicomWeb.Description;
using Veridicom.Gateway.Operators;
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
    private const int MostListed = 1000;

    /// <summary>Maps them.</summary>
    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/deliveries", OperatorCall.Of(ListAsync)).WithMetadata(OperatorOperations.Deliveries);
        app.MapPost("/deliveries/retry", OperatorCall.Of(RetryAsync)).WithMetadata(OperatorOperations.Retry);
    }

    private async Task ListAsync(HttpContext http)
    {
        IQueryCollection query = http.Request.Query;
        string? destination = query["destination"] is [{ } name] ? Known(name) : null;
        DeliveryState state = query["state"] is [{ } word]
            ? Enum.GetValues<DeliveryState>().Cast<DeliveryState?>().FirstOrDefault(one => Word(one!.Value) == word) ?? throw ProblemException.BadRequest("'state' is none of waiting, delivered, commitment-asked, committed, undeliverable", "leave it away for waiting")
            : DeliveryState.Waiting;
        long after = OperatorCall.Number(http, "after", 0, long.MaxValue, 0);
        int limit = (int)OperatorCall.Number(http, "limit", 1, MostListed, 100);
        var counts = await registry.DeliveryCountsAsync(http.RequestAborted);
        var listed = destination is null ? [] : await registry.DeliveriesAsync(destination, state, after, limit, http.RequestAborted);
        await record(OperatorCall.Entry(http, EntryKind.Queried, clock) with { Destination = destination, Instances = listed.Count, Detail = "deliveries" }, http.RequestAborted);
        await OperatorCall.WriteAsync(http, json =>
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
        await record(OperatorCall.Entry(http, EntryKind.DeliveryRetried, clock) with { Destination = destination, StudyUid = study, Detail = "tried again" }, http.RequestAborted);
        await OperatorCall.WriteAsync(http, json =>
        {
            json.WriteString("destination", destination);
            if (study is not null) json.WriteString("study", study);
        });
    }

    private async Task<(string Destination, string? Study)> ReadAsync(HttpContext http)
    {
        const string remedy = "send {\"destination\": \"...\"} as application/json, with \"study\" where only one is meant";
        string? destination = null, study = null;
        await OperatorCall.ReadAsync(http, remedy, member =>
        {
            if (member.NameEquals("destination")) destination = Known(member.Value.GetString() ?? "");
            else if (member.NameEquals("study")) study = member.Value.GetString() is { } uid && ScopeText.IsUid(uid) ? uid : throw ProblemException.BadRequest("'study' is no UID", remedy);
            else throw ProblemException.BadRequest("the body may have 'destination' and 'study' only", remedy);
        });
        return (destination ?? throw ProblemException.BadRequest("'destination' is missing", remedy), study);
    }

    private string Known(string name) => destinations.Contains(name, StringComparer.Ordinal) ? name : throw ProblemException.BadRequest("there is no destination of this name", "the configuration names them");

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
}
