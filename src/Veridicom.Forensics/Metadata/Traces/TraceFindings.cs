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

    // keywords under which programs keep what they were asked for
    private static readonly string[] OwnKeywords = ["sd-metadata", "invokeai_metadata", "invokeai_graph", "Dream", "fooocus_scheme", "novelai_metadata"];

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
        if (field.Role == FieldRole.SourceType)
        {
            string type = field.Text.Trim();
            type = type[(type.LastIndexOf('/') + 1)..];
            return Generated.Contains(type) ? (MetadataCode.GeneratorTrace.Finding($"{field.Place} says that a generator made the image: {Quote(type)}.", true), type)
                : Composite.Contains(type) ? (MetadataCode.CompositeTrace.Finding($"{field.Place} says that a part of the image came from a generator: {Quote(type)}.", true), type) : null;
        }
        if (field.Role == FieldRole.GeneratorSystem) return (MetadataCode.GeneratorTrace.Finding($"{field.Place} names a generator: {Quote(field.Text)}.", true), field.Key);
        if (Parameters(field) is { } program) return (MetadataCode.GeneratorTrace.Finding($"{field.Place} holds what a generation program was asked for ({program}): {Quote(field.Text)}.", true), program);
        if (KnownSoftware.Find(field.Text) is not { } known) return null;
        Evidence finding = known.Kind switch
        {
            SoftwareKind.Generator when field.Role == FieldRole.Software => MetadataCode.GeneratorTrace.Finding($"{field.Place} names a generator as the program that made the file: {Quote(field.Text)}.", true),
            SoftwareKind.Generator when KnownSoftware.Stands(field.Text, "Made with Google AI") => MetadataCode.GeneratorTrace.Finding($"{field.Place} says that a generator made the image: {Quote(field.Text)}.", true),
            SoftwareKind.Generator => MetadataCode.GeneratorNamed.Finding($"{field.Place} names a generator: {Quote(field.Text)}."),
            SoftwareKind.Editor => MetadataCode.EditorTrace.Finding($"{field.Place} names an image editor: {Quote(field.Text)}."),
            _ => MetadataCode.SoftwareTrace.Finding($"{field.Place} names software that converts images: {Quote(field.Text)}."),
        };
        return (finding, known.Name);
    }

    /// <summary>The family of programs whose way of writing parameters a text has; null where it is none.</summary>
    private static string? Parameters(TextField field)
    {
        string text = field.Text;
        bool Has(string part) => text.Contains(part, StringComparison.Ordinal);
        if (Has("Steps: ") && Has("Sampler: ") && (Has("CFG scale: ") || Has("Seed: "))) return "Stable Diffusion web interface";
        if (field.Key == "prompt" && Has("\"class_type\"") && Has("\"inputs\"")) return "ComfyUI";
        if (field.Key == "workflow" && Has("\"nodes\"") && Has("\"links\"")) return "ComfyUI";
        if (OwnKeywords.Contains(field.Key)) return field.Key;
        return Has("\"sampler\"") && Has("\"steps\"") && Has("\"prompt\"") ? "NovelAI or one of its kind" : null;
    }

    private static string Quote(string text) => "'" + (text.Length > MaxQuote ? text[..MaxQuote] + "..." : text) + "'";
}
