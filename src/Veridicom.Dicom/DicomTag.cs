using System.Globalization;

namespace Veridicom.Dicom;

/// <summary>A data element tag: group number in the high 16 bits, element number in the low 16 (PS3.5-2023b 7.1.1).</summary>
/// <param name="Value">0xGGGGEEEE.</param>
public readonly record struct DicomTag(uint Value) : IComparable<DicomTag>
{
    /// <summary>A tag from its group and element number.</summary>
    public DicomTag(ushort group, ushort element) : this(((uint)group << 16) | element) { }

    /// <summary>Group number.</summary>
    public ushort Group => (ushort)(Value >> 16);

    /// <summary>Element number.</summary>
    public ushort Element => (ushort)(Value & 0xFFFF);

    /// <summary>True for odd groups (PS3.5-2023b 7.8).</summary>
    public bool IsPrivate => (Value & 0x10000) != 0;

    /// <summary>True for (gggg,0010) to (gggg,00FF) of an odd group: the element reserves a block (PS3.5-2023b 7.8.1).</summary>
    public bool IsPrivateCreator => IsPrivate && Element is >= 0x10 and <= 0xFF;

    /// <summary>True for (gggg,0000), a retired group length (PS3.5-2023b 7.2).</summary>
    public bool IsGroupLength => (Value & 0xFFFF) == 0;

    /// <summary>Orders tags as a data set does.</summary>
    public int CompareTo(DicomTag other) => Value.CompareTo(other.Value);

    /// <summary>The tag as "(gggg,eeee)" in upper-case hexadecimal.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({Group:X4},{Element:X4})");

    /// <summary>Reads "(gggg,eeee)", "gggg,eeee" or "ggggeeee".</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DicomTag tag)
    {
        tag = default;
        text = text.Trim();
        if (text.Length >= 2 && text[0] == '(' && text[^1] == ')') text = text[1..^1];
        Span<char> hex = stackalloc char[8];
        if (text.Length == 9 && text[4] == ',')
        {
            text[..4].CopyTo(hex);
            text[5..].CopyTo(hex[4..]);
        }
        else if (text.Length == 8) text.CopyTo(hex);
        else return false;
        if (!uint.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value)) return false;
        tag = new DicomTag(value);
        return true;
    }

    /// <summary>Orders tags as a data set does.</summary>
    public static bool operator <(DicomTag left, DicomTag right) => left.Value < right.Value;

    /// <summary>Orders tags as a data set does.</summary>
    public static bool operator >(DicomTag left, DicomTag right) => left.Value > right.Value;

    /// <summary>Orders tags as a data set does.</summary>
    public static bool operator <=(DicomTag left, DicomTag right) => left.Value <= right.Value;

    /// <summary>Orders tags as a data set does.</summary>
    public static bool operator >=(DicomTag left, DicomTag right) => left.Value >= right.Value;
}
