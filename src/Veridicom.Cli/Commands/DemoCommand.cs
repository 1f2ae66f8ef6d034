using System.CommandLine;
using System.Globalization;
using System.Runtime.ExceptionServices;
using Veridicom.Cli.Demo;
using Veridicom.Cli.Files;
using Veridicom.Cli.Home;
using Veridicom.Cli.Reports;
using Veridicom.Dicom;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Commands;

/// <summary>veridicom demo: the main job from keys to verdicts, on a study that is computed on the spot.</summary>
public static class DemoCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings)
    {
        Option<string?> folder = SharedOptions.Out("Keep all files, in this new or empty folder.");
        var keep = new Option<bool>("--keep") { Description = "Keep all files, in a new temporary folder." };
        Option<bool> json = SharedOptions.Json();
        var serve = new Option<bool>("--serve") { Description = "Start a gateway on free ports of this machine, send it the study as a scanner would, and show its verdicts over HTTP; it goes on until Ctrl-C." };
        var once = new Option<bool>("--once") { Description = "With --serve: end when all is shown." };
        var command = new Command("demo", "Seals a computed CT study, tampers with copies of it, and shows what verification says of each.") { folder, keep, json, serve, once };
        command.SetAction(parsed =>
        {
            bool serves = parsed.GetValue(serve), ends = parsed.GetValue(once);
            if (ends && !serves) throw FaultException.Usage("--once belongs to --serve", "name both, or neither");
            if (serves && parsed.GetValue(json)) throw FaultException.Usage("--serve has no --json", "ask the gateway itself: its answers are JSON");
            return Run(surroundings, parsed.GetValue(folder), parsed.GetValue(keep), (place, kept) =>
                serves ? new DemoGateway(surroundings, place, kept).RunAsync(ends).GetAwaiter().GetResult() : new Session(surroundings, place, kept).Run(parsed.GetValue(json)));
        });
        return command;
    }

    private static int Run(Surroundings surroundings, string? named, bool keep, Func<string, bool, int> run)
    {
        string folder = named is null ? Directory.CreateTempSubdirectory("veridicom-demo-").FullName : Claim(named);
        bool kept = keep || named is not null;
        try
        {
            return run(folder, kept);
        }
        finally
        {
            if (!kept) Directory.Delete(folder, recursive: true);
        }
    }

    private static string Claim(string folder)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
            throw FaultException.World("exists", folder, "exists already and is not empty", "name a new folder");
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>One run in its folder: home/ with the keys, study/, sealed/, honest/ and tampered/.</summary>
    private sealed class Session(Surroundings surroundings, string folder, bool kept)
    {
        private readonly PhantomOptions _options = new();
        private readonly AtomicOutput _output = new(surroundings.Stop);

        public int Run(bool json)
        {
            var organisation = new DemoOrganisation(surroundings, folder, _output);
            Say($"computing {_options.Slices} CT slices of a chest phantom: no patient was ever in it");
            Study();
            Say($"making keys for an organisation, '{DemoOrganisation.Name}'");
            organisation.Make();
            Say("sealing every slice, with the claim that it is synthetic");
            organisation.Step("seal", Of("study"), "--out", Of("sealed"), "--device", "Computed phantom", "--synthetic", "yes");
            Say($"tampering with copies of slice {Demonstration.Slice + 1}, and changing some as honest programs do");
            foreach (DemoCase one in Demonstration.Cases) Write(one.Change(File.ReadAllBytes(Of("sealed", FileOf(Demonstration.Slice)))), one.Folder, one.Name + ".dcm");
            _output.Complete();
            Say("verifying all of them");
            Say("");

            TrustList trust = TrustFolder.Load([Of("home", "trust")]);
            int authentic = 0;
            var ledger = new StudyLedger(); // of a study from which one slice is gone
            for (int i = 0; i < _options.Slices; i++)
            {
                if (Verify(trust, i == Demonstration.Slice ? null : ledger, "sealed", FileOf(i)).Kind == VerdictKind.Authentic) authentic++;
            }
            Verify(trust, ledger, "sealed", "manifest.dcm");
            StudyVerdict study = ledger.Judge(requireManifest: false)[0];
            List<(DemoCase Case, Verdict Verdict)> verdicts = [.. Demonstration.Cases.Select(one => (one, Verify(trust, null, one.Folder, one.Name + ".dcm")))];
            int fitting = verdicts.Count(v => v.Case.Fits(v.Verdict));
            if (json) Json(verdicts, study);
            else
            {
                Table(verdicts, study);
                Close(authentic, fitting);
            }
            return authentic == _options.Slices && fitting == verdicts.Count && Demonstration.Fits(study) ? 0 : 1;
        }

        private void Study() => Each(i => Write(PhantomStudy.Slice(i, _options), "study", FileOf(i)));

        private void Each(Action<int> work)
        {
            try
            {
                Parallel.For(0, _options.Slices, new ParallelOptions { MaxDegreeOfParallelism = surroundings.Workers, CancellationToken = surroundings.Stop }, work);
            }
            catch (AggregateException e)
            {
                // One fault, such as a full disk, hits every worker: the first is told as it is.
                ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
            }
        }

        private Verdict Verify(TrustList trust, StudyLedger? ledger, params string[] path)
        {
            surroundings.Stop.ThrowIfCancellationRequested();
            using OpenedFile opened = new FileBuffers(1).Open(Of(path));
            Verdict verdict = Verifier.Verify(opened.Source, null, new VerifyOptions { Trust = trust, Now = surroundings.Now, Jpeg2000 = surroundings.Jpeg2000 }, out DicomFile? file);
            ledger?.Add(StudyFile.Of(Shown(path), path[0], file, verdict), Of(path));
            return verdict;
        }

        private void Table(List<(DemoCase Case, Verdict Verdict)> verdicts, StudyVerdict study)
        {
            int done = verdicts.Max(v => v.Case.Done.Length), kind = verdicts.Max(v => v.Verdict.Kind.Word().Length);
            TextWriter o = surroundings.Out;
            o.WriteLine($"{"what was done to a sealed slice".PadRight(done)}  {"verdict".PadRight(kind)}  why");
            o.WriteLine($"{new string('-', done)}  {new string('-', kind)}  {new string('-', 3)}");
            foreach ((DemoCase one, Verdict verdict) in verdicts)
            {
                string word = verdict.Kind.Word().PadRight(kind);
                o.WriteLine($"{one.Done.PadRight(done)}  {(surroundings.Colour ? Coloured(verdict.ExitCode, word) : word)}  {Demonstration.Explain(verdict)}{(one.Fits(verdict) ? "" : "  <- not what it must say")}");
            }
            string whole = study.Kind.Word().PadRight(kind);
            o.WriteLine($"{Demonstration.TakenOut.PadRight(done)}  {(surroundings.Colour ? Coloured(study.ExitCode, whole) : whole)}  the study's manifest: {string.Join("; ", study.Findings.Select(f => f.Text))}{(Demonstration.Fits(study) ? "" : "  <- not what it must say")}");
        }

        private void Json(List<(DemoCase Case, Verdict Verdict)> verdicts, StudyVerdict study)
        {
            var line = new JsonLine(surroundings.Out);
            foreach ((DemoCase one, Verdict verdict) in verdicts)
            {
                line.Write(json =>
                {
                    json.WriteString("case", one.Name);
                    json.WriteString("done", one.Done);
                    json.WriteString("expected", one.Expected.Word());
                    json.WriteBoolean("asExpected", one.Fits(verdict));
                    VerdictJson.Write(json, Shown(one.Folder, one.Name + ".dcm"), verdict);
                });
            }
            line.Write(json =>
            {
                json.WriteString("case", "taken-out");
                json.WriteString("done", Demonstration.TakenOut);
                json.WriteString("expected", StudyVerdictKind.Altered.Word());
                json.WriteBoolean("asExpected", Demonstration.Fits(study));
                StudyJson.Write(json, study);
            });
        }

        private void Close(int authentic, int fitting)
        {
            TextWriter o = surroundings.Out;
            o.WriteLine();
            o.WriteLine($"{authentic} of {_options.Slices} sealed slices are authentic; {fitting} of {Demonstration.Cases.Count} copies got the verdict that they must get.");
            o.WriteLine();
            if (kept)
            {
                o.WriteLine($"All files lie in {folder}: study, sealed, honest, tampered, and home with the keys. Try:");
                o.WriteLine($"  {Command} verify {Shown("tampered")} --trust {Shown("home", "trust")}");
                o.WriteLine($"  {Command} show {Shown("tampered", "overlay.dcm")}");
                o.WriteLine($"  {Command} diff {Shown("sealed", FileOf(Demonstration.Slice))} {Shown("tampered", "one-pixel.dcm")}");
            }
            else o.WriteLine($"Nothing was kept. To look at the files and try commands on them: {Command} demo --out demo");
            o.WriteLine("With images of your own:");
            o.WriteLine($"  {Command} init --name \"Your Hospital\"");
            o.WriteLine($"  {Command} seal IMAGES --out sealed");
            o.WriteLine($"  {Command} verify sealed");
        }

        private void Write(byte[] bytes, params string[] path) => _output.Write(Of(path), stream => stream.Write(bytes), replace: false);

        private void Say(string text) => surroundings.Error.WriteLine(text);

        private string Of(params string[] path) => Path.Combine([folder, .. path]);

        private string Shown(params string[] path) => kept ? Of(path) : string.Join('/', path);

        private static string FileOf(int slice) => string.Create(CultureInfo.InvariantCulture, $"{slice + 1:D2}.dcm");

        // In the folder of a checkout the launcher is called by its path.
        private static string Command { get; } = !OperatingSystem.IsWindows() && File.Exists("veridicom") ? "./veridicom" : "veridicom";

        private static string Coloured(int exitCode, string word) => exitCode switch
        {
            0 => $"\e[32m{word}\e[0m",
            1 or 5 => $"\e[31m{word}\e[0m",
            _ => $"\e[33m{word}\e[0m",
        };
    }
}
