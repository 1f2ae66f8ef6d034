using Veridicom.Dicom;
using Veridicom.Seals.Trust;

namespace Veridicom.Registry;

/// <summary>What a <see cref="Vault"/> needs besides store and registry.</summary>
public sealed record VaultOptions
{
    /// <summary>Folder of the journal; made where it is not there.</summary>
    public required string JournalFolder { get; init; }

    /// <summary>
    /// Reads from a stored file what searches need, when entries are replayed at the opening; null where it cannot be read. May not throw for
    /// bad input.
    /// </summary>
    public required Func<ByteSource, InstanceAttributes?> ReadAttributes { get; init; }

    /// <summary>Signs checkpoints; null writes none.</summary>
    public ISigner? Signer { get; init; }

    /// <summary>What time it is.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>A checkpoint is written after so many entries.</summary>
    public int CheckpointEntries { get; init; } = 10000;

    /// <summary>And after this long, where entries were added.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long callers wait for a database that is away before they are told so.</summary>
    public TimeSpan DatabasePatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Told of what goes wrong where no caller can be told: a database that is being tried again, a checkpoint that could not be signed, a
    /// subscriber of <see cref="Vault.Recorded"/> that threw. Must not throw.
    /// </summary>
    public Action<string, Exception>? Report { get; init; }
}
