using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Veridicom.Forensics.Calibration;

/// <summary>
/// Thresholds of a site as they are kept: with the model that they belong to, the rate that was promised, and how many images they rest on. The scores of
/// another model mean something else, so that whoever reads one compares <see cref="Model"/>.
/// </summary>
/// <param name="Thresholds">The thresholds.</param>
/// <param name="Model">What tells the model that gave the scores from others.</param>
/// <param name="AlarmRate">False alarms promised.</param>
/// <param name="Images">Images looked at.</param>
/// <param name="SetAt">When.</param>
public sealed record SiteThresholds(Thresholds Thresholds, string Model, double AlarmRate, int Images, DateTimeOffset SetAt)
{
    /// <summary>The longest form that is read, in bytes, and the most scores in it.</summary>
    public const int LongestForm = 16 << 20, MostScores = 500_000;

    /// <summary>The longest name of a site.</summary>
    public const int LongestName = 40;

    /// <summary>The most modalities in a form.</summary>
    public const int MostModalities = 64;

    private const int Version = 2;

    /// <summary>True for a name that a site may have: small letters, digits and hyphens, a letter or digit first and last. It becomes the name of a file.</summary>
    public static bool IsName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > LongestName || name == "shipped" || name[0] == '-' || name[^1] == '-') return false;
        return name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
    }

    /// <summary>The form that is kept: JSON in UTF-8.</summary>
    public byte[] Write()
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("veridicomSite", Version);
            json.WriteString("site", Thresholds.Site);
            json.WriteString("model", Model);
            json.WriteString("setAt", SetAt.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
            json.WriteNumber("alarmRate", AlarmRate);
            json.WriteNumber("images", Images);
            json.WriteStartArray("modalities");
            foreach (string modality in Thresholds.Modalities ?? []) json.WriteStringValue(modality);
            json.WriteEndArray();
            json.WriteNumber("inconclusive", Thresholds.Inconclusive);
            json.WriteNumber("generation", Thresholds.Generation);
            json.WriteNumber("strangeness", Thresholds.Strangeness);
            json.WriteStartArray("realScores");
            foreach (double score in Thresholds.RealScores) json.WriteNumberValue(score);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Reads the form that <see cref="Write"/> makes.</summary>
    /// <exception cref="FormatException">It is none; the message is a phrase for people.</exception>
    public static SiteThresholds Read(ReadOnlyMemory<byte> form)
    {
        if (form.Length > LongestForm) throw new FormatException("is too long for thresholds of a site");
        try
        {
            using JsonDocument document = JsonDocument.Parse(form, new JsonDocumentOptions { MaxDepth = 4, AllowDuplicateProperties = false });
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("veridicomSite", out JsonElement version) || !version.TryGetInt32(out int number) || number is < 1 or > Version)
                throw new FormatException("holds no thresholds of a site that this version knows");
            if (number < Version) throw new FormatException("does not say which modalities the thresholds were set on");
            JsonElement known = root.GetProperty("modalities");
            if (known.GetArrayLength() is 0 or > MostModalities) throw new FormatException("holds no modalities, or too many");
            string[] modalities = [.. known.EnumerateArray().Select(one => one.GetString() ?? "?")];
            if (!modalities.All(one => one == Thresholds.NoModality || Detector.IsModality(one))) throw new FormatException("holds a modality that is none");
            JsonElement scores = root.GetProperty("realScores");
            if (scores.GetArrayLength() is 0 or > MostScores) throw new FormatException("holds no scores, or too many");
            double[] real = [.. scores.EnumerateArray().Select(score => score.GetDouble())];
            var thresholds = new Thresholds(Text(root, "site"), Number(root, "inconclusive"), Number(root, "generation"), Number(root, "strangeness"), real) { Modalities = modalities };
            bool ascending = Enumerable.Range(1, real.Length - 1).All(i => real[i - 1] <= real[i]);
            if (!IsName(thresholds.Site) || !ascending || !real.All(double.IsFinite) || thresholds.Inconclusive > thresholds.Generation) throw new FormatException("holds thresholds that contradict each other");
            var at = DateTimeOffset.ParseExact(Text(root, "setAt"), "yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
            return new SiteThresholds(thresholds, Text(root, "model"), Number(root, "alarmRate"), root.GetProperty("images").GetInt32(), at);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or OverflowException)
        {
            throw new FormatException("holds no thresholds of a site");
        }
    }

    private static string Text(JsonElement root, string name) => root.GetProperty(name).GetString() ?? throw new FormatException($"has no {name}");

    private static double Number(JsonElement root, string name) =>
        root.GetProperty(name).GetDouble() is var number && double.IsFinite(number) ? number : throw new FormatException($"has no {name}");
}
