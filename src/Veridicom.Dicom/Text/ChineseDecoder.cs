using System.Text;

namespace Veridicom.Dicom.Text;

/// <summary>
/// GBK and GB18030 (PS3.5-2023b 6.1.2.5.5 and annex J): the second byte of a character may be 5C, 5E or 7C, which then is
/// no delimiter; the values of a multi-valued element can be told apart only after decoding.
/// </summary>
internal static class ChineseDecoder
{
    private static readonly Lazy<Encoding> Gbk = new(() => CodeTables.CodePage(936));
    private static readonly Lazy<Encoding> Gb18030 = new(() => CodeTables.CodePage(54936));

    /// <summary>Writes the characters, never more than there are bytes, and returns how many.</summary>
    public static int Decode(ReadOnlySpan<byte> value, bool fourBytes, Span<char> characters, out bool clean)
    {
        clean = true;
        int written = 0;
        for (int i = 0; i < value.Length;)
        {
            byte first = value[i];
            if (first < 0x80)
            {
                characters[written++] = (char)first;
                i++;
                continue;
            }

            byte second = i + 1 < value.Length ? value[i + 1] : (byte)0;
            bool lead = first is >= 0x81 and <= 0xFE;
            Span<char> into = characters[written..];
            int taken = 0;
            if (lead && second is >= 0x40 and not 0x7F and <= 0xFE)
            {
                taken = 2;
                if (fourBytes) written += Whole(value.Slice(i, 2), into);
                else characters[written++] = CodeTables.One(Gbk.Value, first, second);
            }
            else if (fourBytes && lead && IsDigit(second) && i + 3 < value.Length
                && value[i + 2] is >= 0x81 and <= 0xFE && IsDigit(value[i + 3]))
            {
                taken = 4;
                written += Whole(value.Slice(i, 4), into);
            }
            else
            {
                // A byte alone does not take the next one with it: that may be a delimiter.
                taken = 1;
                characters[written++] = CodeTables.Undefined;
            }

            if (into[0] == CodeTables.Undefined) clean = false;
            i += taken;
        }

        return written;
    }

    private static bool IsDigit(byte code) => code is >= 0x30 and <= 0x39;

    // GB18030 has a place for every character of Unicode, private use included: its code page is taken as it is.
    private static int Whole(ReadOnlySpan<byte> bytes, Span<char> into)
    {
        Span<char> characters = stackalloc char[8];
        int count = Gb18030.Value.GetChars(bytes, characters);
        if (count is 0 or > 2 || characters[..count].Contains(CodeTables.Undefined))
        {
            into[0] = CodeTables.Undefined;
            return 1;
        }

        characters[..count].CopyTo(into);
        return count;
    }
}
