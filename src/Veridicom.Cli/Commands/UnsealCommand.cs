using System.CommandLine;
using Veridicom.Cli.Files;
using Veridicom.Cli.Reports;
using Veridicom.Dicom;
using Veridicom.Dicom.Text;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Seal;

namespace Veridicom.Cli.Commands;

/// <summary>unseal: the bytes that were sealed.</summary>
public static class UnsealCommand
{
    private const int Unsealed = 3;

    private const string Kept = "a manifest: delete it if its study shall carry no seals";

    private sealed record Bare(string? Output, string Identity, bool Exact, string Note);

    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> paths = SharedOptions.Paths("What to take the latest seal off");
        Option<string?> outFolder = SharedOptions.Out("Write the files without their seal into this folder.");
        var inPlace = new Option<bool>("--in-place") { Description = "Replace each file by what it was before it was sealed." };
        Option<bool> json = SharedOptions.Json(), quiet = SharedOptions.Quiet();
        var command = new Command("unseal", "Takes the latest seal off, with the signature that was written beside it, and says whether the result is the original byte for byte.") { paths, outFolder, inPlace, json, quiet };
        command.SetAction(parsed =>
        {
            bool asJson = parsed.GetValue(json), isQuiet = parsed.GetValue(quiet);
            string[] named = parsed.GetRequiredValue(paths);
            OutputPlan plan = OutputPlan.Of(parsed.GetValue(outFolder), parsed.GetValue(inPlace), detached: false, named);
            var output = new AtomicOutput(surroundings.Stop);
            var lines = new JsonLine(surroundings.Out);
            return FileRun.Run(surroundings, named, asJson || isQuiet, Work, Report, output);

            Bare Work(Input input, OpenedFile opened)
            {
                string target = plan.TargetOf(input);
                UnsealOutcome outcome;
                try
                {
                    DicomFile file = DicomFile.Parse(opened.Source);
                    // without its seal a manifest is nothing, and an earlier one may speak of the seals below those that come off now
                    if (ManifestReader.IsManifest(file.DataSet)) return new Bare(null, "", true, Kept);
                    outcome = Unsealer.Unseal(file, surroundings.Jpeg2000);
                }
                catch (SealRefusedException e) when (e.Refusals[0].Code == "unsealed")
                {
                    throw new FaultException(Fault.Refused(e.Refusals[0], 0, null) with { ExitCode = Unsealed });
                }
                output.Write(target, outcome.WriteTo, plan.IsInPlace, beforeRename: opened.Finish);
                return new Bare(target, outcome.Identity, outcome.Exact, outcome.Note);
            }

            int Report(Input input, Attempt<Bare> attempt)
            {
                if (asJson) lines.Write(w => Write(w, input, attempt));
                if (attempt.Value is not { } done)
                {
                    if (!asJson) surroundings.Error.WriteLine("veridicom: " + attempt.Fault);
                    return attempt.Fault!.ExitCode;
                }
                if (asJson) return 0;
                if (done.Output is null)
                {
                    if (!isQuiet) surroundings.Out.WriteLine($"{"kept",-10}{TextDisplay.Escape(input.Name)}  {Kept}");
                    return 0;
                }
                if (!done.Exact) surroundings.Error.WriteLine($"veridicom: {TextDisplay.Escape(input.Name)}: not byte for byte what was sealed: {TextDisplay.Escape(done.Note)}");
                if (!isQuiet) surroundings.Out.WriteLine($"{(done.Exact ? "original" : "unsealed"),-10}{TextDisplay.Escape(input.Name)}{(done.Output != input.Name ? "  ->  " + TextDisplay.Escape(done.Output) : "")}");
                return 0;
            }
        });
        return command;
    }

    private static void Write(System.Text.Json.Utf8JsonWriter json, Input input, Attempt<Bare> attempt)
    {
        json.WriteString("path", input.Name);
        if (attempt.Fault is { } fault)
        {
            JsonLine.NotWritten(json, fault, fault.ExitCode == Unsealed ? "unsealed" : null);
            return;
        }
        Bare done = attempt.Value!;
        json.WriteString("result", done.Output is null ? "kept" : done.Exact ? "original" : "unsealed");
        json.WriteNumber("exitCode", 0);
        json.WriteString("output", done.Output);
        json.WriteString("identity", done.Identity);
        json.WriteBoolean("exact", done.Exact);
        json.WriteString("note", done.Note);
    }
}
