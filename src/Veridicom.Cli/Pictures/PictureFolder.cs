using System.Globalization;
using Veridicom.Cli.Files;
using Veridicom.Dicom;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Pictures;

/// <summary>Where verify puts pictures: a new or empty folder, one file for each altered frame. Safe for use by several threads.</summary>
public sealed class PictureFolder
{
    private const int LongestStem = 48;
    private readonly string _folder;
    private readonly AtomicOutput _output;
    private readonly IJpeg2000? _jpeg2000;
    private readonly OriginalFiles? _originals;

    /// <summary>Claims the folder.</summary>
    /// <exception cref="FaultException">It is a file, or not empty.</exception>
    public PictureFolder(string folder, Surroundings surroundings, OriginalFiles? originals)
    {
        ArgumentNullException.ThrowIfNull(surroundings);
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
            throw FaultException.World("exists", folder, "exists already and is not empty", "name a new folder for the pictures");
        Directory.CreateDirectory(folder);
        (_folder, _output, _jpeg2000, _originals) = (folder, new AtomicOutput(surroundings.Stop), surroundings.Jpeg2000, originals);
    }

    /// <summary>Draws the altered frames of a file that was judged.</summary>
    /// <returns>The files written, and what is not shown and why.</returns>
    public (IReadOnlyList<string> Files, string Note) Draw(Input input, OpenedFile opened, Verdict verdict)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(opened);
        ArgumentNullException.ThrowIfNull(verdict);
        if (verdict.Kind != VerdictKind.Altered || verdict.Parts.GetValueOrDefault(Part.Pixels) != PartState.Altered) return ([], "");
        using OpenedOriginal? original = _originals?.Open(verdict, _jpeg2000);
        AlteredFrames frames = AlteredFrames.Draw(DicomFile.Parse(opened.Source), verdict, _jpeg2000, original?.Pixels);
        var files = new List<string>();
        foreach (FramePicture picture in frames.Pictures)
        {
            string path = Path.Combine(_folder, NameOf(input, picture.Frame));
            _output.Write(path, stream => stream.Write(picture.Png), replace: false);
            files.Add(path);
        }
        string note = frames.Note.Length == 0 && _originals is not null && original is null ? "no intact original carries this seal: tiles are shown, not pixels" : frames.Note;
        return (files, note);
    }

    /// <summary>Makes what was written last.</summary>
    public void Complete() => _output.Complete();

    /// <summary>
    /// A name by the place of the input in the run, which no other has, and by the input's own name as far as it is plain; nothing out of the file has a say in it.
    /// </summary>
    public static string NameOf(Input input, int frame)
    {
        ArgumentNullException.ThrowIfNull(input);
        string name = Path.GetFileNameWithoutExtension(input.Relative[(input.Relative.LastIndexOf('/') + 1)..]);
        string plain = string.Concat(name.Take(LongestStem).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '_'));
        return string.Create(CultureInfo.InvariantCulture, $"{input.Position:D4}-{plain}-frame-{frame}.png");
    }
}
