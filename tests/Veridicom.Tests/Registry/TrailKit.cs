using System.Security.Cryptography;
using Veridicom.Cli;
using Veridicom.Registry.Journal;
using Veridicom.Seals.Trust;

namespace Veridicom.Tests.Registry;

/// <summary>A signer for checkpoints, and entries for journals.</summary>
internal static class TrailKit
{
    public static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private static readonly AsymmetricAlgorithm AuthorityKey = CertificateIssuing.CreateKey(KeyChoice.P256);

    private static readonly Certificate Authority = CertificateIssuing.CreateAuthority(
        CertificateIssuing.Name("Trail CA", "Hospital"), AuthorityKey, Now.AddYears(-1), Now.AddYears(9), SystemRandomness.Instance);

    public static KeySigner Signer { get; } = Make();

    public static TrustList Trust { get; } = TrustList.Create([Authority.Der]);

    public static JournalEntry Entry(int number) => new()
    {
        Kind = EntryKind.Queried,
        At = Now.AddSeconds(number),
        Who = new Actor("SCANNER" + number, "ae-title", "127.0.0.1"),
        Detail = $"entry {number} \"quoted\" äöü \u0001\n",
    };

    private static KeySigner Make()
    {
        AsymmetricAlgorithm key = CertificateIssuing.CreateKey(KeyChoice.P256);
        Certificate certificate = CertificateIssuing.CreateSealing(
            CertificateIssuing.Name("Gateway", "Hospital"), CertificateIssuing.PublicKeyOf(key), Authority, AuthorityKey, Now.AddDays(-1), Now.AddYears(1), SystemRandomness.Instance);
        return new KeySigner(key, [certificate, Authority]);
    }
}
