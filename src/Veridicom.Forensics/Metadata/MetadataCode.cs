namespace Veridicom.Forensics.Metadata;

/// <summary>
/// One code of a metadata finding: what it means and what it speaks for. All are listed in docs/reference/metadata-findings.md, which a test compares with <see cref="All"/>.
/// </summary>
/// <param name="Code">A fixed word for programs.</param>
/// <param name="For">What it speaks for.</param>
/// <param name="MayDecide">True where it settles the opinion by itself under the condition that <paramref name="Meaning"/> names.</param>
/// <param name="Meaning">One or two sentences.</param>
public sealed record MetadataCode(string Code, EvidenceFor For, bool MayDecide, string Meaning)
{
    internal static readonly MetadataCode
        C2paGenerator = new("c2pa-generator", EvidenceFor.Generation, true, "A C2PA manifest says that a generator created the image. Decisive where signature, assertions and the hash over the file fit; then the statement is about this file."),
        C2paComposite = new("c2pa-composite", EvidenceFor.Manipulation, true, "A C2PA manifest says that a part of the image came from a generator, or that one edited it. Decisive under the same conditions."),
        C2paEdited = new("c2pa-edited", EvidenceFor.Manipulation, false, "A C2PA manifest tells of edits to the picture, or of a picture drawn by hand."),
        C2paPresent = new("c2pa-present", EvidenceFor.Neither, false, "A C2PA manifest was read; who wrote it, who signed it and what fits. Who the signer is was not checked: no trust list is shipped."),
        C2paChangedSince = new("c2pa-changed-since", EvidenceFor.Manipulation, false, "The file is not the one that the manifest was signed for: bytes outside of the manifest have changed, or the manifest came from another file."),
        C2paBroken = new("c2pa-broken", EvidenceFor.Manipulation, false, "The manifest cannot be read, its signature is wrong, its assertions are not those that were signed, or the manifest of an ingredient is another one or was taken out."),
        C2paUnchecked = new("c2pa-unchecked", EvidenceFor.Neither, false, "A part of the manifest could not be checked: EdDSA or another algorithm, a key or certificate that is not read, a binding other than c2pa.hash.data, or ranges left out of the hash."),
        C2paRemote = new("c2pa-remote", EvidenceFor.Neither, false, "The file refers to a C2PA manifest that is kept elsewhere. It was not fetched."),
        GeneratorTrace = new("generator-trace", EvidenceFor.Generation, true, "Text in the file states that a generator made it: a digital source type of IPTC, the parameters of a generation program in its own form, or a generator's name at the beginning of a field for the program. Always decisive; anyone can write or remove it."),
        CompositeTrace = new("composite-trace", EvidenceFor.Manipulation, true, "A digital source type of IPTC states that a part of the image came from a generator. Decisive where it is said of the image itself, not where it is said of an ingredient; anyone can write or remove it."),
        GeneratorNamed = new("generator-named", EvidenceFor.Generation, false, "A generator's name stands in a description, a history or further back in a field for software, or a field for the AI system names one that is not known."),
        EditorTrace = new("editor-trace", EvidenceFor.Manipulation, false, "An image editor's name stands in the file."),
        SoftwareTrace = new("software-trace", EvidenceFor.Neither, false, "Software that converts or resizes images named itself in the file."),
        DicomSynthetic = new("dicom-synthetic", EvidenceFor.Generation, true, "Synthetic Data (0008,001C) is YES: the file says itself that it is of no patient. Always decisive."),
        DicomGenerator = new("dicom-generator", EvidenceFor.Generation, false, "Manufacturer, model, software, equipment or a description names a generator, or says that a generative model made or changed the image."),
        DicomEditor = new("dicom-editor", EvidenceFor.Manipulation, false, "Manufacturer, model, software or equipment names an image editor."),
        DicomAlgorithm = new("dicom-algorithm", EvidenceFor.Neither, false, "The file says that an algorithm of artificial intelligence took part: reconstruction, denoising, or something else."),
        DicomDerived = new("dicom-derived", EvidenceFor.Neither, false, "Image Type is DERIVED or SECONDARY, a Conversion Type is given, or equipment is named that modified the image: these are not the first pixels."),
        DicomResearch = new("dicom-research", EvidenceFor.Neither, false, "Content Qualification (0018,9004) is RESEARCH or SERVICE: not made for a diagnosis."),
        DicomLossy = new("dicom-lossy", EvidenceFor.Neither, false, "The image was compressed with loss, as it says itself or as its transfer syntax does."),
        DicomLossyContradiction = new("dicom-lossy-contradiction", EvidenceFor.Manipulation, false, "What is said of lossy compression contradicts the transfer syntax or itself."),
        DicomEightBitSource = new("dicom-eight-bit-source", EvidenceFor.Manipulation, false, "Values of more than 8 bits take at most 256 levels in a regular comb: they were made of an 8-bit picture."),
        DicomNoNoise = new("dicom-no-noise", EvidenceFor.Manipulation, false, "A CT slice has next to no noise in tissue or air, far below what any dose gives."),
        DicomNoAir = new("dicom-no-air", EvidenceFor.Manipulation, false, "A CT slice that is not derived has no value of air or fat: no Hounsfield units, as where a picture of 8 bits was stored as CT."),
        DicomNoPadding = new("dicom-no-padding", EvidenceFor.Neither, false, "Pixel Padding Value is given for a CT slice, and no pixel has it."),
        DicomBitsUnused = new("dicom-bits-unused", EvidenceFor.Neither, false, "Half of the bits that are declared are enough for every value."),
        DicomGeometry = new("dicom-geometry", EvidenceFor.Manipulation, false, "Rows, columns, pixel spacing, imager pixel spacing and reconstruction diameter contradict each other."),
        DicomWindow = new("dicom-window", EvidenceFor.Neither, false, "The window to show the image with lies wholly outside of its values."),
        JpegQuantisation = new("jpeg-quantisation", EvidenceFor.Neither, false, "Tables of a JPEG file or frame: the quality they stand for, and whose they are where that is known."),
        JpegDouble = new("jpeg-double", EvidenceFor.Manipulation, false, "Coefficients show that the picture was compressed as JPEG twice, with other steps the first time. Common after any saving."),
        JpegEarlier = new("jpeg-earlier", EvidenceFor.Neither, false, "An uncompressed picture shows the grid of an earlier JPEG compression. Many real archives come from JPEG.");

    /// <summary>Every code, in the order of the reference page.</summary>
    public static IReadOnlyList<MetadataCode> All { get; } =
    [
        C2paGenerator, C2paComposite, C2paEdited, C2paPresent, C2paChangedSince, C2paBroken, C2paUnchecked, C2paRemote,
        GeneratorTrace, CompositeTrace, GeneratorNamed, EditorTrace, SoftwareTrace,
        DicomSynthetic, DicomGenerator, DicomEditor, DicomAlgorithm, DicomDerived, DicomResearch, DicomLossy, DicomLossyContradiction,
        DicomEightBitSource, DicomNoNoise, DicomNoAir, DicomNoPadding, DicomBitsUnused, DicomGeometry, DicomWindow,
        JpegQuantisation, JpegDouble, JpegEarlier,
    ];

    /// <summary>A finding of this code.</summary>
    internal Evidence Finding(string text, bool isDecisive = false, params KeyValuePair<string, double>[] numbers) =>
        new(EvidenceSource.Metadata, Code, For, isDecisive && MayDecide, text, numbers);

    /// <summary>A number with its name.</summary>
    internal static KeyValuePair<string, double> Number(string name, double value) => new(name, value);
}
