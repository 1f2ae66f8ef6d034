using System.Buffers.Binary;

namespace Veridicom.Dicom.Parsing;

/// <summary>
/// Turns the bytes of one data set into nodes. One loop and an explicit stack: depth is bounded by a limit, never by the
/// machine's stack, and every byte of a header is looked at once.
/// </summary>
internal struct DataSetParser
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
        public uint OpenGroup; // a group whose length is being checked
        public long GroupStart;
        public long GroupLength; // -1: none open
        public NodeForm Form;
        public bool Speculative; // content of a UN that may turn out not to be a sequence
    }

    private readonly ByteSource _source;
    private readonly ParseLimits _limits;
    private readonly bool _metaOnly;
    private readonly List<DicomDefect> _defects = [];
    private long _defectCount;
    private NodeRecord[] _nodes = new NodeRecord[256];
    private int _count;
    private Frame[] _stack = new Frame[16];
    private int _top;
    private long _position;
    private int _speculative;
    private bool _doubt; // a defect was met while guessing: the guess is given up

    private DicomError _error;
    private long _errorOffset;
    private string _errorText = "";

    private DataSetParser(ByteSource source, ParseLimits limits, bool metaOnly)
    {
        _source = source;
        _limits = limits;
        _metaOnly = metaOnly;
    }

    /// <summary>Parses from <paramref name="start"/> to the end of the source; with <paramref name="metaOnly"/> up to the first element outside group 0002.</summary>
    /// <exception cref="DicomException">The bytes cannot be read as a data set in this encoding, or exceed a limit.</exception>
    public static DicomDataSet Parse(ByteSource source, long start, NodeForm form, ParseLimits limits, bool metaOnly, out long end)
    {
        var parser = new DataSetParser(source, limits, metaOnly);
        parser.Run(start, form);
        end = parser._position;
        return new DicomDataSet(source, parser._nodes, parser._count, parser._defects, parser._defectCount);
    }

    private void Run(long start, NodeForm form)
    {
        _position = start;
        Add(start, start, 0, 0, NodeKind.Root, Vr.None, form, parent: -1);
        _top = 0;
        _stack[0] = new Frame { Node = 0, End = _source.Length, Bound = _source.Length, Form = form, GroupLength = -1 };
        while (true)
        {
            if (!CloseFinished()) break;
            bool ok = _nodes[_stack[_top].Node].Kind switch
            {
                NodeKind.Sequence => SequenceStep(),
                NodeKind.Encapsulated => FragmentStep(),
                _ => ElementStep(out bool stop) && !stop,
            };
            if (ok && !_doubt) continue;
            if (_doubt && Retreat()) continue;
            if (_error == DicomError.None) break; // the end of the meta elements
            if (!Retreat()) throw new DicomException(_error, _errorOffset, ErrorPath(), _errorText);
        }
        _nodes[0].Next = _count;
        _nodes[0].ValueLength = _position - start;
    }

    /// <summary>Closes every frame that ends here. False at the end of the source.</summary>
    private bool CloseFinished()
    {
        while (_stack[_top].End == _position)
        {
            EndGroup(ref _stack[_top], _position);
            if (_doubt && Retreat()) continue;
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
        node.Next = _count;
        if (frame.Speculative) _speculative--;
        _top--;
    }

    private bool ElementStep(out bool stop)
    {
        stop = false;
        ref Frame frame = ref _stack[_top];
        long at = _position;
        long left = frame.Bound - at;
        if (left < 8) return Fail(DicomError.Truncated, at, $"{left} bytes left where the header of an element needs 8");
        ReadOnlySpan<byte> head = _source.Window(at, (int)Math.Min(12, left));
        bool big = (frame.Form & NodeForm.BigEndian) != 0;
        uint tag = big
            ? ((uint)BinaryPrimitives.ReadUInt16BigEndian(head) << 16) | BinaryPrimitives.ReadUInt16BigEndian(head[2..])
            : ((uint)BinaryPrimitives.ReadUInt16LittleEndian(head) << 16) | BinaryPrimitives.ReadUInt16LittleEndian(head[2..]);
        uint group = tag >> 16;
        if (_metaOnly && group != 2)
        {
            EndGroup(ref frame, at);
            stop = true;
            return true;
        }

        if (group == 0xFFFE)
        {
            // PS3.5-2023b 7.5: the only delimiter that may stand here ends an item of undefined length
            if (tag != ItemDelimiter || _top == 0 || frame.End >= 0)
                return Fail(DicomError.BadItem, at, $"{new DicomTag(tag)} where an element must stand");
            if (Length32(head[4..], big) != 0) Defect(DicomError.DelimiterLength, at, tag);
            EndGroup(ref frame, at);
            Close(at);
            _position = at + 8;
            return true;
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
            vr = (Vr)((head[4] << 8) | head[5]);
            if (vr.IsShort()) length = big ? BinaryPrimitives.ReadUInt16BigEndian(head[6..]) : BinaryPrimitives.ReadUInt16LittleEndian(head[6..]);
            else if (vr.IsLong())
            {
                if (left < 12) return Fail(DicomError.Truncated, at, $"{left} bytes left where the header of {new DicomTag(tag)} needs 12");
                if ((head[6] | head[7]) != 0) Defect(DicomError.ReservedNotZero, at, tag);
                length = Length32(head[8..], big);
                headerSize = 12;
            }
            else return Fail(DicomError.UnknownVr, at, $"{new DicomTag(tag)}: the bytes {head[4]:X2} {head[5]:X2} are no value representation");
        }

        CheckOrder(ref frame, tag, group, at);
        long value = at + headerSize;
        NodeForm form = frame.Form;
        if (length == Undefined) return OpenUndefined(tag, vr, at, value, form);
        if (length > frame.Bound - value)
            return Fail(DicomError.Truncated, at, $"{new DicomTag(tag)} declares {length} bytes, {frame.Bound - value} are left");
        if ((length & 1) != 0) Defect(DicomError.OddLength, at, tag);
        if ((tag & 0xFFFF) == 0) BeginGroup(ref frame, group, value, length, big, at, tag);

        if (vr == Vr.SQ) return Push(NodeKind.Sequence, tag, vr, at, value, length, form, form, speculative: false);
        if (vr == Vr.UN && length >= 8 && StartsWithItem(value))
            return Push(NodeKind.Sequence, tag, vr, at, value, length, form | NodeForm.FromUnknown, NodeForm.Implicit, speculative: true);
        if (Add(at, value, length, tag, NodeKind.Element, vr, form, frame.Node) < 0) return false;
        _position = value + length;
        return true;
    }

    private bool OpenUndefined(uint tag, Vr vr, long at, long value, NodeForm form)
    {
        bool isImplicit = (form & NodeForm.Implicit) != 0;
        // PS3.5-2023b 6.2.2: UN of undefined length is a sequence in implicit VR little endian, whatever the file's syntax
        if (vr == Vr.UN) return Push(NodeKind.Sequence, tag, vr, at, value, -1, form | NodeForm.FromUnknown, NodeForm.Implicit, speculative: false);
        if (vr == Vr.SQ) return Push(NodeKind.Sequence, tag, vr, at, value, -1, form, form, speculative: false);
        // PS3.5-2023b A.4: encapsulated pixel data, explicit VR little endian only
        if (tag == PixelData && vr is Vr.OB or Vr.OW && !isImplicit && (form & NodeForm.BigEndian) == 0)
            return Push(NodeKind.Encapsulated, tag, vr, at, value, -1, form, form, speculative: false);
        return Fail(DicomError.BadUndefinedLength, at, $"{new DicomTag(tag)} has undefined length, which {vr.Text()} cannot have here");
    }

    private bool SequenceStep()
    {
        ref Frame frame = ref _stack[_top];
        long at = _position;
        if (!ItemHeader(ref frame, at, out uint tag, out uint length)) return false;
        if (tag == SequenceDelimiter && frame.End < 0) return EndUndefined(at, tag, length);
        if (tag != ItemTag) return Fail(DicomError.BadItem, at, $"{new DicomTag(tag)} where an item must stand");
        long declared = length == Undefined ? -1 : length;
        return Push(NodeKind.Item, tag, Vr.None, at, at + 8, declared, frame.Form, frame.Form, speculative: false);
    }

    private bool FragmentStep()
    {
        ref Frame frame = ref _stack[_top];
        long at = _position;
        if (!ItemHeader(ref frame, at, out uint tag, out uint length)) return false;
        if (tag == SequenceDelimiter) return EndUndefined(at, tag, length);
        if (tag != ItemTag || length == Undefined) return Fail(DicomError.BadItem, at, $"{new DicomTag(tag)} of {length} bytes where a fragment must stand");
        if (length > frame.Bound - at - 8) return Fail(DicomError.Truncated, at, $"a fragment declares {length} bytes, {frame.Bound - at - 8} are left");
        if ((length & 1) != 0) Defect(DicomError.OddLength, at, tag);
        if (Add(at, at + 8, length, tag, NodeKind.Fragment, Vr.None, frame.Form, frame.Node) < 0) return false;
        _position = at + 8 + length;
        return true;
    }

    private bool ItemHeader(ref Frame frame, long at, out uint tag, out uint length)
    {
        tag = length = 0;
        long left = frame.Bound - at;
        if (left < 8) return Fail(DicomError.Truncated, at, $"{left} bytes left where an item or its delimiter needs 8");
        ReadOnlySpan<byte> head = _source.Window(at, 8);
        bool big = (frame.Form & NodeForm.BigEndian) != 0;
        tag = big
            ? ((uint)BinaryPrimitives.ReadUInt16BigEndian(head) << 16) | BinaryPrimitives.ReadUInt16BigEndian(head[2..])
            : ((uint)BinaryPrimitives.ReadUInt16LittleEndian(head) << 16) | BinaryPrimitives.ReadUInt16LittleEndian(head[2..]);
        length = Length32(head[4..], big);
        return true;
    }

    private bool EndUndefined(long at, uint tag, uint length)
    {
        if (length != 0) Defect(DicomError.DelimiterLength, at, tag);
        Close(at);
        _position = at + 8;
        return true;
    }

    private bool Push(NodeKind kind, uint tag, Vr vr, long at, long value, long length, NodeForm form, NodeForm inner, bool speculative)
    {
        ref Frame parent = ref _stack[_top];
        if (length > parent.Bound - value) return Fail(DicomError.Truncated, at, $"{new DicomTag(tag)} declares {length} bytes, {parent.Bound - value} are left");
        // a level is a sequence with its item: two frames
        if (_top + 1 >= 2 * _limits.MaxDepth + 1) return Fail(DicomError.TooDeep, at, $"more than {_limits.MaxDepth} levels of sequences");
        NodeForm own = length < 0 ? form | NodeForm.UndefinedLength : form & ~NodeForm.UndefinedLength;
        int node = Add(at, value, 0, tag, kind, vr, own, parent.Node);
        if (node < 0) return false;
        long bound = length < 0 ? parent.Bound : value + length;
        if (++_top == _stack.Length) Array.Resize(ref _stack, _stack.Length * 2);
        _stack[_top] = new Frame
        {
            Node = node,
            End = length < 0 ? -1 : value + length,
            Bound = bound,
            Form = inner & ~NodeForm.UndefinedLength,
            GroupLength = -1,
            Speculative = speculative,
        };
        if (speculative) _speculative++;
        _position = value;
        return true;
    }

    /// <summary>
    /// A UN value that did not hold a sequence after all is one opaque value: forget what was read in it and go on behind it.
    /// Each byte is read once by each level that guesses, and a level that fails is skipped whole, so the work stays linear.
    /// </summary>
    private bool Retreat()
    {
        if (_speculative == 0) return false;
        while (!_stack[_top].Speculative)
            _top--;
        ref Frame frame = ref _stack[_top];
        ref NodeRecord node = ref _nodes[frame.Node];
        _count = frame.Node + 1;
        node.Kind = NodeKind.Element;
        node.Form &= ~NodeForm.FromUnknown;
        node.ValueLength = frame.End - node.ValueOffset;
        node.Next = _count;
        _position = frame.End;
        _speculative--;
        _top--;
        _error = DicomError.None;
        _doubt = false;
        return true;
    }

    private int Add(long at, long value, long length, uint tag, NodeKind kind, Vr vr, NodeForm form, int parent)
    {
        if (_count >= _limits.MaxNodes)
        {
            Fail(DicomError.TooMany, at, $"more than {_limits.MaxNodes} elements, items and fragments");
            _speculative = 0; // a limit is final: no reading again as something else
            return -1;
        }
        if (_count == _nodes.Length) Array.Resize(ref _nodes, (int)Math.Min((long)_nodes.Length * 2, _limits.MaxNodes));
        _nodes[_count] = new NodeRecord
        {
            HeaderOffset = at, ValueOffset = value, ValueLength = length, Tag = tag, Parent = parent, Next = _count + 1,
            Vr = vr, Kind = kind, Form = form & ~NodeForm.UndefinedLength | (kind is NodeKind.Element or NodeKind.Fragment ? 0 : form & NodeForm.UndefinedLength),
        };
        return _count++;
    }

    private void CheckOrder(ref Frame frame, uint tag, uint group, long at)
    {
        if (frame.HasLast)
        {
            if (tag == frame.LastTag) Defect(DicomError.Duplicate, at, tag);
            else if (tag < frame.LastTag) Defect(DicomError.OutOfOrder, at, tag);
        }
        // PS3.5-2023b 7.1 and 7.8.1: groups 0000 to 0007 are commands, meta and reserved ones; FFFF and FFFE are none
        if ((group < 8 && !(_metaOnly && group == 2)) || group == 0xFFFF) Defect(DicomError.IllegalGroup, at, tag);
        if (frame.GroupLength >= 0 && frame.OpenGroup != group) EndGroup(ref frame, at);
        frame.LastTag = tag;
        frame.HasLast = true;
    }

    private void BeginGroup(ref Frame frame, uint group, long value, uint length, bool big, long at, uint tag)
    {
        if (length != 4)
        {
            Defect(DicomError.GroupLengthWrong, at, tag);
            return;
        }
        frame.OpenGroup = group;
        frame.GroupStart = value + 4;
        frame.GroupLength = Length32(_source.Window(value, 4), big);
    }

    private void EndGroup(ref Frame frame, long end)
    {
        if (frame.GroupLength < 0) return;
        if (frame.GroupLength != end - frame.GroupStart) Defect(DicomError.GroupLengthWrong, frame.GroupStart - 12, frame.OpenGroup << 16);
        frame.GroupLength = -1;
    }

    private readonly bool StartsWithItem(long value) => _source.Window(value, 4).SequenceEqual((ReadOnlySpan<byte>)[0xFE, 0xFF, 0x00, 0xE0]);

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

    private void Defect(DicomError code, long at, uint tag)
    {
        if (_speculative > 0)
        {
            _doubt = true;
            return;
        }
        _defectCount++;
        if (_defects.Count >= _limits.MaxDefects) return;
        var t = new DicomTag(tag);
        string parent = new DicomNode(Snapshot(), _stack[_top].Node).Path;
        _defects.Add(new DicomDefect(code, at, t, parent.Length == 0 ? t.ToString() : parent + "." + t));
    }

    private bool Fail(DicomError code, long at, string text)
    {
        _error = code;
        _errorOffset = at;
        _errorText = text;
        return false;
    }

    private readonly string ErrorPath() => new DicomNode(Snapshot(), _stack[_top].Node).Path;

    /// <summary>The nodes so far, with open frames closed at the last node: only for naming paths.</summary>
    private readonly DicomDataSet Snapshot()
    {
        for (int i = _top; i >= 0; i--) _nodes[_stack[i].Node].Next = _count;
        return new DicomDataSet(_source, _nodes, _count, [], 0);
    }
}
