using System.Text;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Inventory;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Signatures;

namespace Veridicom.Seals.Disclosure;

/// <summary>The changes to the bytes of a file by which elements are withheld.</summary>
internal static class RedactionEdits
{
    /// <summary>Zeroes a withheld preamble and takes out withheld meta elements; the instance's UID is replaced where a new one is given.</summary>
    public static DicomFile Carrier(DicomFile file, IReadOnlyList<IndexEntry> leaves, bool[] chosen, ReadOnlyMemory<byte> instanceUid)
    {
        var gone = new HashSet<string>(leaves.Where((_, i) => chosen[i]).Select(l => LeafPath.Text(l.Path.Span)), StringComparer.Ordinal);
        var splice = new Splice(file.Source);
        if (file.HasPreamble && gone.Contains(LeafPath.Text(LeafPath.Preamble))) splice.Replace(0, 128, new byte[128]);
        if (file.Meta is null || !gone.Any(g => g.StartsWith("(0002", StringComparison.Ordinal))) return splice.FirstOffset == file.Source.Length ? file : DicomFile.Parse(splice.ToSource());
        var edits = new EditList(file.Meta);
        foreach (DicomNode node in file.Meta.Root)
        {
            if (!gone.Contains(node.Path)) continue;
            byte[] insert = node.Tag.Value == 0x00020003 && instanceUid.Length > 0 ? new ElementWriter().Bytes(node.Tag, Vr.UI, instanceUid.Span).ToArray() : [];
            edits.Replace(node.HeaderOffset, node.EndOffset - node.HeaderOffset, insert);
            edits.GrowGroup(2, insert.Length - (node.EndOffset - node.HeaderOffset));
        }
        foreach (SourceEdit edit in edits.ToList()) splice.Replace(edit.Offset, edit.Remove, edit.Insert);
        return DicomFile.Parse(splice.ToSource());
    }

    /// <summary>Takes out or replaces the elements that <paramref name="opening"/> withholds, with the padding behind the data set where that is, and puts it into the seal block.</summary>
    public static DicomFile Elements(DicomFile file, SealBlock block, Inventory.Inventory inventory, Opening opening, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> replacements)
    {
        var withheld = new HashSet<string>(opening.Elements.Where(e => e.Withheld).Select(e => Encoding.Latin1.GetString(e.Path.Span)), StringComparer.Ordinal);
        var edits = new EditList(file.DataSet);
        long done = 0;
        for (int i = 0; i < inventory.Count; i++)
        {
            DicomNode node = inventory.Node(i);
            if (node.HeaderOffset < done || !withheld.Contains(Encoding.Latin1.GetString(inventory.Path(i)))) continue;
            done = node.EndOffset;
            byte[] insert = replacements.TryGetValue(LeafPath.Text(inventory.Path(i)), out ReadOnlyMemory<byte> value)
                ? new ElementWriter(node.Form & (NodeForm.Implicit | NodeForm.BigEndian)).Bytes(node.Tag, node.Vr, value.Span).ToArray() : [];
            Replace(edits, node, node.EndOffset, insert);
        }
        if (opening.Carrier.Any(e => e.Withheld && LeafPath.Text(e.Path.Span) == "(FFFC,FFFC)") && file.DataSet.TryFind(new DicomTag(CarrierLeaves.TrailingPadding), out DicomNode padding)) Replace(edits, padding, padding.EndOffset, []);
        DicomNode[] own = [.. SealElements(file.DataSet, block.Number)];
        var writer = new ElementWriter(file.DataSet.Root.Form & (NodeForm.Implicit | NodeForm.BigEndian));
        SealBlock.Write(writer, block.Number, block.Cms.Span, opening.Encode(), part: 1);
        Replace(edits, own[0], own[^1].EndOffset, writer.ToArray());
        return file.Respliced(SourceEdit.Apply(edits.ToList(), file.DataSet.Source));
    }

    private static IEnumerable<DicomNode> SealElements(DicomDataSet set, byte number)
    {
        foreach (DicomNode node in set.Root)
        {
            if (node.Tag.Group == Inventory.Inventory.SealGroup && node.Tag.Element >> 8 == number) yield return node;
        }
    }

    /// <summary>Replaces a run of elements from <paramref name="first"/> on; every defined length and group length around it follows.</summary>
    private static void Replace(EditList edits, DicomNode first, long end, byte[] insert)
    {
        long by = insert.Length - (end - first.HeaderOffset);
        edits.Replace(first.HeaderOffset, end - first.HeaderOffset, insert);
        ushort group = first.Tag.Group;
        for (DicomNode at = first.Parent; ; at = at.Parent)
        {
            if (at.Kind is NodeKind.Item or NodeKind.Root && at.TryFind(new DicomTag(group, 0), out DicomNode length) && length is { Kind: NodeKind.Element, ValueLength: 4 })
                edits.Grow(length.ValueOffset, by, length.BigEndian);
            if (at.Kind == NodeKind.Root) return;
            if (!at.UndefinedLength) edits.Grow(at.ValueOffset - 4, by, at.BigEndian);
            if (at.Kind == NodeKind.Sequence) group = at.Tag.Group;
        }
    }
}
