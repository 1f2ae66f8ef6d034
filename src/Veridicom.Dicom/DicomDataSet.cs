using Veridicom.Dicom.Parsing;

namespace Veridicom.Dicom;

/// <summary>What a node of a parsed data set is.</summary>
public enum NodeKind : byte
{
    /// <summary>The data set itself.</summary>
    Root,
    /// <summary>An element whose value is bytes.</summary>
    Element,
    /// <summary>An element of VR SQ, or UN holding a sequence; its children are items.</summary>
    Sequence,
    /// <summary>An item of a sequence; its children are elements.</summary>
    Item,
    /// <summary>An encapsulated value; its children are fragments, the offset table first (PS3.5-2023b A.4).</summary>
    Encapsulated,
    /// <summary>One fragment.</summary>
    Fragment,
}

/// <summary>How a node was written.</summary>
[Flags]
public enum NodeForm : byte
{
    /// <summary>Explicit VR, little endian, defined length.</summary>
    None = 0,
    /// <summary>The length field is FFFFFFFF and a delimiter ends the value.</summary>
    UndefinedLength = 1,
    /// <summary>The header carries no VR.</summary>
    Implicit = 2,
    /// <summary>Big endian.</summary>
    BigEndian = 4,
    /// <summary>A sequence written with VR UN, its content implicit VR little endian (PS3.5-2023b 6.2.2).</summary>
    FromUnknown = 8,
}

/// <summary>
/// A parsed data set: nodes in document order over the bytes they came from. Nothing is copied: a node keeps the place of its
/// header and of its value, and its length form, so that what was not touched can be written back byte for byte.
/// </summary>
public sealed class DicomDataSet
{
    private readonly NodeList _nodes;

    internal DicomDataSet(ByteSource source, NodeList nodes, IReadOnlyList<DicomDefect> defects, long defectCount)
    {
        Source = source;
        _nodes = nodes;
        Defects = defects;
        DefectCount = defectCount;
    }

    /// <summary>Parses a bare data set in a known form, from the first byte of the source to its last.</summary>
    /// <exception cref="DicomException">The bytes cannot be read in this form, or exceed a limit.</exception>
    public static DicomDataSet Parse(ByteSource source, NodeForm form, ParseLimits? limits = null) =>
        DataSetParser.Parse(source, 0, form, limits ?? ParseLimits.Default, DataSetPart.Instance, out _);

    /// <summary>The bytes the offsets refer to; the inflated ones for a deflated file.</summary>
    public ByteSource Source { get; }

    /// <summary>
    /// What keeps this data set from being read in one way only, in document order; empty for a sound one. The first defect of each kind
    /// is among them, however many there are.
    /// </summary>
    public IReadOnlyList<DicomDefect> Defects { get; }

    /// <summary>Number of defects found, those beyond the limit included.</summary>
    public long DefectCount { get; }

    /// <summary>Nodes: the root, elements, items and fragments.</summary>
    public int NodeCount => _nodes.Count;

    /// <summary>The data set as a node; enumerate it for the elements of the top level.</summary>
    public DicomNode Root => new(this, 0);

    /// <summary>The node at an index in document order; 0 is the root.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such node.</exception>
    public DicomNode this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, NodeCount);
            return new DicomNode(this, index);
        }
    }

    internal ref readonly NodeRecord Record(int index) => ref _nodes[index];

    /// <summary>The element of the top level with this tag: the first, where a defective set holds it twice.</summary>
    public bool TryFind(DicomTag tag, out DicomNode node) => Root.TryFind(tag, out node);

    /// <summary>Value of a text element of the top level as ASCII without padding, or null where absent. For UIDs and codes.</summary>
    public string? Ascii(DicomTag tag) => TryFind(tag, out DicomNode node) ? node.Ascii() : null;

    /// <summary>First value of a US element of the top level.</summary>
    public bool TryUInt16(DicomTag tag, out ushort value)
    {
        value = 0;
        return TryFind(tag, out DicomNode node) && node.TryUInt16(out value);
    }
}
