using System.Numerics;

namespace Veridicom.Pixels.JpegLs;

/// <summary>What an LSE marker of kind 1 sets: zero stands for the default (ISO/IEC 14495-1 C.2.4.1.1).</summary>
internal readonly record struct PresetParameters(int MaxValue, int T1, int T2, int T3, int Reset);

/// <summary>The numbers that coding of one scan depends on (ISO/IEC 14495-1 A.2.1, C.2.4.1.1).</summary>
internal sealed class CodingParameters
{
    /// <summary>The interval of a halving of contexts that holds where none is set.</summary>
    public const int DefaultReset = 64;

    private CodingParameters(int maxValue, int near, int t1, int t2, int t3, int reset)
    {
        (MaxValue, Near, T1, T2, T3, Reset) = (maxValue, near, t1, t2, t3, reset);
        Range = (maxValue + 2 * near) / (2 * near + 1) + 1;
        ErrorBits = BitsFor(Range - 1);
        int bits = Math.Max(2, BitsFor(maxValue));
        Limit = 2 * (bits + Math.Max(8, bits));
    }

    /// <summary>The largest sample.</summary>
    public int MaxValue { get; }

    /// <summary>The largest difference of a decoded sample from the original one.</summary>
    public int Near { get; }

    /// <summary>Where gradients pass from one region to the next.</summary>
    public int T1 { get; }

    /// <inheritdoc cref="T1"/>
    public int T2 { get; }

    /// <inheritdoc cref="T1"/>
    public int T3 { get; }

    /// <summary>Occurrences of a context after which its counters are halved.</summary>
    public int Reset { get; }

    /// <summary>Prediction errors are counted modulo this.</summary>
    public int Range { get; }

    /// <summary>Bits of an error that is written as it is; qbpp in the standard.</summary>
    public int ErrorBits { get; }

    /// <summary>The most bits of one code.</summary>
    public int Limit { get; }

    /// <summary>The parameters of a scan, null where they contradict the standard.</summary>
    /// <param name="precision">Bits of a sample, 2 to 16.</param>
    /// <param name="near">NEAR of the scan.</param>
    /// <param name="preset">What an LSE marker has set.</param>
    public static CodingParameters? For(int precision, int near, PresetParameters preset)
    {
        int maxValue = preset.MaxValue == 0 ? (1 << precision) - 1 : preset.MaxValue;
        if (maxValue >= 1 << precision || near > Math.Min(255, maxValue / 2)) return null;
        (int t1, int t2, int t3) = Thresholds(maxValue, near);
        if (preset.T1 != 0) t1 = preset.T1;
        if (preset.T2 != 0) t2 = preset.T2;
        if (preset.T3 != 0) t3 = preset.T3;
        int reset = preset.Reset == 0 ? DefaultReset : preset.Reset;
        bool sound = t1 > near && t1 <= maxValue && t2 >= t1 && t2 <= maxValue && t3 >= t2 && t3 <= maxValue && reset >= 3 && reset <= Math.Max(255, maxValue);
        return sound ? new CodingParameters(maxValue, near, t1, t2, t3, reset) : null;
    }

    // ISO/IEC 14495-1 C.2.4.1.1.1: the thresholds for 8 bits, 3, 7 and 21, stretched to other ranges
    private static (int T1, int T2, int T3) Thresholds(int maxValue, int near)
    {
        int t1, t2, t3;
        if (maxValue >= 128)
        {
            int factor = (Math.Min(maxValue, 4095) + 128) / 256;
            t1 = Clamp(factor + 2 + 3 * near, near + 1, maxValue);
            t2 = Clamp(4 * factor + 3 + 5 * near, t1, maxValue);
            t3 = Clamp(17 * factor + 4 + 7 * near, t2, maxValue);
        }
        else
        {
            int factor = 256 / (maxValue + 1);
            t1 = Clamp(Math.Max(2, 3 / factor + 3 * near), near + 1, maxValue);
            t2 = Clamp(Math.Max(3, 7 / factor + 5 * near), t1, maxValue);
            t3 = Clamp(Math.Max(4, 21 / factor + 7 * near), t2, maxValue);
        }
        return (t1, t2, t3);
    }

    // outside the range it becomes the lower end, also from above
    private static int Clamp(int value, int low, int high) => value < low || value > high ? low : value;

    private static int BitsFor(int largest) => 32 - BitOperations.LeadingZeroCount((uint)largest);
}
