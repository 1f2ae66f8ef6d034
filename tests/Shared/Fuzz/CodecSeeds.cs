using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.JpegLs;
using Veridicom.Pixels.Png;
using Veridicom.Pixels.Rle;

namespace Veridicom.Testing;

/// <summary>Codestreams to be damaged: made by encoders of this tree and, where they are, the small ones of the real files.</summary>
public static class CodecSeeds
{
    private static readonly FrameShape[] Shapes = [new(23, 37, 1, 1), new(23, 37, 1, 2), new(23, 37, 3, 1), new(17, 9, 3, 2), new(9, 31, 1, 4)];

    public static IReadOnlyList<FuzzSeed> Rle() => [.. Shapes.Select((shape, i) => Seed($"rle {i}", Encode(output => RleEncoder.Encode(Picture(shape, 8 * shape.CellBytes), shape, output)), shape)),
        .. Real("1.2.840.10008.1.2.5")];

    public static IReadOnlyList<FuzzSeed> JpegLs() =>
    [
        .. new[] { (0, 8, 0), (0, 8, 3), (0, 5, 0), (1, 12, 0), (1, 16, 0), (1, 10, 2), (2, 8, 0), (2, 8, 1), (3, 16, 0) }.Select(made =>
            Seed($"jpeg-ls {made}", Encode(output => JpegLsEncoder.Encode(Picture(Shapes[made.Item1], made.Item2), Shapes[made.Item1], made.Item2, made.Item3, output)), Shapes[made.Item1])),
        .. Real("1.2.840.10008.1.2.4.80"), .. Real("1.2.840.10008.1.2.4.81"),
    ];

    public static IReadOnlyList<FuzzSeed> JpegLossless() =>
    [
        .. Enumerable.Range(1, 7).Select(predictor =>
        {
            FrameShape shape = Shapes[predictor % 4];
            return Seed($"jpeg-lossless {predictor}", LosslessJpegMaker.Make(Picture(shape, 8 * shape.CellBytes), shape, predictor, predictor % 3 == 0 ? 2 : 0), shape);
        }),
        .. Real("1.2.840.10008.1.2.4.57"), .. Real("1.2.840.10008.1.2.4.70"),
    ];

    public static IReadOnlyList<FuzzSeed> JpegDct() =>
    [
        .. DctMakers().Select((made, i) => Seed($"jpeg-dct {i}", made.Make(), new FrameShape(made.Rows, made.Columns, made.Factors.Length, made.Precision > 8 ? 2 : 1))),
        .. Real("1.2.840.10008.1.2.4.50"), .. Real("1.2.840.10008.1.2.4.51"),
    ];

    public static IReadOnlyList<FuzzSeed> Jpeg2000() => [.. Jpeg2000Vector.All.Select(vector => Seed(vector.Name, vector.Code(), vector.Shape))];

    public static IReadOnlyList<FuzzSeed> JpegFiles()
    {
        byte[] jfif = [0xFF, 0xE0, 0, 16, .. "JFIF"u8, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0], adobe = [0xFF, 0xEE, 0, 14, .. "Adobe"u8, 0, 100, 0, 0, 0, 0, 2];
        byte[] exif = [0xFF, 0xE1, 0, 34, .. "Exif"u8, 0, 0, .. "II"u8, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0];
        (int, int)[] three = [(2, 2), (1, 1), (1, 1)], four = [(1, 1), (1, 1), (1, 1), (1, 1)];
        return
        [
            .. new[]
            {
                new JpegMaker { Extra = jfif }, new JpegMaker { Extra = [.. jfif, .. exif], Factors = three }, new JpegMaker { Extra = adobe, Factors = four },
                new JpegMaker { Process = 0xC2, Factors = three, Scans = JpegMaker.ProgressiveScans(3), Extra = exif },
            }.Select((made, i) => new FuzzSeed($"jpeg file {i}", made.Make(), CodeMutator.Markers(made.Make()))),
        ];
    }

    public static IReadOnlyList<FuzzSeed> Png()
    {
        (PngColour Colour, int Channels, int Depth)[] kinds = [(PngColour.Grey, 1, 8), (PngColour.Grey, 1, 16), (PngColour.Rgb, 3, 8)];
        return [.. kinds.Select(k => PngWriter.Write(37, 23, k.Colour, k.Depth, Picture(new FrameShape(23, 37, k.Channels, k.Depth / 8), k.Depth))).Concat(CodeMutator.OtherPngs())
            .Select((file, i) => new FuzzSeed($"png {i}", file, [8, 16, 24, 33, 37, 41]))];
    }

    private static IEnumerable<JpegMaker> DctMakers() =>
    [
        new() { Restart = 3 },
        new() { Factors = [(2, 2), (1, 1), (1, 1)], Skewed = true },
        new() { Factors = [(1, 2), (1, 1), (2, 1)], Restart = 2 },
        new() { Process = 0xC1, Precision = 12, Factors = [(1, 1), (1, 1), (1, 1)], Scans = [([0], 0, 63, 0, 0), ([1, 2], 0, 63, 0, 0)] },
        new() { Process = 0xC2, Factors = [(2, 1), (1, 1), (1, 1)], Scans = JpegMaker.ProgressiveScans(3) },
        new() { Process = 0xC2, Scans = JpegMaker.ProgressiveScans(1), Restart = 4, Skewed = true },
    ];

    private static CodeSeed Seed(string name, byte[] code, FrameShape shape) => new(name, code, CodeMutator.Markers(code), shape);

    private static byte[] Encode(Action<MemoryStream> encode)
    {
        using var output = new MemoryStream();
        encode(output);
        return output.ToArray();
    }

    /// <summary>First frames of real files of this syntax that take less than 20,000 bytes and less than a quarter of a million cells.</summary>
    private static IEnumerable<CodeSeed> Real(string syntax)
    {
        foreach (FuzzSeed file in FuzzSeeds.Real())
        {
            CodeSeed? seed = null;
            try
            {
                DicomFile parsed = DicomFile.Parse(new MemorySource(file.Original));
                if (parsed.TransferSyntax.Uid == syntax && PixelGeometry.TryFindPixels(parsed.DataSet, out DicomNode pixels) && pixels.Kind == NodeKind.Encapsulated
                    && PixelGeometry.Read(parsed.DataSet, pixels, out _) is { } geometry && EncapsulatedFrames.Find(pixels, geometry.Frames, out _) is { } frames)
                {
                    byte[] code = frames.Codestream(0).ToArray();
                    var shape = new FrameShape(geometry.Rows, geometry.Columns, geometry.Samples, geometry.CellBytes);
                    if (code.Length < 20_000 && shape.Bytes < 250_000) seed = Seed(file.Name, code, shape);
                }
            }
            catch (DicomException)
            {
                // a real file that is broken
            }
            if (seed is not null) yield return seed;
        }
    }

    /// <summary>Gradients, flat places and some noise.</summary>
    private static byte[] Picture(FrameShape shape, int precision)
    {
        byte[] cells = new byte[shape.Bytes];
        long mask = (1L << precision) - 1;
        for (int i = 0; i < cells.Length / shape.CellBytes; i++)
        {
            int column = i / shape.Samples % shape.Columns, row = i / shape.Samples / shape.Columns;
            uint noise = unchecked((uint)i * 2654435761u) >> 26;
            long value = column < shape.Columns / 3 ? mask / 2 : (mask * (column + row + 7 * (i % shape.Samples)) / (shape.Columns + shape.Rows + 24)) + noise * (mask >> 8) / 16;
            for (int b = 0; b < shape.CellBytes; b++) cells[i * shape.CellBytes + b] = (byte)((value & mask) >> (8 * b) & 0xFF);
        }
        return cells;
    }
}
