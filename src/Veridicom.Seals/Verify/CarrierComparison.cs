using System.Buffers.Binary;
using System.Text;
using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;
using Veridicom.Pixels;
using Veridicom.Seals.Inventory;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Tree;

namespace Veridicom.Seals.Verify;

/// <summary>
/// Judges preamble and meta elements (spec/seal.md, Carrier): honest tools rewrite them, so they may differ from what was sealed within
/// fixed bounds; beyond these the carrier is bad and the file altered.
/// </summary>
internal static class CarrierComparison
{
    /// <summary>Longest value of a free element: no place for a payload (PS3.5-2023b Table 6.2-1: UI has 64 bytes, SH and AE have 16 characters).</summary>
    private const int LongestName = 64;

    /// <summary>Elements that may be rewritten, left out or added: the names of the program and of the network peers that wrote the file.</summary>
    private static bool IsFree(DicomTag tag) => tag.Value is 0x00020012 or 0x00020013 or 0x00020016 or 0x00020017 or 0x00020018;

    /// <summary>Compares; rewriting and contradictions go to the findings.</summary>
    public static void Run(DicomFile file, Statement statement, Opening opening, Salts? salts, LeafHasher hasher, Findings findings)
    {
        findings.Mark(Part.Carrier, PartState.Intact);
        if (Verifier.EncodingContradiction(file) is { } contradiction)
            findings.Alter(new Reason(ReasonCode.MetaChanged, "TransferSyntaxUID contradicts the form of the pixel data", Part.Carrier, "(0002,0010)", Offset: contradiction.HeaderOffset));
        var leaves = new CarrierLeaves(file, withTrailingPadding: !CarrierLeaves.IsElementOf(opening.Elements));
        IReadOnlyList<IndexEntry> was = opening.Carrier;
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < was.Count; i++) places[Encoding.Latin1.GetString(was[i].Path.Span)] = i;
        ReadOnlySpan<byte> allSalts = salts is null ? default : salts.Take(Section.Carrier, 0, was.Count);
        byte[] hashes = new byte[was.Count * TreeHash.Size];
        bool same = leaves.Count == was.Count;
        Span<byte> hash = stackalloc byte[TreeHash.Size];
        for (int at = 0; at < leaves.Count; at++)
        {
            bool known = places.Remove(Encoding.Latin1.GetString(leaves.Path(at)), out int i);
            bool asSealed = false;
            if (known && !was[i].Withheld)
            {
                Padding padding = leaves.Padding(at);
                if (padding == Padding.Proper) padding = was[i].Padding;
                leaves.Hash(hasher, at, leaves.Vr(at), padding, opening.IsRedacted ? was[i].Salt.Span : allSalts.Slice(i * Salts.Size, Salts.Size), hash);
                hash.CopyTo(hashes.AsSpan(i * TreeHash.Size));
                asSealed = hash.StartsWith(was[i].Hash.Span);
            }
            if (asSealed) continue;
            same = false;
            if (!leaves.TryNode(at, out DicomNode node)) Preamble(file, findings);
            else if (node.Tag.Value == CarrierLeaves.TrailingPadding) TrailingPadding(node, known, findings);
            else Meta(file, statement, node, known, findings);
        }
        foreach (int i in places.Values)
        {
            same = false;
            // without preamble and meta elements a file is a bare data set; with either but not these three nobody can tell what it is
            if ((file.HasPreamble || file.Meta is not null) && MustStay(was[i].Path.Span, out DicomTag tag) && !(was[i].Withheld && tag.Value == 0x00020003))
            {
                findings.Alter(new Reason(ReasonCode.MetaChanged, $"{DicomDictionary.NameOf(tag)} is missing", Part.Carrier, tag.ToString()));
                continue;
            }
            findings.Mark(Part.Carrier, PartState.Rewritten);
            findings.Add(new Reason(ReasonCode.CarrierRewritten, $"{LeafPath.Text(was[i].Path.Span)} is left out", Part.Carrier, LeafPath.Text(was[i].Path.Span)));
        }
        if (same && !TreeHash.List(Section.Carrier, hashes).AsSpan().SequenceEqual(statement.CarrierRoot))
            findings.Alter(new Reason(ReasonCode.MetaChanged, "preamble and meta elements do not give the root that was sealed", Part.Carrier));
    }

    /// <summary>Exactly this UID, padded with at most one NUL (PS3.5-2023b 6.2): no room for anything beside it.</summary>
    private static bool IsUid(DicomNode node, ReadOnlySpan<byte> uid)
    {
        if (node.Kind != NodeKind.Element || node.Vr != Vr.UI || node.ValueLength != uid.Length + (uid.Length & 1)) return false;
        ReadOnlySpan<byte> value = node.Value;
        return value.StartsWith(uid) && (value.Length == uid.Length || value[^1] == 0);
    }

    /// <summary>The UID of the data set. One that has none gets an invented one from tools that write meta elements where there were none.</summary>
    private static bool IsUidOf(DicomFile file, DicomNode node, DicomTag tag, bool known) =>
        file.DataSet.TryFind(tag, out DicomNode uid) ? uid.Kind == NodeKind.Element && uid.ValueLength <= LongestName && IsUid(node, uid.Value.TrimEnd(" \0"u8).ToArray()) : !known && node is { Kind: NodeKind.Element, Vr: Vr.UI, ValueLength: <= LongestName };

    private static bool MustStay(ReadOnlySpan<byte> path, out DicomTag tag)
    {
        tag = path.Length == 5 && path[0] == 'S' ? new DicomTag(BinaryPrimitives.ReadUInt32BigEndian(path[1..])) : default;
        return tag.Value is 0x00020002 or 0x00020003 or 0x00020010;
    }

    /// <summary>An encapsulated syntax is more than a claim where the pixels were decoded by it and gave the cells that were sealed: what differs is said with them.</summary>
    private static bool IsProvedByCells(DicomFile file, Statement statement) =>
        statement.Pixels is { Kind: PixelBindingKind.Samples } or { DecodedLeaves: > 0 } && PixelGeometry.TryFindPixels(file.DataSet, out DicomNode pixels) && pixels.Kind == NodeKind.Encapsulated;

    private static void Preamble(DicomFile file, Findings findings)
    {
        if (file.Source.Window(0, 128).ContainsAnyExcept((byte)0))
        {
            findings.Alter(new Reason(ReasonCode.PreambleChanged, "the preamble is neither the sealed one nor zero: it may hold a program or another kind of file", Part.Carrier, Offset: 0));
            return;
        }
        findings.Mark(Part.Carrier, PartState.Rewritten);
        findings.Add(new Reason(ReasonCode.CarrierRewritten, "the preamble was set to zero", Part.Carrier, Offset: 0));
    }

    private static void TrailingPadding(DicomNode node, bool known, Findings findings)
    {
        if (node.Value.ContainsAnyExcept((byte)0))
        {
            if (known) findings.Alter(new Reason(ReasonCode.MetaChanged, "the padding behind the data set is neither the sealed one nor zero: it may hold anything", Part.Carrier, node.Path, Offset: node.HeaderOffset));
            else findings.Append(new Reason(ReasonCode.ElementAdded, $"{DicomDictionary.NameOf(node.Tag)} was added", Part.Structure, node.Path, Offset: node.HeaderOffset));
            return;
        }
        findings.Mark(Part.Carrier, PartState.Rewritten);
        findings.Add(new Reason(ReasonCode.CarrierRewritten, "zeros were put behind the data set", Part.Carrier, node.Path, Offset: node.HeaderOffset));
    }

    private static void Meta(DicomFile file, Statement statement, DicomNode node, bool known, Findings findings)
    {
        // spec/seal.md, Carrier: what is not as sealed must be what PS3.10-2023b 7.1 says of this data set, or a name that is free
        bool proved = node.Tag.Value switch
        {
            0x00020001 => node.Vr == Vr.OB && node.ValueLength == 2 && node.Value.SequenceEqual((ReadOnlySpan<byte>)[0, 1]),
            0x00020002 => IsUidOf(file, node, new DicomTag(0x0008, 0x0016), known),
            0x00020003 => IsUidOf(file, node, new DicomTag(0x0008, 0x0018), known),
            // the data set was read in this syntax; one that says more than how elements are laid down would be a claim of its own
            0x00020010 => IsUid(node, Encoding.ASCII.GetBytes(file.TransferSyntax.Uid)) && (IsProvedByCells(file, statement)
                || file.TransferSyntax.Uid is "1.2.840.10008.1.2" or "1.2.840.10008.1.2.1" or "1.2.840.10008.1.2.1.99" or "1.2.840.10008.1.2.2"),
            _ => IsFree(node.Tag) && node.Kind == NodeKind.Element && node.ValueLength <= LongestName && DicomDictionary.TryFind(node.Tag, out DictionaryEntry entry) && entry.Allows(node.Vr),
        };
        if (!proved)
        {
            string what = node.Tag.Value is 0x00020002 or 0x00020003 ? "is neither what was sealed nor what the data set says" : known ? "is not what was sealed" : "was added";
            findings.Alter(new Reason(ReasonCode.MetaChanged, $"{DicomDictionary.NameOf(node.Tag)} {what}", Part.Carrier, node.Tag.ToString(), Offset: node.HeaderOffset));
            return;
        }
        findings.Mark(Part.Carrier, PartState.Rewritten);
        findings.Add(new Reason(ReasonCode.CarrierRewritten, $"{DicomDictionary.NameOf(node.Tag)} was rewritten", Part.Carrier, node.Tag.ToString(), Offset: node.HeaderOffset));
    }
}
