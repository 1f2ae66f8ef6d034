using Veridicom.Dicom;

namespace Veridicom.Cli.Files;

/// <summary>
/// A DICOMDIR (PS3.3-2023b F): the files it lists and the manifests among them, each strictly below the folder in which it stands. File IDs come from whoever wrote the
/// medium: none may lead out of that folder, neither by its parts nor through a symbolic link.
/// </summary>
public sealed class MediaDirectory(string path)
{
    private static readonly DicomTag ReferencedFileId = new(0x0004, 0x1500);

    /// <summary>Parts of one File ID that are followed; PS3.10-2023b 8.2 allows 8.</summary>
    public const int MostParts = 16;

    /// <summary>The files listed, in the order of the DICOMDIR, each once. A file that is missing or led elsewhere says so when it is opened.</summary>
    public IEnumerable<Input> Files()
    {
        string root = Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder : ".";
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var listings = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal);
        var folders = new SortedSet<string>(StringComparer.Ordinal) { "" };
        foreach (string id in Ids())
        {
            if (!seen.Add(id)) continue;
            string? problem = Resolve(root, id, listings, out string file, out string relative);
            for (int slash = relative.LastIndexOf('/'); slash > 0 && folders.Add(relative[..slash]); slash = relative.LastIndexOf('/', slash - 1)) { }
            yield return problem is not null
                ? new MissingInput(new Fault(Fault.BadInput, "media-directory", path, $"lists '{id}', {problem}", "the medium is incomplete or was put together wrongly")) { Name = path + "!" + id, Relative = "" }
                : new DiskInput(file) { Name = file, Relative = relative, IsNamed = true };
        }
        // manifests came to the medium after its index was written
        foreach (string below in folders)
        {
            string at = below.Length == 0 ? root : Path.Combine(root, below);
            foreach (string manifest in ManifestOutput.Standing(at))
                yield return new DiskInput(Path.Combine(at, manifest)) { Name = Path.Combine(at, manifest), Relative = below.Length == 0 ? manifest : below + "/" + manifest, IsNamed = true };
        }
    }

    private List<string> Ids()
    {
        using OpenedFile opened = new FileBuffers(1).Open(path);
        DicomDataSet set = DicomFile.Parse(opened.Source).DataSet;
        var ids = new List<string>();
        for (int i = 1; i < set.NodeCount; i++)
        {
            DicomNode node = set[i];
            if (node.Tag == ReferencedFileId && node.Kind == NodeKind.Element && node.Ascii() is { Length: > 0 } id) ids.Add(id);
        }
        return ids;
    }

    /// <summary>Null where the File ID leads to a file below <paramref name="root"/>, else what is wrong with it.</summary>
    /// <param name="root">Folder of the DICOMDIR.</param>
    /// <param name="id">The File ID.</param>
    /// <param name="listings">What was found in folders before: a medium may list a million files that are not there, and each folder is read once.</param>
    /// <param name="file">The file.</param>
    /// <param name="relative">The same below <paramref name="root"/>, joined by '/'.</param>
    public static string? Resolve(string root, string id, Dictionary<string, Dictionary<string, string>> listings, out string file, out string relative)
    {
        file = root;
        relative = "";
        string[] parts = id.Split('\\');
        if (parts.Length > MostParts) return "which has too many parts";
        foreach (string raw in parts)
        {
            string part = raw.Trim(' ');
            if (!IsPlain(part)) return "which leads out of its folder or is no File ID";
            if (Find(file, part, listings) is not { } found) return "which does not exist";
            file = Path.Combine(file, found);
            relative = relative.Length == 0 ? found : relative + "/" + found;
            if (new FileInfo(file).LinkTarget is not null) return "which is or goes through a symbolic link";
        }
        return File.Exists(file) ? null : "which is no file";
    }

    /// <summary>PS3.10-2023b 8.2 allows A to Z, digits and underscore, 8 of them; writers add lower case, '-' and an extension.</summary>
    private static bool IsPlain(string part)
    {
        if (part.Length is 0 or > 64 || part[0] == '.') return false;
        foreach (char c in part)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.')) return false;
        }
        return true;
    }

    /// <summary>The entry as the disk spells it: media are mounted with upper or lower case.</summary>
    private static string? Find(string folder, string part, Dictionary<string, Dictionary<string, string>> listings)
    {
        string exact = Path.Combine(folder, part);
        if (File.Exists(exact) || Directory.Exists(exact)) return part;
        if (!Directory.Exists(folder)) return null;
        if (!listings.TryGetValue(folder, out Dictionary<string, string>? names))
        {
            listings[folder] = names = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (string entry in Directory.EnumerateFileSystemEntries(folder)) names.TryAdd(Path.GetFileName(entry), Path.GetFileName(entry));
        }
        return names.GetValueOrDefault(part);
    }
}
