using System.Globalization;
using System.Text.Json;
using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;
using Veridicom.Gateway.DicomWeb.Json;
using Veridicom.Gateway.DicomWeb.Retrieve;
using Veridicom.Registry;
using Veridicom.Registry.Store;

namespace Veridicom.Gateway.DicomWeb.Search;

/// <summary>One result in the DICOM JSON model (PS3.18-2023b tables 10.6.3-3 to -5), from the registry; what that does not hold from the file, of instances.</summary>
internal sealed class ResultWriter(DicomWebRequest request, SearchParameters asked)
{
    private readonly SortedDictionary<DicomTag, Action<Utf8JsonWriter>> _elements = [];

    /// <summary>Writes one result.</summary>
    public void Write(Utf8JsonWriter json, SearchRow row)
    {
        string url = $"{request.ServiceUrl}/studies/{row.StudyUid}" + (row.SeriesUid is null ? "" : $"/series/{row.SeriesUid}") + (row.Instance is null ? "" : $"/instances/{row.Instance.SopInstanceUid}");
        Text(new(0x0008, 0x0005), Vr.CS, "ISO_IR 192");
        Text(new(0x0008, 0x0056), Vr.CS, "ONLINE");
        Text(new(0x0008, 0x1190), Vr.UR, url);
        Text(new(0x0020, 0x000D), Vr.UI, row.StudyUid);
        // of the levels above only where the path does not name them (10.6.3.3)
        if (asked.Level == SearchLevel.Study || request.StudyUid is null) Attributes(row, SearchLevel.Study);
        if (row.SeriesUid is { } series)
        {
            Text(new(0x0020, 0x000E), Vr.UI, series);
            if (asked.Level == SearchLevel.Series || request.SeriesUid is null) Attributes(row, SearchLevel.Series);
        }
        if (asked.Level == SearchLevel.Study)
        {
            Text(new(0x0008, 0x0061), Vr.CS, string.Join('\\', row.ModalitiesInStudy));
            Number(new(0x0020, 0x1206), row.NumberOfSeries);
            Number(new(0x0020, 0x1208), row.NumberOfInstances);
        }
        if (asked.Level == SearchLevel.Series) Number(new(0x0020, 0x1209), row.NumberOfInstances);
        foreach (DicomTag tag in asked.Fields.Where(tag => !_elements.ContainsKey(tag) && InstanceAttributes.TryLevel(tag, out SearchLevel level) && level <= asked.Level)) Attribute(row, tag);
        if (row.Instance is not { } instance)
        {
            Flush(json);
            return;
        }
        Text(new(0x0008, 0x0016), Vr.UI, instance.SopClassUid);
        Text(new(0x0008, 0x0018), Vr.UI, instance.SopInstanceUid);
        Text(new(0x0008, 0x3002), Vr.UI, instance.TransferSyntaxUid);
        Attributes(row, SearchLevel.Instance);
        using StoredObject? stored = asked.AllFields || asked.Fields.Any(tag => !_elements.ContainsKey(tag)) ? InstanceSet.Open(request, instance) : null;
        if (stored is not null) FromFile(stored, url);
        Flush(json);
    }

    private void FromFile(StoredObject stored, string url)
    {
        DicomDataSet set = DicomFile.Parse(stored).DataSet;
        foreach (DicomNode node in set.Root)
        {
            if (node.Tag.IsGroupLength || !(asked.AllFields || asked.Fields.Contains(node.Tag))) continue;
            _elements.TryAdd(node.Tag, json => DicomJson.WriteElement(json, node, url + "/bulkdata"));
        }
    }

    private void Flush(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (Action<Utf8JsonWriter> write in _elements.Values) write(json);
        json.WriteEndObject();
    }

    private void Attributes(SearchRow row, SearchLevel level)
    {
        foreach (DicomTag tag in InstanceAttributes.Tags(level)) Attribute(row, tag);
    }

    private void Attribute(SearchRow row, DicomTag tag)
    {
        Vr vr = DicomDictionary.TryFind(tag, out DictionaryEntry entry) ? entry.Vr : Vr.LO;
        if (vr != Vr.US) Text(tag, vr, row.Attributes[tag]);
        else if (int.TryParse(row.Attributes[tag].Split('\\')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int number)) Number(tag, number, Vr.US);
    }

    /// <summary>Values apart by backslash; one that is empty is there without a value.</summary>
    private void Text(DicomTag tag, Vr vr, string value) => _elements[tag] = json =>
    {
        Begin(json, tag, vr);
        if (value.Length > 0)
        {
            json.WriteStartArray("Value"u8);
            foreach (string one in value.Split('\\')) JsonValues.WriteText(json, vr, one.Trim(' '));
            json.WriteEndArray();
        }
        json.WriteEndObject();
    };

    private void Number(DicomTag tag, int value, Vr vr = Vr.IS) => _elements[tag] = json =>
    {
        Begin(json, tag, vr);
        json.WriteStartArray("Value"u8);
        json.WriteNumberValue(value);
        json.WriteEndArray();
        json.WriteEndObject();
    };

    private static void Begin(Utf8JsonWriter json, DicomTag tag, Vr vr)
    {
        json.WriteStartObject(tag.Value.ToString("X8", CultureInfo.InvariantCulture));
        json.WriteString("vr"u8, vr.Text());
    }
}
