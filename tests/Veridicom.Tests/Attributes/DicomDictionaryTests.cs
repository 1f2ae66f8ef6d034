using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;
using Xunit;

namespace Veridicom.Tests.Attributes;

public sealed class DicomDictionaryTests
{
    [Theory]
    [InlineData(0x00100010u, "PN", "PatientName", "Patient's Name", "1", false)]
    [InlineData(0x00020010u, "UI", "TransferSyntaxUID", "Transfer Syntax UID", "1", false)]
    [InlineData(0x00000100u, "US", "CommandField", "Command Field", "1", false)]
    [InlineData(0x00001020u, "US", "NumberOfRemainingSuboperations", "Number of Remaining Sub-operations", "1", false)]
    [InlineData(0x00080008u, "CS", "ImageType", "Image Type", "2-n", false)]
    [InlineData(0x00181153u, "IS", "ExposureInuAs", "Exposure in µAs", "1", false)]
    [InlineData(0x00080010u, "SH", "RecognitionCode", "Recognition Code", "1", true)]
    [InlineData(0x00180061u, "DS", "", "", "1", true)]
    [InlineData(0xFFFAFFFAu, "SQ", "DigitalSignaturesSequence", "Digital Signatures Sequence", "1", false)]
    public void An_attribute_is_found_by_its_tag(uint tag, string vr, string keyword, string name, string vm, bool retired)
    {
        Assert.True(DicomDictionary.TryFind(new DicomTag(tag), out var entry));

        Assert.Equal(
            (tag, uint.MaxValue, vr, 1, keyword, name, vm, retired),
            (entry.Tag.Value, entry.Mask, entry.Vr.Text(), entry.VrCount, entry.Keyword, entry.Name, entry.Vm, entry.Retired));
    }

    [Theory]
    [InlineData(0x60003000u, "OverlayData", "(60xx,3000)", 0xFF00FFFFu)]
    [InlineData(0x601E3000u, "OverlayData", "(60xx,3000)", 0xFF00FFFFu)]
    [InlineData(0x50023000u, "CurveData", "(50xx,3000)", 0xFF00FFFFu)]
    [InlineData(0x7F200010u, "VariablePixelData", "(7Fxx,0010)", 0xFF00FFFFu)]
    [InlineData(0x002031FFu, "SourceImageIDs", "(0020,31xx)", 0xFFFFFF00u)]
    [InlineData(0x00280432u, "CoefficientCoding", "(0028,04x2)", 0xFFFFFF0Fu)]
    [InlineData(0x10000015u, "ShiftTableTriplet", "(1000,xxx5)", 0xFFFF000Fu)]
    [InlineData(0x1000FFF0u, "EscapeTriplet", "(1000,xxx0)", 0xFFFF000Fu)]
    [InlineData(0x1010ABCDu, "ZonalMap", "(1010,xxxx)", 0xFFFF0000u)]
    public void A_repeating_group_is_found_through_its_mask(uint tag, string keyword, string pattern, uint mask)
    {
        Assert.True(DicomDictionary.TryFind(new DicomTag(tag), out var entry));

        Assert.Equal((keyword, pattern, mask), (entry.Keyword, entry.Pattern, entry.Mask));
        Assert.Equal(tag & mask, entry.Tag.Value);
        Assert.Equal($"{pattern} {keyword}", entry.ToString());
    }

    [Theory]
    [InlineData(0x7FE00010u, "PixelData")]
    [InlineData(0x00280400u, "TransformLabel")]
    [InlineData(0x00280402u, "NumberOfTransformSteps")]
    [InlineData(0x00020000u, "FileMetaInformationGroupLength")]
    [InlineData(0x00000000u, "CommandGroupLength")]
    public void An_exact_tag_goes_before_a_pattern_that_covers_it(uint tag, string keyword)
    {
        Assert.True(DicomDictionary.TryFind(new DicomTag(tag), out var entry));

        Assert.Equal((uint.MaxValue, keyword), (entry.Mask, entry.Keyword));
    }

    [Theory]
    [InlineData(0x00100000u, "GenericGroupLength", "UL")]
    [InlineData(0x00290000u, "GenericGroupLength", "UL")]
    [InlineData(0x00290010u, "PrivateCreator", "LO")]
    [InlineData(0x7FF100FFu, "PrivateCreator", "LO")]
    public void Every_group_may_hold_a_length_and_every_odd_one_creators(uint tag, string keyword, string vr)
    {
        Assert.True(DicomDictionary.TryFind(new DicomTag(tag), out var entry));

        Assert.Equal((keyword, vr), (entry.Keyword, entry.Vr.Text()));
    }

    [Theory]
    [InlineData(0x00291010u)] // private, in a block
    [InlineData(0x0029000Fu)] // private, below the creators
    [InlineData(0x60013000u)] // odd: what looks like an overlay belongs to someone
    [InlineData(0x50013000u)]
    [InlineData(0x10100001u | 0x00010000u)]
    [InlineData(0x00080202u)] // listed without any fact
    [InlineData(0x60009999u)]
    [InlineData(0x1000FFF6u)]
    [InlineData(0xFFFFFFFFu)]
    [InlineData(0x0010FFFFu)]
    public void Other_tags_are_not_found(uint tag)
    {
        Assert.False(DicomDictionary.TryFind(new DicomTag(tag), out var entry));

        Assert.Equal((Vr.None, 0, "", "", ""), (entry.Vr, entry.VrCount, entry.Vm, entry.Keyword, entry.Name));
        Assert.Equal(default, entry);
    }

    [Theory]
    [InlineData("SmallestImagePixelValue", "US SS")]
    [InlineData("PixelData", "OW OB")]
    [InlineData("OverlayData", "OW OB")]
    [InlineData("LUTData", "OW US")]
    [InlineData("GrayLookupTableData", "OW US SS")]
    [InlineData("Item", "")]
    [InlineData("SequenceDelimitationItem", "")]
    public void Alternatives_stand_with_the_default_first(string keyword, string vrs)
    {
        Assert.True(DicomDictionary.TryFindKeyword(keyword, out var entry));
        string[] wanted = vrs.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(wanted, Enumerable.Range(0, entry.VrCount).Select(i => entry.Alternative(i).Text()));
        Assert.Equal(wanted.Length == 0 ? Vr.None : entry.Alternative(0), entry.Vr);
        foreach (var vr in Enum.GetValues<Vr>()) Assert.Equal(wanted.Contains(vr.Text()), entry.Allows(vr));
        Assert.Throws<ArgumentOutOfRangeException>(() => entry.Alternative(wanted.Length));
        Assert.Throws<ArgumentOutOfRangeException>(() => entry.Alternative(-1));
    }

    [Theory]
    [InlineData("")]
    [InlineData("patientname")]
    [InlineData("PatientNam")]
    [InlineData("PatientName\tPatient's Name")]
    [InlineData("PatientNamé")]
    [InlineData("AKeywordLongerThanAnyOfTheStandardWhichNoBufferOnTheStackWouldHoldAtAllIfItWereNotRefusedFirst")]
    public void What_is_no_keyword_is_not_found(string keyword)
    {
        Assert.False(DicomDictionary.TryFindKeyword(keyword, out var entry));
        Assert.Equal(default, entry);
    }

    [Fact]
    public void Every_row_is_found_by_its_tag_and_by_its_keyword()
    {
        var all = DicomDictionary.All().ToList();

        Assert.Equal(DicomDictionary.Count, all.Count);
        Assert.True(all.Count > 5100, $"only {all.Count} rows");
        foreach (var entry in all)
        {
            var tag = entry.Tag;
            // A pattern with its digits at zero may be an exact tag or a group length: then that answers. A one tells them apart.
            if (entry.Mask is not uint.MaxValue and not 0x0000FFFF) tag = new DicomTag(tag.Value | LowestFreeDigit(entry.Mask));
            if (entry.Mask is 0x0000FFFF) tag = new DicomTag(0x00100000);
            Assert.True(DicomDictionary.TryFind(tag, out var byTag));
            Assert.Equal(entry, byTag);
            if (entry.Keyword.Length == 0) continue;
            Assert.True(DicomDictionary.TryFindKeyword(entry.Keyword, out var byKeyword));
            Assert.Equal(entry, byKeyword);
        }
    }

    [Fact]
    public void Exact_rows_stand_in_the_order_of_a_data_set()
    {
        var exact = DicomDictionary.All().Where(entry => entry.Mask == uint.MaxValue).Select(entry => entry.Tag.Value).ToList();

        Assert.Equal(exact.Order(), exact);
        Assert.Equal(exact.Distinct().Count(), exact.Count);
    }

    // The second-lowest hexadecimal digit that is free, so that a free group stays even.
    private static uint LowestFreeDigit(uint mask)
    {
        int digit = 0;
        while (((mask >> (4 * digit)) & 0xF) != 0) digit++;
        bool wide = digit < 7 && ((mask >> (4 * (digit + 1))) & 0xF) == 0;
        return 1u << (4 * (wide ? digit + 1 : digit));
    }
}
