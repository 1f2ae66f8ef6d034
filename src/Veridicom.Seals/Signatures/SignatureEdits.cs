using System.Buffers.Binary;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;

namespace Veridicom.Seals.Signatures;

/// <summary>One change to the source of a data set: bytes left out at an offset, and bytes put there.</summary>
/// <param name="Offset">Offset in the source of the data set (in the inflated bytes, where the file is deflated).</param>
/// <param name="Remove">Bytes left out.</param>
/// <param name="Insert">Bytes put in.</param>
public readonly record struct SourceEdit(long Offset, long Remove, ReadOnlyMemory<byte> Insert)
{
    /// <summary>A splice of a source with these changes, in their order.</summary>
    public static Splice Apply(IEnumerable<SourceEdit> edits, ByteSource source)
    {
        var splice = new Splice(source);
        foreach (SourceEdit edit in edits) splice.Replace(edit.Offset, edit.Remove, edit.Insert);
        return splice;
    }
}

/// <summary>The changes that add a digital signature, and what taking it out again needs to know.</summary>
/// <param name="Edits">In ascending order, not overlapping.</param>
/// <param name="SignatureUid">Digital Signature UID.</param>
/// <param name="MacId">MAC ID Number.</param>
/// <param name="Tags">Data Elements Signed.</param>
/// <param name="LeftOut">
/// Elements of the top level that can be signed in no way, such as those of unknown representation and sequences that hold one: whoever
/// signs should be told. Group lengths and the sequences of the signatures themselves are not listed.
/// </param>
/// <param name="MacSequenceCreated">The data set had no MAC Parameters Sequence.</param>
/// <param name="SignatureSequenceCreated">The data set had no Digital Signatures Sequence.</param>
public sealed record SignatureEdits(
    IReadOnlyList<SourceEdit> Edits,
    string SignatureUid,
    ushort MacId,
    IReadOnlyList<DicomTag> Tags,
    IReadOnlyList<DicomTag> LeftOut,
    bool MacSequenceCreated,
    bool SignatureSequenceCreated);

/// <summary>Collects changes and hands them out in order.</summary>
internal sealed class EditList(DicomDataSet set)
{
    private readonly List<SourceEdit> _edits = [];
    private readonly Dictionary<long, (long By, bool Big)> _growth = []; // by offset of a length field

    public void Replace(long offset, long remove, ReadOnlyMemory<byte> insert) => _edits.Add(new SourceEdit(offset, remove, insert));

    /// <summary>A defined length or a group length that changes by so many bytes; several changes of one field add up.</summary>
    public void Grow(long field, long by) => Grow(field, by, set.Root.BigEndian);

    /// <summary>The same where the form differs within the data set: a sequence of unknown VR is little endian.</summary>
    public void Grow(long field, long by, bool big) => _growth[field] = (_growth.GetValueOrDefault(field).By + by, big);

    /// <summary>
    /// The length of a sequence of the top level, and the group length of its group, change by so many bytes.
    /// </summary>
    public void GrowSequence(DicomNode sequence, long by)
    {
        if (!sequence.UndefinedLength) Grow(LengthField(sequence), by);
        GrowGroup(sequence.Tag.Group, by);
    }

    /// <summary>The group length of a group of the top level, where there is one (PS3.5-2023b 7.2).</summary>
    public void GrowGroup(ushort group, long by)
    {
        if (set.TryFind(new DicomTag(group, 0), out DicomNode length) && length is { Kind: NodeKind.Element, ValueLength: 4 }) Grow(length.ValueOffset, by);
    }

    /// <summary>All changes in ascending order.</summary>
    /// <exception cref="DicomException">A length field would pass 32 bits.</exception>
    public IReadOnlyList<SourceEdit> ToList()
    {
        foreach ((long field, (long by, bool big)) in _growth)
        {
            if (by == 0) continue;
            ReadOnlySpan<byte> old = set.Source.Window(field, 4);
            long length = (big ? BinaryPrimitives.ReadUInt32BigEndian(old) : BinaryPrimitives.ReadUInt32LittleEndian(old)) + by;
            if (length is < 0 or >= 0xFFFFFFFF) throw new DicomException(DicomError.ValueTooLong, field, "", $"a length field cannot take {length}");
            byte[] bytes = new byte[4];
            if (big) BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)length);
            else BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)length);
            Replace(field, 4, bytes);
        }
        return [.. _edits.OrderBy(edit => edit.Offset).ThenBy(edit => edit.Remove)];
    }

    /// <summary>Where the length of a sequence stands: after tag, or after tag, VR and two reserved bytes (PS3.5-2023b 7.1.2, 7.1.3).</summary>
    private static long LengthField(DicomNode sequence) => sequence.ValueOffset - 4;
}
