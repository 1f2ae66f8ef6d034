using System.IO.Compression;
using System.Text;
using Veridicom.Forensics;
using Veridicom.Forensics.Metadata;
using Veridicom.Pixels;
using Veridicom.Tests.Pictures;
using Xunit;
using PictureFile = Veridicom.Forensics.PictureFile;

namespace Veridicom.Tests.Forensics.Metadata;

/// <summary>Texts that generators and editors leave, in each place where they stand.</summary>
public sealed class TraceTests
{
    private const string Parameters = "a chest radiograph\nNegative prompt: colour\nSteps: 30, Sampler: Euler a, CFG scale: 7, Seed: 1";
    private const string XmpType = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description xmlns:i='http://iptc.org/std/Iptc4xmpExt/2008-02-29/' xmlns:b='http://ns.adobe.com/xap/1.0/' xmlns:p='http://ns.adobe.com/photoshop/1.0/' xmlns:t='http://purl.org/dc/terms/' xmlns:m='http://ns.adobe.com/xap/1.0/mm/' xmlns:e='http://ns.adobe.com/xap/1.0/sType/ResourceEvent#'{0}</rdf:Description></rdf:RDF></x:xmpmeta>";

    private static byte[] Png(string type, byte[] content)
    {
        byte[] plain = ManifestKit.PlainPng();
        return [.. plain[..33], .. PngByHand.Chunk(type, content), .. plain[33..]];
    }

    private static byte[] Jpeg(byte marker, byte[] content)
    {
        byte[] plain = ManifestKit.PlainJpeg();
        int length = content.Length + 2;
        return [0xFF, 0xD8, 0xFF, marker, (byte)(length >> 8), (byte)(length & 0xFF), .. content, .. plain[2..]];
    }

    private static byte[] Zlib(byte[] data)
    {
        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal)) zlib.Write(data);
        return packed.ToArray();
    }

    private static byte[] Latin(string text) => Encoding.Latin1.GetBytes(text);

    private static byte[] Exif(ushort tag, byte[] value, bool little)
    {
        var tiff = new List<byte>(little ? "II"u8.ToArray() : "MM"u8.ToArray());
        void Word(int v) => tiff.AddRange(little ? [(byte)(v & 0xFF), (byte)(v >> 8)] : new[] { (byte)(v >> 8), (byte)(v & 0xFF) });
        void Long(int v)
        {
            if (little) { Word(v & 0xFFFF); Word(v >> 16); }
            else { Word(v >> 16); Word(v & 0xFFFF); }
        }
        Word(42);
        Long(8);
        bool below = tag == 0x9286;
        Word(1);
        if (below)
        {
            Word(0x8769); Word(4); Long(1); Long(26);
            Long(0);
            Word(1);
        }
        Word(tag); Word(below ? 7 : 2); Long(value.Length); Long(tiff.Count + 8);
        Long(0);
        return [.. tiff, .. value];
    }

    private static byte[] Block(int dataSet, string text)
    {
        byte[] set = [0x1C, 2, (byte)dataSet, 0, (byte)text.Length, .. Latin(text)];
        return [.. "Photoshop 3.0\0"u8, .. "8BIM"u8, 0x04, 0x04, 0, 0, 0, 0, 0, (byte)set.Length, .. set, .. new byte[set.Length & 1]];
    }

    private static (string Code, bool Decisive)[] Find(byte[] file) =>
        [.. MetadataFindings.Of(PictureFile.Open(file)).Where(e => !e.Code.StartsWith("jpeg", StringComparison.Ordinal)).Select(e => (e.Code, e.IsDecisive))];

    [Fact]
    public void Parameters_are_found_in_every_text_chunk_of_PNG()
    {
        Assert.Equal([("generator-trace", true)], Find(Png("tEXt", Latin("parameters\0" + Parameters))));
        Assert.Equal([("generator-trace", true)], Find(Png("zTXt", [.. Latin("parameters\0\0"), .. Zlib(Latin(Parameters))])));
        Assert.Equal([("generator-trace", true)], Find(Png("iTXt", Latin("parameters\0\0\0\0\0" + Parameters))));
        Assert.Equal([("generator-trace", true)], Find(Png("iTXt", [.. Latin("parameters\0\u0001\0en\0x\0"), .. Zlib(Latin(Parameters))])));
        Assert.Equal([("generator-trace", true)], Find(Png("tEXt", Latin("prompt\0{\"3\": {\"class_type\": \"KSampler\", \"inputs\": {}}}"))));
        Assert.Equal([("generator-trace", true)], Find(Png("tEXt", Latin("workflow\0{\"nodes\": [], \"links\": []}"))));
        Assert.Equal([("generator-trace", true)], Find(Png("eXIf", Exif(0x0131, Latin("Midjourney\0"), true))));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Exif_is_read_in_both_byte_orders(bool little)
    {
        byte[] Segment(ushort tag, byte[] value) => Jpeg(0xE1, [.. "Exif\0\0"u8, .. Exif(tag, value, little)]);

        Assert.Equal([("editor-trace", false)], Find(Segment(0x0131, Latin("Adobe Photoshop CS6 (Macintosh)\0"))));
        Assert.Equal([("generator-named", false)], Find(Segment(0x010E, Latin("as DALL-E saw it\0"))));
        Assert.Equal([("generator-trace", true)], Find(Segment(0x9286, [.. "UNICODE\0"u8, .. Encoding.BigEndianUnicode.GetBytes(Parameters)])));
        Assert.Equal([("generator-trace", true)], Find(Segment(0x9286, [.. "UNICODE\0"u8, .. Encoding.Unicode.GetBytes(Parameters)])));
        Assert.Equal([("generator-trace", true)], Find(Segment(0x9286, [.. "ASCII\0\0\0"u8, .. Latin(Parameters)])));
        Assert.Empty(Find(Segment(0x0131, Latin("Workstation 5.1\0"))));
    }

    [Theory]
    [InlineData(" i:DigitalSourceType='http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia'>", "generator-trace", true)]
    [InlineData("><i:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia</i:DigitalSourceType>", "generator-trace", true)]
    [InlineData("><i:DigitalSourceType rdf:resource='http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia'></i:DigitalSourceType>", "generator-trace", true)]
    [InlineData(" i:DigitalSourceType='compositeWithTrainedAlgorithmicMedia'>", "composite-trace", true)]
    [InlineData(" i:DigitalSourceType='http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture'>", "", false)]
    [InlineData(" b:CreatorTool='Adobe Photoshop 25.0'>", "editor-trace", false)]
    [InlineData("><i:AISystemUsed>DALL-E 3</i:AISystemUsed>", "generator-trace", true)]
    [InlineData(" i:AISystemUsed='Midjourney'>", "generator-trace", true)]
    [InlineData("><i:AISystemUsed>Some model</i:AISystemUsed>", "generator-named", false)]
    [InlineData("><i:AISystemUsed>none</i:AISystemUsed>", "", false)]
    [InlineData(" i:AISystemUsed='n/a'>", "", false)]
    [InlineData("><i:AISystemUsed>-</i:AISystemUsed>", "", false)]
    [InlineData("><i:AISystemUsed>Midjourney was not used</i:AISystemUsed>", "", false)]
    [InlineData("><i:AIPromptInformation>No AI</i:AIPromptInformation>", "", false)]
    [InlineData("><i:AIPromptInformation>a chest radiograph without any fracture</i:AIPromptInformation>", "generator-named", false)]
    [InlineData("><m:Pantry><rdf:Bag><rdf:li rdf:parseType='Resource'><i:DigitalSourceType>trainedAlgorithmicMedia</i:DigitalSourceType></rdf:li></rdf:Bag></m:Pantry>", "composite-trace", false)]
    [InlineData("><m:Pantry><rdf:Bag><rdf:li><rdf:Description i:DigitalSourceType='trainedAlgorithmicMedia'/></rdf:li></rdf:Bag></m:Pantry>", "composite-trace", false)]
    [InlineData("><m:History><rdf:Seq><rdf:li e:action='saved' e:softwareAgent='Adobe Firefly 3'/></rdf:Seq></m:History>", "generator-named", false)]
    [InlineData("><m:History><rdf:Seq><rdf:li e:action='saved' e:softwareAgent='Adobe Photoshop 25.0'/></rdf:Seq></m:History>", "editor-trace", false)]
    [InlineData("><m:DerivedFrom><rdf:Description i:DigitalSourceType='trainedAlgorithmicMedia'/></m:DerivedFrom>", "", false)]
    [InlineData(" b:DigitalSourceType='trainedAlgorithmicMedia'>", "", false)]
    [InlineData(" DigitalSourceType='trainedAlgorithmicMedia'>", "", false)]
    [InlineData(" p:Credit='Made with Google AI'>", "generator-trace", true)]
    [InlineData(" t:provenance='https://example.org/manifest.c2pa'>", "c2pa-remote", false)]
    [InlineData("><i:DigitalSourceType>trainedAlgorithmicMedia</i:DigitalSourceType><broken", "generator-trace", true)]
    public void XMP_is_read_in_PNG_and_JPEG(string property, string code, bool decisive)
    {
        string packet = "<?xpacket begin='\uFEFF' id='W5M0MpCehiHzreSzNTczkc9d'?>" + string.Format(null, XmpType, property) + "<?xpacket end='w'?>";
        (string, bool)[] expected = code.Length == 0 ? [] : [(code, decisive)];

        Assert.Equal(expected, Find(Png("iTXt", [.. Latin("XML:com.adobe.xmp\0\0\0\0\0"), .. Encoding.UTF8.GetBytes(packet)])));
        Assert.Equal(expected, Find(Jpeg(0xE1, [.. Latin("http://ns.adobe.com/xap/1.0/\0"), .. Encoding.UTF8.GetBytes(packet)])));
    }

    [Fact]
    public void XMP_of_a_hundred_thousand_levels_costs_no_more_than_its_length()
    {
        string deep = "><i:AISystemUsed>" + string.Concat(Enumerable.Repeat("<a b='c'>", 100_000));

        Assert.Empty(Find(Png("iTXt", [.. Latin("XML:com.adobe.xmp\0\0\0\0\0"), .. Encoding.UTF8.GetBytes(XmpType.Replace("{0}", deep, StringComparison.Ordinal))])));
    }

    [Theory]
    [InlineData("Software", "Midjourney 6.1", "generator-trace", true)]
    [InlineData("Software", "Made with Midjourney", "generator-named", false)]
    [InlineData("Software", "Hospital PACS 4 (no OpenAI service used)", "", false)]
    [InlineData("Software", "OpenAI: not used", "", false)]
    [InlineData("Software", "GIMP 2.10 (no ChatGPT)", "editor-trace", false)]
    [InlineData("Software", "Microsoft Designer", "editor-trace", false)]
    [InlineData("Comment", "Figure 2. Not Made with Google AI", "", false)]
    [InlineData("Comment", "Made with Google AI", "generator-trace", true)]
    [InlineData("Comment", "Figure 2. Made with Google AI", "generator-named", false)]
    [InlineData("Dream", "a ward of St. Mary", "", false)]
    [InlineData("Dream", "\"a chest radiograph\" -s 50 -S 3173112 -W 512 -H 512 -C 7.5 -A k_lms", "generator-trace", true)]
    [InlineData("sd-metadata", "none", "", false)]
    [InlineData("sd-metadata", "{\"model\": \"stable\"}", "generator-trace", true)]
    [InlineData("Comment", "The words Steps: and Sampler: and Seed: stand here", "", false)]
    public void Only_what_a_tool_writes_itself_decides(string keyword, string text, string code, bool decisive) =>
        Assert.Equal(code.Length == 0 ? [] : [(code, decisive)], Find(Png("tEXt", Latin(keyword + "\0" + text))));

    [Fact]
    public void A_document_type_in_XMP_is_not_followed()
    {
        string packet = "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description xmlns:b='http://ns.adobe.com/xap/1.0/' b:CreatorTool='GIMP'>&a;</rdf:Description></rdf:RDF>";

        Assert.Empty(Find(Png("iTXt", [.. Latin("XML:com.adobe.xmp\0\0\0\0\0"), .. Encoding.UTF8.GetBytes(packet)])));
    }

    [Fact]
    public void IPTC_and_comments_of_JPEG_are_read()
    {
        Assert.Equal([("generator-trace", true)], Find(Jpeg(0xED, Block(110, "Made with Google AI"))));
        Assert.Equal([("editor-trace", false)], Find(Jpeg(0xED, Block(65, "GIMP"))));
        Assert.Equal([("software-trace", false)], Find(Jpeg(0xFE, Latin("CREATOR: gd-jpeg v1.0 (using IJG JPEG v80), quality = 90"))));
    }

    [Theory]
    [InlineData("a canvas of the lung")]
    [InlineData("Gemini TF PET/CT")]
    [InlineData("Imagen de torax")]
    [InlineData("syngo Leonardo")]
    [InlineData("")]
    public void Words_and_devices_are_no_generators(string text) => Assert.Empty(Find(Png("tEXt", Latin("Software\0" + text))));

    [Fact]
    public void A_text_that_inflates_without_end_is_read_up_to_a_limit()
    {
        byte[] bomb = Png("zTXt", [.. Latin("Comment\0\0"), .. Zlib(new byte[200_000_000])]);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Empty(Find(bomb));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000_000);
    }

    [Fact]
    public void Twenty_thousand_damaged_texts_give_findings_and_nothing_else()
    {
        string packet = string.Format(null, XmpType, " b:CreatorTool='GIMP'><i:AISystemUsed><rdf:Seq><rdf:li>x</rdf:li></rdf:Seq></i:AISystemUsed>");
        (string Type, byte[] Content)[] chunks =
        [
            ("tEXt", Latin("parameters\0" + Parameters)), ("zTXt", [.. Latin("Software\0\0"), .. Zlib(Latin("GIMP 2.10 with much more text"))]), ("iTXt", [.. Latin("XML:com.adobe.xmp\0\0\0\0\0"), .. Encoding.UTF8.GetBytes(packet)]),
            ("eXIf", Exif(0x0131, Latin("Midjourney\0"), true)), ("eXIf", Exif(0x9286, [.. "UNICODE\0"u8, .. Encoding.Unicode.GetBytes(Parameters)], false)),
        ];
        (byte Marker, byte[] Content)[] segments = [(0xE1, [.. "Exif\0\0"u8, .. Exif(0x010E, Latin("DALL-E\0"), false)]), (0xED, Block(65, "GIMP")), (0xEB, new ManifestKit().Jpeg()[6..300])];
        var random = new Random(7);
        int found = 0;
        for (int i = 0; i < 20000; i++)
        {
            bool png = i % 8 < chunks.Length;
            byte[] content = [.. png ? chunks[i % 8].Content : segments[i % 8 - chunks.Length].Content];
            for (int n = random.Next(1, 4); n > 0; n--) content[random.Next(content.Length)] = (byte)random.Next(256);
            if (random.Next(4) == 0) content = content[..random.Next(content.Length)];
            found += Find(png ? Png(chunks[i % 8].Type, content) : Jpeg(segments[i % 8 - chunks.Length].Marker, content)).Length > 0 ? 1 : 0;
        }
        Assert.InRange(found, 1000, 19999);
    }
}
