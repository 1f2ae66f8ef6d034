using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Veridicom.Pixels.Jpeg.Lossless;

/// <summary>
/// The differences of a lossless scan, interval by interval (ISO/IEC 10918-1 H.1.2, F.2.2.5). The bytes of an interval are first copied without their
/// stuffed zeros, so that nothing but bits is left to look at in the loop that all time is spent in.
/// </summary>
internal ref struct DifferenceReader
{
    // as many zero bytes stand behind the data as one step over the end can ask for
    private const int Padding = 16;

    private readonly ReadOnlySpan<byte> _code;
    private readonly byte[] _data;
    private int _next;
    private int _length;
    private int _at;
    private ulong _bits;
    private int _count;

    /// <summary>Begins at the data of a scan. Nothing can be read before <see cref="Begin"/>.</summary>
    public DifferenceReader(ReadOnlySpan<byte> code, JpegScan scan)
    {
        _code = code[..scan.DataEnd];
        _next = scan.DataStart;
        _data = ArrayPool<byte>.Shared.Rent(scan.DataEnd - scan.DataStart + Padding);
    }

    /// <summary>Gives the memory back.</summary>
    public readonly void Dispose() => ArrayPool<byte>.Shared.Return(_data);

    /// <summary>Takes the bytes of the interval that begins here, up to the next marker or the end of the scan.</summary>
    public void Begin()
    {
        ReadOnlySpan<byte> left = _code[_next..];
        Span<byte> data = _data;
        _length = 0;
        while (left.Length > 0)
        {
            int run = left.IndexOf((byte)0xFF);
            if (run < 0) run = left.Length;
            left[..run].CopyTo(data[_length..]);
            _length += run;
            left = left[run..];
            if (left.Length < 2 || left[1] != 0) break;
            data[_length++] = 0xFF;
            left = left[2..];
        }
        _next = _code.Length - left.Length;
        data.Slice(_length, Padding).Clear();
        _at = _count = 0;
        _bits = 0;
    }

    /// <summary>Steps over the restart marker that must stand where an interval ended (E.2.4).</summary>
    /// <param name="number">0 to 7: which of the eight is due.</param>
    /// <exception cref="PixelException">Another marker, or none, stands there.</exception>
    public void Restart(int number)
    {
        while (_next < _code.Length - 1 && _code[_next] == 0xFF && _code[_next + 1] == 0xFF) _next++;
        if (_code.Length - _next < 2) throw new PixelException(PixelError.Truncated, _next, "a restart marker is missing");
        if (_code[_next] != 0xFF || _code[_next + 1] != 0xD0 + number) throw new PixelException(PixelError.Malformed, _next, "a restart marker is not the one that is due");
        _next += 2;
    }

    /// <summary>Demands that differences have used the bytes of the interval up but for what fills the last one.</summary>
    /// <exception cref="PixelException">Bits are missing or left.</exception>
    public readonly void End()
    {
        Demand();
        if (8L * _length - Used >= 8) throw new PixelException(PixelError.Malformed, _next, "entropy-coded data are left where an interval ends");
    }

    /// <summary>Demands that the scan has no further interval.</summary>
    /// <exception cref="PixelException">Bytes are left.</exception>
    public readonly void Finish()
    {
        if (_next < _code.Length) throw new PixelException(PixelError.Malformed, _next, "entropy-coded data follow the last sample");
    }

    private readonly long Used => 8L * _at - _count;

    private readonly void Demand()
    {
        if (Used > 8L * _length) throw Truncated();
    }

    private readonly PixelException Truncated() => new(PixelError.Truncated, _next, "the entropy-coded data end before the picture");

    /// <summary>The next differences of one component, modulo 65536.</summary>
    /// <exception cref="PixelException">The data end, or hold bits that are no code.</exception>
    public void Read(DifferenceTable table, Span<ushort> differences)
    {
        ref ulong steps = ref table.Steps;
        ref byte data = ref MemoryMarshal.GetArrayDataReference(_data);
        ref ushort to = ref MemoryMarshal.GetReference(differences);
        ulong bits = _bits;
        int count = _count, at = _at, last = _length + Padding - 8, i = 0;
        unchecked
        {
            // Four differences of one step each have at most 56 bits. No index leaves its array: i + 3 is below the length, and 11 bits reach all of the steps.
            while (i <= differences.Length - 4)
            {
                if (at > last) throw Truncated();
                bits |= Eight(ref data, at) >> count;
                at += (63 - count) >> 3;
                count |= 56;
                ulong step = Unsafe.Add(ref steps, (nint)(bits >> (64 - DifferenceTable.LookBits)));
                if ((byte)step == 0) goto slow;
                Unsafe.Add(ref to, i) = Value(bits, step);
                bits <<= (byte)step;
                count -= (byte)step;
                step = Unsafe.Add(ref steps, (nint)(bits >> (64 - DifferenceTable.LookBits)));
                if ((byte)step == 0)
                {
                    i++;
                    goto slow;
                }
                Unsafe.Add(ref to, i + 1) = Value(bits, step);
                bits <<= (byte)step;
                count -= (byte)step;
                step = Unsafe.Add(ref steps, (nint)(bits >> (64 - DifferenceTable.LookBits)));
                if ((byte)step == 0)
                {
                    i += 2;
                    goto slow;
                }
                Unsafe.Add(ref to, i + 2) = Value(bits, step);
                bits <<= (byte)step;
                count -= (byte)step;
                step = Unsafe.Add(ref steps, (nint)(bits >> (64 - DifferenceTable.LookBits)));
                if ((byte)step == 0)
                {
                    i += 3;
                    goto slow;
                }
                Unsafe.Add(ref to, i + 3) = Value(bits, step);
                bits <<= (byte)step;
                count -= (byte)step;
                i += 4;
                continue;
            slow:
                // by way of the fields: a variable whose address is taken would not stay in a register
                (_bits, _count, _at) = (bits, count, at);
                differences[i++] = Slow(table);
                (bits, count, at) = (_bits, _count, _at);
            }
        }
        (_bits, _count, _at) = (bits, count, at);
        while (i < differences.Length) differences[i++] = Slow(table);
        Demand();
    }

    /// <summary>The next differences of several components in turn, [column, component], modulo 65536.</summary>
    /// <param name="tables">2 to 4, one of each component.</param>
    /// <param name="differences">Filled.</param>
    /// <exception cref="PixelException">The data end, or hold bits that are no code.</exception>
    public void Read(ReadOnlySpan<DifferenceTable> tables, Span<ushort> differences)
    {
        ref byte data = ref MemoryMarshal.GetArrayDataReference(_data);
        ulong bits = _bits;
        int count = _count, at = _at, last = _length + Padding - 8, i = 0;
        unchecked
        {
            while (i < differences.Length)
            {
                if (at > last) throw Truncated();
                bits |= Eight(ref data, at) >> count;
                at += (63 - count) >> 3;
                count |= 56;
                foreach (DifferenceTable table in tables)
                {
                    ulong step = Unsafe.Add(ref table.Steps, (nint)(bits >> (64 - DifferenceTable.LookBits)));
                    if ((byte)step != 0)
                    {
                        differences[i++] = Value(bits, step);
                        bits <<= (byte)step;
                        count -= (byte)step;
                        continue;
                    }
                    (_bits, _count, _at) = (bits, count, at);
                    differences[i++] = Slow(table);
                    // what the rest of the components may take
                    Refill();
                    (bits, count, at) = (_bits, _count, _at);
                }
            }
        }
        (_bits, _count, _at) = (bits, count, at);
        Demand();
    }

    /// <summary>Eight bytes, the first highest. The caller has seen that they are within the data and their padding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Eight(ref byte data, int at)
    {
        ulong value = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref data, at));
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    /// <summary>The difference of one step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort Value(ulong bits, ulong step) => unchecked((ushort)((int)(step >> 32) + ((int)(bits >> -(byte)step) & (int)(step >> 8 & 0xFFFF))));

    /// <summary>One difference of any length.</summary>
    private ushort Slow(DifferenceTable table)
    {
        unchecked
        {
            Refill();
            int found = table.Codes.Find((int)(_bits >> 48)), length = found >> 8, category = found & 0xFF;
            if (found == 0)
            {
                // bits behind the end are zeros, which need not be a code
                if (Used + 16 > 8L * _length) throw Truncated();
                throw new PixelException(PixelError.Malformed, _next, "the entropy-coded data hold bits that are no code");
            }
            _bits <<= length;
            _count -= length;
            if (category == HuffmanTable.LargestCategory) return 32768;
            if (category == 0) return 0;
            int value = (int)(_bits >> (64 - category));
            if (value < 1 << (category - 1)) value += 1 - (1 << category);
            _bits <<= category;
            _count -= category;
            return (ushort)value;
        }
    }

    private void Refill()
    {
        unchecked
        {
            if (_at > _length + Padding - 8) throw Truncated();
            _bits |= Eight(ref MemoryMarshal.GetArrayDataReference(_data), _at) >> _count;
            _at += (63 - _count) >> 3;
            _count |= 56;
        }
    }
}
