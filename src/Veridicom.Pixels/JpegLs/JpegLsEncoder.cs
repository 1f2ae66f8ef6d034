using System.Buffers.Binary;
using Veridicom.Pixels.Encapsulated;

namespace Veridicom.Pixels.JpegLs;

/// <summary>
/// Encodes JPEG-LS (ISO/IEC 14495-1) with the default parameters: one scan, several components interleaved by line. Lossless unless asked otherwise.
/// </summary>
public static class JpegLsEncoder
{
    /// <summary>Encodes one frame; the result has even length.</summary>
    /// <param name="cells"><see cref="FrameShape.Bytes"/> bytes, little endian, colour by pixel; of each cell the low bits are encoded and all others left out.</param>
    /// <param name="shape">What they are; at most 4 samples.</param>
    /// <param name="precision">Bits of a sample, 2 to 16 and no more than a cell has.</param>
    /// <param name="near">The largest difference allowed of a decoded sample from its original: 0 to 255, and at most half of the largest sample.</param>
    /// <param name="output">Receives the frame; what it held before is overwritten.</param>
    /// <exception cref="ArgumentOutOfRangeException">Precision or difference is out of its range.</exception>
    /// <exception cref="PixelException">The result would pass 2 GiB.</exception>
    public static void Encode(ReadOnlySpan<byte> cells, FrameShape shape, int precision, int near, MemoryStream output)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(precision, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(precision, Math.Min(16, 8 * shape.CellBytes));
        ArgumentOutOfRangeException.ThrowIfNegative(near);
        CodingParameters parameters = CodingParameters.For(precision, near, default) ?? throw new ArgumentOutOfRangeException(nameof(near));
        output.SetLength(0);
        Headers(shape, precision, near, output);
        var bits = new BitWriter(output);
        try
        {
            if (near == 0) new ScanEncoder<LosslessRule>(parameters, new LosslessRule(parameters.MaxValue), bits).Encode(cells, shape);
            else new ScanEncoder<NearLosslessRule>(parameters, new NearLosslessRule(parameters), bits).Encode(cells, shape);
            if ((output.Length & 1) != 0) output.WriteByte(0xFF); // a fill byte before the marker (ISO/IEC 10918-1 B.1.1.2): fragments are even, and nothing follows the end
            output.Write([0xFF, 0xD9]);
        }
        catch (IOException)
        {
            throw new PixelException(PixelError.TooLarge, -1, "the encoded frame is too long");
        }
    }

    // SOI, SOF55, SOS (ISO/IEC 14495-1 C.2.2, C.2.3)
    private static void Headers(FrameShape shape, int precision, int near, MemoryStream output)
    {
        Span<byte> header = stackalloc byte[64];
        header.Clear();
        int at = 0;
        Word(header, ref at, 0xFFD8);
        Word(header, ref at, 0xFFF7);
        Word(header, ref at, 8 + 3 * shape.Samples);
        header[at++] = (byte)precision;
        Word(header, ref at, shape.Rows);
        Word(header, ref at, shape.Columns);
        header[at++] = (byte)shape.Samples;
        for (int i = 1; i <= shape.Samples; i++, at++)
        {
            header[at++] = (byte)i;
            header[at++] = 0x11;
        }
        Word(header, ref at, 0xFFDA);
        Word(header, ref at, 6 + 2 * shape.Samples);
        header[at++] = (byte)shape.Samples;
        for (int i = 1; i <= shape.Samples; i++, at++) header[at++] = (byte)i;
        header[at++] = (byte)near;
        header[at++] = (byte)(shape.Samples > 1 ? 1 : 0);
        output.Write(header[..(at + 1)]);

        static void Word(Span<byte> to, ref int at, int value)
        {
            BinaryPrimitives.WriteUInt16BigEndian(to[at..], (ushort)value);
            at += 2;
        }
    }
}
