using System.Buffers.Binary;
using System.Text;
using Veridicom.Dicom.Parsing;

namespace Veridicom.Dicom;

/// <summary>A view of one node. Cheap to copy; valid as long as its data set.</summary>
public readonly struct DicomNode : IEquatable<DicomNode>
{
    private static readonly DicomTag Item = new(0xFFFE, 0xE000);
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
    public DicomTag Tag => Kind is NodeKind.Item or NodeKind.Fragment ? Item : new(R.Tag);

    /// <summary>Which item of its sequence, or fragment of its value, this is, counted from 1; 0 for other nodes.</summary>
    public int Ordinal => Kind is NodeKind.Item or NodeKind.Fragment ? (int)R.Tag : 0;

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

    /// <summary>The node above; the root is above itself.</summary>
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
            if (_set is null) return "";
            var nodes = new Stack<DicomNode>();
            for (DicomNode node = this; node.Kind != NodeKind.Root; node = node.Parent) nodes.Push(node);
            var path = new PathText();
            foreach (DicomNode node in nodes)
            {
                if (node.Ordinal > 0) path.Item(node.Ordinal);
                else path.Element(node.Tag);
            }
            return path.ToString();
        }
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
