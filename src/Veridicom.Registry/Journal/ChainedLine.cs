namespace Veridicom.Registry.Journal;

/// <summary>A line of the journal that follows from the one before.</summary>
/// <param name="Sequence">Sequence number.</param>
/// <param name="Hash">Hash of the chain here.</param>
/// <param name="Json">The entry.</param>
/// <param name="Entry">The same, read.</param>
/// <param name="Line">Where it stands.</param>
public sealed record ChainedLine(long Sequence, byte[] Hash, ReadOnlyMemory<byte> Json, JournalEntry Entry, JournalLine Line)
{
    /// <summary>The line after (<paramref name="sequence"/>, <paramref name="hash"/>).</summary>
    /// <exception cref="FormatException">It does not follow, or cannot be read.</exception>
    public static ChainedLine Follow(long sequence, ReadOnlySpan<byte> hash, JournalLine line)
    {
        if (!line.IsWhole) throw new FormatException("the line has no end");
        if (!JournalChain.TrySplit(line.Bytes, out string stated, out ReadOnlyMemory<byte> json)) throw new FormatException("it is not a hash and an entry");
        byte[] next = JournalChain.Next(hash, json.Span);
        if (Convert.ToHexStringLower(next) != stated) throw new FormatException("its hash does not follow from the line before");
        (long found, JournalEntry entry) = JournalText.Read(json.Span);
        if (found != sequence + 1) throw new FormatException($"it has the sequence number {found} where {sequence + 1} should be");
        return new ChainedLine(found, next, json, entry, line);
    }
}
