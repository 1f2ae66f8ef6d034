using System.Buffers;
using Veridicom.Dicom;
using Veridicom.Dimse.Associations;
using Veridicom.Dimse.Messages;

namespace Veridicom.Dimse.Provider;

/// <summary>
/// Storage commitment on one association (PS3.4-2023b J.3): requests in, results out as soon as they are known while the association waits for a command,
/// results of our own requests in. Every result that the provider promised is told of once: reported and acknowledged, or not.
/// </summary>
internal sealed class CommitmentExchange(Association association, AssociationPeer peer, IDimseProvider provider, DimseServerOptions options, CancellationToken stop)
{
    private readonly List<(string Transaction, AgreedContext Context, Task<CommitmentResult> Result)> awaited = [];
    private readonly Dictionary<ushort, string> sent = [];
    private ushort lastMessage;

    /// <summary>The next command; meanwhile results that become known are sent.</summary>
    public async ValueTask<ReceivedCommand?> ReceiveAsync()
    {
        if (awaited.Count == 0) return await association.ReceiveAsync();
        Task<ReceivedCommand?> receiving = association.ReceiveAsync().AsTask();
        try
        {
            while (!receiving.IsCompleted && awaited.Count > 0)
            {
                await Task.WhenAny([receiving, .. awaited.Select(one => one.Result)]);
                // Not into the middle of what the peer is about: it waits for an answer then, and for nothing else.
                if (!receiving.IsCompleted) await SendKnownAsync();
            }
        }
        catch (Exception fault) when (fault is AssociationException or OperationCanceledException)
        {
            // Reading ends the same way, and says why.
        }

        return await receiving;
    }

    /// <summary>N-ACTION came in: asks the provider and answers.</summary>
    public async Task RequestedAsync(ReceivedCommand received)
    {
        DimseCommand command = received.Command;
        Task<CommitmentResult>? result = null;
        CommitmentRequest? request = null;
        DimseStatus status;
        if (command.ActionType != 1) status = new DimseStatus(0x0123); // no such action (PS3.7-2023b C.5.9)
        else if (command.RequestedInstance != DimseUid.StorageCommitmentInstance) status = new DimseStatus(0x0112); // no such instance (C.5.12)
        else if (awaited.Count + sent.Count >= options.MaxCommitments) status = new DimseStatus(0x0213); // resource limitation (C.5.23)
        else (request, status) = await ReadAsync(received, CommitmentDataSet.ReadRequest);

        if (request is not null)
        {
            try
            {
                (status, result) = await provider.RequestCommitmentAsync(peer, request, stop);
            }
            catch (Exception fault) when (!(fault is OperationCanceledException && stop.IsCancellationRequested))
            {
                status = Failed(fault);
            }
        }

        await association.PassOverDataAsync();
        if (result is not null) awaited.Add((request!.TransactionUid, received.Context, result));
        await association.SendAsync(received.Context.Id, command.Respond(status));
    }

    /// <summary>N-EVENT-REPORT came in: the status that answers it.</summary>
    public async Task<DimseStatus> ReportedAsync(ReceivedCommand received)
    {
        if (received.Command.EventType is not (1 or 2)) return new DimseStatus(0x0113); // no such event type (PS3.7-2023b C.5.10)
        (CommitmentResult? result, DimseStatus status) = await ReadAsync(received, CommitmentDataSet.ReadResult);
        if (result is null) return status;
        try
        {
            return await provider.CommitmentReportedAsync(peer, result, stop);
        }
        catch (Exception fault) when (!(fault is OperationCanceledException && stop.IsCancellationRequested))
        {
            return Failed(fault);
        }
    }

    /// <summary>A response came in; the only ones awaited are those to N-EVENT-REPORT.</summary>
    public void Answered(DimseCommand response)
    {
        if (response.Field == CommandField.EventReportResponse && sent.Remove(response.RespondedTo!.Value, out string? transaction))
            Tell(transaction, response.Status is { IsStored: true });
    }

    /// <summary>The association is gone: what was not acknowledged has to be reported otherwise.</summary>
    public void Close()
    {
        foreach (string transaction in sent.Values) Tell(transaction, acknowledged: false);
        foreach ((string transaction, _, _) in awaited) Tell(transaction, acknowledged: false);
        sent.Clear();
        awaited.Clear();
    }

    private async Task SendKnownAsync()
    {
        for (int at = 0; at < awaited.Count;)
        {
            (string transaction, AgreedContext context, Task<CommitmentResult> task) = awaited[at];
            if (!task.IsCompleted)
            {
                at++;
                continue;
            }

            awaited.RemoveAt(at);
            byte[] data;
            CommitmentResult result;
            try
            {
                result = await task;
                data = CommitmentDataSet.Write(result, FormOf(context));
            }
            catch (Exception fault)
            {
                Failed(fault);
                Tell(transaction, acknowledged: false);
                continue;
            }

            unchecked
            {
                while (++lastMessage == 0 || sent.ContainsKey(lastMessage))
                {
                }
            }

            sent.Add(lastMessage, transaction);
            await association.SendAsync(context.Id, DimseCommand.ReportCommitment(lastMessage, result.Failed.Count == 0), data);
        }
    }

    private async Task<(T? Value, DimseStatus Status)> ReadAsync<T>(ReceivedCommand received, Func<ByteSource, NodeForm, T> read)
        where T : class
    {
        if (!association.HasData) return (null, new DimseStatus(0x0115)); // invalid argument value (PS3.7-2023b C.5.3)
        var all = new ArrayBufferWriter<byte>();
        while (association.HasData)
        {
            DataFragment fragment = await association.ReadDataAsync();
            if (all.WrittenCount + fragment.Bytes.Length > options.MaxCommitmentLength)
            {
                await association.PassOverDataAsync();
                return (null, new DimseStatus(0x0213));
            }

            all.Write(fragment.Bytes.Span);
        }

        try
        {
            return (read(new MemorySource(all.WrittenMemory), FormOf(received.Context)), DimseStatus.Success);
        }
        catch (DicomException)
        {
            return (null, new DimseStatus(0x0115));
        }
    }

    private static NodeForm FormOf(AgreedContext context)
    {
        TransferSyntax.TryFind(context.TransferSyntax, out TransferSyntax? syntax);
        return (syntax!.IsExplicit ? NodeForm.None : NodeForm.Implicit) | (syntax.IsBigEndian ? NodeForm.BigEndian : NodeForm.None);
    }

    private void Tell(string transaction, bool acknowledged)
    {
        try
        {
            provider.Reported(peer, transaction, acknowledged);
        }
        catch (Exception fault)
        {
            Failed(fault);
        }
    }

    private DimseStatus Failed(Exception fault)
    {
        options.Notice?.Invoke(new DimseNotice(DimseNoticeKind.Fault, peer.Address, "the provider failed", fault));
        return new DimseStatus(0x0110);
    }
}
