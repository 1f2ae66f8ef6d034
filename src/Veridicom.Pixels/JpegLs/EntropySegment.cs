using System.Buffers;
using System.Buffers.Binary;

namespace Veridicom.Pixels.JpegLs;

/// <summary>
/// The bits of one entropy-coded segment, without the zero bit that follows each byte of ones (ISO/IEC 14495-1 A.1). Taking them out beforehand leaves the decoder a plain run of
/// bits: no look at single bytes while it decodes.
/// </summary>
internal sealed class EntropySegment : IDisposable
{
    /// <summary>Zero bytes behind the last bit, so that a word may be read at any place up to the end.</summary>
    public const int Slack = 16;

    private byte[] _bits = [];

    /// <summary>The bits from the first one on, with <see cref="Slack"/> zero bytes behind them.</summary>
    public ReadOnlySpan<byte> Bits => _bits;

    /// <summary>Number of bits, the padding of the last byte included.</summary>
    public long Count { get; private set; }

    /// <summary>Reads up to the next marker and returns the bytes that took; the marker is not among them.</summary>
    public int Read(ReadOnlySpan<byte> code)
    {
        if (_bits.Length < code.Length + Slack)
        {
            Dispose();
            _bits = ArrayPool<byte>.Shared.Rent(checked(code.Length + Slack));
        }
        Span<byte> bits = _bits;
        int at = 0, written = 0, pending = 0;
        uint carry = 0; // pending bits, less than 8, that do not fill a byte yet
        unchecked
        {
            while (true)
            {
                int run = code[at..].IndexOf((byte)0xFF);
                bool ends = run < 0;
                if (ends) run = code.Length - at;
                Append(code.Slice(at, run), bits, ref written, ref carry, pending);
                at += run;
                if (ends || at + 1 >= code.Length || code[at + 1] >= 0x80) break;
                uint both = carry << 15 | 0x7F80u | code[at + 1];
                pending += 15;
                at += 2;
                while (pending >= 8)
                {
                    pending -= 8;
                    bits[written++] = (byte)(both >> pending);
                }
                carry = both & ((1u << pending) - 1);
            }
            Count = 8L * written + pending;
            if (pending > 0) bits[written++] = (byte)(carry << (8 - pending));
        }
        bits.Slice(written, Slack).Clear();
        return at;
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        if (_bits.Length > 0) ArrayPool<byte>.Shared.Return(_bits);
        _bits = [];
    }

    private static void Append(ReadOnlySpan<byte> run, Span<byte> bits, ref int written, ref uint carry, int pending)
    {
        if (pending == 0)
        {
            run.CopyTo(bits[written..]);
            written += run.Length;
            return;
        }
        unchecked
        {
            ulong kept = carry;
            int i = 0, at = written;
            for (; i + 8 <= run.Length; i += 8, at += 8)
            {
                ulong word = BinaryPrimitives.ReadUInt64BigEndian(run[i..]);
                BinaryPrimitives.WriteUInt64BigEndian(bits[at..], kept << (64 - pending) | word >> pending);
                kept = word & ((1ul << pending) - 1);
            }
            for (; i < run.Length; i++)
            {
                uint both = (uint)kept << 8 | run[i];
                bits[at++] = (byte)(both >> pending);
                kept = both & ((1u << pending) - 1);
            }
            (written, carry) = (at, (uint)kept);
        }
    }
}
