using Veridicom.Cli.Files;
using Veridicom.Dicom;
using Veridicom.Forensics;
using Veridicom.Pixels;
using Veridicom.Pixels.Jpeg2000;

namespace Veridicom.Cli.Detection;

/// <summary>Opens an input as an image, whatever its name says: PNG and JPEG by how they begin, else DICOM.</summary>
internal static class ImageOpening
{
    /// <summary>The longest PNG or JPEG file that is read, in bytes.</summary>
    public const int LongestPicture = 256 << 20;

    /// <summary>The image; null for a DICOM object of a folder or archive that has no image, such as a report.</summary>
    /// <exception cref="FaultException">It is no image, or one that cannot be had.</exception>
    public static PictureFile? Open(Input input, OpenedFile opened, IJpeg2000? jpeg2000)
    {
        ByteSource source = opened.Source;
        if (FileKind.IsPicture(source)) return PictureFile.Open(Bytes(source));
        if (!DicomSniff.MeansDicom("", source) && !DicomSniff.NameMeansDicom(input.Name)) throw FaultException.Bad("not-an-image", null, "is neither DICOM, PNG nor JPEG", "name an image");
        DicomFile dicom = DicomFile.Parse(source);
        PictureFile? file = PictureFile.Open(dicom, jpeg2000, out string reason);
        if (file is not null) return file;
        if (!input.IsNamed && !PixelGeometry.TryFindPixels(dicom.DataSet, out _)) return null;
        throw FaultException.Bad("no-image", null, reason, "name a file with an image");
    }

    private static ReadOnlyMemory<byte> Bytes(ByteSource source)
    {
        if (source.TryGetMemory(out ReadOnlyMemory<byte> memory)) return memory;
        if (source.Length > LongestPicture) throw FaultException.Bad("too-long", null, $"is longer than {LongestPicture} bytes", "no radiograph is that long: look where it came from");
        var bytes = new byte[source.Length];
        using var stream = new MemoryStream(bytes);
        source.CopyTo(stream, 0, source.Length);
        return bytes;
    }
}
