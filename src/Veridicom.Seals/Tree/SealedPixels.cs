using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg2000;

namespace Veridicom.Seals.Tree;

/// <summary>
/// Binds the pixels of a file that is being sealed: over decoded cells where every lossless tool gives the same cells back and no reader sees another
/// picture, else over the bytes as encoded, with the reason (spec/seal.md, Pixels). Each frame is decoded once.
/// </summary>
internal sealed class SealedPixels
{
    private SealedPixels(PixelBinding binding, byte[] root, byte[] decodedRoot, byte[] prefixes) => (Binding, Root, DecodedRoot, Prefixes) = (binding, root, decodedRoot, prefixes);

    /// <summary>Kind and shape.</summary>
    public PixelBinding Binding { get; }

    /// <summary>Root of the pixel tree.</summary>
    public byte[] Root { get; }

    /// <summary>Root of the tree over decoded cells beside encoded bytes; empty without one.</summary>
    public byte[] DecodedRoot { get; }

    /// <summary>The first bytes of each leaf, as a full opening keeps them.</summary>
    public byte[] Prefixes { get; }

    /// <summary>Binds. Null with a reason where the pixels cannot be bound at all.</summary>
    public static SealedPixels? Of(DicomFile file, DicomNode pixels, Salts salts, IJpeg2000? jpeg2000, out string reason)
    {
        reason = "cells of more than a byte stand as OB in big endian";
        if (PixelBinding.HasAmbiguousOrder(pixels)) return null;
        var tree = new PixelTree();
        PixelGeometry? geometry = PixelGeometry.Read(file.DataSet, pixels, out reason);
        using PixelReader? reader = geometry is null ? null : Reader(file, pixels, geometry, jpeg2000, out reason);
        if (reader is not null && PixelBinding.OfSamples(geometry!, out reason) is { } samples)
        {
            string? why = null;
            byte[] prefixes = new byte[checked(samples.Leaves * TreeHash.PrefixSize)];
            try
            {
                byte[]? root = tree.Compute(samples, pixels, reader, new LeafSalts(salts), Keep(prefixes), frame => (why = Obstacle(reader, frame)) is null);
                if (root is not null) return new SealedPixels(samples, root, [], prefixes);
            }
            catch (PixelException e)
            {
                why = e.Message;
            }
            reason = why!;
        }
        if (PixelBinding.OfEncoded(pixels, geometry, ref reason) is not { } encoded) return null;
        byte[] parts = new byte[checked(encoded.Leaves * TreeHash.PrefixSize)];
        byte[] partsRoot = tree.Compute(encoded, pixels, null, new LeafSalts(salts), Keep(parts))!;
        (int tiles, byte[] decodedRoot, byte[] decoded) = Decoded(file, pixels, geometry, encoded, tree, salts);
        return new SealedPixels(encoded with { DecodedLeaves = tiles }, partsRoot, decodedRoot, [.. parts, .. decoded]);
    }

    /// <summary>
    /// The tiles of a picture that was compressed with loss in an arithmetic that is fixed to the bit: they say where it was changed, and that a file which
    /// was decompressed later shows the same. None where a frame cannot be decoded, its labels contradict it, or decoders differ on it.
    /// </summary>
    private static (int Tiles, byte[] Root, byte[] Prefixes) Decoded(DicomFile file, DicomNode pixels, PixelGeometry? geometry, PixelBinding encoded, PixelTree tree, Salts salts)
    {
        if (geometry is null || pixels.Kind != NodeKind.Encapsulated || !PixelBinding.HasFixedCells(file.TransferSyntax.Uid)) return (0, [], []);
        if (geometry.Samples > 1 && !PixelReader.HasPlanarConfiguration(pixels)) return (0, [], []);
        if (PixelReader.Open(file.TransferSyntax, pixels, geometry, null, out _) is not DecodedPixels { Contradiction: null } reader) return (0, [], []);
        if (PixelBinding.OfSamples(geometry, out _) is not { } cells || (long)cells.Leaves + encoded.Leaves > PixelBinding.MaxLeaves) return (0, [], []);
        byte[] prefixes = new byte[checked(cells.Leaves * TreeHash.PrefixSize)];
        try
        {
            byte[]? root = tree.Compute(cells, pixels, reader, new LeafSalts(salts).From(encoded.Leaves), Keep(prefixes), frame => reader.Disagreement(frame) is null && !reader.Facts(frame).Extreme && reader.FrameIsClean(frame));
            return root is null ? (0, [], []) : (cells.Leaves, root, prefixes);
        }
        catch (PixelException)
        {
            return (0, [], []);
        }
    }

    private static PixelTree.LeafSink Keep(byte[] prefixes) => (i, hash) => hash[..TreeHash.PrefixSize].CopyTo(prefixes.AsSpan(i * TreeHash.PrefixSize));

    /// <summary>A reader of cells that may be bound; null with a reason where they may not.</summary>
    private static PixelReader? Reader(DicomFile file, DicomNode pixels, PixelGeometry geometry, IJpeg2000? jpeg2000, out string reason)
    {
        if (pixels.Kind == NodeKind.Encapsulated)
        {
            reason = "the pixel data is compressed with loss, or may be";
            if (file.TransferSyntax.IsLossless != true) return null;
            reason = "Planar Configuration is missing";
            if (geometry.Samples > 1 && !PixelReader.HasPlanarConfiguration(pixels)) return null;
            reason = "chrominance is subsampled";
            if (geometry.IsSubsampled) return null;
        }
        PixelReader? reader = PixelReader.Open(file.TransferSyntax, pixels, geometry, jpeg2000, out reason);
        if (reader is not DecodedPixels { Contradiction: { } contradiction }) return reader;
        reason = contradiction;
        return null;
    }

    /// <summary>Why the cells of a frame are not what every reader sees, and every lossless tool gives back; null where they are.</summary>
    private static string? Obstacle(PixelReader reader, int frame)
    {
        if (reader is DecodedPixels decoded)
        {
            if (decoded.Disagreement(frame) is { } disagreement) return disagreement;
            if (decoded.Facts(frame).NearLossless != 0) return "the encoding may have lost something";
        }
        return reader.FrameIsClean(frame) ? null : "bits outside of Bits Stored are set";
    }
}
