using Veridicom.Dicom;
using Veridicom.Pixels;

namespace Veridicom.Seals.Tree;

/// <summary>How pixels are bound; the number stands in the statement.</summary>
public enum PixelBindingKind : byte
{
    /// <summary>Decoded cells by frame and tile: survives every lossless change of representation.</summary>
    Samples = 1,
    /// <summary>The bytes as encoded: fragments with their lengths, or the stored value in parts of <see cref="PixelBinding.EncodedPart"/> bytes.</summary>
    Encoded = 2,
}

/// <summary>
/// Shape and kind of the pixel tree of a seal. For encoded binding the shape is what the attributes say, zero where they say nothing.
/// </summary>
/// <param name="Kind">Samples or encoded bytes.</param>
/// <param name="Element">The pixel element.</param>
/// <param name="Frames">Frames.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Samples">Samples per pixel.</param>
/// <param name="BitsAllocated">Bits allocated.</param>
/// <param name="Leaves">Leaves of the tree.</param>
/// <param name="Reason">Why not samples, a short phrase; empty for samples.</param>
/// <param name="DecodedLeaves">Leaves of a second tree beside encoded bytes: over the cells that spec/jpeg.md makes of them. 0 without one.</param>
public sealed record PixelBinding(PixelBindingKind Kind, DicomTag Element, int Frames, int Rows, int Columns, int Samples, int BitsAllocated, int Leaves, string Reason, int DecodedLeaves = 0)
{
    /// <summary>Bytes of one leaf of a native value that is bound as encoded.</summary>
    public const int EncodedPart = 1 << 16;

    /// <summary>The most leaves a tree may have.</summary>
    public const int MaxLeaves = 4_000_000;

    /// <summary>The grid of tiles of each frame.</summary>
    public TileGrid Grid => TileGrid.For(Rows, Columns);

    /// <summary>Leaves of one group: the tiles of a frame, or all encoded parts.</summary>
    public int GroupSize => Kind == PixelBindingKind.Samples ? Grid.Count : Leaves;

    /// <summary>Leaves of both trees: those over decoded cells come behind those over encoded bytes.</summary>
    public int AllLeaves => Leaves + DecodedLeaves;

    /// <summary>The second tree as a binding of its own; null without one.</summary>
    public PixelBinding? Decoded => DecodedLeaves == 0 ? null : this with { Kind = PixelBindingKind.Samples, Leaves = DecodedLeaves, DecodedLeaves = 0, Reason = "" };

    /// <summary>True for the encodings with loss whose decoded cells are fixed to the bit (spec/jpeg.md): JPEG baseline and extended sequential.</summary>
    public static bool HasFixedCells(string syntax) => syntax is "1.2.840.10008.1.2.4.50" or "1.2.840.10008.1.2.4.51";

    /// <summary>True where this file's pixel data can be compared with a seal of binding <paramref name="other"/>.</summary>
    public bool SameShape(PixelBinding other) => Kind == other.Kind && Element == other.Element && Frames == other.Frames && Rows == other.Rows
        && Columns == other.Columns && Samples == other.Samples && BitsAllocated == other.BitsAllocated && Leaves == other.Leaves;

    /// <summary>True where readers differ on the order of the bytes of a cell: words are OW, which says that they swap (PS3.5-2023b 8.2 and A.3).</summary>
    public static bool HasAmbiguousOrder(DicomNode pixels) =>
        pixels is { BigEndian: true, Vr: Vr.OB } && pixels.DataSet.TryUInt16(new(0x0028, 0x0100), out ushort allocated) && allocated > 8;

    /// <summary>The binding over the cells of a shape; null with a reason where there would be too many tiles.</summary>
    public static PixelBinding? OfSamples(PixelGeometry geometry, out string reason)
    {
        long leaves = (long)TileGrid.For(geometry.Rows, geometry.Columns).Count * geometry.Frames;
        reason = leaves <= MaxLeaves ? "" : "too many tiles";
        return leaves > MaxLeaves ? null
            : new PixelBinding(PixelBindingKind.Samples, geometry.Element, geometry.Frames, geometry.Rows, geometry.Columns, geometry.Samples, geometry.BitsAllocated, (int)leaves, "");
    }

    /// <summary>The binding over fragments or stored bytes; null with a reason where there would be too many parts.</summary>
    /// <param name="pixels">The pixel element.</param>
    /// <param name="geometry">Its shape; null where the attributes give none.</param>
    /// <param name="why">Why not samples; receives why not at all where null is returned.</param>
    public static PixelBinding? OfEncoded(DicomNode pixels, PixelGeometry? geometry, ref string why)
    {
        long parts = pixels.Kind == NodeKind.Encapsulated ? pixels.ChildCount : Math.Max(1, (pixels.ValueLength + EncodedPart - 1) / EncodedPart);
        if (parts > MaxLeaves)
        {
            why = "too many parts";
            return null;
        }
        return new PixelBinding(PixelBindingKind.Encoded, pixels.Tag, geometry?.Frames ?? 0, geometry?.Rows ?? 0, geometry?.Columns ?? 0, geometry?.Samples ?? 0,
            geometry?.BitsAllocated ?? 0, (int)parts, why.Length <= 256 ? why : why[..256]);
    }
}
