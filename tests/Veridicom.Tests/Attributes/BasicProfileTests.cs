using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;
using Xunit;

namespace Veridicom.Tests.Attributes;

public sealed class BasicProfileTests
{
    [Theory]
    [InlineData(0x00100010u, "Z")] // Patient's Name
    [InlineData(0x00080018u, "U")] // SOP Instance UID
    [InlineData(0x00181400u, "X/D")] // Acquisition Device Processing Description
    [InlineData(0x0008002Au, "X/Z/D")] // Acquisition DateTime
    [InlineData(0x00400555u, "X/Z")] // Acquisition Context Sequence
    [InlineData(0x001811BBu, "D")] // Acquisition Field Of View Label
    [InlineData(0x00081140u, "X/Z/U")] // Referenced Image Sequence
    [InlineData(0x60024000u, "X")] // Overlay Comments
    [InlineData(0x601E3000u, "X")] // Overlay Data
    [InlineData(0x50101234u, "X")] // anything of a curve group
    [InlineData(0x00290010u, "X")] // private creator
    [InlineData(0x00291010u, "X")] // private element
    [InlineData(0x00001000u, "X")] // Affected SOP Instance UID
    public void The_profile_names_an_action(uint tag, string code)
    {
        Assert.True(BasicProfile.TryFind(new DicomTag(tag), out var action));

        Assert.Equal(code, action.Code());
    }

    [Theory]
    [InlineData(0x00280010u)] // Rows
    [InlineData(0x7FE00010u)] // Pixel Data
    [InlineData(0x60000010u)] // Overlay Rows
    [InlineData(0x00080016u)] // SOP Class UID
    public void What_the_profile_does_not_name_stays(uint tag)
    {
        Assert.False(BasicProfile.TryFind(new DicomTag(tag), out var action));

        Assert.Equal(ProfileActions.None, action);
        Assert.Equal("", action.Code());
    }

    [Fact]
    public void The_table_is_whole() => Assert.Equal(621, BasicProfile.Count);
}
