using System.Text.Json;

namespace Veridicom.Gateway.Routing;

/// <summary>
/// What a STOW-RS answer says of one instance (PS3.18-2023b 10.5.3 and annex I.2). It is stored only if the answer names it in the Referenced SOP
/// Sequence (0008,1199) and not in the Failed SOP Sequence (0008,1198): a status line alone is no promise.
/// </summary>
internal static class StowResponse
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>Reads an answer.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="body">Body in DICOM JSON (PS3.18-2023b F.2).</param>
    /// <param name="sopInstanceUid">The instance that was sent.</param>
    public static SendResult Read(int status, ReadOnlyMemory<byte> body, string sopInstanceUid)
    {
        // 401, 403, 404 and the like say that we may not or do not come to the service: nothing about this instance
        if (status is not (200 or 202 or 409))
        {
            return status switch
            {
                400 or 413 or 415 or 422 => new(SendOutcome.Refused, $"http {status}"),
                401 or 403 or 404 or 405 or 407 or 410 or (>= 300 and < 400) => new(SendOutcome.Unreachable, $"http {status}"),
                _ => new(SendOutcome.Failed, $"http {status}"),
            };
        }

        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            JsonElement answer = document.RootElement;
            // F.2 has arrays of objects; most services answer with the object itself
            if (answer.ValueKind == JsonValueKind.Array && answer.GetArrayLength() == 1) answer = answer[0];
            if (answer.ValueKind != JsonValueKind.Object) return new(SendOutcome.Failed, $"http {status}, no object");
            if (Find(answer, "00081198", sopInstanceUid) is { } failed)
            {
                int reason = Number(failed, "00081197");
                return new(IsRefusal(reason) ? SendOutcome.Refused : SendOutcome.Failed, $"http {status}, failure reason {reason:X4}");
            }

            if (Find(answer, "00081199", sopInstanceUid) is null) return new(SendOutcome.Failed, $"http {status}, but the answer does not name the instance");
            return new(SendOutcome.Stored, $"http {status}");
        }
        catch (JsonException)
        {
            return new(SendOutcome.Failed, $"http {status}, no DICOM JSON");
        }
    }

    /// <summary>
    /// Whether a status or failure reason speaks of the instance (PS3.4-2023b table B.2-1, PS3.18-2023b annex I.2.2, PS3.7-2023b annex C) rather than of
    /// the moment: A9xx, Cxxx, SOP class not supported, instance or class conflict, syntax not supported.
    /// </summary>
    public static bool IsRefusal(int status) => status is 0x0122 or 0x0118 or 0x0119 or 0x0117 or 0x0106 || (status & 0xFF00) == 0xA900 || (status & 0xF000) == 0xC000;

    private static JsonElement? Find(JsonElement answer, string tag, string sopInstanceUid)
    {
        if (!answer.TryGetProperty(tag, out JsonElement sequence)) return null;
        if (!IsAttribute(sequence, "SQ")) throw new JsonException($"{tag} is no sequence");
        if (!sequence.TryGetProperty("Value", out JsonElement items)) return null;
        foreach (JsonElement item in items.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object) throw new JsonException($"an item of {tag} is no object");
            if (item.TryGetProperty("00081155", out JsonElement uid) && IsAttribute(uid, "UI") && uid.TryGetProperty("Value", out JsonElement values)
                && values.GetArrayLength() == 1 && values[0].ValueKind == JsonValueKind.String && values[0].GetString() == sopInstanceUid) return item;
        }

        return null;
    }

    private static bool IsAttribute(JsonElement element, string vr) => element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty("vr", out JsonElement said) && said.ValueKind == JsonValueKind.String && said.GetString() == vr
        && (!element.TryGetProperty("Value", out JsonElement values) || values.ValueKind == JsonValueKind.Array);

    private static int Number(JsonElement item, string tag) =>
        item.TryGetProperty(tag, out JsonElement found) && IsAttribute(found, "US") && found.TryGetProperty("Value", out JsonElement values)
        && values.GetArrayLength() == 1 && values[0].ValueKind == JsonValueKind.Number && values[0].TryGetInt32(out int number) ? number & 0xFFFF : 0;
}
