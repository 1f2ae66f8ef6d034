namespace Veridicom.Testing;

/// <summary>A folder of its own for one test, under the system's temporary folder, removed with all it holds on Dispose.</summary>
public sealed class ScratchFolder : IDisposable
{
    /// <summary>The folder's full path. It exists and is empty.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("veridicom-test-").FullName;

    /// <summary>A path inside the folder; nothing is created.</summary>
    public string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Writes a file inside the folder and returns its path.</summary>
    public string Write(string name, ReadOnlySpan<byte> content)
    {
        var path = PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
