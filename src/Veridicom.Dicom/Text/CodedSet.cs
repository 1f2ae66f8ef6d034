namespace Veridicom.Dicom.Text;

/// <summary>The coded character sets that can be invoked in a value (PS3.3-2023b C.12.1.1.2).</summary>
internal enum CodedSet : byte
{
    None,
    /// <summary>ISO-IR 6, for G0.</summary>
    Ascii,
    /// <summary>ISO-IR 14, the Roman half of JIS X 0201, for G0.</summary>
    Romaji,
    Latin1,
    Latin2,
    Latin3,
    Latin4,
    Cyrillic,
    Arabic,
    Greek,
    Hebrew,
    Latin5,
    Latin9,
    Thai,
    /// <summary>ISO-IR 13, the other half of JIS X 0201, for G1.</summary>
    Katakana,
    /// <summary>ISO-IR 87, two bytes in G0.</summary>
    Jis0208,
    /// <summary>ISO-IR 159, two bytes in G0.</summary>
    Jis0212,
    /// <summary>ISO-IR 149, two bytes in G1.</summary>
    Ksx1001,
    /// <summary>ISO-IR 58, two bytes in G1.</summary>
    Gb2312,
}

/// <summary>Defined terms and escape sequences of the coded character sets.</summary>
internal static class CodedSets
{
    /// <summary>Defined terms end in the number of the registry; ISO-IR 6 is no set of G1. PS3.3-2023b Tables C.12-2 to C.12-4.</summary>
    public static CodedSet OfRegistration(ReadOnlySpan<char> number) => number switch
    {
        "6" => CodedSet.Ascii,
        "100" => CodedSet.Latin1,
        "101" => CodedSet.Latin2,
        "109" => CodedSet.Latin3,
        "110" => CodedSet.Latin4,
        "144" => CodedSet.Cyrillic,
        "127" => CodedSet.Arabic,
        "126" => CodedSet.Greek,
        "138" => CodedSet.Hebrew,
        "148" => CodedSet.Latin5,
        "203" => CodedSet.Latin9,
        "166" => CodedSet.Thai,
        "13" => CodedSet.Katakana,
        "87" => CodedSet.Jis0208,
        "159" => CodedSet.Jis0212,
        "149" => CodedSet.Ksx1001,
        "58" => CodedSet.Gb2312,
        _ => CodedSet.None,
    };

    public static bool IsTwoByte(this CodedSet set) => set >= CodedSet.Jis0208;

    public static bool IsForG0(this CodedSet set) =>
        set is CodedSet.Ascii or CodedSet.Romaji or CodedSet.Jis0208 or CodedSet.Jis0212;

    /// <summary>The set that an escape sequence invokes, and the length of the sequence in bytes with ESC; (None, 0) for no known one.</summary>
    public static (CodedSet Set, int Length) OfEscape(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 3) return default;
        CodedSet set = (bytes[1], bytes[2]) switch
        {
            (0x28, 0x42) => CodedSet.Ascii,
            (0x28, 0x4A) => CodedSet.Romaji,
            (0x29, 0x49) => CodedSet.Katakana,
            (0x2D, 0x41) => CodedSet.Latin1,
            (0x2D, 0x42) => CodedSet.Latin2,
            (0x2D, 0x43) => CodedSet.Latin3,
            (0x2D, 0x44) => CodedSet.Latin4,
            (0x2D, 0x4C) => CodedSet.Cyrillic,
            (0x2D, 0x47) => CodedSet.Arabic,
            (0x2D, 0x46) => CodedSet.Greek,
            (0x2D, 0x48) => CodedSet.Hebrew,
            (0x2D, 0x4D) => CodedSet.Latin5,
            (0x2D, 0x62) => CodedSet.Latin9,
            (0x2D, 0x54) => CodedSet.Thai,
            (0x24, 0x42) => CodedSet.Jis0208,
            _ => CodedSet.None,
        };
        if (set != CodedSet.None) return (set, 3);
        if (bytes.Length < 4 || bytes[1] != 0x24) return default;
        set = (bytes[2], bytes[3]) switch
        {
            (0x28, 0x44) => CodedSet.Jis0212,
            (0x29, 0x43) => CodedSet.Ksx1001,
            (0x29, 0x41) => CodedSet.Gb2312,
            _ => CodedSet.None,
        };
        return set == CodedSet.None ? default : (set, 4);
    }
}
