using System.CommandLine;
using Veridicom.Cli.Files;
using Veridicom.Cli.Home;
using Veridicom.Cli.Reports;
using Veridicom.Dicom;
using Veridicom.Dicom.Text;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Trust;

namespace Veridicom.Cli.Commands;

/// <summary>seal: binds each file to its bytes, its time and its sealer.</summary>
public static class SealCommand
{
    private sealed record Sealed(string? Output, bool Already, string Identity, IReadOnlyList<string> Warnings);

    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> paths = SharedOptions.Paths("What to seal");
        Option<string?> outFolder = SharedOptions.Out("Write sealed copies into this folder, under the names they have below the folders named. With --detached: write the seals there.");
        var inPlace = new Option<bool>("--in-place") { Description = "Replace each file by its sealed form. veridicom unseal gives the original bytes back." };
        var detached = new Option<bool>("--detached") { Description = "Leave the files alone and write FILE.seal beside each, for archives that drop private elements." };
        ClaimOptions claims = new();
        var noStandard = new Option<bool>("--no-standard-signature") { Description = "Write no signature of PS3.15 beside the seal. With it, DCMTK and others can check the file today." };
        Option<string?> passphraseFile = SharedOptions.PassphraseFile();
        Option<bool> json = SharedOptions.Json(), quiet = SharedOptions.Quiet();
        var command = new Command("seal", "Seals files with the organisation's key. What is sealed already and unchanged stays as it is.") { paths, outFolder, inPlace, detached };
        claims.AddTo(command);
        command.Add(noStandard);
        command.Add(passphraseFile);
        command.Add(json);
        command.Add(quiet);
        command.SetAction(parsed =>
        {
            bool asJson = parsed.GetValue(json), isQuiet = parsed.GetValue(quiet), apart = parsed.GetValue(detached);
            string[] named = parsed.GetRequiredValue(paths);
            OutputPlan plan = OutputPlan.Of(parsed.GetValue(outFolder), parsed.GetValue(inPlace), apart, named);
            var home = new OrganisationHome(surroundings);
            KeyFile file = home.Sealing();
            Claims said = claims.Read(parsed, file.Certificates.Count > 0 ? OrganisationHome.NameOf(file.Certificates[0]) : "");
            using KeySigner signer = home.OpenSigner(new Passphrase(surroundings, parsed.GetValue(passphraseFile)), warning => surroundings.Error.WriteLine("veridicom: " + warning));
            TrustList trust = TrustFolder.Load([], home);
            var output = new AtomicOutput(surroundings.Stop);
            var lines = new JsonLine(surroundings.Out);
            int exitCode;
            try
            {
                exitCode = FileRun.Run(surroundings, named, asJson || isQuiet, Work, Report, waits: true);
            }
            finally
            {
                output.Complete();
            }
            return exitCode;

            Sealed Work(Input input, OpenedFile opened)
            {
                string target = plan.TargetOf(input);
                ReadOnlyMemory<byte>? before = input.ReadSeal();
                SealOutcome outcome = Sealer.Seal(DicomFile.Parse(opened.Source), new SealOptions
                {
                    Claims = said,
                    Signer = signer,
                    Randomness = surroundings.Randomness,
                    At = surroundings.Now,
                    Trust = trust,
                    StandardSignature = !parsed.GetValue(noStandard),
                    Detached = apart,
                    Jpeg2000 = surroundings.Jpeg2000,
                }, before);
                // What is sealed already has nothing to be written, except a copy where copies were asked for.
                if (outcome.AlreadySealed && (apart || plan.IsInPlace)) return new Sealed(null, true, outcome.Identity, outcome.Warnings);
                if (apart) output.Write(target, stream => stream.Write(outcome.Block.Span), replace: before is not null && plan.IsBeside, beforeRename: opened.DemandUnchanged);
                else output.Write(target, outcome.WriteTo, plan.IsInPlace, beforeRename: opened.Finish);
                return new Sealed(target, outcome.AlreadySealed, outcome.Identity, outcome.Warnings);
            }

            int Report(Input input, Attempt<Sealed> attempt)
            {
                if (asJson) lines.Write(w => Write(w, input, attempt));
                if (attempt.Value is not { } done)
                {
                    if (!asJson) surroundings.Error.WriteLine("veridicom: " + attempt.Fault);
                    return attempt.Fault!.ExitCode;
                }
                if (asJson) return 0;
                foreach (string warning in done.Warnings) surroundings.Error.WriteLine($"veridicom: {TextDisplay.Escape(input.Name)}: {TextDisplay.Escape(warning)}");
                if (!isQuiet) surroundings.Out.WriteLine($"{(done.Already ? "already" : "sealed"),-9}{TextDisplay.Escape(input.Name)}{(done.Output is { } to && to != input.Name ? "  ->  " + TextDisplay.Escape(to) : "")}");
                return 0;
            }
        });
        return command;
    }

    private static void Write(System.Text.Json.Utf8JsonWriter json, Input input, Attempt<Sealed> attempt)
    {
        json.WriteString("path", input.Name);
        if (attempt.Fault is { } fault)
        {
            json.WriteString("result", fault.ExitCode == Fault.BadInput ? "refused" : "failed");
            json.WriteNumber("exitCode", fault.ExitCode);
            JsonLine.Error(json, fault);
            return;
        }
        Sealed done = attempt.Value!;
        json.WriteString("result", done.Already ? "already-sealed" : "sealed");
        json.WriteNumber("exitCode", 0);
        json.WriteString("output", done.Output);
        json.WriteString("identity", done.Identity);
        json.WriteStartArray("warnings");
        foreach (string warning in done.Warnings) json.WriteStringValue(warning);
        json.WriteEndArray();
    }
}
