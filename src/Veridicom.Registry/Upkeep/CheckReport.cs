namespace Veridicom.Registry.Upkeep;

/// <summary>What a check found wrong.</summary>
public enum CheckFinding
{
    /// <summary>An object that the journal names is not in the store.</summary>
    ObjectMissing,
    /// <summary>The bytes of an object do not have its digest.</summary>
    ObjectAltered,
    /// <summary>An object has another length than the journal says.</summary>
    ObjectSize,
    /// <summary>An object in the store that no entry took in.</summary>
    ObjectUnknown,
    /// <summary>The journal's files are damaged: a line, the chain, a file.</summary>
    JournalDamaged,
    /// <summary>The registry lacks an entry of the journal, has another in its place, or one that the journal does not have.</summary>
    EntryDifferent,
    /// <summary>The registry lacks a row that follows from the journal.</summary>
    RowMissing,
    /// <summary>A row of the registry says something else than what follows from journal and files.</summary>
    RowDifferent,
    /// <summary>The registry has a row that does not follow from the journal.</summary>
    RowExtra,
}

/// <summary>One disagreement. Texts hold no attribute of an image; places may hold names of destinations: escape before showing.</summary>
/// <param name="Finding">What kind.</param>
/// <param name="Place">Object, file and line, or table and key.</param>
/// <param name="Text">For people.</param>
/// <param name="Remedy">What helps.</param>
public sealed record CheckProblem(CheckFinding Finding, string Place, string Text, string Remedy);

/// <summary>What a check of store, journal and registry says.</summary>
public sealed record CheckReport
{
    /// <summary>Problems that are kept; <see cref="ProblemCount"/> has them all.</summary>
    public const int MostProblems = 1000;

    /// <summary>Entries of the journal up to which all was compared.</summary>
    public required long Entries { get; init; }

    /// <summary>Instances whose objects were looked at.</summary>
    public required long Instances { get; init; }

    /// <summary>Objects in the store.</summary>
    public required long Objects { get; init; }

    /// <summary>Rows of the registry that were compared.</summary>
    public required long Rows { get; init; }

    /// <summary>False where the journal is too damaged to say what the rows should be.</summary>
    public required bool RowsCompared { get; init; }

    /// <summary>Entries at the end of the journal that the registry takes when the gateway starts.</summary>
    public required long RegistryBehind { get; init; }

    /// <summary>What is wrong; at most <see cref="MostProblems"/>.</summary>
    public required IReadOnlyList<CheckProblem> Problems { get; init; }

    /// <summary>Number of problems of each kind.</summary>
    public required IReadOnlyDictionary<CheckFinding, long> Counts { get; init; }

    /// <summary>Number of all problems.</summary>
    public long ProblemCount => Counts.Values.Sum();
}
