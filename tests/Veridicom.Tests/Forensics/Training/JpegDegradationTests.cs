using Veridicom.Forensics;
using Veridicom.Pixels.Jpeg;
using Veridicom.Train.Degradations;
using Xunit;

namespace Veridicom.Tests.Forensics.Training;

public sealed class JpegDegradationTests
{
    [Theory]
    [InlineData(64, 64, 90)]
    [InlineData(61, 43, 75)]
    [InlineData(8, 200, 30)]
    [InlineData(33, 1, 100)]
    public void What_our_decoder_reads_differs_by_no_more_than_the_quantiser_allows(int rows, int columns, int quality)
    {
        GrayPicture picture = MadePictures.Radiograph(rows, columns, 7);

        GrayPicture decoded = Degradation.Jpeg(picture, quality);

        Assert.Equal((rows, columns), (decoded.Rows, decoded.Columns));
        IReadOnlyList<byte> steps = [.. ExampleTables.Steps(ExampleTables.Luminance, quality)];
        for (int top = 0; top + 8 <= rows; top += 8)
        {
            for (int left = 0; left + 8 <= columns; left += 8)
            {
                for (int v = 0; v < 8; v++)
                {
                    // half a step, and what rounding 64 samples can add to one coefficient
                    for (int u = 0; u < 8; u++) Assert.InRange(Math.Abs(Coefficient(picture, decoded, top, left, v, u)), 0, steps[v * 8 + u] / 2.0 + 4);
                }
            }
        }
    }

    [Fact]
    public void A_lower_quality_loses_more()
    {
        GrayPicture picture = MadePictures.Radiograph(128, 128, 3);

        double[] lost = [.. new[] { 100, 90, 75, 40 }.Select(quality => Degradation.Jpeg(picture, quality).Values.ToArray().Zip(picture.Values.ToArray()).Average(pair => Math.Abs(pair.First - pair.Second)))];

        Assert.Equal(lost.Distinct().Order(), lost);
        Assert.InRange(lost[0], 0, 0.6);
    }

    private static double Coefficient(GrayPicture one, GrayPicture other, int top, int left, int v, int u)
    {
        double sum = 0;
        for (int y = 0; y < 8; y++)
        {
            for (int x = 0; x < 8; x++)
                sum += (one.Row(top + y)[left + x] - other.Row(top + y)[left + x]) * Math.Cos((2 * y + 1) * v * Math.PI / 16) * Math.Cos((2 * x + 1) * u * Math.PI / 16);
        }
        return sum / 4 * (v == 0 ? Math.Sqrt(0.5) : 1) * (u == 0 ? Math.Sqrt(0.5) : 1);
    }
}
