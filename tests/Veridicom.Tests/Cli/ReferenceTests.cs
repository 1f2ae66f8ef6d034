using System.CommandLine;
using System.CommandLine.Help;
using Veridicom.Cli;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Cli;

/// <summary>What users read: help, reference pages, exit codes.</summary>
public sealed class ReferenceTests
{
    private static readonly RootCommand Root = CommandLine.Tree(new Surroundings { Out = TextWriter.Null, Error = TextWriter.Null });

    private static IEnumerable<Command> Commands(Command command) => command.Subcommands.SelectMany(Commands).Prepend(command);

    [Fact]
    public void The_reference_page_is_the_one_of_the_commands()
    {
        using var session = new CliSession();
        string wanted = session.Run("reference").Exited(0).Output.ReplaceLineEndings("\n");
        string page = Repository.PathOf("docs", "reference", "cli.md");
        Assert.True(File.Exists(page) && File.ReadAllText(page) == wanted, "docs/reference/cli.md is out of date: ./veridicom reference > docs/reference/cli.md");
    }

    [Fact]
    public void Everything_is_described()
    {
        var commands = Commands(Root).ToList();
        Assert.InRange(commands.Count, 15, 100);
        foreach (Command command in commands)
        {
            Assert.False(string.IsNullOrWhiteSpace(command.Description), command.Name);
            foreach (Option option in command.Options)
            {
                Assert.False(string.IsNullOrWhiteSpace(option.Description), $"{command.Name} {option.Name}");
                Assert.True(option.ValueType == typeof(bool) || option is HelpOption or VersionOption || option.HelpName is not null, $"{command.Name} {option.Name} does not say what it takes");
            }
            foreach (Argument argument in command.Arguments) Assert.False(string.IsNullOrWhiteSpace(argument.Description), $"{command.Name} {argument.Name}");
        }
    }

    [Fact]
    public void Every_command_has_help_with_an_example_where_it_takes_arguments()
    {
        using var session = new CliSession();
        foreach (Command command in Commands(Root).Where(c => c is not RootCommand && !c.Hidden))
        {
            string[] words = CommandLine.NameOf(command).Split(' ')[1..];
            CliResult help = session.Run([.. words, "--help"]).Exited(0);
            Assert.Contains(command.Description!.Split('.')[0].Split(' ')[0], help.Output, StringComparison.Ordinal);
            if (command.Subcommands.Count == 0) Assert.Contains("Examples:", help.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_exit_codes_are_documented_with_every_verdict()
    {
        string page = File.ReadAllText(Repository.PathOf("docs", "reference", "exit-codes.md"));
        foreach (VerdictKind kind in Enum.GetValues<VerdictKind>()) Assert.Contains($"`{kind.Word()}`", page, StringComparison.Ordinal);
        foreach (int code in (int[])[0, 1, 2, 3, 4, 5, 6, 7, 130]) Assert.Contains($"| {code} |", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_version_is_that_of_the_build()
    {
        using var session = new CliSession();
        Assert.Equal("veridicom 0.1.0", CommandLine.VersionText);
        Assert.Equal("veridicom 0.1.0", Assert.Single(session.Run("--version").Exited(0).Lines));
        Assert.Contains("verify", session.Run("--help").Exited(0).Output, StringComparison.Ordinal);
    }
}
