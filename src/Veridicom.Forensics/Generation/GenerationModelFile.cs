using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Veridicom.Forensics.Calibration;

namespace Veridicom.Forensics.Generation;

/// <summary>Where a model comes from: enough to make it again.</summary>
/// <param name="Version">Of the model.</param>
/// <param name="TrainedOn">Its training data in words.</param>
/// <param name="Split">What was fitted on which images, in words.</param>
/// <param name="Seed">Of everything random.</param>
/// <param name="Tool">The program that fitted it, with its version.</param>
public sealed record GenerationModelOrigin(string Version, string TrainedOn, string Split, ulong Seed, string Tool);

/// <summary>The form in which a model is kept: <c>veridicom-generation-model 1 SHA256</c>, a line feed, and JSON. Read as a stranger's input.</summary>
internal static class GenerationModelFile
{
    /// <summary>The longest form that is read, in bytes.</summary>
    public const int LongestForm = 1 << 20;

    private const string Heading = "veridicom-generation-model 1 ";
    private const int MostTerms = 256, MostCentres = 64, MostScores = 100_000, MostFigures = 256, LongestText = 4000;

    /// <summary>Writes a model.</summary>
    public static byte[] Write(GenerationModel model)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("version", model.Origin.Version);
            json.WriteString("trainedOn", model.Origin.TrainedOn);
            json.WriteString("split", model.Origin.Split);
            json.WriteNumber("seed", model.Origin.Seed);
            json.WriteString("tool", model.Origin.Tool);
            json.WriteNumber("featureDefinition", GenerationFeatures.Definition);
            json.WriteNumber("bias", model.Bias);
            json.WriteStartArray("terms");
            foreach (GenerationTerm term in model.Terms)
            {
                json.WriteStartObject();
                json.WriteString("feature", term.Name);
                json.WriteNumber("mean", term.Mean);
                json.WriteNumber("scale", term.Scale);
                json.WriteNumber("weight", term.Weight);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("centres");
            foreach (GenerationCentre centre in model.Centres)
            {
                json.WriteStartObject();
                json.WriteString("source", centre.Source);
                WriteNumbers(json, "values", centre.Values);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            WriteNumbers(json, "precision", model.Precision);
            json.WriteStartObject("thresholds");
            json.WriteNumber("inconclusive", model.ShippedThresholds.Inconclusive);
            json.WriteNumber("generation", model.ShippedThresholds.Generation);
            json.WriteNumber("strangeness", model.ShippedThresholds.Strangeness);
            WriteNumbers(json, "realScores", model.ShippedThresholds.RealScores);
            json.WriteEndObject();
            json.WriteStartArray("figures");
            foreach ((string name, double value) in model.Figures)
            {
                json.WriteStartObject();
                json.WriteString("figure", name);
                json.WriteNumber("value", value);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        byte[] heading = Encoding.ASCII.GetBytes(Heading + Convert.ToHexStringLower(SHA256.HashData(body.WrittenSpan)) + "\n");
        return [.. heading, .. body.WrittenSpan];
    }

    /// <summary>Reads one.</summary>
    /// <exception cref="FormatException">It is none, or was changed.</exception>
    public static GenerationModel Read(ReadOnlySpan<byte> form)
    {
        if (form.Length > LongestForm) throw new FormatException("is too long for a model");
        int end = Heading.Length + 2 * SHA256.HashSizeInBytes;
        if (form.Length <= end || form[end] != '\n' || !form.StartsWith(Encoding.ASCII.GetBytes(Heading))) throw new FormatException("holds no model that this version knows");
        ReadOnlySpan<byte> body = form[(end + 1)..];
        byte[] sum = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(body)));
        if (!form[Heading.Length..end].SequenceEqual(sum)) throw new FormatException("holds a model that was changed or cut off");
        try
        {
            using JsonDocument document = JsonDocument.Parse(body.ToArray(), new JsonDocumentOptions { MaxDepth = 5, AllowDuplicateProperties = false });
            return Of(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new FormatException("holds no model");
        }
    }

    /// <summary>Whether the parts of a model fit each other.</summary>
    /// <exception cref="FormatException">They do not.</exception>
    public static void Check(GenerationModel model)
    {
        int terms = model.Terms.Count;
        if (terms is 0 or > MostTerms || model.Centres.Count is 0 or > MostCentres) throw new FormatException("has no features or sources, or too many");
        if (model.Terms.Any(term => GenerationFeatures.Place(term.Name) < 0)) throw new FormatException("uses a feature that this version does not know");
        if (model.Terms.Select(term => term.Name).Distinct(StringComparer.Ordinal).Count() != terms) throw new FormatException("uses a feature twice");
        if (model.Terms.Any(term => !(term.Scale > 0) || !double.IsFinite(term.Scale) || !double.IsFinite(term.Mean) || !double.IsFinite(term.Weight))) throw new FormatException("holds a feature without measure");
        if (model.Centres.Any(centre => centre.Values.Count != terms || !centre.Values.All(double.IsFinite))) throw new FormatException("holds a source that does not fit its features");
        if (model.Precision.Count != terms * terms || !model.Precision.All(double.IsFinite)) throw new FormatException("holds a matrix that does not fit its features");
        Thresholds thresholds = model.ShippedThresholds;
        IReadOnlyList<double> real = thresholds.RealScores;
        bool ordered = real.Count is > 0 and <= MostScores && real.All(double.IsFinite) && Enumerable.Range(1, real.Count - 1).All(i => real[i - 1] <= real[i]);
        bool fit = double.IsFinite(model.Bias) && double.IsFinite(thresholds.Generation) && thresholds.Inconclusive <= thresholds.Generation && thresholds.Strangeness > 0;
        if (!ordered || !fit) throw new FormatException("holds thresholds that contradict each other");
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<double> numbers)
    {
        json.WriteStartArray(name);
        foreach (double number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private static GenerationModel Of(JsonElement root)
    {
        if (root.GetProperty("featureDefinition").GetInt32() != GenerationFeatures.Definition) throw new FormatException("was made for features of another version");
        GenerationTerm[] terms = [.. List(root, "terms", MostTerms).Select(term => new GenerationTerm(Text(term, "feature"), Number(term, "mean"), Number(term, "scale"), Number(term, "weight")))];
        GenerationCentre[] centres = [.. List(root, "centres", MostCentres).Select(centre => new GenerationCentre(Text(centre, "source"), Numbers(centre, "values", MostTerms)))];
        JsonElement limits = root.GetProperty("thresholds");
        var thresholds = new Thresholds("shipped", Number(limits, "inconclusive"), Number(limits, "generation"), Number(limits, "strangeness"), Numbers(limits, "realScores", MostScores));
        var origin = new GenerationModelOrigin(Text(root, "version"), Text(root, "trainedOn"), Text(root, "split"), root.GetProperty("seed").GetUInt64(), Text(root, "tool"));
        return new GenerationModel(terms, Number(root, "bias"), centres, Numbers(root, "precision", MostTerms * MostTerms), thresholds, origin)
        {
            // a model that nobody has evaluated yet has none
            Figures = root.TryGetProperty("figures", out _) ? [.. List(root, "figures", MostFigures).Select(figure => new KeyValuePair<string, double>(Text(figure, "figure"), Number(figure, "value")))] : [],
        };
    }

    private static JsonElement.ArrayEnumerator List(JsonElement parent, string name, int most)
    {
        JsonElement list = parent.GetProperty(name);
        return list.GetArrayLength() <= most ? list.EnumerateArray() : throw new FormatException($"has too many {name}");
    }

    private static double[] Numbers(JsonElement parent, string name, int most) => [.. List(parent, name, most).Select(number => number.GetDouble())];

    private static double Number(JsonElement parent, string name) => parent.GetProperty(name).GetDouble();

    private static string Text(JsonElement parent, string name) =>
        parent.GetProperty(name).GetString() is { Length: <= LongestText } text ? text : throw new FormatException($"has no {name}, or too long a one");
}
