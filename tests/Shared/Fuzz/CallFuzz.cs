using Veridicom.Dimse.Associations;
using Veridicom.Dimse.Messages;
using Veridicom.Dimse.Pdu;
using Veridicom.Dimse.Provider;
using Veridicom.Dimse.User;

namespace Veridicom.Testing;

/// <summary>
/// The calling side against a peer that answers damaged conversations: echo, store, storage commitment and release over a stream in memory, in time that is made.
/// It comes to an end by one of the documented exceptions or by release, takes no answer for one that was not given to what it asked, and leaves no connection open.
/// </summary>
public static class CallFuzz
{
    private const string Ct = "1.2.840.10008.5.1.4.1.1.2", Explicit = "1.2.840.10008.1.2.1";
    private const long MostAllocated = 24 << 20;

    /// <summary>What is proposed.</summary>
    public static IReadOnlyList<ProposedContext> Proposed { get; } = [new(1, DimseUid.Verification, [Explicit]), new(3, Ct, [Explicit]), new(9, DimseUid.StorageCommitment, [Explicit])];

    /// <summary>The run.</summary>
    public static CodecFuzz Calls { get; } = new("dimse-user", ConversationSeeds.Answers(), new("dimse-user", (_, bytes) => Call(bytes)), ConversationFuzz.Damage);

    /// <summary>Calls, and names the outcome. How the answers are cut into reads, and how they end and how fast they come, follows from their bytes.</summary>
    /// <exception cref="FuzzFailure">The calling side did what it may not.</exception>
    public static string Call(byte[] answers)
    {
        Mutator chance = ConversationFuzz.ChanceOf(answers);
        return Call(ConversationFuzz.Cuts(answers, chance), (ScriptEnd)chance.Next(3), drips: chance.Next(8) == 0, takes: chance.Next(8) == 0 ? chance.Next(900) : int.MaxValue);
    }

    /// <summary>Calls in a given manner, and names the outcome.</summary>
    /// <exception cref="FuzzFailure">The calling side did what it may not.</exception>
    public static string Call(IReadOnlyList<ReadOnlyMemory<byte>> cuts, ScriptEnd end, bool drips, int takes)
    {
        var time = new FakeTime();
        var options = new AssociationOptions { Time = time };
        using var peer = new ScriptedPeer(cuts, end, drips, takes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Task<string> calling = CallAsync(peer, options);
        // Each of the five calls may wait once.
        TimeSpan most = TimeSpan.FromSeconds(drips ? cuts.Count : 0) + (6 * (options.PduTime + options.IdleTime));
        while (!calling.IsCompleted)
        {
            if (time.Elapsed > most) throw new FuzzFailure($"it did not end within {most.TotalSeconds} s");
            time.Advance(TimeSpan.FromSeconds(1));
            peer.Continue();
        }

        long cost = GC.GetAllocatedBytesForCurrentThread() - before;
        string outcome = calling.GetAwaiter().GetResult();
        if (!peer.IsDisposed) throw new FuzzFailure("the connection stays open");
        if (cost > MostAllocated) throw new FuzzFailure($"{cost} bytes were allocated");
        return outcome;
    }

    private static async Task<string> CallAsync(ScriptedPeer peer, AssociationOptions options)
    {
        var request = new AssociateRequest { CalledAe = "PACS", CallingAe = "VERIDICOM", Contexts = Proposed, User = new UserInformation { MaxLength = 131072 } };
        UserAssociation user;
        try
        {
            user = new UserAssociation(await Association.RequestAsync(peer, null, request, options, CancellationToken.None), null);
        }
        catch (PduException broken)
        {
            return $"no association: {broken.Code}";
        }
        catch (AssociationException ended)
        {
            return $"no association: {ended.End}";
        }

        await using UserAssociation association = user;
        string done = "associated";
        try
        {
            done = $"echo {(await association.EchoAsync()).IsStored}";
            using var data = new MemoryStream(new byte[5000]);
            done = $"store {(await association.StoreAsync(new StoreHeader(Ct, "1.2.3", Explicit), data, data.Length)).IsStored}";
            done = $"commitment {(await association.RequestCommitmentAsync(new CommitmentRequest("1.2.9", [new CommitmentReference(Ct, "1.2.3")]))).IsStored}";
            CommitmentResult? result = await association.WaitForCommitmentAsync(TimeSpan.FromSeconds(20), options.Time);
            done = result is null ? "not reported" : "reported";
            await association.ReleaseAsync();
            return done + ", released";
        }
        catch (DimseException fault)
        {
            return $"{done}, then {fault.Fault}";
        }
    }
}
