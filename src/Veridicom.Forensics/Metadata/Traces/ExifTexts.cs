using System.Buffers.Binary;
using System.Text;

namespace Veridicom.Forensics.Metadata.Traces;

/// <summary>
/// Texts of Exif (CIPA DC-008-2023 4.6): of the first directory and of the Exif directory below it, no more. Offsets and counts are only believed within the bytes.
/// </summary>
internal static class ExifTexts
{
    private const int MaxEntries = 512, ExifDirectory = 0x8769, PositionDirectory = 0x8825, UserComment = 0x9286;

    // tags of TIFF 6.0 section 8 and of Exif; those of the XP family are UTF-16 that Windows writes
    private static readonly Dictionary<int, (string Name, FieldRole Role)> Tags = new()
    {
        [0x010E] = ("ImageDescription", FieldRole.Description), [0x010F] = ("Make", FieldRole.Software), [0x0110] = ("Model", FieldRole.Software),
        [0x0131] = ("Software", FieldRole.Software), [0x013B] = ("Artist", FieldRole.Description), [0x013C] = ("HostComputer", FieldRole.Description),
        [0x8298] = ("Copyright", FieldRole.Description), [UserComment] = ("UserComment", FieldRole.Description), [0x9C9B] = ("XPTitle", FieldRole.Description),
        [0x9C9C] = ("XPComment", FieldRole.Description), [0x9C9D] = ("XPAuthor", FieldRole.Description), [0x9C9E] = ("XPKeywords", FieldRole.Description),
        [0xA43B] = ("ImageEditor", FieldRole.Software), [0xA43C] = ("CameraFirmware", FieldRole.Description), [0xA43D] = ("RAWDevelopingSoftware", FieldRole.Software),
        [0xA43E] = ("ImageEditingSoftware", FieldRole.Software), [0xA43F] = ("MetadataEditingSoftware", FieldRole.Description),
    };

    /// <summary>Texts of a TIFF structure, as it stands in an eXIf chunk or behind the Exif header of an APP1 segment.</summary>
    public static IEnumerable<TextField> Of(ReadOnlyMemory<byte> tiff)
    {
        if (tiff.Length < 8 || tiff.Span[0] != tiff.Span[1] || tiff.Span[0] is not ((byte)'I' or (byte)'M')) yield break;
        bool little = tiff.Span[0] == 'I';
        if (Word(tiff.Span[2..], little) != 42) yield break;
        uint? directory = Long(tiff.Span[4..], little);
        for (int level = 0; level < 2 && directory is { } at && at <= tiff.Length - 2; level++)
        {
            directory = null;
            int count = Math.Min(MaxEntries, Word(tiff.Span[(int)at..], little));
            for (int i = 0; i < count && at + 2 + 12L * (i + 1) <= tiff.Length; i++)
            {
                int entry = (int)at + 2 + 12 * i, tag = Word(tiff.Span[entry..], little);
                if (tag == ExifDirectory) directory = Long(tiff.Span[(entry + 8)..], little);
                else if (Tags.TryGetValue(tag, out var known) && Value(tiff, entry, little) is { } value)
                    yield return new TextField("Exif " + known.Name, known.Name, known.Role, Decode(value.Span, tag, little));
            }
        }
    }

    /// <summary>True where the first directory points to one for positions (CIPA DC-008-2023 4.6.3).</summary>
    public static bool HasPosition(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 14 || !(tiff.StartsWith("II"u8) || tiff.StartsWith("MM"u8))) return false;
        bool little = tiff[0] == 'I';
        uint directory = Long(tiff[4..], little);
        if (directory > tiff.Length - 2) return false;
        int count = Word(tiff[(int)directory..], little);
        for (int i = 0, at = (int)directory + 2; i < count && at <= tiff.Length - 12; i++, at += 12)
        {
            if (Word(tiff[at..], little) == PositionDirectory) return true;
        }
        return false;
    }

    /// <summary>The bytes of a value of one byte per unit: BYTE, ASCII, UNDEFINED, UTF-8.</summary>
    private static ReadOnlyMemory<byte>? Value(ReadOnlyMemory<byte> tiff, int entry, bool little)
    {
        uint length = Long(tiff.Span[(entry + 4)..], little), offset = length <= 4 ? (uint)entry + 8 : Long(tiff.Span[(entry + 8)..], little);
        if (Word(tiff.Span[(entry + 2)..], little) is not (1 or 2 or 7 or 129) || offset > tiff.Length || length > tiff.Length - offset) return null;
        return tiff.Slice((int)offset, (int)Math.Min(length, TextField.MaxLength));
    }

    private static string Decode(ReadOnlySpan<byte> value, int tag, bool little)
    {
        // CIPA DC-008-2023 4.6.5 UserComment: eight bytes name the characters; programs do not agree on the byte order behind UNICODE
        if (tag == UserComment && value.StartsWith("UNICODE\0"u8)) return Wide(value[8..], value.Length > 8 ? value[8] != 0 : little);
        if (tag == UserComment && value.Length >= 8) value = value[8..];
        return tag is >= 0x9C9B and <= 0x9C9F ? Wide(value, true) : Encoding.UTF8.GetString(value.TrimEnd((byte)0)).Trim();
    }

    private static string Wide(ReadOnlySpan<byte> value, bool little) => (little ? Encoding.Unicode : Encoding.BigEndianUnicode).GetString(value).TrimEnd('\0').Trim();

    private static int Word(ReadOnlySpan<byte> at, bool little) => little ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at);

    private static uint Long(ReadOnlySpan<byte> at, bool little) => little ? BinaryPrimitives.ReadUInt32LittleEndian(at) : BinaryPrimitives.ReadUInt32BigEndian(at);
}
