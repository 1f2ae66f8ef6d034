using System.Buffers.Binary;

namespace Veridicom.Dicom.Parsing;

// Defects, which are noted, and complaints, which end the reading. Texts are made only for what is shown in the end: a guess at the
// content of a UN may fail many times.
internal sealed partial class DataSetParser
{
    private enum Complaint
    {
        HeaderTruncated,
        ValueTruncated,
        ItemTruncated,
        NoVr,
        ElementExpected,
        ItemExpected,
        FragmentExpected,
        UndefinedLength,
        Depth,
        Nodes,
    }

    private readonly List<DicomDefect> _defects = [];
    private long _defectCount;
    private uint _defectKinds; // one bit for each code met
    private bool _doubt; // a defect was met while guessing: the guess is given up
    private bool _stopped; // the end of the meta elements
    private Complaint _complaint;
    private long _complaintAt;
    private uint _complaintTag; // that of items: none to name
    private long _first, _second;

    private void CheckOrder(ref Frame frame, uint tag, long at)
    {
        uint group = tag >> 16;
        if (frame.HasLast)
        {
            if (tag == frame.LastTag) Defect(DicomError.Duplicate, at, tag);
            else if (tag < frame.LastTag) Defect(DicomError.OutOfOrder, at, tag);
        }
        // PS3.5-2023b 7.1 and 7.8.1: groups below 0008 are those of commands, meta elements, directories and reserved ones; FFFF is none
        bool legal = group >= 8 ? group != 0xFFFF : _part == DataSetPart.Meta ? group == 2 : _part == DataSetPart.Directory && group == 4;
        if (!legal) Defect(DicomError.IllegalGroup, at, tag);
        if (frame.OpenGroup != group) EndGroup(ref frame, at);
        frame.LastTag = tag;
        frame.HasLast = true;
    }

    private void BeginGroup(ref Frame frame, uint tag, long at, long value, uint length, bool big)
    {
        if (length != 4)
        {
            Defect(DicomError.GroupLengthWrong, at, tag);
            return;
        }
        frame.OpenGroup = tag >> 16;
        frame.GroupAt = at;
        frame.GroupEnd = value + 4 + Length32(_source.Window(value, 4), big);
    }

    private void EndGroup(ref Frame frame, long end)
    {
        if (frame.GroupEnd < 0) return;
        if (frame.GroupEnd != end) Defect(DicomError.GroupLengthWrong, frame.GroupAt, frame.OpenGroup << 16);
        frame.GroupEnd = -1;
    }

    private void Defect(DicomError code, long at, uint tag)
    {
        if (_speculative > 0)
        {
            _doubt = true;
            return;
        }
        _defectCount++;
        uint kind = 1u << (int)code;
        bool first = (_defectKinds & kind) == 0;
        _defectKinds |= kind;
        if (first || _defects.Count < _limits.MaxDefects) _defects.Add(new DicomDefect(code, at, new DicomTag(tag), PathTo(tag)));
    }

    private bool Fail(Complaint complaint, long at, uint tag, long first = 0, long second = 0)
    {
        (_complaint, _complaintAt, _complaintTag, _first, _second) = (complaint, at, tag, first, second);
        return false;
    }

    /// <summary>The path of the frame on top, and below it of a tag; items and delimiters have no path of their own.</summary>
    private string PathTo(uint tag)
    {
        var path = new PathText();
        for (int i = 1; i <= _top; i++)
        {
            NodeRecord node = _nodes[_stack[i].Node];
            if (node.Kind == NodeKind.Item) path.Item((int)node.Tag);
            else path.Element(new DicomTag(node.Tag));
        }
        if (tag >> 16 != 0xFFFE) path.Element(new DicomTag(tag));
        return path.ToString();
    }

    private DicomException Failure()
    {
        var tag = new DicomTag(_complaintTag);
        (DicomError code, string text) = _complaint switch
        {
            Complaint.HeaderTruncated => (DicomError.Truncated, $"{_first} bytes left where a header needs {_second}"),
            Complaint.ValueTruncated => (DicomError.Truncated, $"{tag} declares {_first} bytes, {_second} are left"),
            Complaint.ItemTruncated => (DicomError.Truncated, $"an item declares {_first} bytes, {_second} are left"),
            Complaint.NoVr => (DicomError.UnknownVr, $"{tag}: the bytes {_first:X2} {_second:X2} are no value representation"),
            Complaint.ElementExpected => (DicomError.BadItem, $"{tag} where an element must stand"),
            Complaint.ItemExpected => (DicomError.BadItem, $"{new DicomTag((uint)_first)} where an item must stand"),
            Complaint.FragmentExpected => (DicomError.BadItem, $"{new DicomTag((uint)_first)} of {_second} bytes where a fragment must stand"),
            Complaint.UndefinedLength => (DicomError.BadUndefinedLength, $"{tag} has undefined length, which {((Vr)_first).Text()} cannot have here"),
            Complaint.Depth => (DicomError.TooDeep, $"more than {_limits.MaxDepth} levels of sequences"),
            _ => (DicomError.TooMany, $"more than {_limits.MaxNodes} elements, items and fragments"),
        };
        return new DicomException(code, _complaintAt, PathTo(_complaintTag), text);
    }
}
