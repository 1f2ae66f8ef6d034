using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Pixels;
using Veridicom.Seals.Inventory;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Tree;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Tests.Seals;

/// <summary>
/// Seals by hand, from the parts, as an adversary with a key would: nothing is refused, and the statement says whatever it is told to say.
/// For explicit VR little endian.
/// </summary>
internal static class HandSeal
{
    /// <summary>A file with one more seal.</summary>
    public static byte[] Embed(byte[] file, string signer, SealPurpose purpose = SealPurpose.Acquisition, IReadOnlyList<byte[]>? previous = null, Func<Statement, Statement>? change = null, bool paddingIsElement = false) =>
        Embed(file, SealKit.Signer(signer), purpose, previous, change, paddingIsElement);

    /// <summary>The same by any signer.</summary>
    public static byte[] Embed(byte[] file, KeySigner signer, SealPurpose purpose = SealPurpose.Acquisition, IReadOnlyList<byte[]>? previous = null, Func<Statement, Statement>? change = null, bool paddingIsElement = false)
    {
        DicomNode[] own = [.. SealKit.Elements(file).Where(n => n.Tag.Group == 0x7FF1)];
        byte number = (byte)(0x10 + own.Count(n => n.Tag.IsPrivateCreator));
        (byte[] cms, byte[] opening) = Make(file, signer, number, purpose, previous ?? [], change, paddingIsElement);
        ElementWriter creator = new(), data = new();
        SealBlock.Write(creator, number, cms, opening, part: 0);
        SealBlock.Write(data, number, cms, opening, part: 1);
        long behindCreators = own.LastOrDefault(n => n.Tag.IsPrivateCreator) is { Index: > 0 } last ? last.EndOffset : EndOf(file), behind = own.Length > 0 ? own[^1].EndOffset : EndOf(file);
        return behindCreators == behind
            ? SealKit.Splice(file, (behind, 0, [.. creator.Written, .. data.Written]))
            : SealKit.Splice(file, (behindCreators, 0, creator.ToArray()), (behind, 0, data.ToArray()));
    }

    /// <summary>Identities of the seals of a file.</summary>
    public static byte[][] Identities(byte[] file) => [.. SealKit.Verify(file).Seals.Select(s => Convert.FromHexString(s.Identity))];

    private static long EndOf(byte[] file) => SealKit.Elements(file).Where(n => n.Tag.Value < 0x7FF10000).Max(n => n.EndOffset);

    private static (byte[] Cms, byte[] Opening) Make(byte[] bytes, KeySigner key, byte number, SealPurpose purpose, IReadOnlyList<byte[]> previous, Func<Statement, Statement>? change, bool paddingIsElement)
    {
        DicomFile file = SealKit.Parse(bytes);
        byte[] secret = new byte[Salts.SecretSize];
        new Random(11).NextBytes(secret);
        using var salts = new Salts(secret);
        var hasher = new LeafHasher();
        PixelBinding? binding = null;
        byte[] pixelsRoot = [], prefixes = [];
        if (PixelGeometry.TryFindPixels(file.DataSet, out DicomNode pixels))
        {
            SealedPixels bound = SealedPixels.Of(file, pixels, salts, null, out _)!;
            (binding, prefixes, pixelsRoot) = (bound.Binding, bound.Prefixes, bound.Root);
        }
        Inventory inventory = Inventory.Walk(file.DataSet, new InventoryRules(number, binding?.Frames == 1, binding is { Kind: PixelBindingKind.Samples, Samples: > 1 }, SkipTrailingPadding: !paddingIsElement));
        var elements = new IndexEntry[inventory.Count];
        byte[] all = new byte[elements.Length * TreeHash.Size];
        for (int i = 0; i < elements.Length; i++)
        {
            byte vr = LeafHasher.VrToSeal(inventory.Node(i), inventory.Kind(i), inventory.IsPrivate(i));
            Padding padding = LeafHasher.PaddingOf(inventory.Node(i), inventory.Kind(i), vr);
            hasher.Hash(inventory, i, vr, padding, salts.Take(Section.Elements, i, 1), all.AsSpan(i * TreeHash.Size, TreeHash.Size));
            elements[i] = new IndexEntry(inventory.Path(i).ToArray(), vr, padding, false, all.AsMemory(i * TreeHash.Size, TreeHash.PrefixSize), default, false);
        }
        var leaves = new CarrierLeaves(file, withTrailingPadding: !paddingIsElement);
        var carrier = new IndexEntry[leaves.Count];
        byte[] carried = new byte[carrier.Length * TreeHash.Size];
        for (int i = 0; i < carrier.Length; i++)
        {
            leaves.Hash(hasher, i, leaves.Vr(i), leaves.Padding(i), salts.Take(Section.Carrier, i, 1), carried.AsSpan(i * TreeHash.Size, TreeHash.Size));
            carrier[i] = new IndexEntry(leaves.Path(i).ToArray(), leaves.Vr(i), leaves.Padding(i), true, carried.AsMemory(i * TreeHash.Size, TreeHash.Size), default, false);
        }
        Opening opening = Opening.OfFull(secret, carrier, elements, prefixes);
        var statement = new Statement
        {
            SopClass = file.DataSet.Ascii(new DicomTag(0x0008, 0x0016)) ?? "", TransferSyntax = file.TransferSyntax.Uid, SealedAt = SealKit.At,
            CarrierLeaves = carrier.Length, CarrierRoot = TreeHash.List(Section.Carrier, carried), ElementLeaves = elements.Length, ElementsRoot = TreeHash.List(Section.Elements, all),
            Pixels = binding, PixelsRoot = pixelsRoot, IndexDigest = opening.IndexDigest(), Previous = previous, SignatureUids = [], MadeMacSequence = false, MadeSignatureSequence = false,
            RequiredSigners = [System.Security.Cryptography.SHA256.HashData(key.Certificate.Key.Encoded.Span)], Claims = SealKit.Claims(purpose),
        };
        statement = change?.Invoke(statement) ?? statement;
        return (SealCms.Write(statement.Encode(), Oids.SealStatement, key, statement.SealedAt), opening.Encode());
    }
}
