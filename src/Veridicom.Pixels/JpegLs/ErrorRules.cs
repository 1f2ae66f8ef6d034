using System.Runtime.CompilerServices;

namespace Veridicom.Pixels.JpegLs;

/// <summary>How an error and a prediction make a sample; a type parameter, so that lossless loops hold none of what only loss needs.</summary>
internal interface IErrorRule
{
    /// <summary>The largest difference from the original sample.</summary>
    int Near { get; }

    /// <summary>An error in units of samples.</summary>
    int Scale(int error);

    /// <summary>The sample. Whatever the arguments, it lies between 0 and the largest sample.</summary>
    int Rebuild(int predicted, int error);

    /// <summary>The error that a sample is coded with, in steps and taken into the range.</summary>
    int Measure(int predicted, int sample);
}

/// <summary>No loss, and a largest sample of ones only: errors wrap like the bits of a sample.</summary>
internal readonly struct LosslessRule(int maxValue) : IErrorRule
{
    private readonly int _unused = System.Numerics.BitOperations.LeadingZeroCount((uint)maxValue);

    public int Near => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Scale(int error) => error;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Rebuild(int predicted, int error) => unchecked(predicted + error) & maxValue;

    // the difference cut to the bits of a sample, its top bit the sign
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Measure(int predicted, int sample) => unchecked((sample - predicted) << _unused) >> _unused;
}

/// <summary>Any largest sample, any error allowed (ISO/IEC 14495-1 A.4.4, A.4.5).</summary>
internal readonly struct NearLosslessRule(CodingParameters parameters) : IErrorRule
{
    private readonly int _near = parameters.Near, _maxValue = parameters.MaxValue, _range = parameters.Range;

    public int Near => _near;

    public int Scale(int error) => unchecked(error * (2 * _near + 1));

    public int Rebuild(int predicted, int error)
    {
        unchecked
        {
            int value = predicted + Scale(error);
            if (value < -_near) value += _range * (2 * _near + 1);
            else if (value > _maxValue + _near) value -= _range * (2 * _near + 1);
            return Math.Clamp(value, 0, _maxValue);
        }
    }

    public int Measure(int predicted, int sample)
    {
        int difference = sample - predicted;
        int error = difference > 0 ? (difference + _near) / (2 * _near + 1) : -((_near - difference) / (2 * _near + 1));
        if (error < 0) error += _range;
        return error >= (_range + 1) / 2 ? error - _range : error;
    }
}
