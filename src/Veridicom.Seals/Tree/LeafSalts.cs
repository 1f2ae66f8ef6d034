namespace Veridicom.Seals.Tree;

/// <summary>The salts of pixel leaves: made from the secret of a full copy, or given one by one by a redacted one.</summary>
public readonly struct LeafSalts
{
    private readonly Salts? _salts;
    private readonly ReadOnlyMemory<byte> _given;
    private readonly long _first;

    private LeafSalts(Salts? salts, ReadOnlyMemory<byte> given, long first) => (_salts, _given, _first) = (salts, given, first);

    /// <summary>Of a full copy.</summary>
    public LeafSalts(Salts salts)
        : this(salts, default, 0)
    {
    }

    /// <summary>Of a redacted copy: 16 bytes for each leaf.</summary>
    public LeafSalts(ReadOnlyMemory<byte> given)
        : this(null, given, 0)
    {
    }

    /// <summary>Those from leaf <paramref name="first"/> on.</summary>
    public LeafSalts From(int first) => new(_salts, _given, _first + first);

    /// <summary>16 bytes for each of <paramref name="count"/> leaves from <paramref name="first"/> on. The span holds until the next call.</summary>
    public ReadOnlySpan<byte> Take(long first, int count) => _salts is null
        ? _given.Span.Slice(checked((int)(_first + first) * Salts.Size), checked(count * Salts.Size))
        : _salts.Take(Section.Pixels, _first + first, count);
}
