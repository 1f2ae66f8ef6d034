using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Veridicom.Cli.Audits;
using Veridicom.Cli.Audits.Identity;
using Veridicom.Cli.Audits.Labels;
using Veridicom.Cli.Audits.Manifest;
using Veridicom.Cli.Detection;
using Veridicom.Cli.Files;
using Veridicom.Cli.Home;
using Veridicom.Forensics;
using Veridicom.Forensics.Generation;
using Veridicom.Seals.Trust;

namespace Veridicom.Cli.Commands;

/// <summary>audit: is this data set fit to train a model on?</summary>
public static class AuditCommand
{
    private const int SaltLength = 32;

    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings)
    {
        var folder = new Argument<string>("DIR") { Description = "The data set: a folder of DICOM, PNG and JPEG files, or a zip archive of one." };
        var labels = new Option<string?>("--labels") { Description = "A CSV file with the columns file, label, source, split, patient; file is needed, the others are optional.", HelpName = "FILE.csv" };
        var folderLabels = new Option<bool>("--labels-from-folders") { Description = "The folder in which a file stands is its label, as in train/normal/1.png." };
        var patientFromName = new Option<string?>("--patient-from-name") { Description = "Where neither labels nor DICOM know the patient: the name of a file up to the last of these characters is the patient, such as _ for 00001_002.png.", HelpName = "SEPARATOR" };
        var knownNames = new Option<string?>("--known-names") { Description = "A text file with a name per line, such as those of the hospital's patients: wherever one is left in the data set, it is reported.", HelpName = "FILE" };
        var report = new Option<string?>("--report") { Description = "Also write a report for people: one HTML page with the answer, the reasons, what to do, and plots.", HelpName = "FILE.html" };
        var csv = new Option<string?>("--csv") { Description = "Also write a line for each file as comma-separated values: into this file, or as files.csv into this folder.", HelpName = "FILE.csv" };
        var manifest = new Option<string?>("--manifest") { Description = "Also write a signed list of the files (spec/dataset-manifest.md), by which anybody can tell later what was added, removed or changed.", HelpName = "FILE.json" };
        var check = new Option<string?>("--check") { Description = "Compare DIR with this manifest instead of auditing it.", HelpName = "FILE.json" };
        var site = new Option<string?>("--site") { Description = "Use the thresholds of the detector that 'detect calibrate' set for this site.", HelpName = "NAME" };
        var noDetector = new Option<bool>("--no-detector") { Description = "Do not look at pixels for signs of generation: several times faster." };
        Option<string?> passphraseFile = SharedOptions.PassphraseFile();
        Option<string[]> trust = SharedOptions.Trust();
        Option<bool> json = SharedOptions.Json(), quiet = SharedOptions.Quiet();
        var command = new Command("audit", "Says whether a data set is fit to train a model on: seals, duplicates, leakage between training and testing, generated images, identifiers of patients, and shortcuts that a model would learn.")
        {
            folder, labels, folderLabels, patientFromName, knownNames, site, noDetector, report, csv, manifest, check, passphraseFile, trust, json, quiet,
        };
        command.SetAction(parsed =>
        {
            string root = parsed.GetRequiredValue(folder);
            if (!Path.Exists(root)) throw FaultException.World("not-found", root, "does not exist", "check the name");
            bool asJson = parsed.GetValue(json), isQuiet = parsed.GetValue(quiet);
            if (parsed.GetValue(check) is { } listed)
            {
                if (new[] { parsed.GetValue(report), parsed.GetValue(csv), parsed.GetValue(manifest), parsed.GetValue(labels) }.Any(other => other is not null)) throw FaultException.Usage("--check only compares with a manifest", "name it without --labels, --report, --csv and --manifest");
                TrustList trusted = TrustFolder.Load(parsed.GetValue(trust) ?? [], new OrganisationHome(surroundings));
                return new ManifestCheck(surroundings, Read(listed, trusted), trusted).Run(root, asJson, isQuiet);
            }
            if (parsed.GetValue(manifest) is { } list && !list.EndsWith(".json", StringComparison.OrdinalIgnoreCase)) throw FaultException.Usage("a data set manifest is a JSON file", "name it FILE.json");
            string? csvFile = parsed.GetValue(csv) is { } named ? named.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) ? named : Path.Combine(named, "files.csv") : null;
            foreach (string? target in (string?[])[parsed.GetValue(report), csvFile, parsed.GetValue(manifest)])
            {
                if (target is not null) AtomicOutput.Demand(Path.GetFullPath(target), target, replace: false); // before hours of work, not after
            }
            using KeySigner? signer = parsed.GetValue(manifest) is null ? null
                : new OrganisationHome(surroundings).OpenSigner(new Passphrase(surroundings, parsed.GetValue(passphraseFile)), warning => surroundings.Error.WriteLine("veridicom: " + warning));
            var request = new AuditRequest
            {
                Root = root,
                Verify = SharedOptions.VerifyOptions(surroundings, parsed.GetValue(trust), null),
                Jpeg2000 = surroundings.Jpeg2000,
                PatientSeparator = parsed.GetValue(patientFromName) is { } separator ? separator.Length > 0 ? separator : throw FaultException.Usage("--patient-from-name needs a character at which names are cut", "such as _") : null,
                FolderLabels = parsed.GetValue(folderLabels),
                Detector = parsed.GetValue(noDetector) ? null : DetectorOf(surroundings, parsed.GetValue(site)),
            };
            LabelTable table = parsed.GetValue(labels) is { } file ? LabelTable.Read(file, root) : LabelTable.Empty;
            var salt = new byte[SaltLength];
            surroundings.Randomness.Fill(salt);
            var look = new FileLook(request, Patterns(parsed.GetValue(knownNames)), salt);
            var audit = new DatasetAudit(request, table, look, audited => Shown(audited, salt));
            AuditResult result = audit.Run(surroundings, asJson || isQuiet);
            var output = new AtomicOutput(surroundings.Stop);
            try
            {
                if (parsed.GetValue(report) is { } page) output.Write(page, new AuditPage(result, CommandLine.VersionText).Write, replace: false);
                if (csvFile is not null) output.Write(csvFile, stream => AuditCsv.Write(stream, result), replace: false);
                if (signer is not null)
                {
                    var listSalt = new byte[SaltLength];
                    surroundings.Randomness.Fill(listSalt);
                    output.Write(parsed.GetValue(manifest)!, stream => DatasetManifest.Write(stream, result, listSalt, signer), replace: false);
                }
            }
            finally
            {
                output.Complete();
            }
            if (asJson) AuditJson.Write(surroundings.Out, result);
            else AuditTable.Write(surroundings.Out, result, isQuiet);
            if (!asJson && !isQuiet && result.PassedOver.Length > 0) surroundings.Error.WriteLine("veridicom: passed over " + result.PassedOver);
            return result.ExitCode;
        });
        return command;
    }

    private static Detector DetectorOf(Surroundings surroundings, string? site)
    {
        GenerationModel model = GenerationModel.Shipped;
        return new Detector(model, site is null ? model.ShippedThresholds : new SiteFolder(surroundings).Read(site, ModelIdentity.Of(model)).Thresholds);
    }

    private static DatasetManifest Read(string path, TrustList trust)
    {
        if (!File.Exists(path)) throw FaultException.World("not-found", path, "does not exist", "check the name");
        try
        {
            using FileStream file = File.OpenRead(path);
            return DatasetManifest.Read(file, trust.Certificates);
        }
        catch (FormatException e)
        {
            throw FaultException.Bad("manifest", path, e.Message, "name the file that audit --manifest wrote");
        }
    }

    /// <summary>In what leaves: a path that may tell who a patient is becomes a keyed hash.</summary>
    private static string Shown(AuditedFile file, byte[] salt)
    {
        if (!file.PathTells) return file.Path;
        string extension = Path.GetExtension(file.Path);
        return "file-" + Convert.ToHexStringLower(HMACSHA256.HashData(salt, Encoding.UTF8.GetBytes("path\0" + file.Path)).AsSpan(0, 8)) + (extension.Length <= 5 ? extension : "");
    }

    private static TextPatterns Patterns(string? path)
    {
        const int longest = 16 << 20;
        if (path is null) return new TextPatterns();
        var file = new FileInfo(path);
        if (!file.Exists) throw FaultException.World("not-found", path, "does not exist", "check the name");
        if (file.Length > longest) throw FaultException.Bad("names", path, "is too long for a list of names", "a name per line");
        try
        {
            return new TextPatterns(File.ReadLines(path));
        }
        catch (FormatException e)
        {
            throw FaultException.Bad("names", path, e.Message, "a name per line");
        }
    }
}
