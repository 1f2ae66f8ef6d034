using System.Text;
using Veridicom.Dicom;
using Veridicom.Dicom.Text;
using Xunit;

namespace Veridicom.Tests.CharacterSets;

public sealed class SpecificCharacterSetTests
{
    // In these texts "\e" is ESC and each character up to U+00FF is one byte.
    [Theory]
    // PS3.5-2023b H.3.1, H.3.2: Japanese
    [InlineData("|ISO 2022 IR 87", "Yamada^Tarou=\e$B;3ED\e(B^\e$BB@O:\e(B=\e$B$d$^$@\e(B^\e$B$?$m$&\e(B",
        "Yamada^Tarou=山田^太郎=やまだ^たろう")]
    [InlineData("ISO 2022 IR 13|ISO 2022 IR 87",
        "\u00D4\u00CF\u00C0\u00DE^\u00C0\u00DB\u00B3=\e$B;3ED\e(J^\e$BB@O:\e(J=\e$B$d$^$@\e(J^\e$B$?$m$&\e(J",
        "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう")]
    // PS3.5-2023b I.2: Korean
    [InlineData("|ISO 2022 IR 149",
        "Hong^Gildong=\e$)C\u00FB\u00F3^\e$)C\u00D1\u00CE\u00D4\u00D7=\e$)C\u00C8\u00AB^\e$)C\u00B1\u00E6\u00B5\u00BF",
        "Hong^Gildong=洪^吉洞=홍^길동")]
    // PS3.5-2023b J.1 to J.3: Chinese without code extension
    [InlineData("ISO_IR 192", "Wang^XiaoDong=\u00E7\u008E\u008B^\u00E5\u00B0\u008F\u00E6\u009D\u00B1=", "Wang^XiaoDong=王^小東=")]
    [InlineData("GB18030", "Wang^XiaoDong=\u00CD\u00F5^\u00D0\u00A1\u00B6\u00AB=", "Wang^XiaoDong=王^小东=")]
    [InlineData("GBK", "Wang^XiaoDong=\u00CD\u00F5^\u00D0\u00A1\u00B6\u00AB=", "Wang^XiaoDong=王^小东=")]
    // PS3.5-2023b K.2: Chinese with code extension
    [InlineData("|ISO 2022 IR 58", "Zhang^XiaoDong=\e$)A\u00D5\u00C5^\e$)A\u00D0\u00A1\u00B6\u00AB=", "Zhang^XiaoDong=张^小东=")]
    public void Names_of_the_annexes_are_read(string terms, string bytes, string name)
    {
        Assert.Equal((name, true), Decoded(terms, bytes, Vr.PN));
    }

    [Theory]
    [InlineData("ISO_IR 100", "Buc^J\u00E9r\u00F4me", "Buc^Jérôme")]
    [InlineData("ISO_IR 101", "Wa\u00B3\u00EAsa", "Wałęsa")]
    [InlineData("ISO_IR 109", "\u00A6\u00B1\u00F8", "Ĥħĝ")]
    [InlineData("ISO_IR 110", "\u00B9\u00F9\u00E0", "šųā")]
    [InlineData("ISO_IR 144", "\u00BB\u00EE\u00DAce\u00DC\u00D1yp\u00D3", "Люкceмбypг")]
    [InlineData("ISO_IR 127", "\u00E2\u00C8\u00C7\u00E6\u00EA^\u00E4\u00E6\u00D2\u00C7\u00D1", "قباني^لنزار")]
    [InlineData("ISO_IR 126", "\u00C4\u00E9\u00EF\u00ED\u00F5\u00F3\u00E9\u00EF\u00F2 \u00A1\u00A2", "Διονυσιος \u2018\u2019")]
    [InlineData("ISO_IR 138", "\u00F9\u00F8\u00E5\u00EF^\u00E3\u00E1\u00E5\u00F8\u00E4\u00AF", "שרון^דבורה\u00AF")]
    [InlineData("ISO_IR 148", "\u00D0\u00FD\u00FE", "Ğış")]
    [InlineData("ISO_IR 203", "\u00A4\u00BC\u00BE", "€ŒŸ")]
    [InlineData("ISO_IR 166", "\u00CA\u00C1\u00AA\u00D2\u00C2", "สมชาย")]
    [InlineData("ISO_IR 13", "\u00D4\u00CF ~", "ﾔﾏ \u203E")]
    [InlineData("ISO_IR 6", "plain", "plain")]
    [InlineData("", "plain", "plain")]
    public void Sets_of_one_byte_are_read(string term, string bytes, string text) =>
        Assert.Equal((text, true), Decoded(term, bytes, Vr.LT));

    [Theory]
    // Every set that may follow in a later value, each invoked by its own sequence after another one.
    [InlineData("\e-A\u00E9\e-B\u00B3\e-C\u00A6\e-D\u00B9\e-L\u00DA\e-G\u00E2\e-F\u00C4\e-H\u00F9\e-M\u00D0\e-b\u00A4\e-T\u00CA", "éłĤšкقΔשĞ€ส")]
    [InlineData("\e)I\u00D4\e(J~\e(B~\e$B;3\e$(D0!\e(Bx\e$)C\u00FB\u00F3\e$)A\u00D5\u00C5", "ﾔ\u203E~山丂x洪张")]
    [InlineData("\e$(D\"7\"q\e(B \e$)A\u00A1\u00AC", "~№ ‖")] // where the framework's code pages have a gap
    public void Every_escape_sequence_invokes_its_set(string bytes, string text)
    {
        const string All = "ISO 2022 IR 6|ISO 2022 IR 100|ISO 2022 IR 101|ISO 2022 IR 109|ISO 2022 IR 110|ISO 2022 IR 144|ISO 2022 IR 127|"
            + "ISO 2022 IR 126|ISO 2022 IR 138|ISO 2022 IR 148|ISO 2022 IR 203|ISO 2022 IR 166|ISO 2022 IR 13|ISO 2022 IR 87|"
            + "ISO 2022 IR 159|ISO 2022 IR 149|ISO 2022 IR 58";

        Assert.True(SpecificCharacterSet.Parse(All.Split('|')).IsKnown);
        Assert.Equal((text, true), Decoded(All, bytes, Vr.LT));
    }

    [Theory]
    [InlineData(Vr.PN, "^")]
    [InlineData(Vr.PN, "=")]
    [InlineData(Vr.PN, "\\")]
    [InlineData(Vr.LO, "\\")]
    [InlineData(Vr.UC, "\\")]
    [InlineData(Vr.LT, "\r\n")]
    [InlineData(Vr.UT, "\t")]
    [InlineData(Vr.ST, "\f")]
    public void A_delimiter_brings_back_what_value_1_says(Vr vr, string delimiter)
    {
        // Korean is invoked once: after the delimiter, bytes of its half have no set again.
        Assert.Equal(
            ("홍" + delimiter + "\uFFFD\uFFFD", false),
            Decoded("|ISO 2022 IR 149", "\e$)C\u00C8\u00AB" + delimiter + "\u00B1\u00E6", vr));
        // Value 1 has a set for that half: it is active again without an escape sequence.
        Assert.Equal(
            ("К" + delimiter + "é", true),
            Decoded("ISO 2022 IR 100|ISO 2022 IR 144", "\e-L\u00BA" + delimiter + "\u00E9", vr));
    }

    [Theory]
    [InlineData(Vr.LO, "^")]
    [InlineData(Vr.SH, "=")]
    [InlineData(Vr.LT, "\\")]
    [InlineData(Vr.PN, " ")]
    public void Other_characters_leave_the_invoked_set_active(Vr vr, string text) =>
        Assert.Equal(("К" + text + "щ", true), Decoded("|ISO 2022 IR 144", "\e-L\u00BA" + text + "\u00E9", vr));

    [Fact]
    public void Bytes_of_a_pair_are_no_delimiters()
    {
        // GBK and GB18030 use 5C and 5E as second bytes, JIS X 0208 uses 5C, 5E and 3D in both places.
        Assert.Equal(["赲", "b"], SpecificCharacterSet.Parse(["GBK"]).DecodeValues([0xDA, 0x5C, 0x5C, 0x62], Vr.LO));
        Assert.Equal(("繼^a", true), Decoded("GB18030", "\u00C0^^a", Vr.PN));
        Assert.Equal(("a\\湃=", true), Decoded("|ISO 2022 IR 87", "a\\\e$B^\\\e(B=", Vr.PN));
    }

    [Theory]
    [InlineData("", "a\u00E9\u0080b", "a\uFFFD\uFFFDb")] // nothing is declared for that half
    [InlineData("ISO_IR 100", "a\u0085b", "a\uFFFDb")] // C1 is no part of any set
    [InlineData("ISO_IR 100", "\e-L\u00BA", "\uFFFD-Lº")] // escape sequences without code extension
    [InlineData("ISO_IR 127", "\u00A1", "\uFFFD")] // open places of a set
    [InlineData("ISO_IR 166", "\u00A0\u00DB", "\uFFFD\uFFFD")]
    [InlineData("ISO_IR 13", "\u00A0\u00E0", "\uFFFD\uFFFD")]
    [InlineData("|ISO 2022 IR 87", "\e$@;3", "\uFFFD$@;3")] // the older JIS C 6226 is not among the defined terms
    [InlineData("|ISO 2022 IR 87", "a\e", "a\uFFFD")]
    [InlineData("|ISO 2022 IR 87", "a\e$", "a\uFFFD$")]
    [InlineData("|ISO 2022 IR 87", "a\e$(", "a\uFFFD$(")]
    [InlineData("|ISO 2022 IR 87", "a\e$)B", "a\uFFFD$)B")]
    [InlineData("|ISO 2022 IR 87", "\e$B;", "\uFFFD")] // half a character
    [InlineData("|ISO 2022 IR 87", "\e$B;\e(Bx", "\uFFFDx")] // half a character takes no escape sequence with it
    [InlineData("|ISO 2022 IR 87", "\e$B)!", "\uFFFD")] // an open row
    [InlineData("|ISO 2022 IR 87", "\e$B-!", "①")] // a vendor's row
    [InlineData("|ISO 2022 IR 149", "\e$)C\u00C8^\e$)C\u00AB", "\uFFFD^\uFFFD")]
    [InlineData("|ISO 2022 IR 149", "\e$)C\u00C9\u00A1", "\uFFFD")] // private use in the code page
    [InlineData("|ISO 2022 IR 58", "\e$)C\u00C8\u00AB", "홍")] // a set that is not declared
    [InlineData("ISO_IR 192", "a\u00C3^b", "a\uFFFD^b")]
    [InlineData("GBK", "a\u00CD", "a\uFFFD")]
    [InlineData("GBK", "\u0080\u00FF\u00CD=", "\uFFFD\uFFFD\uFFFD=")]
    [InlineData("GBK", "\u00AA\u00A1", "\uFFFD")] // private use in the code page
    [InlineData("GBK", "\u00810\u00810", "\uFFFD0\uFFFD0")] // four bytes are GB18030's
    [InlineData("GB18030", "\u00810\u0081", "\uFFFD0\uFFFD")]
    [InlineData("GB18030", "\u00FE9\u00FE9", "\uFFFD")] // beyond Unicode
    public void A_byte_without_a_meaning_is_replaced_and_told(string terms, string bytes, string text) =>
        Assert.Equal((text, false), Decoded(terms, bytes, Vr.PN));

    [Fact]
    public void Four_bytes_of_GB18030_reach_all_of_Unicode()
    {
        Assert.Equal(("\u0080é😀", true), Decoded("GB18030", "\u00810\u00810\u00A8\u00A6\u00949\u00FC6", Vr.LO));
    }

    [Theory]
    [InlineData(Vr.CS)]
    [InlineData(Vr.UI)]
    [InlineData(Vr.UR)]
    [InlineData(Vr.DA)]
    public void Other_representations_keep_to_the_default_repertoire(Vr vr)
    {
        Assert.Equal(("A\uFFFD", false), Decoded("ISO_IR 100", "A\u00E9", vr));
        Assert.Equal(("A\uFFFD\uFFFD", false), Decoded("ISO_IR 192", "A\u00C3\u00A9", vr));
        Assert.Equal(("A\uFFFD(J", false), Decoded("|ISO 2022 IR 13", "A\e(J", vr));
    }

    [Fact]
    public void The_yen_sign_is_a_delimiter_between_values_and_itself_in_a_text()
    {
        Assert.Equal(("a\\b", true), Decoded("ISO_IR 13", "a\\b", Vr.LO));
        Assert.Equal(("a¥b", true), Decoded("ISO_IR 13", "a\\b", Vr.LT));
        var set = SpecificCharacterSet.Parse(["ISO_IR 13"]);
        Assert.Equal(["a", "b "], set.DecodeValues("a\\b "u8, Vr.SH));
        Assert.Equal(["a¥b"], set.DecodeValues("a\\b"u8, Vr.UT));
        Assert.Equal(["a\\b"], set.DecodeValues("a\\b"u8, Vr.UR));
        Assert.Equal(["ORIGINAL", "PRIMARY"], set.DecodeValues("ORIGINAL\\PRIMARY"u8, Vr.CS));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("ISO_IR 100 ", true)]
    [InlineData("ISO 2022 IR 100", true)]
    [InlineData("ISO 2022 IR 6|ISO 2022 IR 87", true)]
    [InlineData("|ISO 2022 IR 87|ISO 2022 IR 159", true)]
    [InlineData("GB18030", true)]
    [InlineData("ISO 2022 IR 87", false)] // two bytes to a character cannot come first
    [InlineData("ISO_IR 87", false)] // no such term
    [InlineData("ISO_IR 100|ISO 2022 IR 144", false)] // not a term of code extension
    [InlineData("ISO_IR 192|ISO 2022 IR 87", false)] // stands alone
    [InlineData("|ISO_IR 192", false)]
    [InlineData("ISO 2022 IR 100|", false)]
    [InlineData("latin1", false)]
    [InlineData("ISO-IR 100", false)]
    [InlineData("iso_ir 100", false)]
    [InlineData("ISO_IR 1000", false)]
    public void Terms_that_are_not_the_standards_are_told(string terms, bool known) =>
        Assert.Equal(known, SpecificCharacterSet.Parse(terms.Split('|')).IsKnown);

    [Fact]
    public void What_is_understood_of_unknown_terms_is_used()
    {
        Assert.Equal(("山", true), Decoded("ISO 2022 IR 87", "\e$B;3", Vr.PN));
        Assert.Equal(("éК", true), Decoded("ISO_IR 100|ISO 2022 IR 144", "\u00E9\e-L\u00BA", Vr.PN));
        Assert.Equal(("é", true), Decoded("ISO_IR 192|ISO 2022 IR 87", "\u00C3\u00A9", Vr.PN));
        Assert.Equal(["ISO_IR 192", "X"], SpecificCharacterSet.Parse(["ISO_IR 192 ", "X\0"]).Terms);
        Assert.Same(SpecificCharacterSet.Default, SpecificCharacterSet.Parse([]));
        Assert.Same(SpecificCharacterSet.Default, SpecificCharacterSet.Parse([" "]));
    }

    [Fact]
    public void Bytes_of_any_kind_never_throw()
    {
        string[] sets = ["", "ISO_IR 100", "ISO_IR 13", "ISO_IR 192", "GBK", "GB18030", "ISO 2022 IR 13|ISO 2022 IR 87|ISO 2022 IR 159",
            "|ISO 2022 IR 149|ISO 2022 IR 58|ISO 2022 IR 166|ISO 2022 IR 127"];
        var random = new Random(20);
        byte[][] pieces = ["\e$B"u8.ToArray(), "\e$)C"u8.ToArray(), "\e$)A"u8.ToArray(), "\e-G"u8.ToArray(), "\e("u8.ToArray(), "^"u8.ToArray()];
        int dirty = 0;
        for (int round = 0; round < 4000; round++)
        {
            byte[] bytes = new byte[random.Next(0, round % 50 == 0 ? 2000 : 24)];
            random.NextBytes(bytes);
            byte[] value = [.. pieces[random.Next(pieces.Length)], .. bytes];
            var set = SpecificCharacterSet.Parse(sets[round % sets.Length].Split('|'));

            string text = set.Decode(value, round % 2 == 0 ? Vr.PN : Vr.LT, out bool clean);

            Assert.True(text.Length <= value.Length);
            if (clean) Assert.DoesNotContain('\uFFFD', text);
            if (!clean) dirty++;
            Assert.Equal(text, set.Decode(value, round % 2 == 0 ? Vr.PN : Vr.LT));
        }

        Assert.InRange(dirty, 1000, 3999);
    }

    private static (string Text, bool Clean) Decoded(string terms, string bytes, Vr vr)
    {
        string text = SpecificCharacterSet.Parse(terms.Split('|')).Decode(Encoding.Latin1.GetBytes(bytes), vr, out bool clean);
        return (text, clean);
    }
}
