using System.Text;
using Veridicom.Forensics;
using Veridicom.Forensics.Metadata.Traces;
using Veridicom.Pixels.Jpeg;
using Veridicom.Pixels.Png;

namespace Veridicom.Cli.Audits.Identity;

/// <summary>What PNG and JPEG files say beside their pixels: text chunks, comments, and the readable parts of Exif and XMP.</summary>
internal sealed class PictureText(TextPatterns patterns)
{
    private const int Longest = TextPatterns.LongestText, MostComments = 65536;

    /// <summary>All that may tell who a patient is, each place once.</summary>
    public List<IdentifierFinding> Find(PictureFile file)
    {
        var found = new List<IdentifierFinding>();
        var places = new HashSet<(IdentifierKind, string)>();
        ReadOnlySpan<byte> bytes = file.Bytes.Span;
        if (file.Png is { } png)
        {
            foreach (PngChunk chunk in png.Chunks)
            {
                ReadOnlySpan<byte> content = bytes.Slice((int)chunk.Offset, chunk.Length);
                if (chunk.Type == "tIME") Add(IdentifierKind.Date, "PNG tIME", "9999-99-99");
                else if (chunk.Type == "eXIf") Exif("PNG eXIf", content);
            }
            foreach (PngText text in PngTexts.Read(png, file.Bytes))
            {
                Look("PNG " + text.Type, text.Keyword + ": " + (text.Value is { Length: > Longest } value ? value[..Longest] : text.Value));
                // what cannot be looked at may hold anything
                if (text.Value is null) Add(IdentifierKind.Text, $"PNG {text.Type} that cannot be read", "");
            }
        }
        if (file.Jpeg is { } jpeg)
        {
            foreach (JpegApplication segment in jpeg.Applications)
            {
                ReadOnlySpan<byte> content = bytes.Slice(segment.Offset, segment.Length);
                if (segment.Number == 1 && segment.Name == "Exif") Exif("JPEG Exif", content.Length > 6 ? content[6..] : []);
                else if (segment.Number is 1 or 13) Look(segment.Number == 1 ? "JPEG XMP" : "JPEG IPTC", Printable(content));
            }
            foreach (Range comment in JpegTexts.Comments(bytes, MostComments)) Look("JPEG comment", Printable(bytes[comment]));
        }
        return found;

        void Exif(string place, ReadOnlySpan<byte> tiff)
        {
            if (ExifTexts.HasPosition(tiff)) Add(IdentifierKind.Location, place + " GPS", "");
            Look(place, Printable(tiff));
        }

        void Look(string place, string text)
        {
            foreach ((IdentifierKind kind, string value) in patterns.Find(text)) Add(kind, place, value);
        }

        void Add(IdentifierKind kind, string place, string value)
        {
            if (places.Add((kind, place))) found.Add(new(kind, place, IdentifierKinds.Mask(value)));
        }
    }

    /// <summary>What can be read in bytes: runs of four and more printable characters, a line for each.</summary>
    public static string Printable(ReadOnlySpan<byte> bytes)
    {
        const int shortest = 4;
        var text = new StringBuilder();
        int from = 0;
        if (bytes.Length > Longest) bytes = bytes[..Longest];
        for (int i = 0; i <= bytes.Length; i++)
        {
            if (i < bytes.Length && bytes[i] is (>= 0x20 and < 0x7F) or >= 0xA0) continue;
            if (i - from >= shortest) text.Append(Encoding.UTF8.GetString(bytes[from..i])).Append('\n');
            from = i + 1;
        }
        return text.ToString().TrimEnd('\n');
    }
}
