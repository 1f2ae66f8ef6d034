using System.IO.Enumeration;
using Veridicom.Gateway.Configuration;
using Veridicom.Seals.Verify;

namespace Veridicom.Gateway.Intake;

/// <summary>What a route does with an instance: the words of <see cref="RouteSettings.Do"/>.</summary>
public enum Handling
{
    /// <summary>Seal what is unsealed as acquisition, verify what is sealed, quarantine what is altered.</summary>
    Seal,
    /// <summary>The same, and the claims say that it was found so.</summary>
    SealAsFound,
    /// <summary>Verify, and let everything through; what is altered is called so in the audit trail.</summary>
    Verify,
    /// <summary>Let through only the verdicts that the route accepts.</summary>
    VerifyOrQuarantine,
    /// <summary>Store as it is, with its verdict.</summary>
    Pass,
}

/// <summary>One route, ready to decide.</summary>
public sealed class Route
{
    private readonly RouteSettings _settings;

    /// <summary>Makes a route ready.</summary>
    /// <param name="settings">Checked settings.</param>
    /// <param name="policy">The content of its policy file, null where it names none.</param>
    public Route(RouteSettings settings, Policy? policy)
    {
        _settings = settings;
        Policy = policy;
        Handling = TryHandling(settings.Do, out Handling handling) ? handling : throw new ArgumentException($"'{settings.Do}' is nothing that a route does", nameof(settings));
        Accept = settings.Accept.Select(word => TryVerdict(word, out VerdictKind kind) ? kind : throw new ArgumentException($"'{word}' is no verdict", nameof(settings))).ToHashSet();
    }

    /// <summary>Name, in registry and audit trail.</summary>
    public string Name => _settings.Name;

    /// <summary>Names of destinations.</summary>
    public IReadOnlyList<string> ForwardTo => _settings.ForwardTo;

    /// <summary>What it does.</summary>
    public Handling Handling { get; }

    /// <summary>Verdicts that <see cref="Handling.VerifyOrQuarantine"/> lets through.</summary>
    public IReadOnlySet<VerdictKind> Accept { get; }

    /// <summary>Demands beyond the verdict, null for none.</summary>
    public Policy? Policy { get; }

    /// <summary>Whether an instance of this modality from this source goes this way. AE titles match by * and ?, with their case.</summary>
    public bool Matches(ArrivalSource source, string modality) =>
        Any(_settings.CallingAe, source.CallingAe) && Any(_settings.CalledAe, source.CalledAe)
        && (_settings.Modality.Count == 0 || _settings.Modality.Contains(modality, StringComparer.Ordinal))
        && (_settings.Protocol.Count == 0 || _settings.Protocol.Contains(source.Protocol.Word(), StringComparer.Ordinal));

    private static bool Any(IReadOnlyList<string> patterns, string? title) =>
        patterns.Count == 0 || (title is not null && patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, title, ignoreCase: false)));

    /// <summary>The words of all handlings.</summary>
    public static IEnumerable<string> HandlingWords => Enum.GetValues<Handling>().Select(handling => handling.Word());

    /// <summary>"seal-as-found" and the like.</summary>
    public static bool TryHandling(string word, out Handling handling) => TryWord(word, out handling);

    /// <summary>"authentic" and the like.</summary>
    public static bool TryVerdict(string word, out VerdictKind kind) => TryWord(word, out kind);

    private static bool TryWord<T>(string word, out T value) where T : struct, Enum
    {
        foreach (T candidate in Enum.GetValues<T>())
        {
            if (candidate.Word() != word) continue;
            value = candidate;
            return true;
        }
        value = default;
        return false;
    }
}
