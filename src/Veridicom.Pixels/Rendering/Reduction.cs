namespace Veridicom.Pixels.Rendering;

/// <summary>Makes pictures smaller.</summary>
public static class Reduction
{
    /// <summary>
    /// The picture with its longer side at most <paramref name="side"/> pixels, each pixel the mean of the area that it stands for: nothing falls between
    /// two pixels and disappears. The same picture where it is no larger.
    /// </summary>
    public static Raster Reduced(this Raster raster, int side)
    {
        ArgumentNullException.ThrowIfNull(raster);
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 1);
        int longer = Math.Max(raster.Width, raster.Height);
        if (longer <= side) return raster;
        int width = Math.Max(1, (int)((long)raster.Width * side / longer)), height = Math.Max(1, (int)((long)raster.Height * side / longer)), channels = raster.Channels;
        var small = new Raster(width, height, channels);
        long[] sums = new long[channels];
        for (int y = 0; y < height; y++)
        {
            (int top, int bottom) = Span(y, height, raster.Height);
            for (int x = 0; x < width; x++)
            {
                (int left, int right) = Span(x, width, raster.Width);
                Array.Clear(sums);
                for (int row = top; row < bottom; row++)
                {
                    ReadOnlySpan<byte> from = raster.Samples.AsSpan((row * raster.Width + left) * channels, (right - left) * channels);
                    for (int i = 0; i < from.Length; i += channels)
                    {
                        for (int c = 0; c < channels; c++) sums[c] += from[i + c];
                    }
                }
                long count = (long)(bottom - top) * (right - left);
                for (int c = 0; c < channels; c++) small.Samples[(y * width + x) * channels + c] = (byte)((sums[c] + count / 2) / count);
            }
        }
        return small;
    }

    private static (int First, int End) Span(int index, int of, int size) => ((int)((long)index * size / of), (int)Math.Max((long)index * size / of + 1, (long)(index + 1) * size / of));
}
