using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Veridicom.Gateway.Configuration;

namespace Veridicom.Gateway.Access;

/// <summary>
/// Whether a request was made on this machine for this machine. The address alone does not say so: a proxy on the machine speaks for the world,
/// and a page of the world in a browser on the machine can send requests to loopback, under a name that it points there.
/// </summary>
public static class LocalCaller
{
    private static readonly string[] Forwarding = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via"];

    /// <summary>Null where it was, else why it does not count as such. Headers are only ever believed against the caller.</summary>
    public static string? Objection(HttpContext context)
    {
        ConnectionInfo connection = context.Connection;
        if (connection.RemoteIpAddress is not { } from || connection.LocalIpAddress is not { } to || !IPAddress.IsLoopback(from) || !IPAddress.IsLoopback(to)) return "came over the network";
        IHeaderDictionary headers = context.Request.Headers;
        if (Forwarding.Any(headers.ContainsKey)) return "came through a proxy";
        HostString host = context.Request.Host;
        if (!SettingSyntax.IsLoopback(host.Host)) return "asked for another host"; // DNS rebinding
        StringValues site = headers["Sec-Fetch-Site"];
        if (site.Count > 0 && site != "same-origin" && site != "none") return "was made by a page of another site";
        StringValues origin = headers.Origin;
        return origin.Count > 0 && origin != $"{context.Request.Scheme}://{host.Value}" ? "was made by a page of another site" : null;
    }
}
