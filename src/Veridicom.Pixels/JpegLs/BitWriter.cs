using System.Runtime.CompilerServices;

namespace Veridicom.Pixels.JpegLs;

/// <summary>Writes bits with a zero bit behind each byte of ones (ISO/IEC 14495-1 A.1).</summary>
internal sealed class BitWriter
{
    private readonly MemoryStream _output;
    private byte[] _bytes = new byte[1 << 16];
    private int _written;
    private ulong _held; // the lowest _count bits are still to be written
    private int _count;
    private bool _stuff;

    public BitWriter(MemoryStream output) => _output = output;

    /// <summary>Writes the low bits of a number.</summary>
    /// <param name="value">Nothing may stand above the bits.</param>
    /// <param name="bits">At most 32.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(uint value, int bits)
    {
        unchecked
        {
            _held = _held << bits | value;
            _count += bits;
            if (_count >= 32) Drain();
        }
    }

    /// <summary>Writes zeros and a one behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PutUnary(int zeros)
    {
        for (; zeros >= 31; zeros -= 31) Put(0, 31);
        Put(1, zeros + 1);
    }

    /// <summary>Fills the last byte up with zeros and ends the segment; behind a byte of ones comes one more.</summary>
    public void End()
    {
        Drain();
        if (_count > 0) Put(0, (_stuff ? 7 : 8) - _count);
        Drain();
        if (_stuff) Put(0, 7);
        Drain();
        _output.Write(_bytes.AsSpan(0, _written));
        _written = 0;
    }

    private void Drain()
    {
        unchecked
        {
            if (_written + 16 > _bytes.Length)
            {
                _output.Write(_bytes.AsSpan(0, _written));
                _written = 0;
            }
            while (true)
            {
                int take = _stuff ? 7 : 8;
                if (_count < take) return;
                _count -= take;
                byte next = (byte)(_held >> _count & (_stuff ? 0x7Fu : 0xFFu));
                _bytes[_written++] = next;
                _stuff = next == 0xFF;
            }
        }
    }
}
