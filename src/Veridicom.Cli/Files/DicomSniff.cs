using System.Buffers.Binary;
using Veridicom.Dicom;

namespace Veridicom.Cli.Files;

/// <summary>Whether a file found in a folder means to be DICOM at all.</summary>
public static class DicomSniff
{
    private static readonly string[] Extensions = [".dcm", ".dicom", ".dic", ".ima", ".dcm30"];

    /// <summary>
    /// True where the name says DICOM, where "DICM" stands at byte 128, or where meta elements or a data set of group 0008 begin at byte 0 or
    /// 132. Generous: a damaged image in a folder must come out as unverifiable and never be passed over.
    /// </summary>
    public static bool MeansDicom(string name, ByteSource source)
    {
        if (NameMeansDicom(name)) return true;
        if (source.Length >= 132)
        {
            // One bit of the magic may have flipped.
            ReadOnlySpan<byte> magic = source.Window(128, 4);
            int same = 0;
            for (int i = 0; i < 4; i++) same += magic[i] == "DICM"u8[i] ? 1 : 0;
            if (same >= 3) return true;
        }
        return Begins(source, 0) || Begins(source, 132);
    }

    /// <summary>True where the name alone says DICOM. Names that begin with ._ are those of macOS's notes beside files: their content decides.</summary>
    public static bool NameMeansDicom(string name) =>
        Extensions.Any(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
        && !name.AsSpan(name.LastIndexOfAny(['/', '\\', '!']) + 1).StartsWith("._", StringComparison.Ordinal);

    private static bool Begins(ByteSource source, long at)
    {
        if (source.Length - at < 8) return false;
        ReadOnlySpan<byte> head = source.Window(at, 8);
        int little = BinaryPrimitives.ReadUInt16LittleEndian(head), big = BinaryPrimitives.ReadUInt16BigEndian(head);
        bool isExplicit = ((Vr)BinaryPrimitives.ReadUInt16BigEndian(head[4..])).IsKnown();
        if (isExplicit) return little is 2 or 8 || big is 2 or 8;
        long length = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
        return little == 8 && head[3] == 0 && length <= source.Length - at - 8 && length < 1024;
    }
}
