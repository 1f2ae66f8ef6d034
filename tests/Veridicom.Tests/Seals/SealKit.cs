using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;
using Veridicom.Tests.Trust;

namespace Veridicom.Tests.Seals;

/// <summary>An organisation in memory with signers of every kind, and seals made with them. Nothing here depends on the time or the machine.</summary>
internal static class SealKit
{
    public static readonly DateTimeOffset At = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero), Now = At.AddDays(1), Far = new(2099, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static readonly Party Root = TrustKit.Authority("Hospital CA", until: Far), OtherRoot = TrustKit.Authority("Other CA", until: Far);

    private static readonly Lazy<Party> Between = new(() => TrustKit.Authority("Department CA", Root, until: Far));
    private static readonly Dictionary<string, Lazy<KeySigner>> Signers = new()
    {
        ["p256"] = new(() => TrustKit.Signer(Root, "CT 1", until: Far).Signer()),
        ["p384"] = new(() => TrustKit.Signer(Root, "CT 2", ECDsa.Create(ECCurve.NamedCurves.nistP384), until: Far).Signer()),
        ["rsa"] = new(() => TrustKit.Signer(Root, "CT 3", RSA.Create(3072), until: Far).Signer()),
        ["intermediate"] = new(() => TrustKit.Signer(Between.Value, "CT 4", until: Far).Signer()),
        ["expired"] = new(() => TrustKit.Signer(Root, "CT 5", until: At.AddHours(1)).Signer()),
        ["web"] = new(() => TrustKit.Signer(Root, "www.hospital.example", purposes: [Oids.ServerAuthentication], until: Far).Signer()),
        ["unknown"] = new(() => TrustKit.Signer(OtherRoot, "CT 1", until: Far).Signer()),
        ["second"] = new(() => TrustKit.Signer(Root, "Workstation 1", until: Far).Signer()),
    };

    public static readonly VerifyOptions Options = new() { Trust = TrustKit.Trusting(Root), Now = Now };

    public static KeySigner Signer(string name) => Signers[name].Value;

    public static Claims Claims(SealPurpose purpose = SealPurpose.Acquisition) => new("Test Hospital", purpose, "", "", SyntheticClaim.No, [], "");

    public static SealOptions SealOptions(string signer = "p256", SealPurpose purpose = SealPurpose.Acquisition, bool standard = false, bool detached = false) => new()
    {
        Claims = Claims(purpose), Signer = Signer(signer), Randomness = new CountingRandomness(), At = At, Trust = Options.Trust, StandardSignature = standard, Detached = detached,
    };

    /// <summary>Seals a file.</summary>
    public static byte[] Seal(byte[] file, string signer = "p256", SealPurpose purpose = SealPurpose.Acquisition, bool standard = false) => Bytes(SealOutcome(file, SealOptions(signer, purpose, standard)));

    public static SealOutcome SealOutcome(byte[] file, SealOptions options, byte[]? detached = null)
    {
        SealOutcome outcome = Sealer.Seal(Parse(file), options, Memory(detached));
        return outcome.AlreadySealed ? throw new InvalidOperationException("sealed already") : outcome;
    }

    public static byte[] SealFile(byte[] file, string signer = "p256", SealPurpose purpose = SealPurpose.Acquisition) =>
        SealOutcome(file, SealOptions(signer, purpose, detached: true)).Block.ToArray();

    public static byte[] Bytes(SealOutcome outcome)
    {
        using var output = new MemoryStream();
        outcome.WriteTo(output);
        return output.ToArray();
    }

    public static DicomFile Parse(byte[] file) => DicomFile.Parse(new MemorySource(file));

    public static Verdict Verify(byte[] file, byte[]? detached = null, VerifyOptions? options = null) => Verifier.Verify(new MemorySource(file), Memory(detached), options ?? Options);

    private static ReadOnlyMemory<byte>? Memory(byte[]? bytes) => bytes is null ? new ReadOnlyMemory<byte>?() : bytes;

    public static bool Passes(Verdict verdict) => verdict.Kind is VerdictKind.Authentic or VerdictKind.Amended;

    /// <summary>A verdict in one line, for messages.</summary>
    public static string Say(Verdict verdict) => $"{verdict.Kind}: {string.Join("; ", verdict.Reasons.Take(4).Select(r => $"{r.Code} {r.Path} {r.Text}"))}";

    /// <summary>Preamble, DICM and meta elements, with the optional ones.</summary>
    public static byte[] Head(string syntax, byte[]? preamble = null, string sopClass = SopClass, string instance = Instance)
    {
        byte[] elements = new ElementWriter()
            .Bytes(new(0x00020001), Vr.OB, [0, 1])
            .Text(new(0x00020002), Vr.UI, sopClass)
            .Text(new(0x00020003), Vr.UI, instance)
            .Text(new(0x00020010), Vr.UI, syntax)
            .Text(new(0x00020012), Vr.UI, "2.25.7")
            .Text(new(0x00020013), Vr.SH, "KIT")
            .Text(new(0x00020016), Vr.AE, "CT1")
            .ToArray();
        return [.. preamble ?? new byte[128], .. "DICM"u8, .. new ElementWriter().UInt32(new(0x00020000), (uint)elements.Length).Written, .. elements];
    }

    public const string SopClass = "1.2.840.10008.5.1.4.1.1.7", Instance = "2.25.11";

    public static NodeForm Form(string syntax) => syntax switch { SampleFiles.Implicit => NodeForm.Implicit, SampleFiles.BigEndian => NodeForm.BigEndian, _ => NodeForm.None };

    /// <summary>The smallest image worth flipping: some 200 bytes of data set.</summary>
    public static byte[] Tiny(string syntax, bool meta = true, byte[]? preamble = null)
    {
        NodeForm form = Form(syntax);
        var w = new ElementWriter(form)
            .Text(new(0x00080016), Vr.UI, SopClass)
            .Text(new(0x00080018), Vr.UI, Instance)
            .BeginSequence(new(0x00081140)).BeginItem().Text(new(0x00081155), Vr.UI, "2.25.3").EndItem().EndSequence()
            .Text(new(0x00090010), Vr.LO, "KIT").Bytes(new(0x00091001), (form & NodeForm.Implicit) != 0 ? Vr.UN : Vr.US, [1, 2])
            .Text(new(0x00100010), Vr.PN, "A^B")
            .UInt16(new(0x00280002), 1).UInt16(new(0x00280010), 3).UInt16(new(0x00280011), 3).UInt16(new(0x00280100), 8);
        bool encapsulated = syntax == SampleFiles.Rle;
        if (encapsulated) w.Header(new(0x7FE00010), Vr.OB, 0xFFFFFFFF).Raw(Fragment([])).Raw(Fragment([1, 2, 3, 4])).Raw(Fragment([5, 6])).EndSequence();
        else w.Bytes(new(0x7FE00010), Vr.OW, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
        byte[] set = w.ToArray();
        if (syntax == SampleFiles.Deflated) set = SampleFiles.Deflate(set);
        return meta ? [.. Head(syntax, preamble), .. set] : set;
    }

    /// <summary>An image with all that makes a data set difficult: private blocks and sequences, UN, nesting, an icon, an overlay, character sets.</summary>
    public static byte[] Rich(string syntax, bool meta = true)
    {
        NodeForm form = Form(syntax);
        bool encapsulated = syntax == SampleFiles.Rle, isImplicit = (form & NodeForm.Implicit) != 0;
        var w = new ElementWriter(form)
            .Text(new(0x00080005), Vr.CS, "ISO_IR 100")
            .Text(new(0x00080008), Vr.CS, "ORIGINAL\\PRIMARY\\AXIAL")
            .Text(new(0x00080016), Vr.UI, SopClass)
            .Text(new(0x00080018), Vr.UI, Instance)
            .Text(new(0x00080060), Vr.CS, "CT")
            .BeginSequence(new(0x00081140))
            .BeginItem().Text(new(0x00081150), Vr.UI, SopClass).Text(new(0x00081155), Vr.UI, "2.25.3")
            .BeginSequence(new(0x0040A170)).BeginItem().Text(new(0x00080100), Vr.SH, "121311").EndItem().EndSequence().EndItem()
            .BeginItem().Text(new(0x00081155), Vr.UI, "2.25.4").EndItem()
            .BeginItem().EndItem()
            .EndSequence()
            .Text(new(0x00100010), Vr.PN, "M\u00FCller^J\u00F6rg")
            .Text(new(0x00100020), Vr.LO, "4711")
            .Text(new(0x00101000), Vr.LO, "")
            .Bytes(new(0x00189087), Vr.FD, [0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
            .UInt16(new(0x00280002), 1).Text(new(0x00280004), Vr.CS, "MONOCHROME2")
            .UInt16(new(0x00280010), 4).UInt16(new(0x00280011), 4).UInt16(new(0x00280100), 16).UInt16(new(0x00280101), 12).UInt16(new(0x00280102), 11).UInt16(new(0x00280103), 0)
            .Text(new(0x00281050), Vr.DS, "40").Text(new(0x00281051), Vr.DS, "400")
            .Text(new(0x00290010), Vr.LO, "SIEMENS CSA HEADER").Text(new(0x00290011), Vr.LO, "KIT")
            .Text(new(0x00291008), isImplicit ? Vr.UN : Vr.CS, "IMAGE NUM 4").Bytes(new(0x00291010), isImplicit ? Vr.UN : Vr.OB, [.. "SV10"u8, 4, 3, 2, 1, 77, 0, 0, 0]);
        // a private sequence in implicit VR is one by its items only, as readers find it
        if (isImplicit) w.Header(new(0x00291101), Vr.UN, 0xFFFFFFFF);
        else w.BeginSequence(new(0x00291101));
        w.BeginItem().Text(new(0x00290010), Vr.LO, "KIT").Text(new(0x00291002), isImplicit ? Vr.UN : Vr.LO, "inside").EndItem().EndSequence()
            .Raw(SampleFiles.UnknownSequence(form, new(0x00291103), defined: true))
            .BeginSequence(new(0x00880200)).BeginItem()
            .UInt16(new(0x00280010), 2).UInt16(new(0x00280011), 2).UInt16(new(0x00280100), 8).Bytes(new(0x7FE00010), Vr.OW, [9, 8, 7, 6])
            .EndItem().EndSequence()
            .UInt16(new(0x60000010), 4).UInt16(new(0x60000011), 4).Text(new(0x60000040), Vr.CS, "G").Bytes(new(0x60003000), Vr.OW, [1, 2]);
        byte[] cells = new byte[32];
        for (int i = 0; i < cells.Length; i++) cells[i] = (byte)((i & 1) == 0 ? i * 7 : i & 0x0F);
        if (encapsulated) w.Header(new(0x7FE00010), Vr.OB, 0xFFFFFFFF).Raw(Fragment([])).Raw(Fragment(cells)).Raw(Fragment([1, 2])).EndSequence();
        else w.Bytes(new(0x7FE00010), Vr.OW, cells);
        byte[] set = w.ToArray();
        if (syntax == SampleFiles.Deflated) set = SampleFiles.Deflate(set);
        return meta ? [.. Head(syntax), .. set] : set;
    }

    public static byte[] Fragment(byte[] bytes) => [.. SampleFiles.ItemHeader(NodeForm.None, (uint)bytes.Length), .. bytes];

    /// <summary>The file with the bytes of nodes left out, doubled or exchanged: offsets are those of the data set, which starts the source.</summary>
    public static byte[] Splice(byte[] file, params (long At, long Remove, byte[] Insert)[] edits)
    {
        var splice = new Splice(new MemorySource(file));
        foreach ((long at, long remove, byte[] insert) in edits.OrderBy(e => e.At)) splice.Replace(at, remove, insert);
        using var output = new MemoryStream();
        splice.WriteTo(output);
        return output.ToArray();
    }

    /// <summary>Bytes of a node in its file, header and delimiter included.</summary>
    public static byte[] Raw(byte[] file, DicomNode node) => file[(int)node.HeaderOffset..(int)node.EndOffset];

    public static DicomNode Find(byte[] file, uint tag) => Parse(file).DataSet.TryFind(new DicomTag(tag), out DicomNode node) ? node : throw new ArgumentException("not there");

    /// <summary>The file with another value in an element of the top level.</summary>
    public static byte[] With(byte[] file, uint tag, byte[] value)
    {
        DicomNode node = Find(file, tag);
        return Splice(file, (node.HeaderOffset, node.EndOffset - node.HeaderOffset, new ElementWriter(node.Form & (NodeForm.Implicit | NodeForm.BigEndian)).Bytes(node.Tag, node.Vr, value).ToArray()));
    }

    public static byte[] With(byte[] file, uint tag, string value) => With(file, tag, Encoding.Latin1.GetBytes(value));

    /// <summary>The file with an element put where its tag belongs (explicit VR little endian).</summary>
    public static byte[] Added(byte[] file, byte[] element)
    {
        uint tag = ((uint)BitConverter.ToUInt16(element) << 16) | BitConverter.ToUInt16(element, 2);
        foreach (DicomNode node in Parse(file).DataSet.Root)
        {
            if (node.Tag.Value > tag) return Splice(file, (node.HeaderOffset, 0, element));
        }
        return [.. file, .. element];
    }

    public static byte[] Without(byte[] file, uint tag)
    {
        DicomNode node = Find(file, tag);
        return Splice(file, (node.HeaderOffset, node.EndOffset - node.HeaderOffset, []));
    }

    /// <summary>CMS and opening of the latest seal of a file.</summary>
    public static SealBlock Block(byte[] file) => SealBlock.Find(Parse(file).DataSet)[^1];

    /// <summary>The file with its latest seal block exchanged for one of these parts, its digest recomputed, as an adversary can.</summary>
    public static byte[] WithBlock(byte[] file, ReadOnlySpan<byte> cms, ReadOnlySpan<byte> opening)
    {
        byte number = Block(file).Number;
        var w = new ElementWriter(Parse(file).DataSet.Root.Form & (NodeForm.Implicit | NodeForm.BigEndian));
        SealBlock.Write(w, number, cms, opening, part: 1);
        DicomNode[] nodes = [.. Elements(file).Where(n => n.Tag.Group == 0x7FF1 && n.Tag.Element >> 8 == number)];
        return Splice(file, (nodes[0].HeaderOffset, nodes[^1].EndOffset - nodes[0].HeaderOffset, w.ToArray()));
    }

    public static IEnumerable<DicomNode> Elements(byte[] file)
    {
        foreach (DicomNode node in Parse(file).DataSet.Root) yield return node;
    }

    /// <summary>Statement and opening of the latest seal.</summary>
    public static (Statement Statement, Opening Opening) Open(byte[] file)
    {
        SealBlock block = Block(file);
        Statement statement = Statement.Read(SealCms.Read(block.Cms, Oids.SealStatement, new CertificateCache()).Statement);
        return (statement, Opening.Read(block.Opening, statement, out _));
    }

    /// <summary>Length of a DER value.</summary>
    public static int DerLength(ReadOnlySpan<byte> der) =>
        AsnDecoder.TryReadEncodedValue(der, AsnEncodingRules.DER, out _, out _, out _, out int length) ? length : throw new ArgumentException("no DER");
}
