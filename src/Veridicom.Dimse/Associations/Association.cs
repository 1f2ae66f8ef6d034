using System.Buffers;
using System.Collections.Frozen;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Veridicom.Dicom;
using Veridicom.Dimse.Messages;
using Veridicom.Dimse.Pdu;
using Veridicom.Dimse.User;

namespace Veridicom.Dimse.Associations;

/// <summary>A presentation context that both sides agreed on.</summary>
/// <param name="Id">Its number.</param>
/// <param name="AbstractSyntax">SOP class.</param>
/// <param name="TransferSyntax">How data sets come and go.</param>
public sealed record AgreedContext(byte Id, string AbstractSyntax, string TransferSyntax);

/// <summary>A command that came in.</summary>
/// <param name="Context">Presentation context.</param>
/// <param name="Command">The command set.</param>
public sealed record ReceivedCommand(AgreedContext Context, DimseCommand Command);

/// <summary>Part of a data set that came in. The bytes are valid until the next call that reads.</summary>
/// <param name="Bytes">Maybe none.</param>
/// <param name="IsLast">The data set is at its end.</param>
public readonly record struct DataFragment(ReadOnlyMemory<byte> Bytes, bool IsLast);

/// <summary>
/// An association that stands (state 6 of PS3.8-2023b 9.2), over any stream, of either side. One reader at a time; messages are sent whole, one after
/// another, from wherever. After an exception of a read or a write it can only be aborted or disposed of. A peer that broke the protocol gets an A-ABORT
/// with the reason of the <see cref="PduException"/> from whoever caught it, by <see cref="AbortAsync(PduException)"/>.
/// </summary>
public sealed class Association : IAsyncDisposable
{
    private const int MostFragment = 131072;

    // Bytes of a message that the peer must at least send in the time of one PDU. PDUs of a few bytes each, every one in its time, would else hold it for ever.
    private const int LeastBytes = 1024;

    private readonly PduChannel channel;
    private readonly AssociationOptions options;
    private readonly FrozenDictionary<byte, AgreedContext> contexts;
    private readonly SemaphoreSlim sending = new(1, 1);
    private readonly int fragmentLength;
    private int position;
    private AgreedContext? dataOf;
    private bool inBody;
    private volatile bool releasing;
    private long waited, arrived;

    private Association(PduChannel channel, AssociationOptions options, AssociateRequest request, AssociateAccept accept, uint? peerMaximum)
    {
        (this.channel, this.options, Request, Accept) = (channel, options, request, accept);
        var proposed = request.Contexts.ToDictionary(context => context.Id);
        contexts = accept.Contexts.Where(answer => answer.Result == ContextResult.Acceptance && proposed.ContainsKey(answer.Id))
            .ToFrozenDictionary(answer => answer.Id, answer => new AgreedContext(answer.Id, proposed[answer.Id].AbstractSyntax, answer.TransferSyntax));
        // Zero is no limit (PS3.8-2023b D.1). A fragment is even: data sets are, and so stays every part of them.
        fragmentLength = (int)Math.Min(peerMaximum is null or 0 ? MostFragment : peerMaximum.Value - 6, MostFragment) & ~1;
    }

    /// <summary>The request.</summary>
    public AssociateRequest Request { get; }

    /// <summary>The answer.</summary>
    public AssociateAccept Accept { get; }

    /// <summary>The contexts that stand.</summary>
    public IReadOnlyCollection<AgreedContext> Contexts => contexts.Values;

    /// <summary>True where a data set follows the command received last and has not been read to its end.</summary>
    public bool HasData => dataOf is not null;

    /// <summary>
    /// The accepting side: reads a request, answers with what <paramref name="answer"/> makes of it, an A-ASSOCIATE-AC or RJ. Null where it was
    /// rejected, and where the peer was aborted for what it sent instead; then the connection is closed.
    /// </summary>
    /// <param name="stream">Of the connection; owned from here on.</param>
    /// <param name="socket">The socket beneath, where there is one; owned likewise.</param>
    /// <param name="answer">Must be quick.</param>
    /// <param name="options">Limits and times.</param>
    /// <param name="stop">Ends the association at any time, later as well.</param>
    /// <exception cref="AssociationException">The connection was lost or time was up.</exception>
    /// <exception cref="PduException">What came was no request; the peer has got its A-ABORT.</exception>
    public static async Task<Association?> AcceptAsync(Stream stream, Socket? socket, Func<AssociateRequest, ControlPdu> answer, AssociationOptions options,
        CancellationToken stop)
    {
        var channel = new PduChannel(stream, socket, options, stop);
        try
        {
            PduHeader header = await channel.ReadAsync(options.PduTime, AssociationEnd.TooSlow, options.PduTime);
            if (header.Kind == PduKind.Abort) throw new AssociationException(AssociationEnd.Aborted, "the peer aborted before it asked for an association");
            if (header.Kind != PduKind.AssociateRequest) throw new PduException(PduError.Unexpected, 0, "the first PDU is no A-ASSOCIATE-RQ");
            var request = (AssociateRequest)PduCodec.Read(header, channel.Body.Span, options.Limits);
            ControlPdu reply = answer(request);
            if (reply is AssociateAccept accept)
            {
                await channel.WriteAsync(PduCodec.Write(accept));
                return new Association(channel, options, request, accept, request.User.MaxLength);
            }

            await channel.CloseAsync(PduCodec.Write(reply));
            await channel.DisposeAsync();
            return null;
        }
        catch (PduException broken)
        {
            await channel.CloseAsync(PduCodec.Write(new Abort(AbortSource.Provider, broken.Reason)));
            await channel.DisposeAsync();
            throw;
        }
        catch
        {
            await channel.DisposeAsync();
            throw;
        }
    }

    /// <summary>The asking side.</summary>
    /// <exception cref="AssociationException">Rejected, aborted, connection lost or time up.</exception>
    /// <exception cref="PduException">What came was no answer; the peer has got its A-ABORT.</exception>
    public static async Task<Association> RequestAsync(Stream stream, Socket? socket, AssociateRequest request, AssociationOptions options, CancellationToken stop)
    {
        var channel = new PduChannel(stream, socket, options, stop);
        try
        {
            await channel.WriteAsync(PduCodec.Write(request));
            PduHeader header = await channel.ReadAsync(options.PduTime, AssociationEnd.TooSlow, options.PduTime);
            if (header.Kind is not (PduKind.AssociateAccept or PduKind.AssociateReject or PduKind.Abort))
                throw new PduException(PduError.Unexpected, 0, "the first PDU is no answer to an A-ASSOCIATE-RQ");
            switch (PduCodec.Read(header, channel.Body.Span, options.Limits))
            {
                case AssociateAccept accept:
                    Check(request, accept);
                    return new Association(channel, options, request, accept, accept.User.MaxLength);
                case AssociateReject reject:
                    throw new AssociationException(AssociationEnd.Rejected, $"the association was rejected: result {reject.Result}, source {reject.Source}, reason {reject.Reason}")
                        { Rejection = reject };
                case var abort:
                    throw Aborted((Abort)abort);
            }
        }
        catch (PduException broken)
        {
            await channel.CloseAsync(PduCodec.Write(new Abort(AbortSource.Provider, broken.Reason)));
            await channel.DisposeAsync();
            throw;
        }
        catch
        {
            await channel.DisposeAsync();
            throw;
        }
    }

    /// <summary>The next command; null where the peer released the association, which it then has in writing. A data set left unread before is passed over.</summary>
    /// <exception cref="PduException">The peer broke the protocol.</exception>
    /// <exception cref="AssociationException">Aborted, connection lost, or time up.</exception>
    public async ValueTask<ReceivedCommand?> ReceiveAsync()
    {
        await PassOverDataAsync();
        ArrayBufferWriter<byte>? gathered = null;
        AgreedContext? context = null;
        while (true)
        {
            DataValue? next = await NextValueAsync(mayRelease: context is null);
            if (next is not { } value) return null;
            if (!value.IsCommand) throw new PduException(PduError.Unexpected, value.Start, "a fragment of a data set came where one of a command must");
            AgreedContext named = Named(value);
            if (context is not null && context != named) throw new PduException(PduError.WrongContext, value.Start, "a message changes its presentation context");
            context = named;
            if ((gathered?.WrittenCount ?? 0) + value.Length > DimseCommand.MaxLength) throw new PduException(PduError.BadCommand, value.Start, "a command set is too long");
            ReadOnlySpan<byte> bytes = channel.Body.Span.Slice(value.Start, value.Length);
            if (!value.IsLast || gathered is not null) (gathered ??= new ArrayBufferWriter<byte>()).Write(bytes);
            if (!value.IsLast) continue;
            DimseCommand command;
            try
            {
                command = DimseCommand.Decode(gathered is null ? bytes : gathered.WrittenSpan);
            }
            catch (DicomException fault)
            {
                throw new PduException(PduError.BadCommand, value.Start, $"a command set cannot be read: {fault.Code}");
            }

            dataOf = command.HasDataSet ? context : null;
            return new ReceivedCommand(context, command);
        }
    }

    /// <summary>The next part of the data set that follows the command received last.</summary>
    /// <exception cref="InvalidOperationException">There is none (<see cref="HasData"/>).</exception>
    /// <exception cref="PduException">The peer broke the protocol.</exception>
    /// <exception cref="AssociationException">Aborted, connection lost, or time up.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<DataFragment> ReadDataAsync()
    {
        if (dataOf is null) throw new InvalidOperationException("no data set is there to be read");
        DataValue value = (await NextValueAsync(mayRelease: false))!.Value;
        if (value.IsCommand) throw new PduException(PduError.Unexpected, value.Start, "a fragment of a command came where one of a data set must");
        if (Named(value) != dataOf) throw new PduException(PduError.WrongContext, value.Start, "a message changes its presentation context");
        if (value.IsLast) dataOf = null;
        return new DataFragment(channel.Body.Slice(value.Start, value.Length), value.IsLast);
    }

    /// <summary>Reads what is left of a data set, and forgets it.</summary>
    public async ValueTask PassOverDataAsync()
    {
        while (dataOf is not null) await ReadDataAsync();
    }

    /// <summary>Sends a command and, where it says so, its data set from memory.</summary>
    public ValueTask SendAsync(byte contextId, DimseCommand command, ReadOnlyMemory<byte> data = default) =>
        SendAsync(contextId, command, data.IsEmpty ? null : new SourceStream(new MemorySource(data), 0), data.Length);

    /// <summary>
    /// Sends a command and its data set in fragments as long as the peer takes. The command and the first fragment leave in one write.
    /// </summary>
    /// <param name="contextId">One that stands.</param>
    /// <param name="command">Says whether a data set follows.</param>
    /// <param name="data">Read from where it stands; null for none. Not closed.</param>
    /// <param name="length">Bytes to send of it.</param>
    /// <exception cref="EndOfStreamException">The data ended early: the association must be aborted.</exception>
    /// <exception cref="AssociationException">Connection lost, or not taken in time.</exception>
    public async ValueTask SendAsync(byte contextId, DimseCommand command, Stream? data, long length)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (!contexts.ContainsKey(contextId)) throw new ArgumentException("this presentation context does not stand", nameof(contextId));
        if (command.HasDataSet != (data is not null && length > 0)) throw new ArgumentException("the command does not say whether a data set follows", nameof(command));
        byte[] head = command.Encode();
        await sending.WaitAsync(channel.Ended);
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(length, fragmentLength) + PduCodec.DataHeaderLength + head.Length + PduCodec.DataHeaderLength);
        try
        {
            int used = 0;
            for (int at = 0; at < head.Length;)
            {
                int count = Math.Min(fragmentLength, head.Length - at);
                if (used > 0)
                {
                    await channel.WriteAsync(buffer.AsMemory(0, used));
                    used = 0;
                }

                PduCodec.WriteDataHeader(buffer.AsSpan(used), count, contextId, isCommand: true, isLast: at + count == head.Length);
                head.AsSpan(at, count).CopyTo(buffer.AsSpan(used + PduCodec.DataHeaderLength));
                used += PduCodec.DataHeaderLength + count;
                at += count;
            }

            for (long left = data is null ? 0 : length; left > 0;)
            {
                int count = (int)Math.Min(fragmentLength, left);
                PduCodec.WriteDataHeader(buffer.AsSpan(used), count, contextId, isCommand: false, isLast: count == left);
                await data!.ReadExactlyAsync(buffer.AsMemory(used + PduCodec.DataHeaderLength, count), channel.Ended);
                await channel.WriteAsync(buffer.AsMemory(0, used + PduCodec.DataHeaderLength + count));
                used = 0;
                left -= count;
            }

            if (used > 0) await channel.WriteAsync(buffer.AsMemory(0, used));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            sending.Release();
        }
    }

    /// <summary>Asks for release and waits for the answer; then the connection is closed (PS3.8-2023b 9.2, states 7 to 12). What the peer still sends is passed over.</summary>
    /// <exception cref="PduException">The peer broke the protocol.</exception>
    /// <exception cref="AssociationException">Aborted, connection lost, or time up.</exception>
    public async Task ReleaseAsync()
    {
        await channel.WriteAsync(PduCodec.Write(new ReleaseRequest()));
        while (true)
        {
            PduHeader header = await channel.ReadAsync(options.PduTime, AssociationEnd.TooSlow);
            switch (header.Kind)
            {
                case PduKind.ReleaseResponse:
                    await channel.CloseAsync();
                    return;
                case PduKind.ReleaseRequest:
                    // Both asked at once: each answers the other (PS3.8-2023b 7.2.2.7).
                    await channel.WriteAsync(PduCodec.Write(new ReleaseResponse()));
                    break;
                case PduKind.Data:
                    break;
                case PduKind.Abort:
                    throw Aborted((Abort)PduCodec.Read(header, channel.Body.Span, options.Limits));
                default:
                    throw new PduException(PduError.Unexpected, 0, "a PDU that may not come while an association is released");
            }
        }
    }

    /// <summary>
    /// Asks for release while a <see cref="ReceiveAsync"/> is under way: that one gives null when the answer has come, or a command that came before it, which can no longer be
    /// answered; then it must be called again.
    /// </summary>
    /// <exception cref="AssociationException">Connection lost, or not taken in time.</exception>
    public ValueTask BeginReleaseAsync()
    {
        releasing = true;
        return channel.WriteAsync(PduCodec.Write(new ReleaseRequest()));
    }

    /// <summary>Aborts for what the peer sent (source 2). Never throws.</summary>
    public Task AbortAsync(PduException broken)
    {
        ArgumentNullException.ThrowIfNull(broken);
        return channel.CloseAsync(PduCodec.Write(new Abort(AbortSource.Provider, broken.Reason)));
    }

    /// <summary>Aborts of our own accord (source 0). Never throws.</summary>
    public Task AbortAsync() => channel.CloseAsync(PduCodec.Write(new Abort(AbortSource.User, AbortReason.NotSpecified)));

    /// <summary>Aborts as the upper layer, for no reason that has a number: a timer. Never throws.</summary>
    public Task AbortAsUpperLayerAsync() => channel.CloseAsync(PduCodec.Write(new Abort(AbortSource.Provider, AbortReason.NotSpecified)));

    /// <summary>Closes the connection where that has not happened, without a word. No read may be under way.</summary>
    public ValueTask DisposeAsync() => channel.DisposeAsync();

    private static void Check(AssociateRequest request, AssociateAccept accept)
    {
        foreach (AnsweredContext answer in accept.Contexts)
        {
            if (answer.Result != ContextResult.Acceptance) continue;
            ProposedContext? proposed = request.Contexts.FirstOrDefault(context => context.Id == answer.Id);
            if (proposed is null || !proposed.TransferSyntaxes.Contains(answer.TransferSyntax))
                throw new PduException(PduError.BadValue, 0, "an A-ASSOCIATE-AC accepts what was not proposed");
        }
    }

    private static AssociationException Aborted(Abort abort) =>
        new(AssociationEnd.Aborted, $"the peer aborted: source {(byte)abort.Source}, reason {(byte)abort.Reason}") { Abort = abort };

    // Only the time in which we waited for the peer counts, and only within a message.
    private void CheckPace(TimeSpan wait, int bytes)
    {
        waited += wait.Ticks;
        arrived += bytes;
        if (waited < options.PduTime.Ticks) return;
        if (arrived < LeastBytes) throw new AssociationException(AssociationEnd.TooSlow, "a message comes too slowly");
        (waited, arrived) = (0, 0);
    }

    private AgreedContext Named(DataValue value) => contexts.TryGetValue(value.ContextId, out AgreedContext? context) ? context
        : throw new PduException(PduError.WrongContext, value.Start, "a presentation context that does not stand");

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<DataValue?> NextValueAsync(bool mayRelease)
    {
        while (true)
        {
            if (inBody)
            {
                if (PduCodec.TryNextValue(channel.Body.Span, ref position, out DataValue value)) return value;
                inBody = false;
            }

            long began = options.Time.GetTimestamp();
            PduHeader header = await channel.ReadAsync(options.IdleTime, AssociationEnd.Idle);
            if (mayRelease) (waited, arrived) = (0, 0);
            else CheckPace(options.Time.GetElapsedTime(began), header.Length);
            switch (header.Kind)
            {
                case PduKind.Data:
                    (inBody, position) = (true, 0);
                    break;
                case PduKind.ReleaseRequest when releasing:
                    // Both asked at once: each answers the other (PS3.8-2023b 7.2.2.7).
                    await channel.WriteAsync(PduCodec.Write(new ReleaseResponse()));
                    break;
                case PduKind.ReleaseResponse when mayRelease && releasing:
                    await channel.CloseAsync();
                    return null;
                case PduKind.ReleaseRequest when mayRelease:
                    await channel.CloseAsync(PduCodec.Write(new ReleaseResponse()));
                    return null;
                case PduKind.Abort:
                    throw Aborted((Abort)PduCodec.Read(header, channel.Body.Span, options.Limits));
                default:
                    throw new PduException(PduError.Unexpected, 0, $"a PDU of type {(byte)header.Kind} came where it may not");
            }
        }
    }
}
