using System.Buffers.Binary;

namespace Veridicom.Dicom.Parsing;

/// <summary>What a run of elements may hold.</summary>
internal enum DataSetPart
{
    /// <summary>The data set of an instance: groups from 0008 on.</summary>
    Instance,
    /// <summary>The data set of a DICOMDIR: group 0004 too (PS3.3-2023b F.3).</summary>
    Directory,
    /// <summary>Meta elements: ends before the first element of the top level outside group 0002 (PS3.10-2023b 7.1).</summary>
    Meta,
}

/// <summary>
/// Turns the bytes of one data set into nodes. One loop and an explicit stack: depth is bounded by a limit, never by the
/// machine's stack, and every byte of a header is looked at once.
/// </summary>
internal sealed partial class DataSetParser
{
    private const uint ItemTag = 0xFFFEE000;
    private const uint ItemDelimiter = 0xFFFEE00D;
    private const uint SequenceDelimiter = 0xFFFEE0DD;
    private const uint Undefined = 0xFFFFFFFF;
    private const uint PixelData = 0x7FE00010;

    private struct Frame
    {
        public int Node;
        public long End; // exclusive; -1 while only a delimiter ends it
        public long Bound; // the nearest defined end around it
        public uint LastTag;
        public bool HasLast;
        public uint Children; // items or fragments so far
        public uint OpenGroup; // a group whose length is being checked
        public long GroupAt; // where the header of that length stands
        public long GroupEnd; // where the group must end; -1: none open
        public NodeForm Form;
        public bool Speculative; // content of a UN that may turn out not to be a sequence
    }

    private readonly ByteSource _source;
    private readonly ParseLimits _limits;
    private readonly DataSetPart _part;
    private readonly NodeList _nodes = new();
    private Frame[] _stack = new Frame[16];
    private int _top;
    private long _position;
    private int _speculative;

    private DataSetParser(ByteSource source, ParseLimits limits, DataSetPart part)
    {
        _source = source;
        _limits = limits;
        _part = part;
    }

    /// <summary>Parses from <paramref name="start"/> to the end of the source, or of the meta elements.</summary>
    /// <exception cref="DicomException">The bytes cannot be read as a data set in this encoding, or exceed a limit.</exception>
    public static DicomDataSet Parse(ByteSource source, long start, NodeForm form, ParseLimits limits, DataSetPart part, out long end)
    {
        var parser = new DataSetParser(source, limits, part);
        parser.Run(start, form);
        end = parser._position;
        return new DicomDataSet(source, parser._nodes, parser._defects, parser._defectCount);
    }

    private void Run(long start, NodeForm form)
    {
        _position = start;
        _nodes.Add(new NodeRecord(NodeKind.Root, 0) { HeaderOffset = start, Form = form });
        _stack[0] = new Frame { End = _source.Length, Bound = _source.Length, Form = form, GroupEnd = -1 };
        while (CloseFinished())
        {
            bool read = _nodes[_stack[_top].Node].Kind switch
            {
                NodeKind.Sequence => SequenceStep(),
                NodeKind.Encapsulated => FragmentStep(),
                _ => AtEndOfMeta() ? Stop() : ElementStep(),
            };
            if (_stopped) break;
            if ((!read || _doubt) && !Retreat()) throw Failure();
        }
        _nodes[0].Next = _nodes.Count;
        _nodes[0].ValueLength = _position - start;
    }

    /// <summary>Closes every frame that ends here. False at the end of the source.</summary>
    private bool CloseFinished()
    {
        while (_stack[_top].End == _position)
        {
            EndGroup(ref _stack[_top], _position);
            if (_doubt)
            {
                Retreat();
                continue;
            }
            if (_top == 0) return false;
            Close(_position);
        }
        return true;
    }

    private void Close(long contentEnd)
    {
        ref Frame frame = ref _stack[_top];
        ref NodeRecord node = ref _nodes[frame.Node];
        node.ValueLength = contentEnd - node.ValueOffset;
        node.Next = _nodes.Count;
        if (frame.Speculative) _speculative--;
        _top--;
    }

    /// <summary>
    /// Meta elements end where the group changes. A deflated stream may look like any tag, so where the group length says that the end is
    /// here, something that is no element of group 0002 ends them too.
    /// </summary>
    private bool AtEndOfMeta()
    {
        if (_part != DataSetPart.Meta || _top > 0) return false;
        long left = _source.Length - _position;
        bool declared = _stack[0].GroupEnd == _position;
        if (left < 8) return declared;
        ReadOnlySpan<byte> head = _source.Window(_position, 8);
        if (BinaryPrimitives.ReadUInt16LittleEndian(head) != 2) return true;
        return declared && !VrAt(head).IsKnown();
    }

    private bool Stop()
    {
        EndGroup(ref _stack[0], _position);
        _stopped = true;
        return true;
    }

    private bool ElementStep()
    {
        ref Frame frame = ref _stack[_top];
        long at = _position;
        long left = frame.Bound - at;
        if (left < 8) return Fail(Complaint.HeaderTruncated, at, ItemTag, left, 8);
        ReadOnlySpan<byte> head = _source.Window(at, (int)Math.Min(12, left));
        bool big = (frame.Form & NodeForm.BigEndian) != 0;
        uint tag = TagAt(head, big);
        if (tag >> 16 == 0xFFFE)
        {
            // PS3.5-2023b 7.5: the only delimiter that may stand here ends an item of undefined length
            if (tag != ItemDelimiter || _top == 0 || frame.End >= 0) return Fail(Complaint.ElementExpected, at, tag);
            EndGroup(ref frame, at);
            return EndUndefined(at, Length32(head[4..], big));
        }

        Vr vr;
        uint length;
        int headerSize = 8;
        if ((frame.Form & NodeForm.Implicit) != 0)
        {
            length = Length32(head[4..], big);
            vr = ImplicitVr(tag);
        }
        else
        {
            vr = VrAt(head);
            if (vr.IsShort()) length = big ? BinaryPrimitives.ReadUInt16BigEndian(head[6..]) : BinaryPrimitives.ReadUInt16LittleEndian(head[6..]);
            else if (vr.IsLong())
            {
                if (left < 12) return Fail(Complaint.HeaderTruncated, at, tag, left, 12);
                if ((head[6] | head[7]) != 0) Defect(DicomError.ReservedNotZero, at, tag);
                length = Length32(head[8..], big);
                headerSize = 12;
            }
            else return Fail(Complaint.NoVr, at, tag, head[4], head[5]);
        }

        CheckOrder(ref frame, tag, at);
        long value = at + headerSize;
        if (length == Undefined) return OpenUndefined(tag, vr, at, headerSize, frame.Form);
        if (length > frame.Bound - value) return Fail(Complaint.ValueTruncated, at, tag, length, frame.Bound - value);
        if ((length & 1) != 0) Defect(DicomError.OddLength, at, tag);
        if ((tag & 0xFFFF) == 0) BeginGroup(ref frame, tag, at, value, vr == Vr.UL ? length : 0, big);

        if (_doubt) return true; // what is given up is the guess that this element stands in, not one begun by it
        if (vr == Vr.SQ) return Push(NodeKind.Sequence, tag, vr, at, headerSize, length, frame.Form, frame.Form, speculative: false);
        if (vr == Vr.UN && length >= 8 && StartsWithItem(value))
            return Push(NodeKind.Sequence, tag, vr, at, headerSize, length, frame.Form | NodeForm.FromUnknown, NodeForm.Implicit, speculative: true);
        if (Add(NodeKind.Element, tag, vr, at, headerSize, length, frame.Form) < 0) return false;
        _position = value + length;
        return true;
    }

    private bool OpenUndefined(uint tag, Vr vr, long at, int headerSize, NodeForm form)
    {
        // PS3.5-2023b 7.2: a group length holds no items; inventories step over it
        if ((tag & 0xFFFF) == 0) Defect(DicomError.GroupLengthWrong, at, tag);
        // PS3.5-2023b 6.2.2: UN of undefined length is a sequence in implicit VR little endian, whatever the file's syntax
        if (vr == Vr.UN) return Push(NodeKind.Sequence, tag, vr, at, headerSize, -1, form | NodeForm.FromUnknown, NodeForm.Implicit, speculative: false);
        if (vr == Vr.SQ) return Push(NodeKind.Sequence, tag, vr, at, headerSize, -1, form, form, speculative: false);
        // PS3.5-2023b A.4: encapsulated pixel data, explicit VR little endian only
        if (tag == PixelData && vr is Vr.OB or Vr.OW && (form & (NodeForm.Implicit | NodeForm.BigEndian)) == 0)
            return Push(NodeKind.Encapsulated, tag, vr, at, headerSize, -1, form, form, speculative: false);
        return Fail(Complaint.UndefinedLength, at, tag, (ushort)vr);
    }

    private bool SequenceStep()
    {
        if (!ItemHeader(out uint tag, out uint length)) return false;
        ref Frame frame = ref _stack[_top];
        if (tag == SequenceDelimiter && frame.End < 0) return EndUndefined(_position, length);
        if (tag != ItemTag) return Fail(Complaint.ItemExpected, _position, ItemTag, tag);
        return Push(NodeKind.Item, ++frame.Children, Vr.None, _position, 8, length == Undefined ? -1 : length, frame.Form, frame.Form, speculative: false);
    }

    private bool FragmentStep()
    {
        if (!ItemHeader(out uint tag, out uint length)) return false;
        ref Frame frame = ref _stack[_top];
        long at = _position;
        if (tag == SequenceDelimiter) return EndUndefined(at, length);
        if (tag != ItemTag || length == Undefined) return Fail(Complaint.FragmentExpected, at, ItemTag, tag, length);
        if (length > frame.Bound - at - 8) return Fail(Complaint.ItemTruncated, at, ItemTag, length, frame.Bound - at - 8);
        if ((length & 1) != 0) Defect(DicomError.OddLength, at, tag);
        if (Add(NodeKind.Fragment, ++frame.Children, Vr.None, at, 8, length, frame.Form) < 0) return false;
        _position = at + 8 + length;
        return true;
    }

    private bool ItemHeader(out uint tag, out uint length)
    {
        tag = length = 0;
        ref Frame frame = ref _stack[_top];
        long left = frame.Bound - _position;
        if (left < 8) return Fail(Complaint.HeaderTruncated, _position, ItemTag, left, 8);
        ReadOnlySpan<byte> head = _source.Window(_position, 8);
        bool big = (frame.Form & NodeForm.BigEndian) != 0;
        tag = TagAt(head, big);
        length = Length32(head[4..], big);
        return true;
    }

    /// <summary>The delimiter at <paramref name="at"/> ends the frame on top.</summary>
    private bool EndUndefined(long at, uint length)
    {
        if (length != 0) Defect(DicomError.DelimiterLength, at, _nodes[_stack[_top].Node].Kind == NodeKind.Item ? ItemDelimiter : SequenceDelimiter);
        Close(at);
        _position = at + 8;
        return true;
    }

    private bool Push(NodeKind kind, uint tag, Vr vr, long at, int headerSize, long length, NodeForm form, NodeForm inner, bool speculative)
    {
        long bound = _stack[_top].Bound, value = at + headerSize;
        if (length > bound - value) return Fail(Complaint.ItemTruncated, at, ItemTag, length, bound - value); // an element has been checked before
        // a level is a sequence with its item: two frames
        if (_top >= 2L * _limits.MaxDepth) return Fail(Complaint.Depth, at, kind == NodeKind.Item ? ItemTag : tag);
        int node = Add(kind, tag, vr, at, headerSize, 0, length < 0 ? form | NodeForm.UndefinedLength : form);
        if (node < 0) return false;
        if (++_top == _stack.Length) Array.Resize(ref _stack, _stack.Length * 2);
        _stack[_top] = new Frame
        {
            Node = node,
            End = length < 0 ? -1 : value + length,
            Bound = length < 0 ? bound : value + length,
            Form = inner,
            GroupEnd = -1,
            Speculative = speculative,
        };
        if (speculative) _speculative++;
        _position = value;
        return true;
    }

    /// <summary>
    /// A UN value that did not hold a sequence after all is one opaque value: forget what was read in it and go on behind it. Nothing is
    /// ever read a second time, so the work stays linear. False where nothing is being guessed.
    /// </summary>
    private bool Retreat()
    {
        if (_speculative == 0) return false;
        while (!_stack[_top].Speculative) _top--;
        ref Frame frame = ref _stack[_top];
        ref NodeRecord node = ref _nodes[frame.Node];
        node.Kind = NodeKind.Element;
        node.Form &= ~NodeForm.FromUnknown;
        node.ValueLength = frame.End - node.ValueOffset;
        node.Next = frame.Node + 1;
        _nodes.CutTo(frame.Node + 1);
        _position = frame.End;
        _speculative--;
        _top--;
        _doubt = false;
        return true;
    }

    private int Add(NodeKind kind, uint tag, Vr vr, long at, int headerSize, long length, NodeForm form)
    {
        if (_nodes.Count >= _limits.MaxNodes)
        {
            _speculative = 0; // a limit is final: no reading again as something else
            Fail(Complaint.Nodes, at, kind is NodeKind.Item or NodeKind.Fragment ? ItemTag : tag);
            return -1;
        }
        return _nodes.Add(new NodeRecord(kind, headerSize)
        {
            HeaderOffset = at,
            ValueLength = length,
            Tag = tag,
            Parent = _stack[_top].Node,
            Next = _nodes.Count + 1,
            Vr = vr,
            Form = form,
        });
    }

    private bool StartsWithItem(long value) => _source.Window(value, 4).SequenceEqual((ReadOnlySpan<byte>)[0xFE, 0xFF, 0x00, 0xE0]);

    private static Vr VrAt(ReadOnlySpan<byte> head) => (Vr)((head[4] << 8) | head[5]);

    private static uint TagAt(ReadOnlySpan<byte> head, bool big) => big
        ? ((uint)BinaryPrimitives.ReadUInt16BigEndian(head) << 16) | BinaryPrimitives.ReadUInt16BigEndian(head[2..])
        : ((uint)BinaryPrimitives.ReadUInt16LittleEndian(head) << 16) | BinaryPrimitives.ReadUInt16LittleEndian(head[2..]);

    private static uint Length32(ReadOnlySpan<byte> bytes, bool big) =>
        big ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    /// <summary>PS3.5-2023b A.1 and 7.8.1: the dictionary's VR; LO for private creators, UL for group lengths, UN for what is not known.</summary>
    private static Vr ImplicitVr(uint tag)
    {
        var t = new DicomTag(tag);
        if (t.IsGroupLength) return Vr.UL;
        if (t.IsPrivate) return t.IsPrivateCreator ? Vr.LO : Vr.UN;
        return Dictionary.DicomDictionary.TryFind(t, out Dictionary.DictionaryEntry entry) ? entry.Vr : Vr.UN;
    }
}
