using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Veridicom.Dicom;
using Veridicom.Dimse;
using Veridicom.Dimse.Messages;
using Xunit;

namespace Veridicom.Tests.Dimse;

/// <summary>
/// The command sets in tests/vectors/dimse: a header (expect, comment, spec; canonical where our own writing gives the same bytes), then the bytes in
/// hexadecimal. "expect" is the name of an error, or the members of the command. <see cref="Make_the_command_vectors"/> wrote them, from bytes put together here and not by the codec; it runs
/// only when asked for: dotnet run --project tests/Veridicom.Tests -- -explicit only -method '*Make_the_command_vectors'
/// </summary>
public sealed class CommandVectorTests
{
    private static readonly string Folder = Repository.PathOf("tests", "vectors", "dimse");

    public static TheoryData<string> Names => [.. Directory.GetFiles(Folder, "command-*.txt").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];

    [Fact]
    public void There_are_vectors() => Assert.True(Names.Count > 35);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_command_set_is_read_as_its_vector_says(string name)
    {
        string[] parts = File.ReadAllText(Path.Combine(Folder, name + ".txt")).Split("\n\n", 2);
        string Header(string key) => parts[0].Split('\n').Single(l => l.StartsWith(key + ": ", StringComparison.Ordinal))[(key.Length + 2)..];
        byte[] bytes = Convert.FromHexString(string.Concat(parts[1].Where(char.IsAsciiHexDigit)));
        string found;
        DimseCommand? command = null;
        try
        {
            command = DimseCommand.Decode(bytes);
            found = Describe(command);
        }
        catch (DicomException e)
        {
            found = e.Code.ToString();
        }

        Assert.Equal(Header("expect"), found);
        if (Header("canonical") == "yes") Assert.Equal(bytes, command!.Encode());
    }

    private static string Describe(DimseCommand c)
    {
        var text = new StringBuilder(c.Name);
        void Add(string key, object? value)
        {
            if (value is not null) text.Append(CultureInfo.InvariantCulture, $" {key}={value}");
        }
        Add("id", c.MessageId);
        Add("to", c.RespondedTo);
        Add("class", c.AffectedClass);
        Add("asked-class", c.RequestedClass);
        Add("instance", c.AffectedInstance);
        Add("asked-instance", c.RequestedInstance);
        Add("priority", c.Priority);
        Add("event", c.EventType);
        Add("action", c.ActionType);
        Add("origin", c.MoveOriginator);
        Add("origin-id", c.MoveOriginatorMessage);
        if (c.Status is { } status) Add("status", $"{status.Code:X4}{(status.Comment is null ? "" : $"'{status.Comment}'")}");
        Add("data", c.HasDataSet ? "yes" : "no");
        return text.ToString();
    }

    private static byte[] El(ushort element, params byte[] value) => El(0, element, value);

    private static byte[] El(ushort group, ushort element, byte[] value)
    {
        byte[] bytes = new byte[8 + value.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, group);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), element);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), (uint)value.Length);
        value.CopyTo(bytes, 8);
        return bytes;
    }

    private static byte[] N(ushort element, int value) => El(element, (byte)(value & 255), (byte)(value >> 8));

    private static byte[] T(ushort element, string text) => El(element, Encoding.Latin1.GetBytes(text));

    private static byte[] U(ushort element, string uid) => T(element, uid.Length % 2 == 0 ? uid : uid + "\0");

    private static byte[] Set(params byte[][] elements)
    {
        byte[] body = [.. elements.SelectMany(e => e)];
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, body.Length);
        return [.. El(0, length), .. body];
    }

    [Fact(Explicit = true)]
    public void Make_the_command_vectors()
    {
        Directory.CreateDirectory(Folder);
        const string ct = "1.2.840.10008.5.1.4.1.1.2", instance = "1.2.3.4.5.6.7", commit = "1.2.840.10008.1.20.1", well = "1.2.840.10008.1.20.1.1", verify = "1.2.840.10008.1.1";
        void Write(string name, string comment, string expect, byte[] bytes, bool canonical = false, string spec = "PS3.7-2023b E.1") => File.WriteAllText(
            Path.Combine(Folder, $"command-{name}.txt"),
            $"expect: {expect}\ncanonical: {(canonical ? "yes" : "no")}\ncomment: {comment}\nspec: {spec}\n\n{string.Join('\n', Convert.ToHexString(bytes).Chunk(64).Select(l => new string(l)))}\n");
        byte[] type = N(0x800, 1), none = N(0x800, 0x101);

        Write("echo-request", "C-ECHO", $"C-ECHO-RQ id=7 class={verify} data=no", Set(U(2, verify), N(0x100, 0x30), N(0x110, 7), none), true, "PS3.7-2023b 9.3.5.1");
        Write("echo-response", "its answer", $"C-ECHO-RSP to=7 class={verify} status=0000 data=no", Set(U(2, verify), N(0x100, 0x8030), N(0x120, 7), none, N(0x900, 0)), true, "PS3.7-2023b 9.3.5.2");
        byte[][] store = [U(2, ct), N(0x100, 1), N(0x110, 65535), N(0x700, 0), type, U(0x1000, instance)];
        string stored = $"C-STORE-RQ id=65535 class={ct} instance={instance} priority=0 data=yes";
        Write("store-request", "C-STORE", stored, Set(store), true, "PS3.7-2023b 9.3.1.1");
        Write("store-request-move", "C-STORE on behalf of a C-MOVE", stored.Replace("data", "origin=WORKSTATION origin-id=12 data", StringComparison.Ordinal),
            Set([.. store, T(0x1030, "WORKSTATION "), N(0x1031, 12)]), true, "PS3.7-2023b 9.3.1.1");
        Write("store-response", "a failure with comment", $"C-STORE-RSP to=2 class={ct} instance={instance} status=A700'disk full' data=no",
            Set(U(2, ct), N(0x100, 0x8001), N(0x120, 2), none, N(0x900, 0xA700), T(0x902, "disk full "), U(0x1000, instance)), true, "PS3.7-2023b 9.3.1.2");
        Write("store-response-bare", "without the optional UIDs", "C-STORE-RSP to=2 status=B000 data=no", Set(N(0x100, 0x8001), N(0x120, 2), none, N(0x900, 0xB000)), true, "PS3.7-2023b 9.3.1.2");
        Write("store-response-empty-uid", "an empty UID counts as absent", "C-STORE-RSP to=2 status=0000 data=no",
            Set(U(2, ""), N(0x100, 0x8001), N(0x120, 2), none, N(0x900, 0), U(0x1000, "")), spec: "PS3.7-2023b 9.3.1.2");
        Write("action-request", "storage commitment", $"N-ACTION-RQ id=1 asked-class={commit} asked-instance={well} action=1 data=yes",
            Set(U(3, commit), N(0x100, 0x130), N(0x110, 1), type, U(0x1001, well), N(0x1008, 1)), true, "PS3.7-2023b 10.3.4.1");
        Write("action-response", "its answer", $"N-ACTION-RSP to=1 class={commit} instance={well} action=1 status=0000 data=no",
            Set(U(2, commit), N(0x100, 0x8130), N(0x120, 1), none, N(0x900, 0), U(0x1000, well), N(0x1008, 1)), true, "PS3.7-2023b 10.3.4.2");
        Write("event-request", "failures exist", $"N-EVENT-REPORT-RQ id=3 class={commit} instance={well} event=2 data=yes",
            Set(U(2, commit), N(0x100, 0x100), N(0x110, 3), type, U(0x1000, well), N(0x1002, 2)), true, "PS3.7-2023b 10.3.1.1");
        Write("event-response", "its answer", $"N-EVENT-REPORT-RSP to=3 class={commit} instance={well} event=2 status=0000 data=no",
            Set(U(2, commit), N(0x100, 0x8100), N(0x120, 3), none, N(0x900, 0), U(0x1000, well), N(0x1002, 2)), true, "PS3.7-2023b 10.3.1.2");
        Write("find-request", "not served, but read", "C-FIND-RQ id=9 class=1.2.840.10008.5.1.4.1.2.2.1 priority=2 data=yes",
            Set(U(2, "1.2.840.10008.5.1.4.1.2.2.1"), N(0x100, 0x20), N(0x110, 9), N(0x700, 2), type), true, "PS3.7-2023b 9.3.2.1");
        Write("move-request", "Move Destination is passed over", "C-MOVE-RQ id=9 class=1.2.840.10008.5.1.4.1.2.2.2 priority=0 data=yes",
            Set(U(2, "1.2.840.10008.5.1.4.1.2.2.2"), N(0x100, 0x21), N(0x110, 9), T(0x600, "THERE "), N(0x700, 0), type), spec: "PS3.7-2023b 9.3.4.1");
        Write("cancel-request", "C-CANCEL", "C-CANCEL-RQ to=9 data=no", Set(N(0x100, 0xFFF), N(0x120, 9), none), true, "PS3.7-2023b 9.3.2.3");
        Write("unknown-request", "a command that no edition knows", "command 0077H id=4 data=no", Set(N(0x100, 0x77), N(0x110, 4), none), true);
        Write("data-set-type", "any value but 0101H says that a data set follows", stored, Set(U(2, ct), N(0x100, 1), N(0x110, 65535), N(0x700, 0), N(0x800, 0), U(0x1000, instance)));
        Write("group-length-wrong", "let through", "C-ECHO-RQ id=7 class=1.2.840.10008.1.1 data=no", [.. El(0, 1, 0, 0, 0), .. Set(U(2, verify), N(0x100, 0x30), N(0x110, 7), none)[12..]], spec: "PS3.7-2023b 6.3.1");
        Write("group-length-missing", "let through", "C-ECHO-RQ id=7 class=1.2.840.10008.1.1 data=no", Set(U(2, verify), N(0x100, 0x30), N(0x110, 7), none)[12..], spec: "PS3.7-2023b 6.3.1");
        Write("retired-element", "(0000,0010) was in ACR-NEMA", "C-ECHO-RQ id=7 class=1.2.840.10008.1.1 data=no", Set(U(2, verify), T(0x10, "ACR-NEMA 2.0"), N(0x100, 0x30), N(0x110, 7), none), spec: "PS3.7-2023b E.2");
        Write("uid-spaces", "a UID padded with spaces", "C-ECHO-RQ id=7 class=1.2.840.10008.1.1 data=no", Set(T(2, verify + " "), N(0x100, 0x30), N(0x110, 7), none), spec: "PS3.5-2023b 9.1");
        Write("uid-nuls", "a UID padded with three NULs", "C-ECHO-RQ id=7 class=1.2.840.10008.1.1 data=no", Set(T(2, verify + "\0\0\0"), N(0x100, 0x30), N(0x110, 7), none), spec: "PS3.5-2023b 9.1");
        string most = string.Concat(Enumerable.Repeat("1.", 31)) + "12";
        Write("uid-longest", "64 characters", $"C-STORE-RQ id=1 class={ct} instance={most} data=yes", Set(U(2, ct), N(0x100, 1), N(0x110, 1), type, U(0x1000, most)), true, "PS3.5-2023b 9.1");
        Write("comment-acting", "what could act on a terminal is gone, what is too long is cut", $"C-ECHO-RSP to=1 status=0110'a??[31m{new string('x', 57)}' data=no",
            Set(N(0x100, 0x8030), N(0x120, 1), none, N(0x900, 0x110), T(0x902, "a\\\u001b[31m" + new string('x', 61))), spec: "PS3.7-2023b E.1");

        const string bad = "BadElement";
        Write("bad-empty", "nothing", bad, []);
        Write("bad-field-missing", "no Command Field", bad, Set(U(2, verify), N(0x110, 7), none));
        Write("bad-type-missing", "no Command Data Set Type", bad, Set(U(2, verify), N(0x100, 0x30), N(0x110, 7)));
        Write("bad-message-id-missing", "a request without Message ID", bad, Set(U(2, verify), N(0x100, 0x30), none));
        Write("bad-responded-to-missing", "a response to nothing", bad, Set(N(0x100, 0x8030), none, N(0x900, 0)));
        Write("bad-status-missing", "a response without status", bad, Set(N(0x100, 0x8030), N(0x120, 1), none));
        Write("bad-instance-missing", "C-STORE of nothing", bad, Set(U(2, ct), N(0x100, 1), N(0x110, 1), type));
        Write("bad-instance-empty", "C-STORE of an empty UID", bad, Set(U(2, ct), N(0x100, 1), N(0x110, 1), type, U(0x1000, "")));
        Write("bad-class-missing", "C-STORE without class", bad, Set(N(0x100, 1), N(0x110, 1), type, U(0x1000, instance)));
        Write("bad-action-missing", "N-ACTION without action", bad, Set(U(3, commit), N(0x100, 0x130), N(0x110, 1), type, U(0x1001, well)));
        Write("bad-event-missing", "N-EVENT-REPORT without event", bad, Set(U(2, commit), N(0x100, 0x100), N(0x110, 3), type, U(0x1000, well)));
        Write("bad-uid-letters", "a path for a UID", bad, Set(U(2, ct), N(0x100, 1), N(0x110, 1), type, T(0x1000, "../../etc/passwd")));
        Write("bad-uid-long", "65 characters", bad, Set(U(2, ct), N(0x100, 1), N(0x110, 1), type, U(0x1000, most + "1")), spec: "PS3.5-2023b 9.1");
        Write("bad-uid-two", "two values", bad, Set(U(2, ct), N(0x100, 1), N(0x110, 1), type, T(0x1000, "1.2\\1.3 ")));
        Write("bad-number-length", "Command Field in four bytes", bad, Set(U(2, verify), El(0x100, 0x30, 0, 0, 0), N(0x110, 7), none));
        Write("bad-title", "an AE title of 17 characters", bad, Set([.. store, T(0x1030, "ABCDEFGHIJKLMNOPQ ")]));
        Write("bad-duplicate", "Message ID twice", "Duplicate", Set(U(2, verify), N(0x100, 0x30), N(0x110, 7), N(0x110, 8), none), spec: "PS3.5-2023b 7.1");
        Write("bad-order", "Message ID before Command Field", "OutOfOrder", Set(U(2, verify), N(0x110, 7), N(0x100, 0x30), none), spec: "PS3.5-2023b 7.1");
        Write("bad-group", "an element of a data set", "IllegalGroup", [.. Set(U(2, verify), N(0x100, 0x30), N(0x110, 7), none), .. El(8, 0x16, "1.2 "u8.ToArray())], spec: "PS3.7-2023b 6.3.1");
        Write("bad-odd", "a value of odd length", "OddLength", Set(T(2, verify + "1"), N(0x100, 0x30), N(0x110, 7), T(0x902, "odd"), none), spec: "PS3.5-2023b 7.1.1");
        byte[] whole = Set(U(2, verify), N(0x100, 0x30), N(0x110, 7), none);
        Write("bad-cut-value", "ends in a value", "Truncated", whole[..^1]);
        Write("bad-cut-header", "ends in a header", "Truncated", whole[..^3]);
        Write("bad-length-huge", "a value of 4 GB", "Truncated", [.. whole, 2, 0, 0, 0]);
        byte[] huge = [.. Set(U(2, verify), N(0x100, 0x30), N(0x110, 7), none), 0, 0, 2, 9, 0xFE, 0xFF, 0xFF, 0xFF];
        Write("bad-length-undefined", "a value of 4 GB", "Truncated", huge);
        Write("bad-too-long", "more than 16 KB", "ValueTooLong", Set(U(2, verify), N(0x100, 0x30), N(0x110, 7), none, El(0x901, new byte[16384])));
    }
}
