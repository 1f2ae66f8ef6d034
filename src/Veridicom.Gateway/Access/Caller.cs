using Microsoft.AspNetCore.Http;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.Access;

/// <summary>What a caller over HTTP may do.</summary>
public enum Scope
{
    /// <summary>Search and retrieve.</summary>
    Read,
    /// <summary>Store.</summary>
    Write,
    /// <summary>Ask for verdicts and reports. Read includes it.</summary>
    Verify,
    /// <summary>Quarantine, queues, audit trail. Includes no other.</summary>
    Admin,
}

/// <summary>A scope, for all studies or for one.</summary>
public readonly record struct Grant(Scope Scope, string? StudyUid);

/// <summary>Who makes a request, and what it may do. Every endpoint asks; none knows how the caller was recognised.</summary>
/// <param name="who">For the audit trail.</param>
/// <param name="grants">Everything granted.</param>
/// <param name="purpose">Purpose of use that the caller stated, null without one.</param>
public sealed class Caller(Actor who, IReadOnlyList<Grant> grants, string? purpose)
{
    /// <summary>For the audit trail.</summary>
    public Actor Who { get; } = who;

    /// <summary>Purpose of use that the caller stated.</summary>
    public string? Purpose { get; } = purpose;

    /// <summary>Whether the caller may do this to this study; with null: to all studies, or to what belongs to none.</summary>
    public bool May(Scope scope, string? studyUid) => grants.Any(grant =>
        (grant.Scope == scope || (grant.Scope == Scope.Read && scope == Scope.Verify)) && (grant.StudyUid is null || grant.StudyUid == studyUid));

    /// <summary>The studies to which the caller may do this, null for all, empty for none.</summary>
    public IReadOnlyCollection<string>? Studies(Scope scope) => May(scope, null) ? null
        : [.. grants.Where(grant => (grant.Scope == scope || (grant.Scope == Scope.Read && scope == Scope.Verify)) && grant.StudyUid is not null).Select(grant => grant.StudyUid!).Distinct(StringComparer.Ordinal)];
}

/// <summary>The caller of a request.</summary>
public static class CallerFeature
{
    /// <summary>The caller whom the access middleware recognised. Every request that reaches an endpoint has one.</summary>
    public static Caller Caller(this HttpContext context) => context.Features.Get<Caller>() ?? throw new InvalidOperationException("the request passed no access control");
}
