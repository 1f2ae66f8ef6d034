namespace Veridicom.Seals.Tree;

/// <summary>The salts of pixel leaves: made from the secret of a full copy, or given one by one by a redacted one.</summary>
public readonly struct LeafSalts
{
    private readonly Salts? _salts;
    private readonly ReadOnlyMemory<byte> _given;

    /// <summary>Of a full copy.</summary>
    public LeafSalts(Salts salts)
    {
        _salts = salts;
        _given = default;
    }

    /// <summary>Of a redacted copy: 16 bytes for each leaf.</summary>
    public LeafSalts(ReadOnlyMemory<byte> given)
    {
        _salts = null;
        _given = given;
    }

    /// <summary>16 bytes for each of <paramref name="count"/> leaves from <paramref name="first"/> on. The span holds until the next call.</summary>
    public ReadOnlySpan<byte> Take(long first, int count) => _salts is null
        ? _given.Span.Slice(checked((int)first * Salts.Size), checked(count * Salts.Size))
        : _salts.Take(Section.Pixels, first, count);
}
