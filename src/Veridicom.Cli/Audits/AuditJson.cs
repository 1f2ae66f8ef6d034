using System.Text.Json;
using Veridicom.Cli.Audits.Identity;
using Veridicom.Forensics;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Audits;

/// <summary>An audit as JSON: an object per file, then one of the whole. Patients are keyed hashes; values of attributes do not occur.</summary>
internal static class AuditJson
{
    public static void Write(TextWriter output, AuditResult result)
    {
        var lines = new JsonLine(output);
        foreach (AuditedFile file in result.Files) lines.Write(json => Write(json, file));
        lines.Write(json => Write(json, result));
    }

    private static void Write(Utf8JsonWriter json, AuditedFile file)
    {
        json.WriteString("path", file.Path);
        json.WriteString("format", file.Format?.Word());
        json.WriteNumber("bytes", file.Length);
        json.WriteString("sha256", file.Bytes?.Hex);
        json.WriteString("pixelSha256", file.Pixels?.Hex);
        json.WriteNumber("rows", file.Rows);
        json.WriteNumber("columns", file.Columns);
        json.WriteNumber("frames", file.Frames);
        json.WriteNumber("bits", file.Bits);
        json.WriteString("verdict", file.Verdict?.Word());
        json.WriteString("split", file.Label.Split);
        json.WriteString("label", file.Label.Label);
        json.WriteString("source", file.Label.Source);
        json.WriteString("patient", file.Patient);
        if (file.Group > 0) json.WriteNumber("group", file.Group);
        if (file.Opinion is { } opinion)
        {
            json.WriteString("opinion", opinion.Word());
            if (file.Score is { } score) json.WriteNumber("score", score);
        }
        json.WriteNumber("identifiers", file.IdentifierCount);
        json.WriteStartArray("findings");
        foreach (string mark in file.Marks) json.WriteStringValue(mark);
        json.WriteEndArray();
        if (file.Fault is { } fault) JsonLine.Error(json, fault);
    }

    private static void Write(Utf8JsonWriter json, AuditResult result)
    {
        json.WriteString("audit", result.Root);
        json.WriteString("answer", result.Fitness.Code());
        json.WriteNumber("exitCode", result.ExitCode);
        JsonLine.Time(json, "at", result.At);
        json.WriteNumber("files", result.Files.Count);
        json.WriteStartArray("findings");
        foreach (AuditFinding finding in result.Findings)
        {
            json.WriteStartObject();
            json.WriteString("code", finding.Code);
            json.WriteString("weight", finding.Weight.Word());
            json.WriteNumber("count", finding.Count);
            json.WriteString("text", finding.Text);
            json.WriteString("remedy", finding.Remedy);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartObject("verdicts");
        foreach ((VerdictKind kind, int count) in result.Verdicts.OrderBy(v => v.Key)) json.WriteNumber(kind.Word(), count);
        json.WriteEndObject();
        json.WriteStartArray("splits");
        foreach (SplitCount split in result.Splits)
        {
            json.WriteStartObject();
            json.WriteString("name", split.Name);
            json.WriteNumber("files", split.Files);
            json.WriteNumber("patients", split.Patients);
            json.WriteStartArray("labels");
            foreach ((string label, int count) in split.Labels.OrderBy(l => l.Key, StringComparer.Ordinal))
            {
                json.WriteStartObject();
                json.WriteString("label", label);
                json.WriteNumber("files", count);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("pairs");
        foreach (LikePair pair in result.Duplicates.Pairs)
        {
            json.WriteStartObject();
            json.WriteString("first", result.Files[pair.First].Path);
            json.WriteString("second", result.Files[pair.Second].Path);
            json.WriteString("likeness", pair.Likeness.Word());
            json.WriteNumber("distance", pair.Distance);
            json.WriteNumber("correlation", Math.Round(pair.Correlation, 4));
            if (pair.Mirrored) json.WriteBoolean("mirrored", true);
            if (pair.Inverted) json.WriteBoolean("inverted", true);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("morePairs", result.Duplicates.Counts.Sum() - result.Duplicates.Pairs.Count);
        json.WriteStartArray("identifiers");
        foreach (IdentifierCount identifier in result.Identifiers)
        {
            json.WriteStartObject();
            json.WriteString("kind", identifier.Kind.Word());
            json.WriteString("place", identifier.Place);
            json.WriteNumber("files", identifier.Files);
            json.WriteString("form", identifier.Masked);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("associations");
        foreach (Association association in result.Associations)
        {
            json.WriteStartObject();
            json.WriteString("attribute", association.Attribute);
            json.WriteNumber("cramersV", Math.Round(association.V, 4));
            json.WriteNumber("images", association.Images);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (result.Detector is { } detector)
        {
            json.WriteStartObject("detector");
            json.WriteString("model", detector.Model);
            json.WriteString("thresholds", detector.Thresholds);
            json.WriteNumber("judged", detector.Judged);
            json.WriteNumber("flagged", detector.Flagged);
            json.WriteNumber("inconclusive", detector.Inconclusive);
            json.WriteNumber("falseAlarmRate", detector.Rate);
            json.WriteNumber("expected", Math.Round(detector.Expected, 1));
            json.WriteNumber("low", detector.Low);
            json.WriteNumber("high", detector.High);
            json.WriteEndObject();
        }
        json.WriteString("passedOver", result.PassedOver);
    }
}
