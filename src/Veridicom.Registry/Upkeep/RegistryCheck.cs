using System.Globalization;
using System.Text;
using Veridicom.Dicom;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Sql;
using Veridicom.Registry.Store;
using Veridicom.Seals.Trust;

namespace Veridicom.Registry.Upkeep;

/// <summary>What a check looks at.</summary>
public sealed record CheckSetup
{
    /// <summary>The registry; changed by nothing here.</summary>
    public required SqlRegistry Registry { get; init; }

    /// <summary>The objects.</summary>
    public required IObjectStore Store { get; init; }

    /// <summary>Folder of the journal.</summary>
    public required string JournalFolder { get; init; }

    /// <summary>An empty folder, for a registry that is made anew beside the other, about as large. Readable by nobody else: it holds names of patients.</summary>
    public required string ScratchFolder { get; init; }

    /// <summary><see cref="VaultOptions.ReadAttributes"/>.</summary>
    public required Func<ByteSource, InstanceAttributes?> ReadAttributes { get; init; }

    /// <summary>Looks whether objects are there and how long they are, and does not read them: attributes are then taken from the registry.</summary>
    public bool Quick { get; init; }

    /// <summary>Told what is being done, and how far it has come. By one thread at a time.</summary>
    public Action<string, long>? Progress { get; init; }
}

/// <summary>
/// Compares store, journal and registry. From the journal and the files a second registry is made, and both are read side by side: every row that
/// is missing, too many or other comes out. Needs little memory, however much there is. May run beside a gateway at work: what comes in meanwhile
/// is looked at up to the moment in which the registry is read, in one snapshot.
/// </summary>
public sealed class RegistryCheck
{
    private const int Batch = 512;
    private const string Rebuild = "stop the gateway and run 'veridicom registry rebuild'";

    private readonly CheckSetup _setup;
    private readonly CancellationToken _stop;
    private readonly List<CheckProblem> _problems = [];
    private readonly SortedDictionary<CheckFinding, long> _counts = [];
    private long _applied, _instances, _objects, _rows;
    private byte[] _hash = JournalChain.Start;

    private RegistryCheck(CheckSetup setup, CancellationToken stop) => (_setup, _stop) = (setup, stop);

    /// <summary>Checks everything. Disagreements are the report's; only disk and database may throw.</summary>
    /// <exception cref="RegistryException">Disk or database failed, so that nothing can be said.</exception>
    public static Task<CheckReport> RunAsync(CheckSetup setup, CancellationToken stop) => new RegistryCheck(setup, stop).RunAsync();

    private async Task<CheckReport> RunAsync()
    {
        (bool sound, long behind) = await CheckJournalAsync();
        await using SqliteRegistry shadow = SqliteRegistry.Open(Path.Combine(_setup.ScratchFolder, "check.db"));
        await shadow.MigrateAsync(_stop);
        bool compared = sound && await ReplayAsync(shadow, (await _setup.Registry.NewestAsync(_stop)).Sequence);
        if (compared) await _setup.Registry.SnapshotAsync(async ours => await CompareAsync(shadow, ours), _stop);
        await FindUnknownAsync(compared ? shadow : _setup.Registry);
        return new CheckReport
        {
            Entries = _applied, Instances = _instances, Objects = _objects, Rows = _rows, RowsCompared = compared, RegistryBehind = behind, Problems = _problems, Counts = _counts,
        };
    }

    /// <summary>The files of the journal, and the registry's entries beside them. False where no replay can be made of them.</summary>
    private async Task<(bool Sound, long Behind)> CheckJournalAsync()
    {
        Tell("journal", 0);
        long newest = (await _setup.Registry.NewestAsync(_stop)).Sequence;
        try
        {
            TrailReport trail = await AuditTrail.VerifyAsync(JournalLines.Read(_setup.JournalFolder), new TrailEvidence
            {
                // Who signed is not the question here: 'audit-trail verify' asks it.
                Trust = TrustList.Empty, Now = DateTimeOffset.UnixEpoch, Registry = LinesAsync(), RegistryNewest = newest,
            }, _stop);
            bool sound = true;
            foreach (TrailProblem problem in trail.Problems)
            {
                if (problem.Finding == TrailFinding.Unsigned) continue;
                bool registry = problem.Finding is TrailFinding.RegistryMissing or TrailFinding.RegistryDifferent or TrailFinding.RegistryExtra;
                sound &= registry || problem.Finding is TrailFinding.CheckpointForged or TrailFinding.CheckpointWrong;
                if (registry) Add(CheckFinding.EntryDifferent, $"{problem.Place} {problem.Sequence}", problem.Text, problem.Finding == TrailFinding.RegistryExtra
                    ? "see whether the journal was cut off: restore it, or " + Rebuild : Rebuild);
                else Add(CheckFinding.JournalDamaged, problem.Place, problem.Text, "restore the file from a copy; 'veridicom audit-trail verify' says what is proven");
            }
            return (sound, trail.RegistryBehind);
        }
        catch (RegistryException e) when (!e.CanRetry)
        {
            Add(CheckFinding.JournalDamaged, "journal", e.Message, "restore the file from a copy");
            return (false, 0);
        }
    }

    private async IAsyncEnumerable<RegistryLine> LinesAsync()
    {
        for (long after = 0; ;)
        {
            IReadOnlyList<(long Sequence, string Hash, string Line)> lines = await _setup.Registry.JournalAsync(after, Batch, _stop);
            if (lines.Count == 0) yield break;
            foreach ((long sequence, string hash, string line) in lines) yield return new RegistryLine(sequence, hash, line);
            after = lines[^1].Sequence;
        }
    }

    /// <summary>Brings the second registry up to an entry, and looks at the objects on the way.</summary>
    private async Task<bool> ReplayAsync(SqliteRegistry shadow, long upTo)
    {
        var batch = new List<ChainedLine>(Batch);
        try
        {
            long sequence = 0;
            foreach (JournalLine line in JournalLines.Read(_setup.JournalFolder))
            {
                if (sequence >= upTo) break;
                // Numbers have no gaps: that was seen.
                if (++sequence <= _applied) continue;
                ChainedLine next = ChainedLine.Follow(sequence - 1, _hash, line);
                _hash = next.Hash;
                batch.Add(next);
                if (batch.Count == Batch) await ApplyAsync(shadow, batch);
            }
            await ApplyAsync(shadow, batch);
            return true;
        }
        catch (FormatException e)
        {
            Add(CheckFinding.JournalDamaged, "journal", e.Message, "restore the file from a copy");
            return false;
        }
    }

    private async Task ApplyAsync(SqliteRegistry shadow, List<ChainedLine> batch)
    {
        if (batch.Count == 0) return;
        var received = batch.Where(line => line.Entry is { Kind: EntryKind.Received, Object: not null }).ToList();
        Dictionary<long, InstanceAttributes> known = await _setup.Registry.AttributesAsync([.. received.Select(line => line.Sequence)], _stop);
        var looked = new ObjectLook[received.Count];
        await Parallel.ForAsync(0, received.Count, _stop, async (i, stop) => looked[i] = await LookAsync(received[i].Entry, stop));
        var attributes = new Dictionary<long, InstanceAttributes?>();
        for (int i = 0; i < received.Count; i++)
        {
            ChainedLine line = received[i];
            _instances++;
            if (looked[i].Problem is { } problem) Add(problem with { Text = Invariant($"{problem.Text} (entry {line.Sequence})") });
            // What cannot be read from the file is not held against the row as well.
            attributes[line.Sequence] = looked[i].WasRead ? looked[i].Attributes : known.GetValueOrDefault(line.Sequence);
        }
        await shadow.ApplyAsync([.. batch.Select(line => new AppliedEntry(line.Sequence, Convert.ToHexStringLower(line.Hash), line.Json, line.Entry, attributes.GetValueOrDefault(line.Sequence)))], _stop);
        _applied = batch[^1].Sequence;
        batch.Clear();
        Tell(_setup.Quick ? "entries" : "entries, with their objects", _applied);
    }

    private async Task<ObjectLook> LookAsync(JournalEntry entry, CancellationToken stop)
    {
        ObjectDigest digest = entry.Object!.Value;
        using StoredObject? stored = _setup.Store.Open(digest);
        if (stored is null)
            return new(false, null, new CheckProblem(CheckFinding.ObjectMissing, $"object {digest}", "it is not in the store", "restore it from a copy, or from where it was forwarded to: its name is the SHA-256 of its bytes"));
        if (!_setup.Quick && !await _setup.Store.CheckAsync(digest, stop))
            return new(false, null, new CheckProblem(CheckFinding.ObjectAltered, $"object {digest}", "its bytes are not those that were stored", "keep it as evidence and restore it from a copy; look at the disk"));
        if (stored.Length != entry.Size)
            return new(false, null, new CheckProblem(CheckFinding.ObjectSize, $"object {digest}", Invariant($"it has {stored.Length} bytes where the journal says {entry.Size}"), "keep it as evidence and restore it from a copy; look at the disk"));
        return _setup.Quick ? new(false, null, null) : new(true, _setup.ReadAttributes(stored), null);
    }

    private async Task<bool> CompareAsync(SqliteRegistry shadow, SqlSession ours)
    {
        long newest = await ours.FirstAsync<long?>("SELECT MAX(sequence) FROM journal") ?? 0;
        if (newest > _applied && !await ReplayAsync(shadow, newest)) return false;
        foreach (TableLayout table in TableLayout.All)
        {
            await shadow.SnapshotAsync(async theirs =>
            {
                await CompareAsync(table, theirs, ours);
                return true;
            }, _stop);
        }
        return true;
    }

    private async Task CompareAsync(TableLayout table, SqlSession expected, SqlSession found)
    {
        await using IAsyncEnumerator<object?[]> wanted = expected.StreamAsync(table.Select).GetAsyncEnumerator(_stop), actual = found.StreamAsync(table.Select).GetAsyncEnumerator(_stop);
        bool moreWanted = await wanted.MoveNextAsync(), moreActual = await actual.MoveNextAsync();
        while (moreWanted || moreActual)
        {
            int order = !moreWanted ? 1 : !moreActual ? -1 : table.Compare(wanted.Current, actual.Current);
            if (order == 0) CompareRow(table, wanted.Current, actual.Current);
            // Whole entries were compared with the files already.
            else if (table.Name != "journal")
            {
                if (order < 0) Add(CheckFinding.RowMissing, Place(table, wanted.Current), "the registry lacks this row", Rebuild);
                else Add(CheckFinding.RowExtra, Place(table, actual.Current), "nothing in the journal says that this row should be", Rebuild);
            }
            if (order >= 0)
            {
                moreActual = await actual.MoveNextAsync();
                if (++_rows % 10000 == 0) Tell("rows", _rows);
            }
            if (order <= 0) moreWanted = await wanted.MoveNextAsync();
        }
    }

    private void CompareRow(TableLayout table, object?[] right, object?[] found)
    {
        List<string> other = [];
        for (int i = 0; i < table.Columns.Length; i++)
        {
            if (table.Name == "journal" && table.Columns[i] is "hash" or "line") continue;
            if (!Equals(right[table.Keys.Length + i], found[table.Keys.Length + i])) other.Add(table.Columns[i]);
        }
        if (other.Count > 0) Add(CheckFinding.RowDifferent, Place(table, found), $"it says something else than journal and files: {string.Join(", ", other)}", Rebuild);
    }

    // Forms of names are patients' names: the study tells where to look.
    private static string Place(TableLayout table, object?[] row) =>
        $"{table.Name} {string.Join(", ", table.Keys.Select((key, i) => key == "form" ? "form" : Convert.ToString(row[i], CultureInfo.InvariantCulture)))}";

    /// <summary>Objects that no entry took in. Those that a gateway takes in at this moment are known by the time they are asked for again.</summary>
    private async Task FindUnknownAsync(SqlRegistry registry)
    {
        var unknown = new List<ObjectDigest>();
        await registry.SnapshotAsync(async session =>
        {
            await using IAsyncEnumerator<object?[]> named = session.StreamAsync("SELECT DISTINCT object FROM instance ORDER BY object").GetAsyncEnumerator(_stop);
            bool more = await named.MoveNextAsync();
            foreach (ObjectDigest digest in _setup.Store.Enumerate())
            {
                _stop.ThrowIfCancellationRequested();
                if (++_objects % 10000 == 0) Tell("objects", _objects);
                while (more && string.CompareOrdinal((string)named.Current[0]!, digest.Hex) < 0) more = await named.MoveNextAsync();
                if (!more || (string)named.Current[0]! != digest.Hex) unknown.Add(digest);
            }
            return true;
        }, _stop);
        LeaveOutComing(unknown);
        foreach (ObjectDigest digest in unknown)
        {
            if (!await _setup.Registry.NamesAsync(digest, _stop) || await NamedByRowAloneAsync(registry, digest))
                Add(CheckFinding.ObjectUnknown, $"object {digest}", "no entry of the journal took it in",
                    "a crash may have left it before anything was acknowledged, or a running gateway is just taking it in: where a second check names it again, 'veridicom registry rebuild --adopt' takes it into quarantine");
        }
    }

    // Those of entries that are in the journal and yet to come into the registry are none: after a loss of power they may have been acknowledged.
    private void LeaveOutComing(List<ObjectDigest> unknown)
    {
        HashSet<ObjectDigest> left = [.. unknown];
        try
        {
            foreach (JournalLine line in JournalLines.Read(_setup.JournalFolder))
            {
                _stop.ThrowIfCancellationRequested();
                if (left.Count == 0) break;
                if (!line.IsWhole || !JournalChain.TrySplit(line.Bytes, out _, out ReadOnlyMemory<byte> json) || JournalText.SequenceOf(json.Span) <= _applied) continue;
                if (ReceivedBy(json.Span) is { } digest) left.Remove(digest);
            }
        }
        catch (RegistryException e) when (!e.CanRetry)
        {
            // a journal that cannot be read is reported where it is checked
        }
        unknown.RemoveAll(digest => !left.Contains(digest));
    }

    private static ObjectDigest? ReceivedBy(ReadOnlySpan<byte> line)
    {
        try
        {
            JournalEntry entry = JournalText.Read(line).Entry;
            return entry.Kind == EntryKind.Received ? entry.Object : null;
        }
        catch (FormatException)
        {
            return null; // so is a line
        }
    }

    // A row that nothing in the journal explains does not make its object known.
    private async Task<bool> NamedByRowAloneAsync(SqlRegistry registry, ObjectDigest digest) =>
        registry != _setup.Registry && (await _setup.Registry.SnapshotAsync(session => session.FirstAsync<long?>("SELECT MIN(sequence) FROM instance WHERE object = @digest", new { digest = digest.Hex }), _stop)) is { } sequence && sequence <= _applied;

    private void Tell(string what, long count) => _setup.Progress?.Invoke(what, count);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void Add(CheckFinding finding, string place, string text, string remedy) => Add(new CheckProblem(finding, place, text, remedy));

    private void Add(CheckProblem problem)
    {
        _counts[problem.Finding] = _counts.GetValueOrDefault(problem.Finding) + 1;
        if (_problems.Count < CheckReport.MostProblems) _problems.Add(problem);
    }

    /// <summary>What one object is like.</summary>
    private readonly record struct ObjectLook(bool WasRead, InstanceAttributes? Attributes, CheckProblem? Problem);
}
