using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Seals.Tree;

namespace Veridicom.Seals.Inventory;

/// <summary>
/// The elements beside the pixels that a lossless compressor rewrites, in the one form in which they are hashed (spec/seal.md, Compression): the label of
/// a colour transform, pixel data in items, and the words that DCMTK puts before Derivation Description. For one pass over one inventory.
/// </summary>
internal sealed class LosslessForms(TransferSyntax syntax, PixelBinding? bound, IJpeg2000? jpeg2000)
{
    /// <summary>The most bytes of one pixel value in an item that is decoded.</summary>
    public const int MaxNested = 1 << 22;

    /// <summary>The most bytes of all of them together.</summary>
    public const int MaxAllNested = 1 << 26;

    /// <summary>The most of them that are decoded.</summary>
    public const int MostNested = 1024;

    private const uint Photometric = 0x00280004, Derivation = 0x00082111;
    private readonly bool _samples = bound is { Kind: PixelBindingKind.Samples };
    private readonly HashSet<int> _decoded = [];
    private readonly List<(int Leaf, int Holder)> _labels = [];
    private long _spent;
    private int _tried;

    /// <summary>Hashes a leaf of a file that is being sealed.</summary>
    public void HashToSeal(LeafHasher hasher, Inventory inventory, int index, byte vr, Padding padding, ReadOnlySpan<byte> salt, Span<byte> hash)
    {
        DicomNode node = inventory.Node(index);
        if (inventory.Kind(index) == LeafKind.Fragments && Cells(node, sealing: true) is { } cells)
        {
            hasher.HashBytes(salt, LeafKind.Value, vr, padding, inventory.Path(index), cells, hash);
            return;
        }
        if (IsUndoneLabel(node) && (node.Parent.Kind == NodeKind.Root ? _samples : HoldsPixels(node.Parent, out DicomNode nested) && Cells(nested, sealing: true) is not null))
        {
            hasher.HashBytes(salt, LeafKind.Value, vr, padding, inventory.Path(index), "RGB"u8, hash);
            return;
        }
        hasher.Hash(inventory, index, vr, padding, salt, hash);
    }

    /// <summary>
    /// Hashes a leaf of a file at hand; false where no form of it begins with <paramref name="prefix"/>. A label in an item that only fits once the
    /// transform is undone is proven by the cells beside it: see <see cref="Unproven"/>.
    /// </summary>
    public bool HashToCheck(LeafHasher hasher, Inventory inventory, int index, byte vr, Padding padding, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> prefix, Span<byte> hash)
    {
        DicomNode node = inventory.Node(index);
        bool top = node.Parent.Kind == NodeKind.Root, label = IsUndoneLabel(node);
        ReadOnlySpan<byte> path = inventory.Path(index);
        if (label && top && _samples)
        {
            hasher.HashBytes(salt, LeafKind.Value, vr, padding, path, "RGB"u8, hash);
            return hash.StartsWith(prefix);
        }
        hasher.Hash(inventory, index, vr, padding, salt, hash);
        if (hash.StartsWith(prefix)) return true;
        if (inventory.Kind(index) == LeafKind.Fragments)
        {
            if (Cells(node, sealing: false) is not { } cells) return false;
            hasher.HashBytes(salt, LeafKind.Value, vr, padding, path, cells, hash);
            if (!hash.StartsWith(prefix)) return false;
            _decoded.Add(node.Parent.Index);
            return true;
        }
        if (label && !top && HoldsPixels(node.Parent, out _))
        {
            hasher.HashBytes(salt, LeafKind.Value, vr, padding, path, "RGB"u8, hash);
            if (!hash.StartsWith(prefix)) return false;
            _labels.Add((index, node.Parent.Index));
            return true;
        }
        if (!IsDescription(node)) return false;
        for (ReadOnlySpan<byte> text = Text(node); CompressionText.TryStrip(text, out ReadOnlySpan<byte> rest); text = rest)
        {
            hasher.HashBytes(salt, LeafKind.Value, vr, padding, path, rest, hash);
            if (hash.StartsWith(prefix)) return true;
        }
        return false;
    }

    /// <summary>Leaves of labels that <see cref="HashToCheck"/> took for those of cells, beside pixel data that is not sealed as cells.</summary>
    public IEnumerable<int> Unproven() => _labels.Where(l => !_decoded.Contains(l.Holder)).Select(l => l.Leaf);

    /// <summary>True for a Derivation Description that says nothing but that the file was compressed without loss: it counts as absent.</summary>
    public bool IsOnlyOfCompression(DicomNode node)
    {
        if (!IsDescription(node)) return false;
        ReadOnlySpan<byte> text = Text(node);
        if (text.IsEmpty) return false;
        while (CompressionText.TryStrip(text, out ReadOnlySpan<byte> rest)) text = rest;
        return text.IsEmpty;
    }

    private bool IsDescription(DicomNode node) =>
        _samples && node.Tag.Value == Derivation && node.Parent.Kind == NodeKind.Root && node is { Kind: NodeKind.Element, Vr: Vr.ST, ValueLength: <= CompressionText.MaxLength };

    /// <summary>The text as leaves bind it: without padding.</summary>
    private static ReadOnlySpan<byte> Text(DicomNode node)
    {
        ReadOnlySpan<byte> value = node.Value;
        if (value.Length > 0 && (value.Length & 1) == 0 && value[^1] == 0) value = value[..^1];
        return value.TrimEnd((byte)' ');
    }

    /// <summary>A label of YBR_RCT, whose transform is a part of the codestream.</summary>
    private bool IsUndoneLabel(DicomNode node) => node.Tag.Value == Photometric && node is { Kind: NodeKind.Element, ValueLength: 7 or 8 }
        && node.Ascii() is "YBR_RCT" && DecodedPixels.PhotometricOfCells(syntax, "YBR_RCT") != "YBR_RCT";

    private static bool HoldsPixels(DicomNode holder, out DicomNode pixels) => holder.TryFind(new DicomTag(0x7FE0, 0x0010), out pixels) && pixels.Kind == NodeKind.Encapsulated;

    /// <summary>
    /// The value that pixel data in an item would have without compression: cells as its own attributes lay them down, little endian. Null where its
    /// encoding is not decoded here or lossy, readers differ on it, it is too long, or bits outside of Bits Stored are set.
    /// </summary>
    private byte[]? Cells(DicomNode pixels, bool sealing)
    {
        if (pixels.Parent.Kind != NodeKind.Item || (sealing && syntax.IsLossless != true)) return null;
        if (_tried == MostNested || PixelGeometry.Read(pixels.Parent, pixels, out _) is not { } geometry || geometry.StoredBytes > MaxNested || _spent + geometry.StoredBytes > MaxAllNested) return null;
        if (geometry.IsSubsampled || (geometry.Samples > 1 && !PixelReader.HasPlanarConfiguration(pixels))) return null;
        _spent += geometry.StoredBytes;
        _tried++;
        if (PixelReader.Open(syntax, pixels, geometry, jpeg2000, out _) is not DecodedPixels { Contradiction: null } reader) return null;
        byte[] cells = new byte[geometry.StoredBytes + (geometry.StoredBytes & 1)];
        int size = (int)(geometry.FrameBits / 8);
        try
        {
            for (int frame = 0; frame < geometry.Frames; frame++)
            {
                if (reader.Disagreement(frame) is not null || reader.Facts(frame).NearLossless != 0 || !reader.FrameIsClean(frame)) return null;
                ReadOnlySpan<byte> rows = reader.Rows(frame, 0, geometry.Rows);
                Span<byte> to = cells.AsSpan(frame * size, size);
                if (!geometry.Planar) rows.CopyTo(to);
                else ByPlane(rows, to, geometry.Samples, geometry.CellBytes);
            }
        }
        catch (PixelException)
        {
            return null;
        }
        return cells;
    }

    private static void ByPlane(ReadOnlySpan<byte> rows, Span<byte> planes, int samples, int cell)
    {
        int plane = rows.Length / samples;
        for (int from = 0, to = 0; from < rows.Length; to += cell)
        {
            for (int s = 0; s < samples; s++, from += cell) rows.Slice(from, cell).CopyTo(planes[(s * plane + to)..]);
        }
    }
}
