using System.CommandLine;

namespace Veridicom.Cli.Commands;

/// <summary>Options that several commands have, with one name and one description each.</summary>
internal static class SharedOptions
{
    public static Argument<string[]> Paths(string what) => new("PATH")
    {
        Description = what + ": files, folders (walked), zip archives, or a DICOMDIR.",
        Arity = ArgumentArity.OneOrMore,
    };

    public static Option<string?> PassphraseFile() => new("--passphrase-file")
    {
        Description = "A file, readable by its owner only, whose first line is the passphrase of the keys. Without it: VERIDICOM_PASSPHRASE, or the terminal.",
        HelpName = "FILE",
    };

    public static Option<bool> Json() => new("--json") { Description = "Write one JSON object per line on standard output." };

    public static Option<bool> Quiet() => new("--quiet", "-q") { Description = "Write only what is wrong, and show no progress." };

    public static Option<string?> Out(string description) => new("--out", "-o") { Description = description, HelpName = "DIR" };
}
