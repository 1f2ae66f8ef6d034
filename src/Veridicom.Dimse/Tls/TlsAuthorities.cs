using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Veridicom.Dimse.Tls;

/// <summary>What the certificate of the other side must be for (RFC 5280 4.2.1.12).</summary>
public enum TlsPurpose
{
    /// <summary>It is a client: id-kp-clientAuth.</summary>
    Client,
    /// <summary>It is a server: id-kp-serverAuth.</summary>
    Server,
}

/// <summary>
/// The authorities of other sides' certificates: those of one file and no others, never the system's. Nothing is fetched over the network,
/// revocation lists included: take an authority that is no longer trusted out of the file.
/// </summary>
public sealed class TlsAuthorities : IDisposable
{
    private static readonly Oid ClientPurpose = new("1.3.6.1.5.5.7.3.2");
    private static readonly Oid ServerPurpose = new("1.3.6.1.5.5.7.3.1");

    // BCP 195 (RFC 9325 4.5): SHA-1 and MD5 sign no certificate any more, whatever the platform still takes.
    private static readonly string[] BrokenSignatures =
        ["1.2.840.113549.1.1.2", "1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.3.14.3.2.29", "1.2.840.10045.4.1", "1.2.840.10040.4.3"];

    private readonly X509Certificate2Collection _roots;

    private TlsAuthorities(X509Certificate2Collection roots) => _roots = roots;

    /// <summary>How many there are.</summary>
    public int Count => _roots.Count;

    /// <summary>Reads a PEM file with at least one certificate: roots, or the self-signed certificate of one peer.</summary>
    /// <exception cref="TlsException">NotReadable or BadFile.</exception>
    public static TlsAuthorities Load(string file) => new(PemFile.Certificates(file, PemFile.Read(file, secret: false)));

    /// <summary>Settings of a chain that ends in these authorities, for <see cref="X509Chain"/>, <see cref="System.Net.Security.SslStream"/> and HttpClient.</summary>
    public X509ChainPolicy ChainPolicy(TlsPurpose purpose)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(_roots);
        policy.ApplicationPolicy.Add(purpose == TlsPurpose.Client ? ClientPurpose : ServerPurpose);
        return policy;
    }

    /// <summary>
    /// Why a certificate is not accepted; null where it is. Its chain must end in these authorities now, be allowed for the purpose in every
    /// certificate that limits purposes, and have no key or signature that BCP 195 calls weak (RFC 9325 4.5).
    /// </summary>
    /// <param name="certificate">That of the other side.</param>
    /// <param name="sent">What it sent beside, or null.</param>
    /// <param name="purpose">What the other side is.</param>
    /// <param name="host">
    /// The name or address that was called; null where it called us. It must stand in the subject alternative names; the common name is not
    /// looked at (RFC 9525 2).
    /// </param>
    public string? Refusal(X509Certificate2 certificate, IEnumerable<X509Certificate2>? sent, TlsPurpose purpose, string? host)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        using var chain = new X509Chain { ChainPolicy = ChainPolicy(purpose) };
        foreach (X509Certificate2 other in sent ?? []) chain.ChainPolicy.ExtraStore.Add(other);
        try
        {
            if (!chain.Build(certificate))
            {
                X509ChainStatusFlags flags = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, s) => all | s.Status);
                return $"its certificate is not accepted: {Words(flags)}";
            }
            foreach (X509ChainElement element in chain.ChainElements)
            {
                if (Weakness(element.Certificate, isRoot: element == chain.ChainElements[^1]) is { } weakness) return weakness;
            }
            return host is null || Matches(certificate, host) ? null : $"its certificate is not for {host}";
        }
        finally
        {
            foreach (X509ChainElement element in chain.ChainElements) element.Certificate.Dispose();
        }
    }

    private static string Words(X509ChainStatusFlags flags) => flags switch
    {
        _ when flags.HasFlag(X509ChainStatusFlags.NotTimeValid) => "it, or one of its authorities, has expired or is not valid yet",
        _ when flags.HasFlag(X509ChainStatusFlags.NotValidForUsage) => "it is not for this purpose",
        _ when (flags & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0 => "none of our authorities has issued it",
        _ => flags.ToString(),
    };

    private static string? Weakness(X509Certificate2 certificate, bool isRoot)
    {
        using RSA? rsa = certificate.GetRSAPublicKey();
        using ECDsa? ec = certificate.GetECDsaPublicKey();
        if (rsa is null && ec is null) return "a certificate of its chain has neither an RSA nor an elliptic curve key";
        if (rsa?.KeySize < 2048) return $"a certificate of its chain has an RSA key of {rsa.KeySize} bits, where 2048 are wanted";
        if (ec?.KeySize < 256) return $"a certificate of its chain has an elliptic curve key of {ec.KeySize} bits, where 256 are wanted";
        // a root is trusted because it stands in the file, not because it has signed itself
        return !isRoot && BrokenSignatures.Contains(certificate.SignatureAlgorithm.Value) ? "a certificate of its chain is signed with SHA-1 or MD5" : null;
    }

    private static bool Matches(X509Certificate2 certificate, string host)
    {
        try
        {
            return certificate.MatchesHostname(host, allowWildcards: true, allowCommonName: false);
        }
        catch (Exception e) when (e is ArgumentException or AsnContentException or CryptographicException)
        {
            return false; // the name called is no host name, or the extension cannot be read
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (X509Certificate2 root in _roots) root.Dispose();
    }
}
