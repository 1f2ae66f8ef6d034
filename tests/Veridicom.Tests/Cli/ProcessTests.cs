using System.Text.Json;
using Xunit;

namespace Veridicom.Tests.Cli;

/// <summary>The program as a process: what only a process shows.</summary>
public sealed class ProcessTests
{
    private static PeerResult Run(CliSession session, params string[] args) => Peer.Require("dotnet").Run(
        [Path.Combine(AppContext.BaseDirectory, "veridicom.dll"), .. args], input: null,
        environment: new Dictionary<string, string?> { ["VERIDICOM_HOME"] = session.Home, ["VERIDICOM_PASSPHRASE"] = CliSession.Secret, ["DOTNET_NOLOGO"] = "1" });

    [Fact]
    public void The_version_is_one_line()
    {
        using var session = new CliSession();
        PeerResult result = Run(session, "--version").Exited(0);
        Assert.Equal("veridicom 0.1.0", result.OutputText.TrimEnd());
        Assert.Empty(result.ErrorText);
    }

    [Fact]
    public void Results_messages_and_exit_codes_take_their_own_ways()
    {
        using CliSession session = CliSession.WithOrganisation();
        session.WriteSlice("study/a.dcm");
        session.WriteSlice("study/b.dcm", 1);
        Run(session, "seal", session.PathOf("study"), "--out", session.PathOf("sealed"), "--no-manifest").Exited(0);

        PeerResult json = Run(session, "verify", session.PathOf("sealed"), session.PathOf("study", "a.dcm"), session.PathOf("Überraschung.dcm"), "--json").Exited(7);

        Assert.Empty(json.ErrorText);
        string[] lines = json.OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["authentic", "authentic", "unsealed", null], lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("verdict").GetString()));
        Assert.EndsWith("Überraschung.dcm", JsonDocument.Parse(lines[3]).RootElement.GetProperty("path").GetString(), StringComparison.Ordinal);
        PeerResult usage = Run(session, "verify").Exited(2);
        Assert.Empty(usage.OutputText);
        Assert.StartsWith("veridicom: ", usage.ErrorText, StringComparison.Ordinal);
        PeerResult table = Run(session, "verify", session.PathOf("sealed")).Exited(0);
        Assert.DoesNotContain('\u001b', table.AllText);
    }

    [Fact]
    public void A_pipe_is_no_file_and_a_device_is_empty()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "needs bash");
        using var session = new CliSession();
        string program = Path.Combine(AppContext.BaseDirectory, "veridicom.dll");
        PeerResult pipe = Peer.Require("bash").Run("-c", $"dotnet '{program}' verify <(echo x)").Exited(7);
        Assert.Contains("is a pipe or a device - write it into a file first", pipe.ErrorText, StringComparison.Ordinal);
        Assert.Contains("no regular file", Run(session, "verify", "/dev/zero").Exited(5).ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_terminal_nobody_is_asked()
    {
        using var session = new CliSession();
        PeerResult result = Peer.Require("dotnet").Run([Path.Combine(AppContext.BaseDirectory, "veridicom.dll"), "init", "--name", "A"], input: "passphrase\npassphrase\n"u8.ToArray(),
            environment: new Dictionary<string, string?> { ["VERIDICOM_HOME"] = session.Home, ["VERIDICOM_PASSPHRASE"] = null }).Exited(7);
        Assert.Contains("nobody can be asked", result.ErrorText, StringComparison.Ordinal);
        Assert.False(Directory.Exists(session.Home));
    }
}
