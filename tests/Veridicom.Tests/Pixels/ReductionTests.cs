using Veridicom.Pixels.Rendering;
using Xunit;

namespace Veridicom.Tests.Pixels;

/// <summary>Smaller pictures: nothing disappears, and proportions stay.</summary>
public sealed class ReductionTests
{
    [Fact]
    public void A_small_picture_is_left_alone()
    {
        var picture = new Raster(96, 50, 1);
        Assert.Same(picture, picture.Reduced(96));
    }

    [Theory]
    [InlineData(4000, 3000, 720, 720, 540)]
    [InlineData(100, 1, 10, 10, 1)]
    [InlineData(1, 65535, 96, 1, 96)]
    [InlineData(97, 97, 96, 96, 96)]
    public void Sizes(int width, int height, int side, int newWidth, int newHeight)
    {
        Raster small = new Raster(width, height, 1).Reduced(side);
        Assert.Equal((newWidth, newHeight), (small.Width, small.Height));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Each_pixel_is_the_mean_of_its_area(int channels)
    {
        var picture = new Raster(4, 4, channels);
        for (int i = 0; i < picture.Samples.Length; i++) picture.Samples[i] = (byte)(i / channels * 10);
        Raster small = picture.Reduced(2);
        for (int c = 0; c < channels; c++) Assert.Equal([25, 45, 105, 125], small.Samples.Where((_, i) => i % channels == c).Select(b => (int)b));
    }

    [Fact]
    public void A_single_bright_pixel_leaves_a_trace()
    {
        var picture = new Raster(300, 300, 1);
        picture.Samples[150 * 300 + 151] = 255;
        Assert.Contains(picture.Reduced(96).Samples, b => b > 0);
    }
}
