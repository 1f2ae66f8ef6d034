using System.Buffers.Binary;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;

namespace Veridicom.Testing;

/// <summary>
/// Changes a file as somebody would who can write DICOM: elements, items and fragments are left out, put in, doubled, exchanged or given
/// another value, and the file stays one that every reader reads.
/// </summary>
public static class ElementMutator
{
    // what may be slipped in: an overlay, a shutter, a comment, a window, a later seal's group, digital signatures, padding
    private static readonly DicomTag[] Slipped =
    [
        new(0x6000, 0x3000), new(0x6000, 0x0010), new(0x0018, 0x1600), new(0x0010, 0x4000), new(0x0028, 0x1050), new(0x7FF1, 0x0010), new(0x7FF1, 0x1001),
        new(0xFFFA, 0xFFFA), new(0xFFFC, 0xFFFC), new(0x0009, 0x10F0), new(0x0008, 0x0005), new(0x0400, 0x0561), new(0x0008, 0x0000),
    ];

    /// <summary>A changed copy, or null where this file cannot be changed so.</summary>
    public static byte[]? Mutate(byte[] original, byte[] other, Mutator random)
    {
        try
        {
            DicomFile file = DicomFile.Parse(new MemorySource(original));
            for (int changes = 1 + random.Next(2); changes > 0; changes--)
            {
                var edits = new Splice(file.DataSet.Source);
                if (!Change(file, edits, other, random)) return null;
                file = file.Respliced(edits);
            }
            using var output = new MemoryStream();
            file.WriteTo(output);
            return output.ToArray();
        }
        catch (DicomException)
        {
            return null;
        }
    }

    private static bool Change(DicomFile file, Splice edits, byte[] other, Mutator random)
    {
        DicomDataSet set = file.DataSet;
        if (set.NodeCount < 2) return false;
        DicomNode node = set[1 + random.Next(set.NodeCount - 1)];
        // around a change of length all lengths must be undefined
        bool fixedAround = false;
        for (DicomNode above = node.Parent; above.Kind != NodeKind.Root; above = above.Parent) fixedAround |= !above.UndefinedLength;
        int length = (int)(node.EndOffset - node.HeaderOffset);
        ReadOnlyMemory<byte> whole = set.Source.Window(node.HeaderOffset, length).ToArray();
        bool isValue = node.Kind is NodeKind.Element or NodeKind.Fragment && node.ValueLength > 0;
        int operation = random.Next(9);
        if (fixedAround && operation > 2) operation = 1 + random.Next(2);
        switch (operation)
        {
            case 0 when !fixedAround:
                edits.Replace(node.HeaderOffset, length, default);
                return true;
            case 1 when isValue:
                byte[] one = [(byte)(node.Value[random.Next((int)node.ValueLength)] ^ (1 << random.Next(8)))];
                edits.Replace(node.ValueOffset + random.Next((int)node.ValueLength), 1, one);
                return true;
            case 2 when isValue:
                byte[] value = node.Value.ToArray();
                for (int i = random.Next(value.Length); i < value.Length; i++) value[i] = (byte)random.Next(256);
                edits.Replace(node.ValueOffset, value.Length, value);
                return true;
            case 3:
                edits.Replace(node.EndOffset, 0, whole);
                return true;
            case 4 when node.NextIndex < set.NodeCount && set[node.NextIndex] is var next && next.Parent.Equals(node.Parent):
                edits.Replace(node.HeaderOffset, length, default);
                edits.Replace(next.EndOffset, 0, whole);
                return true;
            case 5:
                return Insert(set, edits, Foreign(other, node.Form, random));
            case 6:
                byte[] content = new byte[2 * random.Next(20)];
                for (int i = 0; i < content.Length; i++) content[i] = (byte)random.Next(256);
                DicomTag tag = Slipped[random.Next(Slipped.Length)];
                return Insert(set, edits, (tag, new ElementWriter(set.Root.Form).Bytes(tag, random.Next(2) == 0 ? Vr.OB : Vr.UN, content).ToArray()));
            case 7 when node.Kind == NodeKind.Element && (node.Form & NodeForm.Implicit) == 0:
                Vr[] likely = node.Vr.IsShort() ? [Vr.LO, Vr.SH, Vr.US, Vr.SS, Vr.CS, Vr.UI] : [Vr.OB, Vr.OW, Vr.UN, Vr.UT, Vr.OF];
                Vr vr = likely[random.Next(likely.Length)];
                edits.Replace(node.HeaderOffset + 4, 2, new byte[] { (byte)((ushort)vr >> 8), (byte)((ushort)vr & 0xFF) });
                return true;
            default:
                return !fixedAround && isValue && node.ValueLength >= 2 && Shorten(node, edits);
        }
    }

    /// <summary>Takes the last two bytes of a value away and says so in its header.</summary>
    private static bool Shorten(DicomNode node, Splice edits)
    {
        int header = (int)(node.ValueOffset - node.HeaderOffset), at = header == 12 ? 8 : node.Kind == NodeKind.Fragment || (node.Form & NodeForm.Implicit) != 0 ? 4 : 6;
        byte[] length = new byte[header - at];
        long shorter = node.ValueLength - 2;
        if (length.Length == 2 && node.BigEndian) BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)shorter);
        else if (length.Length == 2) BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)shorter);
        else if (node.BigEndian) BinaryPrimitives.WriteUInt32BigEndian(length, (uint)shorter);
        else BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)shorter);
        edits.Replace(node.HeaderOffset + at, length.Length, length);
        edits.Replace(node.EndOffset - 2, 2, default);
        return true;
    }

    /// <summary>An element of another file in the same form.</summary>
    private static (DicomTag Tag, byte[] Bytes)? Foreign(byte[] other, NodeForm form, Mutator random)
    {
        DicomDataSet set = DicomFile.Parse(new MemorySource(other)).DataSet;
        int count = set.Root.ChildCount, wanted = random.Next(count);
        foreach (DicomNode child in set.Root)
        {
            if (wanted-- > 0 || ((child.Form ^ form) & (NodeForm.Implicit | NodeForm.BigEndian)) != 0 || child.EndOffset - child.HeaderOffset > 20_000) continue;
            return (child.Tag, set.Source.Window(child.HeaderOffset, (int)(child.EndOffset - child.HeaderOffset)).ToArray());
        }
        return null;
    }

    /// <summary>Puts an element of the top level where its tag belongs, in place of the one that stands there.</summary>
    private static bool Insert(DicomDataSet set, Splice edits, (DicomTag Tag, byte[] Bytes)? element)
    {
        if (element is not { } made) return false;
        foreach (DicomNode child in set.Root)
        {
            if (child.Tag < made.Tag) continue;
            edits.Replace(child.HeaderOffset, child.Tag == made.Tag ? child.EndOffset - child.HeaderOffset : 0, made.Bytes);
            return true;
        }
        edits.Replace(set.Source.Length, 0, made.Bytes);
        return true;
    }
}
