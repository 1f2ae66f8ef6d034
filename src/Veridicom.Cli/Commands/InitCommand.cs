using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Veridicom.Cli.Files;
using Veridicom.Cli.Home;
using Veridicom.Seals.Trust;

namespace Veridicom.Cli.Commands;

/// <summary>init: an organisation with its keys, certificates and trust list.</summary>
public static class InitCommand
{
    private const int LongestName = 64; // X.520 ub-organization-name

    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings)
    {
        var name = new Option<string?>("--name") { Description = "The organisation, as it shall stand in its certificates.", HelpName = "ORG" };
        var algorithm = new Option<string>("--algorithm") { Description = "Kind of key: p256 (the default), p384 or rsa3072.", HelpName = "KIND", DefaultValueFactory = _ => "p256" };
        algorithm.AcceptOnlyFromAmong("p256", "p384", "rsa3072");
        var csr = new Option<bool>("--csr") { Description = "Make a key and a certificate request (PKCS#10, on standard output) for the hospital's own authority." };
        var import = new Option<string[]>("--import")
        {
            Description = "Take in the certificate that the authority issued for the request, with those of its issuers.",
            HelpName = "CERT.pem",
            AllowMultipleArgumentsPerToken = true,
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string?> passphraseFile = SharedOptions.PassphraseFile();
        var command = new Command("init", "Makes an organisation: its authority, its sealing certificate and its trust list, in $VERIDICOM_HOME (default ~/.veridicom).")
        {
            name, algorithm, csr, import, passphraseFile,
        };
        command.SetAction(parsed =>
        {
            var home = new OrganisationHome(surroundings);
            var passphrase = new Passphrase(surroundings, parsed.GetValue(passphraseFile));
            string[]? files = parsed.GetValue(import);
            if (files is { Length: > 0 })
            {
                if (parsed.GetValue(csr) || parsed.GetValue(name) is not null) throw FaultException.Usage("--import stands alone", "the name is in the certificate");
                return Import(surroundings, home, passphrase, files);
            }
            string organisation = Checked(parsed.GetValue(name));
            KeyChoice choice = Choice(parsed.GetRequiredValue(algorithm));
            home.DemandNoKeys();
            if (parsed.GetValue(csr)) return Request(surroundings, home, passphrase, organisation, choice);
            Make(surroundings, home, passphrase.New(), organisation, choice);
            return 0;
        });
        return command;
    }

    private static KeyChoice Choice(string word) => word switch
    {
        "p384" => KeyChoice.P384,
        "rsa3072" => KeyChoice.Rsa3072,
        _ => KeyChoice.P256,
    };

    private static string Checked(string? name)
    {
        if (string.IsNullOrWhiteSpace(name)) throw FaultException.Usage("the organisation needs a name", "veridicom init --name \"YOUR HOSPITAL\"");
        name = name.Trim();
        if (name.Length > LongestName) throw FaultException.Usage($"the name is longer than {LongestName} characters", "use a shorter one");
        if (name.Any(c => char.IsControl(c) || char.IsSurrogate(c))) throw FaultException.Usage("the name holds a control character", "use another one");
        return name;
    }

    private static void Make(Surroundings surroundings, OrganisationHome home, string passphrase, string organisation, KeyChoice choice)
    {
        DateTimeOffset now = surroundings.Now, from = now.AddHours(-1); // clocks of other machines may be slow
        using AsymmetricAlgorithm authorityKey = CertificateIssuing.CreateKey(choice), sealingKey = CertificateIssuing.CreateKey(choice);
        Certificate authority = CertificateIssuing.CreateAuthority(
            CertificateIssuing.Name("Seal Authority", organisation), authorityKey, from, now + OrganisationHome.AuthorityLife, surroundings.Randomness);
        Certificate sealing = CertificateIssuing.CreateSealing(
            CertificateIssuing.Name("Sealing", organisation), CertificateIssuing.PublicKeyOf(sealingKey), authority, authorityKey, from, now + OrganisationHome.SealingLife, surroundings.Randomness);

        home.CreateFolders();
        var output = new AtomicOutput();
        WriteAnchor(home, output, authority, organisation);
        home.WriteKey(output, home.AuthorityFile, KeyFile.Write(authorityKey, passphrase, [authority]), replace: false);
        home.WriteKey(output, home.SealingFile, KeyFile.Write(sealingKey, passphrase, [sealing, authority]), replace: false);
        output.Complete();

        surroundings.Out.WriteLine($"{organisation} can seal now, until {sealing.NotAfter:yyyy-MM-dd}.");
        surroundings.Out.WriteLine();
        surroundings.Out.WriteLine($"folder       {home.Folder}");
        surroundings.Out.WriteLine($"authority    {authority.SubjectText}, {authority.Key}, until {authority.NotAfter:yyyy-MM-dd}");
        surroundings.Out.WriteLine($"fingerprint  {TrustFolder.Grouped(authority.Fingerprint)}");
        surroundings.Out.WriteLine();
        surroundings.Out.WriteLine("Keep a copy where a fire does not reach:   veridicom key backup FILE");
        surroundings.Out.WriteLine("Give others your certificate to trust:     veridicom trust export > ours.pem");
    }

    private static void WriteAnchor(OrganisationHome home, AtomicOutput output, Certificate anchor, string label)
    {
        var entry = new TrustEntry("", TrustKind.Anchor, anchor.Der, anchor);
        string path = Path.Combine(home.TrustFolder, TrustFolder.FileNameOf(entry, label));
        output.Write(path, stream => stream.Write(Encoding.ASCII.GetBytes(PemBlocks.Write(PemBlocks.CertificateLabel, anchor.Der.Span))), replace: true);
    }

    /// <summary>A key that waits for its certificate, and the request for it on standard output.</summary>
    public static int Request(Surroundings surroundings, OrganisationHome home, Passphrase passphrase, string organisation, KeyChoice choice)
    {
        if (File.Exists(home.RequestFile))
            throw FaultException.World("exists", home.RequestFile, "a certificate was asked for already", "veridicom init --import CERT.pem, or remove the file to begin anew");
        using AsymmetricAlgorithm key = CertificateIssuing.CreateKey(choice);
        byte[] request = CertificateIssuing.CreateRequest(CertificateIssuing.Name("Sealing", organisation), key);
        string secret = File.Exists(home.SealingFile) ? passphrase.Existing() : passphrase.New();
        home.CreateFolders();
        var output = new AtomicOutput();
        home.WriteKey(output, home.RequestFile, KeyFile.Write(key, secret, [], request), replace: false);
        output.Complete();
        surroundings.Out.Write(PemBlocks.Write(PemBlocks.RequestLabel, request));
        surroundings.Error.WriteLine("Send this request to your authority, then: veridicom init --import CERT.pem");
        return 0;
    }

    private static int Import(Surroundings surroundings, OrganisationHome home, Passphrase passphrase, string[] files)
    {
        if (!File.Exists(home.RequestFile))
            throw FaultException.World("no-key", home.Folder, "no certificate was asked for", "veridicom init --csr --name \"YOUR HOSPITAL\"");
        home.DemandMode();
        List<Certificate> given = [.. files.SelectMany(TrustFolder.Read).Select(e => e.Certificate).OfType<Certificate>()];
        KeyFile request = KeyFile.Read(home.RequestFile);
        using AsymmetricAlgorithm key = request.Open(passphrase);
        byte[] wanted = key.ExportSubjectPublicKeyInfo();
        Certificate signer = given.Find(c => c.Key.Encoded.Span.SequenceEqual(wanted))
            ?? throw FaultException.World("key-mismatch", files[0], "no certificate is for the key that was asked for", "import the answer to the request of this folder");
        List<Certificate> path = PathOf(signer, given);
        TrustResult result = CertificateIssuing.CheckImported(path, key, surroundings.Now);
        if (!result.IsTrusted)
        {
            TrustCheck failed = result.Checks.First(c => c.State == CheckState.Failed);
            throw FaultException.World(result.Code.Name(), files[0], failed.Detail ?? result.Code.Text(), "ask the authority for a certificate that may sign documents, and import it with those of its issuers");
        }

        var output = new AtomicOutput();
        string organisation = OrganisationHome.NameOf(signer);
        WriteAnchor(home, output, path[^1], OrganisationHome.NameOf(path[^1]));
        bool renewed = File.Exists(home.SealingFile);
        if (renewed) home.Retire(output, KeyFile.Read(home.SealingFile));
        home.WriteKey(output, home.SealingFile, KeyFile.Write(key, passphrase.Existing(), path), replace: renewed);
        output.Complete();
        File.Delete(home.RequestFile);
        surroundings.Out.WriteLine($"{organisation} can seal now, until {signer.NotAfter:yyyy-MM-dd}.");
        surroundings.Out.WriteLine($"fingerprint  {TrustFolder.Grouped(path[^1].Fingerprint)}  ({path[^1].SubjectText}, now in the trust list)");
        return 0;
    }

    /// <summary>The signer, then whichever of the others issued it, and so on.</summary>
    private static List<Certificate> PathOf(Certificate signer, List<Certificate> given)
    {
        var path = new List<Certificate> { signer };
        while (!path[^1].IsSelfIssued)
        {
            Certificate last = path[^1];
            Certificate? issuer = given.Find(c => !path.Contains(c) && c.Subject.Span.SequenceEqual(last.Issuer.Span) && last.VerifyIssuedBy(c) == TrustCode.Ok);
            if (issuer is null) break;
            path.Add(issuer);
        }
        return path;
    }
}
