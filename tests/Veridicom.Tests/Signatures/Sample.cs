using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Trust;
using Veridicom.Tests.Trust;
using Xunit;

namespace Veridicom.Tests.Signatures;

/// <summary>Small data sets, and signatures on them made part by part, so that each part can be wrong.</summary>
internal static class Sample
{
    public static readonly DicomTag PatientName = new(0x0010, 0x0010), PixelData = new(0x7FE0, 0x0010);
    public static readonly Party Root = TrustKit.Authority(), Scanner = TrustKit.Signer(Root, "CT 1"),
        RsaScanner = TrustKit.Signer(Root, "CT 2", RSA.Create(2048));

    public static readonly TrustList Trusted = TrustKit.Trusting(Root);

    public static DicomTag Tag(uint value) => new(value);

    /// <summary>A file without preamble in any encoding that is not deflated; elements in the encoding given.</summary>
    public static byte[] File(TransferSyntax syntax, Action<ElementWriter> elements)
    {
        var writer = new ElementWriter((syntax.IsExplicit ? NodeForm.None : NodeForm.Implicit) | (syntax.IsBigEndian ? NodeForm.BigEndian : NodeForm.None));
        elements(writer);
        return [.. new ElementWriter().Text(Tag(0x00020010), Vr.UI, syntax.Uid).Written, .. writer.Written];
    }

    public static byte[] File(Action<ElementWriter> elements) => File(TransferSyntax.ExplicitVrLittleEndian, elements);

    public static DicomFile Parse(byte[] file) => DicomFile.Parse(new MemorySource(file));

    /// <summary>An image of eight pixels that meets the Creator profile.</summary>
    public static void Image(ElementWriter writer)
    {
        Head(writer);
        writer.Bytes(PixelData, Vr.OW, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
    }

    public static void Head(ElementWriter writer) => writer
        .Text(Tag(0x00080016), Vr.UI, "1.2.840.10008.5.1.4.1.1.7")
        .Text(Tag(0x00080018), Vr.UI, "1.2.3.4")
        .Text(PatientName, Vr.PN, "Doe^Jane")
        .Text(Tag(0x0020000D), Vr.UI, "1.2.3.1")
        .Text(Tag(0x0020000E), Vr.UI, "1.2.3.2")
        .UInt16(Tag(0x00280010), 2)
        .UInt16(Tag(0x00280011), 4)
        .UInt16(Tag(0x00280100), 16);

    /// <summary>The stream of all elements of a file that can be signed.</summary>
    public static byte[] Stream(byte[] file)
    {
        DicomNode root = Parse(file).DataSet.Root;
        var tags = new HashSet<DicomTag>();
        foreach (DicomNode element in root)
        {
            if (Signable.IsSignableElement(element)) tags.Add(element.Tag);
        }
        using var stream = new MemoryStream();
        MacStream.WriteElements(root, tags, stream);
        return stream.ToArray();
    }

    public static SignatureOptions Options(SignatureProfile profile = SignatureProfile.None, IReadOnlyCollection<DicomTag>? tags = null) =>
        new() { Uid = "2.25.42", At = TrustKit.Now, Profile = profile, Tags = tags };

    /// <summary>A file with our signature.</summary>
    public static byte[] Signed(byte[] file, SignatureOptions? options = null, Party? party = null)
    {
        DicomFile parsed = Parse(file);
        using var output = new MemoryStream();
        using KeySigner signer = new(Clone((party ?? Scanner).Key), (party ?? Scanner).Path(false));
        SourceEdit.Apply(SignatureWriter.Create(parsed, signer, options ?? Options()).Edits, parsed.DataSet.Source).WriteTo(output);
        return output.ToArray();
    }

    public static SignatureResult Verify(byte[] file, DateTimeOffset? now = null, TrustList? trust = null) =>
        Assert.Single(SignatureCheck.VerifyAll(Parse(file), trust ?? Trusted, now ?? TrustKit.Now.AddHours(1)));

    /// <summary>A file in which an element, at any depth and found by its tag, has another value of any length.</summary>
    public static byte[] With(byte[] file, uint tag, byte[] value, int occurrence = 0)
    {
        DicomNode node = Find(file, tag, occurrence);
        int header = (int)(node.ValueOffset - node.HeaderOffset);
        byte[] head = file[(int)node.HeaderOffset..(int)node.ValueOffset];
        if (header == 12) BitConverter.TryWriteBytes(head.AsSpan(8), (uint)value.Length);
        else BitConverter.TryWriteBytes(head.AsSpan(6), (ushort)value.Length);
        return [.. file[..(int)node.HeaderOffset], .. head, .. value, .. file[(int)node.EndOffset..]];
    }

    /// <summary>A file without an element.</summary>
    public static byte[] Without(byte[] file, uint tag, int occurrence = 0)
    {
        DicomNode node = Find(file, tag, occurrence);
        return [.. file[..(int)node.HeaderOffset], .. file[(int)node.EndOffset..]];
    }

    /// <summary>A file with elements put in behind another one.</summary>
    public static byte[] Behind(byte[] file, uint tag, byte[] elements, int occurrence = 0)
    {
        DicomNode node = Find(file, tag, occurrence);
        return [.. file[..(int)node.EndOffset], .. elements, .. file[(int)node.EndOffset..]];
    }

    public static DicomNode Find(byte[] file, uint tag, int occurrence = 0)
    {
        DicomDataSet set = Parse(file).DataSet;
        for (int i = 0; i < set.NodeCount; i++)
        {
            if (set[i].Tag.Value == tag && occurrence-- == 0) return set[i];
        }
        throw new ArgumentException($"{Tag(tag)} is not there");
    }

    /// <summary>
    /// An image with a signature written without <see cref="SignatureWriter"/>, over any hash: <paramref name="sign"/> gets the hash and returns the value.
    /// </summary>
    public static byte[] HandSigned(IReadOnlyList<DicomTag> tags, DigestAlgorithm digest, byte[] certificate, Func<byte[], byte[]> sign,
        string time = "20260601120000.000000+0000", string syntax = "1.2.840.10008.1.2.1", byte[]? token = null)
    {
        byte[] value = [0, 0];
        for (int round = 0; ; round++)
        {
            byte[] file = File(writer =>
            {
                Head(writer);
                writer.BeginSequence(Tag(0x4FFE0001)).BeginItem().UInt16(Tag(0x04000005), 7).Text(Tag(0x04000010), Vr.UI, syntax)
                    .Text(Tag(0x04000015), Vr.CS, MacDigest.Term(digest)).Tags(Tag(0x04000020), tags).EndItem().EndSequence();
                writer.Bytes(PixelData, Vr.OW, new byte[16]).BeginSequence(Tag(0xFFFAFFFA)).BeginItem().UInt16(Tag(0x04000005), 7).Text(Tag(0x04000100), Vr.UI, "1.2.3.99")
                    .Text(Tag(0x04000105), Vr.DT, time).Text(Tag(0x04000110), Vr.CS, "X509_1993_SIG").Bytes(Tag(0x04000115), Vr.OB, certificate)
                    .Bytes(Tag(0x04000120), Vr.OB, value);
                if (token is not null) writer.Text(Tag(0x04000305), Vr.CS, "CMS_TSP").Bytes(Tag(0x04000310), Vr.OB, token);
                writer.EndItem().EndSequence();
            });
            if (round == 1) return file;
            DicomSignature signature = SignatureReader.Read(Parse(file).DataSet).Single();
            using var mac = new MacDigest(digest);
            MacStream.WriteElements(signature.Level, new HashSet<DicomTag>(tags), mac);
            MacStream.WriteSignatureItem(signature.Item, mac);
            value = sign(mac.Finish());
        }
    }

    private static AsymmetricAlgorithm Clone(AsymmetricAlgorithm key)
    {
        if (key is RSA rsa) return RSA.Create(rsa.ExportParameters(true));
        return ECDsa.Create(((ECDsa)key).ExportParameters(true));
    }
}
