using System.Text;
using Veridicom.Dicom;
using Veridicom.Forensics;
using Veridicom.Forensics.Generation;
using Veridicom.Pixels.Png;
using Veridicom.Tests.Forensics.Training;
using Veridicom.Tests.Pictures;
using Xunit;
using PictureFile = Veridicom.Forensics.PictureFile;

namespace Veridicom.Tests.Forensics.Generation;

/// <summary>What a detector must not look at: the score stays the same to the last bit when only that changes.</summary>
public sealed class ShortcutTests
{
    private const int Rows = 300, Columns = 340;

    private static readonly byte[] s_pixels = [.. MadePictures.Radiograph(Rows, Columns, 5).Values.ToArray().Select(value => (byte)value)];
    private static readonly GenerationScore s_plain = ScoreOf(PngWriter.Write(Columns, Rows, PngColour.Grey, 8, s_pixels));

    [Fact]
    public void Another_image_has_another_score() =>
        Assert.NotEqual(s_plain.Raw, GenerationModel.Shipped.Score(MadePictures.Radiograph(Rows, Columns, 6))!.Raw);

    [Theory]
    [InlineData(255)]
    [InlineData(0)]
    [InlineData(-1)]
    public void Alpha_does_not_count(int alpha)
    {
        var random = new Random(1);
        byte[] gray = [.. s_pixels.SelectMany(value => new[] { value, Alpha() })], colour = [.. s_pixels.SelectMany(value => new[] { value, value, value, Alpha() })];
        Same(s_plain, ScoreOf(PngWriter.Write(Columns, Rows, PngColour.GreyAlpha, 8, gray)));
        Same(s_plain, ScoreOf(PngWriter.Write(Columns, Rows, PngColour.Rgba, 8, colour)));

        byte Alpha() => alpha >= 0 ? (byte)alpha : (byte)random.Next(256);
    }

    [Fact]
    public void Three_equal_colours_are_gray() =>
        Same(s_plain, ScoreOf(PngWriter.Write(Columns, Rows, PngColour.Rgb, 8, [.. s_pixels.SelectMany(value => new[] { value, value, value })])));

    [Fact]
    public void Metadata_does_not_count()
    {
        byte[] png = PngWriter.Write(Columns, Rows, PngColour.Grey, 8, s_pixels);
        byte[] text = PngByHand.Chunk("tEXt", Encoding.ASCII.GetBytes("Software\0GPT-4o"));
        const int afterHeader = 8 + 25;
        Same(s_plain, ScoreOf([.. png[..afterHeader], .. text, .. png[afterHeader..]]));
    }

    [Fact]
    public void The_kind_of_file_does_not_count()
    {
        Same(s_plain, ScoreOf(Eight()));
        byte[] inverted = [.. s_pixels.Select(value => (byte)(255 - value))];
        Same(s_plain, ScoreOf(Eight() with { Photometric = "MONOCHROME1", Pixels = inverted }));
        byte[] signed = [.. s_pixels.Select(value => (byte)(value ^ 0x80))];
        Same(s_plain, ScoreOf(Eight() with { Signed = true, Pixels = signed }));
    }

    [Fact]
    public void How_a_file_wants_to_be_shown_does_not_count()
    {
        foreach (Func<Pictures.PictureFile> plain in (Func<Pictures.PictureFile>[])[Eight, Sixteen])
        {
            GenerationScore wanted = ScoreOf(plain());
            foreach ((string center, string width) in (ReadOnlySpan<(string, string)>)[("128", "256"), ("2000", "4200"), ("128", "12000"), ("100", "20")])
                Same(wanted, ScoreOf(plain().Text(0x00281050, center).Text(0x00281051, width)));
            Same(wanted, ScoreOf(plain().Text(0x00281052, "-1024").Text(0x00281053, "3.5")));
            Same(wanted, ScoreOf(plain().Table(0x00283010, 0, 8, [.. Enumerable.Range(0, 256).Select(i => (ushort)(255 - i / 2))])));
            Same(wanted, ScoreOf(plain().Table(0x00283000, 0, 8, [.. Enumerable.Range(0, 256).Select(i => (ushort)(i / 4))])));
            Same(wanted, ScoreOf(plain().With(0x20500020, w => w.Text(new(0x2050, 0x0020), Vr.CS, "INVERSE"))));
            Same(wanted, ScoreOf(plain().Words(0x00280120, 17)));
        }
    }

    [Fact]
    public void More_bits_are_judged_by_where_their_values_lie()
    {
        // neither an offset nor a factor, nor how many bits could have been used, nor a flat canvas
        GenerationScore wanted = ScoreOf(Sixteen());
        Assert.True(Math.Abs(wanted.Raw - s_plain.Raw) < 1, $"{wanted.Raw} for {s_plain.Raw}");
        Same(wanted, ScoreOf(Sixteen(10, 300)));
        Same(wanted, ScoreOf(Sixteen() with { Stored = 16, High = 15 }));
        Same(wanted, ScoreOf(PngWriter.Write(Columns, Rows, PngColour.Grey, 16, Sixteen().Pixels)));
        const int around = 90;
        byte[] canvas = new byte[2 * (Rows + around) * Columns], inside = Sixteen().Pixels;
        inside.CopyTo(canvas, around * Columns);
        Same(wanted, ScoreOf(Sixteen() with { Rows = Rows + around, Pixels = canvas }));
    }

    [Theory]
    [InlineData(0, 64, 64, 64, 64)]
    [InlineData(255, 0, 500, 0, 0)]
    [InlineData(17, 3, 0, 1, 700)]
    public void A_canvas_around_the_image_does_not_count(int gray, int top, int bottom, int left, int right)
    {
        int rows = top + Rows + bottom, columns = left + Columns + right;
        byte[] canvas = new byte[rows * columns];
        Array.Fill(canvas, (byte)gray);
        for (int row = 0; row < Rows; row++) s_pixels.AsSpan(row * Columns, Columns).CopyTo(canvas.AsSpan((top + row) * columns + left));
        Same(s_plain, ScoreOf(PngWriter.Write(columns, rows, PngColour.Grey, 8, canvas)));
    }

    [Fact]
    public void Scores_do_not_depend_on_what_was_scored_before_or_beside()
    {
        GrayPicture picture = MadePictures.Radiograph(Rows, Columns, 5);
        var scores = new GenerationScore[8];
        Parallel.For(0, scores.Length, i =>
        {
            GenerationModel.Shipped.Score(MadePictures.Radiograph(150 + 20 * i, 200, (ulong)i));
            scores[i] = GenerationModel.Shipped.Score(picture)!;
        });
        Assert.All(scores, score => Same(s_plain, score));
    }

    private static Pictures.PictureFile Eight() => new() { Rows = Rows, Columns = Columns, Pixels = s_pixels };

    private static Pictures.PictureFile Sixteen() => Sixteen(4, 0);

    private static Pictures.PictureFile Sixteen(int factor, int offset) =>
        new() { Rows = Rows, Columns = Columns, Allocated = 16, Stored = 12, High = 11, Pixels = Pictures.PictureFile.Bytes([.. s_pixels.Select(value => (ushort)(factor * value + offset))]) };

    private static GenerationScore ScoreOf(byte[] file)
    {
        using PictureFile picture = PictureFile.Open(file);
        return GenerationModel.Shipped.Score(picture.Judged(0))!;
    }

    private static GenerationScore ScoreOf(Pictures.PictureFile dicom)
    {
        using PictureFile? file = PictureFile.Open(DicomFile.Parse(new MemorySource(dicom.File())), null, out string reason);
        Assert.True(file is not null, reason);
        return GenerationModel.Shipped.Score(file.Judged(0))!;
    }

    private static void Same(GenerationScore wanted, GenerationScore score)
    {
        Assert.Equal((wanted.Raw, wanted.Strangeness), (score.Raw, score.Strangeness));
        Assert.Equal(wanted.Reasons, score.Reasons);
    }
}
