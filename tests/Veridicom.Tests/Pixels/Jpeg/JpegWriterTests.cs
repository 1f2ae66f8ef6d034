using Veridicom.Pixels.Jpeg;
using Xunit;

namespace Veridicom.Tests.Pixels.Jpeg;

public sealed class JpegWriterTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(8, 8, 1)]
    [InlineData(17, 31, 1)]
    [InlineData(1, 1, 3)]
    [InlineData(33, 16, 3)]
    public void What_is_written_with_all_steps_one_comes_back_but_for_rounding(int rows, int columns, int channels)
    {
        byte[] samples = Smooth(rows, columns, channels);
        JpegPicture read = JpegPicture.Read(JpegWriter.Write(rows, columns, channels, samples, 100));
        Assert.Equal((rows, columns, channels), (read.Rows, read.Columns, read.Samples));
        for (int i = 0; i < samples.Length; i++) Assert.InRange(read.Pixels[i] - samples[i], -4, 4);
    }

    // Noise of every amplitude: long codes, long runs of zeros, stuffed bytes.
    [Fact]
    public void Noise_is_written_within_what_its_steps_allow()
    {
        var random = new Random(20261122);
        byte[] samples = new byte[64 * 80];
        random.NextBytes(samples);
        JpegPicture read = JpegPicture.Read(JpegWriter.Write(64, 80, 1, samples, 100));
        for (int i = 0; i < samples.Length; i++) Assert.InRange(read.Pixels[i] - samples[i], -5, 5);
        byte[] coarse = JpegWriter.Write(64, 80, 1, samples, 20);
        Assert.True(coarse.Length < JpegWriter.Write(64, 80, 1, samples, 100).Length / 2);
        Assert.Equal(64, JpegPicture.Read(coarse).Rows);
    }

    [Theory]
    [InlineData(1, 16)]
    [InlineData(50, 16)]
    [InlineData(90, 3)]
    [InlineData(100, 1)]
    public void Steps_follow_the_quality(int quality, int first) =>
        Assert.Equal(Math.Min(255, quality == 1 ? 255 : first), JpegPicture.Read(JpegWriter.Write(8, 8, 1, new byte[64], quality)).Components[0].Quantization[0]);

    [Fact]
    public void Other_shapes_are_refused()
    {
        Assert.Throws<ArgumentException>(() => JpegWriter.Write(2, 2, 2, new byte[8], 90));
        Assert.Throws<ArgumentException>(() => JpegWriter.Write(2, 2, 1, new byte[5], 90));
        Assert.Throws<ArgumentException>(() => JpegWriter.Write(0, 2, 1, [], 90));
        Assert.Throws<ArgumentOutOfRangeException>(() => JpegWriter.Write(1, 1, 1, new byte[1], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => JpegWriter.Write(1, 1, 1, new byte[1], 101));
    }

    private static byte[] Smooth(int rows, int columns, int channels)
    {
        byte[] samples = new byte[rows * columns * channels];
        for (int i = 0; i < samples.Length; i++)
        {
            int pixel = i / channels, row = pixel / columns, column = pixel % columns;
            samples[i] = (byte)(40 + 2 * row + 2 * column + 50 * (i % channels));
        }
        return samples;
    }
}
