using Veridicom.Dicom;
using Xunit;

namespace Veridicom.Tests.Dicom;

/// <summary>Tags and value representations: their text forms and what PS3.5 says of them.</summary>
public sealed class TagAndVrTests
{
    [Theory]
    [InlineData("(0010,0010)", 0x00100010u)]
    [InlineData("7fe0,0010", 0x7FE00010u)]
    [InlineData(" FFFEE0DD ", 0xFFFEE0DDu)]
    public void A_tag_is_read_in_three_forms(string text, uint value)
    {
        Assert.True(DicomTag.TryParse(text, out DicomTag tag));
        Assert.Equal(value, tag.Value);
        Assert.True(DicomTag.TryParse(tag.ToString(), out DicomTag again));
        Assert.Equal(tag, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("(0010)")]
    [InlineData("0010.0010")]
    [InlineData("001000100")]
    [InlineData("0010001G")]
    [InlineData("+0100010")]
    [InlineData("( 010, 010)")]
    [InlineData("(0010,0010")]
    public void What_is_no_tag_is_refused(string text) => Assert.False(DicomTag.TryParse(text, out _));

    [Fact]
    public void Tags_are_ordered_as_in_a_data_set()
    {
        DicomTag low = new(0x0008, 0xFFFF), high = new(0x0009, 0x0000), same = new(0x00090000);

        Assert.True(low < high && high > low && low <= high && high >= low && high <= same && high >= same);
        Assert.False(high < same || high > same);
        Assert.Equal(-1, Math.Sign(low.CompareTo(high)));
        Assert.Equal((0x0008, 0xFFFF), (low.Group, low.Element));
    }

    [Fact]
    public void Private_creators_and_group_lengths_are_known_by_their_numbers()
    {
        Assert.True(new DicomTag(0x0009, 0x0010).IsPrivateCreator);
        Assert.True(new DicomTag(0x0009, 0x00FF).IsPrivateCreator);
        Assert.False(new DicomTag(0x0009, 0x000F).IsPrivateCreator);
        Assert.False(new DicomTag(0x0009, 0x0100).IsPrivateCreator);
        Assert.False(new DicomTag(0x0008, 0x0010).IsPrivateCreator);
        Assert.True(new DicomTag(0x0009, 0x1001).IsPrivate);
        Assert.False(new DicomTag(0x0008, 0x1001).IsPrivate);
        Assert.True(new DicomTag(0x0008, 0x0000).IsGroupLength);
    }

    [Fact]
    public void There_are_34_representations_each_long_or_short()
    {
        Vr[] all = [.. Enum.GetValues<Vr>().Where(vr => vr != Vr.None)];

        Assert.Equal(34, all.Length);
        Assert.All(all, vr => Assert.True(vr.IsKnown() && vr.IsShort() != vr.IsLong() && vr.Text() == vr.ToString()));
        Assert.False(Vr.None.IsKnown());
        Assert.False(((Vr)0x4F58).IsKnown());
        Assert.Equal("--", Vr.None.Text());
        // PS3.5-2023b Table 7.1-1
        Assert.Equal("OB OD OF OL OV OW SQ SV UC UN UR UT UV", string.Join(' ', all.Where(vr => vr.IsLong()).Select(vr => vr.Text()).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Units_pads_and_text()
    {
        Assert.Equal([2, 2, 2, 2, 4, 4, 4, 4, 4, 8, 8, 8, 8, 8], new[]
        {
            Vr.AT, Vr.OW, Vr.SS, Vr.US, Vr.FL, Vr.OF, Vr.OL, Vr.SL, Vr.UL, Vr.FD, Vr.OD, Vr.OV, Vr.SV, Vr.UV,
        }.Select(vr => vr.SwapUnit()));
        Assert.All([Vr.OB, Vr.UN, Vr.SQ, Vr.PN, Vr.UI], vr => Assert.Equal(1, vr.SwapUnit()));
        Assert.Equal(17, Enum.GetValues<Vr>().Count(vr => vr.IsText()));
        Assert.Equal([(byte)' ', 0, 0, 0], new[] { Vr.LO, Vr.UI, Vr.OB, Vr.UN }.Select(vr => vr.PadByte()));
    }
}
