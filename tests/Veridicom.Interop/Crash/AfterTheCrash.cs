using System.Buffers.Binary;
using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.OpenJpeg;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Store;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Interop.Crash;

/// <summary>Judges what is there when all is over: nothing that was acknowledged is lost, and everything is as the rules say.</summary>
public static class AfterTheCrash
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Waits until the archive has what was acknowledged and no delivery waits any more.</summary>
    public static async Task WaitForDeliveryAsync(CrashSite site, Senders senders, Destination destination, TimeSpan limit, GatewayProcess gateway)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        late.CancelAfter(limit);
        await using IRegistry registry = site.OpenRegistry();
        while (true)
        {
            long waiting = (await registry.DeliveryCountsAsync(Stop)).Where(c => c.State == DeliveryState.Waiting).Sum(c => c.Count);
            if (waiting == 0 && senders.Acknowledged.Keys.All(destination.Received.ContainsKey)) return;
            Assert.False(late.IsCancellationRequested, $"after {limit} {waiting} deliveries wait, {senders.Acknowledged.Keys.Count(uid => !destination.Received.ContainsKey(uid))} acknowledged instances did not arrive\n{gateway.Said}");
            await Task.Delay(200, Stop);
        }
    }

    /// <summary>Looks at every acknowledged instance, at the journal and at the archive. The gateway must be stopped. Returns the figures.</summary>
    public static async Task<string> CheckAsync(CrashSite site, Senders senders, Destination? destination)
    {
        var wrong = new List<string>();
        var options = new VerifyOptions { Trust = site.Trust, Now = DateTimeOffset.UtcNow, Jpeg2000 = OpenJpegWorkers.Shared };
        using FolderStore store = FolderStore.OpenReadOnly(site.Folder);
        await using IRegistry registry = site.OpenRegistry();
        long registered = 0;
        foreach ((string uid, MadeInstance sent) in senders.Acknowledged)
        {
            IReadOnlyList<StoredInstance> found = await registry.InstancesAsync(uid, Stop);
            registered += found.Count;
            if (found.Count != 1 || found[0].State != InstanceState.Accepted)
            {
                wrong.Add($"{uid} stands {found.Count} times in the registry: {string.Join(", ", found.Select(i => i.State))}");
                continue;
            }
            if (found[0].ContentDigest != sent.ContentDigest) wrong.Add($"{uid} has another content than was sent");
            if (Judge(store, found[0], options, out string dataSet) is { } defect) wrong.Add($"{uid} {defect}");
            if (destination is null) continue;
            if (!destination.Received.TryGetValue(uid, out var receipts)) wrong.Add($"{uid} did not reach the archive");
            else if (receipts.Any(r => r.Hash != dataSet)) wrong.Add($"{uid} reached the archive as something else than what is stored");
        }
        (long entries, string delivered) = CheckJournal(site, destination, wrong);
        var listed = new HashSet<ObjectDigest>();
        for (long after = 0; ;)
        {
            IReadOnlyList<StoredInstance> page = await registry.ListAsync(null, after, 1000, Stop);
            if (page.Count == 0) break;
            foreach (StoredInstance instance in page) listed.Add(instance.Object);
            after = page[^1].Sequence;
        }
        int orphans = store.Enumerate().Count(digest => !listed.Contains(digest));
        Assert.True(wrong.Count == 0, $"{wrong.Count} things are wrong:\n{string.Join('\n', wrong.Take(50))}");
        return $"{senders.Acknowledged.Count} acknowledged, {listed.Count} registered, {entries} entries, {orphans} objects of stores that were never acknowledged{delivered}";
    }

    private static string? Judge(FolderStore store, StoredInstance instance, VerifyOptions options, out string dataSet)
    {
        dataSet = "";
        using StoredObject? stored = store.Open(instance.Object);
        if (stored is null) return "is not in the store";
        using var all = new MemoryStream();
        stored.CopyTo(all, 0, stored.Length);
        byte[] bytes = all.ToArray();
        if (ObjectDigest.Of(SHA256.HashData(bytes)) != instance.Object) return "has other bytes than its digest says";
        // PS3.10-2023b 7.1: preamble, prefix, and the length of the meta elements in the first of them
        int meta = 144 + BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(140));
        dataSet = Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(meta)));
        Verdict verdict = Verifier.Verify(new MemorySource(bytes), null, options);
        return verdict.Kind == VerdictKind.Authentic ? null : $"is {verdict.Kind}";
    }

    private static (long Entries, string Figures) CheckJournal(CrashSite site, Destination? destination, List<string> wrong)
    {
        var delivered = new Dictionary<string, DateTimeOffset>();
        var starts = new List<DateTimeOffset>();
        long entries = 0;
        foreach (JournalLine line in JournalLines.Read(Path.Combine(site.Folder, "journal")))
        {
            Assert.True(JournalChain.TrySplit(line.Bytes, out _, out ReadOnlyMemory<byte> json));
            JournalEntry entry = JournalText.Read(json.Span).Entry;
            entries++;
            if (entry.Kind == EntryKind.Started) starts.Add(entry.At);
            if (entry.Kind == EntryKind.Delivered && !delivered.TryAdd(entry.SopInstanceUid!, entry.At)) wrong.Add($"{entry.SopInstanceUid} was delivered twice by the journal");
        }
        if (destination is null) return (entries, "");
        long twice = 0;
        foreach ((string uid, var receipts) in destination.Received)
        {
            twice += receipts.Count - 1;
            if (!delivered.TryGetValue(uid, out DateTimeOffset at)) wrong.Add($"{uid} reached the archive, and the journal does not say so");
            // the journal keeps whole milliseconds, and an association may begin, store and end within one
            else if (receipts.Any(r => r.Began >= at.AddMilliseconds(1)))
            {
                wrong.Add($"{uid} was sent again after the journal said at {at:HH:mm:ss.fff} that it was delivered: associations of {string.Join(", ", receipts.Select(r => $"{r.Began:HH:mm:ss.fff}"))}; starts {string.Join(", ", starts.Where(start => start > receipts.Min(r => r.Began).AddSeconds(-10) && start < receipts.Max(r => r.Began).AddSeconds(10)).Select(start => $"{start:HH:mm:ss.fff}"))}");
            }
        }
        return (entries, $", {destination.Received.Count} delivered, {twice} of them again because a kill came between the archive's answer and the journal");
    }
}
