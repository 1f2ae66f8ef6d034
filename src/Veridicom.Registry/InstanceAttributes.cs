using System.Text;
using Veridicom.Dicom;
using Veridicom.Dicom.Text;

namespace Veridicom.Registry;

/// <summary>
/// The attributes by which instances are searched (PS3.18-2023b tables 10.6.1-5 and 10.6.3-3 to -5), as text in Unicode, multiple values
/// apart by backslash, padding removed, each at most 1024 characters.
/// </summary>
public sealed class InstanceAttributes
{
    /// <summary>The longest value kept.</summary>
    public const int MaxText = 1024;

    private static readonly Dictionary<DicomTag, SearchLevel> Known = new()
    {
        [new(0x0008, 0x0020)] = SearchLevel.Study,    // Study Date
        [new(0x0008, 0x0030)] = SearchLevel.Study,    // Study Time
        [new(0x0008, 0x0050)] = SearchLevel.Study,    // Accession Number
        [new(0x0008, 0x0090)] = SearchLevel.Study,    // Referring Physician's Name
        [new(0x0008, 0x0201)] = SearchLevel.Study,    // Timezone Offset From UTC
        [new(0x0008, 0x1030)] = SearchLevel.Study,    // Study Description
        [new(0x0010, 0x0010)] = SearchLevel.Study,    // Patient's Name
        [new(0x0010, 0x0020)] = SearchLevel.Study,    // Patient ID
        [new(0x0010, 0x0021)] = SearchLevel.Study,    // Issuer of Patient ID
        [new(0x0010, 0x0030)] = SearchLevel.Study,    // Patient's Birth Date
        [new(0x0010, 0x0040)] = SearchLevel.Study,    // Patient's Sex
        [new(0x0020, 0x0010)] = SearchLevel.Study,    // Study ID
        [new(0x0008, 0x0060)] = SearchLevel.Series,   // Modality
        [new(0x0008, 0x103E)] = SearchLevel.Series,   // Series Description
        [new(0x0018, 0x0015)] = SearchLevel.Series,   // Body Part Examined
        [new(0x0020, 0x0011)] = SearchLevel.Series,   // Series Number
        [new(0x0040, 0x0244)] = SearchLevel.Series,   // Performed Procedure Step Start Date
        [new(0x0040, 0x0245)] = SearchLevel.Series,   // Performed Procedure Step Start Time
        [new(0x0020, 0x0013)] = SearchLevel.Instance, // Instance Number
        [new(0x0028, 0x0008)] = SearchLevel.Instance, // Number of Frames
        [new(0x0028, 0x0010)] = SearchLevel.Instance, // Rows
        [new(0x0028, 0x0011)] = SearchLevel.Instance, // Columns
        [new(0x0028, 0x0100)] = SearchLevel.Instance, // Bits Allocated
    };

    private readonly SortedDictionary<DicomTag, string> _values;

    /// <summary>Of values by tag; tags that are not <see cref="Tags"/> are refused.</summary>
    public InstanceAttributes(IEnumerable<KeyValuePair<DicomTag, string>> values)
    {
        _values = [];
        foreach ((DicomTag tag, string value) in values)
        {
            if (!Known.ContainsKey(tag)) throw new ArgumentException($"{tag} is no attribute by which instances are searched", nameof(values));
            if (value.Length > 0) _values[tag] = value.Length > MaxText ? value[..MaxText] : value;
        }
    }

    /// <summary>The attributes of a level itself, without those of the levels above; UIDs are apart.</summary>
    public static IEnumerable<DicomTag> Tags(SearchLevel level) => Known.Where(pair => pair.Value == level).Select(pair => pair.Key).Order();

    /// <summary>The level of an attribute.</summary>
    public static bool TryLevel(DicomTag tag, out SearchLevel level) => Known.TryGetValue(tag, out level);

    /// <summary>The value of an attribute; empty where there is none.</summary>
    public string this[DicomTag tag] => _values.GetValueOrDefault(tag, "");

    /// <summary>All that are there, by tag.</summary>
    public IEnumerable<KeyValuePair<DicomTag, string>> Values => _values;
}
