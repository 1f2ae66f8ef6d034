using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;
using Veridicom.Tests.Seals;
using Veridicom.Tests.Signatures;
using Veridicom.Tests.Trust;

namespace Veridicom.Testing;

/// <summary>
/// Writes the files of tests/vectors/attacks with their manifest (see README.md there): one attack each, under a signature of PS3.15 and under a
/// seal. The letters are those of the catalogue of attacks: A on signatures, B on readers, C on files, E on resources.
/// </summary>
internal sealed partial class AttackVectorGenerator(string folder)
{
    private static readonly DicomTag[] Minimum = [new(0x00080016), new(0x00080018), new(0x0020000D), new(0x0020000E), new(0x7FE00010)];
    private readonly List<string> _manifest = [];
    private readonly Party _rsa = TrustKit.Signer(SealKit.Root, "Scanner 1", RSA.Create(2048), until: SealKit.Far);

    /// <summary>Makes keys, files and manifest.</summary>
    public void Run()
    {
        foreach (string old in Directory.GetFiles(folder, "*.dcm")) File.Delete(old);
        File.WriteAllText(Path.Combine(folder, "root.pem"), PemBlocks.Write(PemBlocks.CertificateLabel, SealKit.Root.Der.Span));
        OnCoverage();
        OnSignatures();
        OnSigners();
        OnReaders();
        OnFiles();
        OnResources();
        File.WriteAllText(Path.Combine(folder, "manifest.jsonl"), string.Join('\n', _manifest) + "\n");
    }

    /// <summary>A small CT slice with what the attacks change.</summary>
    private static byte[] Image(string syntax = SampleFiles.Explicit, Action<ElementWriter>? pixels = null)
    {
        var w = new ElementWriter()
            .Text(new(0x00080005), Vr.CS, "ISO_IR 100")
            .Text(new(0x00080016), Vr.UI, SealKit.SopClass)
            .Text(new(0x00080018), Vr.UI, SealKit.Instance)
            .Text(new(0x00080060), Vr.CS, "CT")
            .BeginSequence(new(0x00081140)).BeginItem().Text(new(0x00081155), Vr.UI, "2.25.3").EndItem().EndSequence()
            .Text(new(0x00100010), Vr.PN, "Doe^Jane")
            .Text(new(0x00100020), Vr.LO, "4711")
            .BeginSequence(new(0x00101002)).BeginItem().Text(new(0x00100020), Vr.LO, "0815").EndItem().EndSequence()
            .Text(new(0x00180050), Vr.DS, "1.5")
            .Text(new(0x0020000D), Vr.UI, "2.25.21")
            .Text(new(0x0020000E), Vr.UI, "2.25.22")
            .Text(new(0x00200032), Vr.DS, "-125\\-125\\40")
            .UInt16(new(0x00280002), 1).Text(new(0x00280004), Vr.CS, "MONOCHROME2");
        if (pixels is not null) w.Text(new(0x00280008), Vr.IS, "2");
        w.UInt16(new(0x00280010), 4).UInt16(new(0x00280011), 4).Text(new(0x00280030), Vr.DS, "0.5\\0.5").UInt16(new(0x00280100), 8)
            .Text(new(0x00281050), Vr.DS, "40").Text(new(0x00281052), Vr.DS, "-1024").Text(new(0x00281053), Vr.DS, "1");
        if (pixels is null) w.Bytes(new(0x7FE00010), Vr.OW, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
        else pixels(w);
        return [.. SealKit.Head(syntax), .. w.ToArray()];
    }

    private byte[] Signed(byte[] file, DicomTag[]? tags = null, KeySigner? signer = null)
    {
        DicomFile parsed = SealKit.Parse(file);
        SignatureEdits edits = SignatureWriter.Create(parsed, signer ?? _rsa.Signer(), new SignatureOptions { Uid = "2.25.42", At = SealKit.At, Tags = tags });
        using var output = new MemoryStream();
        SourceEdit.Apply(edits.Edits, parsed.DataSet.Source).WriteTo(output);
        return output.ToArray();
    }

    private void Add(string name, string attack, string under, string comment, byte[] file)
    {
        Verdict verdict = SealKit.Verify(file);
        string path = $"{attack}-{name}-{under}.dcm";
        File.WriteAllBytes(Path.Combine(folder, path), file);
        _manifest.Add(JsonSerializer.Serialize(new
        {
            file = path, attack, under, expect = verdict.Kind.Word(), exitCode = verdict.ExitCode,
            parts = verdict.Parts.ToDictionary(p => p.Key.Word(), p => p.Value.Word()), reasons = verdict.Reasons.Select(r => r.Code.Word()).Distinct(), comment,
        }));
    }

    /// <summary>The same change to a file signed over every element, or over the least a profile asks for, and to a sealed one.</summary>
    private void Both(string name, string attack, string comment, Func<byte[], byte[]> change, bool minimum = false, byte[]? image = null)
    {
        image ??= Image();
        Add(name, attack, "signature", comment, change(Signed(image, minimum ? Minimum : null)));
        Add(name, attack, "seal", comment, change(SealKit.Seal(image)));
    }

    private static byte[] Element(uint tag, Vr vr, string text) => new ElementWriter().Text(new(tag), vr, text).ToArray();

    /// <summary>The file with an element of the top level put behind another, in order or not.</summary>
    private static byte[] Behind(byte[] file, uint tag, byte[] elements) => SealKit.Splice(file, (SealKit.Find(file, tag).EndOffset, 0, elements));

    /// <summary>The file with bytes put into the first item of a sequence of the top level.</summary>
    private static byte[] IntoItem(byte[] file, uint sequence, byte[] elements)
    {
        foreach (DicomNode item in SealKit.Find(file, sequence)) return SealKit.Splice(file, (item.ValueOffset + item.ValueLength, 0, elements));
        throw new ArgumentException("no item");
    }

    private void OnCoverage()
    {
        Add("stripped", "A1", "signature", "the signature taken out", SealKit.Without(SealKit.Without(Signed(Image()), 0xFFFAFFFA), 0x4FFE0001));
        byte[] stripped = SealKit.Seal(Image());
        foreach (uint tag in (uint[])[0x7FF1100F, 0x7FF11002, 0x7FF11001, 0x7FF10010]) stripped = SealKit.Without(stripped, tag);
        Add("stripped", "A1", "seal", "the seal taken out", stripped);

        byte[] overlay = new ElementWriter().UInt16(new(0x60000010), 4).UInt16(new(0x60000011), 4).Text(new(0x60000040), Vr.CS, "G").Bytes(new(0x60003000), Vr.OW, [0xFF, 0xFF]).ToArray();
        Both("overlay", "A2", "an overlay drawn over the picture", f => SealKit.Added(f, overlay));
        Both("shutter", "A2", "a shutter that hides a part", f => SealKit.Added(f, Element(0x00181600, Vr.CS, "RECTANGULAR")));
        Both("window-width", "A2", "a window that shows something else", f => SealKit.Added(f, Element(0x00281051, Vr.DS, "1")));
        Both("patient-comments", "A2", "a comment on the patient", f => SealKit.Added(f, Element(0x00104000, Vr.LT, "is well")));
        Both("body-part", "A2", "an element that is neither shown nor the patient's", f => SealKit.Added(f, Element(0x00180015, Vr.CS, "CHEST")));

        (string Name, uint Tag, string Value)[] changes =
        [
            ("patient-name", 0x00100010, "Roe^John"), ("patient-id", 0x00100020, "4712"), ("modality", 0x00080060, "MR"), ("thickness", 0x00180050, "5"),
            ("position", 0x00200032, "125\\125\\40"), ("spacing", 0x00280030, "0.7\\0.7"), ("charset", 0x00080005, "ISO_IR 144"),
        ];
        foreach ((string name, uint tag, string value) in changes) Both(name, "A3", "an element changed that the least of signatures does not cover", f => SealKit.With(f, tag, value), minimum: true);

        // a private UN in a sequence keeps all of it out of a signature
        byte[] un = IntoItem(Image(), 0x00101002, new ElementWriter().Text(new(0x00110010), Vr.LO, "KIT").Bytes(new(0x00111001), Vr.UN, [1, 2]).ToArray());
        Both("un-in-sequence", "A8", "a sequence left out of the signature for a private UN in it, and changed", f =>
        {
            DicomNode sequence = SealKit.Find(f, 0x00101002);
            int at = f.AsSpan((int)sequence.HeaderOffset).IndexOf("0815"u8) + (int)sequence.HeaderOffset;
            return SealKit.Splice(f, (at, 4, "0816"u8.ToArray()));
        }, image: un);
    }

    private void OnSignatures()
    {
        byte[] renamed = TrustKit.Signer(SealKit.Root, "Dr Mallory MD", _rsa.Key, until: SealKit.Far).Der.ToArray();
        Add("certificate", "A4", "signature", "another certificate for the same key", Signature(Signed(Image()), 0x04000115, renamed));
        Add("certificate", "A4", "seal", "another certificate in the standard's signature of a sealed file", Signature(SealKit.Seal(Image(), standard: true), 0x04000115, renamed));

        byte[] tags = new ElementWriter().Tags(new(0x04000020), [.. Minimum.Reverse(), Minimum[0], new(0x00101010), new(0x00181150)]).ToArray();
        Func<byte[], byte[]> list = f => InSequence(f, 0x4FFE0001, 0x04000020, tags);
        Add("tag-list", "A5", "signature", "the list of signed elements turned round, doubled, and with absent ones claimed", list(Signed(Image(), Minimum)));
        Add("tag-list", "A5", "seal", "the same list in a sealed file", list(SealKit.Seal(Image(), standard: true)));

        byte[] frame = [.. new byte[] { 1, 0, 0, 0, 64, 0, 0, 0 }, .. new byte[56], 15, .. Enumerable.Range(1, 16).Select(i => (byte)i), 0];
        byte[] fragments = Image(SampleFiles.Rle, w => w.Header(new(0x7FE00010), Vr.OB, 0xFFFFFFFF).Raw(SealKit.Fragment([])).Raw(SealKit.Fragment(frame)).Raw(SealKit.Fragment(frame)).EndSequence());
        Both("merged", "A6", "two fragments made one, the item tag between them left as data", f =>
        {
            DicomNode[] all = [.. Children(SealKit.Find(f, 0x7FE00010))];
            return SealKit.Splice(f, (all[1].HeaderOffset, all[2].EndOffset - all[1].HeaderOffset, SealKit.Fragment([.. frame, 0xFE, 0xFF, 0x00, 0xE0, .. frame])));
        }, image: fragments);

        Both("fffc-in-item", "A7", "a payload in an item under a tag that signatures skip", f => IntoItem(f, 0x00101002, new ElementWriter().Bytes(new(0xFFFCFFFC), Vr.OB, "payload!"u8).ToArray()));
        Both("fffa-in-item", "A7", "a payload in an item under the group of signatures", f => IntoItem(f, 0x00081140, new ElementWriter().Bytes(new(0xFFFA0010), Vr.OB, "payload!"u8).ToArray()));

        byte[] signedItem = Signed(Bare(new ElementWriter().Text(new(0x00100020), Vr.LO, "0815").ToArray()))[Bare([]).Length..];
        byte[] wrapped = new ElementWriter().BeginItem().Raw(signedItem).EndItem().ToArray();
        byte[] moved = Image();
        Add("item", "A9", "signature", "an item with a signature of its own, pasted into another patient's file", BehindItem(moved, 0x00101002, wrapped));
        Add("item", "A9", "seal", "the same item pasted into a sealed file", BehindItem(SealKit.Seal(moved), 0x00101002, wrapped));

        byte[] broken = SealKit.With(Signed(Image()), 0x7FE00010, new byte[16]);
        byte[] parked = new ElementWriter().BeginSequence(new(0x04000561)).BeginItem().Raw(SealKit.Raw(broken, SealKit.Find(broken, 0x4FFE0001))).Raw(SealKit.Raw(broken, SealKit.Find(broken, 0xFFFAFFFA))).EndItem().EndSequence().ToArray();
        Add("parked", "A10", "signature", "a broken signature put among the original attributes", SealKit.Added(SealKit.Without(SealKit.Without(broken, 0xFFFAFFFA), 0x4FFE0001), parked));
        Add("parked", "A10", "seal", "the same put into a sealed file", SealKit.Added(SealKit.Seal(Image()), parked));

        byte[] doubled(byte[] f)
        {
            DicomNode item = Children(SealKit.Find(f, 0x4FFE0001)).First();
            return SealKit.Splice(f, (item.EndOffset, 0, SealKit.Raw(f, item)));
        }
        Add("mac-id", "A11", "signature", "two items of MAC parameters with one number", doubled(Signed(Image())));
        Add("mac-id", "A11", "seal", "the same in a sealed file", doubled(SealKit.Seal(Image(), standard: true)));
    }

    private static byte[] Bare(byte[] set) => [.. SealKit.Head(SampleFiles.Explicit), .. set];

    private static IEnumerable<DicomNode> Children(DicomNode parent)
    {
        foreach (DicomNode child in parent) yield return child;
    }

    private static byte[] BehindItem(byte[] file, uint sequence, byte[] item) => SealKit.Splice(file, (Children(SealKit.Find(file, sequence)).Last().EndOffset, 0, item));

    /// <summary>Another value in the (last) signature item.</summary>
    private static byte[] Signature(byte[] file, uint tag, byte[] value) => InSequence(file, 0xFFFAFFFA, tag, new ElementWriter().Bytes(new(tag), Vr.OB, value).ToArray());

    /// <summary>Another element in the only item of a sequence, whose lengths are made right.</summary>
    private static byte[] InSequence(byte[] file, uint sequence, uint tag, byte[]? element)
    {
        DicomNode whole = SealKit.Find(file, sequence), item = Children(whole).Last();
        var w = new ElementWriter().BeginSequence(whole.Tag).BeginItem();
        bool placed = false;
        foreach (DicomNode child in item)
        {
            if (!placed && element is not null && child.Tag.Value >= tag)
            {
                w.Raw(element);
                placed = true;
            }
            if (child.Tag.Value != tag) w.Raw(SealKit.Raw(file, child));
        }
        if (!placed && element is not null) w.Raw(element);
        w.EndItem().EndSequence();
        return SealKit.Splice(file, (whole.HeaderOffset, whole.EndOffset - whole.HeaderOffset, w.ToArray()));
    }
}
