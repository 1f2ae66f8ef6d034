using System.Text.RegularExpressions;
using Veridicom.Pixels.Jpeg;
using Veridicom.Pixels.Png;

namespace Veridicom.Forensics.Metadata.Traces;

/// <summary>
/// Traces of generators and editors in the texts of PNG and JPEG. Decisive only where the file states it plainly: a digital source type of IPTC for generated media,
/// parameters in the form that a generation program writes, a generator in a field for the program. Anyone can write or remove such text.
/// </summary>
internal static class TraceFindings
{
    private const int MaxQuote = 100;

    // https://cv.iptc.org/newscodes/digitalsourcetype/
    private static readonly string[] Generated = ["trainedAlgorithmicMedia", "algorithmicMedia"], Composite = ["compositeWithTrainedAlgorithmicMedia", "compositeSynthetic"];

    // keywords under which programs keep what they were asked for, as JSON
    private static readonly string[] OwnKeywords = ["sd-metadata", "invokeai_metadata", "invokeai_graph", "novelai_metadata"];

    // what stands in a field for the AI system where there was none
    private static readonly string[] Nobody = ["n/a", "na", "n.a.", "nil", "null", "nan", "unknown", "undefined", "unspecified", "0", "-", "--", "?"];

    private static readonly Regex WebInterface = new(@"(^|\s)Steps: [0-9]+, ([^\n]*, )?Sampler: [^\n]*(CFG scale|Seed): [0-9]", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    private static readonly Regex DreamForm = new(@"^"".*"" -s ?[0-9]+ -S ?-?[0-9]+", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);

    /// <summary>Findings in a PNG file.</summary>
    public static IEnumerable<Evidence> Of(PngPicture png, ReadOnlyMemory<byte> file) => Of(PngTexts.Of(png, file));

    /// <summary>Findings in a JPEG file, or in one frame of DICOM.</summary>
    public static IEnumerable<Evidence> Of(JpegPicture jpeg, ReadOnlyMemory<byte> file) => Of(JpegTexts.Of(jpeg, file));

    private static List<Evidence> Of(IEnumerable<TextField> fields)
    {
        var found = new List<Evidence>();
        var seen = new HashSet<(string, string)>();
        foreach (TextField field in fields.Take(TextField.MaxFields))
        {
            if (Find(field) is { } one && seen.Add((one.Finding.Code, one.Name))) found.Add(one.Finding);
        }
        return found;
    }

    private static (Evidence Finding, string Name)? Find(TextField field)
    {
        if (field.Role == FieldRole.Provenance)
            return field.Text.StartsWith("http", StringComparison.OrdinalIgnoreCase) ? (MetadataCode.C2paRemote.Finding($"{field.Place} refers to a manifest kept elsewhere: {Quote(field.Text)}. It was not fetched."), "") : null;
        if (field.Role is FieldRole.SourceType or FieldRole.IngredientSourceType)
        {
            string type = field.Text.Trim();
            type = type[(type.LastIndexOf('/') + 1)..];
            if (field.Role == FieldRole.IngredientSourceType)
                return Generated.Contains(type) || Composite.Contains(type) ? (MetadataCode.CompositeTrace.Finding($"{field.Place} says that something that went into the image came from a generator: {Quote(type)}."), field.Place) : null;
            return Generated.Contains(type) ? (MetadataCode.GeneratorTrace.Finding($"{field.Place} says that a generator made the image: {Quote(type)}.", true), type)
                : Composite.Contains(type) ? (MetadataCode.CompositeTrace.Finding($"{field.Place} says that a part of the image came from a generator: {Quote(type)}.", true), type) : null;
        }
        if (field.Role == FieldRole.GeneratorSystem)
        {
            if (KnownSoftware.BeginsWithGenerator(field.Text)) return (MetadataCode.GeneratorTrace.Finding($"{field.Place} names a generator: {Quote(field.Text)}.", true), field.Key);
            return IsNobody(field) ? null : (MetadataCode.GeneratorNamed.Finding($"{field.Place} speaks of a system that is not known here: {Quote(field.Text)}."), field.Key);
        }
        if (Parameters(field) is { } program) return (MetadataCode.GeneratorTrace.Finding($"{field.Place} holds what a generation program was asked for ({program}): {Quote(field.Text)}.", true), program);
        if (KnownSoftware.Find(field.Text) is not { } known) return null;
        Evidence finding = known.Kind switch
        {
            SoftwareKind.Generator when field.Role == FieldRole.Software && KnownSoftware.BeginsWithGenerator(field.Text) => MetadataCode.GeneratorTrace.Finding($"{field.Place} names a generator as the program that made the file: {Quote(field.Text)}.", true),
            SoftwareKind.Generator when field.Text.Trim().TrimEnd('.').Equals("Made with Google AI", StringComparison.OrdinalIgnoreCase) => MetadataCode.GeneratorTrace.Finding($"{field.Place} says that a generator made the image: {Quote(field.Text)}.", true),
            SoftwareKind.Generator => MetadataCode.GeneratorNamed.Finding($"{field.Place} names a generator: {Quote(field.Text)}."),
            SoftwareKind.Editor => MetadataCode.EditorTrace.Finding($"{field.Place} names an image editor: {Quote(field.Text)}."),
            _ => MetadataCode.SoftwareTrace.Finding($"{field.Place} names software that converts images: {Quote(field.Text)}."),
        };
        return (finding, known.Name);
    }

    /// <summary>True where a field for the AI system says that there was none. What was asked for may deny something of its own: 'a chest without fractures'.</summary>
    private static bool IsNobody(TextField field)
    {
        const int shortAnswer = 24;
        string text = field.Text;
        return !text.Any(char.IsLetterOrDigit) || (KnownSoftware.Denies(text) && (field.Key == "AISystemUsed" || text.Length <= shortAnswer)) || Nobody.Contains(text.Trim(), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The family of programs whose way of writing parameters a text has; null where it is none.</summary>
    private static string? Parameters(TextField field)
    {
        string text = field.Text;
        bool Has(string part) => text.Contains(part, StringComparison.Ordinal);
        if (WebInterface.IsMatch(text)) return "Stable Diffusion web interface";
        if (field.Key == "Dream") return DreamForm.IsMatch(text) ? field.Key : null;
        if (field.Key == "fooocus_scheme") return text is "fooocus" or "a1111" ? field.Key : null;
        // all that follows is JSON
        if (!text.AsSpan().Trim().StartsWith("{")) return null;
        if (field.Key == "prompt" && Has("\"class_type\"") && Has("\"inputs\"")) return "ComfyUI";
        if (field.Key == "workflow" && Has("\"nodes\"") && Has("\"links\"")) return "ComfyUI";
        if (OwnKeywords.Contains(field.Key)) return field.Key;
        return Has("\"sampler\"") && Has("\"steps\"") && Has("\"prompt\"") ? "NovelAI or one of its kind" : null;
    }

    private static string Quote(string text) => "'" + (text.Length > MaxQuote ? text[..MaxQuote] + "..." : text) + "'";
}
