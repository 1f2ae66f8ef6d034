using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Veridicom.Pixels.Encapsulated;

namespace Veridicom.Pixels.JpegLs;

/// <summary>
/// Decodes the lines of one scan (ISO/IEC 14495-1 annex A, F). Lines are kept as 16-bit samples with one sample of margin on either side; nothing that the
/// bits say leads outside of them: samples are brought into range before they are kept, and bits behind the end are zeros.
/// </summary>
internal sealed class ScanDecoder<TRule> where TRule : struct, IErrorRule
{
    private readonly CodingParameters _parameters;
    private readonly TRule _rule;
    private readonly Contexts _contexts;
    private readonly FrameShape _shape;
    private readonly int[] _components;
    private readonly bool _bySample;
    private readonly int _stride; // samples of one line with its margins
    private readonly int[] _runIndex = new int[4];
    private ushort[] _previous, _current;
    private int _seen; // all error codes, one over the other: a bit that none may have is found after each line

    public ScanDecoder(CodingParameters parameters, TRule rule, FrameShape shape, int[] components, bool bySample)
    {
        (_parameters, _rule, _shape, _components, _bySample) = (parameters, rule, shape, components, bySample);
        _contexts = new Contexts(parameters);
        _stride = shape.Columns + 2;
        _previous = new ushort[components.Length * _stride];
        _current = new ushort[components.Length * _stride];
    }

    /// <summary>Decodes rows from one entropy-coded segment into the cells of the frame.</summary>
    /// <param name="segment">The bits.</param>
    /// <param name="offset">Where the segment begins in the frame, for errors.</param>
    /// <param name="cells">The cells of the whole frame.</param>
    /// <param name="row">The first row.</param>
    /// <param name="rows">Rows.</param>
    /// <exception cref="PixelException">The bits break the rules, or are not as many as the rows take.</exception>
    public void Decode(EntropySegment segment, long offset, Span<byte> cells, int row, int rows)
    {
        int columns = _shape.Columns, rowBytes = columns * _shape.Samples * _shape.CellBytes;
        ReadOnlySpan<byte> bits = segment.Bits;
        nint at = 0, last = checked((nint)((segment.Count + 7) >> 3));
        for (int y = row; y < row + rows; y++)
        {
            (_previous, _current) = (_current, _previous);
            for (int i = 0; i < _components.Length; i++)
            {
                // ISO/IEC 14495-1 A.2.1: right of the last sample it goes on as that, left of the first as the one above
                int line = i * _stride;
                _previous[line + columns + 1] = _previous[line + columns];
                _current[line] = _previous[line + 1];
                if (!_bySample) Line(bits, last, ref at, _previous.AsSpan(line, _stride), _current.AsSpan(line, _stride), ref _runIndex[i]);
            }
            if (_bySample) LineBySample(bits, last, ref at);
            if (at > segment.Count) throw new PixelException(PixelError.Truncated, offset, "the encoded samples end before the picture does");
            if (_seen >> (_parameters.ErrorBits + 1) != 0) throw new PixelException(PixelError.Malformed, offset, "a prediction error is out of its range");
            for (int i = 0; i < _components.Length; i++)
                CellLines.Store(_current.AsSpan(i * _stride + 1, columns), cells.Slice(y * rowBytes, rowBytes), _components[i], _shape.Samples, _shape.CellBytes);
        }
        // the last byte is filled up, and a zero bit follows it where it is a byte of ones
        if (segment.Count - at >= 16) throw new PixelException(PixelError.Malformed, offset, "there are more encoded samples than the picture has");
    }

    /// <summary>Forgets all that was learned, the line before included.</summary>
    public void Restart()
    {
        _contexts.Restart();
        _runIndex.AsSpan().Clear();
        _current.AsSpan().Clear();
        _previous.AsSpan().Clear();
    }

    private void Line(ReadOnlySpan<byte> bits, nint last, ref nint position, ReadOnlySpan<ushort> previous, Span<ushort> current, ref int runIndex)
    {
        unchecked
        {
            ref byte code = ref MemoryMarshal.GetReference(bits);
            ref ushort above = ref MemoryMarshal.GetReference(previous), line = ref MemoryMarshal.GetReference(current);
            ref RegularContext contexts = ref MemoryMarshal.GetArrayDataReference(_contexts.Regular);
            int maxValue = _parameters.MaxValue, reset = _parameters.Reset, errorBits = _parameters.ErrorBits, escape = _parameters.Limit - errorBits - 1, seen = 0;
            ref sbyte region = ref Unsafe.Add(ref MemoryMarshal.GetReference(_contexts.Regions), maxValue);
            TRule rule = _rule;
            nint at = position, x = 1, columns = _shape.Columns;
            int a = line, b = Unsafe.Add(ref above, 1), c = above;
            while (x <= columns)
            {
                int d = Unsafe.Add(ref above, x + 1);
                int gradients = (Unsafe.Add(ref region, d - b) * 9 + Unsafe.Add(ref region, b - c)) * 9 + Unsafe.Add(ref region, c - a);
                if (gradients != 0)
                {
                    a = Regular(gradients, a, b, c, ref contexts, ref code, last, ref at, rule, maxValue, reset, errorBits, escape, ref seen);
                    Unsafe.Add(ref line, x++) = (ushort)a;
                    (c, b) = (b, d);
                    continue;
                }
                int run = RunLength(ref code, last, ref at, (int)(columns - x + 1), ref runIndex, out bool interrupted);
                if (run > 0) current.Slice((int)x, run).Fill((ushort)a);
                x += run;
                if (!interrupted) continue;
                b = Unsafe.Add(ref above, x);
                int type = Math.Abs(a - b) <= rule.Near ? 1 : 0;
                int error = InterruptionError(type, ref code, last, ref at, Contexts.RunBits[runIndex]);
                a = type == 1 ? rule.Rebuild(a, error) : rule.Rebuild(b, b > a ? error : -error);
                if (runIndex > 0) runIndex--;
                Unsafe.Add(ref line, x++) = (ushort)a;
                (c, b) = (b, Unsafe.Add(ref above, x));
            }
            position = at;
            _seen |= seen;
        }
    }

    // all components of a pixel one after the other; a run is one of whole pixels
    private void LineBySample(ReadOnlySpan<byte> bits, nint last, ref nint position)
    {
        unchecked
        {
            ref byte code = ref MemoryMarshal.GetReference(bits);
            ref RegularContext contexts = ref MemoryMarshal.GetArrayDataReference(_contexts.Regular);
            int maxValue = _parameters.MaxValue, reset = _parameters.Reset, errorBits = _parameters.ErrorBits, escape = _parameters.Limit - errorBits - 1, seen = 0;
            ref sbyte region = ref Unsafe.Add(ref MemoryMarshal.GetReference(_contexts.Regions), maxValue);
            TRule rule = _rule;
            ReadOnlySpan<ushort> above = _previous;
            Span<ushort> line = _current;
            Span<int> gradients = stackalloc int[4];
            int count = _components.Length, columns = _shape.Columns, x = 1;
            nint at = position;
            while (x <= columns)
            {
                int any = 0;
                for (int i = 0, p = x; i < count; i++, p += _stride)
                {
                    int b = above[p], c = above[p - 1];
                    int g = (Unsafe.Add(ref region, above[p + 1] - b) * 9 + Unsafe.Add(ref region, b - c)) * 9 + Unsafe.Add(ref region, c - line[p - 1]);
                    any |= gradients[i] = g;
                }
                if (any != 0)
                {
                    for (int i = 0, p = x; i < count; i++, p += _stride)
                        line[p] = (ushort)Regular(gradients[i], line[p - 1], above[p], above[p - 1], ref contexts, ref code, last, ref at, rule, maxValue, reset, errorBits, escape, ref seen);
                    x++;
                    continue;
                }
                int run = RunLength(ref code, last, ref at, columns - x + 1, ref _runIndex[0], out bool interrupted);
                for (int i = 0; i < count; i++) line.Slice(i * _stride + x, run).Fill(line[i * _stride + x - 1]);
                x += run;
                if (!interrupted) continue;
                for (int i = 0, p = x; i < count; i++, p += _stride)
                {
                    int a = line[p - 1], b = above[p], error = InterruptionError(0, ref code, last, ref at, Contexts.RunBits[_runIndex[0]]);
                    line[p] = (ushort)rule.Rebuild(b, b >= a ? error : -error);
                }
                if (_runIndex[0] > 0) _runIndex[0]--;
                x++;
            }
            position = at;
            _seen |= seen;
        }
    }

    /// <summary>One sample of regular coding (ISO/IEC 14495-1 A.4 to A.6).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Regular(int gradients, int a, int b, int c, ref RegularContext contexts, ref byte code, nint last, ref nint at, TRule rule, int maxValue, int reset,
        int errorBits, int escape, ref int seen)
    {
        unchecked
        {
            int sign = gradients >> 31;
            ref RegularContext context = ref Unsafe.Add(ref contexts, (gradients ^ sign) - sign);
            int predicted = Contexts.Predict(a, b, c) + ((context.C ^ sign) - sign);
            predicted = Math.Min(Math.Max(predicted, 0), maxValue);
            int k = Contexts.Golomb(context.A, context.N);

            ulong word = Load(ref code, last, at);
            int zeros = BitOperations.LeadingZeroCount(word), mapped;
            if (zeros < escape && zeros + k < 56)
            {
                mapped = zeros << k | (int)((word << zeros << 1) >> 1 >> (63 - k));
                at += zeros + 1 + k;
            }
            else mapped = LongCode(ref code, last, ref at, k, escape, errorBits);
            seen |= mapped;

            // even numbers are errors from 0 up, odd ones from -1 down; the other way round where negative ones are likelier
            int error = (mapped >> 1) ^ -(mapped & 1);
            if (rule.Near == 0) error ^= (2 * context.B + context.N - 1) >> 31 & ~(-k >> 31);
            RegularContext.Update(ref context, error, rule.Scale(error), reset);
            return rule.Rebuild(predicted, (error ^ sign) - sign);
        }
    }

    /// <summary>ISO/IEC 14495-1 A.7.1: the length of a run, at most <paramref name="left"/>.</summary>
    private int RunLength(ref byte code, nint last, ref nint at, int left, ref int runIndex, out bool interrupted)
    {
        unchecked
        {
            // 34 ones at most fill the longest line, and 16 bits end a run: one word holds them
            ulong word = Load(ref code, last, at);
            int run = 0;
            ReadOnlySpan<byte> runBits = Contexts.RunBits;
            interrupted = false;
            while ((long)word < 0)
            {
                word <<= 1;
                at++;
                int part = 1 << runBits[runIndex];
                if (part > left - run) return left;
                run += part;
                if (runIndex < 31) runIndex++;
                if (run == left) return left;
            }
            int bits = runBits[runIndex];
            run += (int)(word >> (63 - bits)); // behind the zero on top
            at += 1 + bits;
            if (run > left) throw new PixelException(PixelError.Malformed, -1, "a run goes over the end of its line");
            interrupted = run < left;
            return run;
        }
    }

    /// <summary>ISO/IEC 14495-1 A.7.2: the error of the sample that ends a run.</summary>
    private int InterruptionError(int type, ref byte code, nint last, ref nint at, int runBits)
    {
        unchecked
        {
            ref RunContext context = ref _contexts.Run[type];
            int k = context.Golomb(type), escape = _parameters.Limit - runBits - 1 - _parameters.ErrorBits - 1;
            int mapped = LongCode(ref code, last, ref at, k, escape, _parameters.ErrorBits);
            _seen |= mapped;
            int both = mapped + type, odd = both & 1, magnitude = (both + odd) >> 1;
            int error = context.Swapped(k) == (odd == 0) && magnitude != 0 ? -magnitude : magnitude;
            context.Update(error, mapped, type, _parameters.Reset);
            return error;
        }
    }

    /// <summary>A code of any length (ISO/IEC 14495-1 A.5.3): zeros, a one, and k bits; behind as many zeros as no shorter code has the number less one as it is.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int LongCode(ref byte code, nint last, ref nint at, int k, int escape, int errorBits)
    {
        unchecked
        {
            int zeros = BitOperations.LeadingZeroCount(Load(ref code, last, at));
            if (zeros > escape)
            {
                throw at + zeros >= 8 * last
                    ? new PixelException(PixelError.Truncated, -1, "the encoded samples end before the picture does")
                    : new PixelException(PixelError.Malformed, -1, "a code is longer than any may be");
            }
            at += zeros + 1;
            int bits = zeros == escape ? errorBits : k;
            int value = (int)(Load(ref code, last, at) >> 1 >> (63 - bits));
            at += bits;
            return zeros == escape ? value + 1 : zeros << k | value;
        }
    }

    /// <summary>The bits from a place on, at least 57; zeros from the end on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Load(ref byte code, nint last, nint at)
    {
        unchecked
        {
            ulong word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref code, Math.Min(at >> 3, last)));
            return BinaryPrimitives.ReverseEndianness(word) << (int)(at & 7);
        }
    }
}
