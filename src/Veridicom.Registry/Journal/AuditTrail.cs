using System.Globalization;
using Veridicom.Seals.Trust;

namespace Veridicom.Registry.Journal;

/// <summary>An entry as the registry has it.</summary>
public readonly record struct RegistryLine(long Sequence, string Hash, string Line);

/// <summary>What a trail is held against.</summary>
public sealed record TrailEvidence
{
    /// <summary>Whose checkpoints are believed.</summary>
    public required TrustList Trust { get; init; }

    /// <summary>Now.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Checkpoints that were kept elsewhere.</summary>
    public IReadOnlyList<(Checkpoint Checkpoint, SealMessage Message)> Kept { get; init; } = [];

    /// <summary>The entries of the registry in order of their numbers; null compares none.</summary>
    public IAsyncEnumerable<RegistryLine>? Registry { get; init; }

    /// <summary>The registry's newest entry, asked for before the first line of the journal was read: what came later is not looked at.</summary>
    public long RegistryNewest { get; init; }
}

/// <summary>
/// Verifies an audit trail (spec/audit-trail.md 5): the chain in the files, the checkpoints, those kept elsewhere, and the registry. Goes on
/// after a finding, so that all of them come out with their places.
/// </summary>
public sealed class AuditTrail
{
    /// <summary>The most entries that the registry may lack at the end: one batch, of a crash or of a gateway at work.</summary>
    private const int MostBehind = 256;

    private readonly TrailEvidence _evidence;
    private readonly List<TrailProblem> _problems = [];
    private readonly SortedList<long, (Checkpoint Checkpoint, SealMessage Message)> _kept = [];
    private long _problemCount, _entries, _sequence, _behind, _keptUpTo;
    private bool _altered, _unfinished;
    private byte[] _hash = JournalChain.Start;
    private string? _id;
    private int _checkpoints;
    private (Checkpoint Checkpoint, SealMessage Message)? _newest;
    private IAsyncEnumerator<RegistryLine>? _registry;
    private bool _registryEnded;

    private AuditTrail(TrailEvidence evidence) => _evidence = evidence;

    /// <summary>Verifies the lines of a journal. They are taken one by one: a trail of any length needs little memory.</summary>
    public static async Task<TrailReport> VerifyAsync(IEnumerable<JournalLine> journal, TrailEvidence evidence, CancellationToken stop)
    {
        var trail = new AuditTrail(evidence);
        return await trail.RunAsync(journal, stop);
    }

    private async Task<TrailReport> RunAsync(IEnumerable<JournalLine> journal, CancellationToken stop)
    {
        foreach (var kept in _evidence.Kept) CheckKept(kept);
        await using (_registry = _evidence.Registry?.GetAsyncEnumerator(stop))
        {
            await NextRegistryAsync();
            JournalLine? waiting = null; // a line is judged when it is known whether another follows
            foreach (JournalLine line in journal)
            {
                stop.ThrowIfCancellationRequested();
                if (waiting is not null) await TakeAsync(waiting, last: false);
                waiting = line;
            }
            if (waiting is not null) await TakeAsync(waiting, last: true);
            await EndRegistryAsync();
        }
        if (_entries == 0) Add(TrailFinding.NotWhole, 0, "journal", "there is no entry");
        foreach (var kept in _kept.Values)
            Add(TrailFinding.KeptCheckpoint, kept.Checkpoint.Sequence, "checkpoint", Invariant($"the checkpoint kept elsewhere covers entry {kept.Checkpoint.Sequence}, but the trail ends with {_sequence}: its end was cut off"));
        (Checkpoint? signed, string? by) = JudgeNewest();
        return new TrailReport
        {
            JournalId = _id,
            Entries = _entries,
            Newest = _sequence,
            Hash = Convert.ToHexStringLower(_hash),
            Checkpoints = _checkpoints,
            Signed = signed,
            SignedBy = by,
            KeptUpTo = _keptUpTo,
            RegistryCompared = _evidence.Registry is not null,
            RegistryBehind = _behind,
            Unfinished = _unfinished,
            Problems = _problems,
            ProblemCount = _problemCount,
            IsAltered = _altered,
        };
    }

    private async Task TakeAsync(JournalLine line, bool last)
    {
        if (!line.IsWhole && last)
        {
            _unfinished = true;
            return;
        }
        if (!line.IsWhole || !JournalChain.TrySplit(line.Bytes, out string stated, out ReadOnlyMemory<byte> json))
        {
            Add(TrailFinding.LineUnreadable, 0, line.Place, "the line is not a hash and an entry");
            return;
        }
        byte[] before = _hash, next = JournalChain.Next(before, json.Span);
        bool follows = Convert.ToHexStringLower(next) == stated;
        (long sequence, JournalEntry? entry) = Read(line, json);
        if (sequence == 0) sequence = _sequence + 1; // unreadable: the next line says whether it stood here
        if (sequence > _sequence + 1) Add(TrailFinding.EntriesMissing, _sequence + 1, line.Place, Invariant($"entries {_sequence + 1} to {sequence - 1} are missing before this line"));
        else if (sequence <= _sequence) Add(TrailFinding.EntryInserted, sequence, line.Place, Invariant($"entry {sequence} stands behind entry {_sequence}: it was put in, or lines changed places"));
        else if (!follows) Add(TrailFinding.ChainBroken, sequence, line.Place, "the hash does not follow from the line before: this entry or the one before it was changed");
        _entries++;
        if (sequence <= _sequence) return; // what follows is judged as if this line were not there
        long previous = _sequence;
        // From here on what the line itself says counts, so that what follows it is judged by itself.
        (_hash, _sequence) = (Convert.FromHexString(stated), sequence);
        if (_entries == 1) TakeFirst(line, entry);
        if (entry?.Kind == EntryKind.Checkpoint) TakeCheckpoint(line, entry, previous, before);
        if (_kept.Remove(sequence, out var kept)) Compare(kept, line, stated);
        await CompareRegistryAsync(sequence, stated, json);
    }

    private (long, JournalEntry?) Read(JournalLine line, ReadOnlyMemory<byte> json)
    {
        try
        {
            return JournalText.Read(json.Span);
        }
        catch (FormatException e)
        {
            long sequence = JournalText.SequenceOf(json.Span);
            Add(TrailFinding.EntryUnreadable, sequence, line.Place, $"the entry cannot be read: {e.Message}");
            return (sequence, null);
        }
    }

    private void TakeFirst(JournalLine line, JournalEntry? entry)
    {
        try
        {
            _id = entry is null ? null : JournalIdentity.Read(entry);
        }
        catch (FormatException e)
        {
            Add(TrailFinding.NotWhole, 1, line.Place, e.Message);
        }
    }

    private void TakeCheckpoint(JournalLine line, JournalEntry entry, long previous, byte[] before)
    {
        _checkpoints++;
        try
        {
            (Checkpoint checkpoint, SealMessage message) = Checkpoint.ReadText(entry.Detail ?? "", _evidence.Trust.Certificates);
            if (checkpoint.JournalId != _id || checkpoint.Sequence != previous || checkpoint.Hash != Convert.ToHexStringLower(before))
                Add(TrailFinding.CheckpointWrong, _sequence, line.Place, Invariant($"the checkpoint says that entry {checkpoint.Sequence} of journal {checkpoint.JournalId} has the hash {checkpoint.Hash}: the entries before it are others than those that were signed"));
            else if (message.Verify() != TrustCode.Ok)
                Add(TrailFinding.CheckpointForged, _sequence, line.Place, "the signature of the checkpoint is not that of its signer");
            else _newest = (checkpoint, message);
        }
        catch (FormatException e)
        {
            Add(TrailFinding.CheckpointWrong, _sequence, line.Place, $"the checkpoint cannot be read: {e.Message}");
        }
    }

    // The newest vouches for all before it, so it is the one whose signer must be trusted, and now.
    private (Checkpoint?, string?) JudgeNewest()
    {
        if (_newest is not { } newest)
        {
            Add(TrailFinding.Unsigned, 0, "journal", "no checkpoint is right: nobody vouches for these entries");
            return (null, null);
        }
        SealTrust trust = SealTrust.Evaluate(newest.Message, _evidence.Trust, _evidence.Now);
        if (trust.Code == TrustCode.Ok) return (newest.Checkpoint, newest.Message.Signer.SubjectText);
        Add(TrailFinding.Unsigned, newest.Checkpoint.Sequence, "checkpoint", $"the signer of the newest checkpoint, {newest.Message.Signer.SubjectText}, is not trusted ({trust.Code.Name()})");
        return (null, null);
    }

    private void CheckKept((Checkpoint Checkpoint, SealMessage Message) kept)
    {
        SealTrust trust = SealTrust.Evaluate(kept.Message, _evidence.Trust, _evidence.Now);
        if (trust.Signature != TrustCode.Ok) Add(TrailFinding.KeptCheckpoint, kept.Checkpoint.Sequence, "checkpoint", "the signature of the checkpoint kept elsewhere is not that of its signer");
        else if (trust.Code != TrustCode.Ok) Add(TrailFinding.Unsigned, kept.Checkpoint.Sequence, "checkpoint", $"the signer of the checkpoint kept elsewhere, {kept.Message.Signer.SubjectText}, is not trusted ({trust.Code.Name()})");
        _kept[kept.Checkpoint.Sequence] = kept;
    }

    private void Compare((Checkpoint Checkpoint, SealMessage Message) kept, JournalLine line, string hash)
    {
        if (kept.Checkpoint.JournalId != _id) Add(TrailFinding.KeptCheckpoint, _sequence, line.Place, $"the checkpoint kept elsewhere is of journal {kept.Checkpoint.JournalId}");
        else if (kept.Checkpoint.Hash != hash) Add(TrailFinding.KeptCheckpoint, _sequence, line.Place, "the checkpoint kept elsewhere has another hash for this entry: the trail up to here is another one than was signed");
        else _keptUpTo = Math.Max(_keptUpTo, _sequence);
    }

    private async Task CompareRegistryAsync(long sequence, string hash, ReadOnlyMemory<byte> json)
    {
        if (_registry is null) return;
        if (sequence > _evidence.RegistryNewest)
        {
            _behind++;
            return;
        }
        for (; !_registryEnded && _registry.Current.Sequence < sequence; await NextRegistryAsync()) Extra(_registry.Current.Sequence);
        if (_registryEnded || _registry.Current.Sequence > sequence)
        {
            Add(TrailFinding.RegistryMissing, sequence, "registry", Invariant($"the registry lacks entry {sequence}"));
            return;
        }
        RegistryLine line = _registry.Current;
        if (line.Hash != hash || !System.Text.Encoding.UTF8.GetBytes(line.Line).AsSpan().SequenceEqual(json.Span))
            Add(TrailFinding.RegistryDifferent, sequence, "registry", Invariant($"entry {sequence} of the registry is another than that of the journal"));
        await NextRegistryAsync();
    }

    private async Task EndRegistryAsync()
    {
        if (_registry is null) return;
        for (; !_registryEnded; await NextRegistryAsync()) Extra(_registry.Current.Sequence);
        if (_behind > MostBehind)
            Add(TrailFinding.RegistryMissing, _evidence.RegistryNewest + 1, "registry", Invariant($"the registry lacks the last {_behind} entries: more than a crash can explain"));
    }

    private void Extra(long sequence) =>
        Add(TrailFinding.RegistryExtra, sequence, "registry", Invariant($"the registry has an entry {sequence} that the journal does not have there"));

    private async Task NextRegistryAsync()
    {
        if (_registry is not null) _registryEnded = !await _registry.MoveNextAsync() || _registry.Current.Sequence > _evidence.RegistryNewest;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void Add(TrailFinding finding, long sequence, string place, string text)
    {
        _problemCount++;
        _altered |= finding is not (TrailFinding.Unsigned or TrailFinding.EntryUnreadable);
        if (_problems.Count < TrailReport.MostProblems) _problems.Add(new TrailProblem(finding, sequence, place, text));
    }
}
