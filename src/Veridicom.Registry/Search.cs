using Veridicom.Dicom;

namespace Veridicom.Registry;

/// <summary>Level of a search (PS3.18-2023b 10.6.1).</summary>
public enum SearchLevel
{
    /// <summary>Studies.</summary>
    Study,
    /// <summary>Series.</summary>
    Series,
    /// <summary>Instances.</summary>
    Instance,
}

/// <summary>One attribute to match (PS3.4-2023b C.2.2.2): single value, list of UIDs, wildcard (* and ?), or range (A-B, -B, A-).</summary>
public sealed record SearchMatch(DicomTag Tag, string Value);

/// <summary>A search over accepted instances.</summary>
public sealed record SearchQuery
{
    /// <summary>What is searched for.</summary>
    public required SearchLevel Level { get; init; }

    /// <summary>Restricts to a study, null for all.</summary>
    public string? StudyUid { get; init; }

    /// <summary>Restricts to a series, null for all.</summary>
    public string? SeriesUid { get; init; }

    /// <summary>All must match. Tags outside of those that <see cref="InstanceAttributes"/> knows for this level or above are refused before this.</summary>
    public IReadOnlyList<SearchMatch> Matches { get; init; } = [];

    /// <summary>Person names match by each word, without regard to case or order (PS3.18-2023b 8.3.4.2).</summary>
    public bool Fuzzy { get; init; }

    /// <summary>Studies that the caller may see; null for all.</summary>
    public IReadOnlyCollection<string>? AllowedStudies { get; init; }

    /// <summary>Results passed over.</summary>
    public int Offset { get; init; }

    /// <summary>Most results.</summary>
    public int Limit { get; init; } = 100;
}

/// <summary>One result: attributes of its level and of the levels above, and counts.</summary>
public sealed record SearchRow
{
    /// <summary>Study Instance UID.</summary>
    public required string StudyUid { get; init; }

    /// <summary>Series Instance UID, null for studies.</summary>
    public string? SeriesUid { get; init; }

    /// <summary>The instance, null for studies and series.</summary>
    public StoredInstance? Instance { get; init; }

    /// <summary>Values by tag, those of the levels above included.</summary>
    public required InstanceAttributes Attributes { get; init; }

    /// <summary>(0008,0061), studies only.</summary>
    public IReadOnlyList<string> ModalitiesInStudy { get; init; } = [];

    /// <summary>(0020,1206), studies only.</summary>
    public int NumberOfSeries { get; init; }

    /// <summary>(0020,1208) or (0020,1209).</summary>
    public int NumberOfInstances { get; init; }
}

/// <summary>Results in a stable order, and whether more would follow.</summary>
public sealed record SearchResult(IReadOnlyList<SearchRow> Rows, bool More);
