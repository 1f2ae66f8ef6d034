using System.Buffers.Binary;
using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;

namespace Veridicom.Seals.Inventory;

/// <summary>What a leaf commits to; the number is hashed (spec/seal.md, Leaves).</summary>
public enum LeafKind : byte
{
    /// <summary>An element with its value.</summary>
    Value = 0,
    /// <summary>A sequence with its number of items; an empty one that is private or unknown is a value.</summary>
    Sequence = 1,
    /// <summary>The pixel element of the image: its value is bound by the pixel tree.</summary>
    Pixels = 2,
    /// <summary>The two signature sequences of the top level: items are named by UID and MAC ID, their number is not bound.</summary>
    SignatureSequence = 3,
    /// <summary>An encapsulated value in an item, such as an icon: its fragments.</summary>
    Fragments = 4,
}

/// <summary>What is left out of an inventory because lossless tools change it, and the seal block itself.</summary>
/// <param name="SealBlock">Block number of the seal in question, (7FF1,00bb); null while it does not exist yet.</param>
/// <param name="SkipSingleFrame">Number of Frames is left out where it says 1.</param>
/// <param name="SkipPlanar">Planar Configuration is left out: the pixel tree is over colour-by-pixel cells.</param>
/// <param name="SkipOffsetTables">The extended offset table is left out: the pixel tree is over the cells of the frames that it must agree with.</param>
/// <param name="SkipTrailingPadding">The padding behind the data set is left out: it is a leaf of the carrier.</param>
public readonly record struct InventoryRules(byte? SealBlock, bool SkipSingleFrame, bool SkipPlanar, bool SkipOffsetTables = false, bool SkipTrailingPadding = false);

/// <summary>
/// Every element of a data set at every depth with its path, in document order. Group lengths are left out (the parser proves them right),
/// and what <see cref="InventoryRules"/> names.
/// </summary>
public sealed class Inventory
{
    /// <summary>The group of seal blocks.</summary>
    public const ushort SealGroup = 0x7FF1;

    /// <summary>The most bytes that the paths of all leaves of one list may have together.</summary>
    public const int MaxPathBytes = 128 << 20;

    private const uint MacParameters = 0x4FFE0001, DigitalSignatures = 0xFFFAFFFA, NumberOfFrames = 0x00280008, PlanarConfiguration = 0x00280006;

    private struct Entry
    {
        public int Node;
        public int PathStart;
        public ushort PathLength;
        public LeafKind Kind;
        public bool Private;
    }

    private struct Level
    {
        public int Next; // first node index behind the container
        public int PathLength;
        public uint Items;
        public uint Tag;
        public int FirstCreator;
    }

    private readonly record struct Creator(ushort Group, byte Block, byte Ordinal, int NameStart, byte NameLength);

    private readonly DicomDataSet _set;
    private Entry[] _entries;
    private byte[] _paths;
    private int _count, _pathBytes;

    private Inventory(DicomDataSet set)
    {
        _set = set;
        _entries = new Entry[Math.Max(16, set.NodeCount)];
        _paths = new byte[Math.Min(MaxPathBytes, _entries.Length * 12L)];
    }

    /// <summary>Leaves.</summary>
    public int Count => _count;

    /// <summary>The path of leaf <paramref name="index"/>.</summary>
    public ReadOnlySpan<byte> Path(int index) => _paths.AsSpan(_entries[index].PathStart, _entries[index].PathLength);

    /// <summary>The node of leaf <paramref name="index"/>.</summary>
    public DicomNode Node(int index) => _set[_entries[index].Node];

    /// <summary>What leaf <paramref name="index"/> commits to.</summary>
    public LeafKind Kind(int index) => _entries[index].Kind;

    /// <summary>True where the VR of leaf <paramref name="index"/> is not bound.</summary>
    public bool IsPrivate(int index) => _entries[index].Private;

    /// <summary>Walks a data set once. Its nodes are in document order, so no recursion and no stack beyond the limit of depth is needed.</summary>
    /// <exception cref="DicomException">The paths have more than <see cref="MaxPathBytes"/> together.</exception>
    public static Inventory Walk(DicomDataSet set, InventoryRules rules)
    {
        var inventory = new Inventory(set);
        inventory.Walk(rules);
        return inventory;
    }

    private void Walk(InventoryRules rules)
    {
        var levels = new Level[8];
        int depth = 0;
        byte[] path = new byte[512];
        var creators = new List<Creator>();
        levels[0] = new Level { Next = _set.NodeCount };
        // one element is bound by the pixel tree; a second one in the same data set is a value like any other
        int pixels = Veridicom.Pixels.PixelGeometry.TryFindPixels(_set, out DicomNode found) ? found.Index : -1;
        for (int index = 1; index < _set.NodeCount; index++)
        {
            while (index >= levels[depth].Next)
            {
                creators.RemoveRange(levels[depth].FirstCreator, creators.Count - levels[depth].FirstCreator);
                depth--;
            }
            DicomNode node = _set[index];
            ref Level level = ref levels[depth];
            if (path.Length < level.PathLength + 300) Array.Resize(ref path, path.Length * 2);
            int length;
            switch (node.Kind)
            {
                case NodeKind.Item:
                    length = AppendItem(path, ref level, depth, node, out bool named);
                    // the number of signature items is open, so one without a name must show itself
                    if (depth == 1 && !named && level.Tag is MacParameters or DigitalSignatures) Add(index, path.AsSpan(0, length), LeafKind.SignatureSequence, false);
                    break;
                case NodeKind.Fragment:
                    continue;
                default:
                    if (IsLeftOut(node, depth == 0, rules) || (depth == 2 && levels[1].Tag == DigitalSignatures && node.Tag.Value is 0x04000305 or 0x04000310))
                    {
                        index = node.Kind is NodeKind.Element ? index : node.NextIndex - 1;
                        continue;
                    }
                    length = AppendElement(path, level.PathLength, node, creators, level.FirstCreator, out bool isPrivate);
                    LeafKind kind = index == pixels ? LeafKind.Pixels : KindOf(node, depth == 0);
                    Add(index, path.AsSpan(0, length), kind, isPrivate);
                    if (node.Kind != NodeKind.Sequence) continue;
                    break;
            }
            if (++depth == levels.Length) Array.Resize(ref levels, depth * 2);
            levels[depth] = new Level { Next = node.NextIndex, PathLength = length, Tag = node.Tag.Value, FirstCreator = creators.Count };
        }
    }

    private static bool IsLeftOut(DicomNode node, bool top, InventoryRules rules)
    {
        DicomTag tag = node.Tag;
        if (tag.IsGroupLength) return true;
        if (!top) return false;
        if (tag.Group == SealGroup && rules.SealBlock is byte block) return tag.Element == block || tag.Element >> 8 == block;
        if (tag.Value == CarrierLeaves.TrailingPadding && rules.SkipTrailingPadding && CarrierLeaves.IsTrailingPadding(node)) return true;
        // beside native pixel data they belong to nothing, and count as any element does
        if (tag.Value is >= 0x7FE00001 and <= 0x7FE00003) return rules.SkipOffsetTables;
        // left out only in the one form that says so; anything else is a leaf, and not a sealed one
        if (tag.Value == NumberOfFrames) return rules.SkipSingleFrame && node is { Kind: NodeKind.Element, Vr: Vr.IS, ValueLength: 2 } && node.Value.SequenceEqual("1 "u8);
        return tag.Value == PlanarConfiguration && rules.SkipPlanar && node is { Kind: NodeKind.Element, Vr: Vr.US, ValueLength: 2 };
    }

    private static LeafKind KindOf(DicomNode node, bool top)
    {
        return node.Kind switch
        {
            NodeKind.Sequence when top && node.Tag.Value is MacParameters or DigitalSignatures => LeafKind.SignatureSequence,
            // in implicit VR an empty sequence that no dictionary knows is an empty value
            NodeKind.Sequence when node.NextIndex == node.Index + 1 && !DicomDictionary.TryFind(node.Tag, out _) => LeafKind.Value,
            NodeKind.Sequence => LeafKind.Sequence,
            NodeKind.Encapsulated => LeafKind.Fragments,
            _ => LeafKind.Value,
        };
    }

    private static int AppendItem(byte[] path, ref Level level, int depth, DicomNode item, out bool named)
    {
        named = true;
        level.Items++;
        if (depth == 1 && level.Tag == DigitalSignatures && item.TryFind(new(0x0400, 0x0100), out DicomNode uid) && uid.ValueLength is > 0 and <= 64)
        {
            ReadOnlySpan<byte> value = uid.Value.TrimEnd(" \0"u8);
            path[level.PathLength] = (byte)'U';
            path[level.PathLength + 1] = (byte)value.Length;
            value.CopyTo(path.AsSpan(level.PathLength + 2));
            return level.PathLength + 2 + value.Length;
        }
        if (depth == 1 && level.Tag == MacParameters && item.TryFind(new(0x0400, 0x0005), out DicomNode mac) && mac.TryUInt16(out ushort id))
        {
            path[level.PathLength] = (byte)'M';
            BinaryPrimitives.WriteUInt16BigEndian(path.AsSpan(level.PathLength + 1), id);
            return level.PathLength + 3;
        }
        named = false;
        return LeafPath.AppendItem(path, level.PathLength, level.Items);
    }

    private int AppendElement(byte[] path, int length, DicomNode node, List<Creator> creators, int firstCreator, out bool isPrivate)
    {
        DicomTag tag = node.Tag;
        isPrivate = tag.IsPrivate;
        if (!isPrivate) return LeafPath.AppendTag(path, length, (byte)'S', tag);
        if (tag.IsPrivateCreator && node.Kind == NodeKind.Element && node.ValueLength is > 0 and <= 64)
        {
            ReadOnlySpan<byte> name = node.Value.TrimEnd((byte)' ');
            byte ordinal = 0;
            // elements ascend, so the creators of this group are the last ones: at most 240, however many groups there are
            for (int i = creators.Count - 1; i >= firstCreator && creators[i].Group == tag.Group; i--)
            {
                if (ordinal < 255 && _paths.AsSpan(creators[i].NameStart, creators[i].NameLength).SequenceEqual(name)) ordinal++;
            }
            path[length] = (byte)'C';
            BinaryPrimitives.WriteUInt16BigEndian(path.AsSpan(length + 1), tag.Group);
            path[length + 3] = ordinal;
            path[length + 4] = (byte)name.Length;
            name.CopyTo(path.AsSpan(length + 5));
            // the name is kept where the path of this leaf is about to be copied to
            creators.Add(new Creator(tag.Group, (byte)tag.Element, ordinal, _pathBytes + length + 5, (byte)name.Length));
            return length + 5 + name.Length;
        }
        byte block = (byte)(tag.Element >> 8);
        for (int i = creators.Count - 1; i >= firstCreator && creators[i].Group == tag.Group; i--)
        {
            if (creators[i].Block != block) continue;
            path[length] = (byte)'P';
            BinaryPrimitives.WriteUInt16BigEndian(path.AsSpan(length + 1), tag.Group);
            path[length + 3] = creators[i].Ordinal;
            path[length + 4] = creators[i].NameLength;
            _paths.AsSpan(creators[i].NameStart, creators[i].NameLength).CopyTo(path.AsSpan(length + 5));
            // the byte that varies comes last, so that front coding shares the rest
            path[length + 5 + creators[i].NameLength] = (byte)(tag.Element & 0xFF);
            return length + 6 + creators[i].NameLength;
        }
        return LeafPath.AppendTag(path, length, (byte)'R', tag);
    }

    private void Add(int node, ReadOnlySpan<byte> path, LeafKind kind, bool isPrivate)
    {
        if (_pathBytes + path.Length > _paths.Length)
        {
            // every leaf carries the whole path, so few bytes of deep sequences would otherwise make gigabytes
            if (_pathBytes + path.Length > MaxPathBytes)
                throw new DicomException(DicomError.TooMany, _set[node].HeaderOffset, "", $"the paths of all elements together have more than {MaxPathBytes} bytes");
            Array.Resize(ref _paths, Math.Min(MaxPathBytes, Math.Max(_paths.Length * 2, _pathBytes + path.Length)));
        }
        path.CopyTo(_paths.AsSpan(_pathBytes));
        _entries[_count++] = new Entry { Node = node, PathStart = _pathBytes, PathLength = (ushort)path.Length, Kind = kind, Private = isPrivate };
        _pathBytes += path.Length;
    }
}
