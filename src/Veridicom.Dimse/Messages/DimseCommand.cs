using System.Globalization;
using Veridicom.Dicom;

namespace Veridicom.Dimse.Messages;

/// <summary>
/// A command set (PS3.7-2023b 6.3): what it asks or answers, without its data set. One form for all commands, those that we do not serve
/// included, so that any can be answered. Members that a command lacks are null. UIDs are valid and without padding.
/// </summary>
public sealed record DimseCommand
{
    /// <summary>Longest command set read, bytes. Those in use stay below 1 KB.</summary>
    public const int MaxLength = 16384;

    /// <summary>Longest Error Comment, characters (PS3.7-2023b E.1, VR LO).</summary>
    public const int MaxComment = 64;

    /// <summary>Command Field (0000,0100); may be a value that <see cref="CommandField"/> does not name.</summary>
    public required CommandField Field { get; init; }

    /// <summary>Message ID (0000,0110) of a request.</summary>
    public ushort? MessageId { get; init; }

    /// <summary>Message ID Being Responded To (0000,0120) of a response, and of C-CANCEL.</summary>
    public ushort? RespondedTo { get; init; }

    /// <summary>Affected SOP Class UID (0000,0002).</summary>
    public string? AffectedClass { get; init; }

    /// <summary>Requested SOP Class UID (0000,0003).</summary>
    public string? RequestedClass { get; init; }

    /// <summary>Affected SOP Instance UID (0000,1000).</summary>
    public string? AffectedInstance { get; init; }

    /// <summary>Requested SOP Instance UID (0000,1001).</summary>
    public string? RequestedInstance { get; init; }

    /// <summary>Priority (0000,0700): 0 medium, 1 high, 2 low.</summary>
    public ushort? Priority { get; init; }

    /// <summary>A data set follows: Command Data Set Type (0000,0800) is not 0101H.</summary>
    public bool HasDataSet { get; init; }

    /// <summary>Status (0000,0900) with Error Comment (0000,0902) of a response.</summary>
    public DimseStatus? Status { get; init; }

    /// <summary>Event Type ID (0000,1002).</summary>
    public ushort? EventType { get; init; }

    /// <summary>Action Type ID (0000,1008).</summary>
    public ushort? ActionType { get; init; }

    /// <summary>Move Originator Application Entity Title (0000,1030).</summary>
    public string? MoveOriginator { get; init; }

    /// <summary>Move Originator Message ID (0000,1031).</summary>
    public ushort? MoveOriginatorMessage { get; init; }

    /// <summary>True for a response (PS3.7-2023b E.1: bit 15 of the command field).</summary>
    public bool IsResponse => ((ushort)Field & 0x8000) != 0;

    /// <summary>A C-ECHO request (PS3.7-2023b 9.3.5.1).</summary>
    public static DimseCommand Echo(ushort messageId) =>
        new() { Field = CommandField.EchoRequest, MessageId = messageId, AffectedClass = DimseUid.Verification };

    /// <summary>A C-STORE request of medium priority (PS3.7-2023b 9.3.1.1).</summary>
    public static DimseCommand Store(ushort messageId, string sopClass, string sopInstance) =>
        new() { Field = CommandField.StoreRequest, MessageId = messageId, AffectedClass = sopClass, AffectedInstance = sopInstance, Priority = 0, HasDataSet = true };

    /// <summary>A storage commitment request: N-ACTION type 1 (PS3.7-2023b 10.3.4.1, PS3.4-2023b J.3.2).</summary>
    public static DimseCommand RequestCommitment(ushort messageId) => new()
    {
        Field = CommandField.ActionRequest, MessageId = messageId, RequestedClass = DimseUid.StorageCommitment,
        RequestedInstance = DimseUid.StorageCommitmentInstance, ActionType = 1, HasDataSet = true,
    };

    /// <summary>A storage commitment result: N-EVENT-REPORT (PS3.7-2023b 10.3.1.1, PS3.4-2023b J.3.3).</summary>
    /// <param name="messageId">Message ID.</param>
    /// <param name="allCommitted">Event type 1; false gives type 2, failures exist.</param>
    public static DimseCommand ReportCommitment(ushort messageId, bool allCommitted) => new()
    {
        Field = CommandField.EventReportRequest, MessageId = messageId, AffectedClass = DimseUid.StorageCommitment,
        AffectedInstance = DimseUid.StorageCommitmentInstance, EventType = (ushort)(allCommitted ? 1 : 2), HasDataSet = true,
    };

    /// <summary>
    /// The response to this request, whatever it asks, without a data set: class and instance come back as affected (PS3.7-2023b 9.3, 10.3).
    /// </summary>
    /// <exception cref="InvalidOperationException">This is no request that is answered.</exception>
    public DimseCommand Respond(DimseStatus status)
    {
        if (IsResponse || Field == CommandField.CancelRequest || MessageId is null) throw new InvalidOperationException("only a request with a Message ID is answered");
        return new DimseCommand
        {
            Field = (CommandField)((ushort)Field | 0x8000), RespondedTo = MessageId, AffectedClass = AffectedClass ?? RequestedClass,
            AffectedInstance = AffectedInstance ?? RequestedInstance, EventType = EventType, ActionType = ActionType, Status = status,
        };
    }

    /// <summary>The bytes of the command set, its group length first (PS3.7-2023b 6.3.1).</summary>
    /// <exception cref="ArgumentException">A UID or AE title of this command is not valid.</exception>
    public byte[] Encode() => CommandCodec.Encode(this);

    /// <summary>Reads a whole command set: implicit VR, little endian (PS3.7-2023b 6.3.1).</summary>
    /// <exception cref="DicomException">
    /// ValueTooLong (more than <see cref="MaxLength"/> bytes), Truncated, OddLength, IllegalGroup (not group 0000), Duplicate, OutOfOrder, or
    /// BadElement (missing, or not of its form); with offset in the command set and tag. A wrong or missing group length is let through.
    /// </exception>
    public static DimseCommand Decode(ReadOnlySpan<byte> bytes) => CommandCodec.Decode(bytes);

    /// <summary>Name for messages and logs: "C-STORE-RQ", or the number where it has none.</summary>
    public string Name => Field switch
    {
        CommandField.StoreRequest => "C-STORE-RQ", CommandField.StoreResponse => "C-STORE-RSP",
        CommandField.GetRequest => "C-GET-RQ", CommandField.GetResponse => "C-GET-RSP",
        CommandField.FindRequest => "C-FIND-RQ", CommandField.FindResponse => "C-FIND-RSP",
        CommandField.MoveRequest => "C-MOVE-RQ", CommandField.MoveResponse => "C-MOVE-RSP",
        CommandField.EchoRequest => "C-ECHO-RQ", CommandField.EchoResponse => "C-ECHO-RSP",
        CommandField.EventReportRequest => "N-EVENT-REPORT-RQ", CommandField.EventReportResponse => "N-EVENT-REPORT-RSP",
        CommandField.AttributeGetRequest => "N-GET-RQ", CommandField.AttributeGetResponse => "N-GET-RSP",
        CommandField.AttributeSetRequest => "N-SET-RQ", CommandField.AttributeSetResponse => "N-SET-RSP",
        CommandField.ActionRequest => "N-ACTION-RQ", CommandField.ActionResponse => "N-ACTION-RSP",
        CommandField.CreateRequest => "N-CREATE-RQ", CommandField.CreateResponse => "N-CREATE-RSP",
        CommandField.DeleteRequest => "N-DELETE-RQ", CommandField.DeleteResponse => "N-DELETE-RSP",
        CommandField.CancelRequest => "C-CANCEL-RQ",
        _ => string.Create(CultureInfo.InvariantCulture, $"command {(ushort)Field:X4}H"),
    };
}
