using Veridicom.Cli.Demo;

namespace Veridicom.Bench;

/// <summary>The files that are measured: a real CT series where the data folder is there, else slices of the phantom.</summary>
internal sealed class Corpus
{
    private Corpus(string name, IReadOnlyList<(string Name, byte[] Bytes)> slices, string? dataFolder) => (Name, Slices, DataFolder) = (name, slices, dataFolder);

    /// <summary>What they are, for the table.</summary>
    public string Name { get; }

    /// <summary>CT slices of 512 KB.</summary>
    public IReadOnlyList<(string Name, byte[] Bytes)> Slices { get; }

    /// <summary>The folder of real files, null without one.</summary>
    public string? DataFolder { get; }

    /// <summary>VERIDICOM_DATA, else shared/data beside the checkout, else the phantom.</summary>
    public static Corpus Load(string root)
    {
        string named = Environment.GetEnvironmentVariable("VERIDICOM_DATA") is { Length: > 0 } set ? set : Path.Combine(root, "..", "shared", "data");
        string? data = Directory.Exists(Path.Combine(named, "dicom")) ? Path.Combine(named, "dicom") : null;
        if (data is not null && Directory.Exists(Path.Combine(data, "series-ct")))
            return new Corpus("series-ct", [.. Files(Path.Combine(data, "series-ct")).Select(path => (Path.GetFileName(path), File.ReadAllBytes(path)))], data);
        var options = new PhantomOptions();
        return new Corpus("phantom", [.. Enumerable.Range(0, options.Slices).Select(i => ($"{i + 1:D2}.dcm", PhantomStudy.Slice(i, options)))], data);
    }

    /// <summary>Files of a folder and below it, in order.</summary>
    public static string[] Files(string folder)
    {
        string[] files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }
}
