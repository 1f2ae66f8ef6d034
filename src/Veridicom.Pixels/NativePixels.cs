using Veridicom.Dicom;
using Veridicom.Dicom.Writing;

namespace Veridicom.Pixels;

/// <summary>Native pixel data as canonical rows (PS3.5-2023b 8.1, 8.2, D). Reads windows only; a frame is never held whole.</summary>
public sealed class NativePixels : PixelReader
{
    private readonly DicomNode _pixels;
    private readonly ByteSource _source;
    private readonly int _swap;
    private byte[] _scratch = [];
    private byte[] _swapped = [];

    private NativePixels(DicomNode pixels, PixelGeometry geometry)
        : base(geometry)
    {
        _pixels = pixels;
        _source = pixels.DataSet.Source;
        // PS3.5-2023b 7.3: OW swaps in words whatever is allocated; OB does not
        _swap = pixels.BigEndian ? pixels.Vr.SwapUnit() : 1;
    }

    /// <summary>
    /// Opens native pixel data. Null with a reason where it is encapsulated or its length is not that of its shape (one byte of even
    /// padding, zero, aside).
    /// </summary>
    public static NativePixels? Open(DicomNode pixels, PixelGeometry geometry, out string reason)
    {
        reason = "";
        if (pixels.Kind != NodeKind.Element)
        {
            reason = "encapsulated";
            return null;
        }
        if (geometry.IsSubsampled)
        {
            reason = "chrominance is subsampled";
            return null;
        }
        long expected = geometry.StoredBytes;
        long excess = pixels.ValueLength - expected;
        if (excess is < 0 or > 1 || (excess == 1 && (expected & 1) == 0))
        {
            reason = excess < 0 ? "the pixel data is shorter than its shape" : "the pixel data is longer than its shape";
            return null;
        }
        // PS3.3-2023b C.7.6.3.1.3: required for colour; readers differ on what its absence means
        if (geometry.Samples > 1 && !HasPlanarConfiguration(pixels))
        {
            reason = "Planar Configuration is missing";
            return null;
        }
        if (geometry.BitsAllocated == 1 && geometry.Samples != 1)
        {
            reason = "more than one sample of one bit";
            return null;
        }
        if (excess == 1 && !pixels.BigEndian && pixels.DataSet.Source.Window(pixels.ValueOffset + expected, 1)[0] != 0)
        {
            reason = "the padding of the pixel data is not zero";
            return null;
        }
        if (excess == 1 && pixels.BigEndian && pixels.DataSet.Source.Window(pixels.ValueOffset + expected - (pixels.Vr.SwapUnit() == 2 ? 1 : 0), 1)[0] != 0)
        {
            reason = "the padding of the pixel data is not zero";
            return null;
        }
        var native = new NativePixels(pixels, geometry);
        if (geometry.BitsAllocated == 1 && !native.UnusedBitsAreZero())
        {
            reason = "bits behind the last pixel are set";
            return null;
        }
        return native;
    }

    /// <summary>
    /// Opens native pixel data for the eye alone, where <see cref="Open"/> is stricter: bytes behind the last frame are left aside, and colour whose Planar
    /// Configuration is missing is taken to be by pixel.
    /// </summary>
    internal static NativePixels? OpenToShow(DicomNode pixels, PixelGeometry geometry, out string reason)
    {
        if (Open(pixels, geometry, out reason) is { } strict) return strict;
        bool shows = pixels.Kind == NodeKind.Element && pixels.ValueLength >= geometry.StoredBytes && !geometry.Photometric.EndsWith("_422", StringComparison.Ordinal)
            && !geometry.Photometric.EndsWith("_420", StringComparison.Ordinal) && (geometry.BitsAllocated != 1 || geometry.Samples == 1);
        return shows ? new NativePixels(pixels, geometry) : null;
    }

    /// <summary>Where pixels of one bit end within a byte, the rest of it belongs to no pixel and must say nothing.</summary>
    private bool UnusedBitsAreZero()
    {
        int used = (int)(Geometry.FrameBits * Geometry.Frames % 8);
        return used == 0 || Bytes(Geometry.StoredBytes - 1, 1)[0] >> used == 0;
    }

    private protected override ReadOnlySpan<byte> Read(int frame, int row, int count)
    {
        int rowBytes = Geometry.RowBytes;
        int bytes = checked(rowBytes * count);
        if (Geometry.BitsAllocated == 1) return Bits(frame, row, count);
        long frameBytes = Geometry.FrameBits / 8;
        long at = (long)frame * frameBytes + (long)row * rowBytes;
        if (!Geometry.Planar) return Bytes(at, bytes);

        // one plane after the other (PS3.3-2023b C.7.6.3.1.3): gather into colour by pixel
        int cell = Geometry.CellBytes, samples = Geometry.Samples;
        int planeRow = Geometry.Columns * cell;
        long planeBytes = frameBytes / samples;
        byte[] gathered = Scratch(bytes);
        for (int s = 0; s < samples; s++)
        {
            ReadOnlySpan<byte> plane = Bytes((long)frame * frameBytes + s * planeBytes + (long)row * planeRow, planeRow * count);
            int to = s * cell;
            for (int from = 0; from < plane.Length; from += cell, to += samples * cell)
                plane.Slice(from, cell).CopyTo(gathered.AsSpan(to, cell));
        }
        return gathered.AsSpan(0, bytes);
    }

    /// <summary>Stored bytes as little endian: whole swap units are read, swapped, and the part asked for is cut out.</summary>
    private ReadOnlySpan<byte> Bytes(long at, int count)
    {
        if (_swap == 1) return _source.Window(_pixels.ValueOffset + at, count);
        long first = at / _swap * _swap;
        long last = Math.Min((at + count + _swap - 1) / _swap * _swap, _pixels.ValueLength);
        int whole = (int)(last - first);
        if (_swapped.Length < whole) _swapped = new byte[whole];
        Span<byte> span = _swapped.AsSpan(0, whole);
        _source.Window(_pixels.ValueOffset + first, whole).CopyTo(span);
        ElementWriter.SwapUnits(span, _swap);
        return span.Slice((int)(at - first), count);
    }

    /// <summary>One bit per cell, the first cell in the least significant bit; frames follow without padding (PS3.5-2023b 8.1.1, D).</summary>
    private ReadOnlySpan<byte> Bits(int frame, int row, int count)
    {
        long firstBit = (long)frame * Geometry.FrameBits + (long)row * Geometry.Columns;
        int cells = checked(Geometry.Columns * count);
        long firstByte = firstBit / 8;
        int bytes = (int)((firstBit + cells + 7) / 8 - firstByte);
        ReadOnlySpan<byte> packed = Bytes(firstByte, bytes);
        byte[] unpacked = Scratch(cells);
        int bit = (int)(firstBit % 8);
        for (int i = 0; i < cells; i++, bit++) unpacked[i] = (byte)((packed[bit >> 3] >> (bit & 7)) & 1);
        return unpacked.AsSpan(0, cells);
    }

    private byte[] Scratch(int bytes)
    {
        if (_scratch.Length < bytes) _scratch = new byte[bytes];
        return _scratch;
    }
}
