using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Dimse.Provider;

namespace Veridicom.Dimse.Messages;

/// <summary>The data sets of storage commitment (PS3.4-2023b J.3.2.1.1, J.3.3.1.1), in implicit or explicit VR, little or big endian.</summary>
public static class CommitmentDataSet
{
    /// <summary>References in one request or result, committed and failed together.</summary>
    public const int MaxReferences = 100_000;

    /// <summary>Longest data set that is worth receiving, bytes: the most references, each with UIDs of full length and a title.</summary>
    public const int MaxLength = 32 << 20;

    private static readonly DicomTag TransactionUid = new(0x0008_1195);
    private static readonly DicomTag FailedSequence = new(0x0008_1198);
    private static readonly DicomTag ReferencedSequence = new(0x0008_1199);
    private static readonly DicomTag ReferencedClass = new(0x0008_1150);
    private static readonly DicomTag ReferencedInstance = new(0x0008_1155);
    private static readonly DicomTag FailureReason = new(0x0008_1197);

    private static readonly ParseLimits Limits = new() { MaxDepth = 4, MaxNodes = 10 * MaxReferences };

    /// <summary>Reads the data set of an N-ACTION request.</summary>
    /// <exception cref="DicomException">It cannot be read, lacks what must be there, or names more than <see cref="MaxReferences"/>.</exception>
    public static CommitmentRequest ReadRequest(ByteSource source, NodeForm form)
    {
        DicomDataSet set = Parse(source, form);
        var references = References(set, ReferencedSequence, 0).ConvertAll(r => r.Reference);
        if (references.Count == 0) throw Bad(ReferencedSequence, "names no instance");
        return new CommitmentRequest(Uid(set.Root, TransactionUid), references);
    }

    /// <summary>Reads the data set of an N-EVENT-REPORT request, of event type 1 or 2.</summary>
    /// <exception cref="DicomException">As for <see cref="ReadRequest"/>.</exception>
    public static CommitmentResult ReadResult(ByteSource source, NodeForm form)
    {
        DicomDataSet set = Parse(source, form);
        var committed = References(set, ReferencedSequence, 0).ConvertAll(r => r.Reference);
        var failed = References(set, FailedSequence, committed.Count).ConvertAll(r => new CommitmentFailure(r.Reference, Reason(r.Item)));
        if (committed.Count + failed.Count == 0) throw Bad(ReferencedSequence, "names no instance");
        return new CommitmentResult(Uid(set.Root, TransactionUid), committed, failed);
    }

    /// <summary>Writes the data set of an N-ACTION request.</summary>
    /// <exception cref="ArgumentException">A UID is not valid, or there is no reference, or too many.</exception>
    public static byte[] Write(CommitmentRequest request, NodeForm form)
    {
        Check(request.References.Count);
        var to = new ElementWriter(form);
        WriteUid(to, TransactionUid, request.TransactionUid);
        WriteReferences(to, request.References);
        return to.ToArray();
    }

    /// <summary>Writes the data set of an N-EVENT-REPORT request: its event type is 1 where nothing failed, else 2.</summary>
    /// <exception cref="ArgumentException">As for a request.</exception>
    public static byte[] Write(CommitmentResult result, NodeForm form)
    {
        Check(result.Committed.Count + result.Failed.Count);
        var to = new ElementWriter(form);
        WriteUid(to, TransactionUid, result.TransactionUid);
        if (result.Failed.Count > 0)
        {
            to.BeginSequence(FailedSequence);
            foreach (CommitmentFailure failure in result.Failed)
            {
                WriteReference(to.BeginItem(), failure.Reference);
                to.UInt16(FailureReason, failure.Reason).EndItem();
            }
            to.EndSequence();
        }
        if (result.Committed.Count > 0) WriteReferences(to, result.Committed);
        return to.ToArray();
    }

    private static void WriteReferences(ElementWriter to, IReadOnlyList<CommitmentReference> references)
    {
        to.BeginSequence(ReferencedSequence);
        foreach (CommitmentReference reference in references)
        {
            WriteReference(to.BeginItem(), reference);
            to.EndItem();
        }
        to.EndSequence();
    }

    private static void WriteReference(ElementWriter to, CommitmentReference reference)
    {
        WriteUid(to, ReferencedClass, reference.SopClassUid);
        WriteUid(to, ReferencedInstance, reference.SopInstanceUid);
    }

    private static void WriteUid(ElementWriter to, DicomTag tag, string uid)
    {
        if (!DimseUid.IsValid(uid)) throw new ArgumentException($"{tag}: not a UID", nameof(uid));
        to.Text(tag, Vr.UI, uid);
    }

    private static void Check(int references)
    {
        if (references is < 1 or > MaxReferences) throw new ArgumentException($"{references} references where 1 to {MaxReferences} may be", nameof(references));
    }

    private static DicomDataSet Parse(ByteSource source, NodeForm form)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Length > MaxLength)
            throw new DicomException(DicomError.ValueTooLong, 0, "", $"a storage commitment of {source.Length} bytes where at most {MaxLength} are expected");
        DicomDataSet set = DicomDataSet.Parse(source, form, Limits);
        // two sequences of one tag would be two answers to one question
        foreach (DicomDefect defect in set.Defects)
        {
            if (defect.Code == DicomError.Duplicate) throw new DicomException(defect.Code, defect.Offset, defect.Path, $"{defect.Path}: twice in one data set");
        }
        return set;
    }

    private static List<(CommitmentReference Reference, DicomNode Item)> References(DicomDataSet set, DicomTag tag, int before)
    {
        var found = new List<(CommitmentReference, DicomNode)>();
        if (!set.TryFind(tag, out DicomNode sequence)) return found;
        if (sequence.Kind != NodeKind.Sequence)
            return sequence.ValueLength == 0 ? found : throw new DicomException(DicomError.BadElement, sequence.HeaderOffset, sequence.Path, $"{tag}: not a sequence");
        foreach (DicomNode item in sequence)
        {
            if (before + found.Count == MaxReferences)
                throw new DicomException(DicomError.TooMany, item.HeaderOffset, item.Path, $"more than {MaxReferences} references in one storage commitment");
            found.Add((new CommitmentReference(Uid(item, ReferencedClass), Uid(item, ReferencedInstance)), item));
        }
        return found;
    }

    private static ushort Reason(DicomNode item) =>
        item.TryFind(FailureReason, out DicomNode node) && node.TryUInt16(out ushort reason) ? reason : throw Bad(FailureReason, "missing", item);

    private static string Uid(DicomNode parent, DicomTag tag)
    {
        string? uid = parent.TryFind(tag, out DicomNode node) ? node.Ascii() : null;
        return uid is not null && DimseUid.IsValid(uid) ? uid : throw Bad(tag, "missing, or not a UID", parent);
    }

    private static DicomException Bad(DicomTag tag, string what, DicomNode parent = default)
    {
        bool nested = parent.Path.Length > 0;
        string path = nested ? $"{parent.Path}.{tag}" : tag.ToString();
        return new(DicomError.BadElement, nested ? parent.HeaderOffset : 0, path, $"{path}: {what}");
    }
}
