using Veridicom.Dicom;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Registry;
using Veridicom.Seals.Verify;

namespace Veridicom.Gateway.Intake;

/// <summary>Whether an arrival shows what is stored already: the same image without our seal, with it, or encoded otherwise without loss.</summary>
internal static class ContentAgreement
{
    /// <summary>Compares an arrival with the stored file of the same UID. Preamble and meta elements are the carrier's own; what was added to the stored one by sealing does not count.</summary>
    /// <param name="arrival">The arrival.</param>
    /// <param name="verdict">What its seals say of it.</param>
    /// <param name="stored">What the registry has.</param>
    /// <param name="file">The stored file.</param>
    /// <param name="jpeg2000">Decodes JPEG 2000.</param>
    public static bool Agree(DicomFile arrival, Verdict verdict, StoredInstance stored, DicomFile file, IJpeg2000? jpeg2000)
    {
        // both must be what the seal binds: a route may have let an altered copy in, and it is not the image whose seal it bears
        if (IsIntact(verdict.Kind) && IsIntact(stored.Verdict) && stored.SealIdentity is { Length: > 0 } identity && verdict.SealIdentity == identity) return true;
        try
        {
            DifferenceReport report = Differences.Compare(arrival, file, jpeg2000);
            return report.MoreAttributes == 0 && report.Attributes.All(IsOfCarrier) && report.Pixels is PixelComparisonState.None or PixelComparisonState.Same
                && report.SealsOnlyInA.Count + report.SignaturesOnlyInA.Count == 0;
        }
        catch (DicomException)
        {
            return false; // what cannot be compared is kept beside, and somebody is told
        }
    }

    private static bool IsIntact(VerdictKind kind) => kind is VerdictKind.Authentic or VerdictKind.Amended;

    private static bool IsOfCarrier(AttributeDifference difference) =>
        difference.Path == "preamble" || difference.Path.StartsWith("(0002,", StringComparison.Ordinal) || difference.Path.EndsWith(",0000)", StringComparison.Ordinal);
}
