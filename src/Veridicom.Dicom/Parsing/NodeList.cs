namespace Veridicom.Dicom.Parsing;

/// <summary>One node, in 32 bytes. Offsets are bytes in the data set's source.</summary>
internal struct NodeRecord
{
    public long HeaderOffset;
    public long ValueLength; // without the delimiter
    public uint Tag; // of items and fragments, which all have the same tag: their ordinal, from 1
    public int Parent;
    public int Next; // index of the first node after this one and all its descendants
    public Vr Vr;
    public NodeForm Form;
    private byte _kindAndHeader;

    public NodeRecord(NodeKind kind, int headerSize) => _kindAndHeader = (byte)((byte)kind | (headerSize << 2));

    public NodeKind Kind
    {
        readonly get => (NodeKind)(_kindAndHeader & 7);
        set => _kindAndHeader = (byte)((_kindAndHeader & ~7) | (byte)value);
    }

    /// <summary>Header of 0, 8 or 12 bytes.</summary>
    public readonly long ValueOffset => HeaderOffset + ((_kindAndHeader & ~7) >> 2);
}

/// <summary>
/// Nodes in document order. It grows by blocks that never move, so that two million nodes take their own room and no more.
/// </summary>
internal sealed class NodeList
{
    private const int BlockBits = 14;
    private const int BlockSize = 1 << BlockBits;
    private const int FirstSize = 128;
    private NodeRecord[][] _blocks = [new NodeRecord[FirstSize]];

    public int Count { get; private set; }

    public ref NodeRecord this[int index] => ref _blocks[index >> BlockBits][index & (BlockSize - 1)];

    public int Add(in NodeRecord node)
    {
        int block = Count >> BlockBits, place = Count & (BlockSize - 1);
        if (block == _blocks.Length || place == _blocks[block].Length) Grow(block);
        _blocks[block][place] = node;
        return Count++;
    }

    /// <summary>Forgets the nodes from this one on.</summary>
    public void CutTo(int count) => Count = count;

    private void Grow(int block)
    {
        if (block == 0)
        {
            Array.Resize(ref _blocks[0], _blocks[0].Length * 2);
            return;
        }
        Array.Resize(ref _blocks, block + 1);
        _blocks[block] = new NodeRecord[BlockSize];
    }
}
