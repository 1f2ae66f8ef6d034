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
using Veridicom.Registry.Store;
using Veridicom.Seals.Verify;

namespace Veridicom.Gateway.Intake;

/// <summary>
/// What an operator does with instances that are held back: GET /quarantine lists them, GET /quarantine/{sequence} gives the bytes, POST
/// /quarantine/{sequence}/release or /reject decides, with a reason. Scope admin; every step is a journal entry.
/// </summary>
public sealed class QuarantineEndpoints(IReadOnlyList<Route> routes, IRegistry registry, IObjectStore store, Recorder record, HoldUid hold, TimeProvider clock)
{
    private const int MostListed = 1000, LongestReason = 500;

    private readonly SemaphoreSlim _deciding = new(1, 1);

    /// <summary>Maps them.</summary>
    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/quarantine", OperatorCall.Of(ListAsync)).WithMetadata(OperatorOperations.Quarantine);
        app.MapGet("/quarantine/{sequence:long}", OperatorCall.Of(BytesAsync)).WithMetadata(OperatorOperations.QuarantinedFile);
        app.MapPost("/quarantine/{sequence:long}/release", OperatorCall.Of(http => DecideAsync(http, release: true))).WithMetadata(OperatorOperations.Release);
        app.MapPost("/quarantine/{sequence:long}/reject", OperatorCall.Of(http => DecideAsync(http, release: false))).WithMetadata(OperatorOperations.Reject);
    }

    private async Task ListAsync(HttpContext http)
    {
        string wanted = http.Request.Query["state"] is [{ } word] ? word : "quarantined";
        InstanceState state = wanted switch
        {
            "quarantined" => InstanceState.Quarantined,
            "conflict" => InstanceState.Conflict,
            "rejected" => InstanceState.Rejected,
            _ => throw ProblemException.BadRequest("'state' is none of quarantined, conflict and rejected", "leave it away for quarantined"),
        };
        long after = OperatorCall.Number(http, "after", 0, long.MaxValue, 0);
        int limit = (int)OperatorCall.Number(http, "limit", 1, MostListed, 100);
        IReadOnlyList<StoredInstance> found = await registry.ListAsync(state, after, limit, http.RequestAborted);
        await record(OperatorCall.Entry(http, EntryKind.Queried, clock) with { Instances = found.Count, Detail = "quarantine: " + wanted }, null, http.RequestAborted);
        await OperatorCall.WriteAsync(http, json =>
        {
            json.WriteStartArray("instances");
            foreach (StoredInstance instance in found)
            {
                json.WriteStartObject();
                Write(json, instance);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            if (found.Count == limit) json.WriteNumber("next", found[^1].Sequence);
        });
    }

    private async Task BytesAsync(HttpContext http)
    {
        StoredInstance instance = await FindAsync(http);
        using StoredObject stored = store.Open(instance.Object) ?? throw ProblemException.NotFound("file in the store");
        await record(OperatorCall.Entry(http, EntryKind.Retrieved, clock) with
        {
            StudyUid = instance.StudyUid, SeriesUid = instance.SeriesUid, SopInstanceUid = instance.SopInstanceUid, SopClassUid = instance.SopClassUid, Object = instance.Object, State = instance.State,
        }, null, http.RequestAborted);
        http.Response.ContentType = "application/dicom";
        http.Response.Headers.ContentDisposition = string.Create(CultureInfo.InvariantCulture, $"attachment; filename=\"quarantine-{instance.Sequence}.dcm\"");
        http.Response.ContentLength = stored.Length;
        const int step = 1 << 18;
        for (long at = 0; at < stored.Length; at += step)
        {
            int count = (int)Math.Min(step, stored.Length - at);
            stored.Window(at, count).CopyTo(http.Response.BodyWriter.GetSpan(count));
            http.Response.BodyWriter.Advance(count);
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
        }
    }

    internal async Task DecideAsync(HttpContext http, bool release)
    {
        (string reason, bool replace) = await ReadDecisionAsync(http);
        StoredInstance after = await DecideAsync(http, release, reason, replace);
        await OperatorCall.WriteAsync(http, json => Write(json, after));
    }

    private async Task<StoredInstance> DecideAsync(HttpContext http, bool release, string reason, bool replace)
    {
        await _deciding.WaitAsync(http.RequestAborted);
        try
        {
            StoredInstance instance = await FindAsync(http);
            // else one that is being taken in at this moment could lose its place without anybody having said so
            using IDisposable held = await hold(instance.SopInstanceUid, http.RequestAborted);
            instance = await FindAsync(http); // what it says now counts: before, the database could be behind the journal
            if (instance.State is not (InstanceState.Quarantined or InstanceState.Conflict or InstanceState.Rejected) || (!release && instance.State == InstanceState.Rejected))
                throw Conflict($"the instance is {instance.State.Word()}", "list what is held back: GET /quarantine");
            if (release) await ReleaseAsync(http, instance, reason, replace);
            else await record(Decision(http, EntryKind.Rejected, instance, InstanceState.Rejected, reason), null, CancellationToken.None);
            return await FindAsync(http);
        }
        finally
        {
            _deciding.Release();
        }
    }

    private async Task ReleaseAsync(HttpContext http, StoredInstance instance, string reason, bool replace)
    {
        if (!new[] { instance.SopInstanceUid, instance.SopClassUid, instance.SeriesUid, instance.StudyUid, instance.TransferSyntaxUid }.All(ScopeText.IsUid)) throw Conflict("the file cannot be read as an instance", "fetch its bytes, have it repaired, and send it again");
        StoredInstance? standing = (await registry.InstancesAsync(instance.SopInstanceUid, http.RequestAborted)).FirstOrDefault(i => i.State == InstanceState.Accepted);
        if (standing is not null && !replace) throw Conflict($"instance {standing.Sequence} with the same UID is accepted", "to have this one take its place, and the other be in conflict, send \"replace\": true");
        IReadOnlyList<string> destinations = routes.FirstOrDefault(r => r.Name == instance.Route)?.ForwardTo ?? [];
        // to the end, even where the operator's browser is gone: what comes under this UID next must see it
        await record(Decision(http, EntryKind.Released, instance, InstanceState.Accepted, reason) with { Destinations = destinations }, null, CancellationToken.None);
    }

    private JournalEntry Decision(HttpContext http, EntryKind kind, StoredInstance instance, InstanceState state, string reason) => OperatorCall.Entry(http, kind, clock) with
    {
        StudyUid = instance.StudyUid, SeriesUid = instance.SeriesUid, SopInstanceUid = instance.SopInstanceUid, SopClassUid = instance.SopClassUid, Instance = instance.Sequence, Object = instance.Object,
        Size = instance.Size, TransferSyntaxUid = instance.TransferSyntaxUid, ContentDigest = instance.ContentDigest, State = state, Route = instance.Route,
        Verdict = instance.Verdict.Word(), SealIdentity = instance.SealIdentity, Detail = reason,
    };

    private async Task<StoredInstance> FindAsync(HttpContext http)
    {
        long sequence = long.Parse((string)http.Request.RouteValues["sequence"]!, CultureInfo.InvariantCulture);
        return await registry.InstanceAsync(sequence, http.RequestAborted) ?? throw ProblemException.NotFound("instance");
    }

    private static async Task<(string Reason, bool Replace)> ReadDecisionAsync(HttpContext http)
    {
        const string remedy = "send {\"reason\": \"...\"} as application/json";
        string? reason = null;
        bool replace = false;
        await OperatorCall.ReadAsync(http, remedy, member =>
        {
            if (member.NameEquals("reason")) reason = member.Value.GetString();
            else if (member.NameEquals("replace")) replace = member.Value.GetBoolean();
            else throw ProblemException.BadRequest("an unknown member", remedy);
        });
        if (string.IsNullOrWhiteSpace(reason) || reason.Length > LongestReason) throw ProblemException.BadRequest($"no reason of 1 to {LongestReason} characters is given", remedy);
        return (Dicom.Text.TextDisplay.Escape(reason), replace);
    }

    private static ProblemException Conflict(string detail, string remedy) => new(StatusCodes.Status409Conflict, "Not possible in its present state", detail, remedy);

    private static void Write(Utf8JsonWriter json, StoredInstance instance)
    {
        json.WriteNumber("sequence", instance.Sequence);
        json.WriteString("state", instance.State.Word());
        json.WriteString("studyInstanceUid", instance.StudyUid);
        json.WriteString("seriesInstanceUid", instance.SeriesUid);
        json.WriteString("sopInstanceUid", instance.SopInstanceUid);
        json.WriteString("sopClassUid", instance.SopClassUid);
        json.WriteString("transferSyntaxUid", instance.TransferSyntaxUid);
        json.WriteString("object", instance.Object.Hex);
        json.WriteNumber("size", instance.Size);
        json.WriteString("receivedAt", instance.ReceivedAt.UtcDateTime);
        json.WriteString("receivedFrom", instance.ReceivedFrom);
        json.WriteString("route", instance.Route);
        json.WriteString("verdict", instance.Verdict.Word());
        json.WriteString("sealIdentity", instance.SealIdentity);
    }
}
