using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Veridicom.Gateway.Intake;
using Veridicom.Registry;

namespace Veridicom.Gateway.DicomWeb.Store;

/// <summary>The answer to STOW-RS: a data set of references in the DICOM JSON model, and the status that goes with it (PS3.18-2023b 10.5.3, I.2).</summary>
internal sealed class StoreResponse(string serviceUrl, IReadOnlyList<IntakeResult> results)
{
    private const ushort OutOfResources = 0xA700, CannotUnderstand = 0xC000, NotAuthorised = 0x0124, Modified = 0xB000;

    /// <summary>200 where all are stored, 202 where some are or something is to be said of one, else what hindered all of them.</summary>
    public int Status
    {
        get
        {
            int kept = results.Count(IsKept);
            if (kept == results.Count && results.All(result => Warning(result) is null)) return StatusCodes.Status200OK;
            if (kept > 0) return StatusCodes.Status202Accepted;
            return results.All(result => result.Outcome == IntakeOutcome.Unavailable) ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status409Conflict;
        }
    }

    /// <summary>Writes the data set.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        string[] studies = [.. results.Where(IsKept).Select(result => result.Instance!.StudyUid).Distinct(StringComparer.Ordinal).Take(2)];
        if (studies is [{ Length: > 0 } only]) Text(json, "00081190", "UR", $"{serviceUrl}/studies/{only}");
        Sequence(json, "00081198", results.Where(result => !IsKept(result) && result.SopInstanceUid is not null), Failed);
        Sequence(json, "00081199", results.Where(IsKept), Kept);
        // PS3.18-2023b table I.2-1: what failed and has no name that could be read
        Sequence(json, "0008119A", results.Where(result => !IsKept(result) && result.SopInstanceUid is null), Failed);
        json.WriteEndObject();
    }

    private static bool IsKept(IntakeResult result) => result.Outcome is IntakeOutcome.Stored or IntakeOutcome.Repeated or IntakeOutcome.Conflict or IntakeOutcome.Quarantined;

    /// <summary>Stored, but not shown as the image: the sender must be able to see that (table I.2-2).</summary>
    private static ushort? Warning(IntakeResult result) => IsKept(result) && result.Instance!.State != InstanceState.Accepted ? Modified : null;

    private static ushort Failure(IntakeResult result) => result.Failure ?? result.Outcome switch
    {
        IntakeOutcome.Unavailable => OutOfResources,
        IntakeOutcome.OtherStudy => NotAuthorised,
        _ => CannotUnderstand,
    };

    private static void Sequence(Utf8JsonWriter json, string tag, IEnumerable<IntakeResult> items, Action<Utf8JsonWriter, IntakeResult> write)
    {
        bool begun = false;
        foreach (IntakeResult item in items)
        {
            if (!begun)
            {
                json.WriteStartObject(tag);
                json.WriteString("vr", "SQ");
                json.WriteStartArray("Value");
                begun = true;
            }
            json.WriteStartObject();
            write(json, item);
            json.WriteEndObject();
        }
        if (!begun) return;
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void Kept(Utf8JsonWriter json, IntakeResult result)
    {
        StoredInstance instance = result.Instance!;
        Text(json, "00081150", "UI", instance.SopClassUid);
        Text(json, "00081155", "UI", instance.SopInstanceUid);
        if (Warning(result) is { } warning) Number(json, "00081196", warning);
        else Text(json, "00081190", "UR", $"{serviceUrl}/studies/{instance.StudyUid}/series/{instance.SeriesUid}/instances/{instance.SopInstanceUid}");
    }

    private static void Failed(Utf8JsonWriter json, IntakeResult result)
    {
        if (result.SopInstanceUid is { } uid)
        {
            Text(json, "00081150", "UI", result.SopClassUid ?? "");
            Text(json, "00081155", "UI", uid);
        }
        Number(json, "00081197", Failure(result));
    }

    private static void Text(Utf8JsonWriter json, string tag, string vr, string value)
    {
        json.WriteStartObject(tag);
        json.WriteString("vr", vr);
        if (value.Length > 0)
        {
            json.WriteStartArray("Value");
            json.WriteStringValue(value);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string tag, ushort value)
    {
        json.WriteStartObject(tag);
        json.WriteString("vr", "US");
        json.WriteStartArray("Value");
        json.WriteNumberValue(value);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
