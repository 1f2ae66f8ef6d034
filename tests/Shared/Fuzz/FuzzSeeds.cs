namespace Veridicom.Testing;

/// <summary>Files to be damaged: those made here, and the real ones where they are.</summary>
public static class FuzzSeeds
{
    /// <summary>Real files above this size are left out: each input copies its file.</summary>
    public const long LargestReal = 80_000;

    /// <summary>The files made here.</summary>
    public static IEnumerable<FuzzSeed> Made() => SampleFiles.All().Select(sample => Seed(sample.Name, sample.Bytes));

    /// <summary>The small ones of the real files, in a fixed order; none where there is no folder of them.</summary>
    public static IEnumerable<FuzzSeed> Real()
    {
        if (Repository.DataFolder is not { } root) yield break;
        string[] paths = [.. new[] { "dicom", "attacks" }.Select(folder => Path.Combine(root, folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.GetFiles(folder, "*.dcm", SearchOption.AllDirectories))];
        Array.Sort(paths, StringComparer.Ordinal);
        foreach (string path in paths)
        {
            if (new FileInfo(path).Length <= LargestReal) yield return Seed(Path.GetRelativePath(root, path), File.ReadAllBytes(path));
        }
    }

    /// <summary>A seed with the places of its headers.</summary>
    public static FuzzSeed Seed(string name, byte[] bytes) => new(name, bytes, Mutator.HeadersOf(bytes));
}
