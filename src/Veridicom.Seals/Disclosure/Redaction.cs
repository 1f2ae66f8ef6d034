using System.Text;
using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Seals.Inventory;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Tree;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Seals.Disclosure;

/// <summary>
/// Withholds elements of a sealed file (spec/seal.md, Redacted opening). What stays verifies as before; what is withheld can neither be read
/// nor found by guessing: its salt and the secret are gone, and with them every signature and every earlier seal that would let a guess be tried.
/// </summary>
public static class Redaction
{
    private const uint InstanceUid = 0x00080018, MetaInstanceUid = 0x00020003, Signatures = 0xFFFAFFFA;

    /// <summary>
    /// A copy in which the leaves of <paramref name="paths"/> and all below them are withheld under the latest seal. A sequence takes its items
    /// with it, a private creator its block, SOP Instance UID its copy in the meta elements, where a new one must stand.
    /// </summary>
    /// <param name="sealedFile">An intact file with a seal of its own.</param>
    /// <param name="paths">As reasons name them: "(0010,0010)", "(0008,1140)[1].(0008,1155)", "(0029,xx10 SIEMENS CSA HEADER)", "preamble".</param>
    /// <param name="replacements">
    /// Values to put in the place of some of them, little endian, by path; the others are removed. Until a trusted seal with the purpose
    /// de-identification binds them they count as added, patient's and display elements as altered.
    /// </param>
    /// <param name="jpeg2000">Decodes JPEG 2000; null where there is none.</param>
    /// <exception cref="SealRefusedException">No seal, not intact, no such element, or one that the statement does not allow to withhold.</exception>
    public static DicomFile Withhold(DicomFile sealedFile, IReadOnlyCollection<string> paths, IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? replacements = null, IJpeg2000? jpeg2000 = null)
    {
        if (paths.Count == 0) throw new ArgumentException("nothing is to be withheld", nameof(paths));
        replacements ??= new Dictionary<string, ReadOnlyMemory<byte>>();
        if (!sealedFile.IsSound && sealedFile.DataSet.Defects.Concat(sealedFile.CarrierDefects).FirstOrDefault(d => !Verifier.IsHarmless(d.Code)) is { Code: not DicomError.None } defect)
            throw Refusal(defect.Code.Word(), defect.Path, Verifier.Ambiguity(defect.Code), "repair the file first", defect.Offset);
        if (SealBlock.Find(sealedFile.DataSet) is not [.., { } block]) throw Refusal("unsealed", "", "the file has no seal", "seal it first");
        SealEvaluation seal = Judge(sealedFile, block, jpeg2000);
        if (!seal.ShowsNoChange || seal.Findings.Appended)
            throw Refusal("changed-since-sealed", seal.Findings.Reasons.FirstOrDefault()?.Path ?? "", "the file is not what the latest seal says", "seal the change first, with its purpose");
        Statement statement = seal.Statement!;
        Opening opening = Opening.Read(block.Opening, statement, out _);

        var wanted = new HashSet<string>(paths, StringComparer.Ordinal);
        wanted.UnionWith(replacements.Keys);
        bool[] elements = ChooseElements(opening, wanted, out bool instance);
        bool[] carrier = ChooseCarrier(opening, wanted, instance, replacements.ContainsKey(new DicomTag(InstanceUid).ToString()));
        if (wanted.Count > 0) throw Refusal("no-such-element", wanted.First(), $"the seal knows no element {wanted.First()}", "name elements as 'veridicom show' does");

        DicomFile file = RedactionEdits.Carrier(sealedFile, opening.Carrier, carrier, replacements.GetValueOrDefault(new DicomTag(InstanceUid).ToString()));
        Opening redacted = Redact(file, block, statement, opening, carrier, elements, jpeg2000, out Inventory.Inventory inventory);
        DicomFile result = RedactionEdits.Elements(file, block, inventory, redacted, replacements);
        SealEvaluation check = Judge(result, SealBlock.Find(result.DataSet)[^1], jpeg2000);
        if (!check.ShowsNoChange || check.Findings.Appended || !check.Findings.Withheld)
            throw Refusal("would-not-verify", check.Findings.Reasons.FirstOrDefault()?.Path ?? "", "the redacted copy would not verify: " + check.Findings.Reasons.FirstOrDefault(r => r.Code is not (ReasonCode.UnknownSigner or ReasonCode.Withheld))?.Text, "replace values by such as their elements may have");
        return result;
    }

    // intactness needs no trust: whoever signed, the statement says what was there
    private static SealEvaluation Judge(DicomFile file, SealBlock block, IJpeg2000? jpeg2000) =>
        SealEvaluation.Of(file, block, new VerifyOptions { Trust = TrustList.Empty, Now = DateTimeOffset.UnixEpoch, Jpeg2000 = jpeg2000 });

    private static SealRefusedException Refusal(string code, string path, string text, string remedy, long offset = -1) => new([new SealRefusal(code, offset, path, text, remedy)]);

    private static bool[] ChooseElements(Opening opening, HashSet<string> wanted, out bool instance)
    {
        bool[] chosen = new bool[opening.Elements.Count];
        var creators = new HashSet<string>(StringComparer.Ordinal);
        var found = new HashSet<string>(StringComparer.Ordinal);
        var tags = new List<DicomTag>();
        ReadOnlyMemory<byte> above = default; // leaves below one that is withheld follow it directly
        instance = false;
        for (int i = 0; i < chosen.Length; i++)
        {
            IndexEntry entry = opening.Elements[i];
            ReadOnlySpan<byte> path = entry.Path.Span;
            string text = LeafPath.Text(path);
            bool named = wanted.Contains(text);
            if (named) found.Add(text);
            bool below = above.Length > 0 && path.StartsWith(above.Span);
            if (!(named || below || OfCreator(path, creators) || TellsOfOthers(path, tags))) continue;
            if (!entry.MayWithhold) throw Refusal("may-not-be-withheld", text, $"{text} may not be withheld: the statement does not allow it", "leave it, or make a new file and seal that");
            chosen[i] = true;
            if (!below) above = entry.Path;
            if (path[LeafPath.LastComponent(path)] == 'C') creators.Add(Key(path));
            instance |= text == new DicomTag(InstanceUid).ToString();
        }
        wanted.ExceptWith(found);
        return chosen;
    }

    /// <summary>Signatures and earlier seals: each is over what is withheld, and the secret of an earlier one would open it.</summary>
    private static bool TellsOfOthers(ReadOnlySpan<byte> path, List<DicomTag> tags)
    {
        if (!LeafPath.TryTags(path, tags)) return false;
        if (tags.Any(t => t.Value == Signatures)) return true;
        return path[0] is (byte)'C' or (byte)'P' && path[1] == 0x7F && path[2] == 0xF1 && path[5..].StartsWith("VERIDICOM SEAL 1"u8);
    }

    private static bool OfCreator(ReadOnlySpan<byte> path, HashSet<string> creators) =>
        creators.Count > 0 && path[LeafPath.LastComponent(path)] == 'P' && creators.Contains(Key(path[..^1]));

    // a private element has the path of its creator but for the letter, and one byte more
    private static string Key(ReadOnlySpan<byte> path)
    {
        int last = LeafPath.LastComponent(path);
        return Encoding.Latin1.GetString(path[..last]) + "\u0100" + Encoding.Latin1.GetString(path[(last + 1)..]);
    }

    private static bool[] ChooseCarrier(Opening opening, HashSet<string> wanted, bool instance, bool replaced)
    {
        bool[] chosen = new bool[opening.Carrier.Count];
        for (int i = 0; i < chosen.Length; i++)
        {
            string text = LeafPath.Text(opening.Carrier[i].Path.Span);
            bool named = wanted.Remove(text), ofInstance = instance && text == new DicomTag(MetaInstanceUid).ToString();
            chosen[i] = named || ofInstance;
            if (ofInstance && !replaced) throw Refusal("needs-a-new-uid", text, "the instance needs a UID: PS3.10 demands it in the meta elements", "give a new one in the place of (0008,0018)");
            if (named && !ofInstance && (!opening.Carrier[i].MayWithhold || text is "(0002,0002)" or "(0002,0003)" or "(0002,0010)"))
                throw Refusal("may-not-be-withheld", text, $"{text} may not be withheld: without it nobody can read the file", "leave it");
        }
        return chosen;
    }

    private static Opening Redact(DicomFile file, SealBlock block, Statement statement, Opening opening, bool[] carrier, bool[] elements, IJpeg2000? jpeg2000, out Inventory.Inventory inventory)
    {
        using Salts? salts = opening.Secret is null ? null : new Salts(opening.Secret);
        inventory = Inventory.Inventory.Walk(file.DataSet, SealEvaluation.Rules(file.DataSet, statement.Pixels, block.Number, CarrierLeaves.IsElementOf(opening.Elements)));
        ReadOnlyMemory<byte> pixels = opening.Pixels, pixelSalts = opening.PixelSalts;
        if (salts is not null && statement.Pixels is { } bound)
        {
            PixelGeometry.TryFindPixels(file.DataSet, out DicomNode node);
            if (bound.Kind == PixelBindingKind.Encoded && file.TransferSyntax.Uid != statement.TransferSyntax && (node.Kind == NodeKind.Encapsulated || bound.Decoded is not null))
                throw Refusal("encoded-otherwise", node.Path, "the pixels are bound as encoded bytes, and are encoded otherwise in this copy", "withhold in the copy that was sealed");
            // the file is intact, so its pixels have the sealed shape and can be decoded
            PixelReader? reader = bound.Kind == PixelBindingKind.Samples || bound.Decoded is not null ? PixelReader.Open(file.TransferSyntax, node, PixelGeometry.Read(file.DataSet, node, out _)!, jpeg2000, out _) : null;
            byte[] hashes = new byte[checked(bound.AllLeaves * TreeHash.Size)];
            void Keep(int index, ReadOnlySpan<byte> hash) => hash.CopyTo(hashes.AsSpan(index * TreeHash.Size));
            new PixelTree().Compute(bound, node, reader, new LeafSalts(salts), Keep);
            if (bound.Decoded is { } decoded) new PixelTree().Compute(decoded, node, reader, new LeafSalts(salts).From(bound.Leaves), (i, hash) => Keep(bound.Leaves + i, hash));
            pixels = hashes;
            pixelSalts = salts.Take(Section.Pixels, 0, bound.AllLeaves).ToArray();
        }
        return new Opening
        {
            Carrier = Entries(opening.Carrier, null, null, salts, Section.Carrier, carrier),
            Elements = Entries(opening.Elements, inventory, new LosslessForms(file.TransferSyntax, statement.Pixels, jpeg2000), salts, Section.Elements, elements),
            Pixels = pixels, PixelSalts = pixelSalts,
        };
    }

    private static IndexEntry[] Entries(IReadOnlyList<IndexEntry> was, Inventory.Inventory? inventory, LosslessForms? forms, Salts? salts, Section section, bool[] chosen)
    {
        byte[] all = salts is null ? [] : salts.Take(section, 0, was.Count).ToArray();
        var hasher = new LeafHasher();
        var entries = new IndexEntry[was.Count];
        int at = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            IndexEntry entry = was[i];
            ReadOnlyMemory<byte> salt = salts is null ? entry.Salt : all.AsMemory(i * Salts.Size, Salts.Size), hash = entry.Hash;
            if (hash.Length < TreeHash.Size)
            {
                // the file is intact and nothing was added but what is free: the leaves of the index stand in the file in their order
                while (!inventory!.Path(at).SequenceEqual(entry.Path.Span)) at++;
                byte[] whole = new byte[TreeHash.Size];
                byte vr = LeafHasher.VrToCheck(inventory.Node(at), inventory.Kind(at), inventory.IsPrivate(at), entry.Vr);
                forms!.HashToCheck(hasher, inventory, at, vr, entry.Padding, salt.Span, entry.Hash.Span, whole);
                hash = whole;
            }
            bool withheld = entry.Withheld || chosen[i];
            entries[i] = entry with { Hash = hash, Salt = withheld ? default : salt, Withheld = withheld };
        }
        return entries;
    }
}
