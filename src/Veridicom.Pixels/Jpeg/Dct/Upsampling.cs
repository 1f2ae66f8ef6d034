using System.Runtime.Intrinsics;

namespace Veridicom.Pixels.Jpeg.Dct;

/// <summary>
/// Brings a component that was encoded with fewer samples to the size of the picture, spec/jpeg.md 5: the triangle filter where it has half the columns and all or half
/// the rows, copies for all other whole ratios.
/// </summary>
internal static class Upsampling
{
    /// <summary>Columns above which the triangle filter is used.</summary>
    internal const int MaxBoxColumns = 2;

    /// <summary>One row of the picture's size.</summary>
    /// <param name="plane">The component's samples.</param>
    /// <param name="row">Row of the picture.</param>
    /// <param name="result">Columns of the picture, and room for <see cref="Component.Across"/> - 1 more, which are undefined.</param>
    /// <param name="sums">Room for the component's columns.</param>
    public static void Row(Component plane, int row, Span<ushort> result, Span<ushort> sums)
    {
        int columns = plane.Columns;
        ReadOnlySpan<ushort> near = plane.Row(row / plane.Down);
        if (plane.Across == 2 && plane.Down <= 2 && columns > MaxBoxColumns)
        {
            if (plane.Down == 1)
            {
                Triangle(near, result, 1, 2, 2);
                return;
            }
            int at = row / 2, other = Math.Clamp((row & 1) == 0 ? at - 1 : at + 1, 0, plane.Rows - 1);
            Sums(near, plane.Row(other), sums[..columns]);
            Triangle(sums[..columns], result, 8, 7, 4);
            return;
        }
        if (plane.Across == 1)
        {
            near.CopyTo(result);
            return;
        }
        int filled = 0;
        foreach (ushort sample in near)
        {
            result.Slice(filled, plane.Across).Fill(sample);
            filled += plane.Across;
        }
    }

    /// <summary>Three parts of the nearer row, one of the other.</summary>
    private static void Sums(ReadOnlySpan<ushort> near, ReadOnlySpan<ushort> other, Span<ushort> sums)
    {
        int i = 0;
        for (; i + Vector128<ushort>.Count <= sums.Length; i += Vector128<ushort>.Count)
            (Vector128.Create(near[i..]) * 3 + Vector128.Create(other[i..])).CopyTo(sums[i..]);
        for (; i < sums.Length; i++) sums[i] = (ushort)(3 * near[i] + other[i]);
    }

    /// <summary>Two samples for each: three parts of it and one of its neighbour to the left, then to the right. At the ends it is its own neighbour.</summary>
    internal static void Triangle(ReadOnlySpan<ushort> from, Span<ushort> to, int roundLeft, int roundRight, int shift)
    {
        int last = from.Length - 1, i = 1;
        Narrow(from, to, 0, roundLeft, roundRight, shift);
        if (BitConverter.IsLittleEndian)
        {
            Vector128<ushort> left = Vector128.Create((ushort)roundLeft), right = Vector128.Create((ushort)roundRight);
            for (; i + Vector128<ushort>.Count <= last; i += Vector128<ushort>.Count)
            {
                Vector128<ushort> three = Vector128.Create(from[i..]) * 3;
                Vector128<ushort> first = (three + Vector128.Create(from[(i - 1)..]) + left) >> shift, second = (three + Vector128.Create(from[(i + 1)..]) + right) >> shift;
                (Vector128.WidenLower(first) | Vector128.WidenLower(second) << 16).AsUInt16().CopyTo(to[(2 * i)..]);
                (Vector128.WidenUpper(first) | Vector128.WidenUpper(second) << 16).AsUInt16().CopyTo(to[(2 * i + Vector128<ushort>.Count)..]);
            }
        }
        for (; i <= last; i++) Narrow(from, to, i, roundLeft, roundRight, shift);
    }

    private static void Narrow(ReadOnlySpan<ushort> from, Span<ushort> to, int i, int roundLeft, int roundRight, int shift)
    {
        int three = 3 * from[i];
        to[2 * i] = (ushort)((three + from[Math.Max(i - 1, 0)] + roundLeft) >> shift);
        to[2 * i + 1] = (ushort)((three + from[Math.Min(i + 1, from.Length - 1)] + roundRight) >> shift);
    }
}
