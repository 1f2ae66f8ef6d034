using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Veridicom.Cli.Files;
using Veridicom.Cli.Home;
using Veridicom.Reports;

namespace Veridicom.Cli.Demo;

/// <summary>
/// The organisation of a demonstration, in its own folder: made as a person would do it, its keys encrypted, and the passphrase in a secret file beside
/// them for whoever keeps the folder.
/// </summary>
public sealed class DemoOrganisation(Surroundings surroundings, string folder, AtomicOutput output)
{
    /// <summary>Its name.</summary>
    public const string Name = "Sample Hospital";

    private const string Secret = "passphrase";

    /// <summary>The surroundings with its home in place of the person's own.</summary>
    public Surroundings Inside(TextWriter said) => new()
    {
        Out = said, Error = said, Clock = surroundings.Clock, Randomness = surroundings.Randomness, Workers = surroundings.Workers, Stop = surroundings.Stop,
        Variable = name => name == "VERIDICOM_HOME" ? Path.Combine(folder, "home") : surroundings.Variable(name),
    };

    /// <summary>The secret file.</summary>
    public string PassphraseFile => Path.Combine(folder, Secret);

    /// <summary>Makes keys, certificates and trust list.</summary>
    public void Make()
    {
        byte[] passphrase = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
        output.Write(PassphraseFile, stream => stream.Write(passphrase), replace: false, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Step("init", "--name", Name);
    }

    /// <summary>Runs a command as the shell would: the same person, clock and chance, but the demonstration's own home.</summary>
    public void Step(params string[] args)
    {
        using var said = new StringWriter(CultureInfo.InvariantCulture);
        int code = CommandLine.Run([.. args, "--passphrase-file", PassphraseFile], Inside(said));
        surroundings.Stop.ThrowIfCancellationRequested();
        if (code != 0) throw FaultException.World("demo", folder, $"'veridicom {args[0]}' ended with {code}: {said.ToString().Trim()}", "run it again");
    }
}
