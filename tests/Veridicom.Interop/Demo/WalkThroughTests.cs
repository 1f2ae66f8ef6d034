using System.Text.RegularExpressions;
using Veridicom.Cli;
using Xunit;

namespace Veridicom.Interop.Demo;

/// <summary>The walk-throughs of README.md and of the page about detect, typed word by word into a shell: what they show is what is printed.</summary>
public sealed partial class WalkThroughTests
{
    [Theory]
    [InlineData("README.md", 6)]
    [InlineData("docs/how-to/detect.md", 4)]
    public void What_the_walk_through_shows_is_what_is_printed(string page, int atLeast)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the walk-through is written for a POSIX shell");
        Peer shell = Peer.Require("bash");
        Peer dotnet = Peer.Require("dotnet");
        using var scratch = new ScratchFolder();
        scratch.Write("veridicom", System.Text.Encoding.UTF8.GetBytes($"#!/bin/sh\nexec '{dotnet.Path}' '{typeof(CommandLine).Assembly.Location}' \"$@\"\n"));
        shell.Run(["-c", "chmod +x veridicom"], input: null, folder: scratch.Root).Succeeded();
        Directory.CreateDirectory(scratch.PathOf("you"));
        var environment = new Dictionary<string, string?>
        {
            ["HOME"] = scratch.PathOf("you"), ["VERIDICOM_HOME"] = null, ["VERIDICOM_PASSPHRASE"] = "for this test only", ["DOTNET_CLI_HOME"] = scratch.PathOf("you"),
        };

        List<(string Command, string Shown)> steps = [.. Steps(page)];
        Assert.True(steps.Count(step => step.Command.StartsWith("./veridicom ", StringComparison.Ordinal)) >= atLeast, page + " shows too few commands");
        foreach ((string command, string shown) in steps)
        {
            if (command.StartsWith("git clone ", StringComparison.Ordinal) || command.StartsWith("cd ", StringComparison.Ordinal)) continue;
            PeerResult result = shell.Run(["-c", "exec 2>&1\n" + command], input: null, folder: scratch.Root, environment: environment);
            Assert.True(result.ExitCode is 0 or 1 or 6, $"{command} ended with {result.ExitCode}: {result.AllText}");
            Assert.Equal(command + "\n" + Masked(shown), command + "\n" + Masked(result.OutputText));
        }
    }

    private static IEnumerable<(string Command, string Shown)> Steps(string page)
    {
        string text = File.ReadAllText(Repository.PathOf(page)).ReplaceLineEndings("\n");
        foreach (Match block in Console().Matches(text))
        {
            string? command = null;
            var shown = new List<string>();
            foreach (string line in block.Groups[1].Value.TrimEnd('\n').Split('\n'))
            {
                if (!line.StartsWith("$ ", StringComparison.Ordinal))
                {
                    // Typed at a terminal, taken from the environment here; and a first build has its own test.
                    if (!Prompt().IsMatch(line)) shown.Add(line);
                    continue;
                }
                if (command is not null) yield return (command, string.Join('\n', shown));
                command = line[2..];
                shown.Clear();
            }
            if (command is not null) yield return (command, string.Join('\n', shown));
        }
    }

    // What differs from run to run: days, times, fingerprints, free ports, and where the home folder is.
    private static string Masked(string text) =>
        Score().Replace(Count().Replace(Port().Replace(Home().Replace(Fingerprint().Replace(Time().Replace(Day().Replace(text.ReplaceLineEndings("\n").TrimEnd(), "DAY"), "TIME"), "FINGERPRINT"), "HOME/.veridicom"), "127.0.0.1:PORT"), "N"), "score S");

    // Scores and counts change with the model; opinions and the words around do not, nor does the kind of images that it was trained on.
    [GeneratedRegex(@"\bscore \d\.\d{3}")]
    private static partial Regex Score();

    [GeneratedRegex(@"\b\d+(?= of \d+ samples of real images)|(?<=\d of )\d+(?= samples of real images)|(?<=about 1 in )\d+|(?<=some )\d+(?= would)")]
    private static partial Regex Count();

    [GeneratedRegex(@"127\.0\.0\.1:\d+")]
    private static partial Regex Port();

    [GeneratedRegex("```console\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Console();

    [GeneratedRegex("^(building\\.\\.\\.|New passphrase for the keys \\(at least 8 characters\\): |The same again: |Passphrase of the keys: )$")]
    private static partial Regex Prompt();

    [GeneratedRegex(@"\b20\d\d-\d\d-\d\d\b")]
    private static partial Regex Day();

    [GeneratedRegex(@"\b\d\d:\d\d\b")]
    private static partial Regex Time();

    [GeneratedRegex("[0-9A-F]{4}(?: [0-9A-F]{4}){15}")]
    private static partial Regex Fingerprint();

    [GeneratedRegex(@"/\S*/\.veridicom")]
    private static partial Regex Home();
}
