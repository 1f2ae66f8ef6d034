using Veridicom.Dicom;

namespace Veridicom.Seals.Manifest;

/// <summary>
/// The attributes of patient and study that a manifest copies from an instance (spec/manifest.md 1): the bytes of characters, which are the same in
/// every transfer syntax.
/// </summary>
public sealed class StudyHeader
{
    private const int LongestValue = 1024;

    private static readonly HashSet<uint> Copied =
    [
        0x00080005, 0x00080020, 0x00080030, 0x00080050, 0x00080090, 0x00080201, 0x00081030,
        0x00100010, 0x00100020, 0x00100021, 0x00100030, 0x00100040, 0x00200010,
    ];

    private readonly Dictionary<uint, byte[]> _values = [];

    /// <summary>Reads them from the top level of an instance.</summary>
    public static StudyHeader Read(DicomDataSet set)
    {
        var header = new StudyHeader();
        foreach (DicomNode node in set.Root)
        {
            if (node.Tag.Group > 0x0020) break;
            if (node.Kind == NodeKind.Element && node.ValueLength <= LongestValue && Copied.Contains(node.Tag.Value)) header._values[node.Tag.Value] = node.Value.TrimEnd(" \0"u8).ToArray();
        }
        return header;
    }

    /// <summary>The value without padding; null where the instance has none.</summary>
    internal byte[]? Of(uint tag) => _values.GetValueOrDefault(tag);
}
