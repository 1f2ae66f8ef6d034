using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Veridicom.Pixels;
using Veridicom.Pixels.Png;
using Xunit;

namespace Veridicom.Tests.Pictures;

/// <summary>PNG files: what we write we read; every form there is, written here pixel by pixel, is read; nothing broken is.</summary>
public sealed class PngTests
{
    [Theory]
    [InlineData(PngColour.Grey, 8)]
    [InlineData(PngColour.Grey, 16)]
    [InlineData(PngColour.GreyAlpha, 8)]
    [InlineData(PngColour.Rgb, 8)]
    [InlineData(PngColour.Rgba, 8)]
    public void What_is_written_is_read_again(PngColour colour, int depth)
    {
        foreach ((int width, int height) in new[] { (1, 1), (3, 7), (130, 5), (64, 300) })
        {
            byte[] samples = new byte[width * height * PngPicture.ChannelsOf(colour) * depth / 8];
            for (int i = 0; i < samples.Length; i++) samples[i] = (byte)(i / 7 * i & 0xFF);
            byte[] file = PngWriter.Write(width, height, colour, depth, samples);
            PngPicture read = PngReader.Read(file);
            Assert.Equal((width, height, colour, depth, false), (read.Width, read.Height, read.Colour, read.Depth, read.Interlaced));
            Assert.Equal(samples, read.Samples);
            Assert.Equal(["IHDR", "IDAT", "IEND"], read.Chunks.Select(c => c.Type).Distinct());
            Assert.Equal(file, PngWriter.Write(width, height, colour, depth, samples));
        }
    }

    [Fact]
    public void Forms_that_are_not_written_are_refused()
    {
        Assert.Throws<ArgumentException>(() => PngWriter.Write(1, 1, PngColour.Palette, 8, [0]));
        Assert.Throws<ArgumentException>(() => PngWriter.Write(1, 1, PngColour.Rgb, 16, new byte[6]));
        Assert.Throws<ArgumentException>(() => PngWriter.Write(2, 1, PngColour.Grey, 8, [0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => PngWriter.Write(0, 1, PngColour.Grey, 8, []));
    }

    public static TheoryData<PngColour, int, bool> Forms
    {
        get
        {
            var forms = new TheoryData<PngColour, int, bool>();
            foreach ((PngColour colour, int[] depths) in new (PngColour, int[])[]
                { (PngColour.Grey, [1, 2, 4, 8, 16]), (PngColour.Palette, [1, 2, 4, 8]), (PngColour.Rgb, [8, 16]), (PngColour.GreyAlpha, [8, 16]), (PngColour.Rgba, [8, 16]) })
            {
                foreach (int depth in depths)
                {
                    forms.Add(colour, depth, false);
                    forms.Add(colour, depth, true);
                }
            }
            return forms;
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_form_is_read(PngColour colour, int depth, bool interlaced)
    {
        foreach ((int width, int height) in new[] { (1, 1), (2, 3), (5, 4), (9, 17), (33, 8) })
        {
            ushort[] samples = PngByHand.Samples(width, height, colour, depth);
            PngPicture read = PngReader.Read(PngByHand.File(width, height, colour, depth, interlaced, samples));
            Assert.Equal(interlaced, read.Interlaced);
            Assert.Equal(samples, depth == 16 ? [.. Enumerable.Range(0, read.Samples.Length / 2).Select(i => BinaryPrimitives.ReadUInt16LittleEndian(read.Samples.AsSpan(2 * i)))] : Array.ConvertAll(read.Samples, b => (ushort)b));
        }
    }

    [Fact]
    public void Palette_and_transparency_make_colours()
    {
        byte[] file = PngByHand.File(3, 1, PngColour.Palette, 2, false, [0, 1, 2], [10, 20, 30, 40, 50, 60, 70, 80, 90], [5, 6]);
        Assert.Equal([10, 20, 30, 5, 40, 50, 60, 6, 70, 80, 90, 255], PngReader.Read(file).ToRgba8());
        Assert.Equal([0, 0, 0, 255, 85, 85, 85, 0, 255, 255, 255, 255], PngReader.Read(PngByHand.File(3, 1, PngColour.Grey, 2, false, [0, 1, 3], [], [0, 1])).ToRgba8());
        Assert.Equal([255, 0, 128, 0, 1, 1, 1, 255], PngReader.Read(PngByHand.File(2, 1, PngColour.Rgb, 16, false, [0xFFFF, 0, 0x8000, 0x101, 0x101, 0x101], [], [0xFF, 0xFF, 0, 0, 0x80, 0])).ToRgba8());
        Assert.Equal([7, 7, 7, 9], PngReader.Read(PngByHand.File(1, 1, PngColour.GreyAlpha, 8, false, [7, 9])).ToRgba8());
    }

    [Fact]
    public void Chunks_are_kept_for_who_looks_where_a_picture_came_from()
    {
        byte[] file = PngByHand.File(1, 1, PngColour.Grey, 8, false, [0], extra: PngByHand.Chunk("tEXt", [.. Encoding.ASCII.GetBytes("Software"), 0, .. "pen"u8]));
        PngPicture read = PngReader.Read([.. file, 1, 2, 3]);
        PngChunk text = Assert.Single(read.Chunks, c => c.IsAncillary);
        Assert.Equal(("tEXt", 12), (text.Type, text.Length));
        Assert.Equal("Software", Encoding.ASCII.GetString(file, (int)text.Offset, 8));
        Assert.Equal(3, read.TrailingBytes);
    }

    [Fact]
    public void Every_broken_rule_is_refused()
    {
        byte[] head = PngByHand.Header(2, 2, PngColour.Grey, 8, false), data = PngByHand.Chunk("IDAT", PngByHand.Zlib([0, 1, 2, 0, 3, 4])), end = PngByHand.Chunk("IEND", []);
        Assert.Equal([1, 2, 3, 4], PngReader.Read(PngByHand.Of(head, data, end)).Samples);

        Refused(PixelError.Malformed, [1, 2, 3]);
        Refused(PixelError.Truncated, PngByHand.Of(head, data));
        Refused(PixelError.Malformed, PngByHand.Of(data, head, end));
        Refused(PixelError.Malformed, PngByHand.Of(head, head, data, end));
        Refused(PixelError.Malformed, PngByHand.Of(head, end));
        Refused(PixelError.Malformed, PngByHand.Of(PngByHand.Header(0, 2, PngColour.Grey, 8, false), data, end));
        Refused(PixelError.TooLarge, PngByHand.Of(PngByHand.Header(1 << 20, 1 << 20, PngColour.Grey, 8, false), data, end));
        Refused(PixelError.Truncated, PngByHand.Of(PngByHand.Header(1 << 13, 1 << 13, PngColour.Grey, 8, false), data, end));
        Refused(PixelError.Malformed, PngByHand.Of(PngByHand.Header(2, 2, PngColour.Rgb, 4, false), data, end));
        Refused(PixelError.Malformed, PngByHand.Of(PngByHand.Header(2, 2, (PngColour)5, 8, false), data, end));
        Refused(PixelError.Malformed, PngByHand.Of(PngByHand.Header(2, 2, PngColour.Palette, 8, false), data, end));
        Refused(PixelError.Malformed, PngByHand.Of(head, PngByHand.Chunk("PLTE", [1, 2, 3]), data, end));
        Refused(PixelError.Malformed, PngByHand.Of(PngByHand.Header(2, 2, PngColour.Palette, 8, false), PngByHand.Chunk("PLTE", [1, 2]), data, end));
        Refused(PixelError.Malformed, PngByHand.Of(PngByHand.Header(2, 2, PngColour.Palette, 8, false), PngByHand.Chunk("PLTE", new byte[12]), data, end)); // index 4 of 4
        Refused(PixelError.Unsupported, PngByHand.Of(head, PngByHand.Chunk("PICT", []), data, end));
        Refused(PixelError.Malformed, PngByHand.Of(head, data, PngByHand.Chunk("tEXt", [65, 0]), PngByHand.Chunk("IDAT", []), end));
        Refused(PixelError.Malformed, PngByHand.Of(head, PngByHand.Chunk("tRNS", [1]), data, end));
        Refused(PixelError.Truncated, PngByHand.Of(head, PngByHand.Chunk("IDAT", PngByHand.Zlib([0, 1, 2, 0, 3])), end));
        Refused(PixelError.Malformed, PngByHand.Of(head, PngByHand.Chunk("IDAT", PngByHand.Zlib([0, 1, 2, 0, 3, 4, 5])), end));
        Refused(PixelError.Malformed, PngByHand.Of(head, PngByHand.Chunk("IDAT", PngByHand.Zlib([9, 1, 2, 0, 3, 4])), end));
        byte[] stream = PngByHand.Zlib([0, 1, 2, 0, 3, 4]);
        stream[^1] ^= 1;
        Refused(PixelError.Malformed, PngByHand.Of(head, PngByHand.Chunk("IDAT", stream), end));
        stream = PngByHand.Zlib([0, 1, 2, 0, 3, 4]);
        stream[0] = 0x79;
        Refused(PixelError.Malformed, PngByHand.Of(head, PngByHand.Chunk("IDAT", stream), end));
        byte[] sum = PngByHand.Of(head, data, end);
        sum[^1] ^= 1;
        Refused(PixelError.Malformed, sum);

        static void Refused(PixelError error, byte[] file) => Assert.Equal(error, Assert.Throws<PixelException>(() => PngReader.Read(file)).Code);
    }

    [Fact]
    public void Bytes_out_of_place_give_a_picture_or_one_kind_of_exception()
    {
        var random = new Random(7);
        var seeds = new List<byte[]>();
        foreach ((PngColour colour, int depth, bool interlaced) in Forms.Select(row => row.Data))
        {
            seeds.Add(PngByHand.File(9, 5, colour, depth, interlaced, PngByHand.Samples(9, 5, colour, depth)));
        }
        int read = 0;
        for (int i = 0; i < 5000; i++)
        {
            byte[] file = [.. seeds[random.Next(seeds.Count)]];
            for (int n = random.Next(1, 4); n > 0; n--) file[random.Next(file.Length)] = (byte)random.Next(256);
            if (random.Next(4) == 0) file = file[..random.Next(file.Length)];
            if (random.Next(2) == 0) file = PngByHand.Summed(file);
            try
            {
                PngPicture picture = PngReader.Read(file);
                picture.ToRgba8();
                read++;
            }
            catch (PixelException)
            {
                // what a broken file gives
            }
        }
        Assert.InRange(read, 1, 4999);
    }
}
