using Veridicom.Forensics.Generation;
using Veridicom.Pixels;
using Veridicom.Pixels.Jpeg;
using Veridicom.Pixels.Png;
using Veridicom.Pixels.Rendering;

namespace Veridicom.Forensics;

/// <summary>Gray values out of what the decoders give. Opacity is left aside: what is transparent has its stored value.</summary>
internal static class GrayValues
{
    private const int RowsAtOnce = 64, MostSampled = 1 << 20;
    private const double Tail = 0.005;

    /// <summary>Of PNG: gray keeps its depth, colours become luminance in 8 bits.</summary>
    public static GrayPicture Of(PngPicture png)
    {
        int pixels = checked(png.Width * png.Height);
        var values = new float[pixels];
        if (png.Colour is PngColour.Grey or PngColour.GreyAlpha)
        {
            int step = (png.Depth == 16 ? 2 : 1) * png.Channels;
            for (int i = 0; i < pixels; i++) values[i] = png.Depth == 16 ? png.Samples[i * step] | png.Samples[i * step + 1] << 8 : png.Samples[i * step];
            return new GrayPicture(png.Height, png.Width, values, 1 << png.Depth);
        }
        byte[] rgba = png.ToRgba8();
        for (int i = 0; i < pixels; i++) values[i] = Luminance(rgba[4 * i], rgba[4 * i + 1], rgba[4 * i + 2]);
        return new GrayPicture(png.Height, png.Width, values, 256);
    }

    /// <summary>Of JPEG.</summary>
    public static GrayPicture Of(JpegPicture jpeg) => Of(jpeg.Rows, jpeg.Columns, jpeg.Samples, jpeg.Pixels);

    /// <summary>Of a rendered frame.</summary>
    public static GrayPicture Of(Raster raster) => Of(raster.Height, raster.Width, raster.Channels, raster.Samples);

    /// <summary>Of one frame of gray cells: stored values.</summary>
    public static GrayPicture Of(PixelReader reader, int frame)
    {
        PixelGeometry g = reader.Geometry;
        var stored = new StoredValues(g);
        var values = new float[checked(g.Rows * g.Columns)];
        for (int row = 0; row < g.Rows; row += RowsAtOnce)
        {
            int count = Math.Min(RowsAtOnce, g.Rows - row);
            ReadOnlySpan<byte> cells = reader.Rows(frame, row, count);
            for (int i = 0; i < count * g.Columns; i++) values[row * g.Columns + i] = (float)stored.Number(cells, i);
        }
        return new GrayPicture(g.Rows, g.Columns, values, stored.IsFloat || g.BitsStored > 24 ? 1 << 24 : 1 << Math.Max(1, g.BitsStored));
    }

    /// <summary>In 8 bits: from the darkest to the brightest that the encoding can hold.</summary>
    public static GrayPicture Narrowed(GrayPicture picture)
    {
        var values = new float[picture.Values.Length];
        float scale = 255f / (picture.Levels - 1);
        for (int i = 0; i < values.Length; i++) values[i] = MathF.Round(picture.Values[i] * scale);
        return new GrayPicture(picture.Rows, picture.Columns, values, 256);
    }

    /// <summary>
    /// In 8 bits as the model sees it: up to 8 bits from the darkest to the brightest that the encoding can hold, which leaves 8 bits as they are; more bits from the darkest half percent of what
    /// is inside a uniform canvas to the brightest. What is no number is black.
    /// </summary>
    /// <param name="picture">Stored values.</param>
    /// <param name="least">The smallest value that the bits can hold; counts for up to 8 bits.</param>
    /// <param name="inverted">True where low values are bright.</param>
    public static GrayPicture Judged(GrayPicture picture, double least, bool inverted)
    {
        if (picture.Levels == 256 && least == 0 && !inverted) return picture;
        (double low, double high) = picture.Levels <= 256 ? (least, least + picture.Levels - 1) : Bulk(picture);
        double range = high > low ? high - low : double.PositiveInfinity;
        var values = new float[picture.Values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            // multiplied before it is divided: whole numbers give the same quotient whatever factor they have in common
            double value = Math.Round(Math.Clamp((picture.Values[i] - low) * 255 / range, 0, 255));
            values[i] = double.IsNaN(value) ? 0 : (float)(inverted ? 255 - value : value);
        }
        return new GrayPicture(picture.Rows, picture.Columns, values, 256);
    }

    // Of many values a sample by a fixed step: its percentiles are those of all, and sorting stays cheap.
    private static (double Low, double High) Bulk(GrayPicture picture)
    {
        ContentArea area = ContentArea.Of(picture);
        if (area.Rows <= 0 || area.Columns <= 0) return (0, 0);
        long pixels = (long)area.Rows * area.Columns, step = Math.Max(1, pixels / MostSampled);
        var seen = new List<float>((int)(pixels / step) + 1);
        for (long i = 0; i < pixels; i += step)
        {
            float value = picture.Row(area.Row + (int)(i / area.Columns))[area.Column + (int)(i % area.Columns)];
            if (float.IsFinite(value)) seen.Add(value);
        }
        if (seen.Count == 0) return (0, 0);
        seen.Sort();
        int tail = (int)(Tail * (seen.Count - 1));
        return (seen[tail], seen[^(tail + 1)]);
    }

    private static GrayPicture Of(int rows, int columns, int channels, ReadOnlySpan<byte> samples)
    {
        var values = new float[checked(rows * columns)];
        for (int i = 0; i < values.Length; i++)
            values[i] = channels < 3 ? samples[i * channels] : Luminance(samples[i * channels], samples[i * channels + 1], samples[i * channels + 2]);
        return new GrayPicture(rows, columns, values, 256);
    }

    // ITU-R BT.601, rounded: gray that was stored as three equal colours is the same gray again.
    private static float Luminance(byte red, byte green, byte blue) => MathF.Round(0.299f * red + 0.587f * green + 0.114f * blue);
}
