using System.Globalization;
using System.Text;
using Veridicom.Dicom;
using Veridicom.Pixels;

namespace Veridicom.Seals.Manifest;

/// <summary>What a manifest has to know of one instance. Text is as in the file; what is absent or no text is empty.</summary>
public sealed record InstanceFacts
{
    private const int LongestText = 1024;

    /// <summary>Study Instance UID.</summary>
    public required string Study { get; init; }

    /// <summary>Series Instance UID.</summary>
    public required string Series { get; init; }

    /// <summary>Series Number, null where there is none.</summary>
    public int? SeriesNumber { get; init; }

    /// <summary>SOP Class UID.</summary>
    public required string SopClass { get; init; }

    /// <summary>SOP Instance UID, Instance Number and geometry.</summary>
    public required Slice Slice { get; init; }

    /// <summary>Patient ID, a byte for each character: to be compared, never shown.</summary>
    public string PatientId { get; init; } = "";

    /// <summary>Patient's Name, a byte for each character: to be compared, never shown.</summary>
    public string PatientName { get; init; } = "";

    /// <summary>Pixel data stands at the top level.</summary>
    public bool HasPixels { get; init; }

    /// <summary>True where it says which study it belongs to.</summary>
    public bool HasStudy => IsUid(Study);

    /// <summary>True where the instance can be listed: study, series, class and instance have a UID each.</summary>
    public bool CanBeListed => HasStudy && IsUid(Series) && IsUid(SopClass) && IsUid(Slice.Instance);

    /// <summary>Reads the top level of a data set once.</summary>
    public static InstanceFacts Read(DicomDataSet set)
    {
        string study = "", series = "", sopClass = "", instance = "", id = "", name = "";
        string? position = null, orientation = null;
        int? number = null, seriesNumber = null;
        foreach (DicomNode node in set.Root)
        {
            if (node.Tag.Group > 0x0020) break;
            switch (node.Tag.Value)
            {
                case 0x00080016: sopClass = Text(node); break;
                case 0x00080018: instance = Text(node); break;
                case 0x00100010: name = Text(node); break;
                case 0x00100020: id = Text(node); break;
                case 0x0020000D: study = Text(node); break;
                case 0x0020000E: series = Text(node); break;
                case 0x00200011: seriesNumber = Number(node); break;
                case 0x00200013: number = Number(node); break;
                case 0x00200032: position = Text(node); break;
                case 0x00200037: orientation = Text(node); break;
            }
        }
        return new InstanceFacts
        {
            Study = study, Series = series, SeriesNumber = seriesNumber, SopClass = sopClass, Slice = Slice.Of(instance, number, position, orientation),
            PatientId = id, PatientName = name, HasPixels = PixelGeometry.TryFindPixels(set, out _),
        };
    }

    /// <summary>The same with strings that many instances share taken from <paramref name="pool"/>.</summary>
    public InstanceFacts Pooled(Dictionary<string, string> pool)
    {
        return this with
        {
            Study = One(Study), Series = One(Series), SopClass = One(SopClass), PatientId = One(PatientId), PatientName = One(PatientName),
            Slice = Slice with { Orientation = One(Slice.Orientation) },
        };

        string One(string text)
        {
            if (pool.TryGetValue(text, out string? known)) return known;
            pool[text] = text;
            return text;
        }
    }

    /// <summary>Two patients: Patient IDs differ where both have one, else Patient's Names.</summary>
    public static bool AnotherPatient(string id, string name, string otherId, string otherName) =>
        id.Length > 0 && otherId.Length > 0 ? !string.Equals(id, otherId, StringComparison.Ordinal) : !string.Equals(name, otherName, StringComparison.Ordinal);

    /// <summary>1 to 64 characters that may stand in a UID, those of sloppy writers among them.</summary>
    internal static bool IsUid(string uid)
    {
        if (uid.Length is 0 or > 64) return false;
        foreach (char c in uid)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_')) return false;
        }
        return true;
    }

    internal static string Text(DicomNode node) =>
        node.Kind == NodeKind.Element && node.ValueLength <= LongestText ? Encoding.Latin1.GetString(node.Value.Trim(" \0"u8)) : "";

    internal static int? Number(DicomNode node) =>
        int.TryParse(Text(node), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : null;
}
