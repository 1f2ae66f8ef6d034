using Veridicom.Forensics;
using Veridicom.Forensics.Generation;
using Veridicom.Tests.Forensics.Training;
using Veridicom.Train;
using Xunit;

namespace Veridicom.Tests.Forensics.Generation;

/// <summary>Features of images whose answer is known.</summary>
public sealed class GenerationFeaturesTests
{
    [Fact]
    public void Names_are_as_many_as_features_and_each_stands_once()
    {
        float[]? features = GenerationFeatures.Extract(MadePictures.Radiograph(256, 256, 1));
        Assert.NotNull(features);
        Assert.Equal(GenerationFeatures.Names.Count, features.Length);
        Assert.Equal(GenerationFeatures.Names.Count, GenerationFeatures.Names.Distinct().Count());
        Assert.All(features, value => Assert.True(float.IsFinite(value)));
        Assert.Equal(-1, GenerationFeatures.Place("no such feature"));
    }

    [Theory]
    [InlineData(127, 400)]
    [InlineData(400, 127)]
    [InlineData(1, 1)]
    public void What_is_too_small_is_not_judged(int rows, int columns) => Assert.Null(GenerationFeatures.Extract(MadePictures.Radiograph(rows, columns, 1)));

    [Fact]
    public void The_content_counts_and_not_the_canvas()
    {
        var canvas = new float[500 * 500];
        GrayPicture small = MadePictures.Radiograph(120, 120, 1), enough = MadePictures.Radiograph(128, 128, 1);
        Assert.Null(GenerationFeatures.Extract(On(canvas, small)));
        Assert.Equal(GenerationFeatures.Extract(enough), GenerationFeatures.Extract(On(canvas, enough)));
        Assert.Null(GenerationFeatures.Extract(new GrayPicture(500, 500, canvas, 256)));
    }

    [Theory]
    [InlineData(1.5)]
    [InlineData(4)]
    [InlineData(9)]
    public void Noise_is_measured(double deviation)
    {
        GrayPicture picture = Noisy(deviation, _ => 1);
        Assert.Equal(Math.Log(deviation), Feature(picture, "sigma1"), 0.1);
        // the mean of four has half the deviation
        Assert.Equal(Math.Log(deviation / 2), Feature(picture, "sigma2"), 0.15);
        Assert.Equal(0, Feature(picture, "noise-law"), 0.1);
        Assert.Equal(0, Feature(picture, "high-axes"), 0.1);
    }

    [Fact]
    public void Noise_that_follows_brightness_is_told_from_noise_that_does_not()
    {
        GrayPicture flat = Noisy(4, _ => 1), rising = Noisy(4, brightness => brightness / 128), falling = Noisy(4, brightness => 128 / brightness);
        Assert.InRange(Feature(rising, "noise-law"), 0.6, 1.3);
        Assert.InRange(Feature(falling, "noise-law"), -1.3, -0.6);
        Assert.True(Feature(rising, "noise-brightness") > 0.8);
        Assert.True(Feature(falling, "noise-brightness") < -0.8);
        Assert.True(Feature(rising, "brightness1") > Feature(flat, "brightness1") + 0.02);
        Assert.True(Feature(falling, "brightness1") < Feature(flat, "brightness1") - 0.02);
    }

    [Fact]
    public void A_smoother_image_has_a_steeper_spectrum()
    {
        GrayPicture sharp = Noisy(6, _ => 1);
        var values = new float[sharp.Values.Length];
        for (int row = 1; row < sharp.Rows; row++)
            for (int column = 1; column < sharp.Columns; column++)
                values[row * sharp.Columns + column] = MathF.Round((sharp.Row(row)[column] + sharp.Row(row)[column - 1] + sharp.Row(row - 1)[column] + sharp.Row(row - 1)[column - 1]) / 4);
        GrayPicture smooth = new(sharp.Rows, sharp.Columns, values, 256);
        Assert.True(Feature(smooth, "ring10") < Feature(sharp, "ring10") - 1);
        Assert.True(Feature(smooth, "ring2") > Feature(sharp, "ring2") + 0.3);
        Assert.True(Feature(smooth, "lag01") > Feature(sharp, "lag01") + 0.1);
    }

    [Fact]
    public void Pixels_enlarged_by_repeating_show_their_grid()
    {
        GrayPicture small = Noisy(6, _ => 1);
        var values = new float[4 * small.Values.Length];
        for (int row = 0; row < 2 * small.Rows; row++)
            for (int column = 0; column < 2 * small.Columns; column++) values[row * 2 * small.Columns + column] = small.Row(row / 2)[column / 2];
        Assert.True(Feature(small, "phase2") < 0.05);
        Assert.True(Feature(small, "neighbour") > Feature(new GrayPicture(2 * small.Rows, 2 * small.Columns, values, 256), "neighbour") + 0.2);
    }

    private static double Feature(GrayPicture picture, string name) => GenerationFeatures.Extract(picture)![GenerationFeatures.Place(name)];

    /// <summary>Brightness that goes from 60 to 190, with noise of this deviation, by a law of brightness.</summary>
    private static GrayPicture Noisy(double deviation, Func<double, double> law)
    {
        const int side = 512;
        var random = new SeededRandom(9);
        var values = new float[side * side];
        for (int i = 0; i < values.Length; i++)
        {
            double brightness = 60 + 130.0 * (i % side + i / side) / (2 * side);
            values[i] = (float)Math.Round(brightness + deviation * law(brightness) * random.Normal());
        }
        return new GrayPicture(side, side, values, 256);
    }

    private static GrayPicture On(float[] canvas, GrayPicture picture)
    {
        float[] values = [.. canvas];
        for (int row = 0; row < picture.Rows; row++) picture.Row(row).CopyTo(values.AsSpan((row + 31) * 500 + 77));
        return new GrayPicture(500, 500, values, 256);
    }
}
