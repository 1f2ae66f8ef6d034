using System.Text;
using Veridicom.Dicom;
using Veridicom.Forensics;
using Veridicom.Forensics.Calibration;
using Veridicom.Forensics.Generation;
using Veridicom.Forensics.Manipulation;
using Veridicom.Forensics.Metadata;
using Veridicom.Pixels;
using Veridicom.Testing;
using Veridicom.Tests.Forensics.Metadata;
using Veridicom.Tests.Pictures;
using PictureFile = Veridicom.Forensics.PictureFile;

namespace Veridicom.Tests.Fuzz;

/// <summary>
/// Gives damaged pictures to whatever reads what a file says of itself (C2PA, Exif, XMP, IPTC, text chunks, tables of JPEG, attributes), and damaged models and thresholds to
/// their readers. What cannot be opened is refused by name; what can be opened has findings, or none.
/// </summary>
internal static class MetadataFuzz
{
    private static readonly string[] Boxes = ["jumb", "jumd", "cbor", "c2pa", "c2ma", "c2as", "c2cl", "c2cs", "caBX", "tEXt", "zTXt", "iTXt", "eXIf", "Exif", "http", "8BIM", "II*\0", "MM\0*"];

    /// <summary>PNG files.</summary>
    public static CodecFuzz Png { get; } = new("metadata-png", Seeds(Pngs()), new("metadata-png", (_, bytes) => Find(() => PictureFile.Open(bytes))), CodeMutator.Png);

    /// <summary>JPEG files.</summary>
    public static CodecFuzz Jpeg { get; } = new("metadata-jpeg", Seeds(Jpegs()), new("metadata-jpeg", (_, bytes) => Find(() => PictureFile.Open(bytes))), CodeMutator.Code);

    /// <summary>Models and thresholds.</summary>
    public static CodecFuzz DetectorFiles { get; } = new("detector-files", Seeds(Files()), new("detector-files", (seed, bytes) => Read(seed.Name, bytes)), CodeMutator.Code);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<CodecFuzz> All { get; } = [Png, Jpeg, DetectorFiles];

    /// <summary>DICOM files, beside other targets.</summary>
    public static FuzzTarget Dicom { get; } = new("metadata-dicom", (_, bytes) => Find(() => PictureFile.Open(DicomFile.Parse(new MemorySource(bytes)), null, out string reason) ?? (reason.Length > 0 ? null : throw new FuzzFailure("no picture and no reason"))));

    private static string Find(Func<PictureFile?> open)
    {
        try
        {
            using PictureFile? file = open();
            if (file is null) return "no picture";
            IReadOnlyList<Evidence> found = MetadataFindings.Of(file);
            if (found.FirstOrDefault(one => one.Text.Length == 0 || MetadataCode.All.All(code => code.Code != one.Code)) is { } odd) throw new FuzzFailure($"a finding without words, or of a code that is not listed: {odd.Code}");
            if (found.Sum(one => (long)one.Text.Length) > 1 << 20) throw new FuzzFailure("findings of more than a million characters");
            return found.Count == 0 ? "read" : "read: " + found[0].Code;
        }
        catch (PixelException e)
        {
            return e.Message.Length > 0 ? "refused: " + e.Code : throw new FuzzFailure("a refusal without words");
        }
        catch (DicomException)
        {
            return "refused";
        }
    }

    private static string Read(string name, byte[] bytes)
    {
        try
        {
            object read = name switch
            {
                "generation model" => GenerationModelFile.Read(bytes),
                "local model" => LocalModel.Read(bytes),
                _ => SiteThresholds.Read(bytes),
            };
            return read is null ? throw new FuzzFailure("nothing came") : "read";
        }
        catch (FormatException e)
        {
            return e.Message.Length > 0 ? "refused" : throw new FuzzFailure("a refusal without words");
        }
    }

    private static IReadOnlyList<FuzzSeed> Seeds(IEnumerable<(string Name, byte[] Bytes)> files) => [.. files.Select(file => new FuzzSeed(file.Name, file.Bytes, Places(file.Bytes)))];

    // where boxes, chunks and segments begin, and the first bytes
    private static int[] Places(byte[] bytes)
    {
        SortedSet<int> places = [.. CodeMutator.Markers(bytes)];
        foreach (string box in Boxes)
        {
            byte[] name = Encoding.ASCII.GetBytes(box);
            for (int at = 0, found; places.Count < 400 && (found = bytes.AsSpan(at).IndexOf(name)) >= 0; at += found + name.Length) places.Add(Math.Max(0, at + found - 4));
        }
        return [.. places];
    }

    private static IEnumerable<(string, byte[])> Pngs()
    {
        byte[] plain = ManifestKit.PlainPng();
        byte[] With(string type, byte[] content) => [.. plain[..33], .. PngByHand.Chunk(type, content), .. plain[33..]];
        yield return ("manifest", new ManifestKit().Png());
        yield return ("ingredient", new ManifestKit { Relationship = "parentOf", Further = ["c2pa.edited"] }.Png());
        yield return ("RSA", new ManifestKit { By = ManifestKit.Rsa, Algorithm = -37, Before = ["c2pa.opened"], Repeats = 3 }.Png());
        yield return ("text", With("tEXt", Encoding.Latin1.GetBytes("parameters\0a chest radiograph\nSteps: 30, Sampler: Euler a, Seed: 1")));
        yield return ("packed text", With("zTXt", [.. "parameters\0\0"u8, .. PngByHand.Zlib(Encoding.Latin1.GetBytes("Steps: 30, Sampler: Euler a"))]));
        yield return ("long text", With("iTXt", [.. Encoding.Latin1.GetBytes("XML:com.adobe.xmp\0\0\0\0\0"), .. Xmp()]));
        yield return ("Exif", With("eXIf", Exif()));
        // of a generator in use: its manifest in a picture of ours
        string real = Repository.DataFolder is { } folder ? Path.Combine(folder, "xray", "c2pa", "gpt4o_000_original.png") : "";
        if (!File.Exists(real)) yield break;
        byte[] file = File.ReadAllBytes(real);
        int at = file.AsSpan().IndexOf("caBX"u8), length = at < 4 ? 0 : System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at - 4));
        if (length > 0) yield return ("manifest of a generator", With("caBX", file[(at + 4)..(at + 4 + length)]));
    }

    private static IEnumerable<(string, byte[])> Jpegs()
    {
        byte[] plain = ManifestKit.PlainJpeg();
        byte[] With(byte marker, byte[] content) => [0xFF, 0xD8, 0xFF, marker, (byte)((content.Length + 2) >> 8), (byte)((content.Length + 2) & 0xFF), .. content, .. plain[2..]];
        yield return ("manifest", new ManifestKit().Jpeg());
        yield return ("manifest in pieces", new ManifestKit { HashName = "sha384" }.Jpeg(700));
        yield return ("XMP", With(0xE1, [.. "http://ns.adobe.com/xap/1.0/\0"u8, .. Xmp()]));
        yield return ("Exif", With(0xE1, [.. "Exif\0\0"u8, .. Exif()]));
        byte[] set = [0x1C, 2, 65, 0, 9, .. "Photoshop"u8];
        yield return ("IPTC", With(0xED, [.. "Photoshop 3.0\0"u8, .. "8BIM"u8, 4, 4, 0, 0, 0, 0, 0, (byte)set.Length, .. set]));
        yield return ("comment", With(0xFE, [.. "parameters: Steps: 30, Sampler: Euler a"u8]));
    }

    private static byte[] Xmp() =>
        [.. "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description xmlns:i='http://iptc.org/std/Iptc4xmpExt/2008-02-29/' xmlns:b='http://ns.adobe.com/xap/1.0/' i:DigitalSourceType='http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia' b:CreatorTool='Painter 9'/></rdf:RDF></x:xmpmeta>"u8];

    // Software in IFD0, and UserComment below the Exif IFD
    private static byte[] Exif() =>
        [.. "II*\0"u8, 8, 0, 0, 0, 2, 0, 0x31, 1, 2, 0, 10, 0, 0, 0, 38, 0, 0, 0, 0x69, 0x87, 4, 0, 1, 0, 0, 0, 48, 0, 0, 0, 0, 0, 0, 0, .. "Painter 9\0"u8,
            1, 0, 0x86, 0x92, 7, 0, 16, 0, 0, 0, 66, 0, 0, 0, 0, 0, 0, 0, .. "ASCII\0\0\0Steps: 3"u8];

    private static IEnumerable<(string, byte[])> Files()
    {
        yield return ("generation model", GenerationModelFile.Write(GenerationModel.Shipped));
        yield return ("local model", LocalModel.Shipped.Write());
        yield return ("thresholds", new SiteThresholds(new Thresholds("north", 0.4, 0.7, 2.5, [0.1, 0.2, 0.35, 0.6]) { Modalities = ["", "CR"] }, "1.0 17a2", 0.05, 31, new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero)).Write());
    }
}
