using System.CommandLine;
using Veridicom.Cli.Reports;
using Veridicom.Gateway.Configuration;
using Veridicom.Gateway.Observability;

namespace Veridicom.Cli.Commands;

/// <summary>reference: docs/reference/cli.md from the tree of commands, docs/reference/configuration.md from the settings, docs/reference/metrics.md from the list of metrics. Not shown in the help: it is for those who work on Veridicom.</summary>
public static class ReferenceCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings)
    {
        var page = new Argument<string>("PAGE") { Description = "cli, configuration or metrics.", DefaultValueFactory = _ => "cli" };
        page.AcceptOnlyFromAmong("cli", "configuration", "metrics");
        var command = new Command("reference", "Writes a reference page on standard output.") { page };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(page) == "configuration") ConfigurationReference.Write(surroundings.Out);
            else if (parsed.GetValue(page) == "metrics") MetricCatalogue.WritePage(surroundings.Out);
            else CommandReference.Write(CommandLine.Tree(surroundings), surroundings.Out);
            return 0;
        });
        return command;
    }
}
