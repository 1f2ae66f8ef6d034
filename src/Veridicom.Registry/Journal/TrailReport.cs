namespace Veridicom.Registry.Journal;

/// <summary>What a verification of an audit trail found wrong.</summary>
public enum TrailFinding
{
    /// <summary>A line is no line of a journal.</summary>
    LineUnreadable,
    /// <summary>The hash of a line does not follow from the line before: one of the two was changed, put in, or follows one that was removed.</summary>
    ChainBroken,
    /// <summary>Sequence numbers are missing.</summary>
    EntriesMissing,
    /// <summary>A sequence number comes again, or goes back.</summary>
    EntryInserted,
    /// <summary>A file is missing, or the first entry does not name the journal.</summary>
    NotWhole,
    /// <summary>A checkpoint says something other than the entries before it.</summary>
    CheckpointWrong,
    /// <summary>The signature of a checkpoint is not that of its signer.</summary>
    CheckpointForged,
    /// <summary>A checkpoint kept elsewhere says something other than the trail, or lies behind its end.</summary>
    KeptCheckpoint,
    /// <summary>The registry lacks entries.</summary>
    RegistryMissing,
    /// <summary>The registry has another entry in this place.</summary>
    RegistryDifferent,
    /// <summary>The registry has entries that the journal does not have.</summary>
    RegistryExtra,
    /// <summary>No newest checkpoint, or one of a signer that is not trusted: the chain is whole, but nobody who is trusted vouches for it.</summary>
    Unsigned,
    /// <summary>An entry has its place in the chain, but this version cannot read it.</summary>
    EntryUnreadable,
}

/// <summary>One thing that is wrong.</summary>
/// <param name="Finding">What kind.</param>
/// <param name="Sequence">Sequence number concerned, 0 where none is known.</param>
/// <param name="Place">File and line, 'registry', or 'checkpoint'.</param>
/// <param name="Text">For people.</param>
public sealed record TrailProblem(TrailFinding Finding, long Sequence, string Place, string Text);

/// <summary>What a verification of an audit trail says: spec/audit-trail.md 5.</summary>
public sealed record TrailReport
{
    /// <summary>Problems that are kept; <see cref="ProblemCount"/> has them all.</summary>
    public const int MostProblems = 1000;

    /// <summary>Identity of the journal, null where its first entry does not give one.</summary>
    public string? JournalId { get; init; }

    /// <summary>Lines that were read as entries of the chain.</summary>
    public required long Entries { get; init; }

    /// <summary>Sequence number of the last.</summary>
    public required long Newest { get; init; }

    /// <summary>Hash of the last.</summary>
    public required string Hash { get; init; }

    /// <summary>Checkpoints found.</summary>
    public required int Checkpoints { get; init; }

    /// <summary>The newest checkpoint that is right, and signed by somebody who is trusted now; null where there is none.</summary>
    public Checkpoint? Signed { get; init; }

    /// <summary>Who signed it.</summary>
    public string? SignedBy { get; init; }

    /// <summary>The newest entry that a kept checkpoint vouches for, 0 without one.</summary>
    public long KeptUpTo { get; init; }

    /// <summary>Whether the registry's entries were compared.</summary>
    public required bool RegistryCompared { get; init; }

    /// <summary>Entries at the end that the registry does not have yet: it takes them at the latest when the gateway starts.</summary>
    public long RegistryBehind { get; init; }

    /// <summary>True where the last line has no end: it is being written, or a crash cut it off. It never counted.</summary>
    public bool Unfinished { get; init; }

    /// <summary>What is wrong, in order of the trail; at most <see cref="MostProblems"/>.</summary>
    public required IReadOnlyList<TrailProblem> Problems { get; init; }

    /// <summary>Number of problems.</summary>
    public required long ProblemCount { get; init; }

    /// <summary>Something was changed, removed or put in.</summary>
    public required bool IsAltered { get; init; }
}
