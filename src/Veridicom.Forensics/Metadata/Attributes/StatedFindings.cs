using Veridicom.Dicom;
using Veridicom.Forensics.Metadata.Traces;

namespace Veridicom.Forensics.Metadata.Attributes;

/// <summary>
/// What a DICOM file says of its own making: Synthetic Data (PS3.3-2023b C.12.1), Image Type (C.7.6.1.1.2), Conversion Type (C.8.6.1), equipment (C.7.5.1, C.12.1),
/// derivation (C.7.6.1.1.3), Content Qualification (C.8.13). Reconstruction by learned methods is everyday practice and speaks for nothing.
/// </summary>
internal static class StatedFindings
{
    private const uint SyntheticData = 0x0008001C, ImageType = 0x00080008, ConversionType = 0x00080064, ContentQualification = 0x00189004,
        ContributingEquipment = 0x0018A001, PurposeOfReference = 0x0040A170, CodeValue = 0x00080100, CodeMeaning = 0x00080104, DerivationCodes = 0x00089215, AlgorithmIdentification = 0x0066002F;

    private const int MaxQuote = 100;

    // where programs name themselves, and where people describe
    private static readonly (uint Tag, string Name)[] Named =
    [
        (0x00080070, "Manufacturer"), (0x00081090, "Manufacturer's Model Name"), (0x00181020, "Software Versions"), (0x00181016, "Secondary Capture Device Manufacturer"),
        (0x00181018, "Secondary Capture Device Manufacturer's Model Name"), (0x00181019, "Secondary Capture Device Software Versions"), (0x0018A003, "Contribution Description"),
        (0x00082111, "Derivation Description"), (0x0008103E, "Series Description"), (0x00081030, "Study Description"), (0x00204000, "Image Comments"), (0x00189446, "Image Processing Applied"),
        (0x00181210, "Convolution Kernel"), (0x00181030, "Protocol Name"),
    ];

    private static readonly string[] Generative =
    [
        "generative model", "generative adversarial", "generative AI", "GAN-generated", "diffusion model", "text-to-image", "AI-generated", "AI generated", "synthetic CT", "synthetically generated", "deepfake",
    ];

    private static readonly string[] Learned =
    [
        "artificial intelligence", "deep learning", "neural network", "machine learning", "Deep Resolve", "TrueFidelity", "DLIR", "AiCE", "AIR Recon DL", "Precise Image", "SubtleMR", "SubtlePET",
        "super-resolution", "super resolution", "SmartSpeed AI",
    ];

    /// <summary>Findings.</summary>
    public static IEnumerable<Evidence> Of(DicomNode root)
    {
        var found = new List<Evidence>();
        if (root.Text(SyntheticData) == "YES") found.Add(MetadataCode.DicomSynthetic.Finding("Synthetic Data (0008,001C) is YES: the file says that it is not of a patient.", true));
        string conversion = root.Text(ConversionType);
        Names(root, "", found);
        var derived = new List<string>();
        string[] type = root.Values(ImageType);
        if (type is ["DERIVED", ..]) derived.Add("Image Type says DERIVED");
        if (type is [_, "SECONDARY", ..]) derived.Add("Image Type says SECONDARY");
        // SYN, 'synthetic image', stands in real scans that only passed through a program: it says no more than the others
        if (conversion.Length > 0) derived.Add($"Conversion Type is {Quote(conversion)}");
        foreach (DicomNode equipment in root.Items(ContributingEquipment))
        {
            Names(equipment, " of contributing equipment", found);
            foreach (DicomNode purpose in equipment.Items(PurposeOfReference))
            {
                // PS3.16-2023b CID 7005
                if (purpose.Text(CodeValue) == "109103") derived.Add("contributing equipment modified it");
            }
        }
        foreach (DicomNode code in root.Items(DerivationCodes))
        {
            derived.Add("it was derived: " + Quote(code.Text(CodeMeaning)));
            Phrases(code.Text(CodeMeaning), "Derivation Code Sequence", found);
        }
        foreach (DicomNode code in root.Items(AlgorithmIdentification)) Phrases(code.Text(CodeMeaning), "Algorithm Family Code Sequence", found);
        if (derived.Count > 0) found.Add(MetadataCode.DicomDerived.Finding($"These are not the first pixels: {string.Join("; ", derived.Distinct())}."));
        if (root.Text(ContentQualification) is "RESEARCH" or "SERVICE") found.Add(MetadataCode.DicomResearch.Finding($"Content Qualification is {root.Text(ContentQualification)}: not made for a diagnosis."));
        return found.DistinctBy(f => f.Text);
    }

    private static void Names(DicomNode set, string where, List<Evidence> found)
    {
        foreach ((uint tag, string name) in Named)
        {
            string text = set.Text(tag);
            if (text.Length == 0) continue;
            if (KnownSoftware.Find(text) is { } known)
            {
                MetadataCode code = known.Kind switch { SoftwareKind.Generator => MetadataCode.DicomGenerator, SoftwareKind.Editor => MetadataCode.DicomEditor, _ => MetadataCode.SoftwareTrace };
                string kind = known.Kind switch { SoftwareKind.Generator => "a generator", SoftwareKind.Editor => "an image editor", _ => "software that converts images" };
                found.Add(code.Finding($"{name}{where} names {kind}: {Quote(text)}."));
            }
            else Phrases(text, name + where, found);
        }
    }

    private static void Phrases(string text, string place, List<Evidence> found)
    {
        if (Array.Exists(Generative, phrase => KnownSoftware.Stands(text, phrase))) found.Add(MetadataCode.DicomGenerator.Finding($"{place} speaks of a generative model: {Quote(text)}."));
        else if (Array.Exists(Learned, phrase => KnownSoftware.Stands(text, phrase))) found.Add(MetadataCode.DicomAlgorithm.Finding($"{place} says that a learned method took part: {Quote(text)}."));
    }

    private static string Quote(string text) => "'" + (text.Length > MaxQuote ? text[..MaxQuote] + "..." : text) + "'";
}
