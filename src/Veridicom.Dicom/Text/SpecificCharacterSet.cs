using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Veridicom.Dicom.Text;

/// <summary>
/// What Specific Character Set (0008,0005) says of the texts of a data set or item: PS3.3-2023b C.12.1.1.2 and PS3.5-2023b
/// 6.1. Decoding never throws. Immutable and thread-safe.
/// </summary>
public sealed class SpecificCharacterSet
{
    private readonly Form form;
    private readonly Iso2022Decoder decoder;

    private SpecificCharacterSet(Form form, Iso2022Decoder decoder, bool isKnown, IReadOnlyList<string> terms) =>
        (this.form, this.decoder, IsKnown, Terms) = (form, decoder, isKnown, terms);

    private enum Form
    {
        Iso2022,
        Utf8,
        Gbk,
        Gb18030,
    }

    /// <summary>The default repertoire, ISO-IR 6: what holds where no Specific Character Set stands.</summary>
    public static SpecificCharacterSet Default { get; } = new(Form.Iso2022, Iso2022Decoder.Default, true, []);

    /// <summary>
    /// True where every term is defined and stands where it may. Otherwise the terms that are understood are used, and
    /// what another reader makes of the texts may differ.
    /// </summary>
    public bool IsKnown { get; }

    /// <summary>The terms without their padding, as they stand in the file.</summary>
    public IReadOnlyList<string> Terms { get; }

    /// <summary>Reads the values of Specific Character Set; none, or one empty value, is the default repertoire.</summary>
    public static SpecificCharacterSet Parse(IReadOnlyList<string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        string[] terms = [.. values.Select(value => value.Trim(' ', '\0'))];
        if (terms.Length == 0 || (terms.Length == 1 && terms[0].Length == 0)) return Default;
        // These three are no ISO 2022 sets and stand alone (PS3.3-2023b Table C.12-5).
        if (OtherForm(terms[0]) is { } other) return new SpecificCharacterSet(other, Iso2022Decoder.Default, terms.Length == 1, terms);

        bool known = true, extensions = terms.Length > 1;
        CodedSet g0 = CodedSet.Ascii, g1 = CodedSet.None;
        uint declared = Iso2022Decoder.Bit(CodedSet.Ascii);
        for (int i = 0; i < terms.Length; i++)
        {
            CodedSet set = CodedSetOf(terms[i], i == 0, out bool extended);
            // With several values, or with escape sequences, all terms are those of code extension (PS3.3-2023b Table C.12-3).
            extensions |= extended;
            if (set == CodedSet.None || (terms.Length > 1 && !extended)) known = false;
            declared |= Iso2022Decoder.Bit(set);
            if (set == CodedSet.Katakana) declared |= Iso2022Decoder.Bit(CodedSet.Romaji);
            if (i > 0) continue;
            // Value 1 has one byte to a character; a two-byte set there is a common mistake, and its escape sequences still say all.
            if (set.IsTwoByte()) known = false;
            else if (set == CodedSet.Katakana) (g0, g1) = (CodedSet.Romaji, CodedSet.Katakana);
            else if (set != CodedSet.Ascii) g1 = set;
        }

        return new SpecificCharacterSet(Form.Iso2022, new Iso2022Decoder(g0, g1, extensions, declared), known, terms);
    }

    /// <summary>The value as text, see the other overload.</summary>
    public string Decode(ReadOnlySpan<byte> value, Vr vr) => Decode(value, vr, out _);

    /// <summary>
    /// The whole value as text: padding, delimiters and control characters stay. Values of a multi-valued element are
    /// separated by "\", which after decoding means nothing else there. SH, LO, ST, LT, UC, UT and PN follow this character
    /// set; any other representation is read in the default repertoire (PS3.5-2023b 6.1.2.2).
    /// </summary>
    /// <param name="value">The value's bytes.</param>
    /// <param name="vr">The representation: it decides about the set and about the delimiters.</param>
    /// <param name="clean">False where a byte had no meaning and became U+FFFD, where a set was invoked that is not declared, or
    /// where a character is only a vendor's addition to its set.</param>
    public string Decode(ReadOnlySpan<byte> value, Vr vr, out bool clean)
    {
        bool applies = vr is Vr.SH or Vr.LO or Vr.ST or Vr.LT or Vr.UC or Vr.UT or Vr.PN;
        Form with = applies ? form : Form.Iso2022;
        if (with == Form.Utf8)
        {
            clean = Utf8.IsValid(value);
            return Encoding.UTF8.GetString(value);
        }

        char[]? rented = value.Length > 512 ? ArrayPool<char>.Shared.Rent(value.Length) : null;
        Span<char> characters = rented ?? stackalloc char[512];
        int length = with == Form.Iso2022
            ? (applies ? decoder : Iso2022Decoder.Default).Decode(value, DelimitersOf(vr), characters, out clean)
            : ChineseDecoder.Decode(value, with == Form.Gb18030, characters, out clean);
        string text = new(characters[..length]);
        // What was in the buffer may be a patient's name.
        if (rented is not null) ArrayPool<char>.Shared.Return(rented, clearArray: true);
        return text;
    }

    /// <summary>The values of a multi-valued element, or the one value of ST, LT, UT and UR, where "\" is a character like others. Padding stays.</summary>
    public IReadOnlyList<string> DecodeValues(ReadOnlySpan<byte> value, Vr vr)
    {
        string text = Decode(value, vr);
        return vr is Vr.ST or Vr.LT or Vr.UT or Vr.UR ? [text] : text.Split('\\');
    }

    // PS3.5-2023b 6.1.2.5.3: control characters reset everywhere; these where the representation gives them a meaning.
    private static ReadOnlySpan<byte> DelimitersOf(Vr vr) => vr switch
    {
        Vr.PN => "\\^="u8,
        Vr.ST or Vr.LT or Vr.UT => [],
        _ => "\\"u8,
    };

    private static Form? OtherForm(string term) => term switch
    {
        "ISO_IR 192" => Form.Utf8,
        "GB18030" => Form.Gb18030,
        "GBK" => Form.Gbk,
        _ => null,
    };

    private static CodedSet CodedSetOf(string term, bool first, out bool extended)
    {
        const string Plain = "ISO_IR ", Extension = "ISO 2022 IR ";
        extended = term.StartsWith(Extension, StringComparison.Ordinal) || (first && term.Length == 0);
        if (term.Length == 0) return first ? CodedSet.Ascii : CodedSet.None;
        if (extended) return CodedSets.OfRegistration(term.AsSpan(Extension.Length));
        if (!term.StartsWith(Plain, StringComparison.Ordinal)) return CodedSet.None;
        CodedSet set = CodedSets.OfRegistration(term.AsSpan(Plain.Length));
        // Two-byte sets have no term without code extension.
        return set.IsTwoByte() ? CodedSet.None : set;
    }
}
