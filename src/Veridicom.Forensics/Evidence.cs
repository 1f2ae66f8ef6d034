namespace Veridicom.Forensics;

/// <summary>Where evidence was found. The two are never mixed: metadata is easily taken off, and its absence says nothing.</summary>
public enum EvidenceSource
{
    /// <summary>What the file says of itself.</summary>
    Metadata,

    /// <summary>What its pixels show.</summary>
    Pixels,
}

/// <summary>What evidence speaks for.</summary>
public enum EvidenceFor
{
    /// <summary>Neither: worth knowing.</summary>
    Neither,

    /// <summary>The image was made by a generator.</summary>
    Generation,

    /// <summary>The image was changed.</summary>
    Manipulation,

    /// <summary>The image is unlike what the detector knows: its score should not be trusted.</summary>
    Strangeness,
}

/// <summary>One finding, in words and numbers. Text may quote the file: whoever shows it escapes it.</summary>
/// <param name="Source">Metadata or pixels.</param>
/// <param name="Code">A fixed word for programs, such as <c>c2pa-generator</c>.</param>
/// <param name="For">What it speaks for.</param>
/// <param name="IsDecisive">True where it settles the opinion by itself.</param>
/// <param name="Text">One sentence for people.</param>
/// <param name="Numbers">What was measured, by name.</param>
public sealed record Evidence(EvidenceSource Source, string Code, EvidenceFor For, bool IsDecisive, string Text, IReadOnlyList<KeyValuePair<string, double>> Numbers)
{
    /// <summary>Without numbers.</summary>
    public Evidence(EvidenceSource source, string code, EvidenceFor speaksFor, bool isDecisive, string text) : this(source, code, speaksFor, isDecisive, text, [])
    {
    }
}
