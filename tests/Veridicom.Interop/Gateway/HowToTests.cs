using System.Text;
using System.Text.RegularExpressions;
using Veridicom.Cli;
using Xunit;

namespace Veridicom.Interop.Gateway;

/// <summary>docs/how-to/run-a-gateway.md, steps 1 to 6, typed into a shell: keys, TLS, settings, DCMTK as scanner and archive, tokens, audit trail.</summary>
public sealed partial class HowToTests
{
    [Fact]
    public void From_nothing_to_a_scanner_that_sends_through_TLS_to_the_archive()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the page is written for a POSIX shell");
        Peer shell = Peer.Require("bash"), dotnet = Peer.Require("dotnet");
        foreach (string tool in (string[])["openssl", "curl", "storescu", "storescp"]) Peer.Require(tool);
        using var scratch = new ScratchFolder();
        scratch.Write("bin/veridicom", Encoding.UTF8.GetBytes($"#!/bin/sh\nexec '{dotnet.Path}' '{typeof(CommandLine).Assembly.Location}' \"$@\"\n"));

        (string commands, string settings) = Page();
        foreach (string port in (string[])["2762", "2763", "8443"])
        {
            string free = PeerServer.FreePort().ToString(System.Globalization.CultureInfo.InvariantCulture);
            Regex whole = new($@"\b{port}\b");
            (commands, settings) = (whole.Replace(commands, free), whole.Replace(settings, free));
        }
        Directory.CreateDirectory(scratch.PathOf("work"));
        scratch.Write("work/gateway.json", Encoding.UTF8.GetBytes(settings));
        // what the page starts behind a '&' ends with the shell
        string script = "set -eu\nchmod +x ../bin/veridicom\nexport PATH=$(cd ../bin && pwd):$PATH\ntrap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n" + commands;

        PeerResult result = shell.Run(["-c", script], input: null, folder: scratch.PathOf("work"), limit: TimeSpan.FromMinutes(4), environment: new Dictionary<string, string?> { ["HOME"] = scratch.Root, ["DOTNET_CLI_HOME"] = scratch.Root });

        string said = result.Succeeded().AllText;
        foreach (string wanted in (string[])["\"status\":\"ready\"", "Received Store Response (Success)", "authentic     pacs/CT.", "\"0020000D\"", "\"kind\":\"received\"", "veridicom_instances_total", "RIGHT"])
            Assert.Contains(wanted, said, StringComparison.Ordinal);
    }

    /// <summary>The indented lines of steps 1 to 6 but for those that show an answer, and the settings of step 3.</summary>
    private static (string Commands, string Settings) Page()
    {
        string text = File.ReadAllText(Repository.PathOf("docs", "how-to", "run-a-gateway.md")).ReplaceLineEndings("\n");
        text = text[..text.IndexOf("## 7.", StringComparison.Ordinal)];
        string settings = Json().Match(text).Groups[1].Value;
        text = Json().Replace(text, "");
        IEnumerable<string> commands = text.Split('\n').Where(line => line.StartsWith("    ", StringComparison.Ordinal) && !line.StartsWith("    {\"status\"", StringComparison.Ordinal) && !line.StartsWith("    authentic ", StringComparison.Ordinal));
        return (string.Join('\n', commands.Select(line => line[4..])) + "\n", settings);
    }

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Json();
}
