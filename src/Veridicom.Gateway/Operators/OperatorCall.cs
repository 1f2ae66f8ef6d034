using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.DicomWeb;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.Operators;

/// <summary>What the calls of operators have in common: scope admin, numbers of the query, strict JSON in, JSON out, and problem documents for whatever goes wrong.</summary>
internal static class OperatorCall
{
    private const int LongestBody = 4096;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 4, AllowDuplicateProperties = false };

    /// <summary>Runs an operation for callers with the scope admin; what it throws is answered.</summary>
    public static RequestDelegate Of(Func<HttpContext, Task> operation) => async http =>
    {
        try
        {
            if (!http.Caller().May(Scope.Admin, null)) throw ProblemException.Forbidden(Scope.Admin.Word());
            await operation(http);
        }
        catch (Exception e) when (!http.Response.HasStarted && DicomWebRequest.ProblemOf(e) is { } problem)
        {
            await DicomWebRequest.WriteAsync(http, problem);
        }
    };

    /// <summary>An entry about what this caller does.</summary>
    public static JournalEntry Entry(HttpContext http, EntryKind kind, TimeProvider clock) => new() { Kind = kind, At = clock.GetUtcNow(), Who = http.Caller().Who, Why = http.Caller().Purpose };

    /// <summary>A number of the query.</summary>
    /// <exception cref="ProblemException">It is none, or out of its range.</exception>
    public static long Number(HttpContext http, string name, long least, long most, long otherwise)
    {
        if (http.Request.Query[name] is not [{ } text]) return otherwise;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most
            ? number : throw ProblemException.BadRequest($"'{name}' is no number from {least} to {most}", "leave it away");
    }

    /// <summary>Reads the body, a JSON object of at most 4096 bytes; each member once.</summary>
    /// <param name="http">The call.</param>
    /// <param name="remedy">What should have been sent.</param>
    /// <param name="member">Told each member; may throw <see cref="InvalidOperationException"/> for a value of the wrong kind.</param>
    /// <exception cref="ProblemException">It is something else.</exception>
    public static async Task ReadAsync(HttpContext http, string remedy, Action<JsonProperty> member)
    {
        if (!http.Request.HasJsonContentType()) throw ProblemException.BadRequest("the body is not application/json", remedy);
        byte[] body = new byte[LongestBody + 1];
        int length = await http.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, http.RequestAborted);
        if (length > LongestBody) throw ProblemException.BadRequest($"the body has more than {LongestBody} bytes", remedy);
        try
        {
            using JsonDocument document = JsonDocument.Parse(body.AsMemory(0, length), Strict);
            foreach (JsonProperty one in document.RootElement.EnumerateObject()) member(one);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw ProblemException.BadRequest("the body is not the JSON object that is expected", remedy);
        }
    }

    /// <summary>Answers with a JSON object.</summary>
    public static async Task WriteAsync(HttpContext http, Action<Utf8JsonWriter> members)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        await WriteAsync(http, body.WrittenMemory);
    }

    /// <summary>Answers with JSON.</summary>
    public static async Task WriteAsync(HttpContext http, ReadOnlyMemory<byte> json)
    {
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.ContentLength = json.Length;
        await http.Response.Body.WriteAsync(json, http.RequestAborted);
    }
}
