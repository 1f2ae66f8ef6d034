using System.Collections.Concurrent;

namespace Veridicom.Seals.Trust;

/// <summary>
/// Certificates already read, by fingerprint, so that the keys imported for one message serve the next. Bounded; safe for use by
/// several threads.
/// </summary>
public sealed class CertificateCache
{
    private const int Capacity = 4096;
    private readonly ConcurrentDictionary<Fingerprint, Certificate> known = new();

    /// <summary>The certificate of these bytes, read strictly on first sight.</summary>
    public Certificate Get(ReadOnlyMemory<byte> der) => Get(der, Fingerprint.Of(der.Span));

    /// <summary>The same where the fingerprint has been calculated from these very bytes already.</summary>
    internal Certificate Get(ReadOnlyMemory<byte> der, Fingerprint fingerprint)
    {
        if (known.TryGetValue(fingerprint, out var certificate))
        {
            return certificate;
        }
        certificate = Certificate.Parse(der);
        if (known.Count >= Capacity)
        {
            known.Clear(); // hostile input may bring any number; starting over is cheap
        }
        return known.GetOrAdd(fingerprint, certificate);
    }
}
