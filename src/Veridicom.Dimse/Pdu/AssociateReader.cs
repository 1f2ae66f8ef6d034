using System.Buffers.Binary;
using System.Text;

namespace Veridicom.Dimse.Pdu;

/// <summary>Reads A-ASSOCIATE-RQ and AC with their items (PS3.8-2023b 9.3.2, 9.3.3; PS3.7-2023b D.3.3). Unknown items are passed over (PS3.8-2023b 9.3.1).</summary>
internal static class AssociateReader
{
    private const int FixedLength = 68;

    public static AssociateRequest Request(ReadOnlySpan<byte> body, PduLimits limits)
    {
        var items = Items(body);
        string called = Title(body.Slice(4, 16), 10), calling = Title(body.Slice(20, 16), 26);
        string? application = null;
        UserInformation? user = null;
        var contexts = new List<ProposedContext>();
        var seen = new HashSet<byte>();
        while (items.TryNext(out Item item))
        {
            switch (item.Type)
            {
                case 0x10:
                    Once(application is null, item);
                    application = Uid(item.Value, item.Offset);
                    break;
                case 0x20:
                    CheckContext(item, seen, contexts.Count, limits);
                    contexts.Add(Proposed(item, limits));
                    break;
                case 0x50:
                    Once(user is null, item);
                    user = User(item, limits);
                    break;
            }
        }

        return new AssociateRequest
        {
            ProtocolVersion = BinaryPrimitives.ReadUInt16BigEndian(body),
            CalledAe = called,
            CallingAe = calling,
            ApplicationContext = application ?? throw Missing("application context"),
            Contexts = contexts.Count > 0 ? contexts : throw Missing("presentation context"),
            User = user ?? throw Missing("user information"),
        };
    }

    public static AssociateAccept Accept(ReadOnlySpan<byte> body, PduLimits limits)
    {
        var items = Items(body);
        string? application = null;
        UserInformation? user = null;
        var contexts = new List<AnsweredContext>();
        var seen = new HashSet<byte>();
        while (items.TryNext(out Item item))
        {
            switch (item.Type)
            {
                case 0x10:
                    Once(application is null, item);
                    application = Uid(item.Value, item.Offset);
                    break;
                case 0x21:
                    CheckContext(item, seen, contexts.Count, limits);
                    contexts.Add(Answered(item));
                    break;
                case 0x50:
                    Once(user is null, item);
                    user = User(item, limits);
                    break;
            }
        }

        return new AssociateAccept
        {
            ProtocolVersion = BinaryPrimitives.ReadUInt16BigEndian(body),
            CalledAe = LooseText(body.Slice(4, 16)),
            CallingAe = LooseText(body.Slice(20, 16)),
            ApplicationContext = application ?? throw Missing("application context"),
            Contexts = contexts,
            User = user ?? throw Missing("user information"),
        };
    }

    private static ItemReader Items(ReadOnlySpan<byte> body) => body.Length < FixedLength
        ? throw new PduException(PduError.Truncated, PduCodec.HeaderLength + body.Length, "an A-ASSOCIATE PDU ends in its fixed fields")
        : new ItemReader(body[FixedLength..], PduCodec.HeaderLength + FixedLength);

    private static void CheckContext(Item item, HashSet<byte> seen, int count, PduLimits limits)
    {
        if (count >= limits.MaxContexts) throw new PduException(PduError.TooMany, item.Offset, "too many presentation contexts");
        if (item.Value.Length < 4) throw new PduException(PduError.Truncated, item.Offset, "a presentation context ends in its fixed fields");
        if (item.Value[0] % 2 == 0 || !seen.Add(item.Value[0]))
            throw new PduException(PduError.BadContextId, item.Offset, "a presentation context has an even identifier or one that another has");
    }

    private static ProposedContext Proposed(Item context, PduLimits limits)
    {
        string? @abstract = null;
        var transfers = new List<string>();
        var items = new ItemReader(context.Value[4..], context.Offset + 4);
        while (items.TryNext(out Item item))
        {
            switch (item.Type)
            {
                case 0x30:
                    Once(@abstract is null, item);
                    @abstract = Uid(item.Value, item.Offset);
                    break;
                case 0x40:
                    if (transfers.Count >= limits.MaxSyntaxes) throw new PduException(PduError.TooMany, item.Offset, "too many transfer syntaxes in one context");
                    transfers.Add(Uid(item.Value, item.Offset));
                    break;
            }
        }

        if (@abstract is null) throw new PduException(PduError.MissingItem, context.Offset, "a presentation context has no abstract syntax");
        if (transfers.Count == 0) throw new PduException(PduError.MissingItem, context.Offset, "a presentation context has no transfer syntax");
        return new ProposedContext(context.Value[0], @abstract, transfers);
    }

    private static AnsweredContext Answered(Item context)
    {
        var result = (ContextResult)context.Value[2];
        if (result > ContextResult.TransferSyntaxesNotSupported) throw new PduException(PduError.BadValue, context.Offset + 2, "no answer to a context has this number");
        string? transfer = null;
        var items = new ItemReader(context.Value[4..], context.Offset + 4);
        while (items.TryNext(out Item item))
        {
            if (item.Type != 0x40) continue;
            Once(transfer is null, item);
            // Not significant in a rejection (PS3.8-2023b 9.3.3.2): whatever stands there is let be.
            transfer = result == ContextResult.Acceptance ? Uid(item.Value, item.Offset) : LooseUid(item.Value);
        }

        if (transfer is null && result == ContextResult.Acceptance)
            throw new PduException(PduError.MissingItem, context.Offset, "an accepted presentation context has no transfer syntax");
        return new AnsweredContext(context.Value[0], result, transfer ?? "");
    }

    private static UserInformation User(Item information, PduLimits limits)
    {
        var user = new UserInformation();
        var roles = new List<RoleSelection>();
        var extended = new List<ExtendedNegotiation>();
        var common = new List<CommonExtendedNegotiation>();
        bool maximum = false, implementation = false, version = false;
        int count = 0;
        var items = new ItemReader(information.Value, information.Offset);
        while (items.TryNext(out Item item))
        {
            if (++count > limits.MaxUserItems) throw new PduException(PduError.TooMany, item.Offset, "too many items of user information");
            var fields = new FieldReader(item);
            switch (item.Type)
            {
                case 0x51:
                    Once(!maximum, item);
                    maximum = true;
                    user = user with { MaxLength = fields.UInt32() };
                    // Below this no data set could be sent: a fragment has six bytes of header (PS3.8-2023b 9.3.5).
                    if (user.MaxLength is > 0 and < 8) throw new PduException(PduError.BadValue, item.Offset, "a maximum length that leaves no room for a fragment");
                    break;
                case 0x52:
                    Once(!implementation, item);
                    implementation = true;
                    user = user with { ImplementationClassUid = LooseUid(item.Value) };
                    break;
                case 0x53:
                    Once(user.Asynchronous is null, item);
                    user = user with { Asynchronous = new AsynchronousOperations(fields.UInt16(), fields.UInt16()) };
                    break;
                case 0x54:
                    roles.Add(new RoleSelection(fields.Uid(), fields.Byte() == 1, fields.Byte() == 1));
                    break;
                case 0x55:
                    Once(!version, item);
                    version = true;
                    user = user with { ImplementationVersion = item.Value.Length <= 16 ? LooseText(item.Value) : "" };
                    break;
                case 0x56:
                    extended.Add(new ExtendedNegotiation(fields.Uid(), fields.Rest()));
                    break;
                case 0x57:
                    common.Add(Common(ref fields, limits));
                    break;
                case 0x58:
                    Once(user.Identity is null, item);
                    user = user with { Identity = new UserIdentity(fields.Byte(), fields.Byte() == 1, fields.Counted(), fields.Counted()) };
                    break;
                case 0x59:
                    Once(user.IdentityResponse is null, item);
                    user = user with { IdentityResponse = fields.Counted() };
                    break;
            }
        }

        return user with { Roles = roles, Extended = extended, CommonExtended = common };
    }

    private static CommonExtendedNegotiation Common(ref FieldReader fields, PduLimits limits)
    {
        string sopClass = fields.Uid(), service = fields.Uid();
        var related = new List<string>();
        long end = fields.UInt16() + fields.Offset;
        while (fields.Offset < end)
        {
            if (related.Count >= limits.MaxSyntaxes) throw new PduException(PduError.TooMany, fields.Offset, "too many related SOP classes");
            related.Add(fields.Uid());
        }

        return fields.Offset == end ? new CommonExtendedNegotiation(sopClass, service, related)
            : throw new PduException(PduError.Truncated, fields.Offset, "a list of related SOP classes does not end where it says");
    }

    private static PduException Missing(string what) => new(PduError.MissingItem, PduCodec.HeaderLength + FixedLength, $"an A-ASSOCIATE PDU has no {what}");

    private static void Once(bool first, Item item)
    {
        if (!first) throw new PduException(PduError.DoubledItem, item.Offset, "an item that may stand once stands twice");
    }

    // Leading and trailing spaces mean nothing (PS3.8-2023b 9.3.2); old devices fill with zero bytes.
    private static string Title(ReadOnlySpan<byte> field, long offset)
    {
        ReadOnlySpan<byte> text = field.TrimEnd("\0 "u8).TrimStart((byte)' ');
        if (text.IsEmpty || text.ContainsAnyExceptInRange((byte)' ', (byte)'~') || text.Contains((byte)'\\'))
            throw new PduException(PduError.BadTitle, offset, "an AE title is blank or has characters that none may have");
        return Encoding.ASCII.GetString(text);
    }

    private static string LooseText(ReadOnlySpan<byte> field)
    {
        ReadOnlySpan<byte> text = field.TrimEnd("\0 "u8).TrimStart((byte)' ');
        return text.ContainsAnyExceptInRange((byte)' ', (byte)'~') ? "" : Encoding.ASCII.GetString(text);
    }

    private static bool IsUid(ReadOnlySpan<byte> text) => text.Length is > 0 and <= 64 && !text.ContainsAnyExcept("0123456789."u8);

    private static string LooseUid(ReadOnlySpan<byte> field)
    {
        ReadOnlySpan<byte> text = field.TrimEnd("\0 "u8);
        return IsUid(text) ? Encoding.ASCII.GetString(text) : "";
    }

    // UIDs are not padded here (PS3.8-2023b F.1), and yet come padded from some.
    internal static string Uid(ReadOnlySpan<byte> field, long offset)
    {
        ReadOnlySpan<byte> text = field.TrimEnd("\0 "u8);
        return IsUid(text) ? Encoding.ASCII.GetString(text) : throw new PduException(PduError.BadUid, offset, "a UID has other characters than digits and dots, or not 1 to 64");
    }
}
