using Microsoft.AspNetCore.Http;

namespace Veridicom.Gateway.Access;

/// <summary>Headers that every response has unless its endpoint sets its own: nothing is sniffed, framed, run, kept by caches or told to other sites.</summary>
public static class SecurityHeaders
{
    /// <summary>Makes them part of the response once it starts.</summary>
    public static void Prepare(HttpContext context) => context.Response.OnStarting(static state =>
    {
        var context = (HttpContext)state;
        IHeaderDictionary headers = context.Response.Headers;
        headers.TryAdd("X-Content-Type-Options", "nosniff");
        headers.TryAdd("X-Frame-Options", "DENY");
        headers.TryAdd("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
        headers.TryAdd("Referrer-Policy", "no-referrer");
        headers.TryAdd("Cross-Origin-Resource-Policy", "same-origin");
        headers.TryAdd("Cache-Control", "no-store");
        if (context.Request.IsHttps) headers.TryAdd("Strict-Transport-Security", "max-age=31536000");
        return Task.CompletedTask;
    }, context);
}
