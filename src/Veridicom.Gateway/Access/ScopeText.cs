using System.Diagnostics.CodeAnalysis;
using Veridicom.Dimse.Messages;

namespace Veridicom.Gateway.Access;

/// <summary>Scopes as text: read, write, verify, admin; the first three may be narrowed to a study as "read:1.2.3".</summary>
public static class ScopeText
{
    /// <summary>Most scopes that one caller may have: enough for a viewer's list of studies.</summary>
    public const int Most = 256;

    /// <summary>Reads one scope.</summary>
    public static bool TryParse(string text, out Grant grant)
    {
        ArgumentNullException.ThrowIfNull(text);
        grant = default;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string? study = colon < 0 ? null : text[(colon + 1)..];
        Scope? scope = (colon < 0 ? text : text[..colon]) switch
        {
            "read" => Scope.Read,
            "write" => Scope.Write,
            "verify" => Scope.Verify,
            "admin" => Scope.Admin,
            _ => null,
        };
        // what an operator does concerns the gateway, never one study alone
        if (scope is null || (study is not null && (scope == Scope.Admin || !IsUid(study)))) return false;
        grant = new Grant(scope.Value, study);
        return true;
    }

    /// <summary>
    /// Reads the scopes of a token (RFC 8693 4.2: words apart by spaces). Words that are none of ours are for other services and are passed over.
    /// Null where there are more than <see cref="Most"/> words.
    /// </summary>
    public static IReadOnlyList<Grant>? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length > Most) return null;
        var grants = new List<Grant>();
        foreach (string word in words)
        {
            if (TryParse(word, out Grant grant)) grants.Add(grant);
        }
        return grants;
    }

    /// <summary>The word of a scope.</summary>
    public static string Word(this Scope scope) => scope switch
    {
        Scope.Read => "read",
        Scope.Write => "write",
        Scope.Verify => "verify",
        Scope.Admin => "admin",
        _ => throw new ArgumentOutOfRangeException(nameof(scope)),
    };

    /// <summary>1 to 64 digits and dots (PS3.5-2023b 9.1): all that a UID may be to be compared with one.</summary>
    public static bool IsUid([NotNullWhen(true)] string? text) => text is not null && DimseUid.IsValid(text);
}
