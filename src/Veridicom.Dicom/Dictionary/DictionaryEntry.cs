using System.Globalization;
using System.Text;

namespace Veridicom.Dicom.Dictionary;

/// <summary>
/// What the standard says of one attribute. A number of a row in static data: cheap to copy and to compare. The default
/// value is the entry of no attribute: no representation, empty texts.
/// </summary>
public readonly record struct DictionaryEntry
{
    private readonly ushort row;

    internal DictionaryEntry(int row) => this.row = (ushort)row;

    /// <summary>The tag; of a repeating group the pattern with zeros where any digit may stand.</summary>
    public DicomTag Tag => new(DicomDictionary.ValueOf(row));

    /// <summary>Ones where a tag must equal <see cref="Tag"/>: FFFFFFFF except for repeating groups.</summary>
    public uint Mask => DicomDictionary.MaskOf(row);

    /// <summary>
    /// The default: what the element is read as where the file does not say (PS3.5-2023b A.1). OW where OW is among the
    /// alternatives, US for "US or SS". <see cref="Vr.None"/> for items and delimiters.
    /// </summary>
    public Vr Vr => (Vr)(ushort)(DicomDictionary.VrsOf(row) & 0xFFFF);

    /// <summary>How many representations are allowed: 0 for items and delimiters, at most 3.</summary>
    public int VrCount
    {
        get
        {
            ulong vrs = DicomDictionary.VrsOf(row);
            return vrs == 0 ? 0 : vrs <= 0xFFFF ? 1 : vrs <= 0xFFFF_FFFF ? 2 : 3;
        }
    }

    /// <summary>Value multiplicity as PS3.6 writes it: "1", "1-n", "2-2n".</summary>
    public string Vm => DicomDictionary.VmOf(row);

    /// <summary>The keyword, such as "PatientName"; empty for a few retired tags. Made anew at each call.</summary>
    public string Keyword => Encoding.UTF8.GetString(KeywordUtf8);

    /// <summary>The name, such as "Patient's Name". Made anew at each call.</summary>
    public string Name => Encoding.UTF8.GetString(NameUtf8);

    /// <summary>The keyword as it lies in static data.</summary>
    public ReadOnlySpan<byte> KeywordUtf8
    {
        get
        {
            ReadOnlySpan<byte> text = DicomDictionary.TextOf(row);
            return text[..text.IndexOf((byte)'\t')];
        }
    }

    /// <summary>The name as it lies in static data.</summary>
    public ReadOnlySpan<byte> NameUtf8
    {
        get
        {
            ReadOnlySpan<byte> text = DicomDictionary.TextOf(row);
            return text[(text.IndexOf((byte)'\t') + 1)..];
        }
    }

    /// <summary>True for what the standard no longer defines but files still hold.</summary>
    public bool Retired => DicomDictionary.RetiredOf(row);

    /// <summary>One of the allowed representations, the default first.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not below <see cref="VrCount"/>.</exception>
    public Vr Alternative(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, VrCount);
        return (Vr)(ushort)((DicomDictionary.VrsOf(row) >> (16 * index)) & 0xFFFF);
    }

    /// <summary>Whether the standard lists this representation for the attribute. UN, which may stand for any, is not counted.</summary>
    public bool Allows(Vr vr)
    {
        ulong vrs = DicomDictionary.VrsOf(row);
        ushort wanted = (ushort)vr;
        return wanted != 0 && ((ushort)(vrs & 0xFFFF) == wanted || (ushort)((vrs >> 16) & 0xFFFF) == wanted
            || (ushort)(vrs >> 32) == wanted);
    }

    /// <summary>The tag as PS3.6 writes it, such as "(60xx,3000)".</summary>
    public string Pattern
    {
        get
        {
            char[] text = Tag.ToString().ToCharArray();
            for (int digit = 0; digit < 8; digit++)
            {
                if (((Mask >> (28 - (4 * digit))) & 0xF) != 0xF) text[digit + (digit < 4 ? 1 : 2)] = 'x';
            }

            return new string(text);
        }
    }

    /// <summary>Pattern and keyword.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Pattern} {Keyword}");
}
