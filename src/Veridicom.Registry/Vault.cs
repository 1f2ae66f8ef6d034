using System.Security.Cryptography;
using System.Threading.Channels;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Store;
using Veridicom.Seals.Trust;

namespace Veridicom.Registry;

/// <summary>
/// Store, journal and registry, opened together: what makes true that nothing acknowledged is lost. An entry is written to the journal and
/// flushed, then applied to the registry and committed; only then its caller is told. One writer takes whatever waits at a time, with one flush
/// and one transaction. Safe for use by several threads. Closes neither store nor registry.
/// </summary>
public sealed class Vault : IAsyncDisposable
{
    private const int MostBatch = 256, MostBatchText = JournalFiles.BatchBytes, MostWaiting = 4096;
    private readonly VaultOptions _options;
    private readonly JournalFiles _journal;
    private readonly CancellationTokenSource _closing = new();
    private readonly Channel<Waiting> _queue = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private Task _writing = Task.CompletedTask;
    private ITimer? _timer;
    private long _sinceCheckpoint;
    private int _disposed;
    private volatile AppliedEntry? _newest;
    private volatile RegistryException? _behind;

    private Vault(VaultOptions options, IRegistry registry, IObjectStore store, JournalFiles journal)
    {
        (_options, Registry, Store, _journal) = (options, registry, store, journal);
        _sinceCheckpoint = journal.SinceCheckpoint;
    }

    /// <summary>The index.</summary>
    public IRegistry Registry { get; }

    /// <summary>The objects.</summary>
    public IObjectStore Store { get; }

    /// <summary>Identity of the journal, 32 lower-case hexadecimal digits.</summary>
    public string JournalId => _journal.Id!;

    /// <summary>Sequence number and hash of the newest entry that is durable in journal and registry.</summary>
    public (long Sequence, string Hash) Newest => _newest is { } newest ? (newest.Sequence, newest.Hash) : Opened;

    /// <summary>The same, when the vault was opened.</summary>
    public (long Sequence, string Hash) Opened { get; private set; }

    /// <summary>Entries that a crash had left in the journal alone, and that the opening applied to the registry.</summary>
    public long Replayed { get; private set; }

    /// <summary>Bytes of an unfinished write that the opening cut off the journal.</summary>
    public long CutBytes => _journal.CutBytes;

    /// <summary>Why nothing is recorded at the moment: the database is behind the journal and is being tried again. Null where all is well.</summary>
    public RegistryException? Trouble => _behind;

    /// <summary>
    /// To be called before anything is decided by what the registry says: an entry whose caller was told that it failed may stand in the journal and come
    /// into the registry at any moment. Where this returns, all such entries are in it. Whoever gave up waiting by its own token is not among them: its entry may still be under way.
    /// </summary>
    /// <exception cref="RegistryException">The database is behind the journal.</exception>
    public void EnsureCurrent()
    {
        if (_behind is { } trouble) throw Away(trouble);
    }

    /// <summary>
    /// Raised for each entry after it became durable, in order, by one thread at a time, never for entries replayed at the opening. Must not block.
    /// </summary>
    public event Action<AppliedEntry>? Recorded;

    /// <summary>
    /// Opens the journal, checks that it and the registry agree, and applies to the registry what a crash left in the journal alone. The
    /// registry's schema must be up to date.
    /// </summary>
    /// <exception cref="RegistryException">Journal and registry contradict each other, the journal is damaged or in use, or disk or database fail.</exception>
    public static Task<Vault> OpenAsync(VaultOptions options, IRegistry registry, IObjectStore store, CancellationToken stop) =>
        OpenAsync(options, registry, store, Disk.Instance, JournalFiles.FileSize, stop);

    internal static async Task<Vault> OpenAsync(VaultOptions options, IRegistry registry, IObjectStore store, IDiskSteps disk, long fileSize, CancellationToken stop)
    {
        (long Sequence, string Hash) known = await registry.NewestAsync(stop);
        JournalFiles journal = JournalFiles.Open(options.JournalFolder, known, disk, fileSize);
        try
        {
            var vault = new Vault(options, registry, store, journal);
            await vault.CatchUpAsync(known.Sequence, stop);
            if (journal.Sequence == 0) await vault.BeginAsync(stop);
            vault.Opened = (journal.Sequence, Convert.ToHexStringLower(journal.Hash));
            vault._writing = Task.Run(vault.WriteAsync, CancellationToken.None);
            vault._queue.Writer.TryWrite(new Waiting(null, null)); // after a crash, and for a new journal: signed from the first entry on
            if (options.Signer is not null)
                vault._timer = options.Clock.CreateTimer(_ => vault._queue.Writer.TryWrite(new Waiting(null, null)), null, options.CheckpointEvery, options.CheckpointEvery);
            return vault;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    private async Task CatchUpAsync(long known, CancellationToken stop)
    {
        if (known == _journal.Sequence) return;
        foreach (IReadOnlyList<ChainedLine> lines in _journal.After(known, MostBatch))
        {
            stop.ThrowIfCancellationRequested();
            await Registry.ApplyAsync([.. lines.Select(Applied)], stop);
            Replayed += lines.Count;
        }
    }

    private AppliedEntry Applied(ChainedLine line)
    {
        InstanceAttributes? attributes = null;
        if (line.Entry is { Kind: EntryKind.Received, Object: { } digest })
        {
            using StoredObject? stored = Store.Open(digest);
            if (stored is not null) attributes = _options.ReadAttributes(stored);
        }
        return new AppliedEntry(line.Sequence, Convert.ToHexStringLower(line.Hash), line.Json, line.Entry, attributes);
    }

    private async Task BeginAsync(CancellationToken stop)
    {
        string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        JournalEntry entry = Whole(JournalIdentity.Entry(id, _options.Clock.GetUtcNow()));
        byte[] json = JournalText.Write(1, entry), hash = JournalChain.Next(JournalChain.Start, json);
        _journal.Append(JournalChain.Line(hash, json), new ChainedEnd(1, hash, id));
        _sinceCheckpoint = 1;
        await Registry.ApplyAsync([new AppliedEntry(1, Convert.ToHexStringLower(hash), json, entry, null)], stop);
    }

    /// <summary>
    /// Records an entry. When the task ends it is durable in journal and registry. Where <paramref name="stop"/> is cancelled the caller waits no
    /// longer; the entry may become durable all the same, as it may after an exception that says that the database is away.
    /// </summary>
    /// <param name="entry">What happened. Its time is cut to milliseconds.</param>
    /// <param name="attributes">Received: what searches need.</param>
    /// <param name="stop">Ends the waiting.</param>
    /// <exception cref="RegistryException">It could not be made durable now.</exception>
    /// <exception cref="ArgumentException">It is longer than <see cref="JournalText.MostBytes"/>, or takes in an instance without saying which.</exception>
    public async Task<AppliedEntry> RecordAsync(JournalEntry entry, InstanceAttributes? attributes, CancellationToken stop)
    {
        // What no registry can apply must not come into the journal: it would be in the way of all that follows, for ever.
        if (entry is { Kind: EntryKind.Received } and not { Object: not null, Size: >= 0, State: not null }) throw new ArgumentException("what was received has an object, a size and a state", nameof(entry));
        var waiting = new Waiting(Whole(entry), attributes);
        await EnqueueAsync(waiting, stop);
        return (await waiting.Done.Task.WaitAsync(stop))!;
    }

    /// <summary>Writes a signed checkpoint over all entries so far; null where nothing was added since the last, or nobody signs.</summary>
    /// <exception cref="RegistryException">It could not be made durable now.</exception>
    /// <exception cref="TrustException">It could not be signed.</exception>
    public async Task<AppliedEntry?> CheckpointAsync(CancellationToken stop)
    {
        var waiting = new Waiting(null, null);
        await EnqueueAsync(waiting, stop);
        return await waiting.Done.Task.WaitAsync(stop);
    }

    private async Task EnqueueAsync(Waiting waiting, CancellationToken stop)
    {
        EnsureCurrent();
        try
        {
            await _queue.Writer.WriteAsync(waiting, stop);
        }
        catch (ChannelClosedException e)
        {
            throw new RegistryException("the vault is closed", canRetry: true, e);
        }
    }

    private static RegistryException Away(RegistryException why) => new($"nothing is recorded before the database has caught up with the journal ({why.Message})", canRetry: true, why);

    private static JournalEntry Whole(JournalEntry entry) =>
        entry with { At = new DateTimeOffset(entry.At.UtcTicks - entry.At.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero) };

    private async Task WriteAsync()
    {
        var batch = new List<Waiting>(MostBatch);
        while (await _queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            for (long size = 0; batch.Count < MostBatch && size < MostBatchText && _queue.Reader.TryRead(out Waiting? waiting); size += waiting.Entry?.Detail?.Length ?? 0) batch.Add(waiting);
            try
            {
                await WriteAsync(batch);
            }
            catch (Exception e)
            {
                // Of a journal that could not be written; anything else is a defect, and each caller is told of it.
                foreach (Waiting waiting in batch) waiting.Done.TrySetException(e);
            }
        }
    }

    private async Task WriteAsync(List<Waiting> batch)
    {
        EnsureCurrent(); // closing, and the database never caught up
        var applied = new List<AppliedEntry>(batch.Count + 1);
        var done = new List<Waiting>(batch.Count + 1);
        using var lines = new MemoryStream();
        (long sequence, byte[] hash) = (_journal.Sequence, _journal.Hash);
        long since = _sinceCheckpoint;
        foreach (Waiting waiting in batch) Add(waiting);
        if (_options.Signer is not null && since >= _options.CheckpointEntries) Add(new Waiting(null, null));
        if (applied.Count == 0) return;

        _journal.Append(lines.GetBuffer().AsSpan(0, (int)lines.Length), new ChainedEnd(sequence, hash));
        _sinceCheckpoint = since;
        if (!await ApplyAsync(applied, done)) return;
        _newest = applied[^1];
        for (int i = 0; i < applied.Count; i++) done[i].Done.TrySetResult(applied[i]);
        foreach (AppliedEntry entry in applied) Raise(entry);

        void Add(Waiting waiting)
        {
            try
            {
                JournalEntry? entry = waiting.Entry ?? MakeCheckpoint(sequence, hash, since);
                if (entry is null)
                {
                    waiting.Done.TrySetResult(null);
                    return;
                }
                byte[] json = JournalText.Write(sequence + 1, entry);
                byte[] next = JournalChain.Next(hash, json);
                lines.Write(JournalChain.Line(next, json));
                (sequence, hash) = (sequence + 1, next);
                since = entry.Kind == EntryKind.Checkpoint ? 0 : since + 1;
                applied.Add(new AppliedEntry(sequence, Convert.ToHexStringLower(next), json, entry, waiting.Attributes));
                done.Add(waiting);
            }
            catch (Exception e)
            {
                // One entry that is too long, or a key that does not sign, is no reason to fail the others.
                if (waiting.Entry is null) _options.Report?.Invoke("a checkpoint could not be signed", e);
                waiting.Done.TrySetException(e);
            }
        }
    }

    private JournalEntry? MakeCheckpoint(long sequence, byte[] hash, long since)
    {
        if (_options.Signer is not { } signer || since == 0) return null;
        DateTimeOffset now = _options.Clock.GetUtcNow();
        var checkpoint = new Checkpoint(JournalId, sequence, Convert.ToHexStringLower(hash), now.AddTicks(-(now.UtcTicks % TimeSpan.TicksPerSecond)));
        return Whole(new JournalEntry { Kind = EntryKind.Checkpoint, At = now, Who = Actor.Gateway, Detail = Convert.ToBase64String(checkpoint.Sign(signer)) });
    }

    /// <summary>
    /// Applies entries that are in the journal already: there is no way back, so it is tried until it is done, or the vault is closed and the next
    /// opening does it. False for the latter.
    /// </summary>
    private async Task<bool> ApplyAsync(List<AppliedEntry> entries, List<Waiting> batch)
    {
        long began = _options.Clock.GetTimestamp();
        var pause = TimeSpan.FromMilliseconds(50);
        for (; ; )
        {
            try
            {
                // A commit whose answer was lost is no harm: what was applied before is passed over.
                using var limit = new CancellationTokenSource(_options.DatabasePatience, _options.Clock);
                await Registry.ApplyAsync(entries, limit.Token);
                _behind = null;
                return true;
            }
            catch (Exception e)
            {
                _options.Report?.Invoke("the database does not take what is in the journal; it is tried again", e);
                bool closing = _closing.IsCancellationRequested;
                if (_behind is not null || closing || e is RegistryException { CanRetry: false } || _options.Clock.GetElapsedTime(began) >= _options.DatabasePatience)
                {
                    _behind ??= e as RegistryException ?? new RegistryException($"the database failed: {e.Message}", canRetry: true, e);
                    RegistryException away = Away(_behind);
                    foreach (Waiting waiting in batch) waiting.Done.TrySetException(away);
                    while (_queue.Reader.TryRead(out Waiting? waiting)) waiting.Done.TrySetException(away);
                    if (closing) return false;
                }
            }
            try
            {
                await Task.Delay(pause, _options.Clock, _closing.Token);
            }
            catch (OperationCanceledException)
            {
                // Closing: one last try.
            }
            if (pause < TimeSpan.FromSeconds(5)) pause *= 2;
        }
    }

    private void Raise(AppliedEntry entry)
    {
        foreach (Delegate subscriber in Recorded?.GetInvocationList() ?? [])
        {
            try
            {
                ((Action<AppliedEntry>)subscriber)(entry);
            }
            catch (Exception e)
            {
                _options.Report?.Invoke("a subscriber of what is recorded failed", e);
            }
        }
    }

    /// <summary>Records what waits, writes a last checkpoint, and closes the journal. Where the database is away the next opening catches up.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        if (_timer is not null) await _timer.DisposeAsync();
        if (_behind is null) _queue.Writer.TryWrite(new Waiting(null, null));
        _queue.Writer.TryComplete();
        _closing.CancelAfter(_behind is null ? _options.DatabasePatience : TimeSpan.Zero);
        await _writing;
        _journal.Dispose();
        _closing.Dispose();
    }

    /// <summary>An entry, or a wish for a checkpoint, and who waits for it.</summary>
    private sealed class Waiting(JournalEntry? entry, InstanceAttributes? attributes)
    {
        public JournalEntry? Entry { get; } = entry;

        public InstanceAttributes? Attributes { get; } = attributes;

        /// <summary>Ends with the entry; with null where no checkpoint was needed.</summary>
        public TaskCompletionSource<AppliedEntry?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
