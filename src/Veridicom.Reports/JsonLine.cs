using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Veridicom.Reports;

/// <summary>One JSON object per line, written without reflection. Not thread-safe.</summary>
public sealed class JsonLine(TextWriter output)
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    // Readable in any language; quotes, backslashes and control characters are escaped, so that a value cannot end its line.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes one object; <paramref name="write"/> is given the writer between its braces.</summary>
    public void Write(Action<Utf8JsonWriter> write)
    {
        _bytes.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_bytes, Options))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        output.WriteLine(Encoding.UTF8.GetString(_bytes.WrittenSpan));
    }

    /// <summary>A time as ISO 8601 with Z, or null.</summary>
    public static void Time(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } at) json.WriteString(name, at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        else json.WriteNull(name);
    }

    /// <summary>What a command that writes files says of one for which it wrote nothing: refused where the file is the reason, failed where the world is.</summary>
    public static void NotWritten(Utf8JsonWriter json, Fault fault, string? result = null)
    {
        json.WriteString("result", result ?? (fault.ExitCode == Fault.BadInput ? "refused" : "failed"));
        json.WriteNumber("exitCode", fault.ExitCode);
        Error(json, fault);
    }

    /// <summary>The error of one file or of the whole run.</summary>
    public static void Error(Utf8JsonWriter json, Fault fault)
    {
        json.WriteStartObject("error");
        json.WriteString("code", fault.Code);
        json.WriteString("text", fault.Text);
        if (fault.Path.Length > 0) json.WriteString("path", fault.Path);
        if (fault.Offset >= 0) json.WriteNumber("offset", fault.Offset);
        json.WriteString("remedy", fault.Remedy);
        json.WriteEndObject();
    }
}
