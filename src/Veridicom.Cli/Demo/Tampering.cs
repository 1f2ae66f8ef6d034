using System.Buffers.Binary;
using System.Text;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;

namespace Veridicom.Cli.Demo;

/// <summary>
/// What a forger does to a file, and what an honest converter does: bytes in, bytes out, each a well-formed file again. For native pixel data in
/// explicit VR little endian, as <see cref="PhantomStudy"/> writes it.
/// </summary>
public static class Tampering
{
    private static readonly DicomTag MediaInstance = new(0x0002, 0x0003), Syntax = new(0x0002, 0x0010), MetaLength = new(0x0002, 0x0000);
    private static readonly DicomTag Instance = new(0x0008, 0x0018), Name = new(0x0010, 0x0010), Pixels = new(0x7FE0, 0x0010);
    private static readonly DicomTag Rows = new(0x0028, 0x0010), Columns = new(0x0028, 0x0011);
    private static readonly DicomTag MacParameters = new(0x4FFE, 0x0001), Signatures = new(0xFFFA, 0xFFFA);
    private const ushort SealGroup = 0x7FF1, OverlayGroup = 0x6000;

    /// <summary>One sample, one step brighter: 1 HU.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="row">From 0.</param>
    /// <param name="column">From 0.</param>
    public static byte[] OnePixel(byte[] bytes, int row, int column)
    {
        DicomDataSet set = Parse(bytes).DataSet;
        long at = Find(set, Pixels).ValueOffset + 2L * (row * (long)Number(set, Columns) + column);
        byte[] sample = new byte[2];
        int value = BinaryPrimitives.ReadInt16LittleEndian(set.Source.Window(at, 2));
        BinaryPrimitives.WriteInt16LittleEndian(sample, (short)(value == short.MaxValue ? value - 1 : value + 1));
        return Apply(bytes, [(at, 2, sample)]);
    }

    /// <summary>Another Patient's Name, within ISO 8859-1.</summary>
    public static byte[] PatientName(byte[] bytes, string name) => Apply(bytes, [Replaced(Find(Parse(bytes).DataSet, Name), name)]);

    /// <summary>An overlay plane (PS3.3-2023b C.9.2) in group 6000: a ring, as a reader draws one around a finding.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="row">Centre, from 0.</param>
    /// <param name="column">Centre, from 0.</param>
    /// <param name="radius">In pixels.</param>
    public static byte[] Overlay(byte[] bytes, int row, int column, int radius)
    {
        DicomDataSet set = Parse(bytes).DataSet;
        int rows = Number(set, Rows), columns = Number(set, Columns);
        byte[] plane = new byte[(rows * columns + 7) / 8];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                int square = (r - row) * (r - row) + (c - column) * (c - column), at = r * columns + c;
                if (square >= (radius - 1) * (radius - 1) && square <= (radius + 1) * (radius + 1)) plane[at / 8] |= (byte)(1 << (at % 8));
            }
        }
        byte[] elements = new ElementWriter()
            .UInt16(new(OverlayGroup, 0x0010), (ushort)rows)
            .UInt16(new(OverlayGroup, 0x0011), (ushort)columns)
            .Text(new(OverlayGroup, 0x0040), Vr.CS, "G")
            .Bytes(new(OverlayGroup, 0x0050), Vr.SS, [1, 0, 1, 0])
            .UInt16(new(OverlayGroup, 0x0100), 1)
            .UInt16(new(OverlayGroup, 0x0102), 0)
            .Bytes(new(OverlayGroup, 0x3000), Vr.OW, plane)
            .ToArray();
        return Apply(bytes, [(Find(set, Pixels).HeaderOffset, 0, elements)]);
    }

    /// <summary>The same image passed off as another instance: a new SOP Instance UID in data set and meta elements.</summary>
    public static byte[] OtherInstance(byte[] bytes, string uid)
    {
        DicomFile file = Parse(bytes);
        return Apply(bytes, [.. MetaEdits(file, MediaInstance, uid), Replaced(Find(file.DataSet, Instance), uid)]);
    }

    /// <summary>Without any seal of ours; digital signatures of the standard stay where they are.</summary>
    public static byte[] WithoutSeal(byte[] bytes) => Without(bytes, tag => tag.Group == SealGroup);

    /// <summary>Without any seal of ours and any digital signature (PS3.3-2023b C.12.1.1.3) of the top level.</summary>
    public static byte[] WithoutAnySignature(byte[] bytes) => Without(bytes, tag => tag.Group == SealGroup || tag == MacParameters || tag == Signatures);

    /// <summary>Honest: the same content in implicit VR little endian, as many archives store it.</summary>
    /// <exception cref="ArgumentException">Pixel data is compressed.</exception>
    public static byte[] ToImplicitVr(byte[] bytes)
    {
        DicomFile file = Parse(bytes);
        DicomDataSet set = file.DataSet;
        var w = new ElementWriter(NodeForm.Implicit);
        var open = new Stack<DicomNode>();
        for (int i = 1; i < set.NodeCount; i++)
        {
            DicomNode node = set[i];
            CloseUntil(i);
            switch (node.Kind)
            {
                case NodeKind.Element:
                    w.Bytes(node.Tag, node.Vr, node.Value);
                    break;
                case NodeKind.Sequence:
                    w.BeginSequence(node.Tag);
                    open.Push(node);
                    break;
                case NodeKind.Item:
                    w.BeginItem();
                    open.Push(node);
                    break;
                default:
                    throw new ArgumentException("compressed pixel data has no implicit VR form", nameof(bytes));
            }
        }
        CloseUntil(set.NodeCount);
        return Apply(bytes, [.. MetaEdits(file, Syntax, TransferSyntax.ImplicitVrLittleEndian.Uid), (file.DataSetOffset, bytes.Length - file.DataSetOffset, w.ToArray())]);

        void CloseUntil(int index)
        {
            while (open.Count > 0 && open.Peek().NextIndex <= index)
            {
                if (open.Pop().Kind == NodeKind.Item) w.EndItem();
                else w.EndSequence();
            }
        }
    }

    private static byte[] Without(byte[] bytes, Predicate<DicomTag> unwanted)
    {
        var edits = new List<(long, long, byte[])>();
        foreach (DicomNode node in Parse(bytes).DataSet.Root)
        {
            if (unwanted(node.Tag)) edits.Add((node.HeaderOffset, node.EndOffset - node.HeaderOffset, []));
        }
        return Apply(bytes, edits);
    }

    // The changed meta element, and before it the group length that counts it (PS3.10-2023b 7.1).
    private static List<(long, long, byte[])> MetaEdits(DicomFile file, DicomTag tag, string uid)
    {
        DicomDataSet meta = file.Meta ?? throw new ArgumentException("the file has no meta elements", nameof(file));
        (long at, long remove, byte[] insert) = Replaced(Find(meta, tag), uid);
        DicomNode length = Find(meta, MetaLength);
        byte[] counted = new byte[4];
        uint before = BinaryPrimitives.ReadUInt32LittleEndian(length.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(counted, (uint)(before + insert.Length - remove));
        return [(length.ValueOffset, 4, counted), (at, remove, insert)];
    }

    private static (long, long, byte[]) Replaced(DicomNode node, string text) =>
        (node.HeaderOffset, node.EndOffset - node.HeaderOffset, new ElementWriter().Bytes(node.Tag, node.Vr, Encoding.Latin1.GetBytes(text)).ToArray());

    private static byte[] Apply(byte[] bytes, IEnumerable<(long Offset, long Remove, byte[] Insert)> edits)
    {
        var splice = new Splice(new MemorySource(bytes));
        foreach ((long offset, long remove, byte[] insert) in edits) splice.Replace(offset, remove, insert);
        using var output = new MemoryStream(checked((int)splice.Length));
        splice.WriteTo(output);
        return output.ToArray();
    }

    private static DicomFile Parse(byte[] bytes) => DicomFile.Parse(new MemorySource(bytes));

    private static DicomNode Find(DicomDataSet set, DicomTag tag) =>
        set.TryFind(tag, out DicomNode node) ? node : throw new ArgumentException($"the file has no {tag}", nameof(set));

    private static int Number(DicomDataSet set, DicomTag tag) =>
        set.TryUInt16(tag, out ushort value) ? value : throw new ArgumentException($"the file has no {tag}", nameof(set));
}
