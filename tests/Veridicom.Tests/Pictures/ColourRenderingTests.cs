using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Pixels.Rendering;
using Xunit;

namespace Veridicom.Tests.Pictures;

/// <summary>Colours of every photometric interpretation that is native.</summary>
public sealed class ColourRenderingTests
{
    [Fact]
    public void Red_green_blue_stay_what_they_are_by_pixel_and_by_plane()
    {
        Assert.Equal([1, 2, 3, 4, 5, 6], new PictureFile { Samples = 3, Photometric = "RGB", Pixels = [1, 2, 3, 4, 5, 6] }.Shades());
        Assert.Equal([1, 3, 5, 2, 4, 6], new PictureFile { Samples = 3, Planar = true, Photometric = "RGB", Pixels = [1, 2, 3, 4, 5, 6] }.Shades());
        Assert.Equal([0x12, 0xFF, 0x00], new PictureFile { Samples = 3, Allocated = 16, Photometric = "RGB", Pixels = [0x34, 0x12, 0xFF, 0xFF, 0x00, 0x00] }.Shades());
        Assert.Equal(WindowSource.Colour, new PictureFile { Samples = 3, Photometric = "RGB", Pixels = [1, 2, 3] }.Render().Windowing.Source);
    }

    [Theory]
    [InlineData(0, 128, 128, 0, 0, 0)]
    [InlineData(255, 128, 128, 255, 255, 255)]
    [InlineData(76, 85, 255, 254, 0, 0)]
    [InlineData(150, 44, 21, 0, 255, 1)]
    [InlineData(29, 255, 107, 0, 0, 254)]
    public void Luminance_and_chrominance_become_colours(byte y, byte cb, byte cr, byte red, byte green, byte blue)
    {
        Assert.Equal([red, green, blue], new PictureFile { Samples = 3, Photometric = "YBR_FULL", Pixels = [y, cb, cr] }.Shades());
        Assert.Equal([red, green, blue, red, green, blue], new PictureFile { Samples = 3, Columns = 2, Photometric = "YBR_FULL_422", Pixels = [y, y, cb, cr] }.Shades());
    }

    [Fact]
    public void Fixed_point_agrees_with_real_numbers()
    {
        byte[] pixels = new byte[3 * 4096];
        new Random(3).NextBytes(pixels);
        byte[] converted = [.. pixels];
        ColourConversion.FullToRgb(converted);
        for (int i = 0; i < pixels.Length; i += 3)
        {
            double y = pixels[i], cb = pixels[i + 1] - 128, cr = pixels[i + 2] - 128;
            Assert.InRange(converted[i], Math.Clamp(y + 1.402 * cr, 0, 255) - 0.51, Math.Clamp(y + 1.402 * cr, 0, 255) + 0.51);
            Assert.InRange(converted[i + 1], Math.Clamp(y - 0.344136 * cb - 0.714136 * cr, 0, 255) - 0.51, Math.Clamp(y - 0.344136 * cb - 0.714136 * cr, 0, 255) + 0.51);
            Assert.InRange(converted[i + 2], Math.Clamp(y + 1.772 * cb, 0, 255) - 0.51, Math.Clamp(y + 1.772 * cb, 0, 255) + 0.51);
        }
    }

    [Fact]
    public void A_reduced_range_is_widened() =>
        Assert.Equal([0, 0, 0, 255, 255, 255], new PictureFile { Samples = 3, Columns = 2, Photometric = "YBR_PARTIAL_422", Pixels = [16, 235, 128, 128] }.Shades());

    [Theory]
    [InlineData(SampleFiles.Explicit)]
    [InlineData(SampleFiles.BigEndian)]
    public void A_palette_of_words_is_looked_up(string syntax)
    {
        var file = new PictureFile { Photometric = "PALETTE COLOR", Pixels = [0, 1, 2, 3], Syntax = syntax };
        for (uint c = 0; c < 3; c++)
        {
            uint tag = 0x00281201 + c;
            file.Words(0x00281101 + c, 3, 1, 16);
            byte[] entries = PictureFile.Bytes((ushort)(0x1000 * (c + 1)), (ushort)(0x2000 * (c + 1)), 0xFFFF);
            file.With(tag, w => w.Bytes(new(tag), Vr.OW, entries));
        }
        // index 0 lies before the first entry
        Assert.Equal([0x10, 0x20, 0x30, 0x10, 0x20, 0x30, 0x20, 0x40, 0x60, 0xFF, 0xFF, 0xFF], file.Shades());
    }

    [Fact]
    public void A_palette_of_bytes_and_one_that_says_16_bits_and_means_8_are_looked_up()
    {
        var bytes = new PictureFile { Photometric = "PALETTE COLOR", Pixels = [0, 1, 2, 1] };
        var words = new PictureFile { Photometric = "PALETTE COLOR", Pixels = [0, 1, 2, 1] };
        for (uint c = 0; c < 3; c++)
        {
            uint tag = 0x00281201 + c;
            byte one = (byte)(10 + c), two = (byte)(20 + c), three = (byte)(250 + c);
            bytes.Words(0x00281101 + c, 3, 0, 8).With(tag, w => w.Bytes(new(tag), Vr.OW, [one, two, three, 0]));
            words.Words(0x00281101 + c, 3, 0, 16).With(tag, w => w.Bytes(new(tag), Vr.OW, [one, 0, two, 0, three, 0]));
        }
        byte[] wanted = [10, 11, 12, 20, 21, 22, 250, 251, 252, 20, 21, 22];
        Assert.Equal(wanted, bytes.Shades());
        Assert.Equal(wanted, words.Shades());
    }

    [Fact]
    public void A_segmented_palette_is_unfolded()
    {
        var file = new PictureFile { Photometric = "PALETTE COLOR", Pixels = [0, 1, 2, 3, 4, 5, 6, 7] };
        // two entries; a line in two steps; the first segment again, and the second by its byte offset: 8 in all
        ushort[] code = [0, 2, 0x0000, 0x1000, 1, 2, 0x3000, 2, 2, 0, 0];
        for (uint c = 0; c < 3; c++)
        {
            uint tag = 0x00281221 + c;
            file.Words(0x00281101 + c, 8, 0, 16).With(tag, w => w.Bytes(new(tag), Vr.OW, PictureFile.Bytes(code)));
        }
        Assert.Equal([0x00, 0x10, 0x20, 0x30, 0x00, 0x10, 0x20, 0x30], file.Shades().Where((_, i) => i % 3 == 0));
    }
}
