using Veridicom.Cli.Files;
using Veridicom.Testing;
using Veridicom.Tests.Cli;
using Xunit;

namespace Veridicom.Tests.Review;

/// <summary>What an adversary may do to a folder that is verified.</summary>
public sealed class FolderTests
{
    [Fact]
    public void An_image_that_was_emptied_is_not_passed_over()
    {
        using CliSession session = CliSession.WithOrganisation();
        session.WriteSlice("in/a.dcm");
        session.WriteSlice("in/b", 1);
        session.Run("seal", session.PathOf("in"), "--detached").Exited(0);
        session.Run("verify", session.PathOf("in")).Exited(0);
        File.WriteAllBytes(session.PathOf("in", "a.dcm"), []);
        Assert.Contains("a.dcm: is empty", session.Run("verify", session.PathOf("in")).Exited(5).Error);

        session.WriteSlice("in/a.dcm");
        File.WriteAllBytes(session.PathOf("in", "b"), []);
        session.Run("verify", "--json", session.PathOf("in")).Exited(5);
    }

    [Fact]
    public void An_image_that_was_taken_away_leaves_its_seal_behind()
    {
        using CliSession session = CliSession.WithOrganisation();
        session.WriteSlice("in/a.dcm");
        session.WriteSlice("in/b.dcm", 1);
        session.Run("seal", session.PathOf("in"), "--detached").Exited(0);
        File.Delete(session.PathOf("in", "a.dcm"));
        Assert.Contains("a.dcm.seal: is a seal whose file is not here", session.Run("verify", session.PathOf("in")).Exited(5).Error);
    }

    [Fact]
    public void A_medium_reads_each_of_its_folders_once()
    {
        using var scratch = new ScratchFolder();
        scratch.Write("A/ONE", [1]);
        var listings = new Dictionary<string, Dictionary<string, string>>();

        Assert.Equal("which does not exist", MediaDirectory.Resolve(scratch.Root, "A\\TWO", listings, out _, out _));
        scratch.Write("A/TWO.", [1]);
        Assert.Null(MediaDirectory.Resolve(scratch.Root, "A\\one", listings, out _, out string relative));

        Assert.Equal("A/ONE", relative);
        Assert.Single(listings);
    }
}
