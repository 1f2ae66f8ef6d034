using System.Globalization;
using System.Text;
using Veridicom.Dimse.Pdu;
using Xunit;

namespace Veridicom.Tests.Dimse;

/// <summary>
/// The PDUs in tests/vectors/dimse: a header (expect, comment, spec; canonical where our own writing gives the same bytes), then the bytes in hexadecimal.
/// "expect" is the name of an error with its offset and the reason of the A-ABORT, or what the PDU says. <see cref="Make_the_pdu_vectors"/> wrote them, from
/// bytes put together here and not by the codec; it runs only when asked for:
/// dotnet run --project tests/Veridicom.Tests -- -explicit only -method '*Make_the_pdu_vectors'
/// </summary>
public sealed class PduVectorTests
{
    private static readonly string Folder = Repository.PathOf("tests", "vectors", "dimse");

    public static TheoryData<string> Names => [.. Directory.GetFiles(Folder, "pdu-*.txt").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal)];

    [Fact]
    public void There_are_vectors() => Assert.True(Names.Count > 45);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_pdu_is_read_as_its_vector_says(string name)
    {
        string[] parts = File.ReadAllText(Path.Combine(Folder, name + ".txt")).Split("\n\n", 2);
        string Header(string key) => parts[0].Split('\n').Single(line => line.StartsWith(key + ": ", StringComparison.Ordinal))[(key.Length + 2)..];
        byte[] bytes = Convert.FromHexString(string.Concat(parts[1].Where(char.IsAsciiHexDigit)));

        Assert.Equal(Header("expect"), Found(bytes, out ControlPdu? pdu));
        if (Header("canonical") == "yes") Assert.Equal(bytes, PduCodec.Write(pdu!));
    }

    private static string Found(byte[] bytes, out ControlPdu? pdu)
    {
        pdu = null;
        try
        {
            if (!PduCodec.TryReadHeader(bytes, PduLimits.Default, out PduHeader header)) return "not whole";
            if (header.Kind == PduKind.Data) return "P-DATA-TF" + Values(bytes.AsSpan(PduCodec.HeaderLength, header.Length));
            return PduCodec.TryRead(bytes, PduLimits.Default, out pdu, out int consumed) && consumed == bytes.Length ? Describe(pdu!) : "not whole";
        }
        catch (PduException fault)
        {
            return $"{fault.Code} at {fault.Offset}, abort reason {(byte)fault.Reason}";
        }
    }

    private static string Values(ReadOnlySpan<byte> body)
    {
        var text = new StringBuilder();
        for (int position = 0; PduCodec.TryNextValue(body, ref position, out DataValue value);)
        {
            text.Append(CultureInfo.InvariantCulture, $" {value.ContextId}:{(value.IsCommand ? "command" : "data")}{(value.IsLast ? ".last" : "")}=");
            text.Append(Convert.ToHexString(body.Slice(value.Start, value.Length)));
        }

        return text.ToString();
    }

    internal static string Describe(ControlPdu pdu) => pdu switch
    {
        AssociateRequest r => $"A-ASSOCIATE-RQ version={r.ProtocolVersion} called='{r.CalledAe}' calling='{r.CallingAe}' application={r.ApplicationContext}"
            + string.Concat(r.Contexts.Select(c => $" {c.Id}:{c.AbstractSyntax}({string.Join(',', c.TransferSyntaxes)})")) + Describe(r.User),
        AssociateAccept a => $"A-ASSOCIATE-AC version={a.ProtocolVersion} called='{a.CalledAe}' calling='{a.CallingAe}' application={a.ApplicationContext}"
            + string.Concat(a.Contexts.Select(c => $" {c.Id}:{c.Result}({c.TransferSyntax})")) + Describe(a.User),
        AssociateReject j => $"A-ASSOCIATE-RJ {j.Result} {j.Source} {j.Reason}",
        ReleaseRequest => "A-RELEASE-RQ",
        ReleaseResponse => "A-RELEASE-RP",
        Abort b => $"A-ABORT {(byte)b.Source} {(byte)b.Reason}",
        _ => throw new ArgumentException("no such PDU"),
    };

    private static string Describe(UserInformation user)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $" max={user.MaxLength?.ToString(CultureInfo.InvariantCulture) ?? "none"} class={user.ImplementationClassUid} version='{user.ImplementationVersion}'");
        if (user.Asynchronous is { } window) text.Append(CultureInfo.InvariantCulture, $" window={window.Invoked},{window.Performed}");
        foreach (RoleSelection role in user.Roles) text.Append(CultureInfo.InvariantCulture, $" role={role.SopClassUid}:{(role.Scu ? "scu" : "")}{(role.Scp ? "scp" : "")}");
        foreach (ExtendedNegotiation item in user.Extended) text.Append(CultureInfo.InvariantCulture, $" extended={item.SopClassUid}:{Convert.ToHexString(item.Information.Span)}");
        foreach (CommonExtendedNegotiation item in user.CommonExtended)
            text.Append(CultureInfo.InvariantCulture, $" common={item.SopClassUid}:{item.ServiceClassUid}:{string.Join(',', item.RelatedSopClassUids)}");
        if (user.Identity is { } who)
            text.Append(CultureInfo.InvariantCulture, $" identity={who.Type}{(who.ResponseRequested ? "!" : "")}:{Convert.ToHexString(who.Primary.Span)}:{Convert.ToHexString(who.Secondary.Span)}");
        if (user.IdentityResponse is { } response) text.Append(CultureInfo.InvariantCulture, $" response={Convert.ToHexString(response.Span)}");
        return text.ToString();
    }

    // Bytes from the tables of the standard, with no code of the codec.
    private static byte[] Big(int value, int bytes) => [.. Enumerable.Range(0, bytes).Select(at => (byte)((value >> (8 * (bytes - 1 - at))) & 255))];

    private static byte[] Text(string text) => Encoding.Latin1.GetBytes(text);

    private static byte[] Counted(string text) => [.. Big(text.Length, 2), .. Text(text)];

    private static byte[] Item(byte type, params byte[][] value) => [type, 0, .. Big(value.Sum(part => part.Length), 2), .. value.SelectMany(part => part)];

    private static byte[] Pdu(byte type, params byte[][] body) => [type, 0, .. Big(body.Sum(part => part.Length), 4), .. body.SelectMany(part => part)];

    private static byte[] Fixed(string called = "VERIDICOM       ", string calling = "SCANNER         ", int version = 1) =>
        [.. Big(version, 2), 0, 0, .. Text(called), .. Text(calling), .. new byte[32]];

    private static byte[] Application => Item(0x10, Text("1.2.840.10008.3.1.1.1"));

    private static byte[] Proposal(byte id, string sop, params string[] syntaxes) =>
        Item(0x20, [[id, 0, 0, 0], Item(0x30, Text(sop)), .. syntaxes.Select(uid => Item(0x40, Text(uid)))]);

    private static byte[] Answer(byte id, byte result, string syntax) => Item(0x21, [id, 0, result, 0], Item(0x40, Text(syntax)));

    private static byte[] Maximum(int value) => Item(0x51, Big(value, 4));

    private static byte[] User(params byte[][] more) => Item(0x50, [Maximum(16384), Item(0x52, Text("1.2.3.4")), .. more]);

    private static byte[] Request(params byte[][] items) => Pdu(1, [Fixed(), .. items]);

    private static byte[] Value(byte context, byte control, params byte[] fragment) => [.. Big(fragment.Length + 2, 4), context, control, .. fragment];

    [Fact(Explicit = true)]
    public void Make_the_pdu_vectors()
    {
        const string Echo = "1.2.840.10008.1.1", Ct = "1.2.840.10008.5.1.4.1.1.2", Implicit = "1.2.840.10008.1.2", Explicit = "1.2.840.10008.1.2.1";
        byte[] echo = Proposal(1, Echo, Implicit);
        byte[] role = Item(0x54, Counted(Ct), [0, 1]);
        byte[] extended = Item(0x56, Counted(Ct), [2, 0, 3, 0, 0, 0]);
        byte[] common = Item(0x57, Counted(Ct), Counted("1.2.840.10008.4.2"), Big(Ct.Length + 2, 2), Counted(Ct));
        byte[] identity = Item(0x58, [2, 1], Counted("name"), Counted("secret"));
        byte[] window = Item(0x53, [0, 5, 0, 0]);
        byte[] version = Item(0x55, Text("SOME_1"));
        void Make(string name, string comment, string spec, bool canonical, byte[] bytes)
        {
            string hex = Convert.ToHexString(bytes);
            var lines = Enumerable.Range(0, (hex.Length + 63) / 64).Select(at => hex.Substring(at * 64, Math.Min(64, hex.Length - (at * 64))));
            File.WriteAllText(Path.Combine(Folder, $"pdu-{name}.txt"),
                $"expect: {Found(bytes, out _)}\ncanonical: {(canonical ? "yes" : "no")}\ncomment: {comment}\nspec: PS3.8-2023b {spec}\n\n{string.Join('\n', lines)}\n");
        }

        Make("request", "one context", "9.3.2", true, Request(Application, echo, User()));
        Make("request-full", "every item that a request may have", "9.3.2, PS3.7-2023b D.3.3", true,
            Request(Application, echo, Proposal(3, Ct, Explicit, Implicit), User(window, role, version, extended, common, identity)));
        Make("request-unknown-items", "items that nobody knows are passed over, on each level", "9.3.1", false,
            Request(Application, Item(0x77, [1, 2]), Item(0x20, [1, 0, 0, 0], Item(0x31, [9]), Item(0x30, Text(Echo)), Item(0x40, Text(Implicit))), User(Item(0x5F, [1]), Item(0x60))));
        Make("request-order", "user information first, contexts in any order of numbers", "9.3.2", false, Request(User(), Proposal(255, Ct, Implicit), echo, Application));
        Make("request-zero-padding", "an AE title filled with zero bytes and UIDs with one", "9.3.2, F.1", false,
            Pdu(1, Fixed("VERIDICOM\0\0\0\0\0\0\0", "  SCANNER       "), Item(0x10, Text("1.2.840.10008.3.1.1.1\0")), Proposal(1, Echo + "\0", Implicit + "\0"), User()));
        Make("request-version-2", "a protocol version of the future, without version 1", "9.3.2", true, Pdu(1, Fixed(version: 2), Application, echo, User()));
        Make("request-no-maximum", "user information without a maximum length", "D.1", true, Request(Application, echo, Item(0x50, Item(0x52, Text("1.2.3.4")))));
        Make("request-loose-implementation", "an implementation class that is no UID and a version with a control character count as missing", "PS3.7-2023b D.3.3.2", false,
            Request(Application, echo, Item(0x50, Maximum(0), Item(0x52, Text("not a uid")), Item(0x55, Text("A\nB")))));
        Make("request-cut", "one byte short of whole", "9.3.1", false, Request(Application, echo, User())[..^1]);
        Make("accept", "one accepted, one rejected", "9.3.3", true,
            Pdu(2, Fixed(), Application, Answer(1, 0, Implicit), Answer(3, 3, Implicit), User(Item(0x53, [0, 1, 0, 1]), role, Item(0x59, Counted("ok")))));
        Make("accept-rejected-anything", "in a rejected context the transfer syntax is not tested, and AE titles never are", "9.3.3, 9.3.3.2", false,
            Pdu(2, Fixed("\u0001\u0002             ", new string('\0', 16)), Application, Answer(1, 4, "?"), Item(0x21, [3, 0, 1, 0]), User()));
        Make("accept-no-context", "nothing accepted and nothing said of it", "9.3.3", true, Pdu(2, Fixed(), Application, User()));
        Make("reject", "transient, local limit exceeded", "9.3.4", true, Pdu(3, [0, 2, 3, 2]));
        Make("release-request", "", "9.3.6", true, Pdu(5, new byte[4]));
        Make("release-response", "", "9.3.7", true, Pdu(6, new byte[4]));
        Make("abort", "by the upper layer: unexpected PDU", "9.3.8", true, Pdu(7, [0, 0, 2, 2]));
        Make("abort-odd-values", "source and reason that no table has are no fault", "9.3.8", true, Pdu(7, [0, 0, 99, 200]));
        Make("data", "a command and the begin of a data set in one PDU", "9.3.5", false, Pdu(4, Value(1, 3, 1, 2, 3, 4), Value(1, 0, 5, 6)));
        Make("data-empty-last", "a last fragment without bytes, reserved bits set", "E.2", false, Pdu(4, Value(3, 0xFE)));

        Make("bad-type-0", "no such type", "9.3.1", false, [0]);
        Make("bad-type-8", "no such type, told by one byte", "9.3.1", false, [8]);
        Make("bad-type-http", "another protocol", "9.3.1", false, Text("GET / HTTP/1.1\r\n"));
        Make("bad-type-tls", "a TLS handshake where none is spoken", "9.3.1", false, [22, 3, 1, 0, 200]);
        Make("bad-length-associate", "4 GB of association request", "9.3.2", false, [1, 0, 255, 255, 255, 255]);
        Make("bad-length-data", "longer than we announced", "D.1", false, [4, 0, 0, 2, 0, 1]);
        Make("bad-length-release", "a release of five bytes", "9.3.6", false, Pdu(5, new byte[5]));
        Make("bad-length-abort", "an abort of three bytes", "9.3.8", false, Pdu(7, new byte[3]));
        Make("bad-length-data-empty", "a P-DATA-TF without a value", "9.3.5", false, Pdu(4));
        Make("bad-fixed-cut", "ends in the fixed fields", "9.3.2", false, Pdu(1, Fixed()[..67]));
        Make("bad-item-header-cut", "ends in the header of an item", "9.3.2", false, Request(Application, echo, User(), [0x10, 0, 0]));
        Make("bad-item-long", "an item longer than the PDU", "9.3.2", false, Request(Application, echo, [0x50, 0, 0xFF, 0xFF, 1]));
        Make("bad-sub-item-long", "a sub-item longer than its item", "9.3.2", false, Request(Application, Item(0x20, [1, 0, 0, 0], [0x30, 0, 0, 9, 0x31]), User()));
        Make("bad-no-application", "no application context", "9.3.2", false, Request(echo, User()));
        Make("bad-no-context", "no presentation context", "9.3.2", false, Request(Application, User()));
        Make("bad-no-user", "no user information", "9.3.2", false, Request(Application, echo));
        Make("bad-application-twice", "two application contexts", "9.3.2", false, Request(Application, Application, echo, User()));
        Make("bad-user-twice", "user information twice", "9.3.2", false, Request(Application, echo, User(), User()));
        Make("bad-maximum-twice", "maximum length twice", "D.1", false, Request(Application, echo, User(Maximum(1000))));
        Make("bad-maximum-small", "a maximum length without room for a fragment", "D.1", false, Request(Application, echo, Item(0x50, Maximum(7))));
        Make("bad-maximum-cut", "a maximum length of three bytes", "D.1", false, Request(Application, echo, Item(0x50, Item(0x51, [0, 0, 1]))));
        Make("bad-identity-twice", "two identities", "PS3.7-2023b D.3.3.7", false, Request(Application, echo, User(identity, identity)));
        Make("bad-identity-cut", "an identity that ends in its secret", "PS3.7-2023b D.3.3.7", false, Request(Application, echo, User(Item(0x58, [2, 1], Counted("name"), [0, 9, 0x41]))));
        Make("bad-context-even", "an even context", "9.3.2.2", false, Request(Application, Proposal(2, Echo, Implicit), User()));
        Make("bad-context-same", "two contexts of one number", "9.3.2.2", false, Request(Application, echo, Proposal(1, Ct, Implicit), User()));
        Make("bad-context-cut", "a context of three bytes", "9.3.2.2", false, Request(Application, Item(0x20, [1, 0, 0]), User()));
        Make("bad-context-no-abstract", "no abstract syntax", "9.3.2.2", false, Request(Application, Item(0x20, [1, 0, 0, 0], Item(0x40, Text(Implicit))), User()));
        Make("bad-context-two-abstract", "two abstract syntaxes", "9.3.2.2", false,
            Request(Application, Item(0x20, [1, 0, 0, 0], Item(0x30, Text(Echo)), Item(0x30, Text(Ct)), Item(0x40, Text(Implicit))), User()));
        Make("bad-context-no-transfer", "no transfer syntax", "9.3.2.2", false, Request(Application, Proposal(1, Echo), User()));
        Make("bad-context-many-transfers", "129 transfer syntaxes", "9.3.2.2", false,
            Request(Application, Proposal(1, Echo, [.. Enumerable.Range(0, 129).Select(n => $"1.2.{n}")]), User()));
        Make("bad-uid-letter", "a UID with a letter", "F.1", false, Request(Application, Proposal(1, "1.2.x", Implicit), User()));
        Make("bad-uid-long", "a UID of 65 characters", "F.1", false, Request(Application, Proposal(1, new string('1', 65), Implicit), User()));
        Make("bad-uid-empty", "a UID of no character", "F.1", false, Request(Application, Proposal(1, "", Implicit), User()));
        Make("bad-title-blank", "a blank calling AE title", "9.3.2", false, Pdu(1, Fixed(calling: new string(' ', 16)), Application, echo, User()));
        Make("bad-title-control", "an AE title with a line feed", "9.3.2", false, Pdu(1, Fixed(called: "A\nB             "), Application, echo, User()));
        Make("bad-title-backslash", "an AE title with a backslash", "9.3.2", false, Pdu(1, Fixed(calling: "A\\B             "), Application, echo, User()));
        Make("bad-role-cut", "a role selection without roles", "PS3.7-2023b D.3.3.4", false, Request(Application, echo, User(Item(0x54, Counted(Ct)))));
        Make("bad-common-list", "a list of related classes that ends in one", "PS3.7-2023b D.3.3.6", false,
            Request(Application, echo, User(Item(0x57, Counted(Ct), Counted("1.2"), Big(4, 2), Counted("1.2.3")))));
        Make("bad-answer-result", "an answer that no table has", "9.3.3.2", false, Pdu(2, Fixed(), Application, Answer(1, 5, Implicit), User()));
        Make("bad-answer-no-transfer", "accepted in no transfer syntax", "9.3.3.2", false, Pdu(2, Fixed(), Application, Item(0x21, [1, 0, 0, 0]), User()));
        Make("bad-value-cut", "a value ends in its header", "9.3.5.1", false, Pdu(4, Value(1, 3, 1, 2), [0, 0, 0, 2, 1]));
        Make("bad-value-short", "a value of one byte", "9.3.5.1", false, Pdu(4, [0, 0, 0, 1, 1, 3]));
        Make("bad-value-long", "a value longer than its PDU", "9.3.5.1", false, Pdu(4, [0, 0, 0, 9, 1, 3, 0, 0]));
    }
}
