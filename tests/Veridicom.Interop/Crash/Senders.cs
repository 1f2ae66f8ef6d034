using System.Collections.Concurrent;
using Veridicom.Dimse;
using Veridicom.Dimse.Provider;
using Veridicom.Dimse.User;

namespace Veridicom.Interop.Crash;

/// <summary>Scanners that send without pause over several associations, and remember what was acknowledged to them.</summary>
public sealed class Senders(int seed, int associations)
{
    private readonly ConcurrentQueue<MadeInstance> _again = new();
    private int _number;

    /// <summary>What was acknowledged with success, by SOP Instance UID.</summary>
    public ConcurrentDictionary<string, MadeInstance> Acknowledged { get; } = new();

    /// <summary>Stores that were refused, by status.</summary>
    public ConcurrentDictionary<ushort, int> Refused { get; } = new();

    /// <summary>Sends until the gateway is gone or <paramref name="stop"/> is cancelled. What got no answer is sent again later, or never: half and half.</summary>
    public Task SendAsync(int port, CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, associations).Select(i => Task.Run(() => SendAsync(port, new Random(seed + i), stop), CancellationToken.None)));

    private async Task SendAsync(int port, Random random, CancellationToken stop)
    {
        MadeInstance? unanswered = null;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await using UserAssociation association = await DimseClient.OpenAsync(
                    new DimseTarget("127.0.0.1", port, "VERIDICOM", "SCANNER"), Proposal.ForStorage([(MadeInstance.SopClass, MadeInstance.TransferSyntax)]), stop);
                for (int left = random.Next(1, 30); left > 0 && !stop.IsCancellationRequested; left--)
                {
                    unanswered = _again.TryDequeue(out MadeInstance? repeated) ? repeated : MadeInstance.Make(seed, Interlocked.Increment(ref _number));
                    using var data = new MemoryStream(unanswered.DataSet);
                    DimseStatus status = await association.StoreAsync(new StoreHeader(MadeInstance.SopClass, unanswered.Uid, MadeInstance.TransferSyntax), data, data.Length);
                    if (status.IsStored) Acknowledged[unanswered.Uid] = unanswered;
                    else
                    {
                        Refused.AddOrUpdate(status.Code, 1, (_, count) => count + 1);
                        _again.Enqueue(unanswered);
                    }
                    unanswered = null;
                }
                await association.ReleaseAsync();
            }
        }
        catch (Exception e) when (e is DimseException or OperationCanceledException)
        {
            if (unanswered is not null && random.Next(2) == 0) _again.Enqueue(unanswered);
        }
    }
}
