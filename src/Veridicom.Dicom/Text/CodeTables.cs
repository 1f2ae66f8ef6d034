using System.Text;

namespace Veridicom.Dicom.Text;

/// <summary>
/// Bytes to characters, one at a time. Made from the code pages of the framework, which hold more than the standards do:
/// what a code page adds in the private use area is undefined here. All characters are of the basic plane but those of
/// GB18030.
/// </summary>
internal static class CodeTables
{
    public const char Undefined = '\uFFFD';

    // One string of 96 characters for each set of G1. A race makes the same string twice, no more.
    private static readonly string?[] HighHalves = new string?[(int)CodedSet.Katakana];
    private static readonly Lazy<Encoding> Japanese = new(() => CodePage(20932));
    private static readonly Lazy<Encoding> Korean = new(() => CodePage(949));
    private static readonly Lazy<Encoding> SimplifiedChinese = new(() => CodePage(20936));

    public static Encoding CodePage(int number) =>
        CodePagesEncodingProvider.Instance.GetEncoding(number, EncoderFallback.ExceptionFallback, new DecoderReplacementFallback("\uFFFD"))
        ?? throw new PlatformNotSupportedException($"code page {number}");

    /// <summary>A byte 21 to 7E of a set of one byte in G0.</summary>
    public static char Low(CodedSet set, byte code) => (set, code) switch
    {
        // JIS X 0201: the two places where its Roman half is not ASCII.
        (CodedSet.Romaji, 0x5C) => '\u00A5',
        (CodedSet.Romaji, 0x7E) => '\u203E',
        _ => (char)code,
    };

    /// <summary>A byte A0 to FF of a set of one byte in G1.</summary>
    public static char High(CodedSet set, byte code)
    {
        if (set == CodedSet.Katakana) return code is >= 0xA1 and <= 0xDF ? (char)(0xFF61 + (code - 0xA1)) : Undefined;
        if (set == CodedSet.Latin1) return (char)code;
        return (HighHalves[(int)set] ??= HighHalf(set))[code - 0xA0];
    }

    /// <summary>Two bytes 21 to 7E of a set of two bytes, without their high bits. Not defined: what a vendor added to the standard's rows.</summary>
    public static char Pair(CodedSet set, byte row, byte cell, out bool defined)
    {
        char character = (set, (row << 8) | cell) switch
        {
            // Four places where the code page leaves a gap, has a look-alike or a question mark.
            (CodedSet.Jis0212, 0x2237) => '~',
            (CodedSet.Jis0212, 0x2271) => '\u2116',
            (CodedSet.Gb2312, 0x212C) => '\u2016',
            (CodedSet.Jis0208, _) => One(Japanese.Value, (byte)(row | 0x80), (byte)(cell | 0x80)),
            // This code page tells JIS X 0212 from 0208 by the second byte's high bit.
            (CodedSet.Jis0212, _) => One(Japanese.Value, (byte)(row | 0x80), cell),
            (CodedSet.Ksx1001, _) => One(Korean.Value, (byte)(row | 0x80), (byte)(cell | 0x80)),
            _ => One(SimplifiedChinese.Value, (byte)(row | 0x80), (byte)(cell | 0x80)),
        };
        defined = character != Undefined && set switch
        {
            CodedSet.Jis0208 => row <= 0x74 && row != 0x2D,
            CodedSet.Jis0212 => row <= 0x6D,
            _ => true,
        };
        return character;
    }

    /// <summary>The one character that two bytes stand for.</summary>
    public static char One(Encoding codePage, byte first, byte second)
    {
        Span<char> characters = stackalloc char[8];
        int count = codePage.GetChars([first, second], characters);
        return count == 1 && !IsPrivateUse(characters[0]) ? characters[0] : Undefined;
    }

    private static bool IsPrivateUse(char c) => c is >= '\uE000' and <= '\uF8FF';

    private static string HighHalf(CodedSet set)
    {
        byte[] codes = [.. Enumerable.Range(0xA0, 96).Select(code => (byte)code)];
        char[] characters = CodePage(set switch
        {
            CodedSet.Latin2 => 28592,
            CodedSet.Latin3 => 28593,
            CodedSet.Latin4 => 28594,
            CodedSet.Cyrillic => 28595,
            CodedSet.Arabic => 28596,
            CodedSet.Greek => 28597,
            CodedSet.Hebrew => 28598,
            CodedSet.Latin5 => 28599,
            CodedSet.Latin9 => 28605,
            CodedSet.Thai => 874,
            _ => throw new ArgumentOutOfRangeException(nameof(set), set, "no set of one byte in G1"),
        }).GetChars(codes);
        for (int i = 0; i < characters.Length; i++)
        {
            if (IsPrivateUse(characters[i])) characters[i] = Undefined;
        }

        // The code pages follow older mappings of the same characters; these are the ones Unicode publishes.
        if (set == CodedSet.Greek) (characters[1], characters[2]) = ('\u2018', '\u2019');
        if (set == CodedSet.Hebrew) characters[0x0F] = '\u00AF';
        // TIS 620 leaves A0 open; the code page puts a no-break space there.
        if (set == CodedSet.Thai) characters[0] = Undefined;
        return new string(characters);
    }
}
