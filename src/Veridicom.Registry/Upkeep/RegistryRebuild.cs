using Veridicom.Dicom;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Store;

namespace Veridicom.Registry.Upkeep;

/// <summary>What a rebuild did.</summary>
/// <param name="Entries">Entries replayed.</param>
/// <param name="Instances">Instances among them that were taken in.</param>
/// <param name="Unread">Of those the ones whose object is missing or cannot be read, so that they have no attributes: <see cref="RegistryCheck"/> tells them apart.</param>
public sealed record RebuildReport(long Entries, long Instances, long Unread);

/// <summary>
/// Makes the registry anew: empties it and replays the journal, with attributes read from the stored files. Holds the journal's lock, so that no
/// gateway is at work. Ended before its time it leaves a registry that is right up to some entry; the next opening goes on from there.
/// </summary>
public static class RegistryRebuild
{
    private const int Batch = 512;

    /// <summary>Why objects are taken in that stood in the store without an entry.</summary>
    public const string AdoptedWhy = "found in the store";

    /// <summary>Rebuilds.</summary>
    /// <param name="options">The journal, and how attributes are read.</param>
    /// <param name="registry">Emptied first. Its schema is brought up to date.</param>
    /// <param name="store">The objects.</param>
    /// <param name="known">The newest entry that the registry before had: the journal must have it, or nothing is done, since cutting off what a
    /// crash may have left could lose what was acknowledged. Null for what <paramref name="registry"/> says; (0, "") takes the journal as it is.</param>
    /// <param name="progress">Told how many entries are done.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="RegistryException">The journal is damaged or in use, or disk or database fail.</exception>
    public static async Task<RebuildReport> RunAsync(VaultOptions options, IRegistry registry, IObjectStore store, (long Sequence, string Hash)? known, Action<long>? progress, CancellationToken stop)
    {
        await registry.MigrateAsync(stop);
        JournalFiles.Open(options.JournalFolder, known ?? await registry.NewestAsync(stop), Disk.Instance).Dispose();
        // Again, and the whole chain before anything is emptied: a journal that is damaged rebuilds nothing.
        using JournalFiles journal = JournalFiles.Open(options.JournalFolder, (0, ""), Disk.Instance);
        await registry.ClearAsync(stop);
        long entries = 0, instances = 0, unread = 0;
        foreach (IReadOnlyList<ChainedLine> lines in journal.After(0, Batch))
        {
            stop.ThrowIfCancellationRequested();
            var attributes = new InstanceAttributes?[lines.Count];
            await Parallel.ForAsync(0, lines.Count, stop, (i, _) =>
            {
                if (lines[i].Entry is { Kind: EntryKind.Received, Object: { } digest })
                {
                    using StoredObject? stored = store.Open(digest);
                    if (stored is not null) attributes[i] = options.ReadAttributes(stored);
                }
                return ValueTask.CompletedTask;
            });
            await registry.ApplyAsync([.. lines.Select((line, i) => new AppliedEntry(line.Sequence, Convert.ToHexStringLower(line.Hash), line.Json, line.Entry, attributes[i]))], stop);
            entries += lines.Count;
            instances += lines.Count(line => line.Entry.Kind == EntryKind.Received);
            unread += lines.Where((line, i) => line.Entry.Kind == EntryKind.Received && attributes[i] is null).Count();
            progress?.Invoke(entries);
        }
        return new RebuildReport(entries, instances, unread);
    }

    /// <summary>
    /// Takes in the objects that no entry of the journal names, into quarantine: nobody has looked at them, and an operator decides. An object
    /// whose bytes are not those of its name is passed over.
    /// </summary>
    /// <param name="vault">Open, its registry complete.</param>
    /// <param name="who">The operator.</param>
    /// <param name="clock">What time it is.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>Number of objects taken in.</returns>
    public static async Task<long> AdoptAsync(Vault vault, Actor who, TimeProvider clock, CancellationToken stop)
    {
        HashSet<ObjectDigest> unknown = [.. vault.Store.Enumerate()];
        for (long after = 0; ;)
        {
            IReadOnlyList<StoredInstance> page = await vault.Registry.ListAsync(null, after, Batch, stop);
            if (page.Count == 0) break;
            foreach (StoredInstance instance in page) unknown.Remove(instance.Object);
            after = page[^1].Sequence;
        }
        long adopted = 0;
        foreach (ObjectDigest digest in unknown.OrderBy(d => d.Hex, StringComparer.Ordinal))
        {
            if (!await vault.Store.CheckAsync(digest, stop)) continue;
            using StoredObject? stored = vault.Store.Open(digest);
            if (stored is null) continue;
            DicomFile? file = TryParse(stored);
            await vault.RecordAsync(new JournalEntry
            {
                Kind = EntryKind.Received, At = clock.GetUtcNow(), Who = who, Why = AdoptedWhy, Outcome = EntryOutcome.SeriousFailure, State = InstanceState.Quarantined, Route = "",
                StudyUid = Uid(file, 0x0020, 0x000D), SeriesUid = Uid(file, 0x0020, 0x000E), SopInstanceUid = Uid(file, 0x0008, 0x0018), SopClassUid = Uid(file, 0x0008, 0x0016),
                TransferSyntaxUid = file?.TransferSyntax.Uid ?? "", Object = digest, Size = stored.Length, ContentDigest = "", Verdict = "unverifiable", Detail = "not verified",
            }, file is null ? null : InstanceAttributes.Read(file.DataSet), stop);
            adopted++;
        }
        return adopted;
    }

    private static DicomFile? TryParse(StoredObject stored)
    {
        try
        {
            return DicomFile.Parse(stored);
        }
        catch (DicomException)
        {
            return null;
        }
    }

    private static string Uid(DicomFile? file, ushort group, ushort element) =>
        file?.DataSet.Ascii(new DicomTag(group, element)) is { Length: > 0 and <= 64 } uid && uid.AsSpan().IndexOfAnyExcept("0123456789.") < 0 ? uid : "";
}
