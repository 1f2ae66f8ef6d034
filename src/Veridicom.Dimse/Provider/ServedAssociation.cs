using Veridicom.Dimse.Associations;
using Veridicom.Dimse.Messages;
using Veridicom.Dimse.Pdu;

namespace Veridicom.Dimse.Provider;

/// <summary>One association that stands, served to its end: commands one after another, each answered before the next is read.</summary>
internal sealed class ServedAssociation
{
    private const int Waits = 0, Works = 1, Ends = 2;

    private readonly Association association;
    private readonly AssociationPeer peer;
    private readonly IDimseProvider provider;
    private readonly DimseServerOptions options;
    private readonly CommitmentExchange commitments;
    private readonly CancellationToken stop;
    private volatile bool leaving;
    private int state = Waits;

    /// <param name="association">Owned from here on.</param>
    /// <param name="peer">Admitted.</param>
    /// <param name="provider">Takes what comes, and is told of the end.</param>
    /// <param name="options">Settings.</param>
    /// <param name="stop">For calls of the provider.</param>
    public ServedAssociation(Association association, AssociationPeer peer, IDimseProvider provider, DimseServerOptions options, CancellationToken stop)
    {
        (this.association, this.peer, this.provider, this.options, this.stop) = (association, peer, provider, options, stop);
        commitments = new CommitmentExchange(association, peer, provider, options, stop);
    }

    /// <summary>Serves until release, abort or a fault. Throws what ended it, when everything is closed and the provider told.</summary>
    public async Task RunAsync()
    {
        bool released = false;
        try
        {
            while (await commitments.ReceiveAsync() is { } received)
            {
                if (Interlocked.CompareExchange(ref state, Works, Waits) != Waits) return;
                await HandleAsync(received);
                await association.PassOverDataAsync();
                Interlocked.CompareExchange(ref state, Waits, Works);
                if (!leaving) continue;
                await association.AbortAsync();
                return;
            }

            released = true;
        }
        catch (PduException broken)
        {
            await association.AbortAsync(broken);
            throw;
        }
        catch (AssociationException fault)
        {
            // Where a timer ended it the peer is told; where the peer did, nobody listens any more.
            if (fault.End is AssociationEnd.Idle or AssociationEnd.TooSlow) await association.AbortAsUpperLayerAsync();
            throw;
        }
        catch
        {
            await association.AbortAsync();
            throw;
        }
        finally
        {
            await association.DisposeAsync();
            commitments.Close();
            provider.Ended(peer, aborted: !released);
        }
    }

    /// <summary>Aborts when no message is under way.</summary>
    public void EndWhenIdle()
    {
        leaving = true;
        if (Interlocked.CompareExchange(ref state, Ends, Waits) == Waits) _ = association.AbortAsync();
    }

    /// <summary>Aborts.</summary>
    public void EndNow() => _ = association.AbortAsync();

    private ValueTask HandleAsync(ReceivedCommand received)
    {
        DimseCommand command = received.Command;
        if (command.IsResponse)
        {
            commitments.Answered(command);
            return ValueTask.CompletedTask;
        }

        // Nothing of ours takes long enough to be cancelled, and C-CANCEL has no answer (PS3.7-2023b 9.3.2.3).
        return command.Field == CommandField.CancelRequest ? ValueTask.CompletedTask : new ValueTask(AnswerAsync(received));
    }

    private async Task AnswerAsync(ReceivedCommand received)
    {
        DimseCommand command = received.Command;
        string served = received.Context.AbstractSyntax;
        DimseStatus status;
        switch (command.Field)
        {
            case CommandField.EchoRequest:
                status = served == DimseUid.Verification ? DimseStatus.Success : NotSupported;
                break;
            case CommandField.StoreRequest:
                status = served == command.AffectedClass && Negotiation.IsStorage(served, unknown: true) ? await StoreAsync(received) : NotSupported;
                break;
            case CommandField.ActionRequest when served == DimseUid.StorageCommitment:
                await commitments.RequestedAsync(received);
                return;
            case CommandField.EventReportRequest when served == DimseUid.StorageCommitment:
                status = await commitments.ReportedAsync(received);
                break;
            default:
                status = new DimseStatus(0x0211); // unrecognised operation (PS3.7-2023b C.5.21)
                break;
        }

        await association.PassOverDataAsync();
        await association.SendAsync(received.Context.Id, command.Respond(status));
    }

    private static DimseStatus NotSupported => new(0x0122); // SOP class not supported (PS3.7-2023b C.5.22)

    private async Task<DimseStatus> StoreAsync(ReceivedCommand received)
    {
        DimseCommand command = received.Command;
        if (!association.HasData) return DimseStatus.CannotUnderstand("no data set");
        IncomingStore? store = null;
        DimseStatus? failed = null;
        try
        {
            try
            {
                store = await provider.BeginStoreAsync(peer,
                    new StoreHeader(command.AffectedClass!, command.AffectedInstance!, received.Context.TransferSyntax, command.MoveOriginator), stop);
            }
            catch (Exception fault) when (!IsStop(fault))
            {
                failed = Failed(fault);
            }

            while (association.HasData)
            {
                DataFragment fragment = await association.ReadDataAsync();
                if (failed is not null || fragment.Bytes.IsEmpty) continue;
                try
                {
                    await store!.WriteAsync(fragment.Bytes, stop);
                }
                catch (Exception fault) when (!IsStop(fault))
                {
                    failed = Failed(fault);
                }
            }

            if (failed is { } status) return status;
            try
            {
                return await store!.CompleteAsync(stop);
            }
            catch (Exception fault) when (!IsStop(fault))
            {
                return Failed(fault);
            }
        }
        finally
        {
            await EndAsync(store);
        }
    }

    private async ValueTask EndAsync(IncomingStore? store)
    {
        if (store is null) return;
        try
        {
            await store.DisposeAsync();
        }
        catch (Exception fault)
        {
            Failed(fault);
        }
    }

    private bool IsStop(Exception fault) => fault is OperationCanceledException && stop.IsCancellationRequested;

    // Processing failure (PS3.7-2023b C.5.17). What went wrong is for our log and not for the peer.
    private DimseStatus Failed(Exception fault)
    {
        options.Notice?.Invoke(new DimseNotice(DimseNoticeKind.Fault, peer.Address, "the provider failed", fault));
        return new DimseStatus(0x0110);
    }
}
