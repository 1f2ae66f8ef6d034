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
    /// <param name="context">Its response has not begun.</param>
    /// <param name="status">HTTP status.</param>
    /// <param name="title">What is wrong: the same for each occurrence.</param>
    /// <param name="detail">What is wrong this time.</param>
    /// <param name="remedy">What the caller can do about it.</param>
    public static Task WriteAsync(HttpContext context, int status, string title, string detail, string remedy)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = MediaType;
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("title", title);
            json.WriteNumber("status", status);
            json.WriteString("detail", detail);
            json.WriteString("remedy", remedy);
            json.WriteEndObject();
        }
        context.Response.ContentLength = buffer.WrittenCount;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted).AsTask();
    }

    /// <summary>403: the caller is known and may not do this. The middleware writes it into the journal.</summary>
    public static Task ForbidAsync(HttpContext context, Scope scope) => WriteAsync(context, StatusCodes.Status403Forbidden, "Not permitted",
        $"this needs the scope '{scope.Word()}'", "ask the operator of this gateway for it, or present another token or certificate");
}
