using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Veridicom.Gateway.Configuration;

namespace Veridicom.Gateway.Access;

/// <summary>Callers that are known by the certificate that their connection proved.</summary>
public sealed class CertificateCallers
{
    private readonly List<(byte[] Fingerprint, string Name, IReadOnlyList<Grant> Grants)> _known = [];

    /// <summary>Of these settings.</summary>
    /// <exception cref="FormatException">A fingerprint has not 64 hexadecimal digits, or a scope is none.</exception>
    public CertificateCallers(IReadOnlyList<HttpCallerSettings> settings)
    {
        foreach (HttpCallerSettings caller in settings)
        {
            var grants = new List<Grant>();
            foreach (string scope in caller.Scopes)
            {
                grants.Add(ScopeText.TryParse(scope, out Grant grant) ? grant : throw new FormatException($"caller '{caller.Name}': '{scope}' is no scope"));
            }
            if (!SettingSyntax.TryFingerprint(caller.Certificate, out string fingerprint)) throw new FormatException($"caller '{caller.Name}': a SHA-256 fingerprint has 64 hexadecimal digits");
            _known.Add((Convert.FromHexString(fingerprint), caller.Name, grants));
        }
    }

    /// <summary>True where there are none.</summary>
    public bool IsEmpty => _known.Count == 0;

    /// <summary>Name and rights of a certificate's owner, null where it is not known. Takes the same time for each.</summary>
    public (string Name, IReadOnlyList<Grant> Grants)? Find(X509Certificate2 certificate)
    {
        byte[] fingerprint = SHA256.HashData(certificate.RawData);
        (string, IReadOnlyList<Grant>)? found = null;
        foreach ((byte[] known, string name, IReadOnlyList<Grant> grants) in _known)
        {
            if (CryptographicOperations.FixedTimeEquals(known, fingerprint)) found = (name, grants);
        }
        return found;
    }
}
