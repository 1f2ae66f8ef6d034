using System.IO.Compression;
using System.Text;
using Veridicom.Pixels.Png;

namespace Veridicom.Forensics.Metadata.Traces;

/// <summary>Texts of PNG chunks tEXt, zTXt, iTXt and eXIf (W3C PNG, third edition, 11.3.3 and 11.3.4.5). What is broken is passed over: decoders do so as well.</summary>
internal static class PngTexts
{
    private const int MaxInflated = 1 << 20, MaxChunks = 256;

    /// <summary>All texts, in the order of the file.</summary>
    public static IEnumerable<TextField> Of(PngPicture png, ReadOnlyMemory<byte> file)
    {
        int left = MaxInflated;
        foreach (PngChunk chunk in png.Chunks.Where(c => c.Type is "tEXt" or "zTXt" or "iTXt" or "eXIf").Take(MaxChunks))
        {
            ReadOnlyMemory<byte> data = file.Slice((int)chunk.Offset, chunk.Length);
            if (chunk.Type == "eXIf")
            {
                foreach (TextField field in ExifTexts.Of(data)) yield return field;
                continue;
            }
            if (Read(chunk.Type, data, ref left) is not { } text) continue;
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

    private static (string Keyword, string Value)? Read(string type, ReadOnlyMemory<byte> chunk, ref int left)
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
        return value is null ? null : (keyword, (type == "iTXt" ? Encoding.UTF8 : Encoding.Latin1).GetString(value));
    }

    /// <summary>As much as all texts of a file may inflate to; null where it is no zlib stream.</summary>
    private static byte[]? Inflate(ReadOnlyMemory<byte> data, ref int left)
    {
        // RFC 1950 2.2: a dictionary that nobody has
        if (data.Length < 2 || (data.Span[1] & 0x20) != 0) return null;
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
