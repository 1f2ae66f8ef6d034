using Veridicom.Dicom;
using Veridicom.Dimse.Associations;
using Veridicom.Dimse.Messages;
using Veridicom.Dimse.Pdu;
using Veridicom.Dimse.Provider;
using Veridicom.Dimse.Tls;

namespace Veridicom.Dimse.User;

/// <summary>
/// An association that we opened. One call at a time. After an exception it can only be disposed of, except that a refused context
/// (<see cref="DimseException.IsOfContext"/>) leaves it standing. Disposal without <see cref="ReleaseAsync"/> aborts.
/// </summary>
public sealed class UserAssociation : IAsyncDisposable
{
    private readonly Association _association;
    private readonly Queue<CommitmentResult> _reported = new();
    private Task<ReceivedCommand?>? _pending;
    private ushort _lastId;
    private bool _ended;

    internal UserAssociation(Association association, TlsConnection? secured)
    {
        _association = association;
        (PeerFingerprint, PeerSubject) = (secured?.PeerFingerprint, secured?.PeerSubject);
    }

    /// <summary>SHA-256 of the peer's certificate, lower-case hexadecimal; null without TLS.</summary>
    public string? PeerFingerprint { get; }

    /// <summary>Subject of that certificate, null without TLS.</summary>
    public string? PeerSubject { get; }

    /// <summary>Contexts that the peer accepted.</summary>
    public IReadOnlyCollection<AgreedContext> Contexts => _association.Contexts;

    /// <summary>Whether an instance of this class can be sent in this syntax.</summary>
    public bool Accepts(string sopClass, string transferSyntax) => _association.Contexts.Any(c => c.AbstractSyntax == sopClass && c.TransferSyntax == transferSyntax);

    /// <summary>C-ECHO (PS3.7-2023b 9.1.5).</summary>
    /// <exception cref="DimseException">Verification was not accepted, or the association ended.</exception>
    public Task<DimseStatus> EchoAsync() => GuardedAsync(() => AskAsync(Find(DimseUid.Verification), DimseCommand.Echo(NextId()), default));

    /// <summary>C-STORE (PS3.7-2023b 9.1.1). Streams; nothing of the data set is held but one fragment.</summary>
    /// <param name="header">Class, instance and syntax. The syntax is that of the bytes: they are sent as they are, and a deflated data set of odd length with the NUL that it must have.</param>
    /// <param name="dataSet">Stands at the first byte of the data set. Not closed.</param>
    /// <param name="length">Bytes of the data set, at least one.</param>
    /// <exception cref="DimseException">Class or syntax were not accepted, or the association ended.</exception>
    /// <exception cref="IOException">The stream failed or ended early; the association is aborted.</exception>
    public Task<DimseStatus> StoreAsync(StoreHeader header, Stream dataSet, long length)
    {
        ArgumentNullException.ThrowIfNull(header);
        return GuardedAsync(async () =>
        {
            AgreedContext context = Find(header.SopClassUid, header.TransferSyntaxUid);
            DimseCommand command = DimseCommand.Store(NextId(), header.SopClassUid, header.SopInstanceUid);
            bool pad = (length & 1) != 0 && TransferSyntax.TryFind(header.TransferSyntaxUid, out TransferSyntax? syntax) && syntax.IsDeflated;
            await using var padded = pad ? new PaddedStream(dataSet, length) : null;
            await _association.SendAsync(context.Id, command, padded ?? dataSet, pad ? length + 1 : length);
            return await AnswerAsync(command);
        });
    }

    /// <summary>The same from a source: its bytes from <paramref name="offset"/> to its end.</summary>
    /// <exception cref="DimseException">As above.</exception>
    public async Task<DimseStatus> StoreAsync(StoreHeader header, ByteSource source, long offset)
    {
        ArgumentNullException.ThrowIfNull(source);
        await using var stream = new SourceStream(source, offset);
        return await StoreAsync(header, stream, source.Length - offset);
    }

    /// <summary>Asks for storage commitment (PS3.4-2023b J.3.2). The result comes later: here, if <see cref="WaitForCommitmentAsync"/> is called, or by an association of the peer's.</summary>
    /// <exception cref="DimseException">Storage commitment was not accepted, or the association ended.</exception>
    public Task<DimseStatus> RequestCommitmentAsync(CommitmentRequest request) => GuardedAsync(() =>
    {
        AgreedContext context = Find(DimseUid.StorageCommitment);
        return AskAsync(context, DimseCommand.RequestCommitment(NextId()), CommitmentDataSet.Write(request, FormOf(context)));
    });

    /// <summary>
    /// Reports storage commitment (PS3.4-2023b J.3.3), on an association that proposed the role of provider for it
    /// (<see cref="DimseClient.OpenAsync"/> with <see cref="CommitmentProvider"/>).
    /// </summary>
    /// <exception cref="DimseException">Storage commitment was not accepted, or the association ended.</exception>
    public Task<DimseStatus> ReportCommitmentAsync(CommitmentResult result) => GuardedAsync(() =>
    {
        AgreedContext context = Find(DimseUid.StorageCommitment);
        return AskAsync(context, DimseCommand.ReportCommitment(NextId(), result.Failed.Count == 0), CommitmentDataSet.Write(result, FormOf(context)));
    });

    /// <summary>The role for <see cref="ReportCommitmentAsync"/>.</summary>
    public static IReadOnlyList<RoleSelection> CommitmentProvider { get; } = [new(DimseUid.StorageCommitment, Scu: false, Scp: true)];

    /// <summary>
    /// Waits for a result of storage commitment on this association, and acknowledges it. Null where none came in time, and where the peer
    /// released the association. The wait ends by itself, with the association, after the idle time of <see cref="DimseTarget.Options"/>.
    /// </summary>
    /// <exception cref="DimseException">The association ended.</exception>
    public Task<CommitmentResult?> WaitForCommitmentAsync(TimeSpan limit, TimeProvider time) => GuardedAsync(async () =>
    {
        while (_reported.Count == 0)
        {
            _pending ??= _association.ReceiveAsync().AsTask();
            using var enough = new CancellationTokenSource();
            Task first = await Task.WhenAny(_pending, Task.Delay(limit, time, enough.Token));
            enough.Cancel();
            if (first != _pending) return null;
            if (await NextAsync() is not { } received)
            {
                _ended = true;
                return null;
            }
            await TakeReportAsync(received, answer: true);
        }
        return _reported.Dequeue();
    });

    /// <summary>Releases. A result of storage commitment that came while that went on can still be had by <see cref="LastReport"/>.</summary>
    /// <exception cref="DimseException">The peer did not end it properly; what it acknowledged before stays acknowledged.</exception>
    public async Task ReleaseAsync()
    {
        if (_ended) return;
        await GuardedAsync<object?>(async () =>
        {
            if (_pending is null) await _association.ReleaseAsync();
            else
            {
                await _association.BeginReleaseAsync();
                // a command that crosses our request can no longer be answered (PS3.8-2023b 9.2, state 7)
                while (await NextAsync() is { } crossing) await TakeReportAsync(crossing, answer: false);
            }
            return null;
        });
        _ended = true;
    }

    /// <summary>A result of storage commitment that came without being waited for; null where none is left.</summary>
    public CommitmentResult? LastReport() => _reported.TryDequeue(out CommitmentResult? result) ? result : null;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_ended) await _association.AbortAsync();
        _ended = true;
        if (_pending is { } pending)
        {
            // it ends, since the connection has
            try
            {
                await pending;
            }
            catch (Exception e) when (DimseException.IsKnown(e) || e is OperationCanceledException)
            {
            }
        }
        await _association.DisposeAsync();
    }

    private async Task<ReceivedCommand?> NextAsync()
    {
        Task<ReceivedCommand?> next = _pending ?? _association.ReceiveAsync().AsTask();
        ReceivedCommand? received = await next;
        _pending = null;
        return received;
    }

    private async Task<DimseStatus> AskAsync(AgreedContext context, DimseCommand command, ReadOnlyMemory<byte> data)
    {
        await _association.SendAsync(context.Id, command, data);
        return await AnswerAsync(command);
    }

    private async Task<DimseStatus> AnswerAsync(DimseCommand asked)
    {
        while (true)
        {
            ReceivedCommand received = await NextAsync() ?? throw Ended();
            DimseCommand answer = received.Command;
            if (!answer.IsResponse)
            {
                await TakeReportAsync(received, answer: true);
                continue;
            }
            if ((ushort)answer.Field != ((ushort)asked.Field | 0x8000) || answer.RespondedTo != asked.MessageId)
                throw new PduException(PduError.Unexpected, 0, $"{answer.Name} came in answer to {asked.Name}");
            await _association.PassOverDataAsync();
            return answer.Status!.Value;
        }
    }

    // The peer may report a commitment at any time between messages (PS3.4-2023b J.3.3), or ask what it may not ask on this association.
    private async Task TakeReportAsync(ReceivedCommand received, bool answer)
    {
        (AgreedContext context, DimseCommand command) = (received.Context, received.Command);
        var status = new DimseStatus(0x0211, "not on this association"); // PS3.7-2023b C.5.26: unrecognised operation
        if (command.IsResponse) throw new PduException(PduError.Unexpected, 0, $"{command.Name} came, which nobody had asked for");
        if (command.Field == CommandField.EventReportRequest && context.AbstractSyntax == DimseUid.StorageCommitment && command.HasDataSet)
        {
            using var data = new MemoryStream();
            while (_association.HasData)
            {
                DataFragment fragment = await _association.ReadDataAsync();
                if (data.Length + fragment.Bytes.Length > CommitmentDataSet.MaxLength) throw new PduException(PduError.TooLong, 0, "a report of storage commitment is too long");
                data.Write(fragment.Bytes.Span);
            }
            try
            {
                _reported.Enqueue(CommitmentDataSet.ReadResult(new MemorySource(data.GetBuffer().AsMemory(0, (int)data.Length)), FormOf(context)));
                status = DimseStatus.Success;
            }
            catch (DicomException e)
            {
                status = new DimseStatus(0x0110, $"cannot be read: {e.Code}"); // PS3.7-2023b C.5.21: processing failure
            }
        }
        else await _association.PassOverDataAsync();
        if (answer && command.Field != CommandField.CancelRequest) await _association.SendAsync(context.Id, command.Respond(status));
    }

    private AgreedContext Find(string sopClass, string? transferSyntax = null)
    {
        AgreedContext? found = _association.Contexts.FirstOrDefault(c => c.AbstractSyntax == sopClass && (transferSyntax is null || c.TransferSyntax == transferSyntax));
        if (found is not null) return found;
        var proposed = _association.Request.Contexts.Where(c => c.AbstractSyntax == sopClass && (transferSyntax is null || c.TransferSyntaxes.Contains(transferSyntax))).Select(c => c.Id).ToHashSet();
        if (proposed.Count == 0) throw new ArgumentException("this class was not proposed in this syntax", nameof(sopClass));
        bool syntax = _association.Accept.Contexts.Any(c => proposed.Contains(c.Id) && c.Result == ContextResult.TransferSyntaxesNotSupported)
            || _association.Contexts.Any(c => c.AbstractSyntax == sopClass);
        throw syntax
            ? new DimseException(DimseFault.SyntaxRefused, $"the peer does not take {sopClass} in transfer syntax {transferSyntax}")
            : new DimseException(DimseFault.ClassRefused, $"the peer does not take SOP class {sopClass}");
    }

    // Only the two plain syntaxes are proposed for commands with a data set of ours.
    private static NodeForm FormOf(AgreedContext context) => context.TransferSyntax == TransferSyntax.ImplicitVrLittleEndian.Uid ? NodeForm.Implicit : NodeForm.None;

    private ushort NextId() => _lastId = (ushort)(_lastId == ushort.MaxValue ? 1 : _lastId + 1);

    private static AssociationException Ended() => new(AssociationEnd.ConnectionLost, "the peer released the association without an answer");

    /// <summary>Faults become one exception; what leaves the association in an unknown state aborts it.</summary>
    private async Task<T> GuardedAsync<T>(Func<Task<T>> work)
    {
        if (_ended) throw new DimseException(DimseFault.ConnectionLost, "the association has ended");
        try
        {
            return await work();
        }
        catch (DimseException)
        {
            throw;
        }
        catch (Exception e) when (DimseException.IsKnown(e))
        {
            _ended = true;
            if (e is PduException broken) await _association.AbortAsync(broken);
            else await _association.AbortAsync();
            throw DimseException.From(e);
        }
        catch (Exception e) when (e is not ArgumentException)
        {
            _ended = true;
            await _association.AbortAsync();
            throw;
        }
    }
}
