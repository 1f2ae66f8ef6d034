using System.CommandLine;
using System.Text.Json;
using Veridicom.Cli.Files;
using Veridicom.Cli.Pictures;
using Veridicom.Cli.Home;
using Veridicom.Cli.Reports;
using Veridicom.Reports.Html;
using Veridicom.Dicom;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Commands;

/// <summary>verify: is each file what was sealed, and each study whole?</summary>
public static class VerifyCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> paths = SharedOptions.Paths("What to verify");
        Option<string[]> trust = SharedOptions.Trust();
        Option<string?> policy = SharedOptions.Policy();
        var seal = new Option<string?>("--seal") { Description = "The detached seal of the one file named. Without it FILE.seal beside each file is used.", HelpName = "FILE" };
        var picture = new Option<string?>("--picture") { Description = "Draw each altered frame into this new or empty folder, as a PNG file with what differs outlined.", HelpName = "DIR" };
        var original = new Option<string?>("--original") { Description = "With --picture or --report: files as they were sealed, in no archive. Where one is intact and carries the same seal, the very pixels that differ are marked.", HelpName = "PATH" };
        var reportPath = new Option<string?>("--report") { Description = "Also write a report for people: one HTML page with the answer, pictures of what was changed, and how to check it.", HelpName = "FILE.html" };
        var noPatient = new Option<bool>("--no-patient") { Description = "With --report: leave name, ID, birth date, dates and descriptions of patient and study out." };
        Option<bool> json = SharedOptions.Json(), quiet = SharedOptions.Quiet();
        var command = new Command("verify", "Says of each file whether it is what was sealed, what was changed, and where; and of each study with a manifest whether it is whole.") { paths, trust, policy, seal, picture, original, reportPath, noPatient, json, quiet };
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
            string? report = parsed.GetValue(reportPath), folder = parsed.GetValue(picture);
            if (report is null && parsed.GetValue(noPatient)) throw FaultException.Usage("--no-patient says what a report leaves out", "name --report FILE.html, too");
            OriginalFiles? originals = Originals(surroundings, parsed.GetValue(original), report ?? folder, options);
            PictureFolder? pictures = folder is null ? null : new PictureFolder(folder, surroundings, originals);
            if (report is not null) AtomicOutput.Demand(Path.GetFullPath(report), report, replace: false); // before hours of verification, not after
            using HtmlReport? page = report is null ? null : new HtmlReport(new ReportSettings
            {
                Program = CommandLine.VersionText, Options = options, Paths = named, TrustPaths = parsed.GetValue(trust) ?? [], PolicyPath = parsed.GetValue(policy), ShowPatient = !parsed.GetValue(noPatient),
            }, Path.GetDirectoryName(Path.GetFullPath(report))!, surroundings.Jpeg2000, originals is null ? null : originals.Open);
            var table = new VerdictTable(surroundings, parsed.GetValue(quiet));
            var lines = new JsonLine(surroundings.Out);
            var ledger = new StudyLedger();
            string passedOver = "";
            int looked = 0;
            bool anyNamed = false;
            int exitCode = FileRun.Run(surroundings, named, asJson || parsed.GetValue(quiet), Look, Tell, passedOver: words => passedOver = words);
            pictures?.Complete();
            // whoever asks about one image has not lost the others
            bool demanded = options.Policy?.RequireManifest == true;
            IReadOnlyList<StudyVerdict> judged = looked == 1 && anyNamed && !demanded ? [] : ledger.Judge(demanded);
            var studies = new StudyTable(surroundings, parsed.GetValue(quiet));
            foreach (StudyVerdict study in judged)
            {
                if (asJson) lines.Write(w => StudyJson.Write(w, study));
                else studies.Write(study);
                exitCode = VerdictWords.Worse(exitCode, study.ExitCode);
            }
            if (page is not null)
            {
                var output = new AtomicOutput(surroundings.Stop);
                output.Write(report!, stream => page.Write(stream, judged, passedOver), replace: false);
                output.Complete();
            }
            if (!asJson)
            {
                table.WriteSummary();
                studies.WriteSummary();
            }
            return exitCode;

            Verified Look(Input input, OpenedFile opened)
            {
                ReadOnlyMemory<byte>? beside = detached ?? input.ReadSeal();
                Verdict verdict = Verifier.Verify(opened.Source, beside, options, out DicomFile? file);
                StudyFile kept = StudyFile.Of(input.Name, input.Folder, file, verdict);
                (IReadOnlyList<string> files, string note) = pictures?.Draw(input, opened, verdict) ?? ([], "");
                return new Verified(verdict, kept, files, note, page?.Look(input.Name, opened.Source, file, beside, verdict, kept.IsManifest));
            }

            int Tell(Input input, Attempt<Verified> attempt)
            {
                looked++;
                anyNamed |= input.IsNamed;
                page?.Add(attempt.Value?.Page ?? new ReportImage { Name = input.Name, Fault = attempt.Fault });
                if (attempt.Value is { } done)
                {
                    ledger.Add(done.Kept, input.Place);
                    if (asJson) lines.Write(w => Write(w, input.Name, done, pictures is not null));
                    else
                    {
                        table.Write(input.Name, done.Verdict);
                        table.WritePictures(done.Pictures, done.Note);
                    }
                    return done.Verdict.ExitCode;
                }
                ledger.AddUnread(attempt.Fault!.ExitCode == Fault.World);
                if (asJson) lines.Write(w => VerdictJson.Write(w, input.Name, attempt.Fault!));
                else table.Write(attempt.Fault!);
                return attempt.Fault!.ExitCode;
            }
        });
        return command;
    }

    private sealed record Verified(Verdict Verdict, StudyFile Kept, IReadOnlyList<string> Pictures, string Note, ReportImage? Page);

    private static OriginalFiles? Originals(Surroundings surroundings, string? path, string? picturesIn, VerifyOptions options) =>
        path is null ? null : picturesIn is null ? throw FaultException.Usage("--original says where pixels differ in pictures", "name --picture DIR or --report FILE.html, too") : OriginalFiles.Verify(surroundings, path, options);

    private static void Write(Utf8JsonWriter json, string path, Verified done, bool withPictures)
    {
        VerdictJson.Write(json, path, done.Verdict);
        if (!withPictures) return;
        json.WriteStartArray("pictures");
        foreach (string picture in done.Pictures) json.WriteStringValue(picture);
        json.WriteEndArray();
        if (done.Note.Length > 0) json.WriteString("pictureNote", done.Note);
    }
}
