using System.IO.Compression;
using System.Text;
using Veridicom.Pixels.Png;

namespace Veridicom.Forensics.Metadata.Traces;

/// <summary>One text of a PNG file.</summary>
/// <param name="Type">tEXt, zTXt or iTXt.</param>
/// <param name="Keyword">Its name; empty where the chunk is damaged.</param>
/// <param name="Value">What it says; null where it is damaged, asks for a dictionary that nobody has, or comes behind all that a file may inflate to.</param>
internal sealed record PngText(string Type, string Keyword, string? Value);

/// <summary>Texts of PNG chunks tEXt, zTXt, iTXt and eXIf (W3C PNG, third edition, 11.3.3 and 11.3.4.5). What is broken is passed over: decoders do so as well.</summary>
internal static class PngTexts
{
    private const int MaxInflated = 1 << 20, MaxChunks = 256;

    /// <summary>All texts, in the order of the file.</summary>
    public static IEnumerable<TextField> Of(PngPicture png, ReadOnlyMemory<byte> file)
    {
        foreach (PngChunk chunk in png.Chunks.Where(c => c.Type == "eXIf").Take(MaxChunks))
        {
            foreach (TextField field in ExifTexts.Of(file.Slice((int)chunk.Offset, chunk.Length))) yield return field;
        }
        foreach (PngText text in Read(png, file).Take(MaxChunks))
        {
            if (text.Value is null) continue;
            if (text.Keyword == "XML:com.adobe.xmp")
            {
                foreach (TextField field in XmpTexts.Of(text.Value)) yield return field;
            }
            else
            {
                FieldRole role = text.Keyword is "Software" or "software" or "Creation Tool" ? FieldRole.Software : FieldRole.Description;
                string value = text.Value.Length > TextField.MaxLength ? text.Value[..TextField.MaxLength] : text.Value;
                yield return new TextField($"PNG text '{text.Keyword}'", text.Keyword, role, value);
            }
        }
    }

    /// <summary>Every tEXt, zTXt and iTXt with its keyword, read as it is asked for. All texts of a file together inflate to one mebibyte at most.</summary>
    public static IEnumerable<PngText> Read(PngPicture png, ReadOnlyMemory<byte> file)
    {
        int left = MaxInflated;
        foreach (PngChunk chunk in png.Chunks.Where(c => c.Type is "tEXt" or "zTXt" or "iTXt"))
        {
            (string keyword, string? value) = Read(chunk.Type, file.Slice((int)chunk.Offset, chunk.Length), ref left) ?? ("", null);
            yield return new PngText(chunk.Type, keyword, value);
        }
    }

    private static (string Keyword, string? Value)? Read(string type, ReadOnlyMemory<byte> chunk, ref int left)
    {
        ReadOnlySpan<byte> data = chunk.Span;
        int end = data.IndexOf((byte)0);
        if (end is < 1 or > 79) return null;
        string keyword = Encoding.Latin1.GetString(data[..end]);
        int at = end + 1;
        bool packed = type == "zTXt";
        if (packed) at++;
        else if (type == "iTXt")
        {
            if (data.Length < at + 2) return null;
            packed = data[at] == 1;
            at += 2;
            for (int i = 0; i < 2; i++)
            {
                int skip = at <= data.Length ? data[at..].IndexOf((byte)0) : -1;
                if (skip < 0) return null;
                at += skip + 1;
            }
        }
        if (at > data.Length) return null;
        byte[]? value = packed ? Inflate(chunk[at..], ref left) : data[at..].ToArray();
        return (keyword, value is null ? null : (type == "iTXt" ? Encoding.UTF8 : Encoding.Latin1).GetString(value));
    }

    /// <summary>As much as all texts of a file may inflate to; null where it is no zlib stream, or no room is left.</summary>
    private static byte[]? Inflate(ReadOnlyMemory<byte> data, ref int left)
    {
        // RFC 1950 2.2: a dictionary that nobody has
        if (left == 0 || data.Length < 2 || (data.Span[1] & 0x20) != 0) return null;
        byte[] room = new byte[Math.Min(left, 64L * data.Length)];
        try
        {
            using var inflater = new ZLibStream(new MemoryStream(data.ToArray()), CompressionMode.Decompress);
            int read = inflater.ReadAtLeast(room, room.Length, throwOnEndOfStream: false);
            left -= read;
            return room[..read];
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return null;
        }
    }
}
