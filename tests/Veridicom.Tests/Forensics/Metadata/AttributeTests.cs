using Veridicom.Dicom;
using Veridicom.Forensics;
using Veridicom.Forensics.Metadata;
using Veridicom.Pixels;
using Xunit;
using DicomPicture = Veridicom.Tests.Pictures.PictureFile;
using PictureFile = Veridicom.Forensics.PictureFile;

namespace Veridicom.Tests.Forensics.Metadata;

/// <summary>What DICOM files say of themselves, and attributes that contradict the pixels, each on a file made for it.</summary>
public sealed class AttributeTests
{
    private const int Side = 256;

    private static IReadOnlyList<Evidence> Find(DicomPicture picture) => Find(picture.File());

    private static IReadOnlyList<Evidence> Find(byte[] file)
    {
        PictureFile? opened = PictureFile.Open(DicomFile.Parse(new MemorySource(file)), null, out string reason);
        Assert.True(opened is not null, reason);
        using (opened) return MetadataFindings.Of(opened);
    }

    private static string[] Codes(DicomPicture picture) => [.. Find(picture).Select(e => e.Code)];

    private static DicomPicture Of(Func<int, int, int> value, int stored = 12, bool signed = false) => new()
    {
        Rows = Side, Columns = Side, Allocated = 16, Stored = stored, Signed = signed,
        Pixels = DicomPicture.Bytes([.. Enumerable.Range(0, Side * Side).Select(i => unchecked((ushort)(value(i / Side, i % Side) & (1 << stored) - 1)))]),
    };

    // two throws of dice for each pixel: noise with a standard deviation of 2.4 for each unit of scale, the same in every run
    private static int Noise(int row, int column, int scale)
    {
        uint h = unchecked((uint)(row * 73856093 ^ column * 19349663) * 2654435761u);
        h = unchecked((h ^ h >> 15) * 2246822519u);
        return (int)(h >> 24 & 7) * scale / 2 + (int)(h >> 16 & 7) * scale / 2 - 7 * scale / 2;
    }

    // tissue with a rim of air
    private static int Slice(int row, int column, int noise) => Math.Min(row, column) < 16 ? 24 : 1064 + (row + column) / 16 + (noise == 0 ? 0 : Noise(row, column, noise));

    private static DicomPicture Ct(int noise) => Of((r, c) => Slice(r, c, noise))
        .Text(0x00080060, "CT").Text(0x00281052, "-1024").Text(0x00281053, "1").Text(0x00181152, "120").Text(0x00180050, "5");

    [Fact]
    public void Synthetic_data_is_decisive_and_only_where_it_is_said()
    {
        Evidence found = Find(Ct(8).Text(0x0008001C, "YES"))[0];

        Assert.Equal(("dicom-synthetic", EvidenceFor.Generation, true), (found.Code, found.For, found.IsDecisive));
        Assert.Empty(Codes(Ct(8).Text(0x0008001C, "NO")));
        Assert.Empty(Codes(Ct(8)));
    }

    [Theory]
    [InlineData(0x00080070u, "OpenAI", "dicom-generator", EvidenceFor.Generation)]
    [InlineData(0x00181020u, "Stable Diffusion 3", "dicom-generator", EvidenceFor.Generation)]
    [InlineData(0x00082111u, "synthetic CT from MR", "dicom-generator", EvidenceFor.Generation)]
    [InlineData(0x00181019u, "Adobe Photoshop", "dicom-editor", EvidenceFor.Manipulation)]
    [InlineData(0x00181020u, "MATLAB 9", "software-trace", EvidenceFor.Neither)]
    [InlineData(0x00082111u, "Deep Learning reconstruction", "dicom-algorithm", EvidenceFor.Neither)]
    [InlineData(0x00080008u, "DERIVED\\SECONDARY", "dicom-derived", EvidenceFor.Neither)]
    [InlineData(0x00080064u, "WSD", "dicom-derived", EvidenceFor.Neither)]
    [InlineData(0x00080064u, "SYN", "dicom-derived", EvidenceFor.Neither)]
    [InlineData(0x00189004u, "RESEARCH", "dicom-research", EvidenceFor.Neither)]
    public void What_a_file_says_of_its_making_is_told_and_not_decisive(uint tag, string value, string code, EvidenceFor speaksFor)
    {
        Evidence found = Assert.Single(Find(Ct(8).Text(tag, value)));

        Assert.Equal((code, speaksFor, false), (found.Code, found.For, found.IsDecisive));
    }

    [Theory]
    [InlineData(0x00080070u, "Philips Medical Systems")]
    [InlineData(0x00081090u, "GEMINI TF")]
    [InlineData(0x0008103Eu, "DIFFUSION b1000")]
    [InlineData(0x00181020u, "syngo CT 2012B")]
    public void Devices_and_protocols_say_nothing(uint tag, string value) => Assert.Empty(Codes(Ct(8).Text(tag, value)));

    [Fact]
    public void Contributing_equipment_that_modified_is_told() =>
        Assert.Equal(["dicom-editor", "dicom-derived"], Codes(Ct(8).With(0x0018A001, w => w.BeginSequence(new(0x0018A001)).BeginItem().Text(new(0x00080070), Vr.LO, "GIMP")
            .BeginSequence(new(0x0040A170)).BeginItem().Text(new(0x00080100), Vr.SH, "109103").EndItem().EndSequence().EndItem().EndSequence())));

    [Fact]
    public void Lossy_compression_is_told_and_its_contradiction_named()
    {
        Assert.Equal(["dicom-lossy"], Codes(Ct(8).Text(0x00282110, "01").Text(0x00282112, "12.5").Text(0x00282114, "ISO_10918_1")));
        Assert.Equal(["dicom-lossy-contradiction"], Codes(Ct(8).Text(0x00282110, "00").Text(0x00282114, "ISO_10918_1")));
        Assert.Empty(Codes(Ct(8).Text(0x00282110, "00")));
    }

    [Theory]
    [InlineData(16, 0)]
    [InlineData(16, 5)]
    [InlineData(7, 0)]
    public void Eight_bits_stretched_to_more_are_found(int step, int offset)
    {
        Evidence found = Assert.Single(Find(Of((r, c) => (Math.Clamp(r / 2 + c / 2 + Noise(r, c, 1), 0, 255)) * step + offset)));

        Assert.Equal("dicom-eight-bit-source", found.Code);
        Assert.Equal(step, found.Numbers.Single(n => n.Key == "step").Value, 2);
    }

    [Fact]
    public void A_fraction_as_step_is_found_as_well()
    {
        Evidence found = Assert.Single(Find(Of((r, c) => (int)Math.Round(Math.Clamp(r / 2 + c / 2 + Noise(r, c, 1), 0, 255) * 4095 / 255.0))));

        Assert.Equal("dicom-eight-bit-source", found.Code);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Values_of_a_device_are_no_comb(int slope) => Assert.Empty(Codes(Of((r, c) => 200 + (r * 6 + c * 5 + Noise(r, c, 9)) / slope * slope)));

    [Fact]
    public void A_label_map_is_no_comb() => Assert.Empty(Codes(Of((r, c) => (r / 32 + c / 32) * 200)));

    [Fact]
    public void A_slice_without_noise_is_found_with_its_numbers()
    {
        Evidence found = Assert.Single(Find(Ct(0)));

        Assert.Equal(("dicom-no-noise", EvidenceFor.Manipulation, false), (found.Code, found.For, found.IsDecisive));
        Assert.InRange(found.Numbers.Single(n => n.Key == "noise").Value, 0, 0.49);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(12)]
    public void A_slice_with_the_noise_of_any_dose_is_not(int noise) => Assert.Empty(Codes(Ct(noise)));

    [Theory]
    [InlineData("ORIGINAL\\PRIMARY\\AXIAL", "dicom-no-air")]
    [InlineData("DERIVED\\SECONDARY\\PERFUSION", "dicom-derived")]
    public void A_slice_without_air_or_fat_is_no_slice(string type, string code) =>
        Assert.Equal([code], Codes(Of((r, c) => Math.Clamp(r / 2 + c / 2 + Noise(r, c, 8), 0, 255)).Text(0x00080060, "CT").Text(0x00080008, type)));

    [Fact]
    public void Padding_that_is_declared_and_missing_is_told()
    {
        Assert.Equal(["dicom-no-padding"], Codes(Ct(8).Words(0x00280120, 63)));
        Assert.Empty(Codes((Of((r, c) => r < 20 ? 63 : Slice(r, c, 8))).Text(0x00080060, "CT").Text(0x00281052, "-1024").Words(0x00280120, 63)));
    }

    [Fact]
    public void Bits_that_no_value_needs_are_told()
    {
        Assert.Equal(["dicom-bits-unused"], Codes(Of((r, c) => (r + c) / 4 + Noise(r, c, 2) + 30, stored: 16)));
        Assert.Empty(Codes(Of((r, c) => r * 4 + c + Noise(r, c, 2) + 30, stored: 16)));
    }

    [Fact]
    public void A_window_beside_the_values_is_told()
    {
        Assert.Equal(["dicom-window"], Codes(Ct(8).Text(0x00281050, "3000").Text(0x00281051, "400")));
        Assert.Empty(Codes(Ct(8).Text(0x00281050, "3000\\40").Text(0x00281051, "400\\400")));
    }

    [Theory]
    [InlineData("CT", "1\\1", null, "100", true)]
    [InlineData("CT", "1\\1", null, "250", false)]
    [InlineData("CT", "1\\1", null, "2000", true)]
    [InlineData("CT", "0\\1", null, null, true)]
    [InlineData("DX", "0.2\\0.2", "0.14\\0.14", null, true)]
    [InlineData("DX", "0.14\\0.14", "0.148\\0.148", null, false)]
    [InlineData("DX", "0.14\\0.14", "0.14\\0.14", null, false)]
    public void Sizes_that_contradict_each_other_are_found(string modality, string spacing, string? imager, string? diameter, bool expected)
    {
        DicomPicture picture = Of((r, c) => Slice(r, c, 8)).Text(0x00080060, modality).Text(0x00281052, "-1024").Text(0x00280030, spacing);
        if (imager is not null) picture = picture.Text(0x00181164, imager);
        if (diameter is not null) picture = picture.Text(0x00181100, diameter);

        Assert.Equal(expected ? ["dicom-geometry"] : [], Codes(picture));
    }

    [Fact]
    public void Three_thousand_damaged_files_give_findings_or_documented_exceptions()
    {
        byte[] file = Ct(0).Text(0x00280030, "1\\1").Text(0x00181100, "100").Text(0x00281050, "3000").Text(0x00281051, "400").Words(0x00280120, 63).Text(0x00080070, "OpenAI").File();
        int header = file.Length - Side * Side * 2;
        var random = new Random(3);
        int found = 0, refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] damaged = [.. file];
            for (int n = random.Next(1, 5); n > 0; n--) damaged[random.Next(132, header)] = (byte)random.Next(256);
            try
            {
                using PictureFile? opened = PictureFile.Open(DicomFile.Parse(new MemorySource(damaged)), null, out _);
                if (opened is null) refused++;
                else found += Math.Min(1, MetadataFindings.Of(opened).Count);
            }
            catch (Exception e) when (e is DicomException or PixelException)
            {
                refused++;
            }
        }
        Assert.InRange(found, 500, 2999);
        Assert.InRange(refused, 10, 2999);
    }
}
