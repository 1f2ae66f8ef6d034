using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Trust;
using Veridicom.Tests.Seals;
using Veridicom.Tests.Signatures;
using Veridicom.Tests.Trust;

namespace Veridicom.Testing;

internal sealed partial class AttackVectorGenerator
{
    private void OnSigners()
    {
        byte[] image = Image();
        KeySigner web = TrustKit.Signer(SealKit.Root, "www.hospital.example", RSA.Create(2048), purposes: [Oids.ServerAuthentication], until: SealKit.Far).Signer();
        KeySigner stranger = TrustKit.Signer(SealKit.OtherRoot, "Scanner 1", RSA.Create(2048), until: SealKit.Far).Signer();
        KeySigner expired = TrustKit.Signer(SealKit.Root, "Scanner 9", RSA.Create(2048), until: SealKit.At.AddHours(1)).Signer();
        Add("web", "A12", "signature", "signed with a certificate for servers", Signed(image, signer: web));
        Add("stranger", "A12", "signature", "signed under an authority that nobody trusts", Signed(image, signer: stranger));
        Add("web", "A12", "seal", "sealed with a certificate for servers", SealKit.Seal(image, "web"));
        Add("stranger", "A12", "seal", "sealed under an authority that nobody trusts", SealKit.Seal(image, "unknown"));

        Party short1024 = TrustKit.Signer(SealKit.Root, "Scanner 8", RSA.Create(1024), until: SealKit.Far);
        Party weak = TrustKit.Signer(SealKit.Root, "Scanner 7", RSA.Create(2048), until: SealKit.Far);
        foreach ((string name, DigestAlgorithm digest, HashAlgorithmName hash) in ((string, DigestAlgorithm, HashAlgorithmName)[])[("md5", DigestAlgorithm.Md5, HashAlgorithmName.MD5), ("sha1", DigestAlgorithm.Sha1, HashAlgorithmName.SHA1)])
            Add(name, "A13", "signature", "a hash that is broken", [.. SealKit.Head(SampleFiles.Explicit)[..132], .. Sample.HandSigned(Minimum, digest, weak.Der.ToArray(), h => ((RSA)weak.Key).SignHash(h, hash, RSASignaturePadding.Pkcs1))]);
        Add("rsa-1024", "A13", "signature", "a key that is too short",
            [.. SealKit.Head(SampleFiles.Explicit)[..132], .. Sample.HandSigned(Minimum, DigestAlgorithm.Sha256, short1024.Der.ToArray(), h => ((RSA)short1024.Key).SignHash(h, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))]);
        Add("sha1-certificate", "A13", "seal", "a certificate signed with a hash that is broken", HandSeal.Embed(image, TrustKit.Signer(SealKit.Root, "Scanner 6", hash: HashAlgorithmName.SHA1, until: SealKit.Far).Signer()));

        Add("expired", "A14", "signature", "signed while the certificate was valid, as the signer says; it has expired", Signed(image, signer: expired));
        Add("expired", "A14", "seal", "sealed while the certificate was valid, as the signer says; it has expired", SealKit.Seal(image, "expired"));
        Add("back-dated", "A14", "seal", "a time of sealing before the certificate was made", HandSeal.Embed(image, SealKit.Signer("p256"), change: s => s with { SealedAt = TrustKit.Start.AddDays(-1) }));
        Add("future", "A14", "seal", "a time of sealing that has not come", HandSeal.Embed(image, SealKit.Signer("p256"), change: s => s with { SealedAt = SealKit.At.AddYears(3) }));

        Party stamping = TrustKit.TimestampAuthority(SealKit.Root, until: SealKit.Far);
        byte[] signed = Signed(image, signer: expired), foreign = TrustKit.Token(stamping, [1, 2, 3], SealKit.At);
        Add("token-of-another", "A15", "signature", "a time-stamp that belongs to another signature", Stamped(signed, foreign));
        Add("token-removed", "A15", "signature", "an expired signer whose time-stamp was taken out", signed);
        byte[] file = SealKit.Seal(image, "expired");
        SealBlock block = SealKit.Block(file);
        SealMessage message = SealCms.Read(block.Cms, Oids.SealStatement, new CertificateCache());
        Add("token-of-another", "A15", "seal", "a time-stamp that belongs to another seal", SealKit.WithBlock(file, SealCms.WithToken(message, foreign), block.Opening.Span));
        Add("token-removed", "A15", "seal", "an expired signer whose time-stamp was taken out", file);
    }

    private static byte[] Stamped(byte[] file, byte[] token) => InSequence(InSequence(file, 0xFFFAFFFA, 0x04000305, Element(0x04000305, Vr.CS, "CMS_TSP")), 0xFFFAFFFA, 0x04000310, new ElementWriter().Bytes(new(0x04000310), Vr.OB, token).ToArray());

    private void OnReaders()
    {
        Both("name-twice", "B1", "a second patient name right behind the first", f => Behind(f, 0x00100010, Element(0x00100010, Vr.PN, "Eve^Dup")));
        Both("pixels-twice", "B1", "a second, black picture behind the first", f => Behind(f, 0x7FE00010, new ElementWriter().Bytes(new(0x7FE00010), Vr.OW, new byte[16]).ToArray()));
        Both("name-at-end", "B1", "a second patient name at the end of the file", f => [.. f, .. Element(0x00100010, Vr.PN, "Eve^Dup")]);
        Both("meta-in-data-set", "B2", "a meta element in the data set", f => Behind(f, 0x00280100, Element(0x00020010, Vr.UI, SampleFiles.Implicit)));
        Both("meta-twice", "B2", "two transfer syntaxes in the meta elements", f =>
        {
            SealKit.Parse(f).Meta!.TryFind(new(0x00020010), out DicomNode syntax);
            byte[] other = Element(0x00020010, Vr.UI, SampleFiles.Implicit);
            return SealKit.Splice(f, (140, 4, BitConverter.GetBytes(BitConverter.ToUInt32(f, 140) + (uint)other.Length)), (syntax.EndOffset, 0, other));
        });
        Both("disorder", "B3", "an element in the wrong place", f => Behind(f, 0x00281053, Element(0x00101010, Vr.AS, "042Y")));
        Both("second-file", "B3", "a second file behind the first", f => [.. f, .. Image()]);
        Both("group-length-payload", "B3", "a payload where a group length stands", f => SealKit.Added(f, new ElementWriter().Bytes(new(0x00200000), Vr.UL, "payload!"u8).ToArray()));
        Both("group-length-sequence", "B3", "a sequence where a group length stands", f => SealKit.Added(f, new ElementWriter().BeginSequence(new(0x00200000)).BeginItem().Text(new(0x00100010), Vr.PN, "Eve").EndItem().EndSequence().ToArray()));
        Both("low-group", "B3", "an element of a group below 0008", f => SealKit.Splice(f, (SealKit.Parse(f).DataSetOffset, 0, Element(0x00060010, Vr.LO, "payload"))));

        byte[] Vrs(byte[] f, uint tag, Vr vr)
        {
            DicomNode node = SealKit.Find(f, tag);
            return SealKit.Splice(f, (node.HeaderOffset, node.EndOffset - node.HeaderOffset, new ElementWriter().Bytes(node.Tag, vr, SealKit.Raw(f, node).AsSpan(8)).ToArray()));
        }
        Both("text-vr", "B4", "a decimal string called a text", f => Vrs(f, 0x00281050, Vr.LO), minimum: true);
        Both("un-vr", "B4", "a known element called unknown", f => Vrs(f, 0x00281053, Vr.UN), minimum: true);
        Both("signed-vr", "B4", "unsigned numbers called signed", f => Vrs(f, 0x00280010, Vr.SS), minimum: true);
        foreach (string syntax in (string[])["1.2.840.10008.1.2.4.50", SampleFiles.Rle]) Both("syntax-" + syntax[^1], "B5", "another transfer syntax named in the meta elements", f => WithSyntax(f, syntax));
        Both("charset-escapes", "B6", "the same bytes in another character set", f => SealKit.With(f, 0x00080005, "\\ISO 2022 IR 87"), minimum: true);
        Both("charset-gone", "B6", "the character set taken out", f => SealKit.Without(f, 0x00080005), minimum: true);
        Both("rows", "B7", "more rows than there are pixels", f => SealKit.With(f, 0x00280010, [8, 0]), minimum: true);
        Both("frames", "B7", "more frames than there are pixels", f => SealKit.Added(f, Element(0x00280008, Vr.IS, "2")), minimum: true);
        Both("turned", "B7", "rows and columns whose product is the same", f => SealKit.With(SealKit.With(f, 0x00280010, [2, 0]), 0x00280011, [8, 0]), minimum: true);
        Both("rescale", "B8", "another rescale intercept", f => SealKit.With(f, 0x00281052, "-24"), minimum: true);
        Both("photometric", "B8", "black and white exchanged", f => SealKit.With(f, 0x00280004, "MONOCHROME1"), minimum: true);
        Both("presentation-shape", "B8", "black and white exchanged by the presentation table", f => SealKit.Added(f, Element(0x20500020, Vr.CS, "INVERSE")));
        Both("lut", "B8", "a table between pixels and screen", f => SealKit.Added(f, new ElementWriter().BeginSequence(new(0x00283010)).BeginItem().UInt16(new(0x00283002), 2, 0, 8).Bytes(new(0x00283006), Vr.OW, [0, 0]).EndItem().EndSequence().ToArray()));
    }

    private static byte[] WithSyntax(byte[] file, string syntax)
    {
        SealKit.Parse(file).Meta!.TryFind(new(0x00020010), out DicomNode node);
        byte[] element = Element(0x00020010, Vr.UI, syntax);
        uint length = (uint)(BitConverter.ToUInt32(file, 140) + element.Length - (node.EndOffset - node.HeaderOffset));
        return SealKit.Splice(file, (140, 4, BitConverter.GetBytes(length)), (node.HeaderOffset, node.EndOffset - node.HeaderOffset, element));
    }

    private void OnFiles()
    {
        foreach ((string name, byte[] magic) in ((string, byte[])[])[("program", [0x4D, 0x5A, 0x90, 0]), ("elf", [0x7F, 0x45, 0x4C, 0x46]), ("tiff", [0x49, 0x49, 0x2A, 0])])
            Both(name, "C1", "another kind of file in the preamble", f => [.. magic, .. new byte[124], .. f[128..]]);
        Both("padding", "C2", "a payload as trailing padding", f => [.. f, .. new ElementWriter().Bytes(new(0xFFFCFFFC), Vr.OB, "payload!"u8).ToArray()]);
        Both("private", "C3", "a payload in a private block", f => SealKit.Added(f, new ElementWriter().Text(new(0x00990010), Vr.LO, "COVERT").Bytes(new(0x00991001), Vr.OB, "payload!"u8).ToArray()));
        Both("private-meta", "C3", "a payload in the private information of the meta elements", f =>
        {
            byte[] payload = new ElementWriter().Text(new(0x00020100), Vr.UI, "2.25.9").Bytes(new(0x00020102), Vr.OB, "payload!"u8).ToArray();
            return SealKit.Splice(f, (140, 4, BitConverter.GetBytes((uint)(BitConverter.ToUInt32(f, 140) + payload.Length))), (SealKit.Parse(f).DataSetOffset, 0, payload));
        });
        // what a seal leaves open for a time-stamp is no place for anything else
        byte[] file = SealKit.Seal(Image(), standard: true);
        Add("signature-item", "C3", "seal", "a payload where a time-stamp of the signature may stand", Stamped(file, [0x30, 6, .. "secret"u8]));
    }

    private void OnResources()
    {
        var nest = new ElementWriter();
        for (int i = 0; i < 70; i++) nest.BeginSequence(new(0x00081140)).BeginItem();
        for (int i = 0; i < 70; i++) nest.EndItem().EndSequence();
        Both("nested", "E", "items nested deeper than any reader should follow", f => SealKit.Splice(f, (SealKit.Find(f, 0x00081140).HeaderOffset, SealKit.Raw(f, SealKit.Find(f, 0x00081140)).Length, nest.ToArray())));
        byte[] bomb = new ElementWriter().Bytes(new(0x00420011), Vr.OB, new byte[24 << 20]).ToArray();
        Both("deflate-bomb", "E", "a little that inflates to much", f =>
        {
            byte[] head = SealKit.Head(SampleFiles.Deflated), set = f[(int)SealKit.Parse(f).DataSetOffset..];
            return [.. head, .. SampleFiles.Deflate([.. set, .. bomb])];
        });
    }
}
