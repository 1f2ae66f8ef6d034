using System.Buffers.Binary;
using System.Globalization;
using System.Text;

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

/// <summary>One entry of the flat array that a data set is parsed into. Offsets are bytes in the data set's source.</summary>
internal struct NodeRecord
{
    public long HeaderOffset;
    public long ValueOffset;
    public long ValueLength; // without the delimiter
    public uint Tag;
    public int Parent;
    public int Next; // index of the first node after this one and all its descendants
    public Vr Vr;
    public NodeKind Kind;
    public NodeForm Form;
}

/// <summary>
/// A parsed data set: nodes in document order over the bytes they came from. Nothing is copied: a node keeps the place of its
/// header and of its value, and its length form, so that what was not touched can be written back byte for byte.
/// </summary>
public sealed class DicomDataSet
{
    private readonly NodeRecord[] _nodes;
    private readonly int _count;

    internal DicomDataSet(ByteSource source, NodeRecord[] nodes, int count, IReadOnlyList<DicomDefect> defects, long defectCount)
    {
        Source = source;
        _nodes = nodes;
        _count = count;
        Defects = defects;
        DefectCount = defectCount;
    }

    /// <summary>Parses a bare data set in a known form, from the first byte of the source to its last.</summary>
    /// <exception cref="DicomException">The bytes cannot be read in this form, or exceed a limit.</exception>
    public static DicomDataSet Parse(ByteSource source, NodeForm form, ParseLimits? limits = null) =>
        Parsing.DataSetParser.Parse(source, 0, form, limits ?? ParseLimits.Default, metaOnly: false, out _);

    /// <summary>The bytes the offsets refer to; the inflated ones for a deflated file.</summary>
    public ByteSource Source { get; }

    /// <summary>What keeps this data set from being read in one way only; empty for a sound one.</summary>
    public IReadOnlyList<DicomDefect> Defects { get; }

    /// <summary>Number of defects found, those beyond the limit included.</summary>
    public long DefectCount { get; }

    /// <summary>Nodes: the root, elements, items and fragments.</summary>
    public int NodeCount => _count;

    /// <summary>The data set as a node; enumerate it for the elements of the top level.</summary>
    public DicomNode Root => new(this, 0);

    /// <summary>The node at an index in document order; 0 is the root.</summary>
    public DicomNode this[int index] => new(this, index);

    internal ref readonly NodeRecord Record(int index) => ref _nodes[index];

    internal int Count => _count;

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

/// <summary>A view of one node. Cheap to copy; valid as long as its data set.</summary>
public readonly struct DicomNode : IEquatable<DicomNode>
{
    private readonly DicomDataSet _set;

    internal DicomNode(DicomDataSet set, int index)
    {
        _set = set;
        Index = index;
    }

    /// <summary>Place in document order.</summary>
    public int Index { get; }

    /// <summary>The data set it belongs to.</summary>
    public DicomDataSet DataSet => _set;

    /// <summary>Place in document order of the first node behind this one and all below it.</summary>
    public int NextIndex => R.Next;

    private ref readonly NodeRecord R => ref _set.Record(Index);

    /// <summary>Element, sequence, item or fragment.</summary>
    public NodeKind Kind => R.Kind;

    /// <summary>How it was written.</summary>
    public NodeForm Form => R.Form;

    /// <summary>Tag; (FFFE,E000) for items and fragments.</summary>
    public DicomTag Tag => new(R.Tag);

    /// <summary>Value representation: as written where explicit, from the dictionary where implicit.</summary>
    public Vr Vr => R.Vr;

    /// <summary>Offset of the first byte of the header.</summary>
    public long HeaderOffset => R.HeaderOffset;

    /// <summary>Offset of the first byte of the value.</summary>
    public long ValueOffset => R.ValueOffset;

    /// <summary>Bytes of the value, without a delimiter.</summary>
    public long ValueLength => R.ValueLength;

    /// <summary>Offset of the first byte after the element, its delimiter included.</summary>
    public long EndOffset => R.ValueOffset + R.ValueLength + ((R.Form & NodeForm.UndefinedLength) != 0 ? 8 : 0);

    /// <summary>True where the length field is FFFFFFFF.</summary>
    public bool UndefinedLength => (R.Form & NodeForm.UndefinedLength) != 0;

    /// <summary>True where numbers of this node are big endian.</summary>
    public bool BigEndian => (R.Form & NodeForm.BigEndian) != 0;

    /// <summary>The node above.</summary>
    public DicomNode Parent => new(_set, R.Parent);

    /// <summary>Children in document order.</summary>
    public ChildEnumerator GetEnumerator() => new(_set, Index);

    /// <summary>Number of children; walks them.</summary>
    public int ChildCount
    {
        get
        {
            int n = 0;
            foreach (DicomNode _ in this) n++;
            return n;
        }
    }

    /// <summary>The value in one span.</summary>
    /// <exception cref="DicomException">Longer than <see cref="ByteSource.MaxWindow"/>.</exception>
    public ReadOnlySpan<byte> Value
    {
        get
        {
            ref readonly NodeRecord r = ref R;
            if (r.ValueLength > ByteSource.MaxWindow)
                throw new DicomException(DicomError.ValueTooLong, r.HeaderOffset, Path, $"{Path}: a value of {r.ValueLength} bytes where at most {ByteSource.MaxWindow} are expected");
            return _set.Source.Window(r.ValueOffset, (int)r.ValueLength);
        }
    }

    /// <summary>The child element with this tag, the first where there are two.</summary>
    public bool TryFind(DicomTag tag, out DicomNode node)
    {
        foreach (DicomNode child in this)
        {
            if (child.Tag == tag)
            {
                node = child;
                return true;
            }
        }
        node = default;
        return false;
    }

    /// <summary>The value as ASCII without trailing spaces and NULs; bytes above 7F become '?'. Null above 64 KB.</summary>
    public string? Ascii() =>
        Kind != NodeKind.Element || ValueLength > 65536 ? null : Encoding.ASCII.GetString(Value.TrimEnd(" \0"u8));

    /// <summary>First value as an unsigned 16-bit number.</summary>
    public bool TryUInt16(out ushort value)
    {
        value = 0;
        if (Kind != NodeKind.Element || ValueLength < 2) return false;
        ReadOnlySpan<byte> bytes = _set.Source.Window(ValueOffset, 2);
        value = BigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        return true;
    }

    /// <summary>Where the node stands: "(0008,1140)[2].(0008,1150)"; items and fragments count from 1.</summary>
    public string Path
    {
        get
        {
            if (_set is null || Kind == NodeKind.Root) return "";
            var parts = new Stack<string>();
            for (DicomNode node = this; node.Kind != NodeKind.Root; node = node.Parent)
            {
                if (node.Kind is NodeKind.Item or NodeKind.Fragment)
                    parts.Push("[" + node.Ordinal().ToString(CultureInfo.InvariantCulture) + "]");
                else
                    parts.Push((parts.Count > 0 && parts.Peek()[0] != '[' ? node.Tag + "." : node.Tag.ToString()));
            }
            var text = new StringBuilder();
            foreach (string part in parts)
            {
                if (text.Length > 0 && text[^1] == ']' && part[0] == '(') text.Append('.');
                text.Append(part);
            }
            return text.ToString();
        }
    }

    private int Ordinal()
    {
        int n = 0;
        foreach (DicomNode sibling in Parent)
        {
            n++;
            if (sibling.Index == Index) break;
        }
        return n;
    }

    /// <inheritdoc/>
    public bool Equals(DicomNode other) => ReferenceEquals(_set, other._set) && Index == other.Index;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DicomNode other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Index;

    /// <summary>Walks children without allocation.</summary>
    public struct ChildEnumerator
    {
        private readonly DicomDataSet _set;
        private readonly int _end;
        private int _next;

        internal ChildEnumerator(DicomDataSet set, int parent)
        {
            _set = set;
            _end = set.Record(parent).Next;
            _next = parent + 1;
            Current = default;
        }

        /// <summary>The child.</summary>
        public DicomNode Current { get; private set; }

        /// <summary>Steps to the next child.</summary>
        public bool MoveNext()
        {
            if (_next >= _end) return false;
            Current = new DicomNode(_set, _next);
            _next = _set.Record(_next).Next;
            return true;
        }
    }
}
