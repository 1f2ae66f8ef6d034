using System.CommandLine;
using Veridicom.Cli.Files;
using Veridicom.Cli.Home;
using Veridicom.Cli.Reports;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Commands;

/// <summary>verify: is each file what was sealed?</summary>
public static class VerifyCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> paths = SharedOptions.Paths("What to verify");
        Option<string[]> trust = SharedOptions.Trust();
        Option<string?> policy = SharedOptions.Policy();
        var seal = new Option<string?>("--seal") { Description = "The detached seal of the one file named. Without it FILE.seal beside each file is used.", HelpName = "FILE" };
        Option<bool> json = SharedOptions.Json(), quiet = SharedOptions.Quiet();
        var command = new Command("verify", "Says of each file whether it is what was sealed, what was changed, and where.") { paths, trust, policy, seal, json, quiet };
        command.SetAction(parsed =>
        {
            string[] named = parsed.GetRequiredValue(paths);
            bool asJson = parsed.GetValue(json);
            ReadOnlyMemory<byte>? detached = null;
            if (parsed.GetValue(seal) is { } sealPath)
            {
                if (named.Length != 1 || Directory.Exists(named[0])) throw FaultException.Usage("--seal belongs to one file", "name that file alone");
                detached = DiskInput.ReadSeal(sealPath) ?? throw FaultException.World("not-found", sealPath, "does not exist", "check the name");
            }
            VerifyOptions options = SharedOptions.VerifyOptions(surroundings, parsed.GetValue(trust), parsed.GetValue(policy));
            var table = new VerdictTable(surroundings, parsed.GetValue(quiet));
            var lines = new JsonLine(surroundings.Out);
            int exitCode = FileRun.Run(surroundings, named, asJson || parsed.GetValue(quiet),
                (input, opened) => Verifier.Verify(opened.Source, detached ?? input.ReadSeal(), options),
                (input, attempt) =>
                {
                    if (attempt.Value is { } verdict)
                    {
                        if (asJson) lines.Write(w => VerdictJson.Write(w, input.Name, verdict));
                        else table.Write(input.Name, verdict);
                        return verdict.ExitCode;
                    }
                    if (asJson) lines.Write(w => VerdictJson.Write(w, input.Name, attempt.Fault!));
                    else table.Write(attempt.Fault!);
                    return attempt.Fault!.ExitCode;
                });
            if (!asJson) table.WriteSummary();
            return exitCode;
        });
        return command;
    }
}
