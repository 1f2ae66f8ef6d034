using System.Globalization;
using Veridicom.Dicom;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Seal;

namespace Veridicom.Cli.Files;

/// <summary>What became of the manifest of one study.</summary>
/// <param name="Study">Study Instance UID.</param>
/// <param name="Path">The file, or where it would have been written.</param>
/// <param name="Instances">Instances that it lists.</param>
/// <param name="Identity">Identity of its seal, empty where none was written.</param>
/// <param name="Fault">Why none was written, null where one was.</param>
internal sealed record ManifestWritten(string Study, string Path, int Instances, string Identity, Fault? Fault);

/// <summary>
/// Writes the manifests of a run of sealing beside its outputs: manifest.dcm, or the first of manifest-2.dcm and so on that is free, in the lowest
/// folder that holds all outputs of the study. Names never come from attributes. Not thread-safe.
/// </summary>
internal sealed class ManifestOutput(OutputPlan plan, AtomicOutput output, IReadOnlyList<string> named)
{
    private const string Name = "manifest";

    private readonly StudyCollection _studies = new();
    private readonly Dictionary<string, (string First, string Common)> _folders = new(StringComparer.Ordinal);

    /// <summary>Manifests that stand in a folder under the names given here.</summary>
    public static IEnumerable<string> Standing(string folder)
    {
        for (int number = 1; File.Exists(Path.Combine(folder, NameOf(number))); number++)
        {
            if (new FileInfo(Path.Combine(folder, NameOf(number))).LinkTarget is null) yield return NameOf(number);
        }
    }

    /// <summary>Adds an instance whose output, or detached seal, is <paramref name="target"/>. False where it cannot be listed.</summary>
    public bool Add(SealedInstance instance, StudyHeader header, string target)
    {
        if (!_studies.Add(instance, header)) return false;
        string folder = Path.GetDirectoryName(target) ?? "", study = instance.Facts.Study;
        _folders[study] = _folders.TryGetValue(study, out (string First, string Common) known) ? (known.First, CommonOf(known.Common, folder)) : (folder, folder);
        return true;
    }

    /// <summary>Adds a manifest that was among the inputs.</summary>
    public void Add(BelievedManifest manifest) => _studies.Add(manifest);

    /// <summary>Seals and writes what is new.</summary>
    public IEnumerable<ManifestWritten> Write(SealOptions options)
    {
        foreach (ManifestDecision decision in _studies.Decide(options.Claims.Purpose))
        {
            string path = PathOf(_folders[decision.Study]);
            if (decision.Plan is not { } manifest)
            {
                yield return new ManifestWritten(decision.Study, path, 0, "", Fault.Refused(decision.Refusal!, 0, null));
                continue;
            }
            ManifestWritten written;
            try
            {
                written = new ManifestWritten(decision.Study, path, manifest.Count, Write(manifest, options, path), null);
            }
            catch (Exception e) when (Fault.From(e) is not null)
            {
                written = new ManifestWritten(decision.Study, path, 0, "", Fault.From(e)!.Of(path));
            }
            yield return written;
        }
    }

    private string Write(ManifestPlan manifest, SealOptions options, string path)
    {
        byte[] document = ManifestWriter.Write(manifest, options.At, options.Randomness);
        SealOutcome outcome = Sealer.Seal(DicomFile.Parse(new MemorySource(document)), options);
        // the seal first: a manifest without its seal would be a stripped one
        if (options.Detached) output.Write(path + ".seal", stream => stream.Write(outcome.Block.Span), replace: false);
        output.Write(path, outcome.WriteTo, replace: false);
        return outcome.Identity;
    }

    private string PathOf((string First, string Common) folders)
    {
        string folder = folders.Common == folders.First || IsBelowRoot(folders.Common) ? folders.Common : folders.First;
        for (int number = 1; ; number++)
        {
            string path = Path.Combine(folder, NameOf(number));
            if (!Path.Exists(path) && !Path.Exists(path + ".seal")) return path;
        }
    }

    /// <summary>Files named one by one may have no folder in common but the root of the disk: only what the user named is written to.</summary>
    private bool IsBelowRoot(string folder)
    {
        string full = WithSlash(folder);
        IEnumerable<string> roots = plan.Folder is { } one ? [one] : named.Select(n => Directory.Exists(n) ? n : Path.GetDirectoryName(Path.GetFullPath(n)) ?? "");
        return roots.Any(root => root.Length > 0 && full.StartsWith(WithSlash(root), StringComparison.Ordinal));
    }

    private static string CommonOf(string a, string b)
    {
        if (a == b) return a;
        char[] separators = [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar];
        string[] left = a.Split(separators), right = b.Split(separators);
        int count = 0;
        while (count < left.Length && count < right.Length && left[count] == right[count]) count++;
        string common = string.Join(Path.DirectorySeparatorChar, left[..count]);
        return common.Length == 0 && Path.IsPathRooted(a) && Path.IsPathRooted(b) ? Path.GetPathRoot(a)! : common;
    }

    private static string WithSlash(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path.Length == 0 ? "." : path)) + Path.DirectorySeparatorChar;

    private static string NameOf(int number) => number == 1 ? Name + ".dcm" : string.Create(CultureInfo.InvariantCulture, $"{Name}-{number}.dcm");
}
