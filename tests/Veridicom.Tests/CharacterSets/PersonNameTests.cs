using Veridicom.Dicom.Text;
using Xunit;

namespace Veridicom.Tests.CharacterSets;

public sealed class PersonNameTests
{
    [Theory]
    [InlineData("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada^Tarou", "山田^太郎", "やまだ^たろう", "Yamada^Tarou=山田^太郎=やまだ^たろう")]
    [InlineData("Wang^XiaoDong=王^小東= ", "Wang^XiaoDong", "王^小東", "", "Wang^XiaoDong=王^小東")]
    [InlineData("=山田", "", "山田", "", "=山田")]
    [InlineData("", "", "", "", "")]
    [InlineData("Doe^Jane \0", "Doe^Jane", "", "", "Doe^Jane")]
    public void The_three_ways_of_writing_are_told_apart(string value, string alphabetic, string ideographic, string phonetic, string joined)
    {
        var name = PersonName.Parse(value);

        Assert.Equal(new PersonName(alphabetic, ideographic, phonetic), name);
        Assert.True(name.IsWellFormed);
        Assert.Equal(joined, name.ToString());
    }

    [Fact]
    public void A_group_has_five_components()
    {
        Assert.Equal(
            new PersonNameGroup("Adams", "John Robert", "Quincy", "Rev.", "B.A. M.Div."),
            PersonNameGroup.Parse("Adams^John Robert ^Quincy^Rev.^B.A. M.Div."));
        Assert.Equal(new PersonNameGroup("Adams", "", "", "", ""), PersonNameGroup.Parse("Adams"));
        Assert.Equal(new PersonNameGroup("a", "b", "c", "d", "e^f"), PersonNameGroup.Parse("a^b^c^d^e^f"));
    }

    [Theory]
    [InlineData("a=b=c=d", "c=d")] // nothing is dropped from sight
    [InlineData("a^b^c^d^e^f", "")]
    [InlineData("a\\b", "")]
    [InlineData("a\u001B[2J", "")]
    [InlineData("a=b=12345678901234567890123456789012345678901234567890123456789012345", "12345678901234567890123456789012345678901234567890123456789012345")]
    public void Names_that_cannot_be_are_told(string value, string phonetic)
    {
        var name = PersonName.Parse(value);

        Assert.False(name.IsWellFormed);
        Assert.Equal(phonetic, name.Phonetic);
    }

    [Fact]
    public void A_default_name_is_no_name() => Assert.False(default(PersonName).IsWellFormed);
}
