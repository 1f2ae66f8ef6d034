using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Veridicom.Testing;

/// <summary>An authority and the certificates that it issues, as PEM files of a folder: for connections in tests. Keys are made anew in each run.</summary>
public sealed class TlsKit : IDisposable
{
    /// <summary>id-kp-clientAuth.</summary>
    public const string ClientPurpose = "1.3.6.1.5.5.7.3.2";

    /// <summary>id-kp-serverAuth.</summary>
    public const string ServerPurpose = "1.3.6.1.5.5.7.3.1";

    private readonly string _folder;
    private readonly X509Certificate2 _authority;
    private readonly byte[] _above;

    /// <summary>A root authority; its file is <see cref="AuthoritiesFile"/>.</summary>
    public TlsKit(string folder, string name = "Test authority") : this(folder, name, issuer: null)
    {
    }

    private TlsKit(string folder, string name, TlsKit? issuer)
    {
        (_folder, Name) = (folder, name);
        using RSA key = RSA.Create(2048);
        CertificateRequest request = Request(key, name);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        if (issuer is null)
        {
            _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-10), DateTimeOffset.UtcNow.AddDays(10));
            _above = [];
            AuthoritiesFile = Path.Combine(folder, File(name) + ".pem");
            System.IO.File.WriteAllText(AuthoritiesFile, _authority.ExportCertificatePem() + "\n");
        }
        else
        {
            using X509Certificate2 bare = request.Create(issuer._authority, DateTimeOffset.UtcNow.AddDays(-9), DateTimeOffset.UtcNow.AddDays(9), RandomNumberGenerator.GetBytes(8));
            _authority = bare.CopyWithPrivateKey(key);
            _above = Encoding.ASCII.GetBytes(_authority.ExportCertificatePem() + "\n");
            AuthoritiesFile = issuer.AuthoritiesFile;
        }
    }

    /// <summary>Its common name.</summary>
    public string Name { get; }

    /// <summary>PEM of the root.</summary>
    public string AuthoritiesFile { get; }

    /// <summary>An authority below this one.</summary>
    public TlsKit Below(string name) => new(_folder, name, this);

    /// <summary>A certificate for localhost and 127.0.0.1, for client and server, with an elliptic curve key unless a length for RSA is given; returns its PEM file (with those between, unless said) and that of its key.</summary>
    public (string Certificate, string Key) Issue(
        string name, string[]? names = null, string[]? purposes = null, int fromDays = -1, int untilDays = 5, int rsaBits = 0, bool sha1 = false, bool withBetween = true)
    {
        using RSA? rsa = rsaBits > 0 ? RSA.Create(rsaBits) : null;
        using ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = rsa is null ? new CertificateRequest($"CN={name}", ec, HashAlgorithmName.SHA256) : Request(rsa, name);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (string alternative in names ?? ["localhost", "127.0.0.1"])
        {
            if (IPAddress.TryParse(alternative, out IPAddress? address)) alternatives.AddIpAddress(address);
            else alternatives.AddDnsName(alternative);
        }
        if (names is not { Length: 0 }) request.CertificateExtensions.Add(alternatives.Build());
        var usages = new OidCollection();
        foreach (string purpose in purposes ?? [ClientPurpose, ServerPurpose]) usages.Add(new Oid(purpose));
        if (usages.Count > 0) request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usages, false));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        var generator = X509SignatureGenerator.CreateForRSA(_authority.GetRSAPrivateKey()!, RSASignaturePadding.Pkcs1);
        using X509Certificate2 made = request.Create(
            _authority.SubjectName, sha1 ? new Sha1Signature(generator) : generator, DateTimeOffset.UtcNow.AddDays(fromDays), DateTimeOffset.UtcNow.AddDays(untilDays), RandomNumberGenerator.GetBytes(8));
        string certificate = Path.Combine(_folder, File(name) + ".pem"), keyFile = Path.Combine(_folder, File(name) + ".key");
        System.IO.File.WriteAllText(certificate, made.ExportCertificatePem() + "\n" + (withBetween ? Encoding.ASCII.GetString(_above) : ""));
        WriteSecret(keyFile, rsa?.ExportPkcs8PrivateKeyPem() ?? ec.ExportPkcs8PrivateKeyPem());
        return (certificate, keyFile);
    }

    /// <summary>Writes a file that only its owner can read.</summary>
    public static void WriteSecret(string path, string text)
    {
        System.IO.File.WriteAllText(path, text + "\n");
        if (!OperatingSystem.IsWindows()) System.IO.File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static string File(string name) => name.Replace(' ', '-').ToLowerInvariant();

    private static CertificateRequest Request(RSA key, string name) => new($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    public void Dispose() => _authority.Dispose();

    /// <summary>Signs with SHA-1 whatever it is asked for.</summary>
    private sealed class Sha1Signature(X509SignatureGenerator inner) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => Convert.FromHexString("300D06092A864886F70D0101050500");

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => inner.SignData(data, HashAlgorithmName.SHA1);

        protected override PublicKey BuildPublicKey() => inner.PublicKey;
    }
}
