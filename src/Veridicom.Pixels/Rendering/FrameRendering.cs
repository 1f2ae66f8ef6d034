using Veridicom.Dicom;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg2000;

namespace Veridicom.Pixels.Rendering;

/// <summary>A frame as a picture for the eye.</summary>
/// <param name="Picture">Grey or red, green, blue, of the size of the frame.</param>
/// <param name="Windowing">How it was mapped to brightness.</param>
public sealed record RenderedFrame(Raster Picture, Windowing Windowing);

/// <summary>
/// Renders frames of a file as its attributes say (PS3.3-2023b C.7.6.3.1.2, C.11; PS3.4-2023b N.2), without overlays, shutters and annotations. Not safe for
/// use by several threads.
/// </summary>
public sealed class FrameRendering
{
    private const double Tail = 0.005;
    private const int Samples = 1 << 20;

    private static readonly DicomTag RedDescriptor = new(0x0028, 0x1101);

    private readonly DicomDataSet _set;
    private readonly PixelReader _reader;

    private FrameRendering(DicomDataSet set, PixelReader reader) => (_set, _reader) = (set, reader);

    /// <summary>The shape.</summary>
    public PixelGeometry Geometry => _reader.Geometry;

    /// <summary>The cells behind the pictures.</summary>
    public PixelReader Reader => _reader;

    /// <summary>Opens the pixel data of a file. Null with a reason where it has none, or none that can be read here.</summary>
    public static FrameRendering? Open(DicomFile file, IJpeg2000? jpeg2000, out string reason)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!PixelGeometry.TryFindPixels(file.DataSet, out DicomNode pixels))
        {
            reason = "the file has no pixel data";
            return null;
        }
        if (PixelGeometry.Read(file.DataSet, pixels, out reason) is not { } geometry) return null;
        PixelReader? reader = pixels.Kind != NodeKind.Element ? PixelReader.Open(file.TransferSyntax, pixels, geometry, jpeg2000, out reason)
            : geometry.Photometric is "YBR_FULL_422" or "YBR_PARTIAL_422" ? SubsampledPixels.OpenNative(pixels, geometry, out reason)
            : NativePixels.OpenToShow(pixels, geometry, out reason);
        return reader is null ? null : new FrameRendering(file.DataSet, reader);
    }

    /// <summary>Renders one frame.</summary>
    /// <param name="frame">From 0.</param>
    /// <param name="window">A window instead of the file's own; colours take none.</param>
    /// <exception cref="PixelException">It cannot be decoded, is too large, or of a form that is not shown here.</exception>
    public RenderedFrame Render(int frame, Window? window = null)
    {
        PixelGeometry g = Geometry;
        _reader.Rows(frame, 0, 1); // what cannot be decoded shall cost no picture
        return g.Samples switch
        {
            1 when g.Photometric == "PALETTE COLOR" => new RenderedFrame(Palette(frame), new Windowing(WindowSource.Colour, null, false)),
            1 => Grey(frame, window),
            3 => new RenderedFrame(Colour(frame), new Windowing(WindowSource.Colour, null, false)),
            _ => throw new PixelException(PixelError.Unsupported, -1, $"pictures of {g.Samples} samples a pixel are not shown here"),
        };
    }

    /// <summary>Calls with each band of rows: first row, rows, canonical cells.</summary>
    private void Bands(int frame, Action<int, int, ReadOnlySpan<byte>> each)
    {
        int step = Math.Clamp((1 << 20) / Geometry.RowBytes, 1, Geometry.Rows);
        for (int row = 0; row < Geometry.Rows; row += step)
        {
            int count = Math.Min(step, Geometry.Rows - row);
            each(row, count, _reader.Rows(frame, row, count));
        }
    }

    private RenderedFrame Grey(int frame, Window? asked)
    {
        PixelGeometry g = Geometry;
        var values = new StoredValues(g);
        var grey = new GreyTransformation(_set, g, frame);
        var picture = new Raster(g.Columns, g.Rows, 1);
        bool inverse = grey.IsInverse;
        if (asked is null && grey.VoiLut is { } table)
        {
            double most = (1 << table.Bits) - 1;
            Paint(stored => table[grey.Modality(stored)] / most);
            return new RenderedFrame(picture, new Windowing(WindowSource.VoiLut, null, inverse));
        }
        (Window? window, WindowSource source) = asked is not null ? (asked, WindowSource.Caller)
            : grey.Window is not null ? (grey.Window, WindowSource.File) : Default(frame, values, grey);
        if (window is { } w) Paint(stored => w.Map(grey.Modality(stored)));
        else Paint(stored => (stored - values.Least) / (values.Most - values.Least));
        return new RenderedFrame(picture, new Windowing(source, window, inverse));

        void Paint(Func<double, double> brightness)
        {
            if (values.IsNarrow)
            {
                byte[] shades = new byte[g.CellBytes == 1 ? 256 : 65536];
                for (int bits = 0; bits < shades.Length; bits++) shades[bits] = Shade(brightness(values.Value((ulong)bits)));
                Bands(frame, (row, count, cells) =>
                {
                    Span<byte> to = picture.Samples.AsSpan(row * g.Columns, count * g.Columns);
                    for (int i = 0; i < to.Length; i++) to[i] = shades[values.Narrow(cells, i)];
                });
                return;
            }
            Bands(frame, (row, count, cells) =>
            {
                Span<byte> to = picture.Samples.AsSpan(row * g.Columns, count * g.Columns);
                for (int i = 0; i < to.Length; i++) to[i] = Shade(brightness(values.Number(cells, i)));
            });
        }

        byte Shade(double brightness)
        {
            // not a number has no brightness: black, whatever is inverted
            if (double.IsNaN(brightness)) return 0;
            byte shade = (byte)(Math.Clamp(brightness, 0, 1) * 255 + 0.5);
            return inverse ? (byte)(255 - shade) : shade;
        }
    }

    /// <summary>
    /// Where the file names no window: the full range of few bits that are used, else the values of the frame, padding and what is no number aside, without the
    /// half percent at either end.
    /// </summary>
    private (Window? Window, WindowSource Source) Default(int frame, StoredValues values, GreyTransformation grey)
    {
        PixelGeometry g = Geometry;
        if (g.BitsStored == 1) return (null, WindowSource.FullRange);
        int every = (int)Math.Max(1, (long)g.Rows * g.Columns / Samples), next = 0;
        var seen = new List<double>(Math.Min(Samples, g.Rows * g.Columns) + 1);
        double least = double.PositiveInfinity, most = double.NegativeInfinity;
        Bands(frame, (row, count, cells) =>
        {
            int first = row * g.Columns;
            for (int i = 0; i < count * g.Columns; i++)
            {
                double stored = values.Number(cells, i);
                if (!double.IsFinite(stored) || grey.IsPadding(stored)) continue;
                (least, most) = (Math.Min(least, stored), Math.Max(most, stored));
                if (first + i < next) continue;
                seen.Add(stored);
                next = first + i + every;
            }
        });
        if (g.BitsStored <= 8 && !grey.HasModality && !values.IsFloat && most >= values.Most / 4) return (null, WindowSource.FullRange);
        if (seen.Count == 0) return (new Window(0, 1, WindowFunction.LinearExact), WindowSource.Percentiles);
        seen.Sort();
        double low = seen[(int)(Tail * (seen.Count - 1))], high = seen[(int)Math.Ceiling((1 - Tail) * (seen.Count - 1))];
        // a few bright pixels on nothing: a mask, an empty dose
        if (low == high) (low, high) = (least, most);
        (low, high) = (grey.Modality(low), grey.Modality(high));
        double width = Math.Abs(high - low), centre = low / 2 + high / 2;
        return (new Window(centre, width > 0 && double.IsFinite(width) ? width : 1, WindowFunction.LinearExact), WindowSource.Percentiles);
    }

    private Raster Colour(int frame)
    {
        PixelGeometry g = Geometry;
        var values = new StoredValues(g);
        var picture = new Raster(g.Columns, g.Rows, 3);
        int rowBytes = g.Columns * 3;
        Bands(frame, (row, count, cells) =>
        {
            Span<byte> to = picture.Samples.AsSpan(row * rowBytes, count * rowBytes);
            if (g.CellBytes == 1 && g.BitsStored == 8) cells.CopyTo(to);
            else for (int i = 0; i < to.Length; i++) to[i] = values.Eight(cells, i);
        });
        CodestreamColour said = _reader is DecodedPixels decoded ? decoded.Facts(frame).Colour : CodestreamColour.Unstated;
        switch (said)
        {
            case CodestreamColour.Ycc:
            case CodestreamColour.Unstated when g.Photometric is "YBR_FULL" or "YBR_FULL_422" or "YBR_ICT" or "YBR_RCT":
                ColourConversion.FullToRgb(picture.Samples);
                break;
            case CodestreamColour.Unstated when g.Photometric is "YBR_PARTIAL_422" or "YBR_PARTIAL_420":
                ColourConversion.PartialToRgb(picture.Samples);
                break;
        }
        return picture;
    }

    /// <summary>PS3.3-2023b C.7.6.3.1.5 and C.7.9.</summary>
    private Raster Palette(int frame)
    {
        PixelGeometry g = Geometry;
        var tables = new LookupTable[3];
        int most = 0;
        for (int c = 0; c < 3; c++)
        {
            var descriptor = new DicomTag(0x0028, (ushort)(RedDescriptor.Element + c));
            tables[c] = LookupTable.Read(_set.Root, descriptor, new DicomTag(0x0028, (ushort)(0x1201 + c)), g.Signed)
                ?? LookupTable.ReadSegmented(_set.Root, descriptor, new DicomTag(0x0028, (ushort)(0x1221 + c)))
                ?? throw new PixelException(PixelError.Malformed, -1, "the palette is missing or broken");
            most = Math.Max(most, tables[c].Most);
        }
        // some writers say 16 bits and mean 8
        if (most < 256) tables = Array.ConvertAll(tables, table => table.OfBits(8));
        var values = new StoredValues(g);
        var picture = new Raster(g.Columns, g.Rows, 3);
        int rowBytes = g.Columns * 3;
        Bands(frame, (row, count, cells) =>
        {
            Span<byte> to = picture.Samples.AsSpan(row * rowBytes, count * rowBytes);
            for (int i = 0; i < count * g.Columns; i++)
            {
                double index = values.Number(cells, i);
                for (int c = 0; c < 3; c++)
                {
                    LookupTable table = tables[c];
                    to[3 * i + c] = (byte)Math.Min(255, table.Bits > 8 ? table[index] >> (table.Bits - 8) : table[index]);
                }
            }
        });
        return picture;
    }
}
