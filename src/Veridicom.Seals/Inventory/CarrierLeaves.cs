using Veridicom.Dicom;

namespace Veridicom.Seals.Inventory;

/// <summary>The leaves of a file's carrier: its preamble, its meta elements in order (without their group length), and the padding behind its data set.</summary>
public sealed class CarrierLeaves
{
    /// <summary>Data Set Trailing Padding (PS3.10-2023b 7.2): of no significance, and dropped by every C-STORE.</summary>
    internal const uint TrailingPadding = 0xFFFCFFFC;

    /// <summary>The longest padding that is a leaf of the carrier, in bytes; a longer one is an element like any other.</summary>
    private const int LongestPadding = 1 << 20;

    private static readonly byte[] PaddingPath = [(byte)'S', 0xFF, 0xFC, 0xFF, 0xFC];

    private readonly DicomFile _file;
    private readonly Inventory? _meta;
    private readonly DicomNode? _padding;

    /// <summary>The leaves of <paramref name="file"/>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="withTrailingPadding">False for a seal that bound the padding as an element.</param>
    public CarrierLeaves(DicomFile file, bool withTrailingPadding = true)
    {
        _file = file;
        _meta = file.Meta is null ? null : Inventory.Walk(file.Meta, default);
        if (withTrailingPadding && file.DataSet.TryFind(new DicomTag(TrailingPadding), out DicomNode padding) && IsTrailingPadding(padding)) _padding = padding;
    }

    private int First => _file.HasPreamble ? 1 : 0;

    private int Meta => _meta?.Count ?? 0;

    /// <summary>Leaves.</summary>
    public int Count => First + Meta + (_padding is null ? 0 : 1);

    /// <summary>Whether (FFFC,FFFC) at the top level is a leaf of the carrier.</summary>
    internal static bool IsTrailingPadding(DicomNode node) => node is { Kind: NodeKind.Element, ValueLength: <= LongestPadding };

    /// <summary>Whether a list of elements holds the padding: seals did so before it became a leaf of the carrier.</summary>
    internal static bool IsElementOf(IReadOnlyList<Seal.IndexEntry> elements) => elements.Any(entry => entry.Path.Span.SequenceEqual(PaddingPath));

    /// <summary>The path of a leaf.</summary>
    public ReadOnlySpan<byte> Path(int index) => index < First ? LeafPath.Preamble : index - First < Meta ? _meta!.Path(index - First) : PaddingPath;

    /// <summary>The element of a leaf, false for the preamble.</summary>
    public bool TryNode(int index, out DicomNode node)
    {
        node = index < First ? default : index - First < Meta ? _meta!.Node(index - First) : _padding!.Value;
        return index >= First;
    }

    private bool IsMeta(int index) => index >= First && index - First < Meta;

    /// <summary>VR number to commit to.</summary>
    public byte Vr(int index) => IsMeta(index) ? LeafHasher.VrToSeal(_meta!.Node(index - First), LeafKind.Value, _meta.IsPrivate(index - First)) : BoundVr.Unbound;

    /// <summary>Padding as it is now.</summary>
    public Padding Padding(int index) => IsMeta(index) ? LeafHasher.PaddingOf(_meta!.Node(index - First), _meta.Kind(index - First), Vr(index)) : default;

    /// <summary>The hash of a leaf.</summary>
    public void Hash(LeafHasher hasher, int index, byte vr, Padding padding, ReadOnlySpan<byte> salt, Span<byte> hash)
    {
        if (index < First) hasher.HashBytes(salt, LeafKind.Value, vr, padding, LeafPath.Preamble, _file.Source.Window(0, 128), hash);
        else if (!IsMeta(index)) hasher.HashBytes(salt, LeafKind.Value, vr, padding, PaddingPath, _padding!.Value.Value, hash);
        else hasher.Hash(_meta!, index - First, vr, padding, salt, hash);
    }
}
