using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Testing;

/// <summary>An organisation of its own for one run, and files that it sealed.</summary>
public sealed class SealedSeeds
{
    /// <summary>The time of every seal and of every verification.</summary>
    public static readonly DateTimeOffset At = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The certificate that is trusted, DER.</summary>
    public byte[] Anchor { get; }

    /// <summary>Trust in it and in nothing else.</summary>
    public TrustList Trust { get; }

    /// <summary>The sealed files.</summary>
    public IReadOnlyList<FuzzSeed> Seeds { get; }

    /// <summary>Makes keys and seals what can be sealed of these files: what is refused is no seed.</summary>
    public SealedSeeds(IEnumerable<FuzzSeed> files)
    {
        var random = new SystemRandomness();
        using AsymmetricAlgorithm authorityKey = CertificateIssuing.CreateKey(KeyChoice.P256), key = CertificateIssuing.CreateKey(KeyChoice.P256);
        DateTimeOffset from = At.AddYears(-1), until = At.AddYears(1);
        Certificate authority = CertificateIssuing.CreateAuthority(CertificateIssuing.Name("Fuzz CA"), authorityKey, from, until, random);
        Certificate sealing = CertificateIssuing.CreateSealing(CertificateIssuing.Name("Fuzz device"), CertificateIssuing.PublicKeyOf(key), authority, authorityKey, from, until, random);
        Anchor = authority.Der.ToArray();
        Trust = TrustList.Create([authority.Der]);
        using var signer = new KeySigner(key, [sealing]);
        var seeds = new List<FuzzSeed>();
        foreach (FuzzSeed file in files)
        {
            if (Seal(file.Original, signer, random) is { } bytes) seeds.Add(FuzzSeeds.Seed("sealed " + file.Name, bytes));
        }
        Seeds = seeds;
    }

    private static byte[]? Seal(byte[] file, ISigner signer, IRandomness random)
    {
        try
        {
            var claims = new Claims("Fuzz", SealPurpose.Acquisition, "device", "software", SyntheticClaim.Unstated, [], "");
            SealOutcome outcome = Sealer.Seal(DicomFile.Parse(new MemorySource(file)), new SealOptions { Claims = claims, Signer = signer, Randomness = random, At = At });
            using var output = new MemoryStream();
            outcome.WriteTo(output);
            return output.ToArray();
        }
        catch (Exception refused) when (refused is DicomException or SealRefusedException)
        {
            return null;
        }
    }

    /// <summary>What a verification of these files needs.</summary>
    public VerifyOptions Options => new() { Trust = Trust, Now = At };

    private sealed class SystemRandomness : IRandomness
    {
        public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
    }
}
