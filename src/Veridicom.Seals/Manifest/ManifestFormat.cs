using Veridicom.Dicom;

namespace Veridicom.Seals.Manifest;

/// <summary>UIDs, codes and tags of a manifest (spec/manifest.md 1 and 2).</summary>
internal static class ManifestFormat
{
    public const string SopClass = "1.2.840.10008.5.1.4.1.1.88.59";
    public const string Title = "113030", Scheme = "DCM";
    public const string Creator = "VERIDICOM MANIFEST 1", CreatorOfAnyVersion = "VERIDICOM MANIFEST ";
    public const ushort Group = 0x0401;
    public const byte Identity = 0x01, Place = 0x02, Number = 0x03, Position = 0x04, Orientation = 0x05, SeriesNumber = 0x06, Previous = 0x07;
    public const int MostPrevious = 64, MostInstances = 1_000_000;

    public static readonly DicomTag
        SopClassUid = new(0x0008, 0x0016), StudyUid = new(0x0020, 0x000D), SeriesUid = new(0x0020, 0x000E),
        CodeValue = new(0x0008, 0x0100), CodingScheme = new(0x0008, 0x0102), ConceptName = new(0x0040, 0xA043),
        Evidence = new(0x0040, 0xA375), ReferencedSeries = new(0x0008, 0x1115), ReferencedSop = new(0x0008, 0x1199),
        ReferencedClass = new(0x0008, 0x1150), ReferencedInstance = new(0x0008, 0x1155);

    public static DicomTag Private(byte block, byte element) => new(Group, (ushort)((block << 8) | element));
}
