namespace Veridicom.Forensics.Metadata.Traces;

/// <summary>What kind of text a field holds.</summary>
internal enum FieldRole
{
    /// <summary>The program that made the file: Software, CreatorTool, Originating Program.</summary>
    Software,

    /// <summary>Anything written for people.</summary>
    Description,

    /// <summary>A code of IPTC's list of digital source types.</summary>
    SourceType,

    /// <summary>Names the system of artificial intelligence, or what it was asked for, in a field that exists for nothing else.</summary>
    GeneratorSystem,

    /// <summary>A digital source type of something that went into the image.</summary>
    IngredientSourceType,

    /// <summary>A program of an earlier step.</summary>
    HistorySoftware,

    /// <summary>Where a C2PA manifest is kept.</summary>
    Provenance,
}

/// <summary>One text of a file.</summary>
/// <param name="Place">Where it stands, for people: Exif Software, PNG text 'parameters'...</param>
/// <param name="Key">The keyword of PNG or XMP, else empty.</param>
/// <param name="Role">What kind it is.</param>
/// <param name="Text">The text, at most <see cref="MaxLength"/> characters.</param>
internal sealed record TextField(string Place, string Key, FieldRole Role, string Text)
{
    /// <summary>The most characters that are looked at.</summary>
    public const int MaxLength = 65536;

    /// <summary>The most fields of a file.</summary>
    public const int MaxFields = 1024;
}
