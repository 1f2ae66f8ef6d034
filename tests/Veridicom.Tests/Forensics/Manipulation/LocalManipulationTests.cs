using Veridicom.Forensics;
using Veridicom.Forensics.Manipulation;
using Veridicom.Pixels.Rendering;
using Veridicom.Train.Evaluation;
using Veridicom.Train.Tampering;
using Xunit;

namespace Veridicom.Tests.Forensics.Manipulation;

public sealed class LocalManipulationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Copy_move_is_found_at_its_place(int seed)
    {
        TamperedPicture tampered = LocalTampering.Apply(PhantomSlices.Series[seed], null, TamperKind.CopyMove, seed)!;

        LocalExamination result = LocalManipulation.Examine(tampered.Picture, true, 5);

        Assert.Contains(result.Findings, finding => finding.Code == LocalManipulation.CopyCode && LocalEvaluation.IntersectionOverUnion(finding.Area, tampered.Box) > 0.3);
        Assert.All(result.Findings, finding => Assert.Equal(5, finding.Frame));
        Assert.Contains(result.Evidence, evidence => evidence is { Code: LocalManipulation.CopyCode, IsDecisive: true, Source: EvidenceSource.Pixels });
    }

    [Fact]
    public void Copies_are_found_in_any_picture_but_noise_is_judged_in_CT_only()
    {
        GrayPicture copied = LocalTampering.Apply(PhantomSlices.Series[1], null, TamperKind.CopyMove, 1)!.Picture;
        GrayPicture filled = LocalTampering.Apply(PhantomSlices.Series[1], null, TamperKind.InpaintDiffusion, 1)!.Picture;

        Assert.NotEmpty(LocalManipulation.Examine(copied, false).Findings);
        Assert.Empty(LocalManipulation.Examine(filled, false).Findings);
        Assert.Null(LocalManipulation.Examine(filled, false).Map);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_part_without_noise_is_found_at_its_place(int seed)
    {
        TamperedPicture tampered = LocalTampering.Apply(PhantomSlices.Series[seed], null, TamperKind.InpaintDiffusion, seed)!;

        LocalExamination result = LocalManipulation.Examine(tampered.Picture, true);

        LocalFinding finding = Assert.Single(result.Findings);
        Assert.True(LocalEvaluation.IntersectionOverUnion(finding.Area, tampered.Box) > 0.3, $"{finding.Area} for {tampered.Box}");
        Assert.True(result.Score > 0.97);
    }

    [Fact]
    public void Untouched_slices_have_no_finding_and_a_map_of_zero_to_one()
    {
        foreach (GrayPicture slice in PhantomSlices.Series)
        {
            LocalExamination result = LocalManipulation.Examine(slice, true);

            Assert.Empty(result.Findings);
            Assert.Equal(slice.Rows / 8 * (slice.Columns / 8), result.Map!.Values.Length);
            Assert.All(result.Map.Values, value => Assert.InRange(value, 0f, 1f));
            Assert.InRange(result.Score!.Value, 0, 1);
        }
    }

    [Fact]
    public void The_same_slice_gives_the_same_answer()
    {
        LocalExamination a = LocalManipulation.Examine(PhantomSlices.Series[2], true), b = LocalManipulation.Examine(PhantomSlices.Slice(1, 2), true);

        Assert.Equal(a.Contrast, b.Contrast);
        Assert.Equal(a.Map!.Values, b.Map!.Values);
    }

    public static TheoryData<string> Odd => ["tiny", "narrow", "uniform", "all-nan", "some-nan", "extreme", "infinite", "two-values", "ramp", "checkerboard", "long"];

    [Theory]
    [MemberData(nameof(Odd))]
    public void Odd_pictures_are_taken_and_have_no_finding(string kind)
    {
        GrayPicture picture = kind switch
        {
            "tiny" => Picture(1, 1, (_, _) => 7),
            "narrow" => Picture(64, 3000, (row, column) => row * column % 17),
            "uniform" => Picture(128, 128, (_, _) => 1000),
            "all-nan" => Picture(128, 128, (_, _) => float.NaN),
            "some-nan" => Picture(128, 128, (row, column) => (row + column) % 3 == 0 ? float.NaN : row),
            "extreme" => Picture(128, 128, (row, column) => (row ^ column) % 2 == 0 ? float.MaxValue : float.MinValue),
            "infinite" => Picture(128, 128, (row, _) => row < 64 ? float.PositiveInfinity : float.NegativeInfinity),
            "two-values" => Picture(128, 128, (row, column) => row / 16 % 2 == column / 16 % 2 ? 0 : 4095),
            "ramp" => Picture(256, 256, (row, column) => row + 3 * column),
            "checkerboard" => Picture(256, 256, (row, column) => (row + column) % 2 * 255),
            _ => Picture(65, 4096, (row, column) => column % 251),
        };

        LocalExamination result = LocalManipulation.Examine(picture, true);
        IReadOnlyList<LocalFinding> series = SliceConsistency.Examine([picture, picture, PhantomSlices.Series[0]]);

        Assert.Empty(result.Findings);
        if (result.Map is { } map) Assert.All(map.Values, value => Assert.InRange(value, 0f, 1f));
        // of two equal slices nothing but what they share can be told
        Assert.All(series, finding => Assert.True(finding is { Code: SliceConsistency.SharedCode, Frame: 0 or 1 } && finding.Area.X >= 0 && finding.Area.Y >= 0
            && finding.Area.X + finding.Area.Width <= picture.Columns && finding.Area.Y + finding.Area.Height <= picture.Rows, finding.ToString()));
    }

    [Fact]
    public void Letters_padding_and_a_repeated_pattern_are_no_copies()
    {
        GrayPicture slice = PhantomSlices.Series[3];
        float[] values = slice.Values.ToArray();
        for (int row = 0; row < 40; row++)
        {
            // the same strokes eight times over, as burnt-in text has them, and a grid as test patterns do
            for (int column = 0; column < 256; column++) values[row * 384 + column] = column % 32 is 3 or 4 or 17 || row % 20 is 5 or 6 ? 3000 : 0;
        }

        Assert.Empty(LocalManipulation.Examine(new GrayPicture(384, 384, values, 65536), true).Findings);
    }

    [Fact]
    public void The_heat_map_picture_shows_places_and_never_fails()
    {
        GrayPicture shown = Picture(200, 300, (row, column) => (row + column) % 256);
        LocalFinding[] places = [new(0, new PixelArea(-5, -5, 4000, 20), "copy-move", 1, "beyond the edge"), new(0, new PixelArea(100, 50, 30, 30), "noise-level", 0.99, "within")];

        Raster raster = HeatMapPicture.Draw(shown, new HeatMap(2, 2, [0, 1, float.NaN, 0.8f]), places, "title");
        Raster plain = HeatMapPicture.Draw(Picture(1, 1, (_, _) => float.NaN), null, [], "title");

        Assert.Equal(3, raster.Channels);
        Assert.True(raster.Width >= 600);
        Assert.True(plain.Height > 0);
        // the line of the second box, in its colour, just above the part
        Assert.Equal([64, 200, 255], raster.Samples.AsSpan(((Heading(raster, shown) + 49) * raster.Width + 110) * 3, 3).ToArray());
    }

    // The picture begins below the heading, which is as high as plate and legend leave over.
    private static int Heading(Raster raster, GrayPicture shown)
    {
        for (int row = 0; row + shown.Rows < raster.Height; row++) if (raster.Samples[(row * raster.Width + 200) * 3] == 200 && raster.Samples[(row * raster.Width + 201) * 3] == 201) return row;
        throw new InvalidOperationException("the picture is not on the plate");
    }

    private static GrayPicture Picture(int rows, int columns, Func<int, int, float> value)
    {
        var values = new float[rows * columns];
        for (int i = 0; i < values.Length; i++) values[i] = value(i / columns, i % columns);
        return new GrayPicture(rows, columns, values, 65536);
    }
}
