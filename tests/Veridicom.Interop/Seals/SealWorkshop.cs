using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.OpenJpeg;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Interop.Seals;

/// <summary>An organisation in memory that seals for the tests of this folder, made by the product's own issuing code.</summary>
internal static class SealWorkshop
{
    public static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private static readonly AsymmetricAlgorithm AuthorityKey = CertificateIssuing.CreateKey(KeyChoice.P256);
    public static readonly Certificate Authority = CertificateIssuing.CreateAuthority(CertificateIssuing.Name("Test CA", "Hospital"), AuthorityKey, Now.AddDays(-2), Now.AddYears(9), new SystemRandomness());

    private static readonly Dictionary<KeyChoice, Lazy<KeySigner>> Signers = Enum.GetValues<KeyChoice>().ToDictionary(c => c, c => new Lazy<KeySigner>(() => Make(c)));

    public static readonly VerifyOptions Options = new() { Trust = TrustList.Create([Authority.Der]), Now = Now, Jpeg2000 = OpenJpegWorkers.Shared };

    public static byte[] Seal(byte[] file, KeyChoice key = KeyChoice.P256, bool standard = true)
    {
        using var output = new MemoryStream();
        Sealer.Seal(DicomFile.Parse(new MemorySource(file)), new SealOptions
        {
            Claims = new Claims("Test Hospital", SealPurpose.Acquisition, "", "", SyntheticClaim.No, [], ""), Signer = Signers[key].Value, Randomness = new SystemRandomness(), At = Now,
            Trust = Options.Trust, StandardSignature = standard, Jpeg2000 = OpenJpegWorkers.Shared,
        }).WriteTo(output);
        return output.ToArray();
    }

    public static Verdict Verify(byte[] file) => Verifier.Verify(new MemorySource(file), null, Options);

    private static KeySigner Make(KeyChoice choice)
    {
        AsymmetricAlgorithm key = CertificateIssuing.CreateKey(choice);
        Certificate certificate = CertificateIssuing.CreateSealing(CertificateIssuing.Name("Scanner", "Hospital"), CertificateIssuing.PublicKeyOf(key), Authority, AuthorityKey, Now.AddDays(-1), Now.AddYears(1), new SystemRandomness());
        return new KeySigner(key, [certificate, Authority]);
    }

    private sealed class SystemRandomness : IRandomness
    {
        public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
    }
}
