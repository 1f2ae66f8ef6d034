using Microsoft.Extensions.Logging;
using Veridicom.Dimse;
using Veridicom.Dimse.Provider;
using Veridicom.Gateway.Intake;

namespace Veridicom.Gateway.Hosting;

/// <summary>One C-STORE on its way to the desk. What cannot be kept is read to its end all the same, so that the peer gets a status and the association goes on.</summary>
internal sealed class StoreToDesk(IIntakeDesk desk, ArrivalSource source, byte[] head, ILogger log) : IncomingStore
{
    private readonly Arrival _arrival = desk.Begin();
    private DimseStatus? _failed;
    private bool _begun;

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        if (_failed is not null) return;
        try
        {
            if (!_begun) await _arrival.WriteAsync(head, stop);
            _begun = true;
            await _arrival.WriteAsync(bytes, stop);
        }
        catch (ArrivalTooLongException)
        {
            _failed = DimseStatus.CannotUnderstand("longer than an instance may be");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.LogError(e, "An instance was not taken in: it could not be held on the disk");
            _failed = DimseStatus.OutOfResources("disk");
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<DimseStatus> CompleteAsync(CancellationToken stop)
    {
        if (!_begun && _failed is null) await WriteAsync(default, stop);
        return _failed ?? StatusOf(await desk.AcceptAsync(_arrival, source, stop));
    }

    /// <summary>The status of a result (PS3.4-2023b table B.2-1). A conflict and a quarantine are stored: a sender must not try again, nor take them for lost.</summary>
    internal static DimseStatus StatusOf(IntakeResult result) => result.Outcome switch
    {
        IntakeOutcome.Stored or IntakeOutcome.Repeated or IntakeOutcome.Conflict or IntakeOutcome.Quarantined => DimseStatus.Success,
        IntakeOutcome.Unavailable => new DimseStatus(result.Failure ?? 0xA700, Comment(result.Reason)),
        IntakeOutcome.OtherStudy => new DimseStatus(result.Failure ?? 0x0124, Comment(result.Reason)),
        _ => new DimseStatus(result.Failure ?? 0xC000, Comment(result.Reason)),
    };

    // PS3.7-2023b C: Error Comment is LO, 64 characters
    private static string? Comment(string? reason) => reason is null ? null : new string([.. reason.Where(c => c is >= ' ' and <= '~' and not '\\').Take(64)]);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => _arrival.DisposeAsync();
}
