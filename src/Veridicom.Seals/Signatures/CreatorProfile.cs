using Veridicom.Dicom;

namespace Veridicom.Seals.Signatures;

/// <summary>The digital signature profiles of PS3.15-2023b Annex C that are offered and recognised.</summary>
public enum SignatureProfile
{
    /// <summary>No profile: any key, any elements.</summary>
    None,
    /// <summary>C.1 Base RSA: an RSA key, any elements.</summary>
    Base,
    /// <summary>C.2 Creator RSA: the four UIDs, and what describes device and image, where present.</summary>
    Creator,
}

/// <summary>
/// What the Creator RSA Digital Signature Profile wants signed (PS3.15-2023b C.2). Attributes stand under the first module that has them;
/// patient, position and spacing are in none of them.
/// </summary>
public static class CreatorProfile
{
    private static readonly HashSet<uint> Table =
    [
        // SOP Common, General Study, General Series
        0x00080016, 0x00080018, 0x00080012, 0x00080013, 0x0020000D, 0x0020000E,
        // General Equipment
        0x00080070, 0x00080080, 0x00080081, 0x00081010, 0x00081040, 0x00081041, 0x00081090, 0x0018100B, 0x00181000, 0x00181020,
        0x00181008, 0x0018100A, 0x00181002, 0x00181050, 0x00181204, 0x00181205, 0x00181200, 0x00181201, 0x00280120,
        // Graphic Annotation
        0x00700001,
        // General Image
        0x00200013, 0x00200020, 0x00080023, 0x00080033, 0x00080008, 0x00200012, 0x00080022, 0x00080032, 0x0008002A, 0x00201002,
        0x00204000, 0x00280300, 0x00280301, 0x00280302, 0x00282110, 0x00282112, 0x00282114, 0x00880200, 0x20500020, 0x00083010,
        0x00409096, 0x00200062, 0x00082218, 0x00082228,
        // Image Pixel
        0x00280002, 0x00280004, 0x00280010, 0x00280011, 0x00280100, 0x00280101, 0x00280102, 0x00280103, 0x00280006, 0x00280034,
        0x00280106, 0x00280107, 0x00281101, 0x00281102, 0x00281103, 0x00281201, 0x00281202, 0x00281203, 0x00282000, 0x00282002,
        0x7FE00010, 0x00287FE0, 0x00280121, 0x7FE00001, 0x7FE00002,
        // SR Document General
        0x0040A496, 0x0040A491, 0x0040A492, 0x0040A493, 0x0040A073, 0x0040A078, 0x0040A07A, 0x0040A07C, 0x0040A360, 0x0040A525,
        0x0040A370, 0x0040A372, 0x0040A375, 0x0040A385, 0x0008114A,
        // SR Document Content
        0x0040A040, 0x0040A043, 0x0040A050, 0x0040A504, 0x0040A032, 0x0040A171, 0x0040A730,
        // Waveform, Waveform Annotation
        0x54000100, 0x003A0230, 0x003A0231, 0x003A0240, 0x0040B020,
        // Multi-frame Functional Groups
        0x52009229, 0x52009230, 0x00280008, 0x00220028, 0x00209228, 0x00286010, 0x00209161, 0x00200242, 0x00209162, 0x00209163,
        // Enhanced MR Image
        0x00189073, 0x00089121, 0x0008113A, 0x00089092, 0x00089154, 0x00089237, 0x00189004, 0x00189100, 0x00189064, 0x00180087,
        0x00189174, 0x00189175, 0x300A012C, 0x00181320, 0x00089205, 0x00089206, 0x00089207, 0x00089208, 0x00089209, 0x00189622,
        0x00540220, 0x00540500,
        // MR Spectroscopy
        0x00189098, 0x00189052, 0x00189053, 0x00189054, 0x00189126, 0x00189059, 0x00189060, 0x00189061, 0x00189062, 0x00189063,
        0x00189065, 0x00189066, 0x00189067, 0x00189101, 0x00189198, 0x00189199, 0x00189297,
        // Raw Data
        0x00700080, 0x00700081, 0x00089123,
        // Enhanced CT and XA/XRF Image
        0x00189361, 0x00189410, 0x00189457, 0x00189423, 0x00189424, 0x00180022, 0x00540414, 0x00109431, 0x00089410,
        // Segmentation Image
        0x00480102, 0x00620001, 0x00620010, 0x0062000E, 0x00620013, 0x00620002,
        // Encapsulated Document
        0x00420013, 0x00420010, 0x0040E008, 0x0040E001, 0x00420012, 0x00420014, 0x00420011, 0x00420015,
        // X-Ray 3D Image
        0x00083011,
        // Enhanced US Image
        0x00209311, 0x0018980C, 0x00281052, 0x00281053, 0x00082112, 0x00081140, 0x00082124, 0x00082122, 0x0040000A, 0x00082133,
        0x00185010, 0x0018980D, 0x0018980E, 0x0018980F, 0x00185020, 0x00185022, 0x00185024, 0x00185026, 0x00185027, 0x00189801,
        0x00185050,
        // Surface Segmentation, Surface Mesh
        0x00700087, 0x00700084, 0x00700086, 0x00660001, 0x00660002,
        // Structured Display
        0x00700082, 0x00700083, 0x00720100, 0x00720102, 0x00720420, 0x00720421, 0x00720002, 0x00720008, 0x00720424, 0x00720422,
        0x00720430,
        // Implant Template
        0x00200052, 0x00221095, 0x00686210, 0x00221097, 0x00686221, 0x00686222, 0x00686223, 0x00686225, 0x00686224, 0x00686226,
        0x00686230, 0x00686265, 0x00686260, 0x006862A0, 0x006862A5, 0x006863A0, 0x006863A4, 0x006863A8, 0x006863AC,
        // Implant Assembly Template
        0x00760001, 0x00760003, 0x00760006, 0x00760008, 0x0076000A, 0x0076000C, 0x0076000E, 0x00760010, 0x00760020, 0x00760030,
        0x00760032, 0x00760060,
        // Implant Template Group
        0x00780001, 0x00780010, 0x00780020, 0x00780024, 0x00780026, 0x00780028, 0x0078002A, 0x007800B0,
        // Point Cloud
        0x00660011, 0x00800006, 0x00800007,
        // Enhanced Mammography Image
        0x00181500, 0x00181508, 0x00180060, 0x00189330, 0x00189328, 0x00189332, 0x00181190, 0x00181191, 0x001811A0, 0x001811A2,
        0x001811A3, 0x001811A5, 0x001811A4, 0x00187060, 0x00187062, 0x00400316, 0x00408302, 0x00408303, 0x00540202,
        // Tractography Results, Volumetric Graphic Annotation
        0x00660101, 0x00701901, 0x00701905,
        // Microscopy Bulk Simple Annotations
        0x006A0001, 0x00480301, 0x006A0002,
    ];

    /// <summary>SOP Class, SOP Instance, Study Instance and Series Instance UID: without one of them the profile cannot be met.</summary>
    public static IReadOnlyList<DicomTag> Required { get; } =
        [SignatureTags.SopClassUid, SignatureTags.SopInstanceUid, SignatureTags.StudyInstanceUid, SignatureTags.SeriesInstanceUid];

    /// <summary>Whether the profile wants an element signed that is in the data set.</summary>
    /// <param name="tag">The element.</param>
    /// <param name="rawData">The data set holds Creator-Version UID, the mark of the Raw Data module, whose data are private elements. Our own seal is not data.</param>
    public static bool WantsIfPresent(DicomTag tag, bool rawData)
    {
        if (Table.Contains(tag.Value)) return true;
        if (tag.IsPrivate) return rawData && tag.Group != SignatureTags.SealGroup;
        return (tag.Group & 0xFF01) switch
        {
            0x6000 => IsOverlayPlane(tag.Element),
            0x5000 => tag.Group <= 0x501E && IsCurve(tag.Element),
            _ => false,
        };
    }

    /// <summary>The elements of a data set that the profile wants signed and that can be.</summary>
    public static IEnumerable<DicomTag> Wanted(DicomDataSet set)
    {
        bool rawData = set.TryFind(SignatureTags.CreatorVersionUid, out _);
        foreach (DicomNode element in set.Root)
        {
            if (WantsIfPresent(element.Tag, rawData) && Signable.IsSignableElement(element)) yield return element.Tag;
        }
    }

    /// <summary>Whether a list of signed elements meets the profile in this data set.</summary>
    public static bool IsMetBy(IReadOnlySet<DicomTag> signed, DicomDataSet set) =>
        Required.All(tag => signed.Contains(tag) && set.TryFind(tag, out _)) && Wanted(set).All(signed.Contains);

    private static bool IsOverlayPlane(ushort element) => element is 0x0010 or 0x0011 or 0x0022 or 0x0040 or 0x0045 or 0x0050 or 0x0100
        or 0x0102 or 0x1301 or 0x1302 or 0x1303 or 0x1500 or 0x3000;

    private static bool IsCurve(ushort element) => element is 0x0005 or 0x0010 or 0x0022 or 0x0030 or 0x0040 or 0x0103 or 0x0104 or 0x0105
        or 0x0106 or 0x0110 or 0x0112 or 0x0114 or 0x2500 or 0x2600 or 0x3000;
}
