using System.Text.Json;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Verify;

namespace Veridicom.Reports;

/// <summary>A verdict on a study as JSON, with the keys that docs/reference/json.md names. Text from files is given as it is.</summary>
public static class StudyJson
{
    /// <summary>The members of the object of one study.</summary>
    public static void Write(Utf8JsonWriter json, StudyVerdict verdict)
    {
        json.WriteString("study", verdict.Study);
        json.WriteString("verdict", verdict.Kind.Word());
        json.WriteNumber("exitCode", verdict.ExitCode);
        json.WriteNumber("instances", verdict.Instances);
        json.WriteStartArray("manifests");
        foreach (ManifestInfo manifest in verdict.Manifests)
        {
            json.WriteStartObject();
            json.WriteString("path", manifest.File);
            json.WriteString("state", manifest.State.Word());
            if (manifest.Reason.Length > 0) json.WriteString("reason", manifest.Reason);
            if (manifest.Identity.Length > 0) json.WriteString("identity", manifest.Identity);
            json.WriteString("signer", manifest.Signer);
            JsonLine.Time(json, "sealedAt", manifest.SealedAt);
            json.WriteNumber("instances", manifest.Instances);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("findings");
        foreach (StudyFinding finding in verdict.Findings)
        {
            json.WriteStartObject();
            json.WriteString("code", finding.Code.Word());
            json.WriteString("text", finding.Text);
            if (finding.Instance is not null) json.WriteString("instance", finding.Instance);
            if (finding.Series is not null) json.WriteString("series", finding.Series);
            if (finding.SeriesNumber is { } number) json.WriteNumber("seriesNumber", number);
            if (finding.Place > 0) json.WriteNumber("place", finding.Place);
            if (finding.File is not null) json.WriteString("path", finding.File);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (verdict.MoreFindings > 0) json.WriteNumber("moreFindings", verdict.MoreFindings);
    }
}
