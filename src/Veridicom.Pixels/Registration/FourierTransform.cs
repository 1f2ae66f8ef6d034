namespace Veridicom.Pixels.Registration;

/// <summary>Discrete Fourier transform of a square of complex numbers whose side is a power of two, in place.</summary>
internal sealed class FourierTransform
{
    private readonly int _side;
    private readonly double[] _cos, _sin;
    private readonly int[] _reversed;

    /// <summary>Prepares transforms of one size.</summary>
    public FourierTransform(int side)
    {
        _side = side;
        (_cos, _sin, _reversed) = (new double[side / 2], new double[side / 2], new int[side]);
        for (int i = 0; i < side / 2; i++) (_sin[i], _cos[i]) = Math.SinCos(2 * Math.PI * i / side);
        for (int i = 1; i < side; i++) _reversed[i] = (_reversed[i >> 1] >> 1) | ((i & 1) * (side >> 1));
    }

    /// <summary>Forward, or backward without the division by the number of elements.</summary>
    public void Run(double[] real, double[] imaginary, bool backward)
    {
        for (int row = 0; row < _side; row++) Line(real.AsSpan(row * _side, _side), imaginary.AsSpan(row * _side, _side), backward);
        double[] columnReal = new double[_side], columnImaginary = new double[_side];
        for (int column = 0; column < _side; column++)
        {
            for (int row = 0; row < _side; row++) (columnReal[row], columnImaginary[row]) = (real[row * _side + column], imaginary[row * _side + column]);
            Line(columnReal, columnImaginary, backward);
            for (int row = 0; row < _side; row++) (real[row * _side + column], imaginary[row * _side + column]) = (columnReal[row], columnImaginary[row]);
        }
    }

    private void Line(Span<double> real, Span<double> imaginary, bool backward)
    {
        for (int i = 0; i < _side; i++)
        {
            int other = _reversed[i];
            if (other <= i) continue;
            (real[i], real[other]) = (real[other], real[i]);
            (imaginary[i], imaginary[other]) = (imaginary[other], imaginary[i]);
        }
        for (int half = 1; half < _side; half *= 2)
        {
            int step = _side / (2 * half);
            for (int start = 0; start < _side; start += 2 * half)
            {
                for (int i = 0, turn = 0; i < half; i++, turn += step)
                {
                    double cos = _cos[turn], sin = backward ? _sin[turn] : -_sin[turn];
                    int low = start + i, high = low + half;
                    double r = real[high] * cos - imaginary[high] * sin, im = real[high] * sin + imaginary[high] * cos;
                    (real[high], imaginary[high]) = (real[low] - r, imaginary[low] - im);
                    (real[low], imaginary[low]) = (real[low] + r, imaginary[low] + im);
                }
            }
        }
    }
}
