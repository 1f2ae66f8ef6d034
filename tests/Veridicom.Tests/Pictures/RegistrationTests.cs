using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Pixels.Registration;
using Veridicom.Pixels.Rendering;
using Xunit;

namespace Veridicom.Tests.Pictures;

/// <summary>Pictures that were cropped or shifted are found again, also where they were changed in places; what has nothing in common is not.</summary>
public sealed class RegistrationTests
{
    private const int Width = 96, Height = 80;

    public static TheoryData<int, int> Kinds => new() { { 8, 1 }, { 16, 1 }, { 8, 3 }, { 16, 3 }, { 32, 1 } };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_crop_is_found_where_it_was(int bits, int samples)
    {
        var random = new Random(bits + samples);
        byte[] a = Scene(bits, samples);
        for (int i = 0; i < 20; i++)
        {
            int width = random.Next(24, Width), height = random.Next(24, Height), x = random.Next(Width - width + 1), y = random.Next(Height - height + 1);
            byte[] b = Part(a, bits * samples / 8, x, y, width, height);
            PixelShift shift = WholePixelRegistration.Find(Reader(a, Width, Height, bits, samples), Reader(b, width, height, bits, samples), 0)!.Value;
            Assert.Equal(new PixelShift(x, y, width * height, width * height), shift);
            PixelShift back = WholePixelRegistration.Find(Reader(b, width, height, bits, samples), Reader(a, Width, Height, bits, samples), 0)!.Value;
            Assert.Equal((-x, -y, 1.0), (back.Columns, back.Rows, back.EqualShare));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_shift_is_found_in_a_picture_that_was_changed_besides(int bits, int samples)
    {
        var random = new Random(bits * samples);
        int pixel = bits * samples / 8;
        byte[] a = Scene(bits, samples);
        for (int i = 0; i < 20; i++)
        {
            int columns = random.Next(-30, 31), rows = random.Next(-30, 31);
            byte[] b = new byte[a.Length];
            for (int y = 0; y < Height; y++)
            {
                for (int x = 0; x < Width; x++)
                {
                    int fromX = x + columns, fromY = y + rows;
                    if (fromX is >= 0 and < Width && fromY is >= 0 and < Height) a.AsSpan((fromY * Width + fromX) * pixel, pixel).CopyTo(b.AsSpan((y * Width + x) * pixel));
                }
            }
            // a third of the rows is written over
            random.NextBytes(b.AsSpan(Height / 3 * Width * pixel, Height / 4 * Width * pixel));
            PixelShift shift = WholePixelRegistration.Find(Reader(a, Width, Height, bits, samples), Reader(b, Width, Height, bits, samples), 0)!.Value;
            Assert.Equal((columns, rows), (shift.Columns, shift.Rows));
            Assert.InRange(shift.EqualShare, 0.5, columns == 0 && rows == 0 ? 0.99 : 1);
        }
    }

    [Fact]
    public void What_has_nothing_in_common_or_nothing_in_it_is_not_found()
    {
        byte[] a = Scene(16, 1), noise = new byte[a.Length];
        new Random(1).NextBytes(noise);
        Assert.Null(WholePixelRegistration.Find(Reader(a, Width, Height, 16, 1), Reader(noise, Width, Height, 16, 1), 0));
        Assert.Null(WholePixelRegistration.Find(Reader(a, Width, Height, 16, 1), Reader(new byte[a.Length], Width, Height, 16, 1), 0));
        Assert.Null(WholePixelRegistration.Find(Reader(a, Width, Height, 16, 1), Reader(a[..8], 2, 2, 16, 1), 0));
        byte[] stripes = new byte[Width * Height];
        for (int i = 0; i < stripes.Length; i++) stripes[i] = (byte)(i % Width % 4 * 60);
        PixelShift? itself = WholePixelRegistration.Find(Reader(stripes, Width, Height, 8, 1), Reader(stripes, Width, Height, 8, 1), 0);
        Assert.True(itself is null || itself.Value.EqualShare == 1);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void A_crop_or_shift_whose_samples_were_not_kept_is_found_by_likeness(int bits)
    {
        var random = new Random(bits);
        byte[] a = Scene(bits, 1);
        for (int i = 0; i < 12; i++)
        {
            int columns = random.Next(-12, 13), rows = random.Next(-12, 13);
            if (columns is > -2 and < 2 && rows is > -2 and < 2) continue;
            byte[] shifted = new byte[a.Length];
            for (int y = 0; y < Height; y++)
            {
                for (int x = 0; x < Width; x++)
                {
                    int fromX = x + columns, fromY = y + rows;
                    if (fromX is >= 0 and < Width && fromY is >= 0 and < Height) a.AsSpan((fromY * Width + fromX) * bits / 8, bits / 8).CopyTo(shifted.AsSpan((y * Width + x) * bits / 8));
                }
            }
            // each sample off by one or two, as behind a compression with loss
            for (int at = 0; at < shifted.Length; at += bits / 8) shifted[at] = (byte)Math.Clamp(shifted[at] + (random.Next(2) == 0 ? -1 : 1) * random.Next(1, 3), 0, 255);
            byte[] crop = Part(shifted, bits / 8, 20, 16, 56, 48);
            PixelShift found = WholePixelRegistration.Find(Reader(a, Width, Height, bits, 1), Reader(crop, 56, 48, bits, 1), 0)!.Value;
            Assert.Equal((20 + columns, 16 + rows), (found.Columns, found.Rows));
            Assert.InRange(found.Alike, 0.95, 0.999999);
            Assert.InRange(found.EqualShare, 0, 0.2);
        }
    }

    [Fact]
    public void Neighbouring_slices_are_alike_and_not_shifted()
    {
        var options = new Veridicom.Cli.Demo.PhantomOptions { Size = 128 };
        for (int i = 3; i < 9; i++)
        {
            FrameRendering a = FrameRendering.Open(DicomFile.Parse(new MemorySource(Veridicom.Cli.Demo.PhantomStudy.Slice(i, options))), null, out _)!;
            FrameRendering b = FrameRendering.Open(DicomFile.Parse(new MemorySource(Veridicom.Cli.Demo.PhantomStudy.Slice(i + 1, options))), null, out _)!;
            PixelShift? found = WholePixelRegistration.Find(a.Reader, b.Reader, 0);
            Assert.True(found is null or { Columns: 0, Rows: 0 }, found?.ToString());
        }
    }

    [Fact]
    public void A_map_counts_and_boxes_what_differs()
    {
        byte[] a = Scene(16, 1), b = [.. a];
        b[(10 * Width + 20) * 2 + 1] ^= 1; // 256 more or less
        b[(12 * Width + 30) * 2] ^= 1;
        DifferenceMap map = DifferenceMap.Of(Reader(a, Width, Height, 16, 1), Reader(b, Width, Height, 16, 1), 0, 0, 0)!;
        Assert.Equal((2L, new PixelArea(20, 10, 11, 3), 256.0), (map.Count, map.Box, map.Largest));
        ReadOnlySpan<byte> small = map.Picture.Samples.AsSpan((12 * Width + 30) * 3, 3), large = map.Picture.Samples.AsSpan((10 * Width + 20) * 3, 3);
        Assert.True(small[0] >= 150 && large[0] == 255 && large[1] == 255);
        Assert.Equal(2, map.Picture.Samples.Chunk(3).Count(p => p[0] > 0));
        Assert.Null(DifferenceMap.Of(Reader(a, Width, Height, 16, 1), Reader(b, Width, Height, 16, 1), 0, Width, 0));
    }

    /// <summary>Smooth hills under fine noise, and a border of nothing, as scanners make them.</summary>
    private static byte[] Scene(int bits, int samples)
    {
        var random = new Random(5);
        byte[] cells = new byte[Width * Height * samples * bits / 8];
        for (int i = 0; i < Width * Height * samples; i++)
        {
            int pixel = i / samples, x = pixel % Width, y = pixel / Width;
            if (x < 6 || y < 6 || x >= Width - 6 || y >= Height - 6) continue;
            int value = (int)(100 + 60 * Math.Sin(x / 9.0) * Math.Cos(y / 7.0)) + random.Next(8);
            cells[i * bits / 8] = (byte)value;
            if (bits > 8) cells[i * bits / 8 + 1] = (byte)(value / 16);
        }
        return cells;
    }

    private static byte[] Part(byte[] cells, int pixel, int x, int y, int width, int height) =>
        [.. Enumerable.Range(y, height).SelectMany(row => cells[((row * Width + x) * pixel)..((row * Width + x + width) * pixel)])];

    private static PixelReader Reader(byte[] cells, int width, int height, int bits, int samples)
    {
        byte[] file = new PictureFile { Rows = height, Columns = width, Allocated = bits, Samples = samples, Photometric = samples == 3 ? "RGB" : "MONOCHROME2", Pixels = cells }.File();
        FrameRendering? rendering = FrameRendering.Open(DicomFile.Parse(new MemorySource(file)), null, out string reason);
        Assert.True(rendering is not null, reason);
        return rendering.Reader;
    }
}
