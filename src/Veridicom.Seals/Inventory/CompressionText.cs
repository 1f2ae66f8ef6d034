namespace Veridicom.Seals.Inventory;

/// <summary>
/// The words that DCMTK puts into Derivation Description when it compresses without loss (found by experiment, versions 3.6.4 to 3.6.7), the former text
/// behind them in brackets:
/// "Lossless JPEG compression, selection value 1, point transform 0, compression ratio 2.129 [former text]".
/// </summary>
internal static class CompressionText
{
    /// <summary>Longest value that is looked at, in bytes: ST has 1024 characters.</summary>
    public const int MaxLength = 4096;

    private static ReadOnlySpan<byte> Start => "Lossless JPEG compression, selection value "u8;

    private static ReadOnlySpan<byte> Middle => ", point transform 0, compression ratio "u8;

    /// <summary>Takes the words off once; what is left is the former text, empty where there was none.</summary>
    public static bool TryStrip(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> rest)
    {
        rest = default;
        if (!text.StartsWith(Start)) return false;
        text = text[Start.Length..];
        // ISO/IEC 10918-1 Table H.1: selection values 1 to 7; a point transform other than 0 would lose bits
        if (text.IsEmpty || text[0] is < (byte)'1' or > (byte)'7' || !text[1..].StartsWith(Middle)) return false;
        text = text[(1 + Middle.Length)..];
        int digits = Digits(text, 5);
        if (digits == 0) return false;
        text = text[digits..];
        if (!text.IsEmpty && text[0] == (byte)'.')
        {
            digits = Digits(text[1..], 5);
            if (digits == 0) return false;
            text = text[(1 + digits)..];
        }
        if (text.IsEmpty) return true;
        if (!text.StartsWith(" ["u8) || text[^1] != (byte)']') return false;
        rest = text[2..^1].TrimEnd((byte)' ');
        return true;
    }

    private static int Digits(ReadOnlySpan<byte> text, int most)
    {
        int count = 0;
        while (count < most && count < text.Length && text[count] is >= (byte)'0' and <= (byte)'9') count++;
        return count;
    }
}
