using Veridicom.Seals.Verify;

namespace Veridicom.Reports.Html;

/// <summary>What a report was asked for, and with what it was made.</summary>
public sealed record ReportSettings
{
    /// <summary>Trust list, policy and time of the verification.</summary>
    public required VerifyOptions Options { get; init; }

    /// <summary>The paths that the user named.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Where the trust list comes from, as the user named it; empty for the organisation's own.</summary>
    public IReadOnlyList<string> TrustPaths { get; init; } = [];

    /// <summary>The policy file as the user named it.</summary>
    public string? PolicyPath { get; init; }

    /// <summary>Whether name, ID, birth date, accession number, dates and descriptions are shown.</summary>
    public bool ShowPatient { get; init; } = true;

    /// <summary>Name and version of this program.</summary>
    public required string Program { get; init; }
}
