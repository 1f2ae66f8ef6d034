using System.CommandLine;
using Veridicom.Cli.Reports;

namespace Veridicom.Cli.Commands;

/// <summary>reference: docs/reference/cli.md from the tree of commands. Not shown in the help: it is for those who work on Veridicom.</summary>
public static class ReferenceCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings)
    {
        var command = new Command("reference", "Writes the reference page of the command line on standard output.") { Hidden = true };
        command.SetAction(_ =>
        {
            CommandReference.Write(CommandLine.Tree(surroundings), surroundings.Out);
            return 0;
        });
        return command;
    }
}
