using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Trust;

namespace Veridicom.Seals.Signatures;

/// <summary>How a digital signature is to be made.</summary>
public sealed record SignatureOptions
{
    /// <summary>The profile to meet; those of the standard take RSA keys only.</summary>
    public SignatureProfile Profile { get; init; } = SignatureProfile.None;

    /// <summary>SHA-256, SHA-384 or SHA-512.</summary>
    public DigestAlgorithm Digest { get; init; } = DigestAlgorithm.Sha256;

    /// <summary>
    /// The elements to sign, each of which must be there; those that the profile wants are added. Null for every element that can be
    /// signed, our own private group left out.
    /// </summary>
    public IReadOnlyCollection<DicomTag>? Tags { get; init; }

    /// <summary>Digital Signature UID, at most 64 characters.</summary>
    public required string Uid { get; init; }

    /// <summary>Digital Signature DateTime; it is written in UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Why it is signed, or null.</summary>
    public SignaturePurpose? Purpose { get; init; }
}

/// <summary>
/// Adds digital signatures to the top level of a data set, and takes them out again, as changes to its source: whatever else the file
/// holds keeps its bytes. What is written is what dcmsign verifies.
/// </summary>
public static class SignatureWriter
{
    /// <summary>Tags that fit the 16-bit length of an AT element.</summary>
    private const int MaxTags = 0xFFFE / 4;

    /// <summary>
    /// The changes that sign a file: an item of MAC parameters before the pixel data and an item of signatures after it. Sequences that are
    /// there are joined; they keep the form of their length.
    /// </summary>
    /// <exception cref="DicomException">The data set is ambiguous, or an element that must be signed is missing or cannot be.</exception>
    /// <exception cref="TrustException">Key, hash or certificate do not fit.</exception>
    public static SignatureEdits Create(DicomFile file, ISigner signer, SignatureOptions options)
    {
        if (options.Uid.Length is 0 or > 64 || options.Uid.AsSpan().ContainsAnyExcept("0123456789.")) throw new ArgumentException("not a UID", nameof(options));
        CheckSound(file.DataSet);
        SignatureAlgorithm algorithm = Algorithm(signer.Certificate, options);
        DicomTag[] tags = Select(file.DataSet, options);
        DicomDataSet set = file.DataSet;
        ushort macId = FreeMacId(set.Root);

        byte[] signed = SignedPart(signer, options, macId);
        using var digest = new MacDigest(options.Digest);
        MacStream.WriteElements(set.Root, new HashSet<DicomTag>(tags), digest);
        MacStream.WriteSignatureItem(Parse(signed), digest);
        byte[] value = signer.SignHash(algorithm, digest.Finish());

        var edits = new EditList(set);
        bool newMac = AddItem(edits, set, SignatureTags.MacParametersSequence, writer => WriteMac(writer, file, options, macId, tags));
        bool newSignature = AddItem(edits, set, SignatureTags.DigitalSignaturesSequence, writer => WriteSignature(writer, signer, options, macId, value));
        return new SignatureEdits(edits.ToList(), options.Uid, macId, tags, LeftOut(set), newMac, newSignature);
    }

    /// <summary>
    /// The changes that take signatures out again, with their MAC parameters. After <see cref="Create"/> and nothing else they give the
    /// original bytes.
    /// </summary>
    /// <param name="file">The signed file.</param>
    /// <param name="signatureUids">Digital Signature UIDs; those that are not there are passed over.</param>
    /// <param name="macSequenceCreated">Take out the MAC Parameters Sequence too, where nothing is left in it.</param>
    /// <param name="signatureSequenceCreated">The same for the Digital Signatures Sequence.</param>
    public static IReadOnlyList<SourceEdit> Remove(
        DicomFile file, IReadOnlyCollection<string> signatureUids, bool macSequenceCreated, bool signatureSequenceCreated)
    {
        DicomDataSet set = file.DataSet;
        var macIds = new HashSet<ushort>();
        var keptIds = new HashSet<ushort>();
        var items = new List<DicomNode>();
        if (TrySequence(set, SignatureTags.DigitalSignaturesSequence, out DicomNode signatures))
        {
            foreach (DicomNode item in signatures)
            {
                bool wanted = item.TryFind(SignatureTags.DigitalSignatureUid, out DicomNode uid) && uid.Ascii() is { Length: > 0 } text && signatureUids.Contains(text);
                if (wanted) items.Add(item);
                if (SignatureReader.TryMacId(item, out ushort id)) (wanted ? macIds : keptIds).Add(id);
            }
        }
        macIds.ExceptWith(keptIds);
        var edits = new EditList(set);
        RemoveItems(edits, signatures, items, signatureSequenceCreated);
        if (macIds.Count > 0 && TrySequence(set, SignatureTags.MacParametersSequence, out DicomNode macs))
        {
            var macItems = new List<DicomNode>();
            foreach (DicomNode item in macs)
            {
                if (SignatureReader.TryMacId(item, out ushort id) && macIds.Contains(id)) macItems.Add(item);
            }
            RemoveItems(edits, macs, macItems, macSequenceCreated);
        }
        return edits.ToList();
    }

    private static void CheckSound(DicomDataSet set)
    {
        foreach (DicomDefect defect in set.Defects)
        {
            if (defect.Code is DicomError.Duplicate or DicomError.OutOfOrder)
                throw new DicomException(defect.Code, defect.Offset, defect.Path, $"{defect.Path} stands twice or out of order: the data set cannot be signed");
        }
    }

    private static SignatureAlgorithm Algorithm(Certificate certificate, SignatureOptions options)
    {
        if (!options.Digest.IsSha2()) throw new TrustException(TrustCode.WeakHash, $"{MacDigest.Term(options.Digest)} is not signed with");
        VerificationKey key = certificate.Key;
        if (key.IsWeak) throw new TrustException(TrustCode.WeakKey, $"{key} is too weak to sign with");
        if (options.At < certificate.NotBefore || options.At > certificate.NotAfter)
            throw new TrustException(options.At < certificate.NotBefore ? TrustCode.NotYetValid : TrustCode.Expired, $"the certificate of {certificate.SubjectText} is not valid at {options.At:u}");
        // PS3.15-2023b C.1, C.2: RSA. DCMTK takes ECDSA without a profile, and not every P-521 signature.
        return (key.Kind, options.Profile) switch
        {
            (KeyKind.Rsa, _) => new SignatureAlgorithm(SignatureKind.RsaPkcs1, options.Digest),
            (KeyKind.Ec, SignatureProfile.None) when key.Curve is Oids.P256 or Oids.P384 => new SignatureAlgorithm(SignatureKind.Ecdsa, options.Digest),
            _ => throw new TrustException(TrustCode.UnsupportedKey, $"{key} cannot sign with the profile {options.Profile}"),
        };
    }

    private static DicomTag[] Select(DicomDataSet set, SignatureOptions options)
    {
        var tags = new SortedSet<DicomTag>();
        foreach (DicomNode element in set.Root)
        {
            bool wanted = options.Tags is null ? element.Tag.Group != SignatureTags.SealGroup : options.Tags.Contains(element.Tag);
            if (!wanted) continue;
            if (Signable.IsSignableElement(element)) tags.Add(element.Tag);
            else if (options.Tags is not null)
                throw new DicomException(DicomError.BadElement, element.HeaderOffset, element.Path, $"{element.Path} cannot be signed: its tag or its value representation does not allow it");
        }
        foreach (DicomTag tag in options.Tags ?? [])
        {
            if (!tags.Contains(tag)) throw Missing(tag);
        }
        if (options.Profile == SignatureProfile.Creator)
        {
            foreach (DicomTag tag in CreatorProfile.Wanted(set)) tags.Add(tag);
            foreach (DicomTag tag in CreatorProfile.Required)
            {
                if (!tags.Contains(tag)) throw Missing(tag);
            }
        }
        if (tags.Count == 0) throw new DicomException(DicomError.BadElement, 0, "", "the data set has no element that can be signed");
        if (tags.Count > MaxTags) throw new DicomException(DicomError.TooMany, 0, "", $"{tags.Count} elements, and Data Elements Signed takes {MaxTags}");
        return [.. tags];
    }

    private static List<DicomTag> LeftOut(DicomDataSet set)
    {
        var left = new List<DicomTag>();
        foreach (DicomNode element in set.Root)
        {
            bool ofSignatures = element.Tag == SignatureTags.MacParametersSequence || element.Tag == SignatureTags.DigitalSignaturesSequence;
            if (!element.Tag.IsGroupLength && !ofSignatures && !Signable.IsSignableElement(element)) left.Add(element.Tag);
        }
        return left;
    }

    private static DicomException Missing(DicomTag tag) => new(DicomError.BadElement, 0, tag.ToString(), $"{DicomDictionary.NameOf(tag)} is to be signed and is missing or cannot be");

    private static ushort FreeMacId(DicomNode level)
    {
        HashSet<ushort> used = SignatureReader.UsedMacIds(level);
        for (int id = 0; id <= ushort.MaxValue; id++)
        {
            if (!used.Contains((ushort)id)) return (ushort)id;
        }
        throw new DicomException(DicomError.TooMany, 0, "", "every MAC ID Number is taken");
    }

    /// <summary>The elements of the signature item that are hashed, in explicit VR little endian.</summary>
    private static byte[] SignedPart(ISigner signer, SignatureOptions options, ushort macId)
    {
        var writer = new ElementWriter();
        WriteSignature(writer, signer, options, macId, value: null);
        return writer.ToArray();
    }

    /// <summary>Parses elements that stand for themselves: a file of one meta element that names their encoding, and them.</summary>
    private static DicomNode Parse(byte[] elements)
    {
        var file = new ElementWriter().Text(new DicomTag(0x0002, 0x0010), Vr.UI, TransferSyntax.ExplicitVrLittleEndian.Uid).Raw(elements);
        return DicomFile.Parse(new MemorySource(file.ToArray())).DataSet.Root;
    }

    private static void WriteMac(ElementWriter writer, DicomFile file, SignatureOptions options, ushort macId, DicomTag[] tags)
    {
        // The MAC is over explicit VR little endian; a file in another native encoding is said to have been that.
        bool keeps = file.TransferSyntax.IsExplicit && !file.TransferSyntax.IsBigEndian;
        writer.UInt16(SignatureTags.MacIdNumber, macId);
        writer.Text(SignatureTags.MacCalculationTransferSyntaxUid, Vr.UI, keeps ? file.TransferSyntax.Uid : TransferSyntax.ExplicitVrLittleEndian.Uid);
        writer.Text(SignatureTags.MacAlgorithm, Vr.CS, MacDigest.Term(options.Digest));
        writer.Tags(SignatureTags.DataElementsSigned, tags);
    }

    private static void WriteSignature(ElementWriter writer, ISigner signer, SignatureOptions options, ushort macId, byte[]? value)
    {
        writer.UInt16(SignatureTags.MacIdNumber, macId);
        writer.Text(SignatureTags.DigitalSignatureUid, Vr.UI, options.Uid);
        writer.Text(SignatureTags.DigitalSignatureDateTime, Vr.DT, SignatureDateTime.Format(options.At));
        writer.Text(SignatureTags.CertificateType, Vr.CS, "X509_1993_SIG");
        if (value is not null)
        {
            writer.Bytes(SignatureTags.CertificateOfSigner, Vr.OB, signer.Certificate.Der.Span);
            writer.Bytes(SignatureTags.Signature, Vr.OB, value);
        }
        if (options.Purpose is not { } purpose) return;
        writer.BeginSequence(SignatureTags.PurposeCodeSequence).BeginItem();
        writer.Text(SignatureTags.CodeValue, Vr.SH, purpose.Code);
        writer.Text(SignatureTags.CodingSchemeDesignator, Vr.SH, SignaturePurpose.Scheme);
        writer.Text(SignatureTags.CodeMeaning, Vr.LO, purpose.Meaning);
        writer.EndItem().EndSequence();
    }

    private static bool TrySequence(DicomDataSet set, DicomTag tag, out DicomNode sequence) =>
        set.TryFind(tag, out sequence) && sequence.Kind == NodeKind.Sequence;

    /// <summary>Appends an item to a sequence of the top level, or makes the sequence; true where it was made.</summary>
    private static bool AddItem(EditList edits, DicomDataSet set, DicomTag tag, Action<ElementWriter> write)
    {
        NodeForm form = set.Root.Form & (NodeForm.Implicit | NodeForm.BigEndian);
        if (!set.TryFind(tag, out DicomNode sequence))
        {
            var whole = new ElementWriter(form);
            whole.BeginSequence(tag).BeginItem();
            write(whole);
            byte[] bytes = whole.EndItem().EndSequence().ToArray();
            edits.Replace(InsertionPoint(set, tag), 0, bytes);
            edits.GrowGroup(tag.Group, bytes.Length);
            return true;
        }
        bool unknown = (sequence.Form & NodeForm.FromUnknown) != 0;
        if (sequence.Kind != NodeKind.Sequence || (unknown && !sequence.UndefinedLength))
            throw new DicomException(DicomError.BadElement, sequence.HeaderOffset, sequence.Path, $"{sequence.Path} is not written as a sequence: no signature can be added to it");
        var item = new ElementWriter(unknown ? NodeForm.Implicit : form);
        item.BeginItem();
        write(item);
        byte[] added = item.EndItem().ToArray();
        edits.Replace(sequence.ValueOffset + sequence.ValueLength, 0, added);
        edits.GrowSequence(sequence, added.Length);
        return false;
    }

    private static long InsertionPoint(DicomDataSet set, DicomTag tag)
    {
        foreach (DicomNode element in set.Root)
        {
            if (element.Tag > tag) return element.HeaderOffset;
        }
        return set.Root.EndOffset;
    }

    private static void RemoveItems(EditList edits, DicomNode sequence, List<DicomNode> items, bool created)
    {
        if (items.Count == 0) return;
        if (created && items.Count == sequence.ChildCount)
        {
            edits.Replace(sequence.HeaderOffset, sequence.EndOffset - sequence.HeaderOffset, default);
            edits.GrowGroup(sequence.Tag.Group, sequence.HeaderOffset - sequence.EndOffset);
            return;
        }
        long removed = 0;
        foreach (DicomNode item in items)
        {
            long length = item.EndOffset - item.HeaderOffset;
            edits.Replace(item.HeaderOffset, length, default);
            removed += length;
        }
        edits.GrowSequence(sequence, -removed);
    }
}
