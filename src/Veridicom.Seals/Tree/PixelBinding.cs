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
public sealed record PixelBinding(PixelBindingKind Kind, DicomTag Element, int Frames, int Rows, int Columns, int Samples, int BitsAllocated, int Leaves, string Reason)
{
    /// <summary>Bytes of one leaf of a native value that is bound as encoded.</summary>
    public const int EncodedPart = 1 << 16;

    /// <summary>The most leaves a tree may have.</summary>
    public const int MaxLeaves = 4_000_000;

    /// <summary>The grid of tiles of each frame.</summary>
    public TileGrid Grid => TileGrid.For(Rows, Columns);

    /// <summary>Leaves of one group: the tiles of a frame, or all encoded parts.</summary>
    public int GroupSize => Kind == PixelBindingKind.Samples ? Grid.Count : Leaves;

    /// <summary>True where this file's pixel data can be compared with a seal of binding <paramref name="other"/>.</summary>
    public bool SameShape(PixelBinding other) => Kind == other.Kind && Element == other.Element && Frames == other.Frames && Rows == other.Rows
        && Columns == other.Columns && Samples == other.Samples && BitsAllocated == other.BitsAllocated && Leaves == other.Leaves;

    /// <summary>
    /// The binding of a file. <paramref name="wanted"/> null chooses: samples for native data of clean cells, else encoded. Otherwise that kind, or null
    /// with a reason where the file as it is now cannot give it.
    /// </summary>
    public static PixelBinding? Of(DicomNode pixels, PixelBindingKind? wanted, out NativePixels? native, out string reason)
    {
        DicomDataSet set = pixels.DataSet;
        PixelGeometry? geometry = PixelGeometry.Read(set, pixels, out reason);
        native = null;
        // PS3.5-2023b 8.2 and A.3: words are OW, which says that they swap; written as OB, readers differ on their order
        if (pixels is { BigEndian: true, Vr: Vr.OB } && set.TryUInt16(new(0x0028, 0x0100), out ushort allocated) && allocated > 8)
        {
            reason = "cells of more than a byte stand as OB in big endian";
            return null;
        }
        if (wanted != PixelBindingKind.Encoded)
        {
            if (geometry is not null)
            {
                native = NativePixels.Open(pixels, geometry, out reason);
                if (native is not null && wanted is null && !native.CellsAreClean())
                {
                    native = null;
                    reason = "bits outside of Bits Stored are set";
                }
            }
            if (native is not null)
            {
                TileGrid grid = TileGrid.For(geometry!.Rows, geometry.Columns);
                long leaves = (long)grid.Count * geometry.Frames;
                if (leaves <= MaxLeaves)
                    return new PixelBinding(PixelBindingKind.Samples, pixels.Tag, geometry.Frames, geometry.Rows, geometry.Columns, geometry.Samples, geometry.BitsAllocated, (int)leaves, "");
                reason = "too many tiles";
                native = null;
            }
            if (wanted == PixelBindingKind.Samples) return null;
        }
        long parts = pixels.Kind == NodeKind.Encapsulated ? pixels.ChildCount : Math.Max(1, (pixels.ValueLength + EncodedPart - 1) / EncodedPart);
        if (parts > MaxLeaves)
        {
            reason = "too many parts";
            return null;
        }
        return new PixelBinding(PixelBindingKind.Encoded, pixels.Tag, geometry?.Frames ?? 0, geometry?.Rows ?? 0, geometry?.Columns ?? 0, geometry?.Samples ?? 0,
            geometry?.BitsAllocated ?? 0, (int)parts, reason);
    }
}
