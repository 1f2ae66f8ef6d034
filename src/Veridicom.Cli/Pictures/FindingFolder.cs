using Veridicom.Cli.Files;
using Veridicom.Forensics;
using Veridicom.Forensics.Manipulation;

namespace Veridicom.Cli.Pictures;

/// <summary>Where detect puts pictures: one for each frame in which a part looks changed. Safe for use by several threads.</summary>
internal sealed class FindingFolder
{
    private const int MostFrames = 8;
    private readonly string _folder;
    private readonly AtomicOutput _output;
    private readonly bool _goesOn;

    /// <summary>Claims the folder: a new or empty one, or that of the run that is gone on with.</summary>
    /// <exception cref="FaultException">It is a file, or not empty.</exception>
    public FindingFolder(string folder, Surroundings surroundings, bool goesOn)
    {
        if (File.Exists(folder) || (!goesOn && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
            throw FaultException.World("exists", folder, "exists already and is not empty", "name a new folder for the pictures");
        Directory.CreateDirectory(folder);
        (_folder, _output, _goesOn) = (folder, new AtomicOutput(surroundings.Stop), goesOn);
    }

    /// <summary>Draws the frames of a file in which a part looks changed, the most unusual first.</summary>
    /// <returns>The files written.</returns>
    public IReadOnlyList<string> Draw(Input input, PictureFile file, FileOpinion found)
    {
        var files = new List<string>();
        foreach (IGrouping<int, LocalFinding> frame in found.Result.Places.GroupBy(place => place.Frame).Take(MostFrames))
        {
            string path = Path.Combine(_folder, PictureFolder.NameOf(input, frame.Key + 1));
            string title = found.Result.Opinion.Word() + ": an opinion and no proof";
            byte[] png = HeatMapPicture.Draw(file.Shown(frame.Key), frame.Key == found.Frame ? found.Result.Map : null, [.. frame], title).ToPng();
            // an interrupted run may have drawn what it did not get to write down
            _output.Write(path, stream => stream.Write(png), replace: _goesOn);
            files.Add(path);
        }
        return files;
    }

    /// <summary>Makes what was written last.</summary>
    public void Complete() => _output.Complete();
}
