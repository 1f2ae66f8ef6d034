using Veridicom.Pixels.Png;

namespace Veridicom.Pixels.Rendering;

/// <summary>A picture for the eye: 8 bits a channel, [row, column, channel], one channel (grey) or three (red, green, blue), without gaps.</summary>
public sealed class Raster
{
    /// <summary>A black picture.</summary>
    /// <exception cref="PixelException">It would have more than a gibibyte.</exception>
    public Raster(int width, int height, int channels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (channels is not (1 or 3)) throw new ArgumentOutOfRangeException(nameof(channels));
        if ((long)width * height * channels > Encapsulated.FrameShape.MaxBytes) throw new PixelException(PixelError.TooLarge, -1, "the picture would be longer than one gibibyte");
        (Width, Height, Channels) = (width, height, channels);
        Samples = new byte[width * height * channels];
    }

    /// <summary>Pixels.</summary>
    public int Width { get; }

    /// <summary>Pixels.</summary>
    public int Height { get; }

    /// <summary>1 or 3.</summary>
    public int Channels { get; }

    /// <summary>The samples; the picture owns them.</summary>
    public byte[] Samples { get; }

    /// <summary>The same picture in colour, each pixel <paramref name="factor"/> x <paramref name="factor"/> pixels large.</summary>
    public Raster Enlarged(int factor)
    {
        var large = new Raster(checked(Width * factor), checked(Height * factor), 3);
        int rowBytes = large.Width * 3;
        for (int y = 0; y < Height; y++)
        {
            Span<byte> row = large.Samples.AsSpan(y * factor * rowBytes, rowBytes);
            for (int x = 0, to = 0; x < Width; x++)
            {
                ReadOnlySpan<byte> from = Samples.AsSpan((y * Width + x) * Channels, Channels);
                for (int i = 0; i < factor; i++, to += 3)
                {
                    row[to] = from[0];
                    row[to + 1] = from[Channels == 1 ? 0 : 1];
                    row[to + 2] = from[Channels == 1 ? 0 : 2];
                }
            }
            for (int i = 1; i < factor; i++) row.CopyTo(large.Samples.AsSpan((y * factor + i) * rowBytes));
        }
        return large;
    }

    /// <summary>The picture as a PNG file.</summary>
    public byte[] ToPng() => PngWriter.Write(Width, Height, Channels == 1 ? PngColour.Grey : PngColour.Rgb, 8, Samples);
}
