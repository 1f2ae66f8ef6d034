using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Veridicom.Dimse.Pdu;

/// <summary>Writes A-ASSOCIATE-RQ and AC (PS3.8-2023b 9.3.2, 9.3.3; PS3.7-2023b D.3.3), items in the order of the tables.</summary>
internal static class AssociateWriter
{
    public static byte[] Request(AssociateRequest request)
    {
        var output = new ArrayBufferWriter<byte>(4096);
        Begin(output, PduKind.AssociateRequest, request.ProtocolVersion, Checked(request.CalledAe), Checked(request.CallingAe));
        Item(output, 0x10, Uid(request.ApplicationContext));
        foreach (ProposedContext context in request.Contexts)
        {
            if (context.TransferSyntaxes.Count == 0) throw new ArgumentException("a presentation context proposes no transfer syntax", nameof(request));
            var value = new ArrayBufferWriter<byte>();
            value.Write<byte>([Odd(context.Id), 0, 0, 0]);
            Item(value, 0x30, Uid(context.AbstractSyntax));
            foreach (string syntax in context.TransferSyntaxes) Item(value, 0x40, Uid(syntax));
            Item(output, 0x20, value.WrittenSpan);
        }

        User(output, request.User);
        return Ended(output);
    }

    public static byte[] Accept(AssociateAccept accept)
    {
        var output = new ArrayBufferWriter<byte>(4096);
        Begin(output, PduKind.AssociateAccept, accept.ProtocolVersion, accept.CalledAe, accept.CallingAe);
        Item(output, 0x10, Uid(accept.ApplicationContext));
        foreach (AnsweredContext context in accept.Contexts)
        {
            var value = new ArrayBufferWriter<byte>();
            value.Write<byte>([Odd(context.Id), 0, (byte)context.Result, 0]);
            Item(value, 0x40, context.Result == ContextResult.Acceptance || context.TransferSyntax.Length > 0 ? Uid(context.TransferSyntax) : []);
            Item(output, 0x21, value.WrittenSpan);
        }

        User(output, accept.User);
        return Ended(output);
    }

    private static void User(ArrayBufferWriter<byte> output, UserInformation user)
    {
        var value = new ArrayBufferWriter<byte>();
        if (user.MaxLength is { } length) Item(value, 0x51, UInt32(length));
        if (user.ImplementationClassUid.Length > 0) Item(value, 0x52, Uid(user.ImplementationClassUid));
        if (user.Asynchronous is { } window) Item(value, 0x53, [.. UInt16(window.Invoked), .. UInt16(window.Performed)]);
        foreach (RoleSelection role in user.Roles)
            Item(value, 0x54, [.. Counted(Uid(role.SopClassUid)), (byte)(role.Scu ? 1 : 0), (byte)(role.Scp ? 1 : 0)]);
        if (user.ImplementationVersion.Length > 0) Item(value, 0x55, Encoding.ASCII.GetBytes(Checked(user.ImplementationVersion)));
        foreach (ExtendedNegotiation extended in user.Extended)
            Item(value, 0x56, [.. Counted(Uid(extended.SopClassUid)), .. extended.Information.Span]);
        foreach (CommonExtendedNegotiation common in user.CommonExtended)
        {
            byte[] related = [.. common.RelatedSopClassUids.SelectMany(uid => Counted(Uid(uid)))];
            Item(value, 0x57, [.. Counted(Uid(common.SopClassUid)), .. Counted(Uid(common.ServiceClassUid)), .. Counted(related)]);
        }

        if (user.Identity is { } identity)
            Item(value, 0x58, [identity.Type, (byte)(identity.ResponseRequested ? 1 : 0), .. Counted(identity.Primary.Span), .. Counted(identity.Secondary.Span)]);
        if (user.IdentityResponse is { } response) Item(value, 0x59, Counted(response.Span));
        Item(output, 0x50, value.WrittenSpan);
    }

    private static void Begin(ArrayBufferWriter<byte> output, PduKind kind, ushort version, string called, string calling)
    {
        output.Write<byte>([(byte)kind, 0, 0, 0, 0, 0, .. UInt16(version), 0, 0]);
        output.Write(Encoding.ASCII.GetBytes(called.PadRight(16)));
        output.Write(Encoding.ASCII.GetBytes(calling.PadRight(16)));
        output.Write(new byte[32]);
    }

    private static byte[] Ended(ArrayBufferWriter<byte> output)
    {
        byte[] pdu = output.WrittenSpan.ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(pdu.AsSpan(2), (uint)(pdu.Length - PduCodec.HeaderLength));
        return pdu;
    }

    private static void Item(ArrayBufferWriter<byte> output, byte type, ReadOnlySpan<byte> value)
    {
        output.Write<byte>([type, 0, .. UInt16(Fitting(value.Length))]);
        output.Write(value);
    }

    private static byte[] Counted(ReadOnlySpan<byte> value) => [.. UInt16(Fitting(value.Length)), .. value];

    private static ushort Fitting(int length) => length <= ushort.MaxValue ? (ushort)length
        : throw new ArgumentException("an item of an A-ASSOCIATE PDU is longer than 65535 bytes");

    private static byte[] UInt16(ushort value) => [(byte)(value >> 8), (byte)(value & 0xFF)];

    private static byte[] UInt32(uint value) => [.. UInt16((ushort)(value >> 16)), .. UInt16((ushort)(value & 0xFFFF))];

    private static byte Odd(byte id) => id % 2 == 1 ? id : throw new ArgumentException("a presentation context identifier is odd");

    // 1 to 16 printable characters: AE titles and version names (PS3.8-2023b 9.3.2, PS3.7-2023b D.3.3.2).
    private static string Checked(string text) =>
        text.Length is > 0 and <= 16 && text.Trim().Length > 0 && !text.AsSpan().ContainsAnyExceptInRange(' ', '~') && !text.Contains('\\')
            ? text
            : throw new ArgumentException("an AE title or version name is blank, too long or has characters that none may have");

    private static byte[] Uid(string uid) => uid.Length is > 0 and <= 64 && !uid.AsSpan().ContainsAnyExcept("0123456789.")
        ? Encoding.ASCII.GetBytes(uid)
        : throw new ArgumentException("not a UID");
}
