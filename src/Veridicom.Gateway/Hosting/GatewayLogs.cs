using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Veridicom.Dicom.Text;

namespace Veridicom.Gateway.Hosting;

/// <summary>
/// Structured logs: one JSON object per line with time, level, part and message, and the values that the message was made of. For operators and their
/// tools; no attribute of an image stands in them, and what comes from a peer is escaped.
/// </summary>
public static class GatewayLogs
{
    /// <summary>Logs that go to a writer; several threads may log at once. The writer stays the caller's.</summary>
    public static ILoggerFactory To(TextWriter writer, LogLevel least = LogLevel.Information) => LoggerFactory.Create(builder => builder
        .SetMinimumLevel(least)
        .AddFilter("Microsoft", LogLevel.Warning)
        .AddProvider(new Lines(writer)));

    private sealed class Lines(TextWriter writer) : ILoggerProvider
    {
        private readonly Lock _one = new();

        public ILogger CreateLogger(string categoryName) => new Line(this, categoryName);

        public void Write(string line)
        {
            try
            {
                lock (_one) writer.WriteLine(line);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                // A full disk or a closed pipe takes no line. It must not stop who logs, least of all who reports just that.
            }
        }

        public void Dispose()
        {
        }
    }

    private sealed class Line(Lines lines, string category) : ILogger
    {
        private const int LongestText = 2000;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            using var body = new MemoryStream();
            using (var json = new Utf8JsonWriter(body))
            {
                json.WriteStartObject();
                json.WriteString("time", DateTime.UtcNow);
                json.WriteString("level", Word(logLevel));
                json.WriteString("part", category);
                if (eventId.Id != 0) json.WriteNumber("event", eventId.Id);
                json.WriteString("message", TextDisplay.Escape(formatter(state, exception), LongestText));
                foreach ((string name, object? value) in state as IReadOnlyList<KeyValuePair<string, object?>> ?? [])
                {
                    if (name.Length > 0 && name != "{OriginalFormat}" && value is not null) json.WriteString(char.ToLowerInvariant(name[0]) + name[1..], TextDisplay.Escape(value.ToString() ?? "", LongestText));
                }
                if (exception is not null) json.WriteString("exception", exception.ToString() is { Length: > 4 * LongestText } text ? text[..(4 * LongestText)] : exception.ToString());
                json.WriteEndObject();
            }
            lines.Write(Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length));
        }

        private static string Word(LogLevel level) => level switch
        {
            LogLevel.Critical => "critical",
            LogLevel.Error => "error",
            LogLevel.Warning => "warning",
            LogLevel.Information => "information",
            _ => "debug",
        };
    }
}
