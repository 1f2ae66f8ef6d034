using Veridicom.Dicom;

namespace Veridicom.Dimse.Messages;

/// <summary>Elements of a command set (PS3.7-2023b E.1).</summary>
internal static class CommandTags
{
    public static readonly DicomTag GroupLength = new(0x0000_0000);
    public static readonly DicomTag AffectedClass = new(0x0000_0002);
    public static readonly DicomTag RequestedClass = new(0x0000_0003);
    public static readonly DicomTag Field = new(0x0000_0100);
    public static readonly DicomTag MessageId = new(0x0000_0110);
    public static readonly DicomTag RespondedTo = new(0x0000_0120);
    public static readonly DicomTag Priority = new(0x0000_0700);
    public static readonly DicomTag DataSetType = new(0x0000_0800);
    public static readonly DicomTag Status = new(0x0000_0900);
    public static readonly DicomTag ErrorComment = new(0x0000_0902);
    public static readonly DicomTag AffectedInstance = new(0x0000_1000);
    public static readonly DicomTag RequestedInstance = new(0x0000_1001);
    public static readonly DicomTag EventType = new(0x0000_1002);
    public static readonly DicomTag ActionType = new(0x0000_1008);
    public static readonly DicomTag MoveOriginator = new(0x0000_1030);
    public static readonly DicomTag MoveOriginatorMessage = new(0x0000_1031);
}
