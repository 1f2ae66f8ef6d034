using Xunit;

namespace Veridicom.Interop.House;

/// <summary>./veridicom as a stranger meets it: a tree without a build, in a folder with a space in its name.</summary>
public sealed class LauncherTests
{
    // The first build of a tree restores packages and compiles everything, on a slow machine beside other tests.
    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task It_builds_once_for_two_at_once_and_again_only_after_a_change()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a bash script");
        using var scratch = new ScratchFolder();
        CopyTree(scratch.PathOf("a tree"));
        Peer.Require("bash");
        var launcher = Peer.Require(scratch.PathOf("a tree", "veridicom"));

        var both = await Task.WhenAll(
            Task.Run(() => Version(launcher), TestContext.Current.CancellationToken),
            Task.Run(() => Version(launcher), TestContext.Current.CancellationToken));
        Assert.Equal(["", "building...\n"], both.Select(result => result.Succeeded().ErrorText).Order(StringComparer.Ordinal));
        Assert.NotEmpty(both[0].OutputText);
        Assert.Equal(both[0].OutputText, both[1].OutputText);

        var later = Version(launcher).Succeeded();
        Assert.Equal("", later.ErrorText);
        Assert.Equal(both[0].OutputText, later.OutputText);

        // A change that does not compile: said on standard error, with where to look, and never run as the old program.
        File.WriteAllText(scratch.PathOf("a tree", "src", "Veridicom.Cli", "Broken.cs"), "class");
        var broken = Version(launcher).Exited(7);
        Assert.Empty(broken.Output);
        Assert.Contains("Broken.cs(1,6): error CS1001", broken.ErrorText, StringComparison.Ordinal);

        File.Delete(scratch.PathOf("a tree", "src", "Veridicom.Cli", "Broken.cs"));
        Assert.Equal("building...\n", Version(launcher).Succeeded().ErrorText);
    }

    private static PeerResult Version(Peer launcher) => launcher.Run(["--version"], input: null, limit: BuildLimit);

    private static void CopyTree(string target)
    {
        string[] parts = ["veridicom", "global.json", "Directory.Build.props", "Directory.Packages.props"];
        var sources = Directory.GetFiles(Repository.PathOf("src"), "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.Root, path))
            .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));
        foreach (var part in parts.Concat(sources))
        {
            var copy = Path.Combine(target, part);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Repository.PathOf(part), copy);
        }
    }
}
