using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Veridicom.Gateway.Configuration;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.Access;

/// <summary>
/// Stands before every endpoint: limits rates, recognises the caller by token, certificate or by being on this machine, and lets nobody else through
/// but to /healthz and /readyz. A credential that is given and is not good is refused: there is no falling back to a weaker one. Who is turned away,
/// here or by an endpoint's 403, stands in the journal.
/// </summary>
public sealed class AccessControl : IDisposable
{
    /// <summary>In which callers state the purpose of use; printable ASCII, at most <see cref="LongestPurpose"/> characters.</summary>
    public const string PurposeHeader = "X-Purpose-Of-Use";

    /// <summary>Longest purpose of use.</summary>
    public const int LongestPurpose = 64;

    /// <summary>Open to everybody who reaches the port: whether the process lives, and whether it is ready.</summary>
    public static IReadOnlyList<string> Open { get; } = ["/healthz", "/readyz"];

    /// <summary>Open on this machine, and to <see cref="Scope.Admin"/>.</summary>
    public const string Metrics = "/metrics";

    private static readonly Grant[] Everything = [new(Scope.Read, null), new(Scope.Write, null), new(Scope.Verify, null), new(Scope.Admin, null)];

    private readonly TokenCheck? _tokens;
    private readonly CertificateCallers _certificates;
    private readonly bool _trustLoopback;
    private readonly RateLimits _limits;
    private readonly DenialJournal _denials;

    /// <summary>Of these settings.</summary>
    /// <param name="settings">Who may call.</param>
    /// <param name="denials">Where those turned away are written down.</param>
    /// <param name="clock">What time it is.</param>
    /// <param name="log">Told where a changed file of keys cannot be used.</param>
    /// <exception cref="TokenKeysException">The file of token keys cannot be used.</exception>
    /// <exception cref="FormatException">A caller's fingerprint or scope is none.</exception>
    public AccessControl(HttpSettings settings, DenialJournal denials, TimeProvider clock, ILogger log)
    {
        _denials = denials;
        _certificates = new CertificateCallers(settings.Callers);
        _tokens = settings.Tokens is { } tokens ? new TokenCheck(tokens, new TokenKeys(tokens.KeysFile, text => log.LogWarning(AccessEvents.KeysUnusable, "{Text}", text)), clock) : null;
        _trustLoopback = settings.TrustLoopback ?? (_tokens is null && _certificates.IsEmpty);
        _limits = new RateLimits(settings);
    }

    /// <summary>Places it before whatever is added to the application later.</summary>
    public void Use(IApplicationBuilder app) => app.Use(next => context => InvokeAsync(context, next));

    /// <inheritdoc/>
    public void Dispose() => _limits.Dispose();

    private async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        SecurityHeaders.Prepare(context);
        IPAddress address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        var unknown = new Actor("unknown", "none", Text(address));
        if (_limits.Take(address) is { } wait)
        {
            await TooManyAsync(context, unknown, wait);
            return;
        }
        if (IsOpen(context.Request))
        {
            context.Features.Set(new Caller(unknown, [], null));
            await next(context);
            return;
        }
        Answer answer = await RecogniseAsync(context);
        if (answer.Who is null)
        {
            await RefuseAsync(context, unknown, answer);
            return;
        }
        if (!TryPurpose(context.Request, out string? purpose))
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "The request cannot be understood", $"{PurposeHeader} is at most {LongestPurpose} printable ASCII characters, once", "shorten it, or leave it away");
            return;
        }
        if (_limits.Take(answer.Who.Means + ' ' + answer.Who.Name) is { } later)
        {
            await TooManyAsync(context, answer.Who, later);
            return;
        }
        var caller = new Caller(answer.Who, answer.Grants, purpose);
        var denials = new Denials(_denials);
        context.Features.Set(caller);
        context.Features.Set(denials);
        // before the first byte of the answer, as all that is told, and whether the caller waits for it or not
        context.Response.OnStarting(() => context.Response.StatusCode == StatusCodes.Status403Forbidden && !denials.Told
            ? denials.RecordAsync(caller, $"may not {context.Request.Method} {context.Request.Path.Value}", null, CancellationToken.None) : Task.CompletedTask);
        await next(context);
    }

    /// <summary>Who it is, or why it is not known; the error is one of RFC 6750 3.1, null where no credential was given.</summary>
    private sealed record Answer(Actor? Who, IReadOnlyList<Grant> Grants, string? Error, string Reason);

    private async Task<Answer> RecogniseAsync(HttpContext context)
    {
        string address = Text(context.Connection.RemoteIpAddress ?? IPAddress.None);
        X509Certificate2? certificate = context.Connection.ClientCertificate;
        StringValues authorization = context.Request.Headers.Authorization;
        if (authorization.Count > 0)
        {
            if (_tokens is null) return new(null, [], "invalid_request", "tokens are not taken here");
            if (authorization.Count > 1 || authorization[0] is not { } value || !value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
                return new(null, [], "invalid_request", "one bearer token is taken, and nothing else");
            TokenAnswer token = await _tokens.JudgeAsync(value["Bearer ".Length..].Trim(' '), certificate);
            return token.Refusal is { } refusal ? new(null, [], "invalid_token", refusal) : new(new Actor(token.Subject, "token", address), token.Grants, null, "");
        }
        if (certificate is not null && _certificates.Find(certificate) is { } known) return new(new Actor(known.Name, "certificate", address), known.Grants, null, "");
        string? objection = LocalCaller.Objection(context);
        if (objection is null && _trustLoopback) return new(new Actor("loopback", "local", address), Everything, null, "");
        if (objection is null && context.Request.Path == Metrics) return new(new Actor("loopback", "local", address), [new(Scope.Admin, null)], null, "");
        if (_trustLoopback && objection is not null) return new(null, [], null, $"the request {objection}");
        return new(null, [], null, certificate is null ? "no credential was given" : "the certificate is not known");
    }

    private async Task RefuseAsync(HttpContext context, Actor who, Answer answer)
    {
        // 401 says how to do better (RFC 9110 15.5.2); where no token helps there is no better, and it is 403
        int status = _tokens is null ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized;
        if (_tokens is not null)
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"veridicom\"" + (answer.Error is null ? "" : $", error=\"{answer.Error}\", error_description=\"{answer.Reason}\"");
        await _denials.RecordAsync(who, $"{answer.Reason}: {context.Request.Method} {context.Request.Path.Value}", null, null, CancellationToken.None);
        await Problem.WriteAsync(context, status, "Not let in", answer.Reason, "present a token or certificate that this gateway takes");
    }

    private async Task TooManyAsync(HttpContext context, Actor who, TimeSpan wait)
    {
        context.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        await _denials.RecordAsync(who, "too many requests", null, null, CancellationToken.None);
        await Problem.WriteAsync(context, StatusCodes.Status429TooManyRequests, "Too many requests", "this address or caller asks more often than it may", "wait for the seconds of Retry-After");
    }

    private static bool IsOpen(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) && request.Path.Value is { } path && Open.Contains(path);

    private static bool TryPurpose(HttpRequest request, out string? purpose)
    {
        StringValues given = request.Headers[PurposeHeader];
        purpose = given.Count == 1 && given[0] is { Length: > 0 } text ? text : null;
        return given.Count == 0 || (given.Count == 1 && (purpose is null || (purpose.Length <= LongestPurpose && purpose.All(c => c is >= ' ' and <= '~'))));
    }

    private static string Text(IPAddress address) => (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
}

/// <summary>Events of access in the log.</summary>
internal static class AccessEvents
{
    public static readonly EventId KeysUnusable = new(1101, "token-keys-unusable");
}
