using System.Text;
using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Seals.Inventory;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Tree;

namespace Veridicom.Seals.Verify;

/// <summary>Compares the elements of a file with those a seal commits to.</summary>
internal sealed class ElementComparison(DicomFile file, Statement statement, Opening opening, Salts? salts, LeafHasher hasher, IJpeg2000? jpeg2000, Findings findings)
{
    private readonly LosslessForms _forms = new(file.TransferSyntax, statement.Pixels, jpeg2000);
    private readonly List<DicomTag> _tags = [];

    /// <summary>Compares; what differs goes to the findings.</summary>
    public void Run(Inventory.Inventory now)
    {
        IReadOnlyList<IndexEntry> sealedLeaves = opening.Elements;
        byte[] hashes = new byte[sealedLeaves.Count * TreeHash.Size];
        int[] match = SamePaths(now, sealedLeaves) ? Identity(now.Count) : Match(now, sealedLeaves);
        ReadOnlySpan<byte> allSalts = salts is null ? default : salts.Take(Section.Elements, 0, sealedLeaves.Count);
        var differing = new List<int>();
        for (int i = 0; i < sealedLeaves.Count; i++)
        {
            IndexEntry leaf = sealedLeaves[i];
            Span<byte> hash = hashes.AsSpan(i * TreeHash.Size, TreeHash.Size);
            if (leaf.Withheld || match[i] < 0)
            {
                if (leaf.Hash.Length == TreeHash.Size) leaf.Hash.Span.CopyTo(hash);
                if (!leaf.Withheld) Missing(leaf);
                else
                {
                    Withheld(leaf);
                    if (match[i] >= 0) Replaced(leaf, now.Node(match[i]));
                }
                continue;
            }
            int at = match[i];
            DicomNode node = now.Node(at);
            byte vr = LeafHasher.VrToCheck(node, now.Kind(at), now.IsPrivate(at), leaf.Vr);
            Padding padding = LeafHasher.PaddingOf(node, now.Kind(at), vr);
            // spec/seal.md, Values: the VR's own padding is as good as the one that was sealed
            if (padding == Padding.Proper) padding = leaf.Padding;
            ReadOnlySpan<byte> salt = opening.IsRedacted ? leaf.Salt.Span : allSalts.Slice(i * Salts.Size, Salts.Size);
            if (!_forms.HashToCheck(hasher, now, at, vr, padding, salt, leaf.Hash.Span, hash)) differing.Add(i);
        }
        differing.AddRange(_forms.Unproven().Select(at => Array.IndexOf(match, at)));
        foreach (int i in differing) Differs(sealedLeaves[i], now.Node(match[i]));
        bool complete = !findings.Differs && !findings.Unverifiable;
        if (complete && !TreeHash.List(Section.Elements, hashes).AsSpan().SequenceEqual(statement.ElementsRoot))
            findings.Alter(new Reason(ReasonCode.ElementChanged, "the elements do not give the root that was sealed", Part.Structure));
    }

    private static bool SamePaths(Inventory.Inventory now, IReadOnlyList<IndexEntry> leaves)
    {
        if (now.Count != leaves.Count) return false;
        for (int i = 0; i < leaves.Count; i++)
        {
            if (!now.Path(i).SequenceEqual(leaves[i].Path.Span)) return false;
        }
        return true;
    }

    private static int[] Identity(int count)
    {
        int[] match = new int[count];
        for (int i = 0; i < count; i++) match[i] = i;
        return match;
    }

    /// <summary>For each sealed leaf the leaf of the file with its path, or -1; what is left over was added.</summary>
    private int[] Match(Inventory.Inventory now, IReadOnlyList<IndexEntry> leaves)
    {
        var places = new HashSet<int>(now.Count, new PathComparer(now));
        HashSet<int>.AlternateLookup<ReadOnlySpan<byte>> byPath = places.GetAlternateLookup<ReadOnlySpan<byte>>();
        var doubles = new List<int>();
        for (int i = 0; i < now.Count; i++)
        {
            if (!places.Add(i)) doubles.Add(i);
        }
        int[] match = new int[leaves.Count];
        int last = -1;
        for (int i = 0; i < leaves.Count; i++)
        {
            if (!byPath.TryGetValue(leaves[i].Path.Span, out int at))
            {
                match[i] = -1;
                continue;
            }
            places.Remove(at);
            match[i] = at;
            if (at < last) findings.Alter(new Reason(ReasonCode.OrderChanged, $"{Name(leaves[i].Path.Span)} stands in another place than sealed", PartOf(leaves[i].Path.Span), LeafPath.Text(leaves[i].Path.Span)));
            last = Math.Max(last, at);
        }
        foreach (int at in places.Concat(doubles).Order()) Added(now, at);
        return match;
    }

    /// <summary>Leaves of an inventory by their paths, without a copy of any.</summary>
    private sealed class PathComparer(Inventory.Inventory inventory) : IEqualityComparer<int>, IAlternateEqualityComparer<ReadOnlySpan<byte>, int>
    {
        public bool Equals(int a, int b) => inventory.Path(a).SequenceEqual(inventory.Path(b));

        public int GetHashCode(int index) => GetHashCode(inventory.Path(index));

        public bool Equals(ReadOnlySpan<byte> path, int index) => path.SequenceEqual(inventory.Path(index));

        // keyed anew in each process: paths that collide cannot be prepared
        public int GetHashCode(ReadOnlySpan<byte> path)
        {
            var hash = new HashCode();
            hash.AddBytes(path);
            return hash.ToHashCode();
        }

        public int Create(ReadOnlySpan<byte> path) => throw new NotSupportedException("a path alone makes no leaf");
    }

    // a creator comes before what stands in its block
    private void Added(Inventory.Inventory now, int at)
    {
        ReadOnlySpan<byte> path = now.Path(at);
        DicomNode node = now.Node(at);
        if (_forms.IsOnlyOfCompression(node)) return;
        if (node.Tag.Group == Inventory.Inventory.SealGroup && node.Parent.Kind == NodeKind.Root)
        {
            if (node.Tag.IsPrivateCreator && SealBlock.IsCreator(node))
            {
                findings.AddedSeals.Add(node.Tag.Element);
                findings.Append(new Reason(ReasonCode.LaterSealInvalid, "a later seal was added that does not continue this one", Part.Structure, LeafPath.Text(path), Offset: node.HeaderOffset));
                return;
            }
            // what comes with a later seal is said with it; what is put into the block of an earlier one is not
            if (findings.AddedSeals.Contains(node.Tag.Element >> 8)) return;
        }
        findings.Append(new Reason(ReasonCode.ElementAdded, $"{Name(path)} was added", PartOf(path), LeafPath.Text(path), Offset: node.HeaderOffset));
    }

    private void Missing(IndexEntry leaf) =>
        findings.Alter(new Reason(ReasonCode.ElementMissing, $"{Name(leaf.Path.Span)} is missing", PartOf(leaf.Path.Span), LeafPath.Text(leaf.Path.Span)));

    /// <summary>What stands in the place of a withheld leaf is vouched for by a later seal or by nobody.</summary>
    private void Replaced(IndexEntry leaf, DicomNode node) =>
        findings.Replace(new Reason(ReasonCode.ElementAdded, $"{Name(leaf.Path.Span)} is withheld, and what stands in its place is not what was sealed", PartOf(leaf.Path.Span), LeafPath.Text(leaf.Path.Span), Offset: node.HeaderOffset));

    private void Withheld(IndexEntry leaf)
    {
        string text = $"{Name(leaf.Path.Span)} is withheld";
        var reason = new Reason(leaf.MayWithhold ? ReasonCode.Withheld : ReasonCode.WithheldWithoutLeave, text, PartOf(leaf.Path.Span), LeafPath.Text(leaf.Path.Span));
        if (leaf.MayWithhold) findings.Withhold(reason);
        else findings.Alter(reason);
    }

    private void Differs(IndexEntry leaf, DicomNode node)
    {
        string path = LeafPath.Text(leaf.Path.Span);
        if (node.Tag.IsPrivate && node.Vr == Vr.UN && (node.BigEndian || statement.TransferSyntax == "1.2.840.10008.1.2.2"))
        {
            findings.Doubt(new Reason(ReasonCode.VrLost, $"{Name(leaf.Path.Span)} lost its VR together with a change of byte order: whether its value is the sealed one cannot be told", PartOf(leaf.Path.Span), path, Offset: node.HeaderOffset));
            return;
        }
        findings.Alter(new Reason(ReasonCode.ElementChanged, $"{Name(leaf.Path.Span)} is not what was sealed", PartOf(leaf.Path.Span), path, Offset: node.HeaderOffset));
    }

    private Part PartOf(ReadOnlySpan<byte> path) => LeafPath.TryTags(path, _tags) ? Parts.Of(_tags) : Part.Structure;

    private string Name(ReadOnlySpan<byte> path) => LeafPath.TryTags(path, _tags) && _tags.Count > 0 && !_tags[^1].IsPrivate ? DicomDictionary.NameOf(_tags[^1]) : LeafPath.Text(path);
}
