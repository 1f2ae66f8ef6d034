using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Reflection;
using Veridicom.Cli.Commands;

namespace Veridicom.Cli;

/// <summary>The whole command line: what the process does, callable from a test or another program without a process.</summary>
public static class CommandLine
{
    /// <summary>Exit code after Ctrl-C.</summary>
    public const int Interrupted = 130;

    /// <summary>"veridicom 0.1.0".</summary>
    public static string VersionText =>
        "veridicom " + typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>Runs a command line with these writers and nothing of the process's own environment but what is given.</summary>
    public static int Run(string[] args, TextWriter output, TextWriter error, IReadOnlyDictionary<string, string> environment) =>
        Run(args, new Surroundings { Out = output, Error = error, Variable = name => environment.GetValueOrDefault(name) });

    /// <summary>
    /// Runs a command line; returns the exit code (docs/reference/exit-codes.md). Throws only where this program itself is defective.
    /// </summary>
    public static int Run(string[] args, Surroundings surroundings)
    {
        try
        {
            return Invoke(args, surroundings);
        }
        finally
        {
            surroundings.Out.Flush();
            surroundings.Error.Flush();
        }
    }

    private static int Invoke(string[] args, Surroundings surroundings)
    {
        RootCommand root = Tree(surroundings);
        ParseResult parsed = root.Parse(args);
        if (args.Length == 0)
        {
            root.Parse("--help").Invoke(Configuration(surroundings));
            return Fault.Usage;
        }
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            foreach (ParseError problem in parsed.Errors) surroundings.Error.WriteLine("veridicom: " + problem.Message);
            surroundings.Error.WriteLine($"Try '{NameOf(parsed.CommandResult.Command)} --help'.");
            return Fault.Usage;
        }
        try
        {
            return parsed.Invoke(Configuration(surroundings));
        }
        catch (OperationCanceledException) when (surroundings.Stop.IsCancellationRequested)
        {
            surroundings.Error.WriteLine("veridicom: interrupted; no partial file was left behind");
            return Interrupted;
        }
        catch (Exception e) when (Fault.From(e) is { } fault)
        {
            surroundings.Error.WriteLine("veridicom: " + fault);
            return fault.ExitCode;
        }
    }

    /// <summary>The tree of commands; the reference page is generated from it.</summary>
    public static RootCommand Tree(Surroundings surroundings)
    {
        var root = new RootCommand("Seals DICOM images, and tells a sealed image from a changed or invented one.")
        {
            InitCommand.Create(surroundings),
            SealCommand.Create(surroundings),
            VerifyCommand.Create(surroundings),
            ShowCommand.Create(surroundings),
            UnsealCommand.Create(surroundings),
            DiffCommand.Create(surroundings),
            TrustCommand.Create(surroundings),
            KeyCommand.Create(surroundings),
            DemoCommand.Create(surroundings),
            ReferenceCommand.Create(surroundings),
        };
        foreach (Option option in root.Options)
        {
            if (option is HelpOption) option.Description = "Shows what a command does and how it is used.";
            else if (option is VersionOption) option.Description = "Shows the version.";
        }
        return root;
    }

    /// <summary>"veridicom trust add".</summary>
    public static string NameOf(Command command)
    {
        string name = command is RootCommand ? "veridicom" : command.Name;
        foreach (Symbol parent in command.Parents)
        {
            if (parent is Command above) return NameOf(above) + " " + name;
        }
        return name;
    }

    private static InvocationConfiguration Configuration(Surroundings surroundings) => new()
    {
        Output = surroundings.Out,
        Error = surroundings.Error,
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null, // Program handles signals: outputs are cleaned up first
    };
}
