using Veridicom.Forensics;
using Veridicom.Forensics.Similarity;
using Veridicom.Tests.Audits;
using Xunit;

namespace Veridicom.Tests.Forensics;

/// <summary>Pictures that look the same are found, and others are not.</summary>
public sealed class SimilarityTests
{
    private static GrayPicture Picture(int number, int side = MadeSet.Side) => new(side, side, [.. MadeSet.Picture(number, side).Select(v => (float)v)], 256);

    private static GrayPicture Map(GrayPicture p, Func<float, float> change) => new(p.Rows, p.Columns, [.. p.Values.ToArray().Select(v => Math.Clamp(MathF.Round(change(v)), 0, 255))], 256);

    private static GrayPicture Mirror(GrayPicture p)
    {
        float[] values = p.Values.ToArray();
        for (int row = 0; row < p.Rows; row++) Array.Reverse(values, row * p.Columns, p.Columns);
        return new GrayPicture(p.Rows, p.Columns, values, 256);
    }

    private static GrayPicture Bordered(GrayPicture p, int border)
    {
        int columns = p.Columns + 2 * border;
        var values = new float[(p.Rows + 2 * border) * columns];
        for (int row = 0; row < p.Rows; row++) p.Row(row).CopyTo(values.AsSpan((row + border) * columns + border));
        return new GrayPicture(p.Rows + 2 * border, columns, values, 256);
    }

    private static GrayPicture Scaled(GrayPicture p, int percent)
    {
        int rows = p.Rows * percent / 100, columns = p.Columns * percent / 100;
        return new GrayPicture(rows, columns, AreaReduction.Reduce(p.Values, p.Columns, 0, 0, p.Rows, p.Columns, rows, columns), 256);
    }

    public static TheoryData<string> Changes => ["brighter", "darker", "contrast", "half", "double", "cropped 1 %", "cropped 2 %", "cropped 4 %", "mirrored", "inverted", "bordered", "16 levels"];

    private static GrayPicture Change(GrayPicture p, string how) => how switch
    {
        "brighter" => Map(p, v => v * 1.05f + 5),
        "darker" => Map(p, v => v * 0.7f),
        "contrast" => Map(p, v => 255 * MathF.Pow(v / 255, 0.8f)),
        "half" => Scaled(p, 50),
        "double" => Scaled(p, 200),
        "cropped 1 %" => p.Crop(p.Rows / 100, p.Columns / 100, p.Rows - p.Rows / 50, p.Columns - p.Columns / 50),
        "cropped 2 %" => p.Crop(p.Rows / 50, p.Columns / 50, p.Rows - p.Rows / 25, p.Columns - p.Columns / 25),
        "cropped 4 %" => p.Crop(p.Rows / 25, p.Columns / 25, p.Rows - 2 * (p.Rows / 25), p.Columns - 2 * (p.Columns / 25)),
        "mirrored" => Mirror(p),
        "inverted" => Map(p, v => 255 - v),
        "bordered" => Bordered(p, 12),
        _ => Map(p, v => MathF.Floor(v / 16) * 16 + 8),
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_changed_copy_is_found_and_nothing_else(string how)
    {
        const int pictures = 40;
        var index = new SimilarityIndex();
        for (int i = 0; i < pictures; i++) index.Add(PictureSketch.Of(Picture(i, 300))!);
        for (int i = 0; i < pictures; i++) index.Add(PictureSketch.Of(Change(Picture(i, 300), how))!);

        SimilarPair[] pairs = [.. index.Pairs(TestContext.Current.CancellationToken)];

        Assert.All(pairs, pair => Assert.Equal(pair.First + pictures, pair.Second));
        Assert.InRange(pairs.Length, pictures * 9 / 10, pictures);
        if (how == "mirrored") Assert.All(pairs, pair => Assert.True(pair.Mirrored));
        if (how == "inverted") Assert.All(pairs, pair => Assert.True(pair.Inverted));
    }

    [Fact]
    public void Every_pair_within_the_distance_is_found_by_its_parts()
    {
        // bits flipped at random, up to the most that may differ: some part has at most one of them
        PictureHash hash = PictureSketch.Of(Picture(1))!.Hash;
        var random = new Random(3);
        for (int round = 0; round < 500; round++)
        {
            ulong[] words = [hash.A, hash.B, hash.C, hash.D];
            foreach (int bit in Enumerable.Range(1, 255).OrderBy(_ => random.Next()).Take(SimilarityIndex.MostDistance)) words[bit >> 6] ^= 1UL << (bit & 63);
            var other = new PictureHash(words[0], words[1], words[2], words[3]);
            Assert.Equal(SimilarityIndex.MostDistance, hash.Distance(other));
            Assert.Contains(Enumerable.Range(0, PictureHash.Bands), band => System.Numerics.BitOperations.PopCount((uint)(hash.Band(band) ^ other.Band(band))) <= 1);
        }
    }

    [Fact]
    public void The_parts_hold_every_bit_once()
    {
        for (int bit = 0; bit < 256; bit++)
        {
            ulong[] words = new ulong[4];
            words[bit >> 6] = 1UL << (bit & 63);
            var one = new PictureHash(words[0], words[1], words[2], words[3]);
            Assert.Equal(1, Enumerable.Range(0, PictureHash.Bands).Sum(band => System.Numerics.BitOperations.PopCount(one.Band(band))));
        }
    }

    [Fact]
    public void Flat_and_tiny_pictures_have_no_sketch()
    {
        Assert.Null(PictureSketch.Of(new GrayPicture(100, 100, new float[10000], 256)));
        Assert.Null(PictureSketch.Of(Picture(1).Crop(0, 0, 31, 100)));
        Assert.NotNull(PictureSketch.Of(Picture(1).Crop(0, 0, 32, 100)));
    }

    [Fact]
    public void Radiographs_of_different_patients_are_not_taken_for_each_other()
    {
        var index = new SimilarityIndex();
        foreach (string file in RealFiles.Below("xray/train", "nih_*.png"))
        {
            using PictureFile picture = PictureFile.Open(File.ReadAllBytes(file));
            index.Add(PictureSketch.Of(picture.Shown(0))!);
        }
        Assert.InRange(index.Count, 50, 1000);
        Assert.Empty(index.Pairs(TestContext.Current.CancellationToken));
    }
}
