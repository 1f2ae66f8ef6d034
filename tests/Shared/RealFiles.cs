using Xunit;

namespace Veridicom.Testing;

/// <summary>Real DICOM files that the project may not ship. Every member skips the running test by name without them.</summary>
public static class RealFiles
{
    /// <summary>The data folder itself; skips the running test where there is none.</summary>
    public static string Root
    {
        get
        {
            var folder = Repository.DataFolder;
            Assert.SkipWhen(folder is null, "no folder of real files: set VERIDICOM_DATA, or put it at ../shared/data");
            return folder!;
        }
    }

    /// <summary>One file below the data folder; skips where the folder is missing, fails where only the file is.</summary>
    public static string PathOf(params string[] parts)
    {
        var path = Path.Combine([Root, .. parts]);
        Assert.True(File.Exists(path), $"{string.Join('/', parts)} is missing from the data folder");
        return path;
    }

    /// <summary>
    /// Every file below a folder of the data folder, in ordinal order of the path, on every machine the same.
    /// Skips where the data folder is missing; fails where nothing matches, so that no test passes on empty input.
    /// </summary>
    public static IReadOnlyList<string> Below(string folder, string pattern = "*")
    {
        var root = Path.Combine(Root, folder);
        Assert.True(Directory.Exists(root), $"{folder} is missing from the data folder");
        var files = Directory.GetFiles(root, pattern, SearchOption.AllDirectories);
        Array.Sort(files, StringComparer.Ordinal);
        Assert.NotEmpty(files);
        return files;
    }
}
