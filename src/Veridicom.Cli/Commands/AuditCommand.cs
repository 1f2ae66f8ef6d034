using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Veridicom.Cli.Audits;
using Veridicom.Cli.Audits.Identity;
using Veridicom.Cli.Audits.Labels;

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
        Option<string[]> trust = SharedOptions.Trust();
        Option<bool> json = SharedOptions.Json(), quiet = SharedOptions.Quiet();
        var command = new Command("audit", "Says whether a data set is fit to train a model on: seals, duplicates, leakage between training and testing, generated images, identifiers of patients, and shortcuts that a model would learn.")
        {
            folder, labels, folderLabels, patientFromName, knownNames, trust, json, quiet,
        };
        command.SetAction(parsed =>
        {
            string root = parsed.GetRequiredValue(folder);
            if (!Path.Exists(root)) throw FaultException.World("not-found", root, "does not exist", "check the name");
            var request = new AuditRequest
            {
                Root = root,
                Verify = SharedOptions.VerifyOptions(surroundings, parsed.GetValue(trust), null),
                Jpeg2000 = surroundings.Jpeg2000,
                PatientSeparator = parsed.GetValue(patientFromName) is { } separator ? separator.Length > 0 ? separator : throw FaultException.Usage("--patient-from-name needs a character at which names are cut", "such as _") : null,
                FolderLabels = parsed.GetValue(folderLabels),
            };
            LabelTable table = parsed.GetValue(labels) is { } file ? LabelTable.Read(file, root) : LabelTable.Empty;
            var salt = new byte[SaltLength];
            surroundings.Randomness.Fill(salt);
            var look = new FileLook(request, Patterns(parsed.GetValue(knownNames)), salt);
            var audit = new DatasetAudit(request, table, look, audited => Shown(audited, salt));
            bool asJson = parsed.GetValue(json), isQuiet = parsed.GetValue(quiet);
            AuditResult result = audit.Run(surroundings, asJson || isQuiet);
            if (asJson) AuditJson.Write(surroundings.Out, result);
            else AuditTable.Write(surroundings.Out, result, isQuiet);
            if (!asJson && !isQuiet && result.PassedOver.Length > 0) surroundings.Error.WriteLine("veridicom: passed over " + result.PassedOver);
            return result.ExitCode;
        });
        return command;
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
