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
        // a window of 128, 256 shows 8 bits as they are (PS3.3-2023b C.11.2.1.2.1)
        byte[] dicom = new Pictures.PictureFile { Rows = Rows, Columns = Columns, Pixels = s_pixels }.Text(0x00281050, "128").Text(0x00281051, "256").File();
        using PictureFile? file = PictureFile.Open(DicomFile.Parse(new MemorySource(dicom)), null, out string reason);
        Assert.True(file is not null, reason);
        Same(s_plain, GenerationModel.Shipped.Score(file.Shown(0))!);
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

    private static GenerationScore ScoreOf(byte[] file)
    {
        using PictureFile picture = PictureFile.Open(file);
        return GenerationModel.Shipped.Score(picture.Shown(0))!;
    }

    private static void Same(GenerationScore wanted, GenerationScore score)
    {
        Assert.Equal((wanted.Raw, wanted.Strangeness), (score.Raw, score.Strangeness));
        Assert.Equal(wanted.Reasons, score.Reasons);
    }
}
