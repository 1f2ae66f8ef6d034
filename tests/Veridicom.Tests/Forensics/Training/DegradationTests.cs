using Veridicom.Forensics;
using Veridicom.Train;
using Veridicom.Train.Degradations;
using Xunit;

namespace Veridicom.Tests.Forensics.Training;

public sealed class DegradationTests
{
    [Fact]
    public void Half_size_is_the_mean_of_four_and_leaves_an_odd_edge()
    {
        var picture = new GrayPicture(3, 5, [10, 20, 30, 40, 99, 30, 40, 50, 60, 99, 99, 99, 99, 99, 99], 256);

        GrayPicture half = Degradation.Half(picture);

        Assert.Equal((1, 2), (half.Rows, half.Columns));
        Assert.Equal([25f, 45f], half.Values.ToArray());
    }

    [Fact]
    public void Area_averaging_counts_parts_of_pixels_as_parts()
    {
        var picture = new GrayPicture(1, 3, [0, 90, 180], 256);

        Assert.Equal([90f], Degradation.Reduced(picture, 1, 1).Values.ToArray());
        // two results of 1.5 pixels each: (0 + 90 / 2) / 1.5 and (90 / 2 + 180) / 1.5
        Assert.Equal([30f, 150f], Degradation.Reduced(new GrayPicture(1, 3, [0, 90, 180], 256), 1, 2).Values.ToArray());
    }

    [Fact]
    public void Mixed_degradation_depends_on_its_seed_only()
    {
        GrayPicture picture = MadePictures.Radiograph(90, 70, 2);

        GrayPicture[] results = [.. new ulong[] { 5, 5, 6, 7, 8 }.Select(seed => Degradation.Mixed.Apply(picture, new SeededRandom(seed)))];

        Assert.Equal(results[0].Values.ToArray(), results[1].Values.ToArray());
        Assert.True(results.Skip(1).Select(result => result.Values.ToArray().Sum()).Distinct().Count() > 1);
        Assert.All(results, result => Assert.All(result.Values.ToArray(), value => Assert.InRange(value, 0, 255)));
    }
}
