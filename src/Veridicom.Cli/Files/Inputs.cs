using System.Collections;
using System.IO.Compression;
using System.IO.Enumeration;
using System.Text;
using Veridicom.Dicom;

namespace Veridicom.Cli.Files;

/// <summary>
/// The files that PATH arguments stand for, in a fixed order: files as named; folders walked, sorted by name; zip archives entry by entry;
/// a DICOMDIR by the files it lists. Listed as they are asked for.
/// </summary>
public sealed class Inputs(IReadOnlyList<string> paths, FileKind? kind = null) : IEnumerable<Input>
{
    private readonly FileKind _kind = kind ?? FileKind.Dicom;
    private readonly List<string> _linked = [];
    private int _hidden, _empty, _directories;

    /// <summary>Hidden folders are walked, and temporary files taken, like any others: whoever reads the folder with another program may do so, too.</summary>
    public bool WithHidden { get; init; }

    /// <summary>Linked folders that were not walked, by their paths below the folder named.</summary>
    public IReadOnlyList<string> LinkedFolders => _linked;

    /// <summary>Files of folders and archives that turned out not to be of the kind wanted; counted by those who open them.</summary>
    public int NotWanted;

    /// <summary>What was passed over, for a line after the results; empty where nothing was.</summary>
    public string PassedOver
    {
        get
        {
            var parts = new List<string>();
            Say(NotWanted + _empty, $"file that is not {_kind.Name}", $"files that are not {_kind.Name}");
            Say(_hidden, "hidden folder or temporary file", "hidden folders or temporary files");
            Say(_linked.Count, "linked folder", "linked folders");
            Say(_directories, "DICOMDIR (an index: the files it lists stand beside it)", "DICOMDIRs (indexes: the files they list stand beside them)");
            return string.Join(", ", parts);

            void Say(int count, string one, string many)
            {
                if (count > 0) parts.Add(count == 1 ? "1 " + one : $"{count} {many}");
            }
        }
    }

    /// <inheritdoc/>
    public IEnumerator<Input> GetEnumerator()
    {
        foreach (string path in paths)
        {
            foreach (Input input in Of(path)) yield return input;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private IEnumerable<Input> Of(string path)
    {
        if (Directory.Exists(path)) return Walk(path);
        string name = Path.GetFileName(path);
        if (name.Equals("DICOMDIR", StringComparison.OrdinalIgnoreCase) && File.Exists(path)) return Guarded(path, () => new MediaDirectory(path).Files());
        bool obviouslyDicom = name.EndsWith(".dcm", StringComparison.OrdinalIgnoreCase);
        bool archive;
        try
        {
            archive = !obviouslyDicom && File.Exists(path) && Archive.IsArchive(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            archive = false; // whoever opens it reports that
        }
        return archive ? Guarded(path, () => EntriesOf(path, name, "")) : [new DiskInput(path) { Name = path, Relative = name, IsNamed = true }];
    }

    /// <summary>Iterative, and not into linked folders, so that no loop of links can hold it.</summary>
    private IEnumerable<Input> Walk(string root)
    {
        var pending = new Stack<(string Folder, string Relative)>();
        pending.Push((root, ""));
        while (pending.Count > 0)
        {
            (string folder, string relative) = pending.Pop();
            List<Entry> entries;
            Fault? fault = null;
            try
            {
                entries = List(folder, relative);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                entries = [];
                fault = Fault.From(e, folder);
            }
            if (fault is not null)
            {
                yield return new MissingInput(fault) { Name = folder, Relative = relative };
                continue;
            }
            // Folders after the files beside them, both by name; the stack turns the order round.
            for (int i = entries.Count - 1; i >= 0; i--)
            {
                if (entries[i].IsFolder) pending.Push((Path.Combine(folder, entries[i].Name), Join(relative, entries[i].Name)));
            }
            foreach (Entry entry in entries)
            {
                if (entry.IsFolder) continue;
                string path = Path.Combine(folder, entry.Name);
                if (entry.IsOrphan)
                    yield return new MissingInput(new Fault(Fault.BadInput, "missing", path, "is a seal whose file is not here", "find the file that it was made for, or delete the seal")) { Name = path, Relative = Join(relative, entry.Name) };
                else if (entry.IsEmpty)
                    yield return new MissingInput(new Fault(Fault.BadInput, "empty", path, "is empty, or no regular file", "fetch it again from where it came")) { Name = path, Relative = Join(relative, entry.Name) };
                else if (entry.Name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
                {
                    foreach (Input input in Guarded(path, () => EntriesOf(path, Join(relative, entry.Name), Join(relative, entry.Name) + "/"))) yield return input;
                }
                else yield return new DiskInput(path) { Name = path, Relative = Join(relative, entry.Name) };
            }
        }
    }

    private readonly record struct Entry(string Name, bool IsFolder, bool IsEmpty = false, bool IsOrphan = false);

    private List<Entry> List(string folder, string relative)
    {
        var entries = new List<Entry>();
        var found = new FileSystemEnumerable<(string Name, bool Folder, bool Link, long Length)>(folder, (ref FileSystemEntry entry) =>
        {
            bool link = (entry.Attributes & FileAttributes.ReparsePoint) != 0;
            return (entry.FileName.ToString(), entry.IsDirectory, link, entry.IsDirectory || link ? -1 : entry.Length);
        }, new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false, RecurseSubdirectories = false });
        foreach ((string name, bool isFolder, bool link, long length) in found)
        {
            // a hidden image counts like any other: whoever adds a slice to a study may hide it, and importers do not care
            if (!WithHidden && name[0] == '.' && (isFolder || name.StartsWith(AtomicOutput.TemporaryPrefix, StringComparison.Ordinal))) _hidden++;
            else if (isFolder && link) _linked.Add(Join(relative, name));
            else if (isFolder) entries.Add(new Entry(name, true));
            else if (name.EndsWith(".seal", StringComparison.Ordinal))
            {
                // read with the file that it belongs to; where that is gone, someone should know
                if (name.Length > 5 && !Path.Exists(Path.Combine(folder, name[..^5]))) entries.Add(new Entry(name, false, IsOrphan: true));
            }
            else if (name.Equals("DICOMDIR", StringComparison.OrdinalIgnoreCase)) _directories++;
            else if ((link ? TargetLength(Path.Combine(folder, name)) : length) == 0)
            {
                // also pipes and devices, which must not be opened; an image that was emptied is not passed over
                if (_kind.NameMeans(name) || File.Exists(Path.Combine(folder, name + ".seal"))) entries.Add(new Entry(name, false, IsEmpty: true));
                else _empty++;
            }
            else entries.Add(new Entry(name, false));
        }
        entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return entries;
    }

    /// <summary>Length of what a link leads to; -1 where that cannot be told, and whoever opens it will say why.</summary>
    private static long TargetLength(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: true) is FileInfo { Exists: true } target ? target.Length : -1;
        }
        catch (IOException)
        {
            return -1;
        }
    }

    private IEnumerable<Input> EntriesOf(string path, string relative, string listed)
    {
        Archive archive = Archive.Open(path);
        try
        {
            IReadOnlyList<ZipArchiveEntry> entries = archive.Entries();
            var seals = new Dictionary<string, ZipArchiveEntry>(StringComparer.Ordinal);
            foreach (ZipArchiveEntry entry in entries)
            {
                if (entry.Name.EndsWith(".seal", StringComparison.Ordinal)) seals.TryAdd(entry.FullName, entry);
            }
            string folder = Path.ChangeExtension(relative, null) is { Length: > 0 } bare && bare[^1] != '/' ? bare : "archive";
            int number = 0;
            foreach (ZipArchiveEntry entry in entries)
            {
                number++;
                string name = entry.FullName[(entry.FullName.LastIndexOfAny(['/', '\\']) + 1)..]; // whatever system packed it
                if (name.EndsWith(".seal", StringComparison.Ordinal)) continue;
                if (name.Equals("DICOMDIR", StringComparison.OrdinalIgnoreCase)) _directories++;
                else if (name.Length > 0) yield return new ArchiveInput(archive, entry, number, seals.GetValueOrDefault(entry.FullName + ".seal")) { Name = path + "!" + entry.FullName, Relative = folder + "/" + Clean(entry.FullName), Listed = listed + entry.FullName.Replace('\\', '/') };
            }
        }
        finally
        {
            archive.Release();
        }
    }

    /// <summary>
    /// The name of an archive's entry as a name below an output folder. Of each part only letters, digits, '.', '-' and '_' are kept; parts
    /// that lead elsewhere, or nowhere, are replaced.
    /// </summary>
    public static string Clean(string entryName)
    {
        var cleaned = new StringBuilder();
        foreach (string part in entryName.Split('/', '\\'))
        {
            if (part.Length == 0) continue;
            if (cleaned.Length > 0) cleaned.Append('/');
            int start = cleaned.Length;
            foreach (char c in part.Length > 128 ? part[..128] : part) cleaned.Append(char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_');
            if (cleaned[start] == '.') cleaned[start] = '_'; // neither ".." nor a hidden file
        }
        return cleaned.Length == 0 ? "_" : cleaned.ToString();
    }

    /// <summary>A listing that fails half-way ends in one input that says why.</summary>
    private static IEnumerable<Input> Guarded(string path, Func<IEnumerable<Input>> listing)
    {
        IEnumerator<Input>? inputs = null;
        try
        {
            while (true)
            {
                Input? next = null;
                try
                {
                    inputs ??= listing().GetEnumerator();
                    if (inputs.MoveNext()) next = inputs.Current;
                    else yield break;
                }
                catch (Exception e) when (Fault.From(e) is not null)
                {
                    next = new MissingInput(Fault.From(e)!.Of(path)) { Name = path, Relative = Path.GetFileName(path), IsNamed = true };
                }
                yield return next;
                if (next is MissingInput missing && missing.Name == path) yield break;
            }
        }
        finally
        {
            inputs?.Dispose();
        }
    }

    private static string Join(string folder, string name) => folder.Length == 0 ? name : folder + "/" + name;
}
