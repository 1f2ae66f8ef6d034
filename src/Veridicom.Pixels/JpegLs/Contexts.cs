using System.Numerics;
using System.Runtime.CompilerServices;

namespace Veridicom.Pixels.JpegLs;

/// <summary>The counters of one context of regular coding, named as in ISO/IEC 14495-1 A.2.1.</summary>
internal struct RegularContext
{
    /// <summary>Sum of error magnitudes.</summary>
    public int A;
    /// <summary>Bias.</summary>
    public int B;
    /// <summary>Correction of the prediction.</summary>
    public int C;
    /// <summary>Occurrences.</summary>
    public int N;

    /// <summary>ISO/IEC 14495-1 A.6: counts an error and takes the bias from the prediction.</summary>
    /// <param name="context">The context.</param>
    /// <param name="error">The error as coded, in steps.</param>
    /// <param name="scaled">The same in units of samples.</param>
    /// <param name="reset">Occurrences after which the counters are halved.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Update(ref RegularContext context, int error, int scaled, int reset)
    {
        unchecked
        {
            int a = context.A + ((error ^ (error >> 31)) - (error >> 31)), b = context.B + scaled, n = context.N;
            if (n == reset)
            {
                a >>= 1;
                b >>= 1;
                n >>= 1;
            }
            n++;
            context.A = a;
            context.N = n;
            if (b + n <= 0)
            {
                b += n;
                if (b <= -n) b = 1 - n;
                if (context.C > -128) context.C--;
            }
            else if (b > 0)
            {
                b -= n;
                if (b > 0) b = 0;
                if (context.C < 127) context.C++;
            }
            context.B = b;
        }
    }
}

/// <summary>The counters of one of the two contexts of samples that end a run (ISO/IEC 14495-1 A.7.2).</summary>
internal struct RunContext
{
    /// <summary>Sum of error magnitudes.</summary>
    public int A;
    /// <summary>Occurrences.</summary>
    public int N;
    /// <summary>Negative errors.</summary>
    public int Negative;

    /// <summary>Counts an error.</summary>
    /// <param name="error">The error.</param>
    /// <param name="mapped">The number it was coded as.</param>
    /// <param name="type">1 where the run was interrupted between equal neighbours.</param>
    /// <param name="reset">Occurrences after which the counters are halved.</param>
    public void Update(int error, int mapped, int type, int reset)
    {
        unchecked
        {
            if (error < 0) Negative++;
            A += (mapped + 1 - type) >> 1;
            if (N == reset)
            {
                A >>= 1;
                N >>= 1;
                Negative >>= 1;
            }
            N++;
        }
    }

    /// <summary>The Golomb parameter.</summary>
    public readonly int Golomb(int type) => unchecked(Contexts.Golomb(type == 1 ? A + (N >> 1) : A, N));

    /// <summary>Whether a positive and an odd number change places, so that the likelier sign gets the shorter code.</summary>
    public readonly bool Swapped(int k) => k == 0 && 2 * Negative < N;
}

/// <summary>All that coding learns of a scan; encoder and decoder keep the same. Made anew at the start of a scan and at each restart.</summary>
internal sealed class Contexts
{
    /// <summary>Contexts of regular coding: 9 x 9 x 9 gradients, of two opposite ones one.</summary>
    public const int Count = 365;

    private readonly CodingParameters _parameters;
    private readonly sbyte[] _regions;

    /// <summary>Contexts for a scan with these parameters.</summary>
    public Contexts(CodingParameters parameters)
    {
        _parameters = parameters;
        _regions = new sbyte[2 * parameters.MaxValue + 1];
        Span<sbyte> all = _regions;
        int zero = parameters.MaxValue;
        // ISO/IEC 14495-1 A.3.3: from the outermost region inwards, each overwrites the middle of the one before
        all[zero..].Fill(4);
        all[..zero].Fill(-4);
        Fill(all, zero, parameters.T3, 3);
        Fill(all, zero, parameters.T2, 2);
        Fill(all, zero, parameters.T1, 1);
        all.Slice(zero - parameters.Near, 2 * parameters.Near + 1).Clear();
        Restart();

        static void Fill(Span<sbyte> all, int zero, int below, sbyte region)
        {
            all.Slice(zero, below).Fill(region);
            all.Slice(zero - below + 1, below - 1).Fill((sbyte)-region);
        }
    }

    /// <summary>Regular contexts.</summary>
    public RegularContext[] Regular { get; } = new RegularContext[Count];

    /// <summary>Contexts of samples that end a run: [0] between different neighbours, [1] between equal ones.</summary>
    public RunContext[] Run { get; } = new RunContext[2];

    /// <summary>The region, -4 to 4, of the gradient g at [g + MaxValue].</summary>
    public ReadOnlySpan<sbyte> Regions => _regions;

    /// <summary>log2 of run lengths by run index (ISO/IEC 14495-1 A.2.1, J).</summary>
    public static ReadOnlySpan<byte> RunBits => [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    /// <summary>ISO/IEC 14495-1 A.2.1: nothing has been seen yet.</summary>
    public void Restart()
    {
        int a = Math.Max(2, (_parameters.Range + 32) / 64);
        Regular.AsSpan().Fill(new RegularContext { A = a, N = 1 });
        Run.AsSpan().Fill(new RunContext { A = a, N = 1 });
    }

    /// <summary>The smallest k with n x 2^k of at least <paramref name="a"/> (ISO/IEC 14495-1 A.5.1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Golomb(int a, int n)
    {
        unchecked
        {
            // numbers of equal bit length differ by less than a factor of two: one comparison decides
            int k = Math.Max(0, BitOperations.LeadingZeroCount((uint)n) - BitOperations.LeadingZeroCount((uint)a));
            return k + (int)((uint)((n << k) - a) >> 31);
        }
    }

    /// <summary>ISO/IEC 14495-1 A.4.1: an edge where there is one, else the plane through the three neighbours: the median of both and their gradient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Predict(int left, int above, int corner) => unchecked(
        Math.Max(Math.Min(left, above), Math.Min(Math.Max(left, above), left + above - corner)));
}
