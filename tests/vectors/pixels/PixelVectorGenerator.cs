using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Disclosure;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Testing;

/// <summary>
/// Writes the files of tests/vectors/pixels with their manifest: pictures that were compressed, sealed, converted and tampered with. It runs only when
/// asked for (see README.md there), with DCMTK and GDCM, and never to make a test pass.
/// </summary>
public sealed class PixelVectorGenerator(string folder)
{
    /// <summary>When the vectors were sealed, and the time at which they are judged.</summary>
    public static readonly DateTimeOffset At = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private static readonly DateTimeOffset From = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), Until = new(2099, 12, 31, 23, 59, 59, TimeSpan.Zero);
    private readonly List<string> _manifest = [];
    private readonly Counter _randomness = new();
    private VerifyOptions _options = null!;
    private KeySigner _signer = null!;

    private sealed class Counter : IRandomness
    {
        private int _next;
        public void Fill(Span<byte> destination) => SHA256.HashData(BitConverter.GetBytes(++_next)).AsSpan(0, destination.Length).CopyTo(destination);
    }

    /// <summary>Makes keys, files and manifest.</summary>
    public void Run()
    {
        foreach (string old in Directory.GetFiles(folder, "*.dcm")) File.Delete(old);
        using AsymmetricAlgorithm authorityKey = CertificateIssuing.CreateKey(KeyChoice.P256), key = CertificateIssuing.CreateKey(KeyChoice.P256);
        Certificate authority = CertificateIssuing.CreateAuthority(CertificateIssuing.Name("Pixel Vector CA"), authorityKey, From, Until, _randomness);
        _signer = new(key, [CertificateIssuing.CreateSealing(CertificateIssuing.Name("Scanner"), CertificateIssuing.PublicKeyOf(key), authority, authorityKey, From, Until, _randomness)]);
        File.WriteAllText(Path.Combine(folder, "root.pem"), PemBlocks.Write(PemBlocks.CertificateLabel, authority.Der.Span));
        _options = new VerifyOptions { Trust = TrustList.Create([authority.Der]), Now = At };
        Compressed();
        Moved();
        Attacked();
        Labels();
        Lossy();
        File.WriteAllText(Path.Combine(folder, "manifest.jsonl"), string.Join('\n', _manifest) + "\n");
    }

    private static byte[] Colour => Image(w => w.UInt16(new(0x0028, 0x0006), 0), rows: 34, columns: 40, samples: 3, photometric: "RGB");

    private static byte[] Grey => Image(_ => { }, rows: 36, columns: 40);

    private static byte[] Frames => Image(w => w.Text(new(0x0028, 0x0008), Vr.IS, "2"), rows: 33, columns: 35, allocated: 16, stored: 12, frames: 2);

    private static byte[] Signed => Image(_ => { }, rows: 33, columns: 35, allocated: 16, stored: 12, signed: true);

    private static byte[] Icon => Image(_ => { }, rows: 33, columns: 35, icon: true);

    private void Compressed()
    {
        Add("rle-colour", Seal(Run(Colour, "dcmcrle")), VerdictKind.Authentic, "RLE, three samples");
        Add("rle-frames", Seal(Run(Frames, "dcmcrle")), VerdictKind.Authentic, "RLE, two frames of 12 bits in 16");
        Add("jpeg-ls-frames", Seal(Run(Frames, "dcmcjpls")), VerdictKind.Authentic, "JPEG-LS, two frames");
        Add("jpeg-lossless-colour", Seal(Run(Colour, "gdcmconv", "--jpeg")), VerdictKind.Authentic, "lossless JPEG whose Adobe marker says RGB");
        Add("jpeg-lossless-signed", Seal(Run(Signed, "dcmcjpeg", "+e1")), VerdictKind.Authentic, "lossless JPEG of signed cells");
        Add("rle-icon", Seal(Run(Icon, "dcmcrle")), VerdictKind.Authentic, "RLE, and so is its icon");
        Add("jpeg-baseline", Seal(Run(Grey, "dcmcjpeg", "+eb")), VerdictKind.Authentic, "JPEG baseline: bytes, and tiles of the decoded cells");
        Add("jpeg-baseline-colour", Seal(Run(Colour, "dcmcjpeg", "+eb", "+cr")), VerdictKind.Authentic, "JPEG baseline in RGB");
        Add("jpeg-ls-near", Seal(Run(Grey, "dcmcjpls", "+en")), VerdictKind.Authentic, "near-lossless JPEG-LS: bytes only");
        Add("redacted-rle", Bytes(Redaction.Withhold(Parse(Seal(Run(Frames, "dcmcrle"))), ["(0010,0010)"])), VerdictKind.Redacted, "a name withheld from a compressed file");
        Add("redacted-jpeg-baseline", Bytes(Redaction.Withhold(Parse(Seal(Run(Grey, "dcmcjpeg", "+eb"))), ["(0010,0010)"])), VerdictKind.Redacted, "a name withheld beside two pixel trees");
    }

    private void Moved()
    {
        byte[] colour = Seal(Colour), frames = Seal(Frames), icon = Seal(Icon), described = Seal(Described("as the physicist wrote"));
        Add("moved-native-rle", Run(colour, "dcmcrle"), VerdictKind.Authentic, "native, then RLE");
        Add("moved-native-jpeg-ls", Run(frames, "dcmcjpls"), VerdictKind.Authentic, "native, then JPEG-LS");
        Add("moved-native-jpeg", Run(colour, "gdcmconv", "--jpeg"), VerdictKind.Authentic, "native, then lossless JPEG by GDCM");
        Add("moved-native-jpeg-text", Run(frames, "dcmcjpeg", "+e1"), VerdictKind.Authentic, "native, then lossless JPEG by DCMTK, which adds a Derivation Description");
        Add("moved-native-jpeg-twice", Run(Run(Run(described, "dcmcjpeg", "+e1"), "dcmdjpeg"), "dcmcjpeg", "+el"), VerdictKind.Authentic, "twice through DCMTK, which wraps a Derivation Description twice");
        Add("moved-icon-jpeg-ls", Run(icon, "dcmcjpls"), VerdictKind.Authentic, "native, then JPEG-LS with its icon");
        Add("moved-rle-icon-native", Run(Seal(Run(Icon, "dcmcrle")), "dcmdrle"), VerdictKind.Authentic, "RLE with its icon, then native");
        Add("moved-jpeg-ls-native", Run(Seal(Run(Frames, "dcmcjpls")), "dcmdjpls"), VerdictKind.Authentic, "JPEG-LS, then native");
        Add("moved-jpeg-rle", Run(Seal(Run(Colour, "gdcmconv", "--jpeg")), "gdcmconv", "--rle"), VerdictKind.Authentic, "lossless JPEG, then RLE");
        Add("moved-near", Run(Seal(Grey), "dcmcjpls", "+en"), VerdictKind.Altered, "native, then near-lossless JPEG-LS");
        Add("moved-baseline-native", Run(Seal(Run(Grey, "dcmcjpeg", "+eb")), "dcmdjpeg"), VerdictKind.Authentic, "JPEG baseline, then native: the tiles are those of the sealed bytes");
        Add("moved-baseline-jpeg-ls", Run(Run(Seal(Run(Grey, "dcmcjpeg", "+eb")), "dcmdjpeg"), "dcmcjpls"), VerdictKind.Authentic, "JPEG baseline, then JPEG-LS");
    }

    private void Attacked()
    {
        byte[] rle = Seal(Run(Frames, "dcmcrle")), jpegLs = Seal(Run(Frames, "dcmcjpls"));
        byte[][] parts = Fragments(rle), ls = Fragments(jpegLs);
        Add("one-pixel", With(rle, parts[0], Flipped(parts[1], parts[1].Length - 8), parts[2]), VerdictKind.Altered, "one bit of a literal run of RLE");
        Add("frames-exchanged", With(rle, [], parts[2], parts[1]), VerdictKind.Altered, "the frames stand in another order");
        Add("frame-repeated", With(rle, [], parts[1], parts[1]), VerdictKind.Altered, "the first frame twice");
        Add("frame-missing", With(rle, [], parts[1]), VerdictKind.Unverifiable, "one fragment for two frames");
        Add("frame-cut", With(rle, [], parts[1], parts[2][..(parts[2].Length / 2 & ~1)]), VerdictKind.Unverifiable, "half a frame");
        Add("table-wrong", With(jpegLs, [0, 0, 0, 0, 0, 0, 0, 0], ls[1], ls[2]), VerdictKind.Unverifiable, "an offset table that points at the first frame twice");
        Add("table-right", With(jpegLs, Table(ls[1].Length), ls[1], ls[2]), VerdictKind.Authentic, "an offset table that was made anew");
        Add("fragments-split", With(jpegLs, Table(ls[1].Length), ls[1], ls[2][..64], ls[2][64..]), VerdictKind.Authentic, "the second frame in two fragments");
        Add("fragment-extra", With(jpegLs, Table(ls[1].Length), ls[1], ls[2], ls[2]), VerdictKind.Unverifiable, "a second picture behind the second frame");
        Add("payload-behind", With(jpegLs, [], ls[1], [.. ls[2], .. "payload!"u8]), VerdictKind.Unverifiable, "bytes behind the end of a picture");
        Add("two-in-one", With(jpegLs, [], [.. ls[1], .. ls[2]], ls[2]), VerdictKind.Unverifiable, "two pictures in one fragment");
        byte[] icon = Run(Seal(Icon), "dcmcjpls");
        DicomNode nested = Nested(icon);
        Add("icon-replaced", Flipped(icon, (int)nested.EndOffset - 8 - 12), VerdictKind.Altered, "one bit of a compressed icon");
        byte[] text = Run(Seal(Frames), "dcmcjpeg", "+e1");
        Add("text-other", Replaced(text, "point transform 0", "point transform 1"), VerdictKind.Extended, "a Derivation Description that says that bits were lost");
        Add("text-more", Run(Seal(Described("short")), "dcmcjpeg", "+e1") is var wrapped ? Replaced(wrapped, "[short]", "[shirt]") : [], VerdictKind.Altered, "another text in the brackets of DCMTK");
    }

    private void Labels()
    {
        byte[] adobe = Seal(Run(Colour, "gdcmconv", "--jpeg")), native = Seal(Colour);
        Add("adobe-flipped", Flipped(adobe, adobe.AsSpan().IndexOf("Adobe"u8) + 11), VerdictKind.Unverifiable, "the Adobe marker says luminance and chrominance, the label RGB");
        Add("label-compressed", Replaced(adobe, "CS\u0004\0RGB ", "CS\u0004\0HSV "), VerdictKind.Unverifiable, "the label of compressed colours was changed");
        Add("label-native", Relabelled(native, "YBR_FULL"), VerdictKind.Altered, "RGB relabelled YBR_FULL");
        Add("label-rct", Relabelled(native, "YBR_RCT"), VerdictKind.Altered, "RGB relabelled YBR_RCT in a native file");
        Add("label-rle", Relabelled(Run(native, "dcmcrle"), "YBR_FULL"), VerdictKind.Altered, "RGB relabelled YBR_FULL in RLE");
        byte[] planes = Run(native, "dcmcjpls");
        Add("planes-named", WithElement(planes, new(0x0028, 0x0006), w => w.UInt16(new(0x0028, 0x0006), 1)), VerdictKind.Unverifiable, "Planar Configuration 1 beside JPEG-LS");
    }

    private void Lossy()
    {
        byte[] sealedFile = Seal(Run(Grey, "dcmcjpeg", "+eb"));
        byte[][] parts = Fragments(sealedFile);
        Add("baseline-changed", With(sealedFile, parts[0], Flipped(parts[1], parts[1].Length - 40)), VerdictKind.Altered, "one bit of the entropy-coded data of JPEG baseline");
        byte[] native = Run(sealedFile, "dcmdjpeg");
        Parse(native).DataSet.TryFind(new DicomTag(0x7FE0, 0x0010), out DicomNode pixels);
        Add("baseline-native-changed", Flipped(native, (int)pixels.ValueOffset + 5), VerdictKind.Unverifiable, "JPEG baseline, decompressed, one pixel changed: another decoder might have made it");
        byte[] near = Seal(Run(Grey, "dcmcjpls", "+en"));
        Add("near-native", Run(near, "dcmdjpls"), VerdictKind.Unverifiable, "near-lossless JPEG-LS, decompressed");
    }

    private void Add(string name, byte[] bytes, VerdictKind expect, string comment)
    {
        Verdict verdict = Verifier.Verify(new MemorySource(bytes), null, _options);
        if (verdict.Kind != expect) throw new InvalidOperationException($"{name}: {verdict.Kind} where {expect} is expected: {string.Join("; ", verdict.Reasons.Select(r => $"{r.Code} {r.Text} {r.Path}"))}");
        File.WriteAllBytes(Path.Combine(folder, name + ".dcm"), bytes);
        var parts = verdict.Parts.ToDictionary(p => p.Key.Word(), p => p.Value.Word());
        string[] boxes = [.. verdict.Reasons.Where(r => r.Box is not null).Select(r => $"{r.Box!.Value.Frame}:{r.Box.Value.Column},{r.Box.Value.Row}")];
        _manifest.Add(JsonSerializer.Serialize(new { file = name + ".dcm", expect = verdict.Kind.Word(), exitCode = verdict.ExitCode, parts, boxes, comment }));
    }

    private byte[] Seal(byte[] bytes)
    {
        using var stream = new MemoryStream();
        Sealer.Seal(Parse(bytes), new SealOptions
        {
            Claims = new Claims("Vector Hospital", SealPurpose.Acquisition, "Scanner", "vectors", SyntheticClaim.No, [], ""), Signer = _signer, Randomness = _randomness, At = At, Trust = _options.Trust,
            StandardSignature = false,
        }).WriteTo(stream);
        return stream.ToArray();
    }

    private static byte[] Image(Action<ElementWriter> more, ushort rows, ushort columns, ushort samples = 1, ushort allocated = 8, ushort stored = 0, int frames = 1, string photometric = "MONOCHROME2",
        bool signed = false, bool icon = false, string? description = null)
    {
        stored = stored == 0 ? allocated : stored;
        var w = new ElementWriter().Text(new(0x0008, 0x0008), Vr.CS, "ORIGINAL\\PRIMARY").Text(new(0x0008, 0x0016), Vr.UI, "1.2.840.10008.5.1.4.1.1.7").Text(new(0x0008, 0x0018), Vr.UI, "2.25.1");
        if (description is not null) w.Text(new(0x0008, 0x2111), Vr.ST, description);
        w.Text(new(0x0010, 0x0010), Vr.PN, "Probe^Anna").Text(new(0x0010, 0x0020), Vr.LO, "47-11").Text(new(0x0020, 0x000D), Vr.UI, "2.25.31").Text(new(0x0020, 0x000E), Vr.UI, "2.25.32")
            .UInt16(new(0x0028, 0x0002), samples).Text(new(0x0028, 0x0004), Vr.CS, photometric);
        more(w);
        w.UInt16(new(0x0028, 0x0010), rows).UInt16(new(0x0028, 0x0011), columns).UInt16(new(0x0028, 0x0100), allocated).UInt16(new(0x0028, 0x0101), stored)
            .UInt16(new(0x0028, 0x0102), (ushort)(stored - 1)).UInt16(new(0x0028, 0x0103), (ushort)(signed ? 1 : 0));
        if (icon)
        {
            byte[] small = [.. Enumerable.Range(0, 64).Select(i => (byte)(i * 3))];
            w.BeginSequence(new(0x0088, 0x0200)).BeginItem().UInt16(new(0x0028, 0x0002), 1).Text(new(0x0028, 0x0004), Vr.CS, "MONOCHROME2").UInt16(new(0x0028, 0x0010), 8).UInt16(new(0x0028, 0x0011), 8)
                .UInt16(new(0x0028, 0x0100), 8).UInt16(new(0x0028, 0x0101), 8).UInt16(new(0x0028, 0x0102), 7).UInt16(new(0x0028, 0x0103), 0).Bytes(new(0x7FE0, 0x0010), Vr.OB, small).EndItem().EndSequence();
        }
        int count = rows * columns * samples * frames, width = allocated / 8;
        byte[] cells = new byte[count * width + (count * width & 1)];
        for (int i = 0; i < count; i++)
        {
            // a slope with a frame's own step, noisy enough that every encoder keeps literal runs
            int pixel = i / samples % (rows * columns), frame = i / (rows * columns * samples);
            int value = pixel / columns * 3 + pixel % columns * 2 + frame * 17 + i % samples * 40 + pixel * 7919 % 13;
            if (width == 1) cells[i] = (byte)(value & 0xFF);
            else BinaryPrimitives.WriteInt16LittleEndian(cells.AsSpan(2 * i), (short)(signed ? value * 8 - 1000 : value * 16 % 4096));
        }
        return SampleFiles.File(SampleFiles.Explicit, w.Bytes(new(0x7FE0, 0x0010), allocated > 8 ? Vr.OW : Vr.OB, cells).ToArray());
    }

    private static byte[] Described(string text) => Image(_ => { }, rows: 33, columns: 35, description: text);

    private static DicomFile Parse(byte[] bytes) => DicomFile.Parse(new MemorySource(bytes));

    private static byte[] Bytes(DicomFile file)
    {
        using var stream = new MemoryStream();
        file.WriteTo(stream);
        return stream.ToArray();
    }

    private static byte[] Flipped(byte[] bytes, int at)
    {
        byte[] copy = [.. bytes];
        copy[at] ^= 1;
        return copy;
    }

    private static byte[] Replaced(byte[] bytes, string what, string by)
    {
        int at = bytes.AsSpan().IndexOf(Encoding.Latin1.GetBytes(what));
        if (at < 0 || what.Length != by.Length) throw new InvalidOperationException("nothing to replace: " + what);
        byte[] copy = [.. bytes];
        Encoding.Latin1.GetBytes(by).CopyTo(copy, at);
        return copy;
    }

    private static byte[] Relabelled(byte[] bytes, string label) => WithElement(bytes, new(0x0028, 0x0004), w => w.Text(new(0x0028, 0x0004), Vr.CS, label));

    private static byte[] WithElement(byte[] bytes, DicomTag tag, Action<ElementWriter> write)
    {
        Parse(bytes).DataSet.TryFind(tag, out DicomNode node);
        var w = new ElementWriter();
        write(w);
        return [.. bytes[..(int)node.HeaderOffset], .. w.ToArray(), .. bytes[(int)node.EndOffset..]];
    }

    private static byte[] Table(int firstLength)
    {
        byte[] table = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(table.AsSpan(4), firstLength + 8);
        return table;
    }

    private static DicomNode Nested(byte[] bytes)
    {
        Parse(bytes).DataSet.TryFind(new DicomTag(0x0088, 0x0200), out DicomNode sequence);
        foreach (DicomNode item in sequence)
        {
            if (item.TryFind(new DicomTag(0x7FE0, 0x0010), out DicomNode pixels)) return pixels;
        }
        throw new InvalidOperationException("no icon");
    }

    /// <summary>The offset table and the fragments.</summary>
    private static byte[][] Fragments(byte[] bytes)
    {
        Parse(bytes).DataSet.TryFind(new DicomTag(0x7FE0, 0x0010), out DicomNode pixels);
        var parts = new List<byte[]>();
        foreach (DicomNode fragment in pixels) parts.Add(bytes[(int)fragment.ValueOffset..(int)(fragment.ValueOffset + fragment.ValueLength)]);
        return [.. parts];
    }

    /// <summary>The file with another offset table and other fragments.</summary>
    private static byte[] With(byte[] bytes, byte[] table, params byte[][] fragments) => WithElement(bytes, new(0x7FE0, 0x0010), w =>
    {
        w.Header(new(0x7FE0, 0x0010), Vr.OB, 0xFFFFFFFF);
        foreach (byte[] part in (byte[][])[table, .. fragments]) w.Raw(SampleFiles.ItemHeader(NodeForm.None, (uint)part.Length)).Raw(part);
        w.EndSequence();
    });

    private static byte[] Run(byte[] bytes, string program, params string[] arguments)
    {
        using var scratch = new ScratchFolder();
        string from = scratch.Write("from.dcm", bytes), to = scratch.PathOf("to.dcm");
        using Process process = Process.Start(program, [.. arguments, from, to]);
        process.WaitForExit();
        return process.ExitCode == 0 && File.Exists(to) ? File.ReadAllBytes(to) : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed");
    }
}
