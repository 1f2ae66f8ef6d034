using Veridicom.Dicom;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Trust;

namespace Veridicom.Seals.Verify;

/// <summary>
/// The two elements of a signature item that a seal leaves open, so that a time-stamp can be added later (spec/seal.md, Inventory). What is open is
/// proven to be that and nothing else: any other content was added.
/// </summary>
internal static class SignatureTimestamps
{
    /// <summary>Judges the items of the top level; what is no time-stamp of its signature goes to the findings as an addition.</summary>
    public static void Run(DicomFile file, TrustList trust, Findings findings)
    {
        if (!file.DataSet.TryFind(SignatureTags.DigitalSignaturesSequence, out DicomNode sequence)) return;
        foreach (DicomNode item in sequence)
        {
            bool hasType = item.TryFind(SignatureTags.CertifiedTimestampType, out DicomNode type), hasToken = item.TryFind(SignatureTags.CertifiedTimestamp, out DicomNode token);
            if ((!hasType && !hasToken) || (hasType && hasToken && IsType(type) && IsToken(item, token, trust))) continue;
            DicomNode at = hasToken ? token : type;
            findings.Append(new Reason(ReasonCode.BadTimestamp, "a digital signature holds something that is no time-stamp of it", Part.Structure, at.Path, Offset: at.HeaderOffset));
        }
    }

    private static bool IsType(DicomNode type) => type is { Kind: NodeKind.Element, Vr: Vr.CS, ValueLength: 7 or 8 } && type.Value.TrimEnd((byte)' ').SequenceEqual("CMS_TSP"u8);

    private static bool IsToken(DicomNode item, DicomNode token, TrustList trust)
    {
        if (token is not { Kind: NodeKind.Element, Vr: Vr.OB, ValueLength: > 0 and <= 1 << 16 }) return false;
        if (!item.TryFind(SignatureTags.CertificateOfSigner, out DicomNode certificate) || !item.TryFind(SignatureTags.Signature, out DicomNode signature)) return false;
        if (certificate.Kind != NodeKind.Element || signature.Kind != NodeKind.Element || certificate.ValueLength > 1 << 16 || signature.ValueLength > 1 << 16) return false;
        ReadOnlySpan<byte> stamp = token.Value;
        int length = DerLength.Of(stamp);
        if (length <= 0 || stamp.Length != length + (length & 1) || stamp[length..].ContainsAnyExcept((byte)0)) return false;
        byte[] der = stamp[..length].ToArray();
        byte[] holder = certificate.Value.ToArray();
        int holderLength = DerLength.Of(holder);
        if (holderLength <= 0) return false;
        try
        {
            VerificationKey key = trust.Certificates.Get(holder.AsMemory(0, holderLength)).Key;
            return !SealTrust.IsDamaged(TimestampToken.Parse(der, trust.Certificates).Verify(SignatureValue.WithoutPadding(signature.Value.ToArray(), key), trust));
        }
        catch (TrustException)
        {
            return false;
        }
    }
}
