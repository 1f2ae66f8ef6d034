namespace Veridicom.Dicom.Text;

/// <summary>
/// Values of one or several coded character sets with one byte or two to a character: PS3.5-2023b 6.1.2.4 and 6.1.2.5.
/// What stands in Value 1 of the Specific Character Set is active where a value begins, and again after each delimiter
/// and control character, whatever was invoked before.
/// </summary>
/// <param name="G0">Active for bytes 21 to 7E where a value begins.</param>
/// <param name="G1">Active for bytes A0 to FF where a value begins; None where only the default repertoire is.</param>
/// <param name="Extensions">Whether escape sequences are allowed.</param>
/// <param name="Declared">A bit for each coded set that may be invoked.</param>
internal readonly record struct Iso2022Decoder(CodedSet G0, CodedSet G1, bool Extensions, uint Declared)
{
    private const byte Escape = 0x1B;

    /// <summary>The default repertoire alone (PS3.5-2023b 6.1.1).</summary>
    public static Iso2022Decoder Default { get; } = new(CodedSet.Ascii, CodedSet.None, false, 0);

    public static uint Bit(CodedSet set) => 1u << (int)set;

    /// <summary>Writes the characters, never more than there are bytes, and returns how many.</summary>
    /// <param name="value">The value's bytes.</param>
    /// <param name="delimiters">Bytes that end the reach of an escape sequence, where they stand for themselves.</param>
    /// <param name="characters">At least as long as the value.</param>
    /// <param name="clean">False where a byte or a sequence had no meaning.</param>
    public int Decode(ReadOnlySpan<byte> value, ReadOnlySpan<byte> delimiters, Span<char> characters, out bool clean)
    {
        clean = true;
        int written = 0;
        CodedSet g0 = G0, g1 = G1;
        for (int i = 0; i < value.Length; i++)
        {
            byte code = value[i];
            if (code == Escape)
            {
                var (set, length) = Extensions ? CodedSets.OfEscape(value[i..]) : default;
                if (length == 0)
                {
                    clean = false;
                    characters[written++] = CodeTables.Undefined;
                    continue;
                }

                // An undeclared set is what the bytes say, but a reader that goes by the declaration sees something else.
                if ((Declared & Bit(set)) == 0) clean = false;
                if (set.IsForG0()) g0 = set;
                else g1 = set;
                i += length - 1;
            }
            else if (code < 0x20)
            {
                (g0, g1) = (G0, G1);
                characters[written++] = (char)code;
            }
            else if (code is 0x20 or 0x7F)
            {
                characters[written++] = (char)code;
            }
            else if (code < 0x7F && !g0.IsTwoByte())
            {
                bool delimits = delimiters.Contains(code);
                if (delimits) (g0, g1) = (G0, G1);
                // A delimiter is itself in every set: 5C is the reverse solidus between values even where it draws a yen.
                characters[written++] = delimits ? (char)code : CodeTables.Low(g0, code);
            }
            else if (code is > 0x7F and < 0xA0 || (code >= 0xA0 && g1 == CodedSet.None))
            {
                clean = false;
                characters[written++] = CodeTables.Undefined;
            }
            else if (code >= 0xA0 && !g1.IsTwoByte())
            {
                char character = CodeTables.High(g1, code);
                if (character == CodeTables.Undefined) clean = false;
                characters[written++] = character;
            }
            else
            {
                // Both bytes of a pair lie in the same half. A byte alone does not take the next one with it.
                byte half = (byte)(code & 0x80);
                byte next = i + 1 < value.Length ? value[i + 1] : (byte)0;
                if (!IsPairByte(code, half) || !IsPairByte(next, half))
                {
                    clean = false;
                    characters[written++] = CodeTables.Undefined;
                    continue;
                }

                characters[written++] = CodeTables.Pair(
                    half == 0 ? g0 : g1, (byte)(code & 0x7F), (byte)(next & 0x7F), out bool defined);
                clean &= defined;
                i++;
            }
        }

        return written;
    }

    private static bool IsPairByte(byte code, byte half) => (code & 0x80) == half && (code & 0x7F) is >= 0x21 and <= 0x7E;
}
