using Veridicom.Dicom;

namespace Veridicom.Seals.Inventory;

/// <summary>The leaves of a file's carrier: its preamble, then its meta elements in order (without their group length).</summary>
public sealed class CarrierLeaves
{
    private readonly DicomFile _file;
    private readonly Inventory? _meta;

    /// <summary>The leaves of <paramref name="file"/>.</summary>
    public CarrierLeaves(DicomFile file)
    {
        _file = file;
        _meta = file.Meta is null ? null : Inventory.Walk(file.Meta, default);
    }

    private int First => _file.HasPreamble ? 1 : 0;

    /// <summary>Leaves.</summary>
    public int Count => First + (_meta?.Count ?? 0);

    /// <summary>The path of a leaf.</summary>
    public ReadOnlySpan<byte> Path(int index) => index < First ? LeafPath.Preamble : _meta!.Path(index - First);

    /// <summary>The meta element of a leaf, false for the preamble.</summary>
    public bool TryNode(int index, out DicomNode node)
    {
        node = index < First ? default : _meta!.Node(index - First);
        return index >= First;
    }

    /// <summary>VR number to commit to.</summary>
    public byte Vr(int index) => index < First ? BoundVr.Unbound : LeafHasher.VrToSeal(_meta!.Node(index - First), LeafKind.Value, _meta.IsPrivate(index - First));

    /// <summary>Padding as it is now.</summary>
    public Padding Padding(int index) => index < First ? default : LeafHasher.PaddingOf(_meta!.Node(index - First), _meta.Kind(index - First), Vr(index));

    /// <summary>The hash of a leaf.</summary>
    public void Hash(LeafHasher hasher, int index, byte vr, Padding padding, ReadOnlySpan<byte> salt, Span<byte> hash)
    {
        if (index < First) hasher.HashBytes(salt, LeafKind.Value, vr, padding, LeafPath.Preamble, _file.Source.Window(0, 128), hash);
        else hasher.Hash(_meta!, index - First, vr, padding, salt, hash);
    }
}
