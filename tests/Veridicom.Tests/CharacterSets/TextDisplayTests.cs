using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Veridicom.Dicom.Text;
using Xunit;

namespace Veridicom.Tests.CharacterSets;

public sealed partial class TextDisplayTests
{
    [Theory]
    [InlineData("Doe^Jane", "Doe^Jane")]
    [InlineData("山田^太郎 Jérôme 😀 A\\B", "山田^太郎 Jérôme 😀 A\\B")]
    [InlineData("a\u001B[2Jb", "a\\u{1B}[2Jb")]
    [InlineData("a\r\nb\tc\0", "a\\u{D}\\u{A}b\\u{9}c\\u{0}")]
    [InlineData("a\u009B2Jb\u0085\u007F", "a\\u{9B}2Jb\\u{85}\\u{7F}")]
    [InlineData("exe\u202Egnp.\u202C", "exe\\u{202E}gnp.\\u{202C}")]
    [InlineData("\u2066x\u2069\u200F\u061C", "\\u{2066}x\\u{2069}\\u{200F}\\u{61C}")]
    [InlineData("a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c")]
    [InlineData("a\u200Bb\uFEFFc\u00ADd", "a\\u{200B}b\\u{FEFF}c\\u{AD}d")]
    [InlineData("a\u3164\u115F\u034F\u2800\uFE0F\u180E", "a\\u{3164}\\u{115F}\\u{34F}\\u{2800}\\u{FE0F}\\u{180E}")]
    [InlineData("\uFFFE\uFDD0\u2065\uFFF0", "\\u{FFFE}\\u{FDD0}\\u{2065}\\u{FFF0}")]
    [InlineData("\u180B\u17B4\U000E0100", "\\u{180B}\\u{17B4}\\u{E0100}")]
    [InlineData("x\U000E0041\U0001FFFF", "x\\u{E0041}\\u{1FFFF}")]
    [InlineData("a\uFFFDb", "a\uFFFDb")]
    [InlineData("\\u{1B}", "\\u{5C}u{1B}")] // a text that pretends to be an escape of ours
    [InlineData("\\\\u{", "\\\\u{5C}u{")]
    [InlineData("", "")]
    public void What_acts_is_made_visible(string text, string shown) => Assert.Equal(shown, TextDisplay.Escape(text));

    // Not a theory: the runner keeps arguments as UTF-8, which has no lone surrogates.
    [Fact]
    public void Half_a_pair_is_made_visible()
    {
        Assert.Equal("a\\u{D800}b", TextDisplay.Escape("a\uD800b"));
        Assert.Equal("\\u{DC00}\\u{D83D}", TextDisplay.Escape("\uDC00\uD83D"));
    }

    [Fact]
    public void A_harmless_text_is_not_copied()
    {
        string text = "ORIGINAL\\PRIMARY";

        Assert.Same(text, TextDisplay.Escape(text));
    }

    [Theory]
    [InlineData("abcdef", 3, "abc…")]
    [InlineData("abc", 3, "abc")]
    [InlineData("a😀b", 2, "a…")]
    [InlineData("a😀b", 3, "a😀…")]
    [InlineData("\u001Bxx", 1, "\\u{1B}…")]
    [InlineData("abc", 0, "…")]
    public void A_long_text_is_cut(string text, int limit, string shown) => Assert.Equal(shown, TextDisplay.Escape(text, limit));

    [Fact]
    public void A_negative_limit_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => TextDisplay.Escape("a", -1));

    [Fact]
    public void Nothing_that_acts_comes_out_and_nothing_is_lost()
    {
        var random = new Random(11);
        char[] likely = ['\\', 'u', '{', '}', '1', 'B', '\u001B', '\u009B', '\u202E', '\uD83D', '\uDE00', '\n', 'é'];
        for (int round = 0; round < 5000; round++)
        {
            char[] characters = new char[random.Next(1, 12)];
            for (int i = 0; i < characters.Length; i++)
                characters[i] = random.Next(4) == 0 ? (char)random.Next(0x10000) : likely[random.Next(likely.Length)];
            string text = new(characters);

            string shown = TextDisplay.Escape(text);

            foreach (Rune rune in shown.EnumerateRunes())
            {
                Assert.False(Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator, shown);
            }

            string back = Escaped().Replace(shown, found =>
            {
                int value = int.Parse(found.Groups[1].ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                return value > 0xFFFF ? char.ConvertFromUtf32(value) : ((char)value).ToString();
            });
            Assert.Equal(text, back);
        }
    }

    [GeneratedRegex(@"\\u\{([0-9A-F]+)\}")]
    private static partial Regex Escaped();
}
