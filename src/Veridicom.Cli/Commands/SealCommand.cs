using System.CommandLine;
using Veridicom.Cli.Files;
using Veridicom.Cli.Home;
using Veridicom.Cli.Reports;
using Veridicom.Dicom;
using Veridicom.Dicom.Text;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Commands;

/// <summary>seal: binds each file to its bytes, its time and its sealer.</summary>
public static class SealCommand
{
    private sealed record Sealed(string? Output, bool Already, string Identity, IReadOnlyList<string> Warnings)
    {
        public required string Target { get; init; }
        public BelievedManifest? Manifest { get; init; }
        public SealedInstance? Instance { get; init; }
        public StudyHeader? Header { get; init; }
    }

    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> paths = SharedOptions.Paths("What to seal");
        Option<string?> outFolder = SharedOptions.Out("Write sealed copies into this folder, under the names they have below the folders named. With --detached: write the seals there.");
        var inPlace = new Option<bool>("--in-place") { Description = "Replace each file by its sealed form. veridicom unseal gives the original bytes back." };
        var detached = new Option<bool>("--detached") { Description = "Leave the files alone and write FILE.seal beside each, for archives that drop private elements." };
        ClaimOptions claims = new();
        var noStandard = new Option<bool>("--no-standard-signature") { Description = "Write no signature of PS3.15 beside the seal. With it, DCMTK and others can check the file today." };
        var noManifest = new Option<bool>("--no-manifest") { Description = "Write no manifest. Otherwise one is written where several files of a study are sealed, and verify notices a slice that is lost, added, exchanged or out of order." };
        Option<string?> passphraseFile = SharedOptions.PassphraseFile();
        Option<bool> json = SharedOptions.Json(), quiet = SharedOptions.Quiet();
        var command = new Command("seal", "Seals files with the organisation's key, and writes a manifest of each study. What is sealed already and unchanged stays as it is.") { paths, outFolder, inPlace, detached };
        claims.AddTo(command);
        command.Add(noStandard);
        command.Add(noManifest);
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
            var manifests = new ManifestOutput(plan, output, named);
            var options = new SealOptions
            {
                Claims = said,
                Signer = signer,
                Randomness = surroundings.Randomness,
                At = surroundings.Now,
                Trust = trust,
                StandardSignature = !parsed.GetValue(noStandard),
                Detached = apart,
                Jpeg2000 = surroundings.Jpeg2000,
            };
            var lines = new JsonLine(surroundings.Out);
            int exitCode = FileRun.Run(surroundings, named, asJson || isQuiet, Work, Report, output);
            try
            {
                foreach (ManifestWritten manifest in parsed.GetValue(noManifest) ? [] : manifests.Write(options with { At = surroundings.Now })) exitCode = VerdictWords.Worse(exitCode, Tell(manifest));
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
                DicomFile file = DicomFile.Parse(opened.Source);
                BelievedManifest? manifest = ManifestReader.IsManifest(file.DataSet) ? Believe(input, file, before) : null;
                SealOutcome outcome = Sealer.Seal(file, options with { At = surroundings.Now }, before);
                var done = new Sealed(null, outcome.AlreadySealed, outcome.Identity, outcome.Warnings) { Target = target, Manifest = manifest };
                if (manifest is null)
                {
                    SealedInstance instance = new(InstanceFacts.Read(file.DataSet), SealIdentity.Parse(outcome.Identity)!.Value, [.. outcome.Previous.Select(p => SealIdentity.Of(p))]);
                    done = done with { Instance = instance, Header = StudyHeader.Read(file.DataSet) };
                }
                // What is sealed already has nothing to be written, except a copy where copies were asked for.
                if (outcome.AlreadySealed && (apart || plan.IsInPlace)) return done;
                if (apart) output.Write(target, stream => stream.Write(outcome.Block.Span), replace: before is not null && plan.IsBeside, beforeRename: opened.DemandUnchanged);
                else output.Write(target, outcome.WriteTo, plan.IsInPlace, beforeRename: opened.Finish);
                return done with { Output = target };
            }

            // sealed as it is, a stranger's list would become ours
            BelievedManifest Believe(Input input, DicomFile file, ReadOnlyMemory<byte>? before)
            {
                Verdict verdict = Verifier.Verify(file, before, new VerifyOptions { Trust = trust, Now = surroundings.Now, Jpeg2000 = surroundings.Jpeg2000 });
                StudyFile read = StudyFile.Of(input.Name, input.Folder, file, verdict);
                return read.Believed ?? throw FaultException.Bad("manifest-not-believed", null, "is a manifest that is not believed: " + read.Info!.Reason, "trust its signer, or take it away and seal the study");
            }

            int Report(Input input, Attempt<Sealed> attempt)
            {
                if (asJson) lines.Write(w => Write(w, input, attempt));
                if (attempt.Value is not { } done)
                {
                    if (!asJson) surroundings.Error.WriteLine("veridicom: " + attempt.Fault);
                    return attempt.Fault!.ExitCode;
                }
                if (done.Manifest is { } earlier) manifests.Add(earlier);
                else if (!manifests.Add(done.Instance!, done.Header!, done.Target) && done.Instance!.Facts.HasStudy && !asJson && !isQuiet && !parsed.GetValue(noManifest))
                    surroundings.Error.WriteLine($"veridicom: {TextDisplay.Escape(input.Name)}: no manifest can list it: a UID of series, class or instance is missing");
                if (asJson) return 0;
                foreach (string warning in done.Warnings) surroundings.Error.WriteLine($"veridicom: {TextDisplay.Escape(input.Name)}: {TextDisplay.Escape(warning)}");
                if (!isQuiet) surroundings.Out.WriteLine($"{(done.Already ? "already" : "sealed"),-9}{TextDisplay.Escape(input.Name)}{(done.Output is { } to && to != input.Name ? "  ->  " + TextDisplay.Escape(to) : "")}");
                return 0;
            }

            int Tell(ManifestWritten manifest)
            {
                if (asJson) lines.Write(w => Write(w, manifest));
                else if (manifest.Fault is { } fault) surroundings.Error.WriteLine($"veridicom: study {TextDisplay.Escape(manifest.Study)}: {fault}");
                else if (!isQuiet) surroundings.Out.WriteLine($"manifest {TextDisplay.Escape(manifest.Path)}  lists {manifest.Instances} instances");
                return manifest.Fault?.ExitCode ?? 0;
            }
        });
        return command;
    }

    private static void Write(System.Text.Json.Utf8JsonWriter json, Input input, Attempt<Sealed> attempt)
    {
        json.WriteString("path", input.Name);
        if (attempt.Fault is { } fault)
        {
            JsonLine.NotWritten(json, fault);
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

    private static void Write(System.Text.Json.Utf8JsonWriter json, ManifestWritten manifest)
    {
        json.WriteString("path", manifest.Path);
        json.WriteString("result", manifest.Fault is null ? "manifest" : manifest.Fault.ExitCode == Fault.BadInput ? "refused" : "failed");
        json.WriteNumber("exitCode", manifest.Fault?.ExitCode ?? 0);
        json.WriteString("study", manifest.Study);
        if (manifest.Fault is { } fault)
        {
            JsonLine.Error(json, fault);
            return;
        }
        json.WriteString("output", manifest.Path);
        json.WriteString("identity", manifest.Identity);
        json.WriteNumber("instances", manifest.Instances);
    }
}
