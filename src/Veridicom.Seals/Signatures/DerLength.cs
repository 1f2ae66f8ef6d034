namespace Veridicom.Seals.Signatures;

/// <summary>Where a DER value ends in an element that pads to even length (PS3.5-2023b 6.2).</summary>
internal static class DerLength
{
    /// <summary>
    /// Bytes of the one SEQUENCE that a value holds, header included; 0 where it holds none, or something but a single zero byte
    /// follows. Both short and long form of the length are understood.
    /// </summary>
    public static int Of(ReadOnlySpan<byte> value)
    {
        if (value.Length < 2 || value[0] != 0x30) return 0;
        int header = 2;
        long content = value[1];
        if (content >= 0x80)
        {
            int bytes = (int)content & 0x7F;
            if (bytes is 0 or > 4 || value.Length < 2 + bytes) return 0;
            header += bytes;
            content = 0;
            for (int i = 2; i < header; i++) content = (content << 8) | value[i];
        }
        long total = header + content;
        bool padded = total == value.Length - 1 && value[^1] == 0;
        return total == value.Length || padded ? (int)total : 0;
    }
}
