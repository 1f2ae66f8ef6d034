namespace Veridicom.Train.Corpus;

/// <summary>
/// Which generated images of the folder of data show a whole chest: a person looked (chests.txt). All real images of it do, so that any other body part would be known by its
/// anatomy alone; chests are therefore also measured by themselves.
/// </summary>
internal static class Chests
{
    private static readonly Lazy<HashSet<string>> s_names = new(Read);

    /// <summary>Whether a generated image of this name shows a chest.</summary>
    public static bool Shows(string name) => s_names.Value.Contains(name);

    private static HashSet<string> Read()
    {
        using Stream stream = typeof(Chests).Assembly.GetManifestResourceStream("chests.txt") ?? throw new InvalidOperationException("the build left out chests.txt");
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
    }
}
