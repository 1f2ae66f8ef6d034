namespace Veridicom.Dicom.Writing;

/// <summary>A source with some bytes left out and others put in, without a copy of either.</summary>
internal sealed class SplicedSource : ByteSource
{
    private readonly ByteSource _source;
    private readonly Piece[] _pieces;
    private byte[] _scratch = [];
    private int _last; // where the window before was found: windows mostly go on from there

    /// <summary>One run of bytes of the result: inserted ones, or those of the source from <see cref="From"/> on.</summary>
    private readonly record struct Piece(long Start, long Length, long From, ReadOnlyMemory<byte> Inserted)
    {
        public long End => Start + Length;
    }

    public SplicedSource(ByteSource source, IReadOnlyList<(long Offset, long Remove, ReadOnlyMemory<byte> Insert)> edits)
    {
        _source = source;
        var pieces = new List<Piece>(2 * edits.Count + 1);
        long at = 0, total = 0;
        foreach ((long offset, long remove, ReadOnlyMemory<byte> insert) in edits)
        {
            Add(at, offset - at, default);
            Add(-1, insert.Length, insert);
            at = offset + remove;
        }
        Add(at, source.Length - at, default);
        _pieces = [.. pieces];
        Length = total;

        void Add(long from, long length, ReadOnlyMemory<byte> inserted)
        {
            if (length == 0) return;
            pieces.Add(new Piece(total, length, from, inserted));
            total += length;
        }
    }

    public override long Length { get; }

    public override ReadOnlySpan<byte> Window(long offset, int length)
    {
        CheckWindow(offset, length);
        if (length == 0) return default;
        int index = Find(offset);
        if (length <= _pieces[index].End - offset) return Part(_pieces[index], offset, length);

        if (_scratch.Length < length) _scratch = new byte[length];
        for (int done = 0; done < length; index++)
        {
            int count = (int)Math.Min(length - done, _pieces[index].End - offset - done);
            Part(_pieces[index], offset + done, count).CopyTo(_scratch.AsSpan(done));
            done += count;
        }
        return _scratch.AsSpan(0, length);
    }

    /// <summary>Piece by piece: a window over a seam would have to be put together first.</summary>
    public override void CopyTo(Stream output, long offset, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - count);
        if (count == 0) return;
        for (int index = Find(offset); count > 0; index++)
        {
            Piece piece = _pieces[index];
            long step = Math.Min(count, piece.End - offset);
            if (piece.From < 0) output.Write(piece.Inserted.Span.Slice((int)(offset - piece.Start), (int)step));
            else _source.CopyTo(output, piece.From + (offset - piece.Start), step);
            offset += step;
            count -= step;
        }
    }

    private ReadOnlySpan<byte> Part(in Piece piece, long offset, int length) => piece.From < 0
        ? piece.Inserted.Span.Slice((int)(offset - piece.Start), length)
        : _source.Window(piece.From + (offset - piece.Start), length);

    private int Find(long offset)
    {
        if (_pieces[_last].Start <= offset && offset < _pieces[_last].End) return _last;
        int low = 0, high = _pieces.Length - 1;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (offset < _pieces[middle].End) high = middle;
            else low = middle + 1;
        }
        return _last = low;
    }
}
