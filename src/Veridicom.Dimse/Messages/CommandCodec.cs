using System.Buffers.Binary;
using System.Text;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using static Veridicom.Dimse.Messages.CommandTags;

namespace Veridicom.Dimse.Messages;

/// <summary>Command sets to bytes and back. Pure.</summary>
internal static class CommandCodec
{
    private const ushort NoDataSet = 0x0101; // PS3.7-2023b E.1: any other value says that one follows

    public static byte[] Encode(DimseCommand c)
    {
        var body = new ElementWriter(NodeForm.Implicit);
        Uid(body, AffectedClass, c.AffectedClass);
        Uid(body, RequestedClass, c.RequestedClass);
        body.UInt16(Field, (ushort)c.Field);
        Number(body, MessageId, c.MessageId);
        Number(body, RespondedTo, c.RespondedTo);
        Number(body, Priority, c.Priority);
        body.UInt16(DataSetType, c.HasDataSet ? (ushort)0x0001 : NoDataSet);
        Number(body, Status, c.Status?.Code);
        if (c.Status?.Comment is { Length: > 0 } comment) body.Text(ErrorComment, Vr.LO, Plain(comment));
        Uid(body, AffectedInstance, c.AffectedInstance);
        Uid(body, RequestedInstance, c.RequestedInstance);
        Number(body, EventType, c.EventType);
        Number(body, ActionType, c.ActionType);
        if (c.MoveOriginator is { } title)
        {
            if (!IsTitle(title)) throw new ArgumentException("the move originator is no AE title", nameof(c));
            body.Text(MoveOriginator, Vr.AE, title);
        }
        Number(body, MoveOriginatorMessage, c.MoveOriginatorMessage);
        return new ElementWriter(NodeForm.Implicit).UInt32(GroupLength, (uint)body.Written.Length).Raw(body.Written).ToArray();
    }

    public static DimseCommand Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > DimseCommand.MaxLength)
            throw Bad(DicomError.ValueTooLong, 0, null, $"a command set of {bytes.Length} bytes where at most {DimseCommand.MaxLength} are expected");
        var c = new DimseCommand { Field = 0 };
        bool hasField = false, hasType = false;
        string? comment = null;
        long last = -1;
        for (int at = 0; at < bytes.Length;)
        {
            if (bytes.Length - at < 8) throw Bad(DicomError.Truncated, at, null, "the command set ends in the header of an element");
            var tag = new DicomTag(BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]), BinaryPrimitives.ReadUInt16LittleEndian(bytes[(at + 2)..]));
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4)..]);
            if (tag.Group != 0) throw Bad(DicomError.IllegalGroup, at, tag, "an element of a data set in a command set");
            if (tag.Value == last) throw Bad(DicomError.Duplicate, at, tag, "twice in one command set");
            if (tag.Value < last) throw Bad(DicomError.OutOfOrder, at, tag, "behind a higher tag");
            if (length > bytes.Length - at - 8) throw Bad(DicomError.Truncated, at, tag, "the value goes past the end of the command set");
            if ((length & 1) != 0) throw Bad(DicomError.OddLength, at, tag, "a value of odd length");
            last = tag.Value;
            ReadOnlySpan<byte> value = bytes.Slice(at + 8, (int)length);
            switch (tag.Value)
            {
                case 0x0002: c = c with { AffectedClass = UidOf(value, at, tag) }; break;
                case 0x0003: c = c with { RequestedClass = UidOf(value, at, tag) }; break;
                case 0x0100: (c, hasField) = (c with { Field = (CommandField)UInt16Of(value, at, tag) }, true); break;
                case 0x0110: c = c with { MessageId = UInt16Of(value, at, tag) }; break;
                case 0x0120: c = c with { RespondedTo = UInt16Of(value, at, tag) }; break;
                case 0x0700: c = c with { Priority = UInt16Of(value, at, tag) }; break;
                case 0x0800: (c, hasType) = (c with { HasDataSet = UInt16Of(value, at, tag) != NoDataSet }, true); break;
                case 0x0900: c = c with { Status = new DimseStatus(UInt16Of(value, at, tag)) }; break;
                case 0x0902: comment = Plain(Encoding.Latin1.GetString(value.TrimEnd(" \0"u8))); break;
                case 0x1000: c = c with { AffectedInstance = UidOf(value, at, tag) }; break;
                case 0x1001: c = c with { RequestedInstance = UidOf(value, at, tag) }; break;
                case 0x1002: c = c with { EventType = UInt16Of(value, at, tag) }; break;
                case 0x1008: c = c with { ActionType = UInt16Of(value, at, tag) }; break;
                case 0x1030: c = c with { MoveOriginator = TitleOf(value, at, tag) }; break;
                case 0x1031: c = c with { MoveOriginatorMessage = UInt16Of(value, at, tag) }; break;
            }
            at += 8 + (int)length;
        }
        if (!hasField) throw Missing(Field);
        if (!hasType) throw Missing(DataSetType);
        if (comment is { Length: > 0 } && c.Status is { } status) c = c with { Status = status with { Comment = comment } };
        Demand(c);
        return c;
    }

    /// <summary>What PS3.7-2023b 9.3 and 10.3 demand of the commands that we serve or send, and of every request and response.</summary>
    private static void Demand(DimseCommand c)
    {
        if (c.IsResponse || c.Field == CommandField.CancelRequest)
        {
            if (c.RespondedTo is null) throw Missing(RespondedTo);
            if (c.IsResponse && c.Status is null) throw Missing(Status);
            return;
        }
        if (c.MessageId is null) throw Missing(MessageId);
        bool affected = c.Field is CommandField.EchoRequest or CommandField.StoreRequest or CommandField.EventReportRequest;
        if (affected && c.AffectedClass is null) throw Missing(AffectedClass);
        if (affected && c.Field != CommandField.EchoRequest && c.AffectedInstance is null) throw Missing(AffectedInstance);
        if (c.Field == CommandField.EventReportRequest && c.EventType is null) throw Missing(EventType);
        if (c.Field != CommandField.ActionRequest) return;
        if (c.RequestedClass is null) throw Missing(RequestedClass);
        if (c.RequestedInstance is null) throw Missing(RequestedInstance);
        if (c.ActionType is null) throw Missing(ActionType);
    }

    private static void Uid(ElementWriter to, DicomTag tag, string? uid)
    {
        if (uid is null) return;
        if (!DimseUid.IsValid(uid)) throw new ArgumentException($"{tag}: not a UID", nameof(uid));
        to.Text(tag, Vr.UI, uid);
    }

    private static void Number(ElementWriter to, DicomTag tag, ushort? value)
    {
        if (value is { } number) to.UInt16(tag, number);
    }

    private static ushort UInt16Of(ReadOnlySpan<byte> value, int at, DicomTag tag) =>
        value.Length == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(value) : throw Bad(DicomError.BadElement, at, tag, $"a number in {value.Length} bytes instead of 2");

    /// <summary>Empty counts as absent: some peers send empty UIDs in responses.</summary>
    private static string? UidOf(ReadOnlySpan<byte> value, int at, DicomTag tag)
    {
        // PS3.5-2023b 9.1 pads with one NUL; spaces and more than one are met and meant no harm
        ReadOnlySpan<byte> trimmed = value.TrimEnd(" \0"u8);
        if (trimmed.IsEmpty) return null;
        string uid = trimmed.Length <= 64 ? Encoding.Latin1.GetString(trimmed) : "";
        return DimseUid.IsValid(uid) ? uid : throw Bad(DicomError.BadElement, at, tag, "not a UID");
    }

    private static string? TitleOf(ReadOnlySpan<byte> value, int at, DicomTag tag)
    {
        string title = value.Length <= 64 ? Encoding.Latin1.GetString(value.TrimEnd("\0"u8)).Trim(' ') : "\0";
        if (title.Length == 0) return null;
        return IsTitle(title) ? title : throw Bad(DicomError.BadElement, at, tag, "not an AE title");
    }

    /// <summary>PS3.5-2023b 6.2, VR AE: the default repertoire without control characters and backslash.</summary>
    private static bool IsTitle(string title) => title.Length is >= 1 and <= 16 && title.All(c => c is >= ' ' and <= '~' and not '\\');

    private static string Plain(string comment)
    {
        if (comment.Length > DimseCommand.MaxComment) comment = comment[..DimseCommand.MaxComment];
        return string.Concat(comment.Select(c => c is >= ' ' and <= '~' and not '\\' ? c : '?')).TrimEnd(' ');
    }

    private static DicomException Missing(DicomTag tag) => Bad(DicomError.BadElement, 0, tag, "missing from the command set");

    private static DicomException Bad(DicomError code, long offset, DicomTag? tag, string what) =>
        new(code, offset, tag?.ToString() ?? "", tag is null ? what : $"{tag}: {what}");
}
