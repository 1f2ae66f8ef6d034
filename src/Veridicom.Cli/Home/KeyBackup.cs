using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Veridicom.Cli.Home;

/// <summary>
/// All keys and certificates of an organisation in one encrypted file: PKCS#12 (RFC 7292), which openssl and key stores read. Every key and
/// certificate has a friendly name: the file of the organisation's folder that it stands in.
/// </summary>
public static class KeyBackup
{
    private const int Iterations = 600_000;

    /// <summary>The bytes of a backup. <paramref name="keys"/> by file name, with their certificates; <paramref name="trusted"/> by file name.</summary>
    public static byte[] Write(IEnumerable<(string Name, AsymmetricAlgorithm Key, IReadOnlyList<byte[]> Certificates)> keys, IEnumerable<(string Name, byte[] Certificate)> trusted, string passphrase)
    {
        var contents = new Pkcs12SafeContents();
        foreach ((string name, AsymmetricAlgorithm key, IReadOnlyList<byte[]> certificates) in keys)
        {
            Named(contents.AddKeyUnencrypted(key), name);
            foreach (byte[] certificate in certificates) Add(contents, certificate, name);
        }
        foreach ((string name, byte[] certificate) in trusted) Add(contents, certificate, name);
        var builder = new Pkcs12Builder();
        builder.AddSafeContentsEncrypted(contents, passphrase, KeyFile.Encryption);
        builder.SealWithMac(passphrase, HashAlgorithmName.SHA256, Iterations);
        return builder.Encode();
    }

    /// <summary>What a backup holds, by file name; the keys are the caller's.</summary>
    public static IReadOnlyDictionary<string, (AsymmetricAlgorithm? Key, List<byte[]> Certificates)> Read(string path, byte[] bytes, string passphrase)
    {
        Pkcs12Info info;
        try
        {
            info = Pkcs12Info.Decode(bytes, out _, skipCopy: true);
        }
        catch (CryptographicException)
        {
            throw FaultException.Bad("backup", path, "is no backup of keys", "name a file that veridicom key backup wrote");
        }
        if (info.IntegrityMode != Pkcs12IntegrityMode.Password || !info.VerifyMac(passphrase))
            throw FaultException.World("passphrase", path, "the backup cannot be opened", "give the passphrase with which it was made");
        var entries = new SortedDictionary<string, (AsymmetricAlgorithm? Key, List<byte[]> Certificates)>(StringComparer.Ordinal);
        foreach (Pkcs12SafeContents contents in info.AuthenticatedSafe)
        {
            if (contents.ConfidentialityMode == Pkcs12ConfidentialityMode.Password) contents.Decrypt(passphrase);
            foreach (Pkcs12SafeBag bag in contents.GetBags())
            {
                string name = NameOf(bag) ?? throw FaultException.Bad("backup", path, "was not written by veridicom key backup", "import its key by veridicom init --csr and --import instead");
                (AsymmetricAlgorithm? key, List<byte[]> certificates) = entries.TryGetValue(name, out var entry) ? entry : (null, []);
                if (bag is Pkcs12KeyBag keyBag) key = new Pkcs8PrivateKey(Pkcs8PrivateKeyInfo.Decode(keyBag.Pkcs8PrivateKey, out _)).Import();
                else if (bag is Pkcs12CertBag certificate) certificates.Add(certificate.GetCertificate().RawData);
                entries[name] = (key, certificates);
            }
        }
        return entries;
    }

    private static void Add(Pkcs12SafeContents contents, byte[] der, string name)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der);
        Named(contents.AddCertificate(certificate), name);
    }

    private static void Named(Pkcs12SafeBag bag, string name)
    {
        // friendlyName (RFC 2985 5.5.1) is a BMPString
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        writer.WriteCharacterString(System.Formats.Asn1.UniversalTagNumber.BMPString, name);
        bag.Attributes.Add(new AsnEncodedData(new Oid("1.2.840.113549.1.9.20"), writer.Encode()));
    }

    /// <summary>The friendly name, where it is a name that we give: in the folder itself, in trust/ or in retired/.</summary>
    private static string? NameOf(Pkcs12SafeBag bag)
    {
        foreach (CryptographicAttributeObject attribute in bag.Attributes)
        {
            if (attribute.Oid.Value != "1.2.840.113549.1.9.20" || attribute.Values.Count != 1) continue;
            string name = new System.Formats.Asn1.AsnReader(attribute.Values[0].RawData, System.Formats.Asn1.AsnEncodingRules.DER).ReadCharacterString(System.Formats.Asn1.UniversalTagNumber.BMPString);
            string[] parts = name.Split('/');
            string file = parts[^1];
            bool plain = file.Length is > 4 and <= 80 && file[0] != '.' && file.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_') && file.EndsWith(".pem", StringComparison.Ordinal);
            if (plain && (parts.Length == 1 || (parts.Length == 2 && parts[0] is "trust" or "retired"))) return name;
        }
        return null;
    }
}
