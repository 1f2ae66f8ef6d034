using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Veridicom.Registry;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.Routing;

/// <summary>What a webhook is told (spec/webhooks.md): UIDs, route, verdict, reason; nothing of the patient.</summary>
internal static class WebhookAlert
{
    /// <summary>Events that settings may name.</summary>
    public static readonly IReadOnlyList<string> Events = ["quarantined", "conflict", "delivery-refused", "undeliverable", "commitment-denied"];

    private const int MaxReason = 256;

    /// <summary>The event that an entry is, null where nobody need be told.</summary>
    public static string? EventOf(JournalEntry entry) => (entry.Kind, entry.State) switch
    {
        (EntryKind.Received, InstanceState.Quarantined) => "quarantined",
        (EntryKind.Received, InstanceState.Conflict) => "conflict",
        (EntryKind.DeliveryRefused, _) => "delivery-refused",
        (EntryKind.Undeliverable, _) => "undeliverable",
        (EntryKind.CommitmentDenied, _) => "commitment-denied",
        _ => null,
    };

    /// <summary>The body: one JSON object in ASCII.</summary>
    public static byte[] Body(string @event, long sequence, JournalEntry entry)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("event", @event);
            json.WriteNumber("sequence", sequence);
            json.WriteString("time", entry.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            Text("study", entry.StudyUid);
            Text("series", entry.SeriesUid);
            Text("instance", entry.SopInstanceUid);
            Text("object", entry.Object?.Hex);
            Text("route", entry.Route);
            Text("verdict", entry.Verdict);
            Text("destination", entry.Destination);
            Text("reason", entry.Detail is { Length: > MaxReason } detail ? detail[..MaxReason] : entry.Detail);
            json.WriteEndObject();

            void Text(string name, string? value)
            {
                if (!string.IsNullOrEmpty(value)) json.WriteString(name, value);
            }
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>
    /// Header X-Veridicom-Signature: 't=SECONDS,v1=HEX', HMAC-SHA-256 over the seconds since 1970 in decimal digits, a full stop, and the body. The
    /// time is that of this attempt, so that a receiver can turn away what somebody recorded and sends again.
    /// </summary>
    public static string Signature(string secret, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        string seconds = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.ASCII.GetBytes(secret));
        mac.AppendData(Encoding.ASCII.GetBytes(seconds + "."));
        mac.AppendData(body);
        return $"t={seconds},v1={Convert.ToHexStringLower(mac.GetHashAndReset())}";
    }
}
