using Veridicom.Forensics;
using Veridicom.Forensics.Metadata;
using Veridicom.Pixels.Jpeg;
using Veridicom.Pixels.Png;
using Xunit;

namespace Veridicom.Tests.Forensics.Metadata;

/// <summary>Pictures of known history: compressed once, twice, or before they were cut and stored without loss.</summary>
public sealed class JpegHistoryTests
{
    private const int Side = 512;

    // soft shapes of many sizes with noise, as a radiograph has; the same in every run
    private static byte[] Picture(int seed)
    {
        var random = new Random(seed);
        var waves = Enumerable.Range(0, 40).Select(i => (X: (random.NextDouble() - 0.5) * (0.02 + i * 0.03), Y: (random.NextDouble() - 0.5) * (0.02 + i * 0.03), Phase: random.NextDouble() * 7, Height: 40.0 / (1 + i))).ToArray();
        byte[] samples = new byte[Side * Side];
        for (int i = 0; i < samples.Length; i++)
        {
            double value = 128 + 6 * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5);
            foreach (var wave in waves) value += wave.Height * Math.Sin(wave.X * (i % Side) + wave.Y * (i / Side) + wave.Phase);
            samples[i] = (byte)Math.Clamp(value, 0, 255);
        }
        return samples;
    }

    private static byte[] Jpeg(byte[] samples, int quality) => JpegWriter.Write(Side, Side, 1, samples, quality);

    private static byte[] Decoded(byte[] jpeg) => JpegPicture.Read(jpeg).Pixels.ToArray();

    private static Evidence? History(byte[] file) => MetadataFindings.Of(PictureFile.Open(file)).SingleOrDefault(e => e.Code is "jpeg-double" or "jpeg-earlier");

    [Theory]
    [InlineData(60)]
    [InlineData(75)]
    [InlineData(90)]
    [InlineData(95)]
    public void Once_is_not_twice_and_the_tables_tell_the_quality(int quality)
    {
        for (int seed = 0; seed < 3; seed++)
        {
            byte[] file = Jpeg(Picture(seed), quality);

            Assert.Null(History(file));
            Evidence tables = Assert.Single(MetadataFindings.Of(PictureFile.Open(file)));
            Assert.Equal(("jpeg-quantisation", EvidenceFor.Neither, quality), (tables.Code, tables.For, tables.Numbers.Single(n => n.Key == "quality").Value));
        }
    }

    [Theory]
    [InlineData(60, 75)]
    [InlineData(60, 85)]
    [InlineData(75, 85)]
    [InlineData(75, 95)]
    [InlineData(60, 95)]
    public void Twice_with_finer_steps_is_found(int first, int second)
    {
        Evidence? found = History(Jpeg(Decoded(Jpeg(Picture(1), first)), second));

        Assert.Equal(("jpeg-double", false), (found?.Code, found?.IsDecisive));
    }

    [Theory]
    [InlineData(60, 0, 0)]
    [InlineData(75, 3, 5)]
    [InlineData(90, 7, 1)]
    public void An_uncompressed_picture_shows_its_earlier_grid(int quality, int row, int column)
    {
        byte[] decoded = Decoded(Jpeg(Picture(2), quality));
        int height = Side - row, width = Side - column;
        byte[] cut = [.. Enumerable.Range(0, height * width).Select(i => decoded[(i / width + row) * Side + i % width + column])];
        Evidence? found = History(PngWriter.Write(width, height, PngColour.Grey, 8, cut));

        Assert.Equal(("jpeg-earlier", EvidenceFor.Neither, false), (found?.Code, found?.For, found?.IsDecisive));
        Assert.Equal(((8 - row) % 8, (8 - column) % 8), ((int)found!.Numbers.Single(n => n.Key == "row").Value, (int)found.Numbers.Single(n => n.Key == "column").Value));
    }

    [Fact]
    public void A_picture_that_never_was_JPEG_shows_none()
    {
        for (int seed = 0; seed < 5; seed++) Assert.Null(History(PngWriter.Write(Side, Side, PngColour.Grey, 8, Picture(seed))));
    }

    [Fact]
    public void Flat_and_tiny_pictures_have_no_history()
    {
        Assert.Null(History(PngWriter.Write(Side, Side, PngColour.Grey, 8, new byte[Side * Side])));
        Assert.Null(History(PngWriter.Write(1, 1, PngColour.Grey, 8, [7])));
        Assert.Null(History(JpegWriter.Write(1, 1, 1, [7], 90)));
    }
}
