using Veridicom.Dicom;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Seals.Seal;

/// <summary>How to seal.</summary>
public sealed record SealOptions
{
    /// <summary>What the sealing party says.</summary>
    public required Claims Claims { get; init; }

    /// <summary>Key and certificates.</summary>
    public required ISigner Signer { get; init; }

    /// <summary>Source of the secret of salts and of signature UIDs.</summary>
    public required IRandomness Randomness { get; init; }

    /// <summary>Time of sealing.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who is trusted, to tell whether the file carries a valid seal already.</summary>
    public TrustList Trust { get; init; } = TrustList.Empty;

    /// <summary>Write the standard's signature (PS3.15-2023b Annex C) beside the seal. Never for a detached seal, which leaves the file as it is.</summary>
    public bool StandardSignature { get; init; } = true;

    /// <summary>Decodes JPEG 2000; without it files in that encoding are bound as encoded bytes.</summary>
    public Veridicom.Pixels.Jpeg2000.IJpeg2000? Jpeg2000 { get; init; }

    /// <summary>Make FILE.seal and leave the file alone.</summary>
    public bool Detached { get; init; }
}

/// <summary>What sealing gave.</summary>
public sealed class SealOutcome
{
    private readonly DicomFile? _file;

    internal SealOutcome(DicomFile? file, byte[] identity, IReadOnlyList<byte[]> previous, byte[] block, IReadOnlyList<string> warnings, Verdict verdict, bool already)
    {
        _file = file;
        Identity = Convert.ToHexStringLower(identity);
        Previous = previous;
        Block = block;
        Warnings = warnings;
        Verdict = verdict;
        AlreadySealed = already;
    }

    /// <summary>True where the file carried a valid seal and was left as it is.</summary>
    public bool AlreadySealed { get; }

    /// <summary>Identity of the seal, lower-case hexadecimal.</summary>
    public string Identity { get; }

    /// <summary>Identities of the seals that it names as earlier ones, oldest first.</summary>
    public IReadOnlyList<byte[]> Previous { get; }

    /// <summary>The bytes of FILE.seal; empty where nothing was done.</summary>
    public ReadOnlyMemory<byte> Block { get; }

    /// <summary>What the caller should tell its user.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>What the verifier says of the file with this seal, under the trust list and at the time of the options.</summary>
    public Verdict Verdict { get; }

    /// <summary>Writes the sealed file; the unchanged one where it was sealed already or the seal is detached.</summary>
    public void WriteTo(Stream output) => _file!.WriteTo(output);
}
