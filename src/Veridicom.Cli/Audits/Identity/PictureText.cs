using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Veridicom.Forensics;
using Veridicom.Pixels.Jpeg;
using Veridicom.Pixels.Png;

namespace Veridicom.Cli.Audits.Identity;

/// <summary>What PNG and JPEG files say beside their pixels: text chunks, comments, and the readable parts of Exif and XMP.</summary>
internal sealed class PictureText(TextPatterns patterns)
{
    private const int Longest = TextPatterns.LongestText;

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
                else if (chunk.Type is "tEXt" or "zTXt" or "iTXt") Look("PNG " + chunk.Type, TextOf(chunk.Type, content));
                else if (chunk.Type == "eXIf") Exif("PNG eXIf", content);
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
            foreach (Range comment in Comments(bytes)) Look("JPEG comment", Printable(bytes[comment]));
        }
        return found;

        void Exif(string place, ReadOnlySpan<byte> tiff)
        {
            if (HasPlace(tiff)) Add(IdentifierKind.Location, place + " GPS", "");
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

    /// <summary>Keyword and text of a chunk, inflated where it is deflated (W3C PNG, third edition, 11.3.3).</summary>
    private static string TextOf(string type, ReadOnlySpan<byte> content)
    {
        int keyword = content.IndexOf((byte)0);
        if (keyword < 0) return "";
        string name = Encoding.Latin1.GetString(content[..Math.Min(keyword, 79)]);
        ReadOnlySpan<byte> rest = content[(keyword + 1)..];
        bool deflated = type == "zTXt";
        if (type == "iTXt")
        {
            if (rest.Length < 2) return name;
            deflated = rest[0] != 0;
            rest = rest[2..];
            for (int part = 0; part < 2; part++)
            {
                int end = rest.IndexOf((byte)0);
                if (end < 0) return name;
                rest = rest[(end + 1)..];
            }
        }
        else if (deflated) rest = rest.Length > 0 ? rest[1..] : rest;
        if (!deflated) return name + ": " + Decode(rest[..Math.Min(rest.Length, Longest)]);
        try
        {
            using var inflated = new ZLibStream(new MemoryStream(rest.ToArray()), CompressionMode.Decompress);
            var text = new byte[Longest];
            return name + ": " + Decode(text.AsSpan(0, inflated.ReadAtLeast(text, text.Length, throwOnEndOfStream: false)));
        }
        catch (InvalidDataException)
        {
            return name;
        }

        string Decode(ReadOnlySpan<byte> bytes) => (type == "iTXt" ? Encoding.UTF8 : Encoding.Latin1).GetString(bytes);
    }

    /// <summary>True where the first directory of a TIFF structure points to one for positions (CIPA DC-008-2023 4.6.3: tag 8825).</summary>
    private static bool HasPlace(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 14 || !(tiff.StartsWith("II"u8) || tiff.StartsWith("MM"u8))) return false;
        bool little = tiff[0] == 'I';
        uint directory = little ? BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]) : BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]);
        if (directory > tiff.Length - 2) return false;
        int count = Word(tiff[(int)directory..], little);
        for (int i = 0, at = (int)directory + 2; i < count && at <= tiff.Length - 12; i++, at += 12)
        {
            if (Word(tiff[at..], little) == 0x8825) return true;
        }
        return false;
    }

    private static int Word(ReadOnlySpan<byte> at, bool little) => little ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at);

    /// <summary>The COM segments before the first scan (ITU-T T.81 B.2.4.5).</summary>
    private static List<Range> Comments(ReadOnlySpan<byte> jpeg)
    {
        var found = new List<Range>();
        for (int at = 2; at + 4 <= jpeg.Length && jpeg[at] == 0xFF;)
        {
            byte marker = jpeg[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }
            int length = BinaryPrimitives.ReadUInt16BigEndian(jpeg[(at + 2)..]);
            if (marker is 0xDA or 0xD9 || length < 2 || at + 2 + length > jpeg.Length) break;
            if (marker == 0xFE) found.Add((at + 4)..(at + 2 + length));
            at += 2 + length;
        }
        return found;
    }
}
