using Xunit;

namespace Veridicom.Tests.House;

/// <summary>What git holds, or would hold after the next `git add`: the tree that a clone of this checkout brings.</summary>
internal static class TrackedFiles
{
    private static readonly string[] NotText = [".dcm", ".seal", ".der", ".bin", ".zip", ".png"];

    /// <summary>Paths relative to the root, with '/'. Skips the running test where this is no git checkout.</summary>
    public static IReadOnlyList<string> All()
    {
        // In a second worktree .git is a file.
        Assert.SkipUnless(Path.Exists(Repository.PathOf(".git")), "this is no git checkout");
        // A container may run the tests as another user than the one who cloned.
        var listed = Peer.Require("git").Run(
            ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            input: null,
            folder: Repository.Root);
        var files = listed.Succeeded().OutputText
            .Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Where(path => File.Exists(Repository.PathOf(path)))
            .ToList();
        Assert.NotEmpty(files);
        return files;
    }

    /// <summary>Every line of every text file whose path passes the filter, as (path, number from 1, text).</summary>
    public static IEnumerable<(string Path, int Number, string Text)> Lines(Func<string, bool> filter) =>
        from path in All()
        where filter(path) && !NotText.Contains(Path.GetExtension(path))
        from line in File.ReadLines(Repository.PathOf(path)).Select((text, index) => (Text: text, Number: index + 1))
        select (path, line.Number, line.Text);
}
