using Veridicom.Dicom;
using Veridicom.Forensics;

namespace Veridicom.Cli.Files;

/// <summary>Which files of folders and archives a command is about; others are passed over. A file that the user named is always looked at.</summary>
/// <param name="Name">In words: "DICOM".</param>
/// <param name="NameMeans">True where the name alone says so.</param>
/// <param name="Means">True where name or content says so.</param>
public sealed record FileKind(string Name, Func<string, bool> NameMeans, Func<string, ByteSource, bool> Means)
{
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg"];

    /// <summary>DICOM files.</summary>
    public static FileKind Dicom { get; } = new("DICOM", DicomSniff.NameMeansDicom, DicomSniff.MeansDicom);

    /// <summary>DICOM, PNG and JPEG files.</summary>
    public static FileKind Picture { get; } = new("DICOM, PNG or JPEG", name => DicomSniff.NameMeansDicom(name) || NameMeansPicture(name),
        (name, source) => NameMeansPicture(name) || IsPicture(source) || DicomSniff.MeansDicom(name, source));

    /// <summary>True where the content begins as PNG or JPEG files do, whatever the name says.</summary>
    public static bool IsPicture(ByteSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return PictureFile.TryRecognise(source.Window(0, (int)Math.Min(source.Length, 132)), out PictureFormat? format) && format != PictureFormat.Dicom;
    }

    // Names that begin with ._ are those of macOS's notes beside files: their content decides.
    private static bool NameMeansPicture(string name) =>
        Extensions.Any(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
        && !name.AsSpan(name.LastIndexOfAny(['/', '\\', '!']) + 1).StartsWith("._", StringComparison.Ordinal);
}
