using Veridicom.Dicom.Dictionary;

namespace Veridicom.Dicom.Writing;

/// <summary>
/// Writes elements of a parsed data set in the same or another form: explicit or implicit VR, little or big endian (PS3.5-2023b A.1 to A.3, D). In the same form every byte
/// stays. In another one values stay as they are but for the order of their bytes, sequences and items get undefined length, and retired group lengths, which would be wrong, are left out.
/// What was written as UN stays UN: its bytes are little endian in every form (PS3.5-2023b 6.2.2). Values are copied in windows; call <see cref="Flush"/> at the end.
/// </summary>
public sealed class ElementRecoder(DicomDataSet set, NodeForm form, Stream output)
{
    private const int FlushAt = 1 << 16, Step = 1 << 20; // a multiple of 8: no number is cut
    private const NodeForm Shape = NodeForm.Implicit | NodeForm.BigEndian;
    private static readonly DicomTag PixelRepresentation = new(0x0028, 0x0103);

    private readonly bool _same = (set.Root.Form & Shape) == (form & Shape);
    private readonly Stack<DicomNode> _open = new();
    private ElementWriter _pending = new(form);

    /// <summary>Writes an element of the top level with all below it. Encapsulated values cannot change their form.</summary>
    /// <param name="element">The element.</param>
    /// <param name="vr">What a value is called and swapped as; null for what it is, or what the dictionary says of it.</param>
    /// <exception cref="InvalidOperationException">An encapsulated value would have to change its form.</exception>
    public void Write(DicomNode element, Vr? vr = null)
    {
        if (_same)
        {
            CopyRaw(element.HeaderOffset, element.EndOffset);
            return;
        }
        for (int index = element.Index; index < element.NextIndex;)
        {
            Close(index);
            DicomNode node = set[index];
            switch (node.Kind)
            {
                case NodeKind.Sequence when (node.Form & NodeForm.FromUnknown) != 0:
                    // implicit VR little endian within, in any form
                    _pending.Header(node.Tag, Vr.UN, node.UndefinedLength ? 0xFFFFFFFF : (uint)node.ValueLength);
                    CopyRaw(node.ValueOffset, node.EndOffset);
                    index = node.NextIndex;
                    continue;
                case NodeKind.Sequence:
                    _pending.BeginSequence(node.Tag);
                    _open.Push(node);
                    break;
                case NodeKind.Item:
                    _pending.BeginItem();
                    _open.Push(node);
                    break;
                case NodeKind.Element:
                    Value(node, vr ?? NamedVr(node));
                    break;
                default:
                    throw new InvalidOperationException($"{node.Path}: an encapsulated value has one form only");
            }
            index++;
        }
        Close(element.NextIndex);
    }

    /// <summary>Writes bytes that already are elements in the form wanted.</summary>
    public void Write(ReadOnlySpan<byte> elements)
    {
        _pending.Raw(elements);
        if (_pending.Written.Length >= FlushAt) Flush();
    }

    /// <summary>Writes what is held back.</summary>
    public void Flush()
    {
        if (_pending.Written.Length == 0) return;
        output.Write(_pending.Written);
        _pending = new ElementWriter(form);
    }

    private void Close(int index)
    {
        while (_open.Count > 0 && _open.Peek().NextIndex == index)
        {
            if (_open.Pop().Kind == NodeKind.Item) _pending.EndItem();
            else _pending.EndSequence();
        }
    }

    private void Value(DicomNode node, Vr vr)
    {
        if (node.Tag.IsGroupLength) return;
        // PS3.5-2023b 6.2.2: a value too long for the 16-bit length of its representation becomes UN
        if (vr.IsShort() && node.ValueLength > 0xFFFE && (form & NodeForm.Implicit) == 0) vr = Vr.UN;
        _pending.Header(node.Tag, vr, (uint)node.ValueLength);
        int from = node.BigEndian ? node.Vr.SwapUnit() : 1, to = (form & NodeForm.BigEndian) != 0 ? vr.SwapUnit() : 1;
        if (from == to)
        {
            CopyRaw(node.ValueOffset, node.EndOffset);
            return;
        }
        Flush();
        byte[] bytes = new byte[Math.Min(Step, node.ValueLength)];
        for (long done = 0; done < node.ValueLength;)
        {
            Span<byte> part = bytes.AsSpan(0, (int)Math.Min(Step, node.ValueLength - done));
            set.Source.Window(node.ValueOffset + done, part.Length).CopyTo(part);
            ElementWriter.SwapUnits(part, from);
            ElementWriter.SwapUnits(part, to);
            output.Write(part);
            done += part.Length;
        }
    }

    /// <summary>PS3.5-2023b A.1: where implicit VR left it open whether a number has a sign, Pixel Representation says, the nearest one.</summary>
    private static Vr NamedVr(DicomNode node)
    {
        if ((node.Form & NodeForm.Implicit) == 0 || node.Vr != Vr.US || !DicomDictionary.TryFind(node.Tag, out DictionaryEntry entry) || !entry.Allows(Vr.SS)) return node.Vr;
        for (DicomNode level = node.Parent; ; level = level.Parent)
        {
            if (level.Kind is NodeKind.Item or NodeKind.Root && level.TryFind(PixelRepresentation, out DicomNode found) && found.TryUInt16(out ushort signed)) return signed == 1 ? Vr.SS : Vr.US;
            if (level.Kind == NodeKind.Root) return Vr.US;
        }
    }

    private void CopyRaw(long from, long end)
    {
        if (end - from < 1024)
        {
            _pending.Raw(set.Source.Window(from, (int)(end - from)));
            if (_pending.Written.Length >= FlushAt) Flush();
            return;
        }
        Flush();
        set.Source.CopyTo(output, from, end - from);
    }
}
