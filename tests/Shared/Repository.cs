namespace Veridicom.Testing;

/// <summary>Where the checkout under test lies, and the folder of real files beside it, if there is one.</summary>
public static class Repository
{
    private static readonly Lazy<string> RootFolder = new(FindRoot);

    /// <summary>The checkout's root folder: the nearest one above the running test that holds Veridicom.slnx.</summary>
    public static string Root => RootFolder.Value;

    /// <summary>
    /// The folder of real files: VERIDICOM_DATA where it is set (then nothing else is tried), else ../shared/data
    /// beside the checkout. Null where that folder does not exist: a test that needs it is then a named skip
    /// (<c>RealFiles</c>), under CI too, because those files may not be shipped.
    /// </summary>
    public static string? DataFolder
    {
        get
        {
            var named = Environment.GetEnvironmentVariable("VERIDICOM_DATA");
            var folder = string.IsNullOrEmpty(named)
                ? Path.GetFullPath(Path.Combine(Root, "..", "shared", "data"))
                : Path.GetFullPath(named);
            return Directory.Exists(folder) ? folder : null;
        }
    }

    /// <summary>A path inside the checkout, made from its parts: <c>PathOf("tests", "vectors")</c>.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Veridicom.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no folder above {AppContext.BaseDirectory} holds Veridicom.slnx");
    }
}
