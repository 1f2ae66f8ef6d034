using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Veridicom.Cli.Demo;
using Veridicom.Dicom;
using Veridicom.Pixels;
using Xunit;

namespace Veridicom.Tests.Demo;

/// <summary>The study that demonstrations, tests and measurements run on: the same everywhere, well-formed, and like a CT in its numbers.</summary>
public sealed class PhantomStudyTests
{
    private static readonly PhantomOptions Options = new();

    [Fact]
    public void The_same_options_give_the_same_bytes_on_every_machine()
    {
        byte[] slice = PhantomStudy.Slice(9, Options);

        Assert.Equal(slice, PhantomStudy.Slice(9, Options));
        // Golden: the walk-through in README.md and the demonstration's table rest on it. Change both with it.
        Assert.Equal(GoldenSlice, Convert.ToHexStringLower(SHA256.HashData(slice)));
    }

    private const string GoldenSlice = "23d06f44800f24754657b4c9506e2b951f41d8979399512fae02480af6e7dbc9";

    [Fact]
    public void Another_seed_gives_another_study_with_other_UIDs()
    {
        PhantomOptions other = Options with { Seed = 2 };

        Assert.NotEqual(PhantomStudy.Samples(9, Options), PhantomStudy.Samples(9, other));
        Assert.NotEqual(Attribute(Options, 9, 0x0020000D), Attribute(other, 9, 0x0020000D));
        Assert.NotEqual(PhantomStudy.InstanceUid(9, Options), PhantomStudy.InstanceUid(9, other));
    }

    [Fact]
    public void Slices_of_a_series_share_their_study_and_differ_in_instance_place_and_pixels()
    {
        PhantomOptions options = Options with { Size = 64, Slices = 50 };
        List<DicomFile> files = [.. Enumerable.Range(0, options.Slices).Select(index => Parse(PhantomStudy.Slice(index, options)))];

        foreach (uint shared in (uint[])[0x0020000D, 0x0020000E, 0x00200052, 0x00100010, 0x00280010])
            Assert.Single(files.Select(file => Convert.ToHexString(Value(file, shared))).Distinct());
        foreach (uint own in (uint[])[0x00080018, 0x00200013, 0x00200032, 0x7FE00010])
            Assert.Equal(files.Count, files.Select(file => Convert.ToHexString(Value(file, own))).Distinct().Count());
    }

    [Theory]
    [InlineData(PhantomSamples.Signed16, true, 16)]
    [InlineData(PhantomSamples.Unsigned12, false, 12)]
    public void A_slice_parses_as_a_sound_native_CT_image(PhantomSamples samples, bool signed, int stored)
    {
        DicomFile file = Parse(PhantomStudy.Slice(0, Options with { Samples = samples }));

        Assert.True(file.IsSound);
        Assert.True(file.HasPreamble);
        Assert.Equal(TransferSyntax.ExplicitVrLittleEndian, file.TransferSyntax);
        Assert.Equal(PhantomStudy.SopClass, file.DataSet.Ascii(new(0x00080016)));
        Assert.Equal(PhantomStudy.SopClass, file.Meta!.Ascii(new(0x00020002)));
        Assert.Equal(file.DataSet.Ascii(new(0x00080018)), file.Meta.Ascii(new(0x00020003)));
        // (0002,0000) counts the bytes from its own end to the data set.
        Assert.True(file.Meta.TryFind(new(0x00020000), out DicomNode length));
        Assert.Equal(file.DataSetOffset - length.EndOffset, MemoryMarshal.Read<uint>(length.Value));
        Assert.True(PixelGeometry.TryFindPixels(file.DataSet, out DicomNode pixels));
        PixelGeometry geometry = PixelGeometry.Read(file.DataSet, pixels, out string reason)!;
        Assert.Equal("", reason);
        Assert.Equal((1, 512, 512, 1, 16, stored, stored - 1, signed),
            (geometry.Frames, geometry.Rows, geometry.Columns, geometry.Samples, geometry.BitsAllocated, geometry.BitsStored, geometry.HighBit, geometry.Signed));
        Assert.Equal(geometry.StoredBytes, pixels.ValueLength);
        Assert.All(Cells(pixels.Value), value => Assert.InRange(value, signed ? PhantomStudy.SignedPadding : 0, 4095));
    }

    [Fact]
    public void Padding_fills_what_lies_outside_of_the_circle_and_nothing_else()
    {
        short[] samples = PhantomStudy.Samples(5, Options);
        for (int row = 0; row < 512; row++)
        {
            for (int column = 0; column < 512; column++)
            {
                double x = column - 255.5, y = row - 255.5;
                Assert.Equal(x * x + y * y > 256 * 256, samples[row * 512 + column] == PhantomStudy.SignedPadding);
            }
        }
    }

    [Theory]
    [InlineData("lung, right", 4, -84, 0, 8, -900, -800)]
    [InlineData("lung, left", 18, 92, 25, 6, -900, -790)]
    [InlineData("ascending aorta", 4, -12, -20, 10, 175, 195)]
    [InlineData("trachea", 4, -3, 16, 4, -1010, -950)]
    [InlineData("fat under the skin", 10, -163, 0, 2, -120, -85)]
    [InlineData("air above the patient", 10, 0, -150, 10, -1010, -990)]
    public void Tissues_have_the_attenuation_that_textbooks_give(string tissue, int slice, int x, int y, int halfWidth, int low, int high)
    {
        double[] values = Region(slice, x, y, halfWidth);
        Array.Sort(values);
        double median = values[values.Length / 2];

        Assert.True(median >= low && median <= high, $"{tissue}: {median} HU");
    }

    [Fact]
    public void Bone_is_dense_and_of_ordinary_amount()
    {
        short[] samples = PhantomStudy.Samples(3, Options);
        double dense = samples.Count(value => value - 1024 > 300) / (double)samples.Length;

        Assert.InRange(dense, 0.005, 0.05);
    }

    [Fact]
    public void Noise_follows_attenuation_and_has_the_texture_of_a_reconstruction()
    {
        double[] blood = Region(4, -12, -20, 8), air = Region(4, -125, -140, 6);
        double inBlood = Deviation(blood), inAir = Deviation(air);

        Assert.InRange(inBlood, 6, 25);
        Assert.True(inAir < 0.8 * inBlood, $"air {inAir} HU, blood {inBlood} HU");
        // Neighbours are alike, and pixels farther apart slightly opposed: white noise would have neither.
        int side = (int)Math.Sqrt(blood.Length);
        Assert.InRange(Correlation(blood, side, 1), 0.2, 0.8);
        Assert.InRange(Correlation(blood, side, 4), -0.4, 0.1);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(24)]
    public void A_slice_that_the_series_does_not_have_is_refused(int index) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => PhantomStudy.Slice(index, Options));

    [Fact]
    public void Options_outside_of_their_bounds_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => PhantomStudy.Slice(0, Options with { Size = 63 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => PhantomStudy.Slice(0, Options with { Size = 65 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => PhantomStudy.Slice(0, Options with { Size = 4098 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => PhantomStudy.Slice(0, Options with { Slices = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => PhantomStudy.Slice(0, Options with { SliceSpacing = double.NaN }));
    }

    private static DicomFile Parse(byte[] file) => DicomFile.Parse(new MemorySource(file));

    private static byte[] Value(DicomFile file, uint tag)
    {
        Assert.True(file.DataSet.TryFind(new(tag), out DicomNode node));
        return node.Value.ToArray();
    }

    private static string? Attribute(PhantomOptions options, int slice, uint tag) => Parse(PhantomStudy.Slice(slice, options)).DataSet.Ascii(new(tag));

    private static int[] Cells(ReadOnlySpan<byte> value) => [.. MemoryMarshal.Cast<byte, short>(value).ToArray().Select(cell => (int)cell)];

    // A square of HU around a place in mm.
    private static double[] Region(int slice, int x, int y, int halfWidth)
    {
        short[] samples = PhantomStudy.Samples(slice, Options);
        int column = 256 + (int)(x / 0.78125), row = 256 + (int)(y / 0.78125), half = (int)(halfWidth / 0.78125);
        return [.. from r in Enumerable.Range(row - half, 2 * half + 1)
                   from c in Enumerable.Range(column - half, 2 * half + 1)
                   select samples[r * 512 + c] - 1024.0];
    }

    private static double Deviation(double[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }

    private static double Correlation(double[] values, int side, int lag)
    {
        double mean = values.Average(), variance = values.Average(value => (value - mean) * (value - mean)), sum = 0;
        int count = 0;
        for (int row = 0; row < side; row++)
        {
            for (int column = 0; column + lag < side; column++, count++)
                sum += (values[row * side + column] - mean) * (values[row * side + column + lag] - mean);
        }
        return sum / count / variance;
    }
}
