using System.Buffers.Binary;
using Veridicom.Dicom;
using Veridicom.Dimse;
using Veridicom.Dimse.Messages;
using Veridicom.Dimse.Pdu;
using Veridicom.Dimse.Provider;

namespace Veridicom.Testing;

/// <summary>Whole conversations of a calling peer: what it sends, from the association request to the end.</summary>
public static class ConversationSeeds
{
    private const string Ct = "1.2.840.10008.5.1.4.1.1.2", Private = "1.3.999.7";

    private static readonly string[] Plain = [TransferSyntax.ExplicitVrLittleEndian.Uid, TransferSyntax.ImplicitVrLittleEndian.Uid];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<FuzzSeed> All() =>
    [
        Seed("echo", Request(), Echo(1), Echo(2), Release),
        Seed("store", Request(), Store(3, 1, Ct, Values(700), 200), Release),
        Seed("stores", Request(), Store(3, 1, Ct, Values(64), 64), Store(5, 2, Private, Values(5000), 1400), Echo(3), Store(3, 4, Ct, Values(2), 2), Release),
        Seed("store-whole-in-one", Request(), Whole(3, 1, Ct, Values(300)), Release),
        Seed("store-many-values", Request(), Command(3, DimseCommand.Store(1, Ct, "1.2.3.4"), 10), Data(3, Values(120), 7), Release),
        Seed("store-empty-last", Request(), Command(3, DimseCommand.Store(1, Ct, "1.2.3.4")), Value(3, false, false, Values(90)), Value(3, false, true, []), Release),
        Seed("store-large", Request(), Store(3, 1, Ct, Values(60_000), 16_000), Release),
        Seed("commitment", Request(), Commitment(1, 3), Reported(1), Release),
        Seed("commitments", Request(), Store(3, 1, Ct, Values(100), 100), Commitment(2, 1), Commitment(3, 40), Reported(1), Echo(4), Reported(2), Release),
        Seed("report", Request(provider: true), Report(1, 2, 0), Report(2, 1, 3), Release),
        Seed("others", Request(), Other(1, CommandField.FindRequest, 1), Command(1, new DimseCommand { Field = CommandField.CancelRequest, RespondedTo = 1 }),
            Other(1, CommandField.MoveRequest, 2), Echo(3), Release),
        Seed("full-request", FullRequest(), Echo(1), Store(3, 2, Ct, Values(40), 20), Release),
        Seed("abort", Request(), Command(3, DimseCommand.Store(1, Ct, "1.2.3.4")), Value(3, false, false, Values(50)), PduCodec.Write(new Abort(AbortSource.User, AbortReason.NotSpecified))),
        Seed("nobody", Request(calling: "NOBODY"), Echo(1), Release),
    ];

    /// <summary>Whole conversations of a peer that is called as <see cref="CallFuzz"/> calls: what it answers to echo, store, commitment and release.</summary>
    public static IReadOnlyList<FuzzSeed> Answers() =>
    [
        Seed("answers", Accept(Ct, DimseUid.StorageCommitment), Answered(1, DimseCommand.Echo(1)), Answered(3, DimseCommand.Store(2, Ct, "1.2.3")),
            Answered(9, DimseCommand.RequestCommitment(3)), Report(1, 2, 1), Released),
        Seed("report-late", Accept(Ct, DimseUid.StorageCommitment), Answered(1, DimseCommand.Echo(1)), Answered(3, DimseCommand.Store(2, Ct, "1.2.3")),
            Answered(9, DimseCommand.RequestCommitment(3)), Released, Report(1, 2, 0)),
        Seed("refusals", Accept(Ct, DimseUid.StorageCommitment), Answered(1, DimseCommand.Echo(1), 0x0122), Answered(3, DimseCommand.Store(2, Ct, "1.2.3"), 0xA700),
            Answered(9, DimseCommand.RequestCommitment(3), 0x0110), Release, Released),
        Seed("only-echo", Accept(), Answered(1, DimseCommand.Echo(1)), Released),
        Seed("rejected", PduCodec.Write(new AssociateReject(2, 3, 2))),
        Seed("aborted", Accept(Ct), Answered(1, DimseCommand.Echo(1)), PduCodec.Write(new Abort(AbortSource.Provider, AbortReason.UnexpectedPdu))),
    ];

    /// <summary>The PDUs of a conversation, cut by their lengths; the last may be cut short.</summary>
    public static List<byte[]> Cut(ReadOnlySpan<byte> conversation)
    {
        var pdus = new List<byte[]>();
        while (!conversation.IsEmpty)
        {
            long length = conversation.Length < 6 ? conversation.Length : 6L + BinaryPrimitives.ReadUInt32BigEndian(conversation[2..]);
            int count = (int)Math.Min(length, conversation.Length);
            pdus.Add(conversation[..count].ToArray());
            conversation = conversation[count..];
        }

        return pdus;
    }

    private static byte[] Release => PduCodec.Write(new ReleaseRequest());

    private static FuzzSeed Seed(string name, params byte[][] pdus)
    {
        byte[] all = [.. pdus.SelectMany(pdu => pdu)];
        var places = new List<int>();
        int at = 0;
        foreach (byte[] pdu in Cut(all))
        {
            places.Add(at);
            if (pdu[0] == 4) places.Add(at + 6);
            // items of an association request
            for (int item = 74; pdu[0] == 1 && item + 4 <= pdu.Length; item += 4 + BinaryPrimitives.ReadUInt16BigEndian(pdu.AsSpan(item + 2))) places.Add(at + item);
            at += pdu.Length;
        }

        return new FuzzSeed(name, all, [.. places]);
    }

    private static byte[] Request(string calling = "SCANNER", bool provider = false) => PduCodec.Write(new AssociateRequest
    {
        CalledAe = "VERIDICOM",
        CallingAe = calling,
        Contexts =
        [
            new(1, DimseUid.Verification, [Plain[1]]), new(3, Ct, [TransferSyntax.JpegLsLossless.Uid, .. Plain]), new(5, Private, Plain),
            new(7, "1.2.840.10008.5.1.4.1.2.2.1", Plain), new(9, DimseUid.StorageCommitment, Plain),
        ],
        User = new UserInformation
        {
            MaxLength = 16384, ImplementationClassUid = "1.2.3", ImplementationVersion = "PEER_1",
            Roles = provider ? [new RoleSelection(DimseUid.StorageCommitment, false, true)] : [],
        },
    });

    private static byte[] FullRequest() => PduCodec.Write(new AssociateRequest
    {
        CalledAe = "VERIDICOM",
        CallingAe = "SCANNER",
        Contexts = [.. Enumerable.Range(0, 60).Select(n => new ProposedContext((byte)((2 * n) + 1), n == 0 ? DimseUid.Verification : n == 1 ? Ct : $"1.3.999.{n}", Plain))],
        User = new UserInformation
        {
            MaxLength = 0, ImplementationClassUid = "1.2.3", ImplementationVersion = "PEER_1", Asynchronous = new AsynchronousOperations(0, 0),
            Roles = [new RoleSelection(Ct, true, true), new RoleSelection("1.3.999.5", false, true)],
            Extended = [new ExtendedNegotiation(Ct, new byte[] { 2, 0, 3, 0, 1, 0 })],
            CommonExtended = [new CommonExtendedNegotiation("1.3.999.4", "1.2.840.10008.4.2", [Ct, "1.2.3"])],
            Identity = new UserIdentity(2, true, "name"u8.ToArray(), "secret"u8.ToArray()),
        },
    });

    private static byte[] Released => PduCodec.Write(new ReleaseResponse());

    private static byte[] Accept(params string[] besides) => PduCodec.Write(new AssociateAccept
    {
        Contexts = [.. CallFuzz.Proposed.Select(context => new AnsweredContext(context.Id,
            context.AbstractSyntax == DimseUid.Verification || besides.Contains(context.AbstractSyntax) ? ContextResult.Acceptance : ContextResult.NoReason, context.TransferSyntaxes[0]))],
        User = new UserInformation { MaxLength = 4096, ImplementationClassUid = "1.2.3" },
    });

    private static byte[] Answered(byte context, DimseCommand request, ushort status = 0) => Command(context, request.Respond(new DimseStatus(status)));

    private static byte[] Echo(ushort message) => Command(1, DimseCommand.Echo(message));

    private static byte[] Other(byte context, CommandField field, ushort message) =>
        [.. Command(context, new DimseCommand { Field = field, MessageId = message, AffectedClass = DimseUid.Verification, HasDataSet = true }), .. Data(context, Values(30), 30)];

    private static byte[] Store(byte context, ushort message, string sopClass, byte[] data, int fragment) =>
        [.. Command(context, DimseCommand.Store(message, sopClass, $"1.2.3.{message}")), .. Data(context, data, fragment)];

    private static byte[] Commitment(ushort message, int references) =>
        [.. Command(9, DimseCommand.RequestCommitment(message)),
            .. Data(9, CommitmentDataSet.Write(new CommitmentRequest($"1.2.3.{message}", References(references)), NodeForm.None), 500)];

    private static byte[] Report(ushort message, int committed, int failed) =>
        [.. Command(9, DimseCommand.ReportCommitment(message, failed == 0)), .. Data(9, CommitmentDataSet.Write(
            new CommitmentResult("1.2.9", References(committed), [.. References(failed).Select(one => new CommitmentFailure(one, 0x0112))]), NodeForm.None), 5000)];

    private static byte[] Reported(ushort message) =>
        Command(9, new DimseCommand { Field = CommandField.EventReportResponse, RespondedTo = message, Status = DimseStatus.Success, EventType = 1 });

    private static List<CommitmentReference> References(int count) => [.. Enumerable.Range(0, count).Select(n => new CommitmentReference(Ct, $"1.2.3.4.{n}"))];

    private static byte[] Values(int count) => [.. Enumerable.Range(0, count).Select(n => (byte)((n * 37) & 0xFF))];

    private static byte[] Command(byte context, DimseCommand command, int fragment = int.MaxValue) => Fragments(context, true, command.Encode(), fragment);

    private static byte[] Data(byte context, byte[] data, int fragment) => Fragments(context, false, data, fragment);

    // The whole message in one PDU of two values.
    private static byte[] Whole(byte context, ushort message, string sopClass, byte[] data)
    {
        byte[] command = Value(context, true, true, DimseCommand.Store(message, sopClass, "1.2.3.4").Encode())[6..], fragment = Value(context, false, true, data)[6..];
        byte[] pdu = [4, 0, 0, 0, 0, 0, .. command, .. fragment];
        BinaryPrimitives.WriteUInt32BigEndian(pdu.AsSpan(2), (uint)(pdu.Length - 6));
        return pdu;
    }

    private static byte[] Fragments(byte context, bool isCommand, byte[] bytes, int fragment)
    {
        var all = new List<byte>();
        for (int at = 0; at < bytes.Length; at += Math.Min(fragment, bytes.Length - at))
        {
            int count = Math.Min(fragment, bytes.Length - at);
            all.AddRange(Value(context, isCommand, at + count == bytes.Length, bytes.AsSpan(at, count)));
        }

        return [.. all];
    }

    private static byte[] Value(byte context, bool isCommand, bool isLast, ReadOnlySpan<byte> fragment)
    {
        byte[] pdu = new byte[PduCodec.DataHeaderLength + fragment.Length];
        PduCodec.WriteDataHeader(pdu, fragment.Length, context, isCommand, isLast);
        fragment.CopyTo(pdu.AsSpan(PduCodec.DataHeaderLength));
        return pdu;
    }
}
