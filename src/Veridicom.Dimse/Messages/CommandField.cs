namespace Veridicom.Dimse.Messages;

/// <summary>Values of Command Field (0000,0100) that the standard knows (PS3.7-2023b E.1). Others occur: the field of a decoded command is whatever came.</summary>
public enum CommandField : ushort
{
#pragma warning disable CS1591 // the names are those of PS3.7-2023b table E.1-1
    StoreRequest = 0x0001, StoreResponse = 0x8001,
    GetRequest = 0x0010, GetResponse = 0x8010,
    FindRequest = 0x0020, FindResponse = 0x8020,
    MoveRequest = 0x0021, MoveResponse = 0x8021,
    EchoRequest = 0x0030, EchoResponse = 0x8030,
    EventReportRequest = 0x0100, EventReportResponse = 0x8100,
    AttributeGetRequest = 0x0110, AttributeGetResponse = 0x8110,
    AttributeSetRequest = 0x0120, AttributeSetResponse = 0x8120,
    ActionRequest = 0x0130, ActionResponse = 0x8130,
    CreateRequest = 0x0140, CreateResponse = 0x8140,
    DeleteRequest = 0x0150, DeleteResponse = 0x8150,
    CancelRequest = 0x0FFF,
#pragma warning restore CS1591
}
