using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Veridicom.Cli.Files;
using Veridicom.Cli.Home;
using Veridicom.Cli.Reports;
using Veridicom.Seals.Trust;

namespace Veridicom.Cli.Commands;

/// <summary>key list, renew, backup, restore.</summary>
public static class KeyCommand
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings) => new("key", "Looks after the organisation's keys.")
    {
        ListKeys(surroundings), Renew(surroundings), Backup(surroundings), Restore(surroundings),
    };

    private static Command ListKeys(Surroundings surroundings)
    {
        Option<bool> json = SharedOptions.Json();
        var command = new Command("list", "Shows the keys with their certificates, and how long they are valid.") { json };
        command.SetAction(parsed =>
        {
            var home = new OrganisationHome(surroundings);
            var table = new ColumnTable("role", "subject", "key", "until", "days", "fingerprint");
            var lines = new JsonLine(surroundings.Out);
            bool asJson = parsed.GetValue(json);
            foreach ((string role, string path) in new[] { ("authority", home.AuthorityFile), ("sealing", home.SealingFile), ("request", home.RequestFile) })
            {
                if (!File.Exists(path)) continue;
                Certificate? certificate = KeyFile.Read(path).Certificates.FirstOrDefault();
                int days = certificate is null ? 0 : (int)Math.Floor((certificate.NotAfter - surroundings.Now).TotalDays);
                if (asJson) lines.Write(w => Describe(w, role, path, certificate));
                else if (certificate is null) table.Add(role, "(waits for its certificate)", "", "", "", "");
                else table.Add(role, certificate.SubjectText, certificate.Key.ToString(), certificate.NotAfter.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), days < 0 ? "expired" : days.ToString(CultureInfo.InvariantCulture), certificate.Fingerprint.ToString()[..16]);
                if (certificate is not null && role == "sealing" && days < OrganisationHome.WarnBefore.TotalDays)
                    surroundings.Error.WriteLine($"veridicom: the sealing certificate {(days < 0 ? "has expired" : $"expires in {days} days")} - {home.RenewRemedy}");
            }
            if (!asJson)
            {
                if (table.Count == 0) home.Sealing(); // says what is missing
                table.WriteTo(surroundings.Out);
            }
            return 0;
        });
        return command;
    }

    private static void Describe(System.Text.Json.Utf8JsonWriter json, string role, string path, Certificate? certificate)
    {
        json.WriteString("role", role);
        json.WriteString("file", path);
        json.WriteString("subject", certificate?.SubjectText);
        json.WriteString("key", certificate?.Key.ToString());
        json.WriteString("fingerprint", certificate?.Fingerprint.ToString());
        JsonLine.Time(json, "notBefore", certificate?.NotBefore);
        JsonLine.Time(json, "notAfter", certificate?.NotAfter);
    }

    private static Command Renew(Surroundings surroundings)
    {
        var csr = new Option<bool>("--csr") { Description = "Ask the hospital's own authority: a new key, and a request on standard output." };
        Option<string?> passphraseFile = SharedOptions.PassphraseFile();
        var command = new Command("renew", "Makes a new sealing key and certificate before the old one expires. Seals made with the old one stay what they are.") { csr, passphraseFile };
        command.SetAction(parsed =>
        {
            var home = new OrganisationHome(surroundings);
            var passphrase = new Passphrase(surroundings, parsed.GetValue(passphraseFile));
            KeyFile old = home.Sealing();
            string organisation = OrganisationHome.NameOf(old.Certificates[0]);
            KeyChoice choice = ChoiceOf(old.Certificates[0].Key);
            if (parsed.GetValue(csr))
            {
                old.Open(passphrase).Dispose(); // all keys of a folder share one passphrase
                return InitCommand.Request(surroundings, home, passphrase, organisation, choice);
            }
            if (!File.Exists(home.AuthorityFile))
                throw FaultException.World("no-authority", home.Folder, "the sealing certificate came from another authority", "veridicom key renew --csr");

            KeyFile authorityFile = KeyFile.Read(home.AuthorityFile);
            Certificate authority = authorityFile.Certificates[0];
            DateTimeOffset now = surroundings.Now;
            if (authority.NotAfter - now < OrganisationHome.WarnBefore)
                throw FaultException.World("expired", home.AuthorityFile, $"the authority itself ends on {authority.NotAfter:yyyy-MM-dd}", "make a new organisation in another VERIDICOM_HOME and give others its certificate");
            using AsymmetricAlgorithm authorityKey = authorityFile.Open(passphrase);
            using AsymmetricAlgorithm key = CertificateIssuing.CreateKey(choice);
            Certificate certificate = CertificateIssuing.CreateSealing(
                CertificateIssuing.Name("Sealing", organisation), CertificateIssuing.PublicKeyOf(key), authority, authorityKey, now.AddHours(-1), now + OrganisationHome.SealingLife, surroundings.Randomness);
            var output = new AtomicOutput();
            home.CreateFolders();
            home.Retire(output, old);
            home.WriteKey(output, home.SealingFile, KeyFile.Write(key, passphrase.Existing(), [certificate, authority]), replace: true);
            output.Complete();
            surroundings.Out.WriteLine($"{organisation} can seal until {certificate.NotAfter:yyyy-MM-dd}. Make a new backup: veridicom key backup FILE");
            return 0;
        });
        return command;
    }

    private static KeyChoice ChoiceOf(VerificationKey key) => (key.Kind, key.Bits) switch
    {
        (KeyKind.Ec, 256) => KeyChoice.P256,
        (KeyKind.Ec, _) => KeyChoice.P384,
        _ => KeyChoice.Rsa3072,
    };

    private static Command Backup(Surroundings surroundings)
    {
        var file = new Argument<string>("FILE") { Description = "Where the backup shall stand." };
        Option<string?> passphraseFile = SharedOptions.PassphraseFile();
        var command = new Command("backup", "Writes all keys and certificates into one encrypted file (PKCS#12), under the same passphrase.") { file, passphraseFile };
        command.SetAction(parsed =>
        {
            var home = new OrganisationHome(surroundings);
            var passphrase = new Passphrase(surroundings, parsed.GetValue(passphraseFile));
            home.Sealing();
            var keys = new List<(string, AsymmetricAlgorithm, IReadOnlyList<byte[]>)>();
            try
            {
                foreach (string path in KeyFiles(home))
                {
                    KeyFile read = KeyFile.Read(path);
                    keys.Add((Path.GetRelativePath(home.Folder, path).Replace('\\', '/'), read.Open(passphrase), [.. read.Certificates.Select(c => c.Der.ToArray())]));
                }
                List<(string, byte[])> trusted = [.. TrustFolder.Read(home.TrustFolder).Where(e => e.Certificate is not null).Select(e => ("trust/" + Path.GetFileName(e.Path), e.Der.ToArray()))];
                byte[] backup = KeyBackup.Write(keys, trusted, passphrase.Existing());
                var output = new AtomicOutput();
                output.Write(parsed.GetRequiredValue(file), stream => stream.Write(backup), replace: false, OwnerOnly);
                output.Complete();
                surroundings.Out.WriteLine($"{keys.Count} keys and their certificates are in the backup. It opens with the passphrase of the keys: keep the two apart.");
                return 0;
            }
            finally
            {
                foreach ((_, AsymmetricAlgorithm key, _) in keys) key.Dispose();
            }
        });
        return command;
    }

    private static IEnumerable<string> KeyFiles(OrganisationHome home)
    {
        if (File.Exists(home.AuthorityFile)) yield return home.AuthorityFile;
        yield return home.SealingFile;
        if (File.Exists(home.TokenFile)) yield return home.TokenFile;
        if (!Directory.Exists(home.RetiredFolder)) yield break;
        foreach (string path in Directory.GetFiles(home.RetiredFolder, "*.pem").Order(StringComparer.Ordinal)) yield return path;
    }

    private static Command Restore(Surroundings surroundings)
    {
        var file = new Argument<string>("FILE") { Description = "A file that veridicom key backup wrote." };
        Option<string?> passphraseFile = SharedOptions.PassphraseFile();
        var command = new Command("restore", "Brings back the keys and certificates of a backup. Keys that are there are not overwritten.") { file, passphraseFile };
        command.SetAction(parsed =>
        {
            var home = new OrganisationHome(surroundings);
            home.DemandNoKeys();
            string path = parsed.GetRequiredValue(file);
            if (!File.Exists(path)) throw FaultException.World("not-found", path, "does not exist", "check the name");
            string passphrase = new Passphrase(surroundings, parsed.GetValue(passphraseFile)).Existing();
            var entries = KeyBackup.Read(path, File.ReadAllBytes(path), passphrase);
            if (!entries.ContainsKey("sealing.pem")) throw FaultException.Bad("backup", path, "holds no sealing key", "name a file that veridicom key backup wrote");
            home.CreateFolders();
            var output = new AtomicOutput();
            int keys = 0;
            // The sealing key last: a restore that was cut short before it can be run again.
            foreach ((string name, (AsymmetricAlgorithm? key, List<byte[]> certificates)) in entries.OrderBy(e => e.Key == "sealing.pem"))
            {
                string to = Path.Combine(home.Folder, name);
                if (key is null)
                {
                    string pem = string.Concat(certificates.Select(c => PemBlocks.Write(PemBlocks.CertificateLabel, c)));
                    output.Write(to, stream => stream.Write(Encoding.ASCII.GetBytes(pem)), replace: true);
                    continue;
                }
                using (key) home.WriteKey(output, to, KeyFile.Write(key, passphrase, certificates.Select(c => Certificate.Parse(c))), replace: name != "sealing.pem");
                keys++;
            }
            output.Complete();
            surroundings.Out.WriteLine($"{keys} keys are back in {home.Folder}.");
            return 0;
        });
        return command;
    }
}
