using System.Buffers.Binary;
using Veridicom.Dicom;

namespace Veridicom.Seals.Signatures;

/// <summary>Finds the digital signatures of a data set, at every depth (PS3.3-2023b C.12.1.1.3).</summary>
public static class SignatureReader
{
    /// <summary>Longest Signature, certificate or token that is read, in bytes.</summary>
    private const int MaxPart = 1 << 16;

    /// <summary>
    /// Every item of every Digital Signatures Sequence, in document order, joined with its MAC parameters. Nothing is thrown for bad
    /// signatures: their problems are listed.
    /// </summary>
    public static IReadOnlyList<DicomSignature> Read(DicomDataSet set)
    {
        var all = new List<DicomSignature>();
        var macsOf = new Dictionary<int, Dictionary<ushort, List<DicomNode>>>(); // by level: a defective set may hold many sequences in one
        var lists = new Dictionary<int, DicomTag[]>(); // by MAC item: many signatures may share one long list
        for (int i = 1; i < set.NodeCount; i++)
        {
            DicomNode node = set[i];
            if (node.Tag != SignatureTags.DigitalSignaturesSequence) continue;
            DicomNode level = node.Parent;
            bool historic = IsHistoric(level);
            if (node.Kind != NodeKind.Sequence)
            {
                if (node.ValueLength == 0) continue;
                var unread = new DicomSignature(level, node, historic);
                unread.ProblemList.Add(new(SignatureReason.Malformed, "Digital Signatures Sequence is not a sequence"));
                all.Add(unread);
                continue;
            }
            if (!macsOf.TryGetValue(level.Index, out Dictionary<ushort, List<DicomNode>>? macs)) macsOf[level.Index] = macs = MacItems(level);
            foreach (DicomNode item in node) all.Add(ReadOne(level, item, historic, macs, lists));
        }
        return all;
    }

    /// <summary>MAC ID numbers that are in use at a level, by parameters or by signatures.</summary>
    internal static HashSet<ushort> UsedMacIds(DicomNode level)
    {
        var used = new HashSet<ushort>(MacItems(level).Keys);
        if (level.TryFind(SignatureTags.DigitalSignaturesSequence, out DicomNode signatures))
        {
            foreach (DicomNode item in signatures)
            {
                if (TryMacId(item, out ushort id)) used.Add(id);
            }
        }
        return used;
    }

    /// <summary>The MAC ID Number of an item.</summary>
    internal static bool TryMacId(DicomNode item, out ushort id)
    {
        id = 0;
        return item.TryFind(SignatureTags.MacIdNumber, out DicomNode element) && element.TryUInt16(out id);
    }

    private static Dictionary<ushort, List<DicomNode>> MacItems(DicomNode level)
    {
        var items = new Dictionary<ushort, List<DicomNode>>();
        if (!level.TryFind(SignatureTags.MacParametersSequence, out DicomNode sequence) || sequence.Kind != NodeKind.Sequence) return items;
        foreach (DicomNode item in sequence)
        {
            if (!TryMacId(item, out ushort id)) continue;
            if (!items.TryGetValue(id, out List<DicomNode>? same)) items[id] = same = [];
            same.Add(item);
        }
        return items;
    }

    private static bool IsHistoric(DicomNode level)
    {
        for (; level.Kind != NodeKind.Root; level = level.Parent)
        {
            if (level.Tag == SignatureTags.OriginalAttributesSequence) return true;
        }
        return false;
    }

    private static DicomSignature ReadOne(DicomNode level, DicomNode item, bool historic, Dictionary<ushort, List<DicomNode>> macs, Dictionary<int, DicomTag[]> lists)
    {
        var signature = new DicomSignature(level, item, historic);
        ReadItem(signature);
        if (!TryMacId(item, out ushort id)) Missing(signature, "MAC ID Number");
        else
        {
            signature.MacId = id;
            if (!macs.TryGetValue(id, out List<DicomNode>? parameters)) Missing(signature, $"MAC parameters with the ID {id}");
            else if (parameters.Count > 1) signature.ProblemList.Add(new(SignatureReason.DuplicateMacId, $"{parameters.Count} items of MAC parameters have the ID {id}"));
            else ReadMac(signature, parameters[0], lists);
        }
        return signature;
    }

    private static void ReadItem(DicomSignature signature)
    {
        DicomNode item = signature.Item;
        if (!TryText(item, SignatureTags.DigitalSignatureUid, out string uid)) Missing(signature, "Digital Signature UID");
        signature.Uid = uid;
        if (TryText(item, SignatureTags.DigitalSignatureDateTime, out string dateTime)) signature.DateTimeText = dateTime;
        else Missing(signature, "Digital Signature DateTime");
        if (!TryText(item, SignatureTags.CertificateType, out string type)) Missing(signature, "Certificate Type");
        else if (type != "X509_1993_SIG") signature.ProblemList.Add(new(SignatureReason.UnknownCertificateType, type));
        if (TryDer(signature, SignatureTags.CertificateOfSigner, "Certificate of Signer", out ReadOnlyMemory<byte> certificate)) signature.Certificate = certificate;
        else if (!item.TryFind(SignatureTags.CertificateOfSigner, out DicomNode none) || none.ValueLength == 0) Missing(signature, "Certificate of Signer");
        if (item.TryFind(SignatureTags.Signature, out DicomNode value) && value is { Kind: NodeKind.Element, ValueLength: > 0 and <= MaxPart })
            signature.Value = value.Value.ToArray();
        else Missing(signature, "Signature");
        if (TryDer(signature, SignatureTags.CertifiedTimestamp, "Certified Timestamp", out ReadOnlyMemory<byte> token))
        {
            signature.Timestamp = token;
            if (!TryText(item, SignatureTags.CertifiedTimestampType, out string kind) || kind != "CMS_TSP")
                signature.ProblemList.Add(new(SignatureReason.Malformed, "Certified Timestamp Type is not CMS_TSP"));
        }
        if (item.TryFind(SignatureTags.PurposeCodeSequence, out DicomNode purposes))
        {
            foreach (DicomNode purpose in purposes)
            {
                TryText(purpose, SignatureTags.CodeValue, out string code);
                TryText(purpose, SignatureTags.CodingSchemeDesignator, out string scheme);
                signature.PurposeCode = code;
                signature.Purpose = scheme == SignaturePurpose.Scheme ? SignaturePurpose.Find(code) : null;
                break; // one item only is permitted
            }
        }
    }

    private static void ReadMac(DicomSignature signature, DicomNode mac, Dictionary<int, DicomTag[]> lists)
    {
        signature.MacItem = mac;
        if (!TryText(mac, SignatureTags.MacAlgorithm, out string algorithm)) Missing(signature, "MAC Algorithm");
        else if (MacDigest.FromTerm(algorithm) is { } digest) signature.MacAlgorithm = digest;
        else signature.ProblemList.Add(new(SignatureReason.UnknownMacAlgorithm, algorithm));
        if (!TryText(mac, SignatureTags.MacCalculationTransferSyntaxUid, out string syntax)) Missing(signature, "MAC Calculation Transfer Syntax UID");
        signature.TransferSyntaxUid = syntax;
        if (!mac.TryFind(SignatureTags.DataElementsSigned, out DicomNode list) || list.Kind != NodeKind.Element || list.ValueLength == 0)
        {
            Missing(signature, "Data Elements Signed");
            return;
        }
        if (list.ValueLength % 4 != 0 || list.ValueLength > 0xFFFF)
        {
            signature.ProblemList.Add(new(SignatureReason.Malformed, "Data Elements Signed"));
            return;
        }
        if (!lists.TryGetValue(mac.Index, out DicomTag[]? tags)) lists[mac.Index] = tags = TagList(list);
        signature.Tags = tags;
    }

    private static DicomTag[] TagList(DicomNode list)
    {
        ReadOnlySpan<byte> bytes = list.Value;
        var tags = new DicomTag[bytes.Length / 4];
        for (int i = 0; i < tags.Length; i++)
        {
            ReadOnlySpan<byte> tag = bytes.Slice(4 * i, 4);
            tags[i] = list.BigEndian
                ? new DicomTag(BinaryPrimitives.ReadUInt16BigEndian(tag), BinaryPrimitives.ReadUInt16BigEndian(tag[2..]))
                : new DicomTag(BinaryPrimitives.ReadUInt16LittleEndian(tag), BinaryPrimitives.ReadUInt16LittleEndian(tag[2..]));
        }
        return tags;
    }

    private static void Missing(DicomSignature signature, string part) => signature.ProblemList.Add(new(SignatureReason.MissingPart, part));

    private static bool TryText(DicomNode item, DicomTag tag, out string text)
    {
        text = item.TryFind(tag, out DicomNode element) ? element.Ascii() ?? "" : "";
        return text.Length > 0;
    }

    /// <summary>One DER value with at most one zero byte of padding after it; its absence is no problem here.</summary>
    private static bool TryDer(DicomSignature signature, DicomTag tag, string part, out ReadOnlyMemory<byte> der)
    {
        der = default;
        if (!signature.Item.TryFind(tag, out DicomNode element) || element.ValueLength == 0) return false;
        if (element is { Kind: NodeKind.Element, ValueLength: <= MaxPart })
        {
            ReadOnlySpan<byte> value = element.Value;
            int length = DerLength.Of(value);
            if (length > 0)
            {
                der = value[..length].ToArray();
                return true;
            }
        }
        signature.ProblemList.Add(new(SignatureReason.Malformed, part));
        return false;
    }
}
