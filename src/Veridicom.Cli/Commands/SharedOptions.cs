using System.CommandLine;
using Veridicom.Cli.Home;
using Veridicom.Seals.Verify;

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

    public static Option<string[]> Trust() => new("--trust")
    {
        Description = "Trust these certificates (files, or folders of .pem, .crt, .cer, .der, .crl) instead of the organisation's trust list.",
        HelpName = "PATH",
        Arity = ArgumentArity.OneOrMore,
    };

    public static Option<string?> Policy() => new("--policy")
    {
        Description = "Demand more: a JSON file with requireSeal, requireManifest, signers (fingerprints), purposes, requireTimestamp.",
        HelpName = "FILE",
    };

    /// <summary>What verification needs, from the options above and the organisation's folder.</summary>
    public static VerifyOptions VerifyOptions(Surroundings surroundings, string[]? trust, string? policy) => new()
    {
        Trust = TrustFolder.Load(trust ?? [], new OrganisationHome(surroundings)),
        Now = surroundings.Now,
        Policy = policy is null ? null : ReadPolicy(policy),
        Jpeg2000 = surroundings.Jpeg2000,
    };

    private static Policy ReadPolicy(string path)
    {
        const int longest = 1 << 20;
        var file = new FileInfo(path);
        if (!file.Exists) throw FaultException.World("not-found", path, "does not exist", "check the name");
        if (file.Length > longest) throw FaultException.World("policy", path, "is too long for a policy", "name a JSON file");
        try
        {
            return Seals.Verify.Policy.Parse(File.ReadAllBytes(path));
        }
        catch (FormatException e)
        {
            throw FaultException.World("policy", path, e.Message, "correct the policy; nothing was verified");
        }
    }
}
