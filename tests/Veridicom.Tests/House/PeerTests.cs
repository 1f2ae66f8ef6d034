using Xunit;

namespace Veridicom.Tests.House;

public sealed class PeerTests
{
    [Fact]
    public void The_repository_root_holds_the_solution() =>
        Assert.True(File.Exists(Repository.PathOf("Veridicom.slnx")));

    [Fact]
    public void A_tools_output_errors_and_exit_code_are_told_apart()
    {
        var result = Peer.Require("sh").Run(["-c", "cat; echo no >&2; exit 3"], "in"u8.ToArray());

        Assert.Equal("in"u8.ToArray(), result.Exited(3).Output);
        Assert.Equal("no\n", result.ErrorText);
    }

    [Fact]
    public void A_tool_that_hangs_is_killed_with_its_children_and_fails_the_test()
    {
        var failure = Assert.ThrowsAny<Exception>(
            () => Peer.Require("sh").Run(["-c", "sleep 600 | sleep 600"], null, limit: TimeSpan.FromMilliseconds(100)));

        Assert.Contains("ran past its limit", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tool_that_writes_much_before_it_reads_does_not_block()
    {
        var result = Peer.Require("sh").Run(["-c", "head -c 1000000 /dev/zero; cat >/dev/null"], new byte[1_000_000]);

        Assert.Equal(1_000_000, result.Succeeded().Output.Length);
    }
}
