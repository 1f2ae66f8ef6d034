using System.Buffers.Binary;
using Veridicom.Pixels.Encapsulated;

namespace Veridicom.Pixels.Rle;

/// <summary>
/// Encodes RLE frames (PS3.5-2023b annex G). Rows are encoded each by itself and segments are padded to even length, as the standard demands; runs of two bytes become
/// a replicate run unless they would interrupt a literal one.
/// </summary>
public static class RleEncoder
{
    /// <summary>Whether the header has room for the segments of such a frame.</summary>
    public static bool CanEncode(FrameShape shape) => shape.Samples * shape.CellBytes <= RleDecoder.MaxSegments;

    /// <summary>Encodes one frame; the result has even length.</summary>
    /// <param name="cells"><see cref="FrameShape.Bytes"/> bytes, little endian, colour by pixel.</param>
    /// <param name="shape">What they are.</param>
    /// <param name="output">Receives the frame; what it held before is overwritten.</param>
    /// <exception cref="PixelException">A pixel has more than 15 bytes, or the result would pass 2 GiB.</exception>
    public static void Encode(ReadOnlySpan<byte> cells, FrameShape shape, MemoryStream output)
    {
        if (!CanEncode(shape)) throw new PixelException(PixelError.Unsupported, -1, "RLE has no room for so many bytes in a pixel");
        int stride = shape.Samples * shape.CellBytes, rowBytes = shape.Columns * stride;
        Span<byte> header = stackalloc byte[RleDecoder.HeaderBytes];
        header.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)stride);
        output.SetLength(0);
        output.Write(header);
        byte[] row = new byte[shape.Columns], packed = new byte[shape.Columns + (shape.Columns + 127) / 128];
        for (int segment = 0; segment < stride; segment++)
        {
            // bytes beyond the cells that a stream can hold cannot come: at most 129/128 of a gibibyte and 15 x 65 KB
            BinaryPrimitives.WriteUInt32LittleEndian(header[(4 + 4 * segment)..], (uint)output.Length);
            int plane = BytePlanes.OfSegment(segment, shape.CellBytes);
            for (int y = 0; y < shape.Rows; y++)
            {
                BytePlanes.Extract(cells.Slice(y * rowBytes, rowBytes), stride, plane, row);
                output.Write(packed.AsSpan(0, Pack(row, packed)));
            }
            if ((output.Length & 1) != 0) output.WriteByte(0);
        }
        output.Position = 0;
        output.Write(header);
        output.Position = output.Length;
    }

    /// <summary>PS3.5-2023b G.3.1: one row as PackBits; returns its length.</summary>
    private static int Pack(ReadOnlySpan<byte> row, Span<byte> packed)
    {
        int at = 0, written = 0;
        while (at < row.Length)
        {
            int run = Run(row, at);
            if (run >= 2)
            {
                packed[written++] = unchecked((byte)(257 - run));
                packed[written++] = row[at];
                at += run;
                continue;
            }
            // a literal run goes on until three equal bytes, which are shorter as a replicate run, also with the control byte of a next literal one
            int end = at + 1;
            while (end < row.Length && end - at < 128 && !(end + 2 < row.Length && row[end] == row[end + 1] && row[end] == row[end + 2])) end++;
            packed[written++] = unchecked((byte)(end - at - 1));
            row[at..end].CopyTo(packed[written..]);
            written += end - at;
            at = end;
        }
        return written;
    }

    private static int Run(ReadOnlySpan<byte> row, int at)
    {
        ReadOnlySpan<byte> rest = row.Slice(at, Math.Min(128, row.Length - at));
        int other = rest.IndexOfAnyExcept(rest[0]);
        return other < 0 ? rest.Length : other;
    }
}
