using Veridicom.Forensics;
using Veridicom.Pixels;

namespace Veridicom.Train.Corpus;

/// <summary>One line of labels.csv: a file and what it is.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Name">File name.</param>
/// <param name="Generated">Labelled <c>generated</c>; else <c>real</c>.</param>
/// <param name="Source">Hospital or collection, or the generator.</param>
/// <param name="Group">The patient, see <see cref="GroupOf"/>.</param>
public sealed record LabelledImage(string Path, string Name, bool Generated, string Source, string Group)
{
    private const long MostBytes = 256 << 20;

    /// <summary>
    /// The patient in a file name: its first two parts between underscores (<c>nih_00001248_003.png</c>: patient nih_00001248, <c>paed_person80_bacteria_392.jpg</c>:
    /// paed_person80). A name with fewer parts is a group of its own.
    /// </summary>
    public static string GroupOf(string name)
    {
        string[] parts = System.IO.Path.GetFileNameWithoutExtension(name).Split('_');
        return parts.Length < 3 ? string.Join('_', parts) : parts[0] + "_" + parts[1];
    }

    /// <summary>Its gray values in 8 bits, read from the disk anew each time: a corpus need not fit into memory.</summary>
    /// <exception cref="CorpusException">Missing, broken, or no image.</exception>
    public GrayPicture Shown()
    {
        try
        {
            if (new FileInfo(Path).Length > MostBytes) throw new CorpusException($"{Path}: larger than 256 MiB");
            using PictureFile file = PictureFile.Open(File.ReadAllBytes(Path));
            return file.Judged(0);
        }
        catch (Exception e) when (e is PixelException or IOException or UnauthorizedAccessException)
        {
            throw new CorpusException($"{Path}: {e.Message}", e);
        }
    }
}
