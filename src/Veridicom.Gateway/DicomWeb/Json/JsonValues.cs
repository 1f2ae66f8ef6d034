using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using Veridicom.Dicom;
using Veridicom.Dicom.Text;

namespace Veridicom.Gateway.DicomWeb.Json;

/// <summary>Values of one element in the DICOM JSON model (PS3.18-2023b F.2.3 to F.2.5).</summary>
internal static class JsonValues
{
    private const long MostExact = (1L << 53) - 1;

    /// <summary>Writes the member "Value" of a text element, nothing where it is empty.</summary>
    public static void WriteText(Utf8JsonWriter json, Vr vr, ReadOnlySpan<byte> value, SpecificCharacterSet characterSet)
    {
        IReadOnlyList<string> texts = characterSet.DecodeValues(value, vr);
        if (texts.Count == 1 && Bare(texts[0], vr).Length == 0) return;
        json.WriteStartArray("Value"u8);
        foreach (string text in texts) WriteText(json, vr, Bare(text, vr));
        json.WriteEndArray();
    }

    /// <summary>Writes the member "Value" of an element of binary numbers, nothing where it is empty. Bytes that make no whole number at its end are left out.</summary>
    public static void WriteNumbers(Utf8JsonWriter json, Vr vr, ReadOnlySpan<byte> value, bool bigEndian)
    {
        int size = vr is Vr.US or Vr.SS ? 2 : vr is Vr.AT or Vr.UL or Vr.SL or Vr.FL ? 4 : 8;
        if (value.Length < size) return;
        json.WriteStartArray("Value"u8);
        for (; value.Length >= size; value = value[size..])
        {
            ReadOnlySpan<byte> one = value[..size];
            switch (vr)
            {
                case Vr.US: json.WriteNumberValue(UInt16(one, bigEndian)); break;
                case Vr.SS: json.WriteNumberValue(unchecked((short)UInt16(one, bigEndian))); break;
                case Vr.UL: json.WriteNumberValue(UInt32(one, bigEndian)); break;
                case Vr.SL: json.WriteNumberValue(unchecked((int)UInt32(one, bigEndian))); break;
                case Vr.AT: json.WriteStringValue($"{UInt16(one, bigEndian):X4}{UInt16(one[2..], bigEndian):X4}"); break;
                case Vr.FL: Write(json, BitConverter.UInt32BitsToSingle(UInt32(one, bigEndian))); break;
                case Vr.FD: Write(json, BitConverter.UInt64BitsToDouble(UInt64(one, bigEndian))); break;
                case Vr.SV: Write(json, unchecked((long)UInt64(one, bigEndian))); break;
                default:
                    ulong unsigned = UInt64(one, bigEndian);
                    if (unsigned <= MostExact) json.WriteNumberValue(unsigned);
                    else json.WriteStringValue(unsigned.ToString(CultureInfo.InvariantCulture));
                    break;
            }
        }
        json.WriteEndArray();
    }

    /// <summary>Writes one value of a text; empty ones among others are null (F.2.5).</summary>
    public static void WriteText(Utf8JsonWriter json, Vr vr, string text)
    {
        if (text.Length == 0) json.WriteNullValue();
        else if (vr == Vr.PN) WriteName(json, text);
        else if (vr is Vr.IS or Vr.DS) WriteNumber(json, text.Trim(' '));
        else json.WriteStringValue(text);
    }

    /// <summary>Numbers in text as numbers where JSON can say the same, else as text (table F.2.3-1 allows both).</summary>
    private static void WriteNumber(Utf8JsonWriter json, string text)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number)) json.WriteStringValue(text);
        else if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) && Math.Abs(whole) <= MostExact) json.WriteNumberValue(whole);
        else if (IsJsonNumber(text)) json.WriteRawValue(text, skipInputValidation: true);
        else json.WriteNumberValue(number);
    }

    private static void WriteName(Utf8JsonWriter json, string text)
    {
        PersonName name = PersonName.Parse(text);
        json.WriteStartObject();
        if (name.Alphabetic.Length > 0) json.WriteString("Alphabetic"u8, name.Alphabetic);
        if (name.Ideographic.Length > 0) json.WriteString("Ideographic"u8, name.Ideographic);
        if (name.Phonetic.Length > 0) json.WriteString("Phonetic"u8, name.Phonetic);
        json.WriteEndObject();
    }

    // RFC 8259 knows neither: as text, by the names that XML Schema gives them
    private static void Write(Utf8JsonWriter json, double number)
    {
        if (double.IsFinite(number)) json.WriteNumberValue(number);
        else json.WriteStringValue(double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
    }

    private static void Write(Utf8JsonWriter json, float number)
    {
        if (float.IsFinite(number)) json.WriteNumberValue(number);
        else Write(json, (double)number);
    }

    private static void Write(Utf8JsonWriter json, long number)
    {
        if (number is <= MostExact and >= -MostExact) json.WriteNumberValue(number);
        else json.WriteStringValue(number.ToString(CultureInfo.InvariantCulture));
    }

    private static string Bare(string text, Vr vr) => vr is Vr.IS or Vr.DS or Vr.CS or Vr.AE ? text.Trim(' ', '\0') : text.TrimEnd(' ', '\0');

    /// <summary>The grammar of RFC 8259 6: no leading plus, no leading zeros, digits on both sides of a point.</summary>
    private static bool IsJsonNumber(ReadOnlySpan<char> text)
    {
        if (text.Length > 32) return false;
        if (text.StartsWith("-")) text = text[1..];
        int whole = Digits(text);
        if (whole == 0 || (whole > 1 && text[0] == '0')) return false;
        text = text[whole..];
        if (text.StartsWith("."))
        {
            int fraction = Digits(text[1..]);
            if (fraction == 0) return false;
            text = text[(1 + fraction)..];
        }
        if (text.Length == 0) return true;
        if (text[0] is not ('e' or 'E')) return false;
        text = text[1..];
        if (text.Length > 0 && text[0] is '+' or '-') text = text[1..];
        return text.Length > 0 && Digits(text) == text.Length;
    }

    private static int Digits(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text.Length : end;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool big) => big ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool big) => big ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static ulong UInt64(ReadOnlySpan<byte> bytes, bool big) => big ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
}
