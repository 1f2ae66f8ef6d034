using System.CommandLine;
using Veridicom.Cli.Files;
using Veridicom.Cli.Home;
using Veridicom.Cli.Sweeps;
using Veridicom.Dimse.Tls;
using Veridicom.Gateway.Sweep;
using Veridicom.Reports;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Trust;

namespace Veridicom.Cli.Commands;

/// <summary>sweep: verifies, or seals as found, everything that an archive holds.</summary>
public static class SweepCommand
{
    private const int MostParallel = 64;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);

    private sealed record Wanted(string Kind, string Source, bool Seals, bool StoreBack, bool Follow, bool Restart, SweepPace Pace, bool AsJson, bool Quiet)
    {
        public bool IsFolder => Kind == "folder";

        public ArchiveAddress? Address { get; init; }
    }

    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings)
    {
        var dicomWeb = new Option<string?>("--dicomweb") { Description = "An archive that speaks DICOMweb: URL of the service, such as https://pacs.example/dicom-web.", HelpName = "URL" };
        var folder = new Option<string?>("--folder") { Description = "A folder, with everything below it.", HelpName = "DIR" };
        var orthanc = new Option<string?>("--orthanc") { Description = "An Orthanc, by its own interface: such as http://127.0.0.1:8042.", HelpName = "URL" };
        var seal = new Option<bool>("--seal-as-found") { Description = "Seal what is unsealed; the seal says that the image was found so. What is sealed stays as it is, and so does what is altered." };
        Option<string?> outFolder = SharedOptions.Out("With --folder and --seal-as-found: write sealed copies into this folder.");
        var inPlace = new Option<bool>("--in-place") { Description = "With --folder and --seal-as-found: replace each file by its sealed form." };
        var storeBack = new Option<bool>("--store-back") { Description = "With --seal-as-found: put the sealed form in the place of the instance in the archive, and see that it is kept." };
        var follow = new Option<bool>("--follow") { Description = "With --orthanc: go on with what it receives, until it is stopped (Ctrl-C). So images are noticed that come past the gateway." };
        var restart = new Option<bool>("--restart") { Description = "Begin anew. Otherwise a sweep goes on where it was, and leaves out what it has looked at." };
        var rate = new Option<double>("--rate") { Description = "Instances in a second, on average; 0 for as many as can be.", HelpName = "N", DefaultValueFactory = _ => 20 };
        var parallel = new Option<int>("--parallel") { Description = "Instances at the same time.", HelpName = "N", DefaultValueFactory = _ => 4 };
        var tokenFile = new Option<string?>("--token-file") { Description = "A file, readable by its owner only, with a bearer token for the archive.", HelpName = "FILE" };
        var authorities = new Option<string?>("--authorities") { Description = "Authorities of the archive's certificate, PEM, instead of those of the system.", HelpName = "FILE" };
        var note = new Option<string?>("--note") { Description = "With --seal-as-found: a note for everybody who verifies the file. Never name a patient in it.", HelpName = "TEXT" };
        Option<string?> passphraseFile = SharedOptions.PassphraseFile(), policy = SharedOptions.Policy();
        Option<string[]> trust = SharedOptions.Trust();
        Option<bool> json = SharedOptions.Json(), quiet = SharedOptions.Quiet();
        var command = new Command("sweep", "Verifies everything that an archive holds, or seals it as it was found; goes on where it was when it was interrupted.")
        {
            dicomWeb, folder, orthanc, seal, outFolder, inPlace, storeBack, follow, restart, rate, parallel, tokenFile, authorities, note, trust, policy, passphraseFile, json, quiet,
        };
        command.SetAction(parsed =>
        {
            (string kind, string source)[] named = [.. new[] { ("dicomweb", parsed.GetValue(dicomWeb)), ("folder", parsed.GetValue(folder)), ("orthanc", parsed.GetValue(orthanc)) }.Where(s => s.Item2 is not null).Select(s => (s.Item1, s.Item2!))];
            if (named.Length != 1) throw FaultException.Usage("what shall be swept?", "name one of --dicomweb URL, --folder DIR and --orthanc URL");
            var pace = new SweepPace(parsed.GetValue(rate), parsed.GetValue(parallel));
            var wanted = new Wanted(named[0].kind, named[0].source, parsed.GetValue(seal), parsed.GetValue(storeBack), parsed.GetValue(follow), parsed.GetValue(restart), pace, parsed.GetValue(json), parsed.GetValue(quiet));
            bool local = parsed.GetValue(outFolder) is not null || parsed.GetValue(inPlace);
            Check(wanted, local, parsed.GetValue(tokenFile) is not null || parsed.GetValue(authorities) is not null);
            OutputPlan? plan = wanted is { IsFolder: true, Seals: true } ? OutputPlan.Of(parsed.GetValue(outFolder), parsed.GetValue(inPlace), detached: false, [wanted.Source]) : null;
            var home = new OrganisationHome(surroundings);
            wanted = wanted with { Address = wanted.IsFolder ? null : new ArchiveAddress(wanted.Source, parsed.GetValue(tokenFile), parsed.GetValue(authorities), Path.Combine(home.Folder, "sweeps")) };
            using KeySigner? signer = wanted.Seals ? home.OpenSigner(new Passphrase(surroundings, parsed.GetValue(passphraseFile)), warning => surroundings.Error.WriteLine("veridicom: " + warning)) : null;
            SealOptions? options = signer is null ? null : SealOptions(surroundings, home, signer, parsed.GetValue(note));
            var judge = new SweepJudge(surroundings, SharedOptions.VerifyOptions(surroundings, parsed.GetValue(trust), parsed.GetValue(policy)), options);
            return RunAsync(surroundings, home, wanted, judge, plan).GetAwaiter().GetResult();
        });
        return command;
    }

    private static void Check(Wanted wanted, bool local, bool remote)
    {
        if (wanted.Follow && wanted.Kind != "orthanc") throw FaultException.Usage("only Orthanc tells of what it receives", "name --orthanc URL with --follow");
        if (local && !(wanted.IsFolder && wanted.Seals)) throw FaultException.Usage("--out and --in-place say where sealed files of a folder go", "name --folder DIR and --seal-as-found, too");
        if (wanted.StoreBack && (wanted.IsFolder || !wanted.Seals)) throw FaultException.Usage("--store-back puts sealed instances into an archive", "name --seal-as-found and --dicomweb or --orthanc, too");
        if (wanted is { Seals: true, IsFolder: false, StoreBack: false }) throw FaultException.Usage("where shall the sealed instances go?", "name --store-back to put them into the archive");
        if (remote && wanted.IsFolder) throw FaultException.Usage("--token-file and --authorities are for archives elsewhere", "leave them out");
        if (wanted.Pace.Parallel is < 1 or > MostParallel) throw FaultException.Usage("--parallel is out of range", $"1 to {MostParallel} instances");
        if (!double.IsFinite(wanted.Pace.Rate) || wanted.Pace.Rate < 0) throw FaultException.Usage("--rate is out of range", "instances in a second, or 0");
        if (wanted.IsFolder && !Directory.Exists(wanted.Source)) throw FaultException.World("not-found", wanted.Source, "is no folder", "check the name");
    }

    private static SealOptions SealOptions(Surroundings surroundings, OrganisationHome home, KeySigner signer, string? note)
    {
        var claims = new Claims(OrganisationHome.NameOf(signer.Certificate), SealPurpose.AsFound, "", "", SyntheticClaim.Unstated, [], note ?? "");
        try
        {
            claims.Check();
        }
        catch (ArgumentException e)
        {
            throw FaultException.Usage(e.Message, "claims are short texts of one line");
        }
        return new SealOptions { Claims = claims, Signer = signer, Randomness = surroundings.Randomness, At = surroundings.Now, Trust = TrustFolder.Load([], home), Jpeg2000 = surroundings.Jpeg2000 };
    }

    private static async Task<int> RunAsync(Surroundings surroundings, OrganisationHome home, Wanted wanted, SweepJudge judge, OutputPlan? plan)
    {
        string folder = Path.Combine(home.Folder, "sweeps");
        string source = wanted.IsFolder ? Path.GetFullPath(wanted.Source) : wanted.Source.TrimEnd('/');
        string name = $"{(wanted.Seals ? "seal" : "verify")} {wanted.Kind} {source}{(plan?.Folder is { } to ? " to " + Path.GetFullPath(to) : "")}";
        using SweepState state = Open(folder, name, wanted.Restart);
        using IRemoteArchive? archive = wanted.Address is { } address ? Archive(surroundings, wanted, address) : null;
        var output = new AtomicOutput(surroundings.Stop);
        ISweepSource swept = archive is null
            ? new FolderSweep(surroundings, wanted.Source, judge, plan, output, state.IsResumed)
            : new RemoteSweep(archive, judge, wanted.Follow, wanted.StoreBack, folder);
        if (state.IsResumed && !wanted.AsJson && !wanted.Quiet) surroundings.Error.WriteLine($"veridicom: {state.Total} instances were looked at before; --restart begins anew");
        int expected = surroundings.ErrorIsTerminal && archive is OrthancArchive known ? (int)Math.Clamp((await known.CountAsync(surroundings.Stop) ?? -1) - state.Total, -1, int.MaxValue) : -1;
        var report = new SweepReport(surroundings, state, wanted.AsJson, wanted.Quiet, wanted.Seals, expected);
        try
        {
            await SweepRun.RunAsync<Swept>(swept.ListAsync(state, surroundings.Stop), swept.LookAsync, Tell, wanted.Pace, surroundings.Clock, surroundings.Stop);
        }
        catch (OperationCanceledException) when (wanted.Follow && surroundings.Stop.IsCancellationRequested)
        {
            // that is how following ends
        }
        catch (SweepException e)
        {
            report.Broke(SweepReport.FaultOf(e));
        }
        finally
        {
            output.Complete();
        }
        if (state.Total == 0 && report.NotChecked == 0 && report.ExitCode == 0 && !wanted.Follow) throw FaultException.Bad("nothing", wanted.Source, "holds no DICOM instance", "");
        report.Finish(source, swept.PassedOver);
        return report.ExitCode;

        void Tell(SweepItem item, Swept? result, Exception? exception)
        {
            report.Tell(item, result, exception);
            if (wanted.Follow) surroundings.Out.Flush();
        }
    }

    private static SweepState Open(string folder, string name, bool restart)
    {
        try
        {
            return SweepState.Open(folder, name, restart);
        }
        catch (IOException e) when (e is not FileNotFoundException and not DirectoryNotFoundException)
        {
            throw FaultException.World("sweep-state", folder, e.Message, "is another sweep of the same archive under way?");
        }
        catch (InvalidDataException e)
        {
            throw FaultException.World("sweep-state", folder, e.Message, "name --restart to begin anew");
        }
    }

    private static IRemoteArchive Archive(Surroundings surroundings, Wanted wanted, ArchiveAddress address)
    {
        var patience = new SweepPatience(surroundings.Clock);
        try
        {
            return wanted.Kind == "orthanc" ? new OrthancArchive(address, patience, surroundings.Clock, Poll) : new DicomWebArchive(address, patience, surroundings.Clock);
        }
        catch (FormatException e)
        {
            throw FaultException.Usage($"'{wanted.Source}': {e.Message}", "such as https://pacs.example/dicom-web");
        }
        catch (TlsException e)
        {
            throw FaultException.World("authorities", null, e.Message, "name a PEM file with certificates");
        }
    }
}
