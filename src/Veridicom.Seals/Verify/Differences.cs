using System.Text;
using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;
using Veridicom.Pixels;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Seals.Inventory;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Trust;

namespace Veridicom.Seals.Verify;

/// <summary>How an attribute differs between two files.</summary>
public enum DifferenceKind
{
    /// <summary>It stands in the first file only.</summary>
    OnlyInA,
    /// <summary>It stands in the second file only.</summary>
    OnlyInB,
    /// <summary>It stands in both with different values, or numbers of items.</summary>
    Changed,
}

/// <summary>One attribute that differs. Texts are escaped and shortened.</summary>
/// <param name="Kind">How.</param>
/// <param name="Path">Tag path.</param>
/// <param name="Name">Keyword, or the tag where the dictionary has none.</param>
/// <param name="A">Value in the first file, null where it is not there.</param>
/// <param name="B">Value in the second file, null where it is not there.</param>
public sealed record AttributeDifference(DifferenceKind Kind, string Path, string Name, string? A, string? B);

/// <summary>Where the pixels of one frame differ.</summary>
/// <param name="Box">Frame, and the smallest box around all cells that differ.</param>
/// <param name="Cells">Cells that differ: samples, not pixels.</param>
/// <param name="MaxDifference">The largest absolute difference of two cells, in stored values.</param>
public sealed record FrameDifference(PixelBox Box, long Cells, double MaxDifference);

/// <summary>How the pixel data of two files compare.</summary>
public enum PixelComparisonState
{
    /// <summary>Neither has any.</summary>
    None,
    /// <summary>Cell by cell, or byte by byte, the same.</summary>
    Same,
    /// <summary>Not the same.</summary>
    Different,
    /// <summary>They cannot be laid side by side; the note says why.</summary>
    NotComparable,
}

/// <summary>What differs between two files.</summary>
public sealed record DifferenceReport
{
    /// <summary>Attributes, ordered by tag, at most <see cref="Differences.MaxAttributes"/>.</summary>
    public required IReadOnlyList<AttributeDifference> Attributes { get; init; }

    /// <summary>Attributes beyond the limit.</summary>
    public int MoreAttributes { get; init; }

    /// <summary>The outcome for the pixels.</summary>
    public required PixelComparisonState Pixels { get; init; }

    /// <summary>Why, for people; empty where there is nothing to say.</summary>
    public required string PixelNote { get; init; }

    /// <summary>Frames that differ, at most <see cref="Differences.MaxFrames"/>.</summary>
    public required IReadOnlyList<FrameDifference> Frames { get; init; }

    /// <summary>Frames beyond the limit.</summary>
    public int MoreFrames { get; init; }

    /// <summary>Identities of seals in the first file only.</summary>
    public required IReadOnlyList<string> SealsOnlyInA { get; init; }

    /// <summary>Identities of seals in the second file only.</summary>
    public required IReadOnlyList<string> SealsOnlyInB { get; init; }

    /// <summary>UIDs of PS3.15 signatures in the first file only.</summary>
    public required IReadOnlyList<string> SignaturesOnlyInA { get; init; }

    /// <summary>UIDs of PS3.15 signatures in the second file only.</summary>
    public required IReadOnlyList<string> SignaturesOnlyInB { get; init; }

    /// <summary>True where nothing was found; seals and signatures count, too.</summary>
    public bool IsSame => Attributes.Count == 0 && (Pixels is PixelComparisonState.None or PixelComparisonState.Same)
        && SealsOnlyInA.Count + SealsOnlyInB.Count + SignaturesOnlyInA.Count + SignaturesOnlyInB.Count == 0;
}

/// <summary>
/// Compares two files attribute by attribute, whatever their encodings: values as canonical little endian without padding, private elements by
/// creator, pixels by cells. Seal blocks and signatures are named and not taken apart.
/// </summary>
public static class Differences
{
    /// <summary>Attributes listed.</summary>
    public const int MaxAttributes = 1000;

    /// <summary>Frames listed.</summary>
    public const int MaxFrames = 1000;

    private const uint MacParameters = 0x4FFE0001, DigitalSignatures = 0xFFFAFFFA;

    /// <summary>Compares two files. Their sources must not be the same object.</summary>
    /// <param name="a">The first file.</param>
    /// <param name="b">The second file.</param>
    /// <param name="jpeg2000">Decodes JPEG 2000; null where there is none.</param>
    /// <exception cref="DicomException">A value that must be read as a whole is too long.</exception>
    public static DifferenceReport Compare(DicomFile a, DicomFile b, IJpeg2000? jpeg2000 = null)
    {
        var found = new List<(uint Order, AttributeDifference Difference)>();
        int more = 0;
        ComparePreambles(a, b, Add);
        if (a.Meta is not null || b.Meta is not null) CompareSets(a.Meta, b.Meta, isMeta: true, Add);
        CompareSets(a.DataSet, b.DataSet, isMeta: false, Add);
        PixelsReport pixels = PixelDifferences.Compare(a, b, jpeg2000);
        List<string> sealsA = SealsOf(a), sealsB = SealsOf(b), signaturesA = SignaturesOf(a), signaturesB = SignaturesOf(b);
        return new DifferenceReport
        {
            Attributes = [.. found.OrderBy(f => f.Order).Select(f => f.Difference)],
            MoreAttributes = more,
            Pixels = pixels.State,
            PixelNote = pixels.Note,
            Frames = pixels.Frames,
            MoreFrames = pixels.More,
            SealsOnlyInA = [.. sealsA.Except(sealsB)],
            SealsOnlyInB = [.. sealsB.Except(sealsA)],
            SignaturesOnlyInA = [.. signaturesA.Except(signaturesB)],
            SignaturesOnlyInB = [.. signaturesB.Except(signaturesA)],
        };

        void Add(uint order, AttributeDifference difference)
        {
            if (found.Count < MaxAttributes) found.Add((order, difference));
            else more++;
        }
    }

    private static void ComparePreambles(DicomFile a, DicomFile b, Action<uint, AttributeDifference> add)
    {
        string? of(DicomFile file) => file.HasPreamble ? Convert.ToHexStringLower(file.Source.Window(0, 128)) : null;
        string? before = of(a), after = of(b);
        if (before == after) return;
        DifferenceKind kind = before is null ? DifferenceKind.OnlyInB : after is null ? DifferenceKind.OnlyInA : DifferenceKind.Changed;
        add(0, new AttributeDifference(kind, "preamble", "preamble", Short(before), Short(after)));

        static string? Short(string? hex) => hex is null ? null : hex.All(c => c == '0') ? "128 zeros" : hex[..32] + "…";
    }

    private static void CompareSets(DicomDataSet? a, DicomDataSet? b, bool isMeta, Action<uint, AttributeDifference> add)
    {
        var rules = new InventoryRules(null, false, false);
        Inventory.Inventory? ofA = a is null ? null : Inventory.Inventory.Walk(a, rules), ofB = b is null ? null : Inventory.Inventory.Walk(b, rules);
        ElementText values = new(a), valuesB = new(b);
        Dictionary<string, int> places = Places(ofB, isMeta);
        string? gone = null;
        if (ofA is not null)
        {
            foreach ((string path, int i) in Places(ofA, isMeta))
            {
                if (gone is not null && path.StartsWith(gone, StringComparison.Ordinal)) continue; // below a sequence that is gone as a whole
                DicomNode node = ofA.Node(i);
                uint order = TopTag(node);
                if (!places.Remove(path, out int j))
                {
                    if (node.Kind is NodeKind.Sequence or NodeKind.Encapsulated) gone = path;
                    add(order, new AttributeDifference(DifferenceKind.OnlyInA, LeafPath.Text(ofA.Path(i)), DicomDictionary.NameOf(node.Tag), values.Of(node), null));
                }
                else if (ofA.Kind(i) != LeafKind.Pixels && !SameValue(node, ofB!.Node(j)))
                {
                    add(order, new AttributeDifference(DifferenceKind.Changed, LeafPath.Text(ofA.Path(i)), DicomDictionary.NameOf(node.Tag), values.Of(node), valuesB.Of(ofB.Node(j))));
                }
            }
        }
        gone = null;
        foreach ((string path, int j) in places.OrderBy(p => p.Value))
        {
            if (gone is not null && path.StartsWith(gone, StringComparison.Ordinal)) continue;
            DicomNode node = ofB!.Node(j);
            if (node.Kind is NodeKind.Sequence or NodeKind.Encapsulated) gone = path;
            add(TopTag(node), new AttributeDifference(DifferenceKind.OnlyInB, LeafPath.Text(ofB.Path(j)), DicomDictionary.NameOf(node.Tag), null, valuesB.Of(node)));
        }
    }

    /// <summary>Where each path stands; a path that stands twice is told apart by a number. Seals and signatures are left out.</summary>
    private static Dictionary<string, int> Places(Inventory.Inventory? inventory, bool isMeta)
    {
        var places = new Dictionary<string, int>(inventory?.Count ?? 0, StringComparer.Ordinal);
        for (int i = 0; i < inventory?.Count; i++)
        {
            DicomNode node = inventory.Node(i);
            if (!isMeta && (TopTag(node) is MacParameters or DigitalSignatures || IsOfSeal(node))) continue;
            string path = Encoding.Latin1.GetString(inventory.Path(i));
            for (int again = 2; !places.TryAdd(path, i); again++) path = $"{Encoding.Latin1.GetString(inventory.Path(i))}#{again}";
        }
        return places;
    }

    private static bool IsOfSeal(DicomNode node)
    {
        if (node.Tag.Group != Inventory.Inventory.SealGroup || node.Parent.Kind != NodeKind.Root) return false;
        if (node.Tag.IsPrivateCreator) return SealBlock.IsCreator(node);
        var creator = new DicomTag(node.Tag.Group, (ushort)(node.Tag.Element >> 8));
        return creator.IsPrivateCreator && node.Parent.TryFind(creator, out DicomNode found) && SealBlock.IsCreator(found);
    }

    private static uint TopTag(DicomNode node)
    {
        while (node.Parent.Kind != NodeKind.Root) node = node.Parent;
        return node.Tag.Value;
    }

    private static bool SameValue(DicomNode a, DicomNode b)
    {
        if (a.Kind != b.Kind) return false;
        if (a.Kind == NodeKind.Sequence) return a.ChildCount == b.ChildCount;
        if (a.Kind == NodeKind.Encapsulated) return PixelDifferences.FirstDifferentFragment(a, b) < 0;
        return ElementText.SameBytes(a, b);
    }

    private static List<string> SealsOf(DicomFile file) =>
        [.. SealBlock.Find(file.DataSet).Select(IdentityOf)];

    private static string IdentityOf(SealBlock block)
    {
        try
        {
            if (block.Damage is null) return Convert.ToHexStringLower(Statement.IdentityOf(SealCms.Read(block.Cms, Oids.SealStatement, new CertificateCache()).Statement.Span));
        }
        catch (TrustException)
        {
            // named below, as one that cannot be read
        }
        return $"damaged, block {block.Number:X2}";
    }

    private static List<string> SignaturesOf(DicomFile file) => [.. SignatureReader.Read(file.DataSet).Select(s => Dicom.Text.TextDisplay.Escape(s.Uid, 64))];
}
