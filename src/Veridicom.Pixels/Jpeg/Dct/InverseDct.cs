using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Veridicom.Pixels.Jpeg.Dct;

/// <summary>
/// The inverse DCT of spec/jpeg.md 4: the factorisation of Loeffler, Ligtenberg and Moschytz in integers, columns first, then rows, modulo 2^32 throughout. Two paths,
/// one that takes eight lanes at once and one for any machine, give the same bits for every input.
/// </summary>
internal static class InverseDct
{
    /// <summary>Fraction bits of the constants.</summary>
    internal const int ConstantBits = 13;

    // spec/jpeg.md table 1: sums and differences of sqrt(2) cos(k pi / 16), times 2^13
    internal const int C0298 = 2446, C0390 = 3196, C0541 = 4433, C0765 = 6270, C0899 = 7373, C1175 = 9633, C1501 = 12299, C1847 = 15137, C1961 = 16069, C2053 = 16819,
        C2562 = 20995, C3072 = 25172;

    /// <summary>Fraction bits kept between the passes: 2 for samples of 8 bits, 1 for 12.</summary>
    internal static int KeptBits(int precision) => precision == 8 ? 2 : 1;

    /// <summary>Writes 8 rows of 8 samples.</summary>
    /// <param name="coefficients">64 quantised coefficients, [vertical, horizontal] frequency.</param>
    /// <param name="steps">64 quantisation steps in the same order.</param>
    /// <param name="samples">Where the block's first sample goes; ends no sooner than behind its last one.</param>
    /// <param name="stride">Samples from one row to the next.</param>
    /// <param name="precision">8 or 12.</param>
    public static void Transform(ReadOnlySpan<short> coefficients, ReadOnlySpan<int> steps, Span<ushort> samples, int stride, int precision)
    {
        if (Avx2.IsSupported) Wide(coefficients, steps, samples, stride, precision);
        else Narrow(coefficients, steps, samples, stride, precision);
    }

    /// <summary>The same where only the first coefficient is not zero.</summary>
    public static void TransformConstant(int first, int step, Span<ushort> samples, int stride, int precision)
    {
        ushort sample;
        unchecked
        {
            int kept = KeptBits(precision), between = ((first * step << ConstantBits) + Half(ConstantBits - kept)) >> (ConstantBits - kept);
            sample = Clamp(((between << ConstantBits) + Half(ConstantBits + kept + 3)) >> (ConstantBits + kept + 3), precision);
        }
        Vector128<ushort> row = Vector128.Create(sample);
        for (int y = 0; y < 8; y++) row.CopyTo(samples.Slice(y * stride, 8));
    }

    /// <summary>
    /// True where some number in front of the clamping is not between -2^(P+1) and 2^(P+1) - 1, or would not be without the modulus: no samples have such coefficients,
    /// and decoders differ on what they are (spec/jpeg.md 4).
    /// </summary>
    public static bool IsExtreme(ReadOnlySpan<short> coefficients, ReadOnlySpan<int> steps, int precision)
    {
        long sum = 0;
        unchecked
        {
            Vector<long> sums = Vector<long>.Zero;
            ReadOnlySpan<short> block = coefficients[..64];
            for (int i = 0; i < 64; i += Vector<short>.Count)
            {
                Vector.Widen(new Vector<short>(block[i..]), out Vector<int> low, out Vector<int> high);
                Vector.Widen(Vector.Abs(low * new Vector<int>(steps[i..])), out Vector<long> a, out Vector<long> b);
                Vector.Widen(Vector.Abs(high * new Vector<int>(steps[(i + Vector<int>.Count)..])), out Vector<long> c, out Vector<long> d);
                sums += a + b + (c + d);
            }
            sum = Vector.Sum(sums);
        }
        // a basis function is nowhere above a quarter: with this little nothing can leave the range, nor 2^31 on the way
        return sum > 1 << (precision == 8 ? precision + 3 : precision + 2) && IsExtremeExactly(coefficients, steps, precision);
    }

    /// <summary>The same where only the first coefficient is not zero.</summary>
    public static bool IsExtremeConstant(int first, int step, int precision) => (first * (long)step + 4) >> 3 is long o && (o < -(2L << precision) || o >= 2L << precision);

    private static bool IsExtremeExactly(ReadOnlySpan<short> coefficients, ReadOnlySpan<int> steps, int precision)
    {
        Span<long> work = stackalloc long[64];
        int kept = KeptBits(precision);
        for (int i = 0; i < 64; i++) work[i] = coefficients[i] * (long)steps[i];
        for (int x = 0; x < 8; x++) Line(work[x..], 8, ConstantBits - kept);
        for (int y = 0; y < 8; y++) Line(work.Slice(8 * y, 8), 1, ConstantBits + kept + 3);
        foreach (long o in work)
        {
            if (o < -(2L << precision) || o >= 2L << precision) return true;
        }
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Half(int shift) => 1 << (shift - 1);

    private static ushort Clamp(int value, int precision) => (ushort)Math.Clamp(unchecked(value + (1 << (precision - 1))), 0, (1 << precision) - 1);

    /// <summary>One lane at a time.</summary>
    internal static void Narrow(ReadOnlySpan<short> coefficients, ReadOnlySpan<int> steps, Span<ushort> samples, int stride, int precision)
    {
        Span<int> work = stackalloc int[64];
        int kept = KeptBits(precision);
        unchecked
        {
            for (int i = 0; i < 64; i++) work[i] = coefficients[i] * steps[i];
            for (int x = 0; x < 8; x++) Line(work[x..], 8, ConstantBits - kept);
            for (int y = 0; y < 8; y++)
            {
                Line(work.Slice(8 * y, 8), 1, ConstantBits + kept + 3);
                for (int x = 0; x < 8; x++) samples[y * stride + x] = Clamp(work[8 * y + x], precision);
            }
        }
    }

    /// <summary>Eight numbers, <paramref name="step"/> apart, in place.</summary>
    private static void Line<T>(Span<T> v, int step, int shift) where T : unmanaged, IBinaryInteger<T>
    {
        unchecked
        {
            T f0 = v[0], f1 = v[step], f2 = v[2 * step], f3 = v[3 * step], f4 = v[4 * step], f5 = v[5 * step], f6 = v[6 * step], f7 = v[7 * step];

            T turn = (f2 + f6) * Of<T>(C0541), e2 = turn - f6 * Of<T>(C1847), e3 = turn + f2 * Of<T>(C0765);
            T e0 = (f0 + f4) << ConstantBits, e1 = (f0 - f4) << ConstantBits;
            T even0 = e0 + e3, even1 = e1 + e2, even2 = e1 - e2, even3 = e0 - e3;

            T both = (f7 + f3 + f5 + f1) * Of<T>(C1175);
            T a = (f7 + f1) * Of<T>(-C0899), b = (f5 + f3) * Of<T>(-C2562), c = (f7 + f3) * Of<T>(-C1961) + both, d = (f5 + f1) * Of<T>(-C0390) + both;
            T odd3 = f7 * Of<T>(C0298) + a + c, odd2 = f5 * Of<T>(C2053) + b + d, odd1 = f3 * Of<T>(C3072) + b + c, odd0 = f1 * Of<T>(C1501) + a + d;

            T half = Of<T>(Half(shift));
            v[0] = (even0 + odd0 + half) >> shift;
            v[7 * step] = (even0 - odd0 + half) >> shift;
            v[step] = (even1 + odd1 + half) >> shift;
            v[6 * step] = (even1 - odd1 + half) >> shift;
            v[2 * step] = (even2 + odd2 + half) >> shift;
            v[5 * step] = (even2 - odd2 + half) >> shift;
            v[3 * step] = (even3 + odd3 + half) >> shift;
            v[4 * step] = (even3 - odd3 + half) >> shift;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Of<T>(int constant) where T : unmanaged, IBinaryInteger<T> => T.CreateTruncating(constant);

    /// <summary>Eight lanes at once; only where AVX2 is.</summary>
    internal static void Wide(ReadOnlySpan<short> coefficients, ReadOnlySpan<int> steps, Span<ushort> samples, int stride, int precision)
    {
        // one check for all that is read and written below
        ref short from = ref MemoryMarshal.GetReference(coefficients[..64]);
        ref int scale = ref MemoryMarshal.GetReference(steps[..64]);
        ref ushort to = ref MemoryMarshal.GetReference(samples[..(7 * stride + 8)]);
        int kept = KeptBits(precision);

        Vector256<int> r0 = Load(ref from, ref scale, 0), r1 = Load(ref from, ref scale, 1), r2 = Load(ref from, ref scale, 2), r3 = Load(ref from, ref scale, 3);
        Vector256<int> r4 = Load(ref from, ref scale, 4), r5 = Load(ref from, ref scale, 5), r6 = Load(ref from, ref scale, 6), r7 = Load(ref from, ref scale, 7);
        Lines(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7, ConstantBits - kept, 0);
        Transpose(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
        Lines(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7, ConstantBits + kept + 3, 1 << (precision - 1));
        Transpose(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);

        Vector256<ushort> most = Vector256.Create((ushort)((1 << precision) - 1));
        Store(r0, r1, most, ref to, 0, stride);
        Store(r2, r3, most, ref to, 2, stride);
        Store(r4, r5, most, ref to, 4, stride);
        Store(r6, r7, most, ref to, 6, stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Load(ref short from, ref int scale, int row) =>
        Avx2.ConvertToVector256Int32(Vector128.LoadUnsafe(ref from, (nuint)(8 * row))) * Vector256.LoadUnsafe(ref scale, (nuint)(8 * row));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<int> upper, Vector256<int> lower, Vector256<ushort> most, ref ushort to, int row, int stride)
    {
        // packing saturates to 0..65535 and takes halves in turn
        Vector256<ushort> two = Vector256.Min(Avx2.Permute4x64(Avx2.PackUnsignedSaturate(upper, lower).AsUInt64(), 0xD8).AsUInt16(), most);
        two.GetLower().StoreUnsafe(ref to, (nuint)(row * stride));
        two.GetUpper().StoreUnsafe(ref to, (nuint)((row + 1) * stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Lines(ref Vector256<int> f0, ref Vector256<int> f1, ref Vector256<int> f2, ref Vector256<int> f3, ref Vector256<int> f4, ref Vector256<int> f5,
        ref Vector256<int> f6, ref Vector256<int> f7, int shift, int level)
    {
        Vector256<int> turn = (f2 + f6) * C0541, e2 = turn - f6 * C1847, e3 = turn + f2 * C0765;
        Vector256<int> half = Vector256.Create(Half(shift)), add = Vector256.Create(level);
        Vector256<int> e0 = ((f0 + f4) << ConstantBits) + half, e1 = ((f0 - f4) << ConstantBits) + half;
        Vector256<int> even0 = e0 + e3, even1 = e1 + e2, even2 = e1 - e2, even3 = e0 - e3;

        Vector256<int> s73 = f7 + f3, s51 = f5 + f1, both = (s73 + s51) * C1175;
        Vector256<int> a = (f7 + f1) * -C0899, b = (f5 + f3) * -C2562, c = s73 * -C1961 + both, d = s51 * -C0390 + both;
        Vector256<int> odd3 = f7 * C0298 + a + c, odd2 = f5 * C2053 + b + d, odd1 = f3 * C3072 + b + c, odd0 = f1 * C1501 + a + d;

        f0 = ((even0 + odd0) >> shift) + add;
        f7 = ((even0 - odd0) >> shift) + add;
        f1 = ((even1 + odd1) >> shift) + add;
        f6 = ((even1 - odd1) >> shift) + add;
        f2 = ((even2 + odd2) >> shift) + add;
        f5 = ((even2 - odd2) >> shift) + add;
        f3 = ((even3 + odd3) >> shift) + add;
        f4 = ((even3 - odd3) >> shift) + add;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(ref Vector256<int> r0, ref Vector256<int> r1, ref Vector256<int> r2, ref Vector256<int> r3, ref Vector256<int> r4, ref Vector256<int> r5,
        ref Vector256<int> r6, ref Vector256<int> r7)
    {
        Vector256<long> a0 = Avx2.UnpackLow(r0, r1).AsInt64(), a1 = Avx2.UnpackHigh(r0, r1).AsInt64(), a2 = Avx2.UnpackLow(r2, r3).AsInt64(), a3 = Avx2.UnpackHigh(r2, r3).AsInt64();
        Vector256<long> a4 = Avx2.UnpackLow(r4, r5).AsInt64(), a5 = Avx2.UnpackHigh(r4, r5).AsInt64(), a6 = Avx2.UnpackLow(r6, r7).AsInt64(), a7 = Avx2.UnpackHigh(r6, r7).AsInt64();
        Vector256<int> b0 = Avx2.UnpackLow(a0, a2).AsInt32(), b1 = Avx2.UnpackHigh(a0, a2).AsInt32(), b2 = Avx2.UnpackLow(a1, a3).AsInt32(), b3 = Avx2.UnpackHigh(a1, a3).AsInt32();
        Vector256<int> b4 = Avx2.UnpackLow(a4, a6).AsInt32(), b5 = Avx2.UnpackHigh(a4, a6).AsInt32(), b6 = Avx2.UnpackLow(a5, a7).AsInt32(), b7 = Avx2.UnpackHigh(a5, a7).AsInt32();
        r0 = Avx2.Permute2x128(b0, b4, 0x20);
        r1 = Avx2.Permute2x128(b1, b5, 0x20);
        r2 = Avx2.Permute2x128(b2, b6, 0x20);
        r3 = Avx2.Permute2x128(b3, b7, 0x20);
        r4 = Avx2.Permute2x128(b0, b4, 0x31);
        r5 = Avx2.Permute2x128(b1, b5, 0x31);
        r6 = Avx2.Permute2x128(b2, b6, 0x31);
        r7 = Avx2.Permute2x128(b3, b7, 0x31);
    }
}
