using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Tree;

namespace Veridicom.Seals.Verify;

/// <summary>
/// Compares the pixel data of a file with the pixel tree of a seal: cells whatever they are encoded in now, or encoded bytes. Differing tiles go to the
/// findings as boxes.
/// </summary>
internal sealed class PixelComparison(DicomFile file, Statement statement, Opening opening, LeafSalts salts, PixelTree tree, IJpeg2000? jpeg2000, Findings findings)
{
    /// <summary>
    /// DCT and irreversible wavelets leave rounding, and what becomes of coefficients that no samples have, to the decoder: cells that are as sealed here can
    /// be black where others show white.
    /// </summary>
    private const string DecoderDecides = "they are compressed with loss now, and others may decode them to another picture than is found here";

    private DicomNode _pixels;

    /// <summary>Compares.</summary>
    public void Run()
    {
        PixelBinding? bound = statement.Pixels;
        bool has = PixelGeometry.TryFindPixels(file.DataSet, out _pixels);
        if (bound is null || !has) return; // the element itself is a leaf: added or missing shows there
        if (bound.Kind == PixelBindingKind.Encoded)
            findings.Add(new Reason(ReasonCode.BoundAsEncoded, "the pixels are bound as encoded bytes" + (bound.Reason.Length > 0 ? ": " + bound.Reason : ""), Part.Pixels));
        if (_pixels.Tag != bound.Element)
        {
            Alter(ReasonCode.ShapeChanged, "the pixels stand in another element than sealed");
            return;
        }
        // no reader decodes what contradicts its transfer syntax; the carrier says so
        if (Verifier.EncodingContradiction(file) is not null && _pixels.Kind == NodeKind.Encapsulated) return;
        if (bound.Kind == PixelBindingKind.Samples) Samples(bound);
        else Encoded(bound);
    }

    private void Samples(PixelBinding bound)
    {
        using PixelReader? reader = Cells(bound);
        if (reader is null) return;
        var differing = new List<int>();
        byte[]? root = Hash(bound, reader, 0, differing, out bool lossy, out bool decoderDecides);
        if (root is not null && differing.Count == 0 && decoderDecides)
        {
            Doubt(DecoderDecides);
            return;
        }
        // what could not be read to its end is not called intact
        if (root is not null) findings.Mark(Part.Pixels, PartState.Intact);
        if (differing.Count > 0 && lossy) Alter(ReasonCode.PixelsChanged, $"the pixel data is compressed with loss now ({file.TransferSyntax.Name})");
        Tiles(bound, differing);
        if (root is not null && differing.Count == 0 && !root.AsSpan().SequenceEqual(statement.PixelsRoot)) Alter(ReasonCode.PixelsChanged, "the pixels do not give the root that was sealed");
    }

    /// <summary>A reader of cells of the sealed shape. Null where there is none, and the findings say why.</summary>
    private PixelReader? Cells(PixelBinding bound)
    {
        PixelGeometry? geometry = PixelGeometry.Read(file.DataSet, _pixels, out string reason);
        if (PixelBinding.HasAmbiguousOrder(_pixels)) (geometry, reason) = (null, "cells of more than a byte stand as OB in big endian");
        else if (geometry is { Samples: > 1 } && !PixelReader.HasPlanarConfiguration(_pixels)) (geometry, reason) = (null, "Planar Configuration is missing");
        PixelBinding? now = geometry is null ? null : PixelBinding.OfSamples(geometry, out reason);
        bool shaped = now is not null && now.SameShape(bound);
        PixelReader? reader = shaped ? PixelReader.Open(file.TransferSyntax, _pixels, geometry!, jpeg2000, out reason) : null;
        if (reader is DecodedPixels { Contradiction: { } contradiction }) (reader, reason) = (null, contradiction);
        if (reader is not null) return reader;
        if (shaped && _pixels.Kind == NodeKind.Encapsulated) Doubt(reason);
        else Alter(ReasonCode.ShapeChanged, "the shape of the pixel data is not the sealed one: " + (now is null || shaped ? reason : $"sealed as {Shape(bound)}, now {Shape(now)}"));
        return null;
    }

    /// <summary>Hashes cells; null where a frame cannot be decoded or readers differ on it, and the findings say so.</summary>
    private byte[]? Hash(PixelBinding bound, PixelReader reader, int firstLeaf, List<int> differing, out bool lossy, out bool decoderDecides)
    {
        int frame = 0;
        bool loses = false, differ = false;
        try
        {
            return tree.Compute(bound, _pixels, reader, salts.From(firstLeaf), (i, hash) => Note(i, firstLeaf, hash, differing), current =>
            {
                frame = current;
                if (reader is not DecodedPixels decoded) return true;
                differ |= decoded.Facts(frame).NearLossless < 0;
                loses |= file.TransferSyntax.IsLossless == false || decoded.Facts(frame).NearLossless != 0;
                if (decoded.Disagreement(frame) is not { } disagreement) return true;
                Doubt($"frame {frame + 1}: {disagreement}: readers differ on the picture");
                return false;
            });
        }
        catch (PixelException e)
        {
            Doubt($"frame {frame + 1}: {e.Message}");
            return null;
        }
        finally
        {
            lossy = loses;
            decoderDecides = differ;
        }
    }

    private void Note(int index, int firstLeaf, ReadOnlySpan<byte> hash, List<int> differing)
    {
        int size = opening.HashSize;
        if (!hash.StartsWith(opening.Pixels.Span.Slice((firstLeaf + index) * size, size))) differing.Add(index);
    }

    private void Tiles(PixelBinding bound, List<int> differing)
    {
        foreach (int index in differing)
        {
            int frame = index / bound.Grid.Count;
            (int column, int row, int width, int height) = bound.Grid.Box(index % bound.Grid.Count);
            findings.Alter(new Reason(ReasonCode.PixelsChanged, $"pixels differ in frame {frame + 1}, columns {column} to {column + width - 1}, rows {row} to {row + height - 1}", Part.Pixels,
                Box: new PixelBox(frame + 1, column, row, width, height)));
        }
    }

    private void Encoded(PixelBinding bound)
    {
        bool wasEncapsulated = TransferSyntax.TryFind(statement.TransferSyntax, out TransferSyntax? syntax) && syntax.IsEncapsulated;
        if (_pixels.Kind == NodeKind.Encapsulated ? file.TransferSyntax.Uid != statement.TransferSyntax : wasEncapsulated)
        {
            if (bound.Decoded is { } cells) Decompressed(bound, cells);
            else Doubt("the pixels are bound as encoded bytes and are encoded otherwise now");
            return;
        }
        findings.Mark(Part.Pixels, PartState.Intact);
        PixelGeometry? geometry = PixelGeometry.Read(file.DataSet, _pixels, out string reason);
        PixelBinding? now = null;
        if (PixelBinding.HasAmbiguousOrder(_pixels)) reason = "cells of more than a byte stand as OB in big endian";
        else now = PixelBinding.OfEncoded(_pixels, geometry, ref reason);
        if (now is null || !now.SameShape(bound))
        {
            Alter(ReasonCode.ShapeChanged, "the shape of the pixel data is not the sealed one: " + (now is null ? reason : $"sealed as {Shape(bound)}, now {Shape(now)}"));
            return;
        }
        var differing = new List<int>();
        byte[] root = tree.Compute(bound, _pixels, null, salts, (i, hash) => Note(i, 0, hash, differing))!;
        (List<int> tiles, int told, string? why) = differing.Count > 0 && bound.Decoded is { } decoded ? Locate(bound, decoded) : ([], 0, null);
        EncapsulatedFrames? frames = differing.Count > 0 && _pixels.Kind == NodeKind.Encapsulated && geometry is not null ? EncapsulatedFrames.Find(_pixels, geometry.Frames, out _) : null;
        foreach (int part in differing)
        {
            // part 0 of encapsulated data is the offset table
            bool isTable = part == 0 && _pixels.Kind == NodeKind.Encapsulated;
            int frame = frames is null || isTable ? 0 : frames.FrameOf(part - 1) + 1;
            string where = isTable ? " (the offset table)" : frame > 0 ? $" (frame {frame})" : "";
            // where no tiles of decoded cells tell more, the frame is as close as it gets
            PixelBox? box = frame > told ? new PixelBox(frame, 0, 0, geometry!.Columns, geometry.Rows) : null;
            Alter(ReasonCode.PixelBytesChanged, $"encoded pixel bytes differ in part {part + 1} of {bound.Leaves}{where}", box);
        }
        if (why is not null) findings.Add(new Reason(ReasonCode.PixelBytesChanged, "what changed in the picture cannot be told in full: " + why, Part.Pixels, _pixels.Tag.ToString(), Offset: _pixels.HeaderOffset));
        if (tiles.Count > 0) Tiles(bound.Decoded!, tiles);
        if (differing.Count == 0 && !root.AsSpan().SequenceEqual(statement.PixelsRoot)) Alter(ReasonCode.PixelsChanged, "the pixels do not give the root that was sealed");
    }

    /// <summary>What was compressed with loss and is encoded otherwise now shows the sealed picture where it has the cells that spec/jpeg.md makes of the sealed bytes.</summary>
    private void Decompressed(PixelBinding bound, PixelBinding cells)
    {
        if (Cells(cells) is not { } reader) return;
        var differing = new List<int>();
        byte[]? root = Hash(cells, reader, bound.Leaves, differing, out _, out bool decoderDecides);
        if (root is null) return;
        if (differing.Count == 0 && decoderDecides) Doubt(DecoderDecides);
        else if (differing.Count == 0 && root.AsSpan().SequenceEqual(statement.DecodedRoot)) findings.Mark(Part.Pixels, PartState.Intact);
        else Doubt($"the pixels are bound as encoded bytes, are encoded otherwise now, and {differing.Count} of {cells.Leaves} tiles are not what decoding gives: another decoder may have made them, or someone changed them");
    }

    /// <summary>The tiles in which changed bytes show; how many frames they tell of, from the first, and why not of all.</summary>
    private (List<int> Tiles, int Told, string? Why) Locate(PixelBinding bound, PixelBinding cells)
    {
        var differing = new List<int>();
        if (PixelGeometry.Read(file.DataSet, _pixels, out string reason) is not { } geometry) return (differing, 0, reason);
        using PixelReader? reader = PixelReader.Open(file.TransferSyntax, _pixels, geometry, jpeg2000, out reason);
        if (reader is null) return (differing, 0, reason);
        int frame = 0;
        try
        {
            tree.Compute(cells, _pixels, reader, salts.From(bound.Leaves), (i, hash) => Note(i, bound.Leaves, hash, differing), current =>
            {
                frame = current;
                return true;
            });
            return (differing, cells.Frames, null);
        }
        catch (PixelException e)
        {
            return (differing, frame, $"frame {frame + 1}: {e.Message}");
        }
    }

    private void Alter(ReasonCode code, string text, PixelBox? box = null) => findings.Alter(new Reason(code, text, Part.Pixels, _pixels.Tag.ToString(), box, _pixels.HeaderOffset));

    private void Doubt(string why) =>
        findings.Doubt(new Reason(ReasonCode.PixelsNotDecodable, "the pixels cannot be compared: " + why, Part.Pixels, _pixels.Tag.ToString(), Offset: _pixels.HeaderOffset));

    private static string Shape(PixelBinding b) => $"{b.Frames} frames of {b.Rows} rows and {b.Columns} columns, {b.Samples} samples of {b.BitsAllocated} bits, {b.Leaves} parts";
}
