using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg;
using Veridicom.Pixels.Rendering;
using Xunit;

namespace Veridicom.Tests.Pixels.Jpeg;

/// <summary>.jpg files: their pictures and what they say of themselves.</summary>
public sealed class JpegPictureTests
{
    private static byte[] Segment(byte marker, ReadOnlySpan<byte> content) => [0xFF, marker, (byte)(content.Length + 2 >> 8), (byte)(content.Length + 2 & 255), .. content];

    private static byte[] Adobe(byte transform) => Segment(0xEE, [.. "Adobe"u8, 0, 100, 0, 0, 0, 0, transform]);

    private static byte[] Exif(bool little, int orientation) => Segment(0xE1, little
        ? [.. "Exif\0\0II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0]
        : [.. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0]);

    [Fact]
    public void Colours_are_those_that_readers_take_them_for()
    {
        (int, int)[] three = [(1, 1), (1, 1), (1, 1)], four = [(1, 1), (1, 1), (1, 1), (1, 1)];
        foreach ((byte[] extra, (int, int)[] factors, byte[] ids, JpegColourModel model) in new[]
        {
            (Array.Empty<byte>(), new[] { (1, 1) }, new byte[] { 1 }, JpegColourModel.Grey),
            ([], three, [1, 2, 3], JpegColourModel.Ycc),
            ([], three, [0, 1, 2], JpegColourModel.Ycc),
            ([], three, "RGB"u8.ToArray(), JpegColourModel.Rgb),
            (Adobe(0), three, [1, 2, 3], JpegColourModel.Rgb),
            (Adobe(1), three, [1, 2, 3], JpegColourModel.Ycc),
            ([], four, [1, 2, 3, 4], JpegColourModel.Cmyk),
            (Adobe(0), four, [1, 2, 3, 4], JpegColourModel.Cmyk),
            (Adobe(2), four, [1, 2, 3, 4], JpegColourModel.Ycck),
        })
        {
            byte[] file = new JpegMaker { Extra = extra, Factors = factors, Ids = ids }.Make();
            JpegPicture picture = JpegPicture.Read(file);
            byte[] cells = JpegDctTests.Decode(file, 19, 37, factors.Length, 1);

            Assert.Equal((model, 19, 37), (picture.Model, picture.Rows, picture.Columns));
            Assert.Equal(model == JpegColourModel.Grey ? 1 : 3, picture.Samples);
            for (int pixel = 0; pixel < 19 * 37; pixel++)
            {
                byte[] of = cells[(pixel * factors.Length)..((pixel + 1) * factors.Length)], light = [.. of.Take(3)];
                if (model is JpegColourModel.Ycc or JpegColourModel.Ycck) ColourConversion.FullToRgb(light);
                if (model == JpegColourModel.Ycck) light = [.. light.Select(l => (byte)(255 - l))];
                if (model == JpegColourModel.Cmyk && extra.Length == 0) (light, of[3]) = ([.. light.Select(l => (byte)(255 - l))], (byte)(255 - of[3]));
                if (factors.Length == 4) light = [.. light.Select(l => (byte)Math.Floor(l * of[3] / 255.0 + 0.5))];
                Assert.Equal(light, picture.Pixels.Slice(pixel * picture.Samples, picture.Samples));
            }
        }
    }

    [Fact]
    public void A_file_says_how_it_was_encoded()
    {
        byte[] file =
        [
            .. new JpegMaker
            {
                Process = 0xC2, Factors = [(2, 2), (1, 1), (1, 1)], Scans = JpegMaker.ProgressiveScans(3), Steps = 7,
                Extra = [.. Segment(0xE0, [.. "JFIF\0"u8, 1, 1, 0, 0, 1, 0, 1, 0, 0]), .. Exif(true, 6), .. Segment(0xE2, "ICC_PROFILE\0\u0001\u0001"u8)],
            }.Make(),
            1, 2, 3,
        ];
        JpegPicture picture = JpegPicture.Read(file);

        Assert.True(picture.Progressive);
        Assert.Equal((6, 3, 14), (picture.Orientation, picture.TrailingBytes, picture.Scans));
        Assert.Equal([(0, "JFIF"), (1, "Exif"), (2, "ICC_PROFILE")], picture.Applications.Select(a => (a.Number, a.Name)));
        Assert.Equal([(2, 2), (1, 1), (1, 1)], picture.Components.Select(c => (c.Horizontal, c.Vertical)));
        Assert.All(picture.Components, c => Assert.True(c.Quantization.Count == 64 && c.Quantization.Max() == 7));
        Assert.Equal(picture.Components[1].Quantization, picture.Components[2].Quantization);
        Assert.NotEqual(picture.Components[0].Quantization, picture.Components[1].Quantization);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Orientation_is_read_or_not_stated(bool little)
    {
        static int Of(byte[] extra) => JpegPicture.Read(new JpegMaker { Extra = extra }.Make()).Orientation;
        byte[] exif = Exif(little, 3);

        Assert.Equal(3, Of(exif));
        Assert.Equal(0, Of(Exif(little, 9)));
        Assert.Equal(0, Of([]));
        // wherever a byte of it is another, or it ends earlier, it is read or says nothing
        for (int at = 4; at < exif.Length; at++)
        {
            byte[] changed = [.. exif];
            changed[at] ^= 0xFF;
            Assert.InRange(Of(changed), 0, 8);
            Assert.InRange(Of(Segment(0xE1, exif.AsSpan(4, at - 4))), 0, 8);
        }
    }

    [Fact]
    public void What_is_no_picture_is_refused()
    {
        (byte[] File, PixelError Error)[] refused =
        [
            ("GIF89a"u8.ToArray(), PixelError.Malformed),
            ([0xFF, 0xD8, 0xFF, 0xD9], PixelError.Malformed),
            (new JpegMaker().Make()[..^2], PixelError.Truncated),
            (new JpegMaker { Process = 0xC1, Precision = 12 }.Make(), PixelError.Unsupported),
            (new JpegMaker { Factors = [(1, 1), (1, 1)] }.Make(), PixelError.Unsupported),
        ];
        Assert.Equal(refused.Select(r => r.Error), refused.Select(r => Assert.Throws<PixelException>(() => JpegPicture.Read(r.File)).Code));
        byte[] whole = new JpegMaker().Make();
        Assert.Equal(PixelError.TooLarge, Assert.Throws<PixelException>(() => JpegPicture.Read(whole, 19 * 37 - 1)).Code);
        Assert.Equal(19 * 37, JpegPicture.Read(whole, 19 * 37).Pixels.Length);
    }
}
