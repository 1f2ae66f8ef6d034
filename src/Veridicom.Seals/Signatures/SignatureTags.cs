using Veridicom.Dicom;

namespace Veridicom.Seals.Signatures;

/// <summary>The attributes of the Digital Signatures Macro (PS3.3-2023b C.12.1.1.3) and those its rules name.</summary>
internal static class SignatureTags
{
    public static readonly DicomTag MacParametersSequence = new(0x4FFE, 0x0001);
    public static readonly DicomTag DigitalSignaturesSequence = new(0xFFFA, 0xFFFA);
    public static readonly DicomTag OriginalAttributesSequence = new(0x0400, 0x0561);
    public static readonly DicomTag MacIdNumber = new(0x0400, 0x0005);
    public static readonly DicomTag MacCalculationTransferSyntaxUid = new(0x0400, 0x0010);
    public static readonly DicomTag MacAlgorithm = new(0x0400, 0x0015);
    public static readonly DicomTag DataElementsSigned = new(0x0400, 0x0020);
    public static readonly DicomTag DigitalSignatureUid = new(0x0400, 0x0100);
    public static readonly DicomTag DigitalSignatureDateTime = new(0x0400, 0x0105);
    public static readonly DicomTag CertificateType = new(0x0400, 0x0110);
    public static readonly DicomTag CertificateOfSigner = new(0x0400, 0x0115);
    public static readonly DicomTag Signature = new(0x0400, 0x0120);
    public static readonly DicomTag CertifiedTimestampType = new(0x0400, 0x0305);
    public static readonly DicomTag CertifiedTimestamp = new(0x0400, 0x0310);
    public static readonly DicomTag PurposeCodeSequence = new(0x0400, 0x0401);
    public static readonly DicomTag CodeValue = new(0x0008, 0x0100);
    public static readonly DicomTag CodingSchemeDesignator = new(0x0008, 0x0102);
    public static readonly DicomTag CodeMeaning = new(0x0008, 0x0104);

    public static readonly DicomTag LengthToEnd = new(0x0008, 0x0001);
    public static readonly DicomTag SopClassUid = new(0x0008, 0x0016);
    public static readonly DicomTag SopInstanceUid = new(0x0008, 0x0018);
    public static readonly DicomTag TimezoneOffset = new(0x0008, 0x0201);
    public static readonly DicomTag StudyInstanceUid = new(0x0020, 0x000D);
    public static readonly DicomTag SeriesInstanceUid = new(0x0020, 0x000E);
    public static readonly DicomTag NumberOfFrames = new(0x0028, 0x0008);
    public static readonly DicomTag BitsAllocated = new(0x0028, 0x0100);
    public static readonly DicomTag PixelRepresentation = new(0x0028, 0x0103);
    public static readonly DicomTag LutData = new(0x0028, 0x3006);
    public static readonly DicomTag GrayLutData = new(0x0028, 0x1200);
    public static readonly DicomTag CreatorVersionUid = new(0x0008, 0x9123);
    public static readonly DicomTag WaveformBitsAllocated = new(0x5400, 0x1004);
    public static readonly DicomTag PixelData = new(0x7FE0, 0x0010);
    public static readonly DicomTag TrailingPadding = new(0xFFFC, 0xFFFC);

    /// <summary>The private group of our own seal, which is written after the signatures and may change.</summary>
    public const ushort SealGroup = 0x7FF1;

    /// <summary>True for the four elements of a signature item that its own signature does not cover.</summary>
    public static bool IsOutsideMac(DicomTag tag) =>
        tag == CertificateOfSigner || tag == Signature || tag == CertifiedTimestampType || tag == CertifiedTimestamp;
}
