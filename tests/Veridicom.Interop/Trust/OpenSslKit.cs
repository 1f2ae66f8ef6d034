using System.Security.Cryptography;
using Veridicom.Seals.Trust;
using Veridicom.Testing;

namespace Veridicom.Interop.Trust;

/// <summary>A certification authority of openssl in a scratch folder: what another's tool issues, we judge.</summary>
internal sealed class OpenSslKit : IDisposable
{
    private readonly ScratchFolder folder = new();

    public OpenSslKit()
    {
        OpenSsl = Peer.Require("openssl");
        Write("ca.cnf", """
            [ca]
            default_ca = here
            [here]
            database = index.txt
            new_certs_dir = .
            serial = serial
            crlnumber = crlnumber
            default_md = sha256
            policy = any
            default_crl_days = 30
            crl_extensions = crl
            [any]
            commonName = supplied
            [crl]
            authorityKeyIdentifier = keyid:always
            [tsa]
            default_tsa = tsa1
            [tsa1]
            serial = tsaserial
            signer_digest = sha256
            default_policy = 1.2.3.4.1
            digests = sha1, sha256, sha384, sha512
            accuracy = secs:1, millisecs:500, microsecs:100
            ordering = yes
            tsa_name = yes
            ess_cert_id_chain = yes
            """);
        Write("index.txt", "");
        Write("serial", "1000\n");
        Write("crlnumber", "10\n");
        Write("tsaserial", "01\n");
    }

    public Peer OpenSsl { get; }

    public string PathOf(string name) => folder.PathOf(name);

    public PeerResult Run(params string[] arguments) => OpenSsl.Run(arguments, null, folder.Root);

    public void Write(string name, string text) => File.WriteAllText(PathOf(name), text);

    public byte[] Bytes(string name) => File.ReadAllBytes(PathOf(name));

    public Certificate Certificate(string name) =>
        Veridicom.Seals.Trust.Certificate.Parse(PemBlocks.Read(File.ReadAllText(PathOf(name + ".pem"))).Single(b => b.Label == PemBlocks.CertificateLabel).Der);

    public AsymmetricAlgorithm Key(string name)
    {
        string pem = File.ReadAllText(PathOf(name + ".key"));
        AsymmetricAlgorithm key = Certificate(name).Key.Kind == KeyKind.Ec ? ECDsa.Create() : RSA.Create();
        key.ImportFromPem(pem);
        return key;
    }

    /// <summary>A self-signed authority NAME.pem with NAME.key. The algorithm is an openssl one: EC:P-256, RSA:2048.</summary>
    public void Root(string name, string algorithm = "EC:P-256") =>
        Run(["req", "-x509", .. NewKey(algorithm), "-nodes", "-keyout", name + ".key", "-out", name + ".pem", "-days", "3650", "-subj", "/CN=" + name,
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"]).Succeeded();

    /// <summary>A certificate NAME.pem with NAME.key from an authority, with extensions in openssl's notation.</summary>
    public void Issue(string issuer, string name, string extensions, string algorithm = "EC:P-256", params string[] more)
    {
        Write(name + ".ext", extensions.Replace("; ", "\n", StringComparison.Ordinal));
        Run(["req", .. NewKey(algorithm), "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name]).Succeeded();
        Sign(issuer, name, more);
    }

    /// <summary>Signs NAME.csr with the extensions of NAME.ext.</summary>
    public void Sign(string issuer, string name, params string[] more) =>
        Run(["x509", "-req", "-in", name + ".csr", "-CA", issuer + ".pem", "-CAkey", issuer + ".key", "-CAcreateserial", "-out", name + ".pem", "-days", "365", "-extfile", name + ".ext", .. more]).Succeeded();

    public void Dispose() => folder.Dispose();

    private static string[] NewKey(string algorithm) => algorithm.Split(':') switch
    {
        ["EC", var curve] => ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:" + curve],
        [_, var bits] => ["-newkey", "rsa:" + bits],
        _ => throw new ArgumentException(algorithm),
    };
}
