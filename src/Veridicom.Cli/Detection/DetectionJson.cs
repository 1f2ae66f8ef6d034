using System.Text.Json;
using Veridicom.Forensics;
using Veridicom.Pixels.Rendering;

namespace Veridicom.Cli.Detection;

/// <summary>Opinions as JSON (docs/reference/detect.md).</summary>
internal static class DetectionJson
{
    /// <summary>One image.</summary>
    public static void Write(Utf8JsonWriter json, string path, Detected detected, string trainedOn, string? localModel)
    {
        FileOpinion found = detected.Found!;
        DetectionResult result = found.Result;
        json.WriteString("path", path);
        json.WriteString("opinion", result.Opinion.Word());
        json.WriteNumber("exitCode", detected.ExitCode);
        if (result.Score is { } score) json.WriteNumber("score", score);
        else json.WriteNull("score");
        json.WriteNumber("frame", found.Frame + 1);
        json.WriteNumber("frames", found.Frames);
        json.WriteNumber("framesJudged", found.FramesJudged);
        json.WriteStartArray("evidence");
        foreach (Evidence evidence in result.Evidence) Write(json, evidence);
        json.WriteEndArray();
        json.WriteStartArray("places");
        foreach (LocalFinding place in result.Places) Write(json, place, null);
        json.WriteEndArray();
        json.WriteString("model", result.Model);
        json.WriteString("trainedOn", trainedOn);
        if (localModel is not null) json.WriteString("localModel", localModel);
        json.WriteString("thresholds", result.Thresholds);
        if (detected.Pictures.Count == 0) return;
        json.WriteStartArray("pictures");
        foreach (string picture in detected.Pictures) json.WriteStringValue(picture);
        json.WriteEndArray();
    }

    /// <summary>One series whose slices were compared.</summary>
    public static void Write(Utf8JsonWriter json, SeriesOpinion series)
    {
        json.WriteString("series", series.Series);
        json.WriteString("opinion", series.Opinion.Word());
        json.WriteNumber("exitCode", Detected.Code(series.Opinion));
        json.WriteNumber("slices", series.Slices.Count);
        if (series.Repeated > 0) json.WriteNumber("repeated", series.Repeated);
        if (series.Unread > 0) json.WriteNumber("unread", series.Unread);
        json.WriteStartArray("places");
        foreach (LocalFinding place in series.Places) Write(json, place, series.Slices[place.Frame].Name);
        json.WriteEndArray();
    }

    /// <summary>One file for which there is no opinion.</summary>
    public static void Write(Utf8JsonWriter json, string path, Fault fault)
    {
        json.WriteString("path", path);
        json.WriteNull("opinion");
        json.WriteNumber("exitCode", fault.ExitCode);
        JsonLine.Error(json, fault);
    }

    /// <summary>A part that looks changed, of a frame or, with its <paramref name="path"/>, of a slice of a series.</summary>
    public static void Write(Utf8JsonWriter json, LocalFinding place, string? path)
    {
        json.WriteStartObject();
        if (path is not null) json.WriteString("path", path);
        else json.WriteNumber("frame", place.Frame + 1);
        PixelArea area = place.Area;
        json.WriteStartArray("box");
        foreach (int number in (int[])[area.X, area.Y, area.Width, area.Height]) json.WriteNumberValue(number);
        json.WriteEndArray();
        json.WriteString("code", place.Code);
        json.WriteNumber("score", place.Score);
        json.WriteString("text", place.Text);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Evidence evidence)
    {
        json.WriteStartObject();
        json.WriteString("source", evidence.Source == EvidenceSource.Metadata ? "metadata" : "pixels");
        json.WriteString("code", evidence.Code);
        json.WriteString("for", WordOf(evidence.For));
        json.WriteBoolean("decisive", evidence.IsDecisive);
        json.WriteString("text", evidence.Text);
        if (evidence.Numbers.Count > 0)
        {
            json.WriteStartObject("numbers");
            foreach ((string name, double number) in evidence.Numbers)
            {
                if (double.IsFinite(number)) json.WriteNumber(name, number);
                else json.WriteNull(name);
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static string WordOf(EvidenceFor speaksFor) => speaksFor switch
    {
        EvidenceFor.Generation => "generation",
        EvidenceFor.Manipulation => "manipulation",
        EvidenceFor.Strangeness => "strangeness",
        _ => "neither",
    };
}
