using System.Buffers.Binary;
using System.Net;
using Veridicom.Dimse;
using Veridicom.Dimse.Associations;
using Veridicom.Dimse.Pdu;
using Veridicom.Dimse.Provider;

namespace Veridicom.Testing;

/// <summary>
/// Damaged conversations against a whole DICOM provider, over a stream in memory, in time that is made. A conversation ends by release, abort, reject or one of
/// the timers; whatever it holds, what we answer is sound PDUs, each association admitted is told to have ended, each store begun is let go, no place stays taken.
/// </summary>
public static class ConversationFuzz
{
    private const long MostAllocated = 24 << 20;

    private static readonly AssociationOptions Times = new();

    /// <summary>The run.</summary>
    public static CodecFuzz Conversations { get; } = new("dimse", ConversationSeeds.All(), new("dimse", (_, bytes) => Converse(bytes)), Damage);

    /// <summary>Holds one conversation and names its outcome. How it is cut into reads, how it ends and how fast it comes follows from its bytes.</summary>
    /// <exception cref="FuzzFailure">The provider did what it may not.</exception>
    public static string Converse(byte[] bytes)
    {
        Mutator chance = ChanceOf(bytes);
        return Converse(bytes, Cuts(bytes, chance), (ScriptEnd)chance.Next(3), drips: chance.Next(8) == 0, takes: chance.Next(8) == 0 ? chance.Next(600) : int.MaxValue);
    }

    /// <summary>Holds one conversation in a given manner and names its outcome.</summary>
    /// <exception cref="FuzzFailure">The provider did what it may not.</exception>
    public static string Converse(byte[] bytes, IReadOnlyList<ReadOnlyMemory<byte>> cuts, ScriptEnd end, bool drips, int takes)
    {
        var time = new FakeTime();
        var notices = new List<DimseNotice>();
        var provider = new CollectingProvider
        {
            Judge = peer => peer.CallingAe == "NOBODY" ? AssociationRefusal.CallingAeNotRecognised : null,
            Commit = async request =>
            {
                if (request.References.Count > 2) await Task.Delay(TimeSpan.FromSeconds(request.References.Count), time);
                return new CommitmentResult(request.TransactionUid, request.References, []);
            },
            // One store in a few is not taken at its end, or fails while it comes.
            Completing = store => store.Bytes.Length % 5 == 4 ? throw new IOException("full") : new(store.Bytes.Length % 7 == 3 ? DimseStatus.OutOfResources("full") : DimseStatus.Success),
            Writing = (_, at) => at % 1000 == 999 ? throw new IOException("full") : ValueTask.CompletedTask,
        };
        var server = new DimseServer(
            new DimseServerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Association = Times with { Time = time }, Notice = notices.Add }, provider);
        using var peer = new ScriptedPeer(cuts, end, drips, takes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Task served = server.ServeAsync(peer, null, new IPEndPoint(IPAddress.Loopback, 1));
        TimeSpan most = TimeSpan.FromSeconds(drips ? cuts.Count : 0) + Times.PduTime + Times.IdleTime + Times.PduTime + Times.CloseTime;
        while (!served.IsCompleted)
        {
            if (time.Elapsed > most) throw new FuzzFailure($"it did not end within {most.TotalSeconds} s");
            time.Advance(TimeSpan.FromSeconds(1));
            peer.Continue();
        }

        long cost = GC.GetAllocatedBytesForCurrentThread() - before;
        if (served.Exception is { } fault) throw new FuzzFailure($"an exception came out: {fault.InnerException}");
        if (!peer.IsDisposed) throw new FuzzFailure("the connection stays open");
        if (server.Associations != 0 || server.Waiting != 0) throw new FuzzFailure($"{server.Associations} associations and {server.Waiting} connections are left");
        if (provider.Admitted != provider.Ended) throw new FuzzFailure($"{provider.Admitted} associations were admitted, and {provider.Ended} ended");
        if (provider.Open != 0) throw new FuzzFailure($"{provider.Open} stores were never let go");
        if (cost > MostAllocated + (8L * bytes.Length)) throw new FuzzFailure($"{cost} bytes were allocated");
        foreach (DimseNotice notice in notices)
        {
            if (notice.Kind == DimseNoticeKind.Fault && notice.Exception is not IOException { Message: "full" }) throw new FuzzFailure($"an undocumented fault: {notice.Exception}");
            if (notice.Kind == DimseNoticeKind.Protocol && notice.Exception is not PduException { Message.Length: > 0 }) throw new FuzzFailure($"an undocumented error: {notice.Exception}");
        }

        Check(peer.Heard, whole: takes == int.MaxValue);
        DimseNotice? last = notices.LastOrDefault(notice => notice.Kind != DimseNoticeKind.Fault);
        return last?.Exception switch
        {
            null => last is null ? "released" : last.Kind.ToString(),
            PduException broken => $"protocol {broken.Code}",
            AssociationException ended => $"ended {ended.End}",
            var other => $"ended {other.GetType().Name}",
        };
    }

    // What we said: first an answer, then values of contexts, at the end at most one of the PDUs that end.
    private static void Check(ReadOnlySpan<byte> heard, bool whole)
    {
        bool first = true, over = false;
        while (!heard.IsEmpty)
        {
            if (over) throw new FuzzFailure("something was sent after the end");
            if (!PduCodec.TryReadHeader(heard, PduLimits.Default, out PduHeader header) || heard.Length < PduCodec.HeaderLength + header.Length)
            {
                if (whole) throw new FuzzFailure("a PDU was not sent whole");
                return;
            }

            ReadOnlySpan<byte> body = heard.Slice(PduCodec.HeaderLength, header.Length);
            if (header.Kind == PduKind.Data)
            {
                int position = 0, values = 0;
                while (PduCodec.TryNextValue(body, ref position, out _)) values++;
                if (first || values == 0) throw new FuzzFailure("a P-DATA-TF where none may be");
            }
            else
            {
                ControlPdu pdu = PduCodec.Read(header, body, PduLimits.Default);
                if (pdu is AssociateRequest or ReleaseRequest || (pdu is AssociateAccept && !first) || (pdu is AssociateReject && !first) || (pdu is ReleaseResponse && first))
                    throw new FuzzFailure($"a {header.Kind} was sent where none may be");
                over = pdu is not AssociateAccept;
            }

            first = false;
            heard = heard[(PduCodec.HeaderLength + header.Length)..];
        }
    }

    /// <summary>Chance that follows from the bytes alone.</summary>
    internal static Mutator ChanceOf(byte[] bytes)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (byte b in bytes) unchecked { hash = (hash ^ b) * 0x100000001B3; }
        return new Mutator(hash);
    }

    internal static List<ReadOnlyMemory<byte>> Cuts(byte[] bytes, Mutator chance)
    {
        // every byte for itself, a few cuts, or as large as the reader likes
        int way = chance.Next(4);
        if (way == 0 && bytes.Length < 4000) return [.. Enumerable.Range(0, bytes.Length).Select(at => (ReadOnlyMemory<byte>)bytes.AsMemory(at, 1))];
        if (way == 1) return [bytes];
        var cuts = new List<ReadOnlyMemory<byte>>();
        for (int at = 0; at < bytes.Length;)
        {
            int count = Math.Min(bytes.Length - at, 1 + chance.Next(way == 2 ? 40 : 3000));
            cuts.Add(bytes.AsMemory(at, count));
            at += count;
        }

        return cuts;
    }

    internal static byte[] Damage(Mutator mutator, FuzzSeed from, FuzzSeed other)
    {
        if (mutator.Next(3) == 0) return mutator.Next(3) == 0 ? mutator.Touch(from.Original) : mutator.Mutate(from.Original, from.Places, other.Original);
        List<byte[]> pdus = ConversationSeeds.Cut(from.Original), others = ConversationSeeds.Cut(other.Original);
        for (int changes = 1 + mutator.Next(3); changes > 0 && pdus.Count > 0; changes--)
        {
            int at = mutator.Next(pdus.Count);
            switch (mutator.Next(8))
            {
                case 0: // order
                    int with = mutator.Next(pdus.Count);
                    (pdus[at], pdus[with]) = (pdus[with], pdus[at]);
                    break;
                case 1: // twice
                    pdus.Insert(mutator.Next(pdus.Count + 1), pdus[at]);
                    break;
                case 2: // gone
                    pdus.RemoveAt(at);
                    break;
                case 3: // of another conversation
                    pdus.Insert(at, others[mutator.Next(others.Count)]);
                    break;
                case 4: // cut short, and nothing after it
                    pdus[at] = pdus[at][..mutator.Next(pdus[at].Length + 1)];
                    if (mutator.Next(2) == 0) pdus.RemoveRange(at + 1, pdus.Count - at - 1);
                    break;
                case 5: // a PDU that nobody should send here
                    pdus.Insert(at, PduCodec.Write(mutator.Next(5) switch
                    {
                        0 => new ReleaseResponse(),
                        1 => new AssociateReject((byte)mutator.Next(256), (byte)mutator.Next(256), (byte)mutator.Next(256)),
                        2 => new Abort((AbortSource)mutator.Next(256), (AbortReason)mutator.Next(256)),
                        3 => new ReleaseRequest(),
                        _ => new AssociateAccept { Contexts = [], User = new UserInformation() },
                    }));
                    break;
                default: // damaged within, and mostly of the right length again
                    byte[] body = mutator.Mutate(pdus[at], [0, 6, 10, 12, 74, 78], others[mutator.Next(others.Count)]);
                    if (body.Length >= 6 && mutator.Next(4) > 0) BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(2), (uint)(body.Length - 6));
                    pdus[at] = body;
                    break;
            }
        }

        return [.. pdus.SelectMany(pdu => pdu)];
    }
}
