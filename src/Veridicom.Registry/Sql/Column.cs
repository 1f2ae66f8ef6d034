using Veridicom.Dicom;

namespace Veridicom.Registry.Sql;

/// <summary>A column to be written: its name, whether it holds text (else 64-bit numbers), and its value in a row.</summary>
internal sealed record Column<T>(string Name, bool IsText, Func<T, object?> Value);

/// <summary>Which attribute stands in which column.</summary>
internal static class AttributeColumns
{
    // Indices of PostgreSQL take entries of 2,704 bytes: what a hostile file puts into an indexed column must stay below, whole keys together.
    private const int MostText = 256, MostDate = 32;

    public static readonly (DicomTag Tag, string Column)[] Study =
    [
        (new(0x0008, 0x0020), "study_date"), (new(0x0008, 0x0030), "study_time"), (new(0x0008, 0x0050), "accession_number"),
        (new(0x0008, 0x0090), "referring_physician"), (new(0x0008, 0x0201), "timezone_offset"), (new(0x0008, 0x1030), "study_description"),
        (new(0x0010, 0x0010), "patient_name"), (new(0x0010, 0x0020), "patient_id"), (new(0x0010, 0x0021), "patient_id_issuer"),
        (new(0x0010, 0x0030), "birth_date"), (new(0x0010, 0x0040), "sex"), (new(0x0020, 0x0010), "study_id"),
    ];

    public static readonly (DicomTag Tag, string Column)[] Series =
    [
        (new(0x0008, 0x0060), "modality"), (new(0x0008, 0x103E), "series_description"), (new(0x0018, 0x0015), "body_part"),
        (new(0x0020, 0x0011), "series_number"), (new(0x0040, 0x0244), "step_date"), (new(0x0040, 0x0245), "step_time"),
    ];

    public static readonly (DicomTag Tag, string Column)[] Instance =
    [
        (new(0x0020, 0x0013), "instance_number"), (new(0x0028, 0x0008), "number_of_frames"), (new(0x0028, 0x0010), "image_rows"),
        (new(0x0028, 0x0011), "image_columns"), (new(0x0028, 0x0100), "bits_allocated"),
    ];

    public static readonly DicomTag StudyDate = new(0x0008, 0x0020), Modality = new(0x0008, 0x0060), PatientName = new(0x0010, 0x0010),
        PatientId = new(0x0010, 0x0020), ReferringPhysician = new(0x0008, 0x0090), ModalitiesInStudy = new(0x0008, 0x0061);

    /// <summary>The value as it stands in the column of an attribute.</summary>
    public static string Text(InstanceAttributes attributes, DicomTag tag)
    {
        int most = tag == StudyDate || tag == Modality || tag == new DicomTag(0x0010, 0x0030) ? MostDate : MostText;
        string value = attributes[tag];
        return value.Length <= most ? value : InstanceAttributes.Cut(value, most);
    }

    /// <summary>Columns of attributes, to be written.</summary>
    public static IEnumerable<Column<T>> Written<T>((DicomTag Tag, string Column)[] columns, Func<T, InstanceAttributes> attributes) =>
        columns.Select(c => new Column<T>(c.Column, true, row => Text(attributes(row), c.Tag)));
}
