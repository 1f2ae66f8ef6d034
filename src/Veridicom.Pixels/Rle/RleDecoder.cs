using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Veridicom.Pixels.Encapsulated;

namespace Veridicom.Pixels.Rle;

/// <summary>
/// Decodes RLE frames (PS3.5-2023b annex G): one segment of PackBits for each byte of the composite pixel code, the most significant first. Segments must
/// be as many as the shape has bytes in a pixel and give exactly as many bytes as it has pixels.
/// </summary>
public static class RleDecoder
{
    /// <summary>Bytes of the header: a count and 15 offsets, 32 bits little endian each (PS3.5-2023b G.5).</summary>
    public const int HeaderBytes = 64;

    /// <summary>The most segments that the header has room for.</summary>
    public const int MaxSegments = 15;

    // a packet is at most 1 + 128 bytes and gives at most 128; the fast loop copies in steps of 32 and may write one step past its end
    private const int PacketBytes = 129, Slack = 128 + 32;

    /// <summary>Decodes one frame; cells are little endian, colour by pixel, all Bits Allocated as they were encoded.</summary>
    /// <param name="code">The encoded frame, padding included.</param>
    /// <param name="shape">What is expected.</param>
    /// <param name="cells">Receives <see cref="FrameShape.Bytes"/> bytes.</param>
    /// <exception cref="PixelException">The bytes are no RLE frame of this shape.</exception>
    public static CodestreamFacts Decode(ReadOnlySpan<byte> code, FrameShape shape, Span<byte> cells)
    {
        int stride = shape.Samples * shape.CellBytes, pixels = checked(shape.Rows * shape.Columns);
        cells = cells[..checked((int)shape.Bytes)];
        if (stride > MaxSegments) throw new PixelException(PixelError.Unsupported, -1, "RLE has no room for so many bytes in a pixel");
        if (code.Length < HeaderBytes) throw new PixelException(PixelError.Truncated, code.Length, "the RLE header has fewer than 64 bytes");
        if (BinaryPrimitives.ReadUInt32LittleEndian(code) != (uint)stride)
            throw new PixelException(PixelError.ShapeMismatch, 0, "the frame does not have one RLE segment for each byte of a pixel");

        bool idle = false;
        if (stride == 1) Segment(code, 0, 1, cells, ref idle);
        else
        {
            byte[] scratch = ArrayPool<byte>.Shared.Rent(cells.Length);
            try
            {
                Span<byte> planes = scratch.AsSpan(0, cells.Length);
                for (int segment = 0; segment < stride; segment++)
                    Segment(code, segment, stride, planes.Slice(BytePlanes.OfSegment(segment, shape.CellBytes) * pixels, pixels), ref idle);
                BytePlanes.Interleave(planes, stride, cells);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(scratch);
            }
        }
        return new CodestreamFacts(8 * shape.CellBytes, false, CodestreamColour.Unstated, 0, idle);
    }

    private static void Segment(ReadOnlySpan<byte> code, int segment, int segments, Span<byte> plane, ref bool idle)
    {
        uint from = Offset(code, segment), to = segment + 1 < segments ? Offset(code, segment + 1) : (uint)code.Length;
        if (from < HeaderBytes || from > to || to > (uint)code.Length)
            throw new PixelException(PixelError.Malformed, 4 + 4 * segment, "offsets of RLE segments do not ascend within the frame");
        int start = (int)from, read = Unpack(code[start..(int)to], start, plane, ref idle);
        Padding(code[(start + read)..(int)to], start + read, last: segment + 1 == segments);
    }

    private static uint Offset(ReadOnlySpan<byte> code, int segment) => BinaryPrimitives.ReadUInt32LittleEndian(code[(4 + 4 * segment)..]);

    /// <summary>
    /// PS3.5-2023b G.3.2: fills the plane and returns how many bytes of the segment that took. The control byte that stands for nothing, 128, is noted: DCMTK takes
    /// it for a run of 129.
    /// </summary>
    private static int Unpack(ReadOnlySpan<byte> packed, int start, Span<byte> plane, ref bool idle)
    {
        int at = 0, done = 0;
        while (done < plane.Length)
        {
            Fast(packed, plane, ref at, ref done, ref idle);
            if (done == plane.Length) break;
            if (at == packed.Length) throw new PixelException(PixelError.Truncated, start + at, "an RLE segment ends before the picture does");
            int control = packed[at++];
            if (control == 128)
            {
                idle = true;
                continue;
            }
            int count = control < 128 ? control + 1 : 257 - control, take = control < 128 ? count : 1;
            if (count > plane.Length - done) throw new PixelException(PixelError.Malformed, start + at - 1, "an RLE segment gives more bytes than the picture has");
            if (take > packed.Length - at) throw new PixelException(PixelError.Truncated, start + packed.Length, "an RLE segment ends within a run");
            if (control < 128) packed.Slice(at, count).CopyTo(plane.Slice(done, count));
            else plane.Slice(done, count).Fill(packed[at]);
            at += take;
            done += count;
        }
        return at;
    }

    /// <summary>Whole packets as long as neither side can run out within one: no further checks are needed then.</summary>
    private static void Fast(ReadOnlySpan<byte> packed, Span<byte> plane, ref int at, ref int done, ref bool idle)
    {
        unchecked
        {
            ref byte source = ref MemoryMarshal.GetReference(packed), target = ref MemoryMarshal.GetReference(plane);
            // reading in steps of 32 passes the packet by up to 32 bytes
            int lastIn = packed.Length - PacketBytes - 32, lastOut = plane.Length - Slack, i = at, o = done;
            while (i <= lastIn && o <= lastOut)
            {
                int control = Unsafe.Add(ref source, i);
                if (control < 128)
                {
                    int count = control + 1;
                    for (int k = 0; k < count; k += 32) Vector256.LoadUnsafe(ref source, (nuint)(i + 1 + k)).StoreUnsafe(ref target, (nuint)(o + k));
                    i += 1 + count;
                    o += count;
                }
                else if (control > 128)
                {
                    int count = 257 - control;
                    Vector256<byte> run = Vector256.Create(Unsafe.Add(ref source, i + 1));
                    for (int k = 0; k < count; k += 32) run.StoreUnsafe(ref target, (nuint)(o + k));
                    i += 2;
                    o += count;
                }
                else
                {
                    idle = true;
                    i++;
                }
            }
            (at, done) = (i, o);
        }
    }

    /// <summary>
    /// Behind its last byte a segment has at most what makes it even, one zero (PS3.5-2023b G.3.1), and control bytes that give nothing; behind the last segment
    /// the padding of the fragment may follow.
    /// </summary>
    private static void Padding(ReadOnlySpan<byte> rest, int start, bool last)
    {
        int at = rest.IndexOfAnyExcept((byte)128);
        if (at < 0) return;
        int end = last ? rest[at..].IndexOfAnyExcept((byte)0, (byte)0xFF) : rest[at] == 0 && at + 1 == rest.Length ? -1 : 0;
        if (end >= 0) throw new PixelException(PixelError.Malformed, start + at + end, "an RLE segment gives more bytes than the picture has");
    }
}
