using System.Buffers.Binary;
using System.Globalization;
using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg2000;

namespace Veridicom.Seals.Verify;

/// <summary>How the pixels of two files compare.</summary>
internal sealed record PixelsReport(PixelComparisonState State, string Note, IReadOnlyList<FrameDifference> Frames, int More);

/// <summary>Lays the pixels of two files side by side: cells wherever both can be decoded, whatever their encodings, else the bytes as encoded.</summary>
internal static class PixelDifferences
{
    private const int Part = 1 << 18;

    public static PixelsReport Compare(DicomFile a, DicomFile b, IJpeg2000? jpeg2000)
    {
        bool hasA = PixelGeometry.TryFindPixels(a.DataSet, out DicomNode pixelsA), hasB = PixelGeometry.TryFindPixels(b.DataSet, out DicomNode pixelsB);
        if (!hasA && !hasB) return Give(PixelComparisonState.None, "");
        // That it is missing from one is listed among the attributes.
        if (!hasA || !hasB) return Give(PixelComparisonState.NotComparable, $"the {(hasA ? "second" : "first")} file has no pixel data");
        bool encoded = pixelsA.Kind == NodeKind.Encapsulated && pixelsB.Kind == NodeKind.Encapsulated && a.TransferSyntax.Uid == b.TransferSyntax.Uid;
        if (encoded && FirstDifferentFragment(pixelsA, pixelsB) < 0) return Give(PixelComparisonState.Same, "compared as encoded bytes");
        string reason = "", which = "first";
        PixelGeometry? shapeA = PixelGeometry.Read(a.DataSet, pixelsA, out reason), shapeB = null;
        PixelReader? readerA = shapeA is null ? null : PixelReader.Open(a.TransferSyntax, pixelsA, shapeA, jpeg2000, out reason), readerB = null;
        if (readerA is not null)
        {
            which = "second";
            shapeB = PixelGeometry.Read(b.DataSet, pixelsB, out reason);
            readerB = shapeB is null ? null : PixelReader.Open(b.TransferSyntax, pixelsB, shapeB, jpeg2000, out reason);
        }
        if (readerA is null || readerB is null) return Undecoded(a, pixelsA, b, pixelsB, reason, which);
        if (OtherShape(shapeA!, shapeB!) is { } shape) return Give(PixelComparisonState.NotComparable, shape);
        try
        {
            return Cells(readerA, readerB, string.Join("; ", ((string?[])[Lossy("first", a, readerA), Lossy("second", b, readerB)]).OfType<string>()));
        }
        catch (PixelException e)
        {
            return Undecoded(a, pixelsA, b, pixelsB, e.Message, "");
        }
    }

    /// <summary>What can be said where the cells of one file cannot be had.</summary>
    private static PixelsReport Undecoded(DicomFile a, DicomNode pixelsA, DicomFile b, DicomNode pixelsB, string reason, string which)
    {
        string why = which.Length > 0 ? $"the {which} file: {reason}" : reason;
        if (pixelsA.Kind == NodeKind.Encapsulated && pixelsB.Kind == NodeKind.Encapsulated)
        {
            if (a.TransferSyntax.Uid != b.TransferSyntax.Uid)
                return Give(PixelComparisonState.NotComparable, $"the pixels are compressed in two ways ({a.TransferSyntax.Name}; {b.TransferSyntax.Name}), and cells cannot be compared: {why}");
            int first = FirstDifferentFragment(pixelsA, pixelsB);
            return Give(PixelComparisonState.Different, string.Create(CultureInfo.InvariantCulture, $"the encoded bytes differ from fragment {first + 1} of {pixelsA.ChildCount} on; where cannot be told: {why}"));
        }
        if (pixelsA.Kind == NodeKind.Encapsulated || pixelsB.Kind == NodeKind.Encapsulated) return Give(PixelComparisonState.NotComparable, $"the pixels of the {(pixelsA.Kind == NodeKind.Encapsulated ? "first" : "second")} file are compressed, and cells cannot be compared: {why}");
        return ElementText.SameBytes(pixelsA, pixelsB)
            ? Give(PixelComparisonState.Same, "compared byte by byte: " + reason)
            : Give(PixelComparisonState.NotComparable, "the stored bytes differ, and cells cannot be compared: " + reason);
    }

    private static string? Lossy(string which, DicomFile file, PixelReader reader) =>
        reader is DecodedPixels decoded && (file.TransferSyntax.IsLossless == false || decoded.Facts(0).NearLossless != 0) ? $"the {which} file is compressed with loss ({file.TransferSyntax.Name})" : null;

    /// <summary>Number from 0 of the first fragment that differs, the offset table counted; -1 where none does.</summary>
    public static int FirstDifferentFragment(DicomNode a, DicomNode b)
    {
        DicomNode.ChildEnumerator other = b.GetEnumerator();
        int number = 0;
        foreach (DicomNode fragment in a)
        {
            if (!other.MoveNext() || !SameFragment(fragment, other.Current)) return number;
            number++;
        }
        return other.MoveNext() ? number : -1;
    }

    private static bool SameFragment(DicomNode a, DicomNode b)
    {
        if (a.ValueLength != b.ValueLength) return false;
        for (long at = 0; at < a.ValueLength; at += Part)
        {
            int count = (int)Math.Min(Part, a.ValueLength - at);
            if (!a.DataSet.Source.Window(a.ValueOffset + at, count).SequenceEqual(b.DataSet.Source.Window(b.ValueOffset + at, count))) return false;
        }
        return true;
    }

    private static string? OtherShape(PixelGeometry a, PixelGeometry b)
    {
        if (a.Element == b.Element && a.Frames == b.Frames && a.Rows == b.Rows && a.Columns == b.Columns && a.Samples == b.Samples && a.CellBytes == b.CellBytes) return null;
        return $"the shapes differ: {Shape(a)}; {Shape(b)}";

        static string Shape(PixelGeometry g) => string.Create(CultureInfo.InvariantCulture, $"{g.Columns} x {g.Rows}, {g.Frames} frames, {g.Samples} samples of {g.BitsAllocated} bits");
    }

    private static PixelsReport Cells(PixelReader a, PixelReader b, string note)
    {
        PixelGeometry shape = a.Geometry;
        var frames = new List<FrameDifference>();
        int more = 0;
        int step = Math.Clamp((1 << 20) / Math.Max(1, shape.RowBytes), 1, shape.Rows);
        for (int frame = 0; frame < shape.Frames; frame++)
        {
            var box = new Box(shape);
            for (int row = 0; row < shape.Rows; row += step)
            {
                int count = Math.Min(step, shape.Rows - row);
                ReadOnlySpan<byte> rowsA = a.Rows(frame, row, count), rowsB = b.Rows(frame, row, count);
                if (!rowsA.SequenceEqual(rowsB)) box.Add(rowsA, rowsB, row);
            }
            if (box.Cells == 0) continue;
            if (frames.Count < Differences.MaxFrames) frames.Add(box.Give(frame + 1));
            else more++;
        }
        return new PixelsReport(frames.Count == 0 ? PixelComparisonState.Same : PixelComparisonState.Different, note, frames, more);
    }

    private static PixelsReport Give(PixelComparisonState state, string note) => new(state, note, [], 0);

    /// <summary>Grows around the cells of one frame that differ.</summary>
    private struct Box(PixelGeometry shape)
    {
        private int _left = int.MaxValue, _top = int.MaxValue, _right = -1, _bottom = -1;
        private double _most;

        public long Cells { get; private set; }

        public void Add(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, int firstRow)
        {
            int size = shape.CellBytes;
            for (int at = a.CommonPrefixLength(b) / size * size; at < a.Length; at += size)
            {
                ReadOnlySpan<byte> one = a.Slice(at, size), other = b.Slice(at, size);
                if (one.SequenceEqual(other)) continue;
                int pixel = at / size / shape.Samples, column = pixel % shape.Columns, row = firstRow + pixel / shape.Columns;
                (_left, _right) = (Math.Min(_left, column), Math.Max(_right, column));
                (_top, _bottom) = (Math.Min(_top, row), Math.Max(_bottom, row));
                double difference = Math.Abs(Value(one) - Value(other));
                _most = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(_most, difference);
                Cells++;
            }
        }

        public readonly FrameDifference Give(int frame) => new(new PixelBox(frame, _left, _top, _right - _left + 1, _bottom - _top + 1), Cells, _most);

        private readonly double Value(ReadOnlySpan<byte> cell) => (shape.Element.Element, cell.Length, shape.Signed) switch
        {
            (0x0008, 4, _) => BinaryPrimitives.ReadSingleLittleEndian(cell),
            (0x0009, 8, _) => BinaryPrimitives.ReadDoubleLittleEndian(cell),
            (_, 1, true) => (sbyte)cell[0],
            (_, 1, false) => cell[0],
            (_, 2, true) => BinaryPrimitives.ReadInt16LittleEndian(cell),
            (_, 2, false) => BinaryPrimitives.ReadUInt16LittleEndian(cell),
            (_, 4, true) => BinaryPrimitives.ReadInt32LittleEndian(cell),
            (_, 4, false) => BinaryPrimitives.ReadUInt32LittleEndian(cell),
            (_, _, true) => BinaryPrimitives.ReadInt64LittleEndian(cell),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(cell),
        };
    }
}
