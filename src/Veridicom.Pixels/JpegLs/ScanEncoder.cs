using System.Numerics;
using System.Runtime.CompilerServices;
using Veridicom.Pixels.Encapsulated;

namespace Veridicom.Pixels.JpegLs;

/// <summary>Encodes the lines of one scan (ISO/IEC 14495-1 annex A); keeps what <see cref="ScanDecoder{TRule}"/> keeps. Lines are interleaved where there are several components.</summary>
internal sealed class ScanEncoder<TRule> where TRule : struct, IErrorRule
{
    private readonly CodingParameters _parameters;
    private readonly TRule _rule;
    private readonly Contexts _contexts;
    private readonly BitWriter _bits;

    public ScanEncoder(CodingParameters parameters, TRule rule, BitWriter bits)
    {
        (_parameters, _rule, _bits) = (parameters, rule, bits);
        _contexts = new Contexts(parameters);
    }

    /// <summary>Encodes a frame, line by line, of each line all components.</summary>
    public void Encode(ReadOnlySpan<byte> cells, FrameShape shape)
    {
        int columns = shape.Columns, stride = columns + 2, rowBytes = columns * shape.Samples * shape.CellBytes;
        ushort[] previous = new ushort[shape.Samples * stride], current = new ushort[shape.Samples * stride];
        int mask = (int)BitOperations.RoundUpToPowerOf2((uint)_parameters.MaxValue + 1) - 1;
        Span<int> runIndex = stackalloc int[4];
        runIndex.Clear();
        for (int y = 0; y < shape.Rows; y++)
        {
            (previous, current) = (current, previous);
            for (int i = 0; i < shape.Samples; i++)
            {
                Span<ushort> above = previous.AsSpan(i * stride, stride), line = current.AsSpan(i * stride, stride);
                CellLines.Load(cells.Slice(y * rowBytes, rowBytes), line.Slice(1, columns), i, shape.Samples, shape.CellBytes, mask);
                above[columns + 1] = above[columns];
                line[0] = above[1];
                Line(above, line, columns, ref runIndex[i]);
            }
        }
        _bits.End();
    }

    // samples are replaced by what the decoder will make of them
    private void Line(ReadOnlySpan<ushort> above, Span<ushort> line, int columns, ref int runIndex)
    {
        unchecked
        {
            ReadOnlySpan<sbyte> regions = _contexts.Regions;
            int zero = _parameters.MaxValue, x = 1;
            while (x <= columns)
            {
                int a = line[x - 1], b = above[x], c = above[x - 1];
                int gradients = (regions[zero + above[x + 1] - b] * 9 + regions[zero + b - c]) * 9 + regions[zero + c - a];
                if (gradients != 0)
                {
                    line[x] = (ushort)Regular(gradients, a, b, c, line[x]);
                    x++;
                    continue;
                }
                int run = 0;
                if (_rule.Near == 0)
                {
                    run = line[x..(columns + 1)].IndexOfAnyExcept((ushort)a);
                    if (run < 0) run = columns + 1 - x;
                }
                else
                {
                    for (; x + run <= columns && Math.Abs(line[x + run] - a) <= _rule.Near; run++) line[x + run] = (ushort)a;
                }
                x += run;
                RunLength(run, x > columns, ref runIndex);
                if (x > columns) return;
                line[x] = (ushort)Interruption(a, above[x], line[x], Contexts.RunBits[runIndex]);
                if (runIndex > 0) runIndex--;
                x++;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Regular(int gradients, int a, int b, int c, int sample)
    {
        unchecked
        {
            int sign = gradients >> 31;
            ref RegularContext context = ref _contexts.Regular[(gradients ^ sign) - sign];
            int predicted = Contexts.Predict(a, b, c) + ((context.C ^ sign) - sign);
            predicted = Math.Min(Math.Max(predicted, 0), _parameters.MaxValue);
            // where the sign is turned the difference is turned before it is taken into the range, which is not symmetric
            int error = sign < 0 ? _rule.Measure(sample, predicted) : _rule.Measure(predicted, sample);
            int k = Contexts.Golomb(context.A, context.N), mapped = error;
            if (_rule.Near == 0 && k == 0 && 2 * context.B + context.N - 1 < 0) mapped = ~mapped;
            mapped = mapped << 1 ^ mapped >> 31;
            Code(mapped, k, _parameters.Limit);
            RegularContext.Update(ref context, error, _rule.Scale(error), _parameters.Reset);
            return _rule.Rebuild(predicted, (error ^ sign) - sign);
        }
    }

    private void RunLength(int run, bool toEnd, ref int runIndex)
    {
        unchecked
        {
            while (run >= 1 << Contexts.RunBits[runIndex])
            {
                _bits.Put(1, 1);
                run -= 1 << Contexts.RunBits[runIndex];
                if (runIndex < 31) runIndex++;
            }
            if (!toEnd) _bits.Put((uint)run, 1 + Contexts.RunBits[runIndex]);
            else if (run > 0) _bits.Put(1, 1);
        }
    }

    private int Interruption(int a, int b, int sample, int runBits)
    {
        unchecked
        {
            int type = Math.Abs(a - b) <= _rule.Near ? 1 : 0, predicted = type == 1 ? a : b;
            bool turned = type == 0 && a > b;
            int error = turned ? _rule.Measure(sample, predicted) : _rule.Measure(predicted, sample);
            ref RunContext context = ref _contexts.Run[type];
            int k = context.Golomb(type);
            bool swapped = context.Swapped(k);
            int mapped = 2 * Math.Abs(error) - type - ((error < 0) != swapped && error != 0 ? 1 : 0);
            Code(mapped, k, _parameters.Limit - runBits - 1);
            context.Update(error, mapped, type, _parameters.Reset);
            return _rule.Rebuild(predicted, turned ? -error : error);
        }
    }

    /// <summary>ISO/IEC 14495-1 A.5.3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Code(int mapped, int k, int limit)
    {
        unchecked
        {
            int escape = limit - _parameters.ErrorBits - 1, high = mapped >> k;
            if (high < escape)
            {
                _bits.PutUnary(high);
                _bits.Put((uint)mapped & ((1u << k) - 1), k);
            }
            else
            {
                _bits.PutUnary(escape);
                _bits.Put((uint)(mapped - 1), _parameters.ErrorBits);
            }
        }
    }
}
