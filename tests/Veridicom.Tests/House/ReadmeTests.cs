using System.CommandLine;
using System.Text.RegularExpressions;
using Veridicom.Cli;
using Xunit;

namespace Veridicom.Tests.House;

/// <summary>README.md speaks of this program, and of no other: every command and option in it exists.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public void Every_command_and_option_in_it_exists()
    {
        RootCommand root = CommandLine.Tree(new Surroundings { Out = TextWriter.Null, Error = TextWriter.Null });
        List<string> lines = [.. Calls()];

        Assert.True(lines.Count >= 10, $"only {lines.Count} calls were found in README.md");
        Findings.None(lines.Select(line => Problem(root, line)).OfType<string>(), "README.md names what is not there");
    }

    // Calls in code blocks and code spans: './veridicom WORD ...' or 'veridicom WORD ...', up to a pipe, redirection or the end.
    private static IEnumerable<string> Calls()
    {
        string text = File.ReadAllText(Repository.PathOf("README.md"));
        IEnumerable<string> code = Span().Matches(Block().Replace(text, "")).Select(match => match.Groups[1].Value)
            .Concat(Block().Matches(text).SelectMany(match => match.Groups[1].Value.Split('\n')));
        return code.SelectMany(line => Call().Matches(line).Select(match => match.Groups[1].Value.Trim()));
    }

    private static string? Problem(RootCommand root, string call)
    {
        string[] words = call.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Command command = root;
        int at = 0;
        while (at < words.Length && command.Subcommands.FirstOrDefault(sub => sub.Name == words[at]) is { } below)
        {
            command = below;
            at++;
        }
        if (at == 0) return $"'veridicom {call}': no such command";
        foreach (string word in words[at..].Where(word => word.StartsWith('-')))
        {
            bool known = word is "--help" || command.Options.Any(option => option.Name == word || option.Aliases.Contains(word));
            if (!known) return $"'veridicom {call}': {command.Name} has no {word}";
        }
        return null;
    }

    [GeneratedRegex("```[a-z]*\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Span();

    [GeneratedRegex(@"(?:^|[\s])(?:\./)?veridicom ([a-z][^>|]*)")]
    private static partial Regex Call();
}
