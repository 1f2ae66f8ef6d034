using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Veridicom.Dicom;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Trust;
using Veridicom.Testing;
using Xunit;

namespace Veridicom.Interop.Signatures;

/// <summary>
/// An authority with signers of four kinds, valid since yesterday (dcmsign refuses what was signed in the second in which its certificate
/// begins), as files for dcmsign and as signers of ours.
/// </summary>
internal sealed class SignatureKit : IDisposable
{
    public static readonly string[] Keys = ["rsa", "ec256", "ec384", "ec521"];

    private readonly ScratchFolder _folder = new();
    private readonly Dictionary<string, KeySigner> _signers = [];

    public SignatureKit()
    {
        DcmSign = Peer.Require("dcmsign");
        using RSA caKey = RSA.Create(2048);
        var request = new CertificateRequest("CN=Test CA", caKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        using X509Certificate2 ca = request.CreateSelfSigned(Now.AddDays(-2), Now.AddYears(1));
        File.WriteAllText(PathOf("ca.pem"), ca.ExportCertificatePem());
        Trust = TrustList.Create([ca.RawData]);
        Add("rsa", RSA.Create(2048), ca);
        Add("ec256", ECDsa.Create(ECCurve.NamedCurves.nistP256), ca);
        Add("ec384", ECDsa.Create(ECCurve.NamedCurves.nistP384), ca);
        Add("ec521", ECDsa.Create(ECCurve.NamedCurves.nistP521), ca);
        Add("tsa", RSA.Create(2048), ca, isStamping: true);
    }

    public DateTimeOffset Now { get; } = DateTimeOffset.UtcNow;

    public Peer DcmSign { get; }

    public TrustList Trust { get; }

    public KeySigner Signer(string key) => _signers[key];

    public string PathOf(string name) => _folder.PathOf(name);

    /// <summary>What dcmsign says of a file: fails unless it accepts at least one signature and no other.</summary>
    public void Accepted(string path, params string[] more) =>
        Assert.Contains("OK", DcmSign.Run(["--verify", "+rg", "+cf", PathOf("ca.pem"), .. more, path]).Succeeded().AllText, StringComparison.Ordinal);

    /// <summary>Signs with dcmsign; null where it cannot.</summary>
    public string? Sign(string source, string name, string key, params string[] options)
    {
        string output = PathOf(name);
        PeerResult result = DcmSign.Run([.. options, "+s", PathOf(key + ".key"), PathOf(key + ".pem"), source, output]);
        return result.ExitCode == 0 ? output : null;
    }

    /// <summary>Our signature on a file, written to a file of that name.</summary>
    public SignatureEdits SignOurs(byte[] original, string name, string key, SignatureProfile profile, DigestAlgorithm digest)
    {
        DicomFile file = DicomFile.Parse(new MemorySource(original));
        SignatureEdits edits = SignatureWriter.Create(file, Signer(key), new SignatureOptions
        {
            Uid = "2.25.1234567890",
            At = Now,
            Digest = digest,
            Profile = profile,
            Purpose = SignaturePurpose.All[(int)digest],
        });
        File.WriteAllBytes(PathOf(name), Written(file, original, edits.Edits));
        return edits;
    }

    /// <summary>A file with changes to its data set; a deflated one is deflated anew.</summary>
    public static byte[] Written(DicomFile file, byte[] original, IReadOnlyList<SourceEdit> edits)
    {
        using var output = new MemoryStream();
        var splice = SourceEdit.Apply(edits, file.DataSet.Source);
        if (!file.TransferSyntax.IsDeflated) splice.WriteTo(output);
        else
        {
            output.Write(original.AsSpan(0, (int)file.DataSetOffset));
            splice.DeflateTo(output);
        }
        return output.ToArray();
    }

    public void Dispose()
    {
        foreach (KeySigner signer in _signers.Values) signer.Dispose();
        _folder.Dispose();
    }

    private void Add(string name, AsymmetricAlgorithm key, X509Certificate2 ca, bool isStamping = false)
    {
        var subject = new X500DistinguishedName("CN=Scanner " + name);
        CertificateRequest request = key is RSA rsa
            ? new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(subject, (ECDsa)key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        if (isStamping) request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(Oids.TimeStamping)], true));
        byte[] serial = [1, .. BitConverter.GetBytes(_signers.Count)];
        var generator = X509SignatureGenerator.CreateForRSA(ca.GetRSAPrivateKey()!, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.Create(ca.SubjectName, generator, Now.AddDays(-1), Now.AddDays(100), serial);
        File.WriteAllText(PathOf(name + ".key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(PathOf(name + ".pem"), certificate.ExportCertificatePem());
        _signers[name] = new KeySigner(key, [Certificate.Parse(certificate.RawData)]);
    }
}
