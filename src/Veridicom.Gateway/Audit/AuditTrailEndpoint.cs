using System.Buffers;
using System.Globalization;
using System.Text;
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

namespace Veridicom.Gateway.Audit;

/// <summary>
/// GET /audit-trail: the journal for operators, by sequence, filtered. Reading it is an entry of it, written before anything is given out.
/// </summary>
public static class AuditTrailEndpoint
{
    /// <summary>Most entries of one answer, and how many lines one request looks at.</summary>
    public const int MostEntries = 1000, MostLines = 20000;

    /// <summary>An answer that has become as long as this many bytes ends: a few entries have megabytes.</summary>
    private const int MostAnswer = 16 << 20;

    private const int Usual = 100, Batch = 64, LongestWho = 128;
    private static readonly string[] Known = ["after", "limit", "study", "who", "since", "kind"];

    /// <summary>Maps it.</summary>
    /// <param name="app">The application.</param>
    /// <param name="registry">Has the journal.</param>
    /// <param name="record">Makes an entry durable: <c>Vault.RecordAsync</c>.</param>
    /// <param name="clock">What time it is.</param>
    public static void MapAuditTrail(this IEndpointRouteBuilder app, IRegistry registry, Func<JournalEntry, CancellationToken, Task> record, TimeProvider clock) =>
        app.MapGet("/audit-trail", OperatorCall.Of(http => AnswerAsync(http, registry, record, clock))).WithMetadata(OperatorOperations.AuditTrail);

    private sealed record Filter(long After, int Limit, string? Study, string? Who, DateTimeOffset? Since, EntryKind? Kind)
    {
        public bool Takes(JournalEntry entry) => (Study is null || entry.StudyUid == Study) && (Who is null || entry.Who.Name == Who) && (Since is null || entry.At >= Since) && (Kind is null || entry.Kind == Kind);
    }

    private static async Task AnswerAsync(HttpContext http, IRegistry registry, Func<JournalEntry, CancellationToken, Task> record, TimeProvider clock)
    {
        Filter filter = Read(http.Request.Query, out string fault) ?? throw ProblemException.BadRequest(fault, "see /openapi/v1.json");
        await record(OperatorCall.Entry(http, EntryKind.AuditTrailRead, clock) with { StudyUid = filter.Study, Detail = Describe(filter) }, http.RequestAborted);
        await OperatorCall.WriteAsync(http, await WriteAsync(registry, filter, http.RequestAborted));
    }

    private static async Task<ReadOnlyMemory<byte>> WriteAsync(IRegistry registry, Filter filter, CancellationToken stop)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("entries");
            long last = filter.After;
            int found = 0;
            bool ended = false;
            for (int looked = 0; looked < MostLines && found < filter.Limit && Length() < MostAnswer && !ended;)
            {
                IReadOnlyList<(long Sequence, string Hash, string Line)> lines = await registry.JournalAsync(last, Batch, stop);
                ended = lines.Count < Batch;
                foreach ((long sequence, string hash, string line) in lines)
                {
                    looked++;
                    last = sequence;
                    (_, JournalEntry entry) = JournalText.Read(Encoding.UTF8.GetBytes(line));
                    if (!filter.Takes(entry)) continue;
                    json.WriteStartObject();
                    json.WriteString("hash", hash);
                    json.WritePropertyName("entry");
                    json.WriteRawValue(line);
                    json.WriteEndObject();
                    if (++found == filter.Limit || Length() >= MostAnswer)
                    {
                        ended &= sequence == lines[^1].Sequence;
                        break;
                    }
                }
            }
            json.WriteEndArray();
            // where to go on; null at the newest entry
            if (ended) json.WriteNull("next");
            else json.WriteNumber("next", last);
            json.WriteEndObject();

            long Length() => json.BytesCommitted + json.BytesPending;
        }
        return buffer.WrittenMemory;
    }

    private static Filter? Read(IQueryCollection query, out string fault)
    {
        fault = "";
        if (query.Keys.FirstOrDefault(key => !Known.Contains(key)) is not null) return Fault($"the parameters are {string.Join(", ", Known)}", out fault);
        if (query.Any(pair => pair.Value.Count != 1)) return Fault("each parameter stands once", out fault);
        long after = 0;
        int limit = Usual;
        DateTimeOffset? since = null;
        EntryKind? kind = null;
        if (Text("after") is { } afterText && (!long.TryParse(afterText, NumberStyles.None, CultureInfo.InvariantCulture, out after) || after < 0)) return Fault("after is a sequence number", out fault);
        if (Text("limit") is { } limitText && (!int.TryParse(limitText, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MostEntries)) return Fault($"limit is 1 to {MostEntries}", out fault);
        if (Text("study") is { } study && !ScopeText.IsUid(study)) return Fault("study is a UID", out fault);
        if (Text("who") is { Length: > LongestWho }) return Fault($"who has at most {LongestWho} characters", out fault);
        if (Text("since") is { } sinceText)
        {
            if (!DateTimeOffset.TryParse(sinceText, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)) return Fault("since is a time as 2026-06-01T12:00:00Z", out fault);
            since = time;
        }
        if (Text("kind") is { } word)
        {
            if (!JournalText.TryKind(word, out EntryKind read)) return Fault("kind is a kind of entry, such as 'received'", out fault);
            kind = read;
        }
        return new Filter(after, limit, Text("study"), Text("who"), since, kind);

        string? Text(string name) => query.TryGetValue(name, out var value) ? value[0] ?? "" : null;
    }

    private static Filter? Fault(string text, out string fault)
    {
        fault = text;
        return null;
    }

    private static string Describe(Filter filter)
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"entries after {filter.After}"));
        if (filter.Who is { } who) text.Append(", who ").Append(Veridicom.Dicom.Text.TextDisplay.Escape(who));
        if (filter.Since is { } since) text.Append(CultureInfo.InvariantCulture, $", since {since.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}");
        if (filter.Kind is { } kind) text.Append(", kind ").Append(kind.Word());
        return text.ToString();
    }
}
