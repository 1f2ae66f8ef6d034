using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Veridicom.Gateway.Access;

/// <summary>Refusals as problem details (RFC 9457), with words of our own only.</summary>
public static class Problem
{
    /// <summary>Media type of a problem.</summary>
    public const string MediaType = "application/problem+json";

    /// <summary>Writes a problem as the whole response.</summary>
    public static Task WriteAsync(HttpContext context, int status, string title, string? detail = null)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = MediaType;
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("title", title);
            json.WriteNumber("status", status);
            if (detail is not null) json.WriteString("detail", detail);
            json.WriteEndObject();
        }
        context.Response.ContentLength = buffer.WrittenCount;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted).AsTask();
    }

    /// <summary>403 for an endpoint to return: the caller is known and may not do this. The middleware writes it into the journal.</summary>
    public static IResult Forbidden(Scope scope) => Results.Problem(statusCode: StatusCodes.Status403Forbidden, title: "not allowed", detail: $"this takes the scope '{scope.Word()}'");
}
