namespace Veridicom.Dicom;

/// <summary>Why bytes are not a DICOM file, or not one that can be read in one way only.</summary>
public enum DicomError
{
    /// <summary>No error.</summary>
    None,
    /// <summary>Neither a preamble with DICM, nor meta elements, nor a data set.</summary>
    NotDicom,
    /// <summary>A header or value goes past the end of the file, of its item or of its sequence.</summary>
    Truncated,
    /// <summary>The two bytes where a value representation stands are none.</summary>
    UnknownVr,
    /// <summary>The transfer syntax is not in the table of PS3.6.</summary>
    UnknownTransferSyntax,
    /// <summary>An item or delimiter where none may be, or something else where one must be.</summary>
    BadItem,
    /// <summary>Undefined length on an element that cannot have it.</summary>
    BadUndefinedLength,
    /// <summary>Deeper than the limit.</summary>
    TooDeep,
    /// <summary>More elements, items or fragments than the limit.</summary>
    TooMany,
    /// <summary>The inflated data set exceeds the limits, absolute or by ratio.</summary>
    InflateLimit,
    /// <summary>The deflated stream is broken.</summary>
    BadDeflate,
    /// <summary>A value is longer than can be held in memory where it must be.</summary>
    ValueTooLong,
    /// <summary>An element that must be there is missing or has the wrong form.</summary>
    BadElement,
    /// <summary>The same tag twice in one data set or item (PS3.5-2023b 7.1).</summary>
    Duplicate,
    /// <summary>A tag lower than the one before it (PS3.5-2023b 7.1).</summary>
    OutOfOrder,
    /// <summary>A group that may not stand in a data set: below 0008, or FFFF and other reserved ones (PS3.5-2023b 7.1, 7.8.1).</summary>
    IllegalGroup,
    /// <summary>A value of odd length (PS3.5-2023b 7.1.1).</summary>
    OddLength,
    /// <summary>Reserved bytes of a header are not zero (PS3.5-2023b 7.1.2).</summary>
    ReservedNotZero,
    /// <summary>A group length that does not say how long its group is (PS3.5-2023b 7.2).</summary>
    GroupLengthWrong,
    /// <summary>A delimiter whose length is not zero (PS3.5-2023b 7.5).</summary>
    DelimiterLength,
    /// <summary>Bytes after the end of the data set or of its deflated stream.</summary>
    TrailingData,
}

/// <summary>A defect that leaves the file readable, but not in one way only. Bounded in number by <see cref="ParseLimits.MaxDefects"/>.</summary>
/// <param name="Code">What is wrong.</param>
/// <param name="Offset">Byte offset of the header concerned, in the source of the data set.</param>
/// <param name="Tag">The tag concerned.</param>
/// <param name="Path">Tag path, such as "(0008,1140)[1].(0008,1150)"; items count from 1.</param>
public readonly record struct DicomDefect(DicomError Code, long Offset, DicomTag Tag, string Path);

/// <summary>Bad input: what, at which byte, in which element.</summary>
public sealed class DicomException(DicomError code, long offset, string path, string message)
    : Exception(message)
{
    /// <summary>What is wrong.</summary>
    public DicomError Code { get; } = code;

    /// <summary>Byte offset in the file (in the inflated data set where the file is deflated).</summary>
    public long Offset { get; } = offset;

    /// <summary>Tag path, empty where no element is concerned.</summary>
    public string Path { get; } = path;
}

/// <summary>Limits of parsing, on by default. What exceeds one is a <see cref="DicomException"/>, never an allocation.</summary>
public sealed record ParseLimits
{
    /// <summary>Sequences within items within sequences: at most this many levels.</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>Elements, items and fragments together.</summary>
    public int MaxNodes { get; init; } = 2_000_000;

    /// <summary>Bytes that a deflated data set may inflate to.</summary>
    public long MaxInflated { get; init; } = 120L << 20;

    /// <summary>Inflated bytes allowed per deflated byte once <see cref="InflateFloor"/> is passed.</summary>
    public int MaxInflateRatio { get; init; } = 200;

    /// <summary>Bytes that any deflated data set may inflate to, whatever its ratio.</summary>
    public long InflateFloor { get; init; } = 16L << 20;

    /// <summary>Defects kept; further ones are only counted, except for the first of each kind, which is always kept.</summary>
    public int MaxDefects { get; init; } = 64;

    /// <summary>The defaults.</summary>
    public static ParseLimits Default { get; } = new();
}
