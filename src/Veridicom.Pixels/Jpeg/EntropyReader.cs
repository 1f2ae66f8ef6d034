using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Veridicom.Pixels.Jpeg;

/// <summary>
/// Bits of entropy-coded data, most significant first, without stuffed zero bytes (ISO/IEC 10918-1 F.2.2.5). Stops at markers and never reads outside the
/// data. Behind their end bits are zero and counted: whoever decodes asks <see cref="Demand"/> now and then, at least once a row, so that a
/// cut-off picture is noticed, and <see cref="Restart"/> or <see cref="Finish"/> where an interval ends.
/// </summary>
internal ref struct EntropyReader
{
    private readonly ReadOnlySpan<byte> _code;
    private readonly int _end;
    private int _at;
    private int _missing;

    /// <summary>The bits that come next, from the highest. All below the highest <see cref="Count"/> belong to the reader.</summary>
    public ulong Bits;

    /// <summary>How many of them hold.</summary>
    public int Count;

    /// <summary>Begins at the data of a scan.</summary>
    public EntropyReader(ReadOnlySpan<byte> code, JpegScan scan)
    {
        _code = code[..scan.DataEnd];
        _end = scan.DataEnd;
        _at = scan.DataStart;
    }

    /// <summary>Byte offset of the next byte that was not yet taken into <see cref="Bits"/>.</summary>
    public readonly int Position => _at;

    /// <summary>Afterwards at least 56 bits hold: two codes of 16 bits with 12 further bits each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill()
    {
        if (Count < 56) Refill();
    }

    /// <summary>Does what <see cref="Fill"/> does where fewer than 56 bits hold.</summary>
    public void Refill()
    {
        unchecked
        {
            if (_end - _at >= 8)
            {
                ulong next = BinaryPrimitives.ReadUInt64BigEndian(_code.Slice(_at, 8));
                // no byte is FF, so none is stuffed and none begins a marker
                if (((~next - 0x0101010101010101UL) & next & 0x8080808080808080UL) == 0)
                {
                    // The part of a byte that does not count yet comes again with the next eight bytes, the same at the same place.
                    Bits |= next >> Count;
                    _at += (63 - Count) >> 3;
                    Count |= 56;
                    return;
                }
            }
            RefillByBytes();
        }
    }

    private void RefillByBytes()
    {
        unchecked
        {
            while (Count <= 56)
            {
                int value = 0;
                if (_at < _end && _code[_at] != 0xFF) value = _code[_at++];
                else if (_end - _at >= 2 && _code[_at + 1] == 0)
                {
                    value = 0xFF;
                    _at += 2;
                }
                else _missing += 8;
                Bits |= (ulong)value << (56 - Count);
                Count += 8;
            }
        }
    }

    /// <summary>The next <paramref name="count"/> bits, 1 to 31, which must hold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Peek(int count) => unchecked((int)(Bits >> (64 - count)));

    /// <summary>Steps over bits that hold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Skip(int count)
    {
        unchecked
        {
            Bits <<= count;
            Count -= count;
        }
    }

    /// <summary>RECEIVE of F.2.2.4: 0 to 16 bits, which must hold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Receive(int count)
    {
        // two shifts, since one by 64 would be one by nothing
        int value = unchecked((int)(Bits >> 1 >> (63 - count)));
        Skip(count);
        return value;
    }

    /// <summary>RECEIVE and EXTEND of F.2.2.1: the difference or coefficient of a category of 0 to 16, whose bits must hold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReceiveExtend(int category)
    {
        int value = Receive(category);
        // below the half of the category's range stand the negative ones
        return unchecked(value < 1 << category >> 1 ? value - (1 << category) + 1 : value);
    }

    /// <summary>DECODE of F.2.2.3: the next code's value. At least 16 bits must hold.</summary>
    /// <exception cref="PixelException">No code begins so.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Decode(HuffmanTable table)
    {
        int found = table.Find(Peek(16));
        if (found == 0) NoCode();
        Skip(found >> 8);
        return found & 0xFF;
    }

    /// <summary>Throws for bits that are no code: the data end, or are wrong.</summary>
    public readonly void NoCode()
    {
        Demand();
        throw new PixelException(_missing > 0 ? PixelError.Truncated : PixelError.Malformed, _at, _missing > 0 ? "the entropy-coded data end before the picture" : "the entropy-coded data hold bits that are no code");
    }

    /// <summary>Throws where more bits were used than there are.</summary>
    /// <exception cref="PixelException">Truncated.</exception>
    public readonly void Demand()
    {
        if (_missing > Count) throw new PixelException(PixelError.Truncated, _at, "the entropy-coded data end before the picture");
    }

    /// <summary>Steps over what fills the last byte, and over the restart marker that must follow (F.2.2.5, E.2.4).</summary>
    /// <param name="number">0 to 7: which of the eight restart markers is due.</param>
    /// <exception cref="PixelException">Bits are left or missing, or another marker stands there.</exception>
    public void Restart(int number)
    {
        EndInterval();
        while (_at < _end - 1 && _code[_at] == 0xFF && _code[_at + 1] == 0xFF) _at++;
        if (_end - _at < 2 || _code[_at] != 0xFF) throw new PixelException(PixelError.Truncated, _at, "a restart marker is missing");
        if (_code[_at + 1] != 0xD0 + number) throw new PixelException(PixelError.Malformed, _at, "a restart marker is not the one that is due");
        _at += 2;
    }

    /// <summary>Demands that the data of the scan are used up but for what fills the last byte.</summary>
    /// <exception cref="PixelException">Bits are left or missing.</exception>
    public void Finish()
    {
        EndInterval();
        if (_at < _end) throw new PixelException(PixelError.Malformed, _at, "entropy-coded data follow the last sample");
    }

    private void EndInterval()
    {
        Demand();
        // up to seven bits fill the last byte; whole bytes, taken or not, would be data that no sample used
        bool atMarker = _at >= _end || (_code[_at] == 0xFF && (_end - _at < 2 || _code[_at + 1] != 0));
        if (Count - _missing >= 8 || !atMarker) throw new PixelException(PixelError.Malformed, _at, "entropy-coded data are left where an interval ends");
        Bits = 0;
        Count = _missing = 0;
    }
}
