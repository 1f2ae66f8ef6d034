using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Reflection;
using Veridicom.Cli.Commands;
using Veridicom.Cli.Reports;
using Veridicom.Dicom.Text;
using Veridicom.Registry;

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
    /// Runs a command line; returns the exit code (docs/reference/exit-codes.md). A defect of this program is reported as one, with exit code 7.
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
        if (args is ["--version"])
        {
            surroundings.Out.WriteLine(VersionText);
            return 0;
        }
        RootCommand root = Tree(surroundings);
        ParseResult parsed = root.Parse(args);
        if (args.Length == 0)
        {
            root.Parse("--help").Invoke(Configuration(surroundings));
            return Fault.Usage;
        }
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpWithExamples)
        {
            foreach (ParseError problem in parsed.Errors) surroundings.Error.WriteLine("veridicom: " + problem.Message);
            surroundings.Error.WriteLine($"Try '{NameOf(parsed.CommandResult.Command)} --help'.");
            return Fault.Usage;
        }
        if (MistypedOption(parsed) is { } mistyped)
        {
            surroundings.Error.WriteLine($"veridicom: '{TextDisplay.Escape(mistyped)}' is no option here - for a file of that name write ./{TextDisplay.Escape(mistyped)}");
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
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Fault fault = e is RegistryException world ? Of(world) : Fault.From(e) ?? Fault.Defect(e);
            surroundings.Error.WriteLine("veridicom: " + fault);
            if (args.Contains("--json")) Report(surroundings, fault);
            return fault.ExitCode;
        }
    }

    private static Fault Of(RegistryException e) => new(Fault.World, "registry", null, e.Message, e.CanRetry ? "see that disk and database are there, and try it again" : "");

    /// <summary>Who reads JSON gets an object for a run that came to nothing, too.</summary>
    private static void Report(Surroundings surroundings, Fault fault) => new JsonLine(surroundings.Out).Write(json =>
    {
        json.WriteString("path", fault.File);
        json.WriteNumber("exitCode", fault.ExitCode);
        JsonLine.Error(json, fault);
    });

    /// <summary>The parser takes an unknown option for one more file: a file that is not there and looks like an option was meant as one.</summary>
    private static string? MistypedOption(ParseResult parsed)
    {
        foreach (Argument argument in parsed.CommandResult.Command.Arguments)
        {
            if (parsed.GetResult(argument) is not { } given) continue;
            foreach (Token token in given.Tokens)
            {
                if (token.Value.Length > 1 && token.Value[0] == '-' && !Path.Exists(token.Value)) return token.Value;
            }
        }
        return null;
    }

    /// <summary>The tree of commands; the reference page is generated from it.</summary>
    public static RootCommand Tree(Surroundings surroundings)
    {
        var root = new RootCommand("Seals DICOM images, and tells a sealed image from a changed or invented one.")
        {
            InitCommand.Create(surroundings),
            SealCommand.Create(surroundings),
            VerifyCommand.Create(surroundings),
            DetectCommand.Create(surroundings),
            ShowCommand.Create(surroundings),
            UnsealCommand.Create(surroundings),
            DiffCommand.Create(surroundings),
            RenderCommand.Create(surroundings),
            ConvertCommand.Create(surroundings),
            TrustCommand.Create(surroundings),
            KeyCommand.Create(surroundings),
            TokenCommand.Create(surroundings),
            ServeCommand.Create(surroundings),
            SweepCommand.Create(surroundings),
            AuditCommand.Create(surroundings),
            AuditTrailCommand.Create(surroundings),
            RegistryCommand.Create(surroundings),
            DemoCommand.Create(surroundings),
            ReferenceCommand.Create(surroundings),
        };
        foreach (Option option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction usual } help)
            {
                help.Description = "Shows what a command does and how it is used.";
                help.Action = new HelpWithExamples(usual);
            }
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
