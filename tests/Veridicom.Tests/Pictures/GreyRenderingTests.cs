using System.Buffers.Binary;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Pixels;
using Veridicom.Pixels.Rendering;
using Xunit;

namespace Veridicom.Tests.Pictures;

/// <summary>Stored values to brightness: modality, values of interest, presentation, each by numbers worked out by hand.</summary>
public sealed class GreyRenderingTests
{
    [Theory]
    [InlineData(WindowFunction.Linear, 2048, 4096, 0, 0)]
    [InlineData(WindowFunction.Linear, 2048, 4096, 4095, 1)]
    [InlineData(WindowFunction.Linear, 2048, 1, 2047, 0)]
    [InlineData(WindowFunction.Linear, 2048, 1, 2048, 1)]
    [InlineData(WindowFunction.Linear, 0, 100, -50, 0)]
    [InlineData(WindowFunction.Linear, 0, 100, 49, 1)]
    [InlineData(WindowFunction.LinearExact, 0, 100, -50, 0)]
    [InlineData(WindowFunction.LinearExact, 0, 100, 25, 0.75)]
    [InlineData(WindowFunction.LinearExact, 0.5, 0.5, 0.5, 0.5)]
    [InlineData(WindowFunction.Sigmoid, 40, 400, 40, 0.5)]
    [InlineData(WindowFunction.Sigmoid, 40, 400, 140, 0.7310585786300049)]
    [InlineData(WindowFunction.Linear, 0, 100, double.NaN, 0)]
    [InlineData(WindowFunction.Linear, 0, 100, double.PositiveInfinity, 1)]
    public void A_window_maps_as_the_standard_says(WindowFunction function, double centre, double width, double value, double wanted) =>
        Assert.Equal(wanted, new Window(centre, width, function).Map(value), 12);

    [Theory]
    [InlineData("40,400", true)]
    [InlineData("-600.5,1500", true)]
    [InlineData("40", false)]
    [InlineData("40,0", false)]
    [InlineData("40,-5", false)]
    [InlineData("NaN,5", false)]
    [InlineData("1,2,3", false)]
    public void A_window_is_read_from_text(string text, bool sound) => Assert.Equal(sound, Window.TryParse(text, out _));

    [Fact]
    public void Rescale_and_window_of_the_file_are_applied_in_this_order()
    {
        PictureFile file = new PictureFile { Allocated = 16, Stored = 12, Pixels = Words(0, 864, 1064, 1263, 4095) }
            .Text(0x00281050, "40").Text(0x00281051, "400").Text(0x00281052, "-1024").Text(0x00281053, "1");
        RenderedFrame frame = file.Render();
        // LINEAR: HU -160 is black, 239 is white
        Assert.Equal([0, 0, 128, 255, 255], frame.Picture.Samples);
        Assert.Equal((WindowSource.File, "window 40, 400 of the file"), (frame.Windowing.Source, frame.Windowing.Text));
        Assert.Equal([0, 255, 255, 255, 255], file.Shades(0, new Window(-500, 1)));
        Assert.Equal([255, 255, 127, 0, 0], (file with { Photometric = "MONOCHROME1" }).Shades());
        Assert.Equal([255, 255, 127, 0, 0], file.With(0x20500020, w => w.Text(new(0x20500020), Vr.CS, "INVERSE")).Shades());
    }

    [Fact]
    public void The_function_of_the_window_counts()
    {
        PictureFile file = new PictureFile { Pixels = [0, 50, 100, 150, 200] }.Text(0x00281050, "100").Text(0x00281051, "100");
        Assert.Equal([0, 0, 129, 255, 255], file.Shades());
        Assert.Equal([0, 0, 128, 255, 255], file.With(0x00281056, w => w.Text(new(0x00281056), Vr.CS, "LINEAR_EXACT")).Shades());
        Assert.Equal([5, 30, 128, 225, 250], file.With(0x00281056, w => w.Text(new(0x00281056), Vr.CS, "SIGMOID")).Shades());
    }

    [Fact]
    public void An_unusable_window_is_passed_over() =>
        Assert.Equal(WindowSource.FullRange, new PictureFile { Pixels = [0, 255] }.Text(0x00281050, "100").Text(0x00281051, "0").Render().Windowing.Source);

    [Fact]
    public void Bits_above_below_and_signs_are_told_apart()
    {
        // 12 bits from bit 15 down; the four below belong to nobody
        Assert.Equal([0, 128, 255], new PictureFile { Allocated = 16, Stored = 12, High = 15, Pixels = Words(0x000F, 0x800F, 0xFFFF) }.Shades(0, new Window(2048, 4096)));
        // overlays in the unused bits above are no picture
        Assert.Equal([0, 255], new PictureFile { Allocated = 16, Stored = 12, Pixels = Words(0xF000, 0xFFFF) }.Shades(0, new Window(2048, 4096)));
        Assert.Equal([0, 128, 255], new PictureFile { Allocated = 16, Stored = 12, Signed = true, Pixels = Words(0x0800, 0x0000, 0x07FF) }.Shades(0, new Window(0, 4096)));
        Assert.Equal([0, 128, 255], new PictureFile { Signed = true, Pixels = [0x80, 0, 0x7F] }.Shades(0, new Window(0, 256)));
    }

    [Fact]
    public void Tables_are_looked_up_and_end_as_their_ends_do()
    {
        PictureFile modality = new PictureFile { Pixels = [0, 10, 11, 12, 200] }.Table(0x00283000, 10, 16, 1000, 2000, 3000);
        Assert.Equal([0, 0, 128, 255, 255], modality.Shades(0, new Window(2000.5, 2001)));
        PictureFile voi = new PictureFile { Pixels = [0, 10, 11, 12, 200] }.Text(0x00281050, "1").Text(0x00281051, "1").Table(0x00283010, 10, 8, 0, 100, 255);
        Assert.Equal([0, 0, 100, 255, 255], voi.Shades());
        Assert.Equal(WindowSource.VoiLut, voi.Render().Windowing.Source);
        Assert.Equal(WindowSource.Caller, voi.Render(0, new Window(5, 10)).Windowing.Source);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Functional_groups_of_the_frame_come_first(bool perFrame)
    {
        static ElementWriter Item(ElementWriter w, string intercept, string centre) => w.BeginItem()
            .BeginSequence(new(0x00289132)).BeginItem().Text(new(0x00281050), Vr.DS, centre).Text(new(0x00281051), Vr.DS, "2").EndItem().EndSequence()
            .BeginSequence(new(0x00289145)).BeginItem().Text(new(0x00281052), Vr.DS, intercept).Text(new(0x00281053), Vr.DS, "2").EndItem().EndSequence().EndItem();
        PictureFile file = new PictureFile { Frames = 2, Columns = 3, Allocated = 16, Pixels = Words(0, 1, 2, 0, 1, 2) };
        if (perFrame) file.With(0x52009230, w => Item(Item(w.BeginSequence(new(0x52009230)), "0", "2"), "100", "104").EndSequence());
        else file.With(0x52009229, w => Item(w.BeginSequence(new(0x52009229)), "100", "102").EndSequence());
        // twice the stored value, and the intercept
        Assert.Equal(perFrame ? [0, 255, 255] : new byte[] { 0, 255, 255 }, file.Shades(0));
        Assert.Equal(perFrame ? [0, 0, 255] : new byte[] { 0, 255, 255 }, file.Shades(1));
    }

    [Fact]
    public void Without_a_window_the_values_decide_and_padding_does_not()
    {
        short[] values = [.. Enumerable.Repeat((short)-2000, 5000), .. Enumerable.Range(0, 1000).Select(i => (short)i)];
        var file = new PictureFile { Allocated = 16, Signed = true, Pixels = Words([.. values.Select(v => unchecked((ushort)v))]) };
        file.With(0x00280120, w => w.Bytes(new(0x00280120), Vr.SS, [0x30, 0xF8]));
        RenderedFrame frame = file.Render();
        Assert.Equal(WindowSource.Percentiles, frame.Windowing.Source);
        Assert.InRange(frame.Windowing.Window!.Value.Centre, 495, 504);
        Assert.InRange(frame.Windowing.Window!.Value.Width, 985, 995);
        Assert.Equal(0, frame.Picture.Samples[0]);
        Assert.Equal(255, frame.Picture.Samples[^1]);
        // few bright pixels on nothing, and nothing at all
        Assert.Equal(255, new PictureFile { Allocated = 16, Pixels = Words([.. new ushort[5000], 7]) }.Shades()[^1]);
        Assert.All(new PictureFile { Allocated = 16, Pixels = Words(new ushort[64]) }.Shades(), shade => Assert.InRange(shade, 0, 255));
    }

    [Fact]
    public void Few_bits_are_shown_over_their_range()
    {
        Assert.Equal([0, 128, 255], new PictureFile { Pixels = [0, 128, 255] }.Shades());
        Assert.Equal([0, 255, 0, 255, 255, 0, 0, 255], new PictureFile { Allocated = 1, Columns = 8, Pixels = [0b10011010] }.Shades());
        // labels 0 to 5 of a segmentation would all be black
        Assert.Equal([0, 255], new PictureFile { Pixels = [.. Enumerable.Repeat((byte)0, 10), 5] }.Shades().Distinct());
    }

    [Theory]
    [InlineData(32, false)]
    [InlineData(32, true)]
    [InlineData(64, false)]
    [InlineData(64, true)]
    public void Wide_values_reach_from_black_to_white(int bits, bool signed)
    {
        byte[] low = new byte[bits / 8], high = [.. Enumerable.Repeat((byte)0xFF, bits / 8)];
        if (signed) (low[^1], high[^1]) = (0x80, 0x7F);
        byte[] shades = new PictureFile { Allocated = bits, Signed = signed, Pixels = [.. low, .. high] }.Shades();
        Assert.Equal([0, 255], shades);
    }

    [Fact]
    public void Numbers_of_floating_point_and_none_of_them_are_shown()
    {
        float[] values = [0, 1, 2, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.MinValue];
        byte[] bytes = new byte[32];
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), values[i]);
        var file = new PictureFile { Allocated = 32, Element = 0x7FE00008, Pixels = bytes };
        Assert.Equal([0, 128, 255, 0, 255, 0, 255, 0], file.Shades(0, new Window(1, 2, WindowFunction.LinearExact)));
        Assert.Equal(8, file.Shades().Length);
        double[] doubles = [double.MaxValue, double.MinValue, double.NaN, 1];
        bytes = new byte[32];
        for (int i = 0; i < doubles.Length; i++) BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(8 * i), doubles[i]);
        Assert.Equal(4, new PictureFile { Allocated = 64, Element = 0x7FE00009, Pixels = bytes }.Shades().Length);
    }

    [Fact]
    public void Bytes_behind_the_last_frame_are_left_aside()
    {
        Assert.Equal([0, 128, 255], new PictureFile { Columns = 3, Pixels = [0, 128, 255, 7, 7, 7, 7, 7] }.Shades());
        Assert.Null(FrameRendering.Open(DicomFile.Parse(new MemorySource(new PictureFile { Columns = 9, Pixels = [0, 128] }.File())), null, out string reason));
        Assert.Equal("the pixel data is shorter than its shape", reason);
    }

    [Fact]
    public void What_cannot_be_shown_is_said()
    {
        Assert.Equal(PixelError.Unsupported, Assert.Throws<PixelException>(() => new PictureFile { Samples = 4, Photometric = "ARGB", Pixels = new byte[16] }.Render()).Code);
        Assert.Equal(PixelError.Malformed, Assert.Throws<PixelException>(() => new PictureFile { Photometric = "PALETTE COLOR", Pixels = new byte[16] }.Render()).Code);
        Assert.Null(FrameRendering.Open(SealLess(), null, out string reason));
        Assert.Equal("the file has no pixel data", reason);

        static DicomFile SealLess() => DicomFile.Parse(new MemorySource(SampleFiles.File(SampleFiles.Explicit, new ElementWriter().Text(new(0x00100010), Vr.PN, "A").ToArray())));
    }

    private static byte[] Words(params ushort[] values) => [.. values.SelectMany(v => new[] { (byte)(v & 0xFF), (byte)(v >> 8) })];
}
