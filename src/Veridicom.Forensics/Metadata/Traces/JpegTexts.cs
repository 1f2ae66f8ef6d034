using System.Buffers.Binary;
using System.Text;
using Veridicom.Pixels.Jpeg;

namespace Veridicom.Forensics.Metadata.Traces;

/// <summary>Texts of a JPEG codestream: Exif and XMP of APP1, IPTC-IIM within the Photoshop block of APP13, comments (ISO/IEC 10918-1 B.2.4.5).</summary>
internal static class JpegTexts
{
    private const int MaxComments = 64, MaxDataSets = 512, IptcBlock = 0x0404;
    private const string XmpName = "http://ns.adobe.com/xap/1.0/", BlockName = "Photoshop 3.0";

    /// <summary>All texts.</summary>
    public static IEnumerable<TextField> Of(JpegPicture jpeg, ReadOnlyMemory<byte> file)
    {
        foreach (JpegApplication segment in jpeg.Applications.Take(TextField.MaxFields))
        {
            ReadOnlyMemory<byte> content = file.Slice(segment.Offset, segment.Length);
            IEnumerable<TextField> fields = (segment.Number, segment.Name) switch
            {
                (1, "Exif") when content.Length > 6 => ExifTexts.Of(content[6..]),
                (1, XmpName) when content.Length > XmpName.Length => XmpTexts.Of(Encoding.UTF8.GetString(content.Span[(XmpName.Length + 1)..])),
                (13, BlockName) when content.Length > BlockName.Length => Iptc(content[(BlockName.Length + 1)..]),
                _ => [],
            };
            foreach (TextField field in fields) yield return field;
        }
        foreach (Range comment in Comments(file.Span, MaxComments)) yield return new TextField("JPEG comment", "", FieldRole.Description, Encoding.UTF8.GetString(file[comment].Span).TrimEnd('\0'));
    }

    /// <summary>Contents of the segments COM before the first scan, the first of them.</summary>
    public static List<Range> Comments(ReadOnlySpan<byte> bytes, int most)
    {
        var found = new List<Range>();
        int at = 2;
        while (at + 4 <= bytes.Length && bytes[at] == 0xFF && found.Count < most)
        {
            byte marker = bytes[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }
            int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
            if (marker is 0xDA or 0xD9 || length < 2 || length > bytes.Length - at - 2) break;
            if (marker == 0xFE) found.Add((at + 4)..(at + 2 + length));
            at += 2 + length;
        }
        return found;
    }

    /// <summary>Resources 8BIM, of which 0404 holds IPTC-IIM 4.2 data sets; of those the ones of record 2 that name programs or describe.</summary>
    private static List<TextField> Iptc(ReadOnlyMemory<byte> segment)
    {
        var found = new List<TextField>();
        ReadOnlySpan<byte> left = segment.Span;
        while (left.Length >= 12 && left.StartsWith("8BIM"u8))
        {
            int id = BinaryPrimitives.ReadUInt16BigEndian(left[4..]), name = (left[6] + 2) & ~1;
            if (left.Length < 10 + name) break;
            uint size = BinaryPrimitives.ReadUInt32BigEndian(left[(6 + name)..]);
            left = left[(10 + name)..];
            if (size > left.Length) break;
            if (id == IptcBlock) DataSets(left[..(int)size], found);
            left = left[(int)Math.Min(left.Length, size + (size & 1))..];
        }
        return found;
    }

    private static void DataSets(ReadOnlySpan<byte> left, List<TextField> found)
    {
        for (int i = 0; i < MaxDataSets && left.Length >= 5 && left[0] == 0x1C; i++)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(left[3..]);
            if (length > left.Length - 5) break;
            string text = Encoding.UTF8.GetString(left.Slice(5, length));
            (string Name, FieldRole Role)? known = (left[1], left[2]) switch
            {
                (2, 40) => ("Special Instructions", FieldRole.Description),
                (2, 65) => ("Originating Program", FieldRole.Software),
                (2, 105) => ("Headline", FieldRole.Description),
                (2, 110) => ("Credit", FieldRole.Description),
                (2, 120) => ("Caption", FieldRole.Description),
                _ => null,
            };
            if (known is { } field) found.Add(new TextField("IPTC " + field.Name, field.Name, field.Role, text));
            left = left[(5 + length)..];
        }
    }
}
