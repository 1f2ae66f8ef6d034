using System.Text.Json;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Trust;

namespace Veridicom.Seals.Verify;

/// <summary>What a verification needs beside the file. Nothing is fetched from anywhere.</summary>
public sealed record VerifyOptions
{
    /// <summary>Who is trusted.</summary>
    public required TrustList Trust { get; init; }

    /// <summary>The time at which certificates are judged where no token proves an earlier one.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Demands beyond the verdict; they make it stricter only.</summary>
    public Policy? Policy { get; init; }

    /// <summary>
    /// Check the PS3.15 signatures that an intact seal wrote and binds, too. Without it they are listed and not checked again, since the
    /// seal covers all that they cover; foreign ones are checked always.
    /// </summary>
    public bool CheckOwnSignatures { get; init; }

    /// <summary>Decodes JPEG 2000; without it files in that encoding are unverifiable where their cells were sealed.</summary>
    public Veridicom.Pixels.Jpeg2000.IJpeg2000? Jpeg2000 { get; init; }

    /// <summary>Limits of parsing.</summary>
    public Veridicom.Dicom.ParseLimits Limits { get; init; } = Veridicom.Dicom.ParseLimits.Default;
}

/// <summary>
/// A trust policy: a JSON object with the members requireSeal and requireManifest (true or false), signers (SHA-256 fingerprints of certificates, of the signer or of
/// an authority above it, in hexadecimal), purposes (words of <see cref="ClaimWords"/>) and requireTimestamp. Members beside these are refused.
/// </summary>
public sealed record Policy
{
    /// <summary>A file without a valid seal does not pass.</summary>
    public bool RequireSeal { get; init; }

    /// <summary>A study without a manifest that is believed does not pass (spec/manifest.md 5). Says nothing of a file.</summary>
    public bool RequireManifest { get; init; }

    /// <summary>Fingerprints of which one must be on the path of the signer; empty for any.</summary>
    public IReadOnlyList<string> Signers { get; init; } = [];

    /// <summary>Purposes accepted; empty for any.</summary>
    public IReadOnlyList<SealPurpose> Purposes { get; init; } = [];

    /// <summary>A valid time-stamp is demanded.</summary>
    public bool RequireTimestamp { get; init; }

    /// <summary>Reads a policy.</summary>
    /// <exception cref="FormatException">Not JSON, an unknown or doubled member, or a value of the wrong kind; says which.</exception>
    public static Policy Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json.ToArray(), new JsonDocumentOptions { MaxDepth = 4, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new FormatException("a policy is a JSON object");
            var policy = new Policy();
            foreach (JsonProperty member in document.RootElement.EnumerateObject())
            {
                policy = member.Name switch
                {
                    "requireSeal" => policy with { RequireSeal = Bool(member) },
                    "requireManifest" => policy with { RequireManifest = Bool(member) },
                    "requireTimestamp" => policy with { RequireTimestamp = Bool(member) },
                    "signers" => policy with { Signers = [.. Texts(member).Select(Fingerprint)] },
                    "purposes" => policy with { Purposes = [.. Texts(member).Select(Purpose)] },
                    _ => throw new FormatException($"a policy has no member '{member.Name}': requireSeal, requireManifest, signers, purposes, requireTimestamp"),
                };
            }
            return policy;
        }
        catch (JsonException e)
        {
            throw new FormatException("the policy is not JSON: " + e.Message, e);
        }
    }

    private static bool Bool(JsonProperty member) => member.Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new FormatException($"'{member.Name}' is neither true nor false"),
    };

    private static IEnumerable<string> Texts(JsonProperty member)
    {
        if (member.Value.ValueKind != JsonValueKind.Array) throw new FormatException($"'{member.Name}' is not a list");
        foreach (JsonElement element in member.Value.EnumerateArray())
            yield return element.ValueKind == JsonValueKind.String ? element.GetString()! : throw new FormatException($"'{member.Name}' is not a list of texts");
    }

    private static string Fingerprint(string text)
    {
        string hex = text.Replace(":", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();
        return hex.Length == 64 && hex.All(char.IsAsciiHexDigit) ? hex : throw new FormatException("a signer is the SHA-256 fingerprint of a certificate: 64 hexadecimal digits");
    }

    private static SealPurpose Purpose(string word) =>
        ClaimWords.TryPurpose(word, out SealPurpose purpose) ? purpose : throw new FormatException($"'{word}' is no purpose: {string.Join(", ", ClaimWords.All)}");
}
