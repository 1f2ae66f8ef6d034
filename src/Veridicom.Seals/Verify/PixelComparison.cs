using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Tree;

namespace Veridicom.Seals.Verify;

/// <summary>Compares the pixel data of a file with the pixel tree of a seal.</summary>
internal static class PixelComparison
{
    /// <summary>Compares; differing tiles go to the findings as boxes.</summary>
    public static void Run(DicomFile file, Statement statement, Opening opening, Salts? salts, PixelTree tree, Findings findings)
    {
        PixelBinding? bound = statement.Pixels;
        bool has = PixelGeometry.TryFindPixels(file.DataSet, out DicomNode pixels);
        if (bound is null || !has) return; // the element itself is a leaf: added or missing shows there
        if (bound.Kind == PixelBindingKind.Encoded)
            findings.Add(new Reason(ReasonCode.BoundAsEncoded, "the pixels are bound as encoded bytes" + (bound.Reason.Length > 0 ? ": " + bound.Reason : ""), Part.Pixels));
        if (pixels.Tag != bound.Element)
        {
            findings.Alter(new Reason(ReasonCode.ShapeChanged, "the pixels stand in another element than sealed", Part.Pixels, pixels.Tag.ToString(), Offset: pixels.HeaderOffset));
            return;
        }
        // no reader decodes what contradicts its transfer syntax; the carrier says so
        if (Verifier.EncodingContradiction(file) is not null && pixels.Kind == NodeKind.Encapsulated) return;
        bool sameForm = file.TransferSyntax.Uid == statement.TransferSyntax || (file.IsNative && bound.Kind == PixelBindingKind.Encoded && !IsEncapsulated(statement));
        PixelBinding? now = PixelBinding.Of(pixels, bound.Kind, out NativePixels? native, out string reason);
        bool otherEncoding = pixels.Kind == NodeKind.Encapsulated ? bound.Kind == PixelBindingKind.Samples : bound.Kind == PixelBindingKind.Encoded && IsEncapsulated(statement);
        if (otherEncoding || (bound.Kind == PixelBindingKind.Encoded && !sameForm))
        {
            findings.Doubt(new Reason(ReasonCode.PixelsNotDecodable, bound.Kind == PixelBindingKind.Samples
                ? "the pixel data is compressed, and this version decodes native pixel data only: decompress the file without loss, then verify"
                : "the pixels are bound as encoded bytes and are encoded otherwise now", Part.Pixels, pixels.Tag.ToString(), Offset: pixels.HeaderOffset));
            return;
        }
        findings.Mark(Part.Pixels, PartState.Intact);
        if (now is null || !now.SameShape(bound))
        {
            string what = now is null ? reason : $"sealed as {Shape(bound)}, now {Shape(now)}";
            findings.Alter(new Reason(ReasonCode.ShapeChanged, "the shape of the pixel data is not the sealed one: " + what, Part.Pixels, pixels.Tag.ToString(), Offset: pixels.HeaderOffset));
            return;
        }
        var differing = new List<int>();
        int size = opening.HashSize;
        void Compare(int index, ReadOnlySpan<byte> hash)
        {
            if (!hash.StartsWith(opening.Pixels.Span.Slice(index * size, size))) differing.Add(index);
        }
        // a redacted copy gives its salts one by one
        byte[] root = salts is null ? tree.Compute(now, pixels, native, opening.PixelSalts, Compare) : tree.Compute(now, pixels, native, salts, Compare);
        Report(now, differing, root, statement, findings);
    }

    private static void Report(PixelBinding now, List<int> differing, byte[] root, Statement statement, Findings findings)
    {
        foreach (int index in differing)
        {
            if (now.Kind == PixelBindingKind.Samples)
            {
                int frame = index / now.GroupSize;
                (int column, int row, int width, int height) = now.Grid.Box(index % now.GroupSize);
                findings.Alter(new Reason(ReasonCode.PixelsChanged, $"pixels differ in frame {frame + 1}, columns {column} to {column + width - 1}, rows {row} to {row + height - 1}", Part.Pixels,
                    Box: new PixelBox(frame + 1, column, row, width, height)));
            }
            else findings.Alter(new Reason(ReasonCode.PixelBytesChanged, $"encoded pixel bytes differ in part {index + 1} of {now.Leaves}", Part.Pixels, now.Element.ToString()));
        }
        if (differing.Count == 0 && !root.AsSpan().SequenceEqual(statement.PixelsRoot))
            findings.Alter(new Reason(ReasonCode.PixelsChanged, "the pixels do not give the root that was sealed", Part.Pixels));
    }

    private static bool IsEncapsulated(Statement statement) => TransferSyntax.TryFind(statement.TransferSyntax, out var syntax) && syntax.IsEncapsulated;

    private static string Shape(PixelBinding b) => $"{b.Frames} frames of {b.Rows} rows and {b.Columns} columns, {b.Samples} samples of {b.BitsAllocated} bits, {b.Leaves} parts";
}
