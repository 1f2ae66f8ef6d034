using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Veridicom.Cli.Files;
using Veridicom.Dimse.Tls;
using Veridicom.Seals.Trust;

namespace Veridicom.Cli.Home;

/// <summary>
/// The folder of an organisation, $VERIDICOM_HOME: authority.pem and sealing.pem (each an encrypted key with its certificates), request.pem
/// while a hospital's authority has not answered, token.pem where tokens are issued here, retired/ with what was replaced, trust/ with the trust list. Only its owner may enter.
/// </summary>
public sealed class OrganisationHome(Surroundings surroundings)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Validity of an authority of our own, and of a sealing certificate that it issues.</summary>
    public static readonly TimeSpan AuthorityLife = TimeSpan.FromDays(3653), SealingLife = TimeSpan.FromDays(761);

    /// <summary>From this long before its end on, every sealing warns.</summary>
    public static readonly TimeSpan WarnBefore = TimeSpan.FromDays(30);

    private readonly Surroundings _surroundings = surroundings;

    /// <summary>The folder.</summary>
    public string Folder { get; } = surroundings.HomeFolder;

    /// <summary>The key and certificate of the authority; not there where a hospital's own authority issues.</summary>
    public string AuthorityFile => Path.Combine(Folder, "authority.pem");

    /// <summary>The key and certificate that seal.</summary>
    public string SealingFile => Path.Combine(Folder, "sealing.pem");

    /// <summary>A key whose certificate was asked for.</summary>
    public string RequestFile => Path.Combine(Folder, "request.pem");

    /// <summary>The key that signs tokens for the gateway, where the organisation has no identity provider.</summary>
    public string TokenFile => Path.Combine(Folder, "token.pem");

    /// <summary>What was replaced, for the record.</summary>
    public string RetiredFolder => Path.Combine(Folder, "retired");

    /// <summary>The trust list.</summary>
    public string TrustFolder => Path.Combine(Folder, "trust");

    /// <summary>Makes the folders, mode 0700. An existing folder that others may enter is refused.</summary>
    public void CreateFolders()
    {
        foreach (string folder in (string[])[Folder, TrustFolder, RetiredFolder])
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        }
        DemandMode();
    }

    /// <summary>Throws where others than the owner may write to the folder or read its keys.</summary>
    public void DemandMode()
    {
        if (OperatingSystem.IsWindows()) return;
        const UnixFileMode others = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
        if (Directory.Exists(Folder) && (File.GetUnixFileMode(Folder) & others) != 0)
            throw FaultException.World("mode", Folder, "others may write to the folder of the keys", "chmod 700 it");
        foreach (string file in (string[])[AuthorityFile, SealingFile, RequestFile, TokenFile])
        {
            if (File.Exists(file) && SecretFile.IsExposed(file))
                throw FaultException.World("mode", file, "others may read the key", "chmod 600 it");
        }
    }

    /// <summary>Throws where keys are there already: they are never overwritten.</summary>
    public void DemandNoKeys()
    {
        foreach (string file in (string[])[AuthorityFile, SealingFile])
        {
            if (File.Exists(file)) throw FaultException.World("exists", file, "the organisation has its keys already, and they are not overwritten", "choose another VERIDICOM_HOME, or see veridicom key renew");
        }
    }

    /// <summary>Writes a key file, mode 0600.</summary>
    public void WriteKey(AtomicOutput output, string path, string text, bool replace) =>
        output.Write(path, stream => stream.Write(Encoding.ASCII.GetBytes(text)), replace, OwnerOnly);

    /// <summary>The sealing key file.</summary>
    public KeyFile Sealing()
    {
        DemandMode();
        if (File.Exists(SealingFile)) return KeyFile.Read(SealingFile);
        throw File.Exists(RequestFile)
            ? FaultException.World("no-key", Folder, "the certificate that was asked for has not been imported", "veridicom init --import CERT.pem")
            : FaultException.World("no-key", Folder, "there is no organisation", "make one: veridicom init --name \"YOUR HOSPITAL\"");
    }

    /// <summary>The signer, its key decrypted. The caller owns it. Throws where its certificate cannot seal now.</summary>
    /// <param name="passphrase">Where the passphrase comes from.</param>
    /// <param name="warn">Told where the certificate expires soon.</param>
    public KeySigner OpenSigner(Passphrase passphrase, Action<string> warn)
    {
        KeyFile file = Sealing();
        Certificate certificate = file.Certificates.Count > 0 ? file.Certificates[0] : throw FaultException.World("key-file", file.Path, "holds no certificate", "restore it from the backup: veridicom key restore FILE");
        DateTimeOffset now = _surroundings.Now;
        if (now > certificate.NotAfter)
            throw FaultException.World("expired", file.Path, $"the sealing certificate expired on {certificate.NotAfter:yyyy-MM-dd}", RenewRemedy);
        if (now < certificate.NotBefore)
            throw FaultException.World("not-yet-valid", file.Path, $"the sealing certificate is valid only from {certificate.NotBefore:yyyy-MM-dd HH:mm} UTC on", "check the clock of this machine");
        if (certificate.NotAfter - now < WarnBefore)
            warn($"the sealing certificate expires on {certificate.NotAfter:yyyy-MM-dd} - {RenewRemedy}");
        return new KeySigner(file.Open(passphrase), file.Certificates);
    }

    /// <summary>How a certificate is renewed here.</summary>
    public string RenewRemedy => File.Exists(AuthorityFile) ? "renew it: veridicom key renew" : "ask your authority for a new one: veridicom key renew --csr";

    /// <summary>Keeps a copy of what is about to be replaced.</summary>
    public void Retire(AtomicOutput output, KeyFile file)
    {
        string name = $"{System.IO.Path.GetFileNameWithoutExtension(file.Path)}-{file.Certificates[0].Fingerprint.ToString()[..16]}.pem";
        string to = Path.Combine(RetiredFolder, name);
        if (!File.Exists(to)) WriteKey(output, to, File.ReadAllText(file.Path), replace: false);
    }

    /// <summary>The organisation's name as its certificate has it: O, else CN.</summary>
    public static string NameOf(Certificate certificate)
    {
        const string organisationOid = "2.5.4.10", commonNameOid = "2.5.4.3";
        string? common = null;
        foreach (X500RelativeDistinguishedName part in new X500DistinguishedName(certificate.Subject.Span).EnumerateRelativeDistinguishedNames(reversed: false))
        {
            if (part.HasMultipleElements) continue;
            string oid = part.GetSingleElementType().Value!;
            if (oid == organisationOid) return part.GetSingleElementValue()!;
            if (oid == commonNameOid) common ??= part.GetSingleElementValue();
        }
        return common ?? certificate.SubjectText;
    }
}
