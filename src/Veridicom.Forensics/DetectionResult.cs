namespace Veridicom.Forensics;

/// <summary>The opinion on one image.</summary>
public sealed record DetectionResult
{
    /// <summary>The opinion.</summary>
    public required Opinion Opinion { get; init; }

    /// <summary>Calibrated, 0..1, of the pixels alone: near 0 nothing unusual, near 1 much like what generators make. Null where the pixels could not be judged.</summary>
    public required double? Score { get; init; }

    /// <summary>What was found, metadata first, the weightier first.</summary>
    public required IReadOnlyList<Evidence> Evidence { get; init; }

    /// <summary>Parts that look changed, the most unusual first.</summary>
    public IReadOnlyList<LocalFinding> Places { get; init; } = [];

    /// <summary>Where the image stands out; null where nothing local was looked for.</summary>
    public HeatMap? Map { get; init; }

    /// <summary>Version of the model, as its file says.</summary>
    public required string Model { get; init; }

    /// <summary>Whose thresholds were used: <c>shipped</c>, or the name of a site.</summary>
    public required string Thresholds { get; init; }
}
